"""The demo's cast and ledger without a chain: nothing is chosen that should be found."""

from __future__ import annotations

import pytest

from zkcredit.chain.loans import loan_events as ev
from zkcredit.chain.loans.loan_events import Withdrawn
from zkcredit.demo import Silent
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.loan.cast import COUNT, Part, applicants, product
from zkcredit.demo.movements import Movements
from zkcredit.demo.outcome import Funds, expect_refusal
from zkcredit.errors import (
    ChainError,
    InvalidProof,
    NotEligible,
    TransactionReverted,
)
from zkcredit.scoring import applicant

TOKEN = "0x" + "11" * 20


def _eligible() -> list[int]:
    offered, found = product(TOKEN), []
    for member in applicants():
        try:
            offered.policy_for(member.principal, 100).check(member.record, 50, 1_000)
        except NotEligible:
            continue
        found.append(member.number)
    return found


def test_the_cast_is_the_first_rows_of_the_data() -> None:
    assert [member.number for member in applicants()] == list(range(1, COUNT + 1))


def test_parts_are_played_by_people_who_qualify() -> None:
    playing = [member.number for member in applicants() if member.part is not Part.PAYS]
    assert set(playing) <= set(_eligible())
    assert len(playing) == len(Part) - 1


def test_late_and_defaulting_borrowers_are_those_whose_real_credit_went_bad() -> None:
    bad = {m.number for m in applicants() if m.part in (Part.LATE, Part.DEFAULTS)}
    assert bad == {number for number in _eligible() if applicant(number).outcome == "bad"}


def test_each_condition_decides_somebody() -> None:
    missed: set[str] = set()
    for member in applicants():
        try:
            product(TOKEN).policy_for(member.principal, 100).check(member.record, 50, 1_000)
        except NotEligible as error:
            missed |= set(error.shortfalls)
    assert {"min_score", "coverage_bps", "max_dti_bps"} <= missed


def _moved(amount: int) -> Movements:
    return Movements.of([ev.LoanFunded(1, 0, "0x", 1, 1, "0x", 0, amount)])


def test_balanced_books_close() -> None:
    funds = Funds(100, {"market": 0, "lender": 100})
    funds.close({"market": 30, "lender": 70}, _moved(30))
    assert (funds.held, funds.flows) == (30, {"funding": 30})


@pytest.mark.parametrize(
    ("after", "held"),
    [
        ({"market": 30, "lender": 69}, 30),
        ({"market": 30, "lender": 71}, 30),
        ({"market": 30, "lender": 70}, 29),
    ],
)
def test_books_that_do_not_balance_end_the_demo(after: dict[str, int], held: int) -> None:
    with pytest.raises(ChainError):
        Funds(100, {"market": 0, "lender": 100}).close(after, _moved(held))


def test_each_movement_is_counted_on_its_side() -> None:
    place = (1, 0, "0x")
    moved = Movements.of(
        [
            ev.LoanFunded(*place, 1, 1, "0x", 0, 100),
            ev.FundingLeft(*place, 1, 1, "0x", 40),
            ev.LoanFunded(*place, 1, 2, "0x", 0, 40),
            ev.LoanReleased(*place, 1, "0x", 100, 5, 0),
            ev.ProceedsDrawn(*place, 1, "0x", 95),
            ev.FeesWithdrawn(*place, "0x", "0x", "0x", 5),
            ev.LoanStepped(*place, 1, 0, "0x", 20, 1, 0, 0),
            ev.LoanStepped(*place, 1, 2, "0x", 30, 0, 0, 0),
            ev.LoanStepped(*place, 1, 1, "0x", 60, 0, 0, 0),
            ev.LoanStepped(*place, 1, 5, "0x", 999, 0, 1, 5),  # a default moves nothing
            Withdrawn(*place, 1, "0x", "0x", 70),
        ]
    )
    assert moved.sums() == {
        "drawing": 95, "fee": 5, "funding": 140, "prepayment": 30, "repayment": 20,
        "settlement": 60, "taken back": 40, "withdrawal": 70,
    }  # fmt: skip
    assert moved.held == 40


def _refuse(error: Exception | None, contract_error: str = "") -> object:
    def action() -> None:
        if error is not None:
            raise error

    kind = TransactionReverted if contract_error else InvalidProof
    return expect_refusal("try", "contract", kind, action, Silent(), contract_error=contract_error)


def test_a_refusal_is_recorded_with_its_error() -> None:
    refusal = _refuse(TransactionReverted("no", "ProofInvalid"), "ProofInvalid")
    assert (refusal.error, refusal.contract_error) == ("TransactionReverted", "ProofInvalid")  # type: ignore[attr-defined]


def test_what_goes_through_ends_the_demo() -> None:
    with pytest.raises(StoryFailed, match="was not refused"):
        _refuse(None)


def test_a_refusal_for_another_reason_ends_the_demo() -> None:
    with pytest.raises(StoryFailed, match="refused as AmountZero"):
        _refuse(TransactionReverted("no", "AmountZero"), "ProofInvalid")
    with pytest.raises(ChainError):
        _refuse(ChainError("no node"))
