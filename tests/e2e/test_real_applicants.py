"""A market judges 4,073 real applicants as plain Python does.

``make long PART=applicants`` takes all of them, here are a few.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.loan import real_applicants
from support.loan.real_applicants import applicants, judged, plainly


def test_all_who_state_an_income_are_there() -> None:
    assert len(applicants()) == 4_073


def test_each_condition_refuses_somebody_alone() -> None:
    """Whoever is refused for one reason would be accepted without it."""
    reasons = {"score": 0, "records": 0, "expenses": 0, "income": 0}
    for who in applicants():
        if not plainly(who):
            row = who.row
            cured = {
                "score": replace(who, score=600),
                "records": replace(who, row=replace(row, records="no")),
                "expenses": replace(who, row=replace(row, expenses=0)),
                "income": replace(who, row=replace(row, income=100 * row.income)),
            }
            for name, other in cured.items():
                reasons[name] += plainly(other)
    assert min(reasons.values()) > 20, reasons


def test_a_market_and_plain_python_judge_alike() -> None:
    found = judged(applicants()[::200])
    assert found["applicants"] == 21
    assert 5 < found["accepted"] < 16


@pytest.mark.parametrize("verdict", [True, False])
def test_one_difference_is_noticed(monkeypatch: pytest.MonkeyPatch, verdict: bool) -> None:
    who = next(who for who in applicants() if plainly(who) is verdict)
    monkeypatch.setattr(real_applicants, "plainly", lambda _: not verdict)
    with pytest.raises(AssertionError, match=f"row {who.row.number}"):
        judged([who])
