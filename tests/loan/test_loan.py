"""Loans against exact fractions, against the sum of their parts, and against eth_abi."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import assume, given
from hypothesis import strategies as st

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import Product, Terms, interest, level_instalment
from zkcredit.policy import Policy

principals = st.integers(1, 2**47)
rates = st.integers(0, 10_000)
counts = st.integers(1, 120)

TOKEN = "0x" + "ab" * 20
PRODUCT = Product(
    terms=Terms(rate_bps=150, instalments=12, late_fee=500),
    policy=Policy.score_range(600) & Policy(coverage_bps=12_500, currency=978),
    min_principal=10_000,
    max_principal=500_000,
    token=TOKEN,
    token_unit=10_000,
    max_credential_age=86_400,
)


def exact_annuity(principal: int, rate_bps: int, n: int) -> Fraction:
    """P·i / (1 − (1+i)^−n) in exact fractions: the textbook, not the code."""
    if rate_bps == 0:
        return Fraction(principal, n)
    i = Fraction(rate_bps, 10_000)
    return principal * i / (1 - (1 + i) ** -n)


@given(principals, rates, counts)
def test_the_level_instalment_is_the_rounded_annuity(principal, rate, n):
    exact = exact_annuity(principal, rate, n)
    level = level_instalment(principal, rate, n)
    distance = abs(Fraction(level) - exact)
    # Rounded to nearest; 36 decimals leave at most 10^-15 of doubt about which side a tie is on.
    assert distance <= Fraction(1, 2) + Fraction(1, 10**15)


@pytest.mark.parametrize(
    ("principal", "rate", "n", "level"),
    [
        (100_000, 100, 12, 8_885),  # 1 % a month for a year: 88.85 of 1000.00, any loan table
        (1_000_000, 50, 360 // 3, 11_102),
        (1_200, 0, 12, 100),
        (1_000, 0, 3, 333),
        (1_001, 0, 2, 501),
        (100, 1_000, 1, 110),
        (1, 0, 1, 1),
    ],
)
def test_known_instalments(principal, rate, n, level):
    assert level_instalment(principal, rate, n) == level


@given(st.integers(0, 2**48 - 1), rates)
def test_interest_is_rounded_half_up(balance, rate):
    exact = Fraction(balance * rate, 10_000)
    assert -Fraction(1, 2) < interest(balance, rate) - exact <= Fraction(1, 2)


@given(principals, rates, counts)
def test_a_schedule_sums_to_the_unit(principal, rate, n):
    try:
        schedule = Terms(rate, n).schedule(principal)
    except InvalidInput:
        return
    assert len(schedule.instalments) == n
    assert sum(entry.principal for entry in schedule.instalments) == principal
    assert schedule.total == principal + sum(entry.interest for entry in schedule.instalments)
    assert schedule.instalments[-1].balance == 0
    balance = principal
    for entry in schedule.instalments:
        assert entry.amount == entry.interest + entry.principal
        assert entry.interest == interest(balance, rate)
        balance -= entry.principal
        assert entry.balance == balance >= 0
    assert all(amount == schedule.level for amount in schedule.amounts[:-2])
    assert 0 < schedule.amounts[-1] <= 2 * schedule.level


@given(st.integers(10_000, 2**40), st.integers(0, 500), st.integers(1, 60))
def test_ordinary_loans_are_never_degenerate_and_the_last_instalment_is_near(principal, rate, n):
    assume(principal >= 100 * n)
    schedule = Terms(rate, n).schedule(principal)
    # each period rounds by at most half a unit, and compounds
    slack = (n + 1) * (1 + Fraction(rate, 10_000)) ** n
    assert abs(schedule.amounts[-1] - schedule.level) <= slack


@given(principals, rates, counts)
def test_a_higher_rate_never_costs_less(principal, rate, n):
    assume(rate < 10_000)
    assert level_instalment(principal, rate, n) <= level_instalment(principal, rate + 1, n)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ((0, 1, 1), OutOfRange),
        ((2**48, 1, 1), OutOfRange),
        ((-1, 1, 1), OutOfRange),
        ((1, -1, 1), OutOfRange),
        ((1, 10_001, 1), OutOfRange),
        ((1, 1, 0), OutOfRange),
        ((1, 1, 121), OutOfRange),
        ((1.0, 1, 1), InvalidInput),
        ((1, "1", 1), InvalidInput),
        ((1, 1, True), InvalidInput),
        ((1, 1, None), InvalidInput),
    ],
)
def test_arguments_outside_their_range_are_refused(arguments, error):
    with pytest.raises(error):
        level_instalment(*arguments)


@pytest.mark.parametrize(("principal", "n"), [(1, 120), (1, 3), (59, 120)])
def test_degenerate_loans_are_refused(principal, n):
    with pytest.raises(InvalidInput):
        Terms(0, n).schedule(principal)


def test_a_sum_beyond_48_bits_is_refused():
    with pytest.raises(InvalidInput):
        Terms(10_000, 1).schedule(2**47)
    assert Terms(0, 1).schedule(2**48 - 1).total == 2**48 - 1


@pytest.mark.parametrize(
    "change",
    [
        {"rate_bps": -1},
        {"rate_bps": 10_001},
        {"instalments": 0},
        {"instalments": 121},
        {"period": 0},
        {"period": 2**32},
        {"grace": -1},
        {"grace": 2**32},
        {"late_fee": 2**48},
        {"default_after": 0},
        {"default_after": 2**32},
        {"period": 1.5},
    ],
)
def test_terms_outside_their_range_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(Terms(100, 12), **change)


def test_instalments_fall_due_one_period_apart():
    terms = Terms(100, 3, period=10, grace=1, default_after=5)
    assert [terms.due_at(k, 1_000) for k in range(3)] == [1_010, 1_020, 1_030]
    for number in (-1, 3):
        with pytest.raises(OutOfRange):
            terms.due_at(number, 1_000)


@pytest.mark.parametrize(
    "change",
    [
        {"terms": None},
        {"policy": None},
        {"policy": Policy(instalment=1)},
        {"policy": Policy(now=1)},
        {"policy": Policy(min_issued_at=1)},
        {"min_principal": 0},
        {"min_principal": 500_001},
        {"max_principal": 2**48},
        {"token": "0x12"},
        {"token_unit": 0},
        {"token_unit": 2**96},
        {"funding_window": 0},
        {"funding_window": 90 * 86_400 + 1},
        {"max_credential_age": -1},
        {"max_credential_age": 2**40},
    ],
)
def test_products_outside_their_range_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(PRODUCT, **change)


def test_an_application_is_judged_on_its_own_instalment_and_time():
    policy = PRODUCT.policy_for(100_000, 1_790_000_000)
    assert policy.instalment == PRODUCT.schedule(100_000).level == 9_168
    assert policy.now == 1_790_000_000
    assert policy.min_issued_at == 1_790_000_000 - 86_400
    assert (policy.min_score, policy.coverage_bps) == (600, 12_500)
    assert PRODUCT.policy_for(100_000, 5).min_issued_at == 0
    assert replace(PRODUCT, max_credential_age=0).policy_for(100_000, 5).min_issued_at == 0


@pytest.mark.parametrize("principal", [0, 9_999, 500_001, -1])
def test_principals_outside_the_product_are_refused(principal):
    with pytest.raises(OutOfRange):
        PRODUCT.policy_for(principal, 1)


def test_the_terms_hash_is_keccak_of_abi_encode():
    creator = "0x" + "cd" * 20
    p, t, c = PRODUCT, PRODUCT.terms, PRODUCT.policy
    struct = (
        "(address,uint96,uint48,uint48,uint16,uint16,uint32,uint32,uint32,uint32,uint48,bytes26,"
        "(uint16,uint16,uint24,uint16,uint16,uint16,uint16,uint40))"
    )
    conditions = (
        c.min_score,
        c.max_score,
        c.coverage_bps,
        c.max_dti_bps,
        c.max_delinquencies,
        c.min_history_months,
        c.currency,
        p.max_credential_age,
    )
    values = (
        p.token,
        p.token_unit,
        p.min_principal,
        p.max_principal,
        t.rate_bps,
        t.instalments,
        t.period,
        t.grace,
        t.default_after,
        p.funding_window,
        t.late_fee,
        bytes.fromhex(p.issuers).rjust(26, b"\0"),
        conditions,
    )
    encoded = encode(["uint256", "address", struct], [7, creator, values])
    assert PRODUCT.terms_hash(7, creator) == keccak(encoded)
    assert PRODUCT.terms_hash(8, creator) != keccak(encoded)
    with pytest.raises(InvalidInput):
        PRODUCT.terms_hash(7, "nobody")
    with pytest.raises(OutOfRange):
        PRODUCT.terms_hash(-1, creator)


def test_schedules_are_those_that_the_contract_is_tested_with():
    path = Path(__file__).parents[2] / "contracts" / "test" / "fixtures" / "loan_schedules.json"
    cases = json.loads(path.read_text())["cases"]
    assert len(cases) > 50
    for principal, rate, n, level, *amounts in cases:
        schedule = Terms(rate, n).schedule(principal)
        assert schedule.level == level
        assert list(schedule.amounts) == amounts


@given(principals, rates, counts)
def test_the_level_instalment_is_never_below_the_first_interest(principal, rate, n):
    assert level_instalment(principal, rate, n) >= interest(principal, rate)
