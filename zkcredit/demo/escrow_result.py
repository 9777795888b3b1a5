"""What came of the escrow story."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zkcredit.demo.stories import Sheet

if TYPE_CHECKING:
    from zkcredit.demo.ledger import ApplicantOutcome, Funds, Refusal

__all__ = ["EscrowResult", "Opened"]


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


@dataclass
class EscrowResult:
    """Everything that the closing tables and ``--json`` show."""

    chain: str
    chain_id: int
    group: str
    threshold: int
    arbiters: list[str]
    applicants: list[ApplicantOutcome]
    opened: Opened
    refusals: list[Refusal]
    funds: Funds
    proofs: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        document = asdict(self)
        for entry, outcome in zip(document["applicants"], self.applicants, strict=True):
            entry["eligible"] = outcome.eligible
        document["seconds"] = round(self.seconds, 1)
        document["funds"]["conserved"] = True  # Funds.close() has raised otherwise
        return document

    def sheets(self) -> list[Sheet]:
        """The table of the applicants, and what was opened."""
        columns = ("no.", "score", "asked", "outcome", "inst.", "fees", "paid")
        rows = [entry.row() for entry in self.applicants]
        title = "What came of everybody (amounts in cents)"
        opened = self.opened
        row = (
            str(opened.loan_id),
            ", ".join(opened.arbiters),
            str(opened.reference),
            opened.person,
        )
        columns_opened = ("loan", "opened by", "reference", "who that is, says the bureau")
        return [
            Sheet(title, columns, rows, frozenset({"outcome"})),
            Sheet("Opened", columns_opened, [row], frozenset(columns_opened)),
        ]

    def closing(self) -> str:
        """Counts, sums, and where it ran."""
        loans = sum(entry.loan_id is not None for entry in self.applicants)
        return (
            f"{len(self.applicants)} applicants, {loans} loans, {self.proofs} proofs, "
            f"{len(self.refusals)} attempts refused, 1 reference of {loans} opened. "
            f"Moved: {self.funds.moved()}.\n"
            f"Conserved to the unit; the market keeps {self.funds.held:,}. "
            f"{self.seconds:.0f} s on {self.chain}."
        )
