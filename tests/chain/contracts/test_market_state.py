"""Numbers of a contract that have no meaning are reported, not passed on."""

from __future__ import annotations

import pytest

from zkcredit.chain.contracts.market_state import LoanState, LoanStatus, PseudonymState
from zkcredit.errors import ChainError

LOAN = ("0x" + "11" * 20, 500_000, 45_000, 77, 1, 12, 1_790_000_000, 0)


def test_a_loan_is_read() -> None:
    state = LoanState.from_tuple(5, (*LOAN, 1, *range(8)))
    assert (state.loan_id, state.status, state.started_at) == (5, LoanStatus.REQUESTED, None)
    assert (state.product_id, state.purpose) == (1, 12)


@pytest.mark.parametrize("status", [7, 255])
def test_a_loan_with_an_unknown_status_is_refused(status: int) -> None:
    with pytest.raises(ChainError, match=f"{status}, which is not a LoanStatus"):
        LoanState.from_tuple(5, (*LOAN, status, *range(8)))


@pytest.mark.parametrize("state", [3, 255])
def test_a_pseudonym_with_an_unknown_state_is_refused(state: int) -> None:
    with pytest.raises(ChainError, match="not a PseudonymState"):
        PseudonymState(state)
