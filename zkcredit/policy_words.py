"""A policy in plain words, for the borrower who decides whether to prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import zkcredit.units as units
from zkcredit._internal.checks import require_instance
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["policy_words"]


def policy_words(policy: Policy) -> list[str]:
    """One sentence for each condition that is not neutral, in the order of the fields.

    The instalment is told with the condition that judges it, and the time with validity.
    """
    require_instance("the policy", policy, Policy)
    demanded = policy.conditions()
    words = [_WORDS[name](policy) for name in demanded if name in _WORDS]
    if policy.now:
        words.append(f"the credential is valid on {units.format_time(_shown(policy.now))}")
    return words


def _amount(policy: Policy, minor: int) -> str:
    for known in units.CURRENCIES.values():
        if known.number == policy.currency:
            whole, rest = divmod(minor, 10**known.exponent)
            decimals = f".{rest:0{known.exponent}}" if known.exponent else ""
            return f"{whole}{decimals} {known.code}"
    return f"{minor} minor units"


def _coverage(policy: Policy) -> str:
    return (
        "what is left of a month's income after expenses and debts is at least "
        f"{_percent(policy.coverage_bps)} of an instalment of {_amount(policy, policy.instalment)}"
    )


def _burden(policy: Policy) -> str:
    new = f" with a new instalment of {_amount(policy, policy.instalment)}"
    share = f"take at most {_percent(policy.max_dti_bps)} of your income"
    return f"debts{new if policy.instalment else ''} {share}"


def _currency(policy: Policy) -> str:
    codes = [known.code for known in units.CURRENCIES.values() if known.number == policy.currency]
    return f"your amounts are in {codes[0] if codes else f'currency {policy.currency}'}"


def _percent(bps: int) -> str:
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"


def _shown(seconds: int) -> int:
    return min(seconds, units.MAX_TIME)  # 40 bits go further than a calendar


_WORDS: dict[str, Callable[[Policy], str]] = {
    "min_score": lambda p: f"your score is at least {p.min_score}",
    "max_score": lambda p: f"your score is at most {p.max_score}",
    "coverage_bps": _coverage,
    "max_dti_bps": _burden,
    "max_delinquencies": lambda p: (
        f"you paid late {p.max_delinquencies} times or less in 24 months"
    ),
    "min_history_months": lambda p: f"your history is {p.min_history_months} months or longer",
    "currency": _currency,
    "min_issued_at": lambda p: (
        f"the credential is from {units.format_time(_shown(p.min_issued_at))} or later"
    ),
}
