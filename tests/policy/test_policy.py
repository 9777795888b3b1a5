"""A policy packs to one word and judges in integers, edge by edge."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.protocol.nouns import EXPIRES, ISSUED, NOW, record

from zkcredit.errors import InvalidInput, NotEligible, OutOfRange
from zkcredit.policy import Policy
from zkcredit.schema import POLICY_BITS, POLICY_FIELDS

if TYPE_CHECKING:
    from zkcredit.record import CreditRecord

NEUTRAL = Policy().at(NOW)
HOPELESS = record(
    score=0,
    monthly_income=0,
    monthly_expenses=2**48 - 1,
    monthly_debt_service=2**48 - 1,
    delinquencies_24m=65_535,
    history_months=0,
)


def policies():
    return (
        st.builds(
            Policy,
            **{
                name: st.integers(0, 2**bits - 1)
                for name, bits in POLICY_FIELDS.items()
                if not name.endswith("_score")
            },
        )
        .flatmap(
            lambda p: st.tuples(st.just(p), st.integers(0, 65_535), st.integers(0, 65_535)),
        )
        .map(lambda t: replace(t[0], min_score=min(t[1:]), max_score=max(t[1:])))
    )


def records():
    return st.builds(
        record,
        score=st.integers(0, 65_535),
        monthly_income=st.integers(0, 2**48 - 1),
        monthly_expenses=st.integers(0, 2**48 - 1),
        monthly_debt_service=st.integers(0, 2**48 - 1),
        delinquencies_24m=st.integers(0, 65_535),
        history_months=st.integers(0, 65_535),
        currency=st.integers(1, 999),
    )


def shortfalls(policy: Policy, who: CreditRecord, issued=ISSUED, expires=EXPIRES) -> dict[str, int]:
    found: dict[str, int] = {}
    try:
        policy.check(who, issued, expires)
    except NotEligible as error:
        found = error.shortfalls
    assert all(missing > 0 for missing in found.values())
    return found


def test_the_word_has_244_bits_and_this_layout():
    assert POLICY_BITS == 244
    assert Policy(min_score=1, max_score=1).pack() & 0xFFFF_FFFF == 1 | 1 << 16
    shift = 0
    for name, bits in POLICY_FIELDS.items():
        zero = Policy(max_score=65_535) if name == "min_score" else Policy()
        top = replace(zero, **{name: 2**bits - 1}).pack()
        assert (top >> shift) & (2**bits - 1) == 2**bits - 1
        shift += bits


@given(policies())
def test_unpack_inverts_pack(policy):
    word = policy.pack()
    assert 0 <= word < 2**244
    assert Policy.unpack(word) == policy


@pytest.mark.parametrize("word", [-1, 2**244, 2**256])
def test_words_outside_244_bits_are_refused(word):
    with pytest.raises(OutOfRange):
        Policy.unpack(word)


@pytest.mark.parametrize("word", ["1", 1.0, None, True, b"\1"])
def test_words_that_are_no_int_are_refused(word):
    with pytest.raises(InvalidInput):
        Policy.unpack(word)


def test_a_word_with_min_score_above_max_score_is_refused():
    with pytest.raises(InvalidInput):
        Policy.unpack(2 | 1 << 16)


@pytest.mark.parametrize(("name", "bits"), POLICY_FIELDS.items())
def test_fields_outside_their_width_are_refused(name, bits):
    for value in (-1, 2**bits):
        with pytest.raises(OutOfRange, match=name):
            Policy(**{name: value})
    for value in (1.0, "1", None, True):
        with pytest.raises(InvalidInput, match=name):
            Policy(**{name: value})


def test_a_policy_does_not_change():
    with pytest.raises(FrozenInstanceError):
        Policy().min_score = 1


def test_the_neutral_policy_accepts_the_hopeless():
    NEUTRAL.check(HOPELESS, ISSUED, EXPIRES)


@given(records())
def test_the_neutral_policy_accepts_everyone(who):
    NEUTRAL.check(who, ISSUED, EXPIRES)


@pytest.mark.parametrize(
    ("policy", "at_the_edge", "beyond", "condition", "by"),
    [
        (Policy.score_range(700), {"score": 700}, {"score": 699}, "min_score", 1),
        (Policy.score_range(0, 700), {"score": 700}, {"score": 705}, "max_score", 5),
        (
            Policy(max_delinquencies=0),
            {"delinquencies_24m": 0},
            {"delinquencies_24m": 2},
            "max_delinquencies",
            2,
        ),
        (
            Policy(min_history_months=36),
            {"history_months": 36},
            {"history_months": 30},
            "min_history_months",
            6,
        ),
        (Policy(currency=978), {"currency": 978}, {"currency": 840}, "currency", 1),
        # free = 150 000 = exactly 1.5 times 100 000
        (
            Policy.repayment_capacity(100_000, 15_000),
            {},
            {"monthly_expenses": 120_001},
            "coverage_bps",
            1,
        ),
        # (30 000 + 30 000) / 300 000 = 20 %
        (
            Policy(instalment=30_000, max_dti_bps=2_000),
            {},
            {"monthly_debt_service": 30_007},
            "max_dti_bps",
            7,
        ),
    ],
)
def test_each_condition_holds_at_its_edge_and_fails_beyond(
    policy, at_the_edge, beyond, condition, by
):
    assert shortfalls(policy.at(NOW), record(**at_the_edge)) == {}
    assert shortfalls(policy.at(NOW), record(**beyond)) == {condition: by}


def test_a_miss_of_less_than_one_minor_unit_is_still_a_miss():
    policy = Policy.repayment_capacity(100_000, 15_001).at(NOW)
    assert shortfalls(policy, record()) == {"coverage_bps": 10}
    policy = Policy.repayment_capacity(1, 10_001).at(NOW)
    spent = record(monthly_expenses=269_999)
    assert shortfalls(policy, spent) == {"coverage_bps": 1}


def test_validity_cannot_be_switched_off():
    assert shortfalls(NEUTRAL, record(), issued=NOW) == {}
    assert shortfalls(NEUTRAL, record(), issued=NOW + 3) == {"not_yet_issued": 3}
    assert shortfalls(NEUTRAL, record(), expires=NOW + 1) == {}
    assert shortfalls(NEUTRAL, record(), expires=NOW) == {"expired": 1}
    fresh = replace(NEUTRAL, min_issued_at=ISSUED)
    assert shortfalls(fresh, record()) == {}
    assert shortfalls(fresh, record(), issued=ISSUED - 9) == {"min_issued_at": 9}


def test_every_failed_condition_is_named_at_once():
    strict = Policy(
        min_score=1000,
        instalment=1,
        coverage_bps=1,
        max_dti_bps=0,
        max_delinquencies=0,
        min_history_months=1,
        currency=840,
        now=NOW,
    )
    assert set(shortfalls(strict, HOPELESS)) == {
        "min_score",
        "coverage_bps",
        "max_dti_bps",
        "max_delinquencies",
        "min_history_months",
        "currency",
    }


@given(policies(), records())
def test_the_verdict_is_that_of_exact_fractions(policy, who):
    free = who.monthly_income - who.monthly_expenses - who.monthly_debt_service
    burden = who.monthly_debt_service + policy.instalment
    expected = (
        policy.min_score <= who.score <= policy.max_score
        and (
            policy.coverage_bps == 0
            or free >= Fraction(policy.coverage_bps, 10_000) * policy.instalment
        )
        and (
            policy.max_dti_bps == 65_535
            or burden <= Fraction(policy.max_dti_bps, 10_000) * who.monthly_income
        )
        and who.delinquencies_24m <= policy.max_delinquencies
        and who.history_months >= policy.min_history_months
        and policy.currency in (0, who.currency)
        and policy.min_issued_at <= ISSUED <= policy.now < EXPIRES
    )
    assert (shortfalls(policy, who) == {}) is expected


@given(policies(), policies(), records())
def test_and_demands_what_both_demand(one, other, who):
    shared = {"instalment": one.instalment, "currency": one.currency, "now": one.now}
    other = replace(other, **shared)
    try:
        both = one & other
    except InvalidInput:
        assert max(one.min_score, other.min_score) > min(one.max_score, other.max_score)
        return
    assert (shortfalls(both, who) == {}) is (
        shortfalls(one, who) == {} and shortfalls(other, who) == {}
    )
    assert both == other & one


@given(policies())
def test_the_neutral_policy_is_the_unit_of_and(policy):
    assert policy & Policy() == policy == Policy() & policy == policy & policy


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Policy.score_range(700), Policy.score_range(0, 600)),
        (Policy.repayment_capacity(1), Policy.repayment_capacity(2)),
        (Policy(currency=978), Policy(currency=840)),
        (Policy(now=1), Policy(now=2)),
    ],
)
def test_contradictions_are_refused(one, other):
    with pytest.raises(InvalidInput):
        one & other


def test_and_with_a_stranger_is_a_type_error():
    with pytest.raises(TypeError):
        Policy() & 1


def test_the_two_conditions_of_the_name_are_one_policy():
    both = Policy.score_range(650, 850) & Policy.repayment_capacity(100_000, 12_500)
    assert both.conditions() == {
        "min_score": 650,
        "max_score": 850,
        "instalment": 100_000,
        "coverage_bps": 12_500,
    }


def test_a_coverage_of_zero_is_refused():
    with pytest.raises(InvalidInput):
        Policy.repayment_capacity(1, 0)
