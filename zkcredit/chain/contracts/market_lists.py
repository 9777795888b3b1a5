"""Several loans or positions of a market, read in few requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import AdministeredClient
from zkcredit.chain.contracts.market_state import LoanState, PositionState
from zkcredit.errors import InvalidInput, TransactionReverted

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MarketLists"]


class MarketLists(AdministeredClient):
    """The lists of a ``LoanMarket`` contract."""

    contract = "LoanMarket"

    def loans(self, loan_ids: Sequence[int]) -> list[LoanState]:
        """Return the records of several loans.

        Raises:
            InvalidInput: if one of the loans does not exist.
        """
        try:
            several = self._read_all("loan", _numbers(loan_ids))
        except TransactionReverted as error:
            raise InvalidInput(f"there is no loan {_listed(loan_ids)}: {error}") from error
        states = [LoanState.from_tuple(*one) for one in zip(loan_ids, several, strict=True)]
        for state in states:
            if state.status == 0:
                raise InvalidInput(f"there is no loan {state.loan_id}")
        return states

    def positions(self, position_ids: Sequence[int]) -> list[PositionState]:
        """Return several lenders' positions.

        Raises:
            InvalidInput: if one of the positions does not exist.
        """
        several = self._read_all("position", _numbers(position_ids))
        states = [
            PositionState(number, lender, loan_id, start, amount, drawn)
            for number, (lender, loan_id, start, amount, drawn) in zip(
                position_ids, several, strict=True
            )
        ]
        for state in states:
            if state.amount == 0:
                raise InvalidInput(f"there is no position {state.position_id}")
        return states

    def withdrawables(self, position_ids: Sequence[int]) -> list[int]:
        """Return the tokens that ``withdraw`` would pay now for each of several positions."""
        return [int(tokens) for tokens in self._read_all("withdrawable", _numbers(position_ids))]


def _numbers(several: Sequence[int]) -> list[int]:
    return [require_uint("the number", one, 256) for one in several]


def _listed(numbers: Sequence[int]) -> str:
    return " or ".join(map(str, numbers))
