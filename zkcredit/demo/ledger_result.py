"""What came of the ledger's story."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from zkcredit.demo.stories import Sheet

if TYPE_CHECKING:
    from zkcredit.demo.ledger import ApplicantOutcome, Funds, Refusal
    from zkcredit.demo.plaintext_scan import Scan

__all__ = ["LedgerResult"]


@dataclass
class LedgerResult:
    """Everything that the closing tables and ``--json`` show."""

    chain: str
    chain_id: int
    issuers: list[str]
    entries: int
    applicants: list[ApplicantOutcome]
    refusals: list[Refusal]
    funds: Funds
    scan: Scan
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
        """The table of the households, and what was searched."""
        columns = ("no.", "score", "asked", "outcome", "inst.", "fees", "paid")
        rows = [entry.row() for entry in self.applicants]
        title = "What came of everybody (amounts in hundredths of a rupiah)"
        places = [(place, f"{size:,}", "nothing") for place, size in self.scan.searched.items()]
        return [
            Sheet(title, columns, rows, frozenset({"outcome"})),
            Sheet(
                f"Searched for {self.scan.amounts} amounts in {self.scan.forms:,} forms",
                ("place", "bytes", "found"),
                places,
                frozenset({"place", "found"}),
            ),
        ]

    def closing(self) -> str:
        """Counts, sums, and where it ran."""
        loans = sum(entry.loan_id is not None for entry in self.applicants)
        return (
            f"{self.entries} encrypted entries of {len(self.issuers)} issuers, {loans} loans, "
            f"{self.proofs} proofs, {len(self.refusals)} attempts refused. "
            f"Moved: {self.funds.moved()}.\n"
            f"Conserved to the unit; the market keeps {self.funds.held:,}, which the shares of the "
            f"defaulted loan round down. {self.seconds:.0f} s on {self.chain}."
        )
