from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.eligibility_case import pack_policy
from support.circuits.eligibility_plain import conditions_hold
from support.gadgets.gadget_ladder import Ladder

from zkcredit.circuits import conditions
from zkcredit.circuits.conditions import unpack_policy
from zkcredit.errors import CircuitError
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import Builder, UInt
from zkcredit.schema import POLICY_FIELDS


def _relation(api, x):
    terms = unpack_policy(api, x.policy)
    income, expenses, debt = (range_check(api, x.a[i], 48) for i in (1, 2, 3))
    late = range_check(api, x.a[4], 16)
    conditions.assert_score(api, terms, x.a[0])
    conditions.assert_coverage(api, terms, income, expenses, debt)
    conditions.assert_debt_to_income(api, terms, income, debt)
    conditions.assert_delinquencies(api, terms, late)
    conditions.assert_history(api, terms, x.a[5])
    conditions.assert_currency(api, terms, x.a[6])
    conditions.assert_freshness(api, terms, x.issued_at, x.expires_at)


ALL = Ladder(_relation, policy=1, a=7, issued_at=1, expires_at=1)


def _field(name: str) -> st.SearchStrategy[int]:
    top = 2 ** POLICY_FIELDS[name] - 1
    return st.one_of(st.sampled_from([0, 1, top - 1, top]), st.integers(0, top))


NOW = st.sampled_from([0, 1, 1_800_000_000, 2**40 - 1])
TERMS = st.fixed_dictionaries({**{n: _field(n) for n in POLICY_FIELDS}, "now": NOW})
AMOUNT = st.one_of(st.sampled_from([0, 1, 2**48 - 1, 2**48]), st.integers(0, 2**48 - 1))
COUNT = st.one_of(st.sampled_from([0, 1, 2**16 - 1, 2**16]), st.integers(0, 2**16 - 1))
NEAR = st.integers(-2, 2)


def test_conditions_cost_what_the_notes_say() -> None:
    assert ALL.constraints == 244 + 160 + 319


@pytest.mark.slow
@given(TERMS, st.tuples(COUNT, AMOUNT, AMOUNT, AMOUNT, COUNT, COUNT, COUNT), NEAR, NEAR)
@settings(max_examples=150, deadline=None)
def test_the_circuit_says_what_plain_python_says(
    terms: dict, a: tuple, before: int, after: int
) -> None:
    issued_at, expires_at = max(0, terms["now"] + before), max(0, terms["now"] + after)
    word = pack_policy(terms)
    accepted = ALL.accepts(policy=word, a=a, issued_at=issued_at, expires_at=expires_at)
    assert accepted == conditions_hold(word, a, issued_at, expires_at)


@pytest.mark.slow
@given(
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**47),
    st.integers(0, 2**20 - 1),
    st.integers(0, 2**16 - 1),
    NEAR,
)
@settings(max_examples=80, deadline=None)
def test_edges_of_the_two_ratios_are_exact(
    instalment: int, debt: int, coverage: int, dti: int, shift: int
) -> None:
    """Incomes within two minor units of the least one that each formula accepts."""
    terms = dict.fromkeys(POLICY_FIELDS, 0)
    terms |= {"max_score": 65535, "max_delinquencies": 65535, "now": 5, "instalment": instalment}
    for least, chosen in (
        (
            debt - (-coverage * instalment // 10_000),
            {"coverage_bps": coverage, "max_dti_bps": 65535},
        ),
        (-(-(debt + instalment) * 10_000 // max(dti, 1)), {"max_dti_bps": dti}),
    ):
        income = min(max(least + shift, 0), 2**48 - 1)
        word = pack_policy({**terms, **chosen})
        a = (0, income, 0, debt, 0, 0, 0)
        accepted = ALL.accepts(policy=word, a=a, issued_at=5, expires_at=6)
        assert accepted == conditions_hold(word, a, 5, 6)


def test_untyped_and_wide_operands_are_refused_while_building() -> None:
    builder = Builder(1)
    x = builder.input()
    terms = unpack_policy(builder, x)
    amount, wide = UInt.unchecked(x, 48), UInt.unchecked(x, 49)
    for bad in (x, wide):
        with pytest.raises(CircuitError):
            conditions.assert_coverage(builder, terms, bad, amount, amount)
        with pytest.raises(CircuitError):
            conditions.assert_debt_to_income(builder, terms, amount, bad)
        with pytest.raises(CircuitError):
            conditions.assert_delinquencies(builder, terms, bad)
