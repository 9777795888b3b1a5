"""Numbers and words of a market that have no meaning are reported, not passed on."""

from __future__ import annotations

import pytest
from support.loan.table_cases import monthly

from zkcredit.chain.loans.loan_state import LoanState, LoanStatus, is_empty, product_of_entry
from zkcredit.errors import ChainError
from zkcredit.loan import TableProduct, loan_words, release
from zkcredit.policy import Policy

ADDRESS = "0x" + "11" * 20
BORROWER = "0x" + "22" * 20
PRODUCT = TableProduct(
    table=monthly("L" * 11 + "R", 20_000_000), policy=Policy(), min_principal=10_000,
    max_principal=500_000, token="0x" + "33" * 20, token_unit=1, currency=978,
)  # fmt: skip
DEADLINE = 1_790_000_000
REQUESTED, CANCELLED, RELEASED = 1, 2, 3


def entry(stage: int, purpose: int = 12, undrawn: int = 0) -> tuple[int, ...]:
    """The words of an application for 100,000 of which 4,000 are funded, or of a loan."""
    party = int(BORROWER, 16) << 96 | purpose << 80 | undrawn << 32 | stage
    if stage == RELEASED:
        return (*loan_words(release(PRODUCT, 100_000, DEADLINE), ADDRESS), 77, party)
    product = int(ADDRESS, 16) << 96
    terms = product | DEADLINE << 56 | (DEADLINE - 9) << 16
    return terms, 100_000 << 208 | 4_000 << 160, 5, 77, party


def test_an_application_is_read() -> None:
    words = entry(REQUESTED)
    assert not is_empty(words)
    assert product_of_entry(words).lower() == ADDRESS
    state = LoanState.of_entry(5, words, PRODUCT, DEADLINE)
    assert (state.loan_id, state.status, state.running) == (5, LoanStatus.REQUESTED, None)
    assert (state.principal, state.funded, state.purpose) == (100_000, 4_000, 12)
    assert (state.funding_deadline, state.proved_at, state.root) == (DEADLINE, DEADLINE - 9, 5)
    late = LoanState.of_entry(5, words, PRODUCT, DEADLINE + 1)
    cancelled = LoanState.of_entry(5, entry(CANCELLED), PRODUCT, DEADLINE)
    assert late.status is cancelled.status is LoanStatus.CANCELLED


def test_a_loan_is_read() -> None:
    state = LoanState.of_entry(5, entry(RELEASED, undrawn=99), PRODUCT, DEADLINE)
    assert (state.status, state.undrawn, state.borrower) == (LoanStatus.ACTIVE, 99, BORROWER)
    assert state.running == release(PRODUCT, 100_000, DEADLINE)
    assert (state.root, state.funding_deadline) == (None, None)


@pytest.mark.parametrize("stage", [0, 4, 255])
def test_a_stage_without_a_meaning_is_refused(stage: int) -> None:
    words = (*entry(REQUESTED)[:4], entry(REQUESTED)[4] ^ REQUESTED ^ stage)
    with pytest.raises(ChainError, match=f"loan 5 have the stage {stage}"):
        LoanState.of_entry(5, words, PRODUCT, DEADLINE)


@pytest.mark.parametrize("standing", [0, 1, 6, 7])
def test_words_with_a_standing_of_no_released_loan_are_refused(standing: int) -> None:
    terms, debt, account, *rest = entry(RELEASED)
    words = (terms, debt, account & ~0xFF | standing, *rest)
    with pytest.raises(ChainError, match="words of loan 5"):
        LoanState.of_entry(5, words, PRODUCT, DEADLINE)


@pytest.mark.parametrize("status", [-1, 7, 255])
def test_an_unknown_status_is_refused(status: int) -> None:
    with pytest.raises(ChainError, match=f"{status}, which is not a LoanStatus"):
        LoanStatus(status)
