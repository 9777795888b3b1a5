"""Entries and totals: five slots, their widths, and the judgement that the circuit repeats."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from support.circuits.ledger_plain import terms_hold
from support.ledger.ledger_desk import ACCOUNT, AIRTIME, SALARY

from zkcredit.errors import InvalidInput, MalformedFile, NotEligible, OutOfRange
from zkcredit.ledger import LedgerEntry, LedgerTotals, require_eligible
from zkcredit.policy import Policy
from zkcredit.schema import LEDGER_SLOTS, NOT_JUDGED_BY_LEDGERS

NAMES = [field.name for field in fields(LedgerEntry)]
TOTALS = LedgerTotals.of([SALARY, ACCOUNT, AIRTIME])


def test_the_slots_are_those_of_the_statement():
    assert tuple(NAMES) == LEDGER_SLOTS
    assert ACCOUNT.slots() == (612, 0, 101_203, 30_405, 1)


def test_totals_are_sums():
    assert TOTALS.slots() == (663, 307_975, 111_079, 30_405, 1)
    assert LedgerTotals.of([]) == LedgerTotals()


def test_bytes_and_back():
    for entry in (LedgerEntry(), ACCOUNT, LedgerEntry(*[2**40 - 1] * 5)):
        assert len(entry.to_bytes()) == 25
        assert LedgerEntry.from_bytes(entry.to_bytes()) == entry


def test_nothing_shows_the_amounts():
    assert repr(ACCOUNT) == "LedgerEntry(…)"
    assert repr(TOTALS) == str(TOTALS) == "LedgerTotals(…)"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", [-1, 2**40, 2**48, 1.0, True, "1", None])
def test_amounts_out_of_range_make_no_entry(name, value):
    with pytest.raises(InvalidInput) as caught:
        LedgerEntry(**{name: value})
    assert name in str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_overlong_slots_are_out_of_range(name):
    with pytest.raises(OutOfRange):
        LedgerEntry(**{name: 2**40})
    assert LedgerTotals(**{name: 2**40})
    with pytest.raises(OutOfRange):
        LedgerTotals(**{name: 2**48})


def test_more_than_256_entries_are_refused():
    assert LedgerTotals.of([SALARY] * 256)
    with pytest.raises(OutOfRange):
        LedgerTotals.of([SALARY] * 257)


@pytest.mark.parametrize("data", [b"", bytes(24), bytes(26), "0" * 25, None])
def test_other_bytes_are_no_entry(data):
    with pytest.raises(MalformedFile):
        LedgerEntry.from_bytes(data)


@pytest.mark.parametrize("values", [[], None, {"income": 1}, {"monthly_income": 1, "x": 2}])
def test_unknown_names_are_refused(values):
    with pytest.raises(MalformedFile):
        LedgerEntry.from_values(values)
    assert LedgerEntry.from_values({"monthly_income": 287_654}) == SALARY


CASES = [
    Policy(663, 663),
    Policy(664),
    Policy(0, 662),
    Policy.repayment_capacity(100_000, 16_649),
    Policy.repayment_capacity(100_000, 16_650),
    Policy(instalment=50_000, max_dti_bps=2_611),
    Policy(instalment=50_000, max_dti_bps=2_610),
    Policy(max_delinquencies=1),
    Policy(max_delinquencies=0),
    Policy(),
]


@pytest.mark.parametrize("policy", CASES)
def test_the_judgement_is_the_circuits(policy):
    policy = policy.at(5)
    if terms_hold(policy.pack(), TOTALS.slots()):
        require_eligible(policy, TOTALS)
    else:
        with pytest.raises(NotEligible, match="the account does not meet"):
            require_eligible(policy, TOTALS)


def test_the_cases_go_both_ways():
    verdicts = [terms_hold(policy.at(5).pack(), TOTALS.slots()) for policy in CASES]
    assert verdicts.count(True) == verdicts.count(False) == 5


def test_shortfalls_are_told():
    with pytest.raises(NotEligible) as caught:
        require_eligible(Policy(700, max_delinquencies=0).at(5), TOTALS)
    assert caught.value.shortfalls == {"min_score": 37, "max_delinquencies": 1}


@pytest.mark.parametrize("name", ["score_points", "delinquencies_24m"])
def test_counts_beyond_16_bits_meet_no_policy(name):
    require_eligible(Policy().at(5), replace(TOTALS, **{name: 2**16 - 1}))
    with pytest.raises(NotEligible) as caught:
        require_eligible(Policy().at(5), replace(TOTALS, **{name: 2**16 + 2}))
    assert caught.value.shortfalls == {name: 3}


@pytest.mark.parametrize("name", NOT_JUDGED_BY_LEDGERS)
def test_a_policy_that_a_ledger_cannot_judge_is_refused(name):
    with pytest.raises(InvalidInput, match=name):
        require_eligible(Policy(**{name: 1}).at(5), TOTALS)


def test_other_arguments_are_refused():
    with pytest.raises(InvalidInput, match="no time"):
        require_eligible(Policy(), TOTALS)
    for policy, totals in ((None, TOTALS), (Policy().at(5), SALARY), (Policy().at(5), None)):
        with pytest.raises(InvalidInput):
            require_eligible(policy, totals)
