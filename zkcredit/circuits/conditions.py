"""The conditions of a policy, one function each, and the word that carries their thresholds.

Every condition has a neutral threshold that switches it off completely. Score, delinquencies and
history are switched off by their width. Coverage and debt-to-income need a gate: their formulas
refuse a hopeless borrower even at coverage 0 or 655.35 %, which would tell the lender so.

No formula wraps: every operand has a proven width, and the differences stay below 2^69.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.gadgets.compare import assert_at_least, assert_between, is_zero, typed
from zkcredit.gadgets.pack import unpack
from zkcredit.gadgets.range import range_check
from zkcredit.schema import AMOUNT_BITS, COUNT_BITS, POLICY_FIELDS
from zkcredit.units import BASIS_POINTS

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Signal, UInt

__all__ = [
    "PolicyTerms",
    "assert_coverage",
    "assert_currency",
    "assert_debt_to_income",
    "assert_delinquencies",
    "assert_freshness",
    "assert_history",
    "assert_score",
    "unpack_policy",
]

NO_DTI_LIMIT = (1 << POLICY_FIELDS["max_dti_bps"]) - 1
_COVERAGE_BITS = 62
_DTI_BITS = 64


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """An unpacked policy word. Every field has its width of ``schema.POLICY_FIELDS``."""

    min_score: UInt
    max_score: UInt
    instalment: UInt
    coverage_bps: UInt
    max_dti_bps: UInt
    max_delinquencies: UInt
    min_history_months: UInt
    currency: UInt
    now: UInt
    min_issued_at: UInt


def unpack_policy(api: Api, word: Signal) -> PolicyTerms:
    """Return the terms of a policy word. A word of 2^244 or more is refused.

    Adds 244 constraints.
    """
    with api.gadget("policy"):
        fields = unpack(api, word, list(POLICY_FIELDS.values()))
        return PolicyTerms(**dict(zip(POLICY_FIELDS, fields, strict=True)))


def assert_score(api: Api, terms: PolicyTerms, score: Signal) -> None:
    """Prove that min_score ≤ score ≤ max_score. Neutral: 0 and 65535.

    Adds 32 constraints.
    """
    with api.gadget("score"):
        assert_between(api, terms.min_score, score, terms.max_score)


def assert_coverage(
    api: Api, terms: PolicyTerms, income: UInt, expenses: UInt, debt_service: UInt
) -> None:
    """Prove that (income − expenses − debt_service)·10^4 ≥ coverage_bps·instalment.

    Adds 66 constraints.

    Neutral: coverage_bps 0, by a gate. The left side is below 2^61.3. A negative difference is
    above −2^69, so it never looks like 62 bits.
    """
    with api.gadget("coverage"):
        amounts = [typed(x, AMOUNT_BITS).value for x in (income, expenses, debt_service)]
        left_over = BASIS_POINTS * (amounts[0] - amounts[1] - amounts[2])
        needed = terms.coverage_bps.value * terms.instalment.value
        active = 1 - is_zero(api, terms.coverage_bps.value).value
        range_check(api, active * (left_over - needed), _COVERAGE_BITS)


def assert_debt_to_income(api: Api, terms: PolicyTerms, income: UInt, debt_service: UInt) -> None:
    """Prove that (debt_service + instalment)·10^4 ≤ max_dti_bps·income.

    Adds 68 constraints.

    Neutral: max_dti_bps 65535, by a gate. The right side is below 2^64. A negative difference is
    above −2^63.
    """
    with api.gadget("debt_to_income"):
        owed = typed(debt_service, AMOUNT_BITS).value + terms.instalment.value
        allowed = terms.max_dti_bps.value * typed(income, AMOUNT_BITS).value
        active = 1 - is_zero(api, NO_DTI_LIMIT - terms.max_dti_bps.value).value
        range_check(api, active * (allowed - BASIS_POINTS * owed), _DTI_BITS)


def assert_delinquencies(api: Api, terms: PolicyTerms, delinquencies: UInt) -> None:
    """Prove that delinquencies ≤ max_delinquencies. Neutral: 65535.

    Adds 16 constraints.
    """
    with api.gadget("delinquencies"):
        assert_at_least(api, terms.max_delinquencies, typed(delinquencies, COUNT_BITS))


def assert_history(api: Api, terms: PolicyTerms, months: Signal) -> None:
    """Prove that min_history_months ≤ months < min_history_months + 2^16. Neutral: 0.

    Adds 16 constraints.
    """
    with api.gadget("history"):
        range_check(api, months - terms.min_history_months.value, COUNT_BITS)


def assert_currency(api: Api, terms: PolicyTerms, currency: Signal) -> None:
    """Prove that the currencies are equal, or that the policy accepts any. Neutral: 0.

    Adds 1 constraint.
    """
    with api.gadget("currency"):
        wanted = terms.currency.value
        api.assert_product(wanted, currency - wanted, api.constant(0))


def assert_freshness(api: Api, terms: PolicyTerms, issued_at: Signal, expires_at: Signal) -> None:
    """Prove that min_issued_at ≤ issued_at ≤ now < expires_at. Neutral: min_issued_at 0.

    Adds 120 constraints.

    The last part, expires_at − now − 1 < 2^40, cannot be switched off. issued_at ends up below
    2^40, and expires_at below 2^41.
    """
    with api.gadget("freshness"):
        assert_between(api, terms.min_issued_at, issued_at, terms.now)
        range_check(api, expires_at - terms.now.value - 1, terms.now.bits)
