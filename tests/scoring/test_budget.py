"""The rule that derives a budget and a record from a row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkcredit.errors import InvalidInput
from zkcredit.scoring import applicant, derive_budget, derive_record, load_german_credit
from zkcredit.scoring import german_credit as g
from zkcredit.scoring.scorecard import load_scorecard


def test_the_first_applicant_by_hand() -> None:
    # 1169 DM over 6 months, instalment under 20 % of income, rents, two or three credits
    budget = derive_budget(applicant(1))
    instalment = 116_900 // 6
    assert budget.monthly_income == instalment * 10_000 // 1_500 == 129_886
    assert budget.monthly_expenses == 129_886 * 5_500 // 10_000
    assert budget.monthly_debt_service == instalment // 4
    assert budget.free == 129_886 - 71_437 - 4_870


def test_every_row_gives_a_record_that_fits_its_widths() -> None:
    card = load_scorecard()
    records = [derive_record(row, card) for row in load_german_credit()]
    assert all(record.monthly_income > 0 for record in records)
    assert [record.subject_ref for record in records] == list(range(1, 1001))
    assert {record.currency for record in records} == {978}
    assert {record.delinquencies_24m for record in records} == {0, 1, 3}


def test_the_rule_is_deterministic() -> None:
    card = load_scorecard()
    assert derive_record(applicant(3), card) == derive_record(applicant(3), card)


def test_the_minor_unit_of_the_currency_is_used() -> None:
    assert derive_budget(applicant(1), "JPY").monthly_income == (1169 // 6) * 10_000 // 1_500


def test_more_obligations_leave_less() -> None:
    row = replace(
        applicant(1),
        credit_count=g.CreditCount.ONE,
        housing=g.Housing.FREE,
        dependants=g.Dependants.UP_TO_2,
    )
    free = derive_budget(row).free
    for change in (
        {"credit_count": g.CreditCount.FROM_SIX},
        {"housing": g.Housing.RENT},
        {"dependants": g.Dependants.FROM_3},
        {"other_plans": g.OtherPlans.BANK},
    ):
        assert derive_budget(replace(row, **change)).free < free


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(InvalidInput, match="unknown currency"):
        derive_budget(applicant(1), "DEM")
