"""A story's result, which the closing tables and ``--json`` show."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.demo.outcome import ApplicantOutcome, Funds, Refusal
    from zkcredit.demo.plaintext_scan import Scan

__all__ = [
    "DemoResult",
    "EscrowResult",
    "HistoryResult",
    "LedgerResult",
    "Opened",
    "SeasonResult",
    "Sheet",
    "StoryResult",
]


@dataclass(frozen=True)
class Sheet:
    """A closing table. Cells are text; the columns named in ``left`` are not numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: frozenset[str] = frozenset()


@dataclass(kw_only=True)
class StoryResult(ABC):
    """The result of any story.

    Attributes:
        chain, chain_id: where it ran.
        applicants: each applicant's outcome.
        refusals: the refused attempts.
        funds: where the money was at the start and at the end; closed.
        proofs: number of proofs that were made.
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
        """The number of applications that became loans."""
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
        columns = ("no.", "score", "asked", "outcome", "rows", "fees", "paid")
        rows = [entry.row() for entry in self.applicants]
        title = f"Each applicant's outcome (amounts in {self.minor_unit})"
        return [Sheet(title, columns, rows, frozenset({"outcome"}))]

    def closing(self) -> str:
        """Return counts, sums, and where the story ran."""
        rest = ", which the shares of the defaulted loan round down" if self.funds.held else ""
        return (
            f"{self.counts()}. Moved: {self.funds.moved()}.\n"
            f"Conserved to the unit; the market keeps {self.funds.held:,}{rest}. "
            f"{self.seconds:.0f} s on {self.chain}."
        )

    @abstractmethod
    def counts(self) -> str:
        """Return the counts, as a sentence without its full stop."""


@dataclass(kw_only=True)
class DemoResult(StoryResult):
    """The result of the loan story: the scorecard, its quality, and the product."""

    scorecard: str
    auc_bps: int
    product: dict[str, Any]

    def counts(self) -> str:
        """Return the numbers of applicants, loans, proofs and attempts."""
        return (
            f"{len(self.applicants)} applicants, {self.loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused"
        )


@dataclass(kw_only=True)
class LedgerResult(StoryResult):
    """The result of the ledger's story: each issuer's entries, and the search of the chain."""

    minor_unit: ClassVar[str] = "hundredths of a rupiah"

    issuers: list[str]
    entries: int
    scan: Scan

    def sheets(self) -> list[Sheet]:
        """Return the tables of the households and of the search."""
        places = [(place, f"{size:,}", "nothing") for place, size in self.scan.searched.items()]
        title = f"Searched for {self.scan.amounts} amounts in {self.scan.forms:,} forms"
        columns, left = ("place", "bytes", "found"), frozenset({"place", "found"})
        return [*super().sheets(), Sheet(title, columns, places, left)]

    def counts(self) -> str:
        """Return the numbers of entries, loans, proofs and attempts."""
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
        reference: the escrowed reference.
        person: the person whom the bureau knows by this reference.
    """

    loan_id: int
    arbiters: list[str]
    reference: int
    person: str


@dataclass(kw_only=True)
class EscrowResult(StoryResult):
    """The result of the escrow story: the arbiters' group, and what they opened."""

    group: str
    threshold: int
    arbiters: list[str]
    opened: Opened

    def sheets(self) -> list[Sheet]:
        """Return the tables of the applicants and of the opened reference."""
        opened = self.opened
        columns = ("loan", "opened by", "reference", "person, according to the bureau")
        who = ", ".join(opened.arbiters)
        row = (str(opened.loan_id), who, str(opened.reference), opened.person)
        return [*super().sheets(), Sheet("Opened", columns, [row], frozenset(columns))]

    def counts(self) -> str:
        """Return the numbers of applicants, loans, proofs, attempts and opened references."""
        return (
            f"{len(self.applicants)} applicants, {self.loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused, 1 reference of {self.loans} opened"
        )


@dataclass(kw_only=True)
class HistoryResult(StoryResult):
    """The result of the history story: what the bureau counted, and how soon it was accepted.

    Attributes:
        counted: for each borrower's name what the bureau counts at the end.
        private_blocks: blocks from the last payment of a loan to the application elsewhere that
            proves it.
        open_blocks: the same to the application at another member of the bureau.
        markets: for each borrower's name, where a further loan was asked for and how that ended.
    """

    counted: dict[str, dict[str, int]]
    private_blocks: int
    open_blocks: int
    markets: dict[str, str]

    def sheets(self) -> list[Sheet]:
        """Return the tables of the loans and of the records."""
        columns = ("borrower", "repaid", "in time", "late", "defaults", "reputation", "then")
        names = ("repaid", "on_time", "late", "defaults", "reputation")
        rows = [
            (who, *(str(record[name]) for name in names), self.markets[who])
            for who, record in self.counted.items()
        ]
        told = Sheet("What the bureau counted", columns, rows, frozenset({"borrower", "then"}))
        return [*super().sheets(), told]

    def counts(self) -> str:
        """Return the numbers of loans, proofs, attempts and blocks."""
        return (
            f"{self.loans} loans, {self.proofs} proofs, {len(self.refusals)} attempts refused; a "
            f"repaid loan counted elsewhere {self.private_blocks} blocks later, and at another "
            f"member {self.open_blocks} later"
        )


@dataclass(kw_only=True)
class SeasonResult(StoryResult):
    """The result of the season story: what the weather did, and what a loan costs.

    Attributes:
        weather: for each farmer's number, what the season did.
        costs: the disclosure of the first farmer's loan.
        payments: its payments in words.
    """

    weather: dict[int, str]
    costs: dict[str, Any]
    payments: list[str]

    def sheets(self) -> list[Sheet]:
        """Return the tables of the farmers and of their weather."""
        columns = ("no.", "the season")
        rows = [(str(number), what) for number, what in self.weather.items()]
        told = Sheet("What the season did", columns, rows, frozenset({"the season"}))
        return [*super().sheets(), told]

    def counts(self) -> str:
        """Return the numbers of farmers, loans, proofs and attempts."""
        return (
            f"{len(self.applicants)} farmers, {self.loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused, and no farmer needed a coin for gas"
        )
