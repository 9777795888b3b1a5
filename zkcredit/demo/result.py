"""What a story leaves behind: what the closing tables and ``--json`` show."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.demo.outcome import ApplicantOutcome, Funds, Refusal
    from zkcredit.demo.plaintext_scan import Scan

__all__ = ["DemoResult", "EscrowResult", "LedgerResult", "Opened", "Sheet", "StoryResult"]


@dataclass(frozen=True)
class Sheet:
    """A closing table. Cells are text; columns named in ``left`` are no numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class StoryResult(ABC):
    """What every story leaves behind.

    Attributes:
        chain, chain_id: where it ran.
        applicants: what came of everybody.
        refusals: what was tried in vain.
        funds: where the money was and went; closed.
        proofs: how many were made.
        seconds: how long it took.
    """

    minor_unit: ClassVar[str] = "cents"

    chain: str
    chain_id: int
    applicants: list[ApplicantOutcome]
    refusals: list[Refusal]
    funds: Funds
    proofs: int = 0
    seconds: float = 0.0

    @property
    def loans(self) -> int:
        """How many applications became loans."""
        return sum(entry.loan_id is not None for entry in self.applicants)

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        document = asdict(self)
        for entry, outcome in zip(document["applicants"], self.applicants, strict=True):
            entry["eligible"] = outcome.eligible
        document["seconds"] = round(self.seconds, 1)
        document["funds"]["conserved"] = True  # Funds.close() has raised otherwise
        return document

    def sheets(self) -> list[Sheet]:
        """Return the story's own tables; refusals and funds are shown for every story."""
        columns = ("no.", "score", "asked", "outcome", "inst.", "fees", "paid")
        rows = [entry.row() for entry in self.applicants]
        title = f"What came of everybody (amounts in {self.minor_unit})"
        return [Sheet(title, columns, rows, frozenset({"outcome"}))]

    def closing(self) -> str:
        """Counts, sums, and where it ran."""
        rest = ", which the shares of the defaulted loan round down" if self.funds.held else ""
        return (
            f"{self.counts()}. Moved: {self.funds.moved()}.\n"
            f"Conserved to the unit; the market keeps {self.funds.held:,}{rest}. "
            f"{self.seconds:.0f} s on {self.chain}."
        )

    @abstractmethod
    def counts(self) -> str:
        """Return what was counted, as a sentence without its full stop."""


@dataclass(kw_only=True)
class DemoResult(StoryResult):
    """What came of the loan story: the model that scored, its quality, and the product."""

    scorecard: str
    auc_bps: int
    product: dict[str, Any]

    def counts(self) -> str:
        """Applicants, loans, proofs, attempts."""
        return (
            f"{len(self.applicants)} applicants, {self.loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused"
        )


@dataclass(kw_only=True)
class LedgerResult(StoryResult):
    """What came of the ledger's story: who entered how much, and what was searched."""

    minor_unit: ClassVar[str] = "hundredths of a rupiah"

    issuers: list[str]
    entries: int
    scan: Scan

    def sheets(self) -> list[Sheet]:
        """Return the table of the households, and what was searched."""
        places = [(place, f"{size:,}", "nothing") for place, size in self.scan.searched.items()]
        title = f"Searched for {self.scan.amounts} amounts in {self.scan.forms:,} forms"
        columns, left = ("place", "bytes", "found"), frozenset({"place", "found"})
        return [*super().sheets(), Sheet(title, columns, places, left)]

    def counts(self) -> str:
        """Entries, loans, proofs, attempts."""
        return (
            f"{self.entries} encrypted entries of {len(self.issuers)} issuers, {self.loans} loans, "
            f"{self.proofs} proofs, {len(self.refusals)} attempts refused"
        )


@dataclass(frozen=True)
class Opened:
    """What the arbiters opened.

    Attributes:
        loan_id: the loan in default.
        arbiters: the names of those who opened.
        reference: what was sealed.
        person: whom the bureau knows under it, by its own books.
    """

    loan_id: int
    arbiters: list[str]
    reference: int
    person: str


@dataclass(kw_only=True)
class EscrowResult(StoryResult):
    """What came of the escrow story: the arbiters' group, and what they opened."""

    group: str
    threshold: int
    arbiters: list[str]
    opened: Opened

    def sheets(self) -> list[Sheet]:
        """Return the table of the applicants, and what was opened."""
        opened = self.opened
        columns = ("loan", "opened by", "reference", "who that is, says the bureau")
        who = ", ".join(opened.arbiters)
        row = (str(opened.loan_id), who, str(opened.reference), opened.person)
        return [*super().sheets(), Sheet("Opened", columns, [row], frozenset(columns))]

    def counts(self) -> str:
        """Applicants, loans, proofs, attempts, and what was opened."""
        return (
            f"{len(self.applicants)} applicants, {self.loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused, 1 reference of {self.loans} opened"
        )
