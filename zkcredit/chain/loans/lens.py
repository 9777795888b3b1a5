"""The lens of a market: what borrowers and lenders ask before they send something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.node import checksum
from zkcredit.loan import Quote

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LoanLensClient", "PositionValue", "ScheduledRow"]


class ScheduledRow(NamedTuple):
    """A row of a loan's schedule, as the engine computes it; amounts are minor currency units.

    Attributes:
        due: when it falls due, seconds after release.
        amount: what it asks for.
        interest: its interest.
        balance: what is outstanding after it.
    """

    due: int
    amount: int
    interest: int
    balance: int


class PositionValue(NamedTuple):
    """What a position is worth now, in the token's base units.

    Attributes:
        drawable: what can be withdrawn now.
        owed: its part of what settling the loan would cost now; nobody has promised that it comes.
    """

    drawable: int
    owed: int


class LoanLensClient(ContractClient):
    """A ``LoanLens`` contract. It keeps nothing and sends nothing."""

    contract = "LoanLens"

    def market(self) -> str:
        """Return the address of the market that is looked into."""
        return str(self._read("market"))

    def status(self, loan_id: int, *, block: int | None = None) -> LoanStatus:
        """Return where a loan stands, or stood after a block; ``NONE`` if it does not exist."""
        return LoanStatus(self._read("loanOf", _number(loan_id), block=block)[0])

    def quote(self, loan_id: int) -> Quote:
        """Return a loan's costs at the latest block, its next due in Unix seconds.

        All are 0 if nothing is left to pay, or the loan was not released.
        """
        return Quote(*self._read("quote", _number(loan_id)))

    def quotes(self, loan_ids: Sequence[int]) -> list[Quote]:
        """Return the costs of several loans, read in few requests."""
        numbers = [_number(loan_id) for loan_id in loan_ids]
        return [Quote(*values) for values in self._read_all("quote", numbers)]

    def schedule(self, product_address: str, principal: int) -> list[ScheduledRow]:
        """Return the rows of a loan of a product, as the engine computes them.

        Raises:
            TransactionReverted: if the contract answers with NotAProduct, PrincipalOutOfRange,
                ScheduleDegenerate.
        """
        rows = self._read("schedule", checksum(product_address), _number(principal))
        return [ScheduledRow(*row) for row in rows]

    def statement(self, borrower: str, product_address: str, *asked: int) -> tuple[int, int, int]:
        """Return policy word, context and scope that the proof of an application must carry.

        Args:
            borrower: who applies.
            product_address: the product.
            asked: principal, purpose code, time that the proof calls "now", deadline.
        """
        who, product = checksum(borrower), checksum(product_address)
        policy, context, scope = self._read("statementOf", who, product, *asked)
        return policy, context, scope

    def require_application(self, *arguments: Any) -> None:
        """Require that an application would be accepted; arguments as in the contract.

        Raises:
            TransactionReverted: if market, gate, verifier or bureau would refuse.
        """
        self._read("checkApplication", *arguments)

    def value_of(self, position_id: int) -> PositionValue:
        """Return what a position is worth now."""
        return PositionValue(*self._read("valueOf", _number(position_id)))

    def reputation_of(self, nullifier: int) -> int:
        """Return the reputation of a pseudonym at the market's bureau, 0 to 1000 points."""
        return int(self._read("reputationOf", _number(nullifier)))


def _number(value: int) -> int:
    return require_uint("the number", value, 256)
