"""A lender's policy: conditions on a credential that fit one field element.

Every condition has a neutral value that switches it off: its result then does not depend on any
attribute, so a neutral condition leaks nothing. No policy can switch off the validity check
``min_issued_at ≤ issued_at ≤ now < expires_at``.

The packed word contains the ten fields from the least significant bit up, 244 bits in all. The
contracts pack the same word, and the circuit unpacks it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal.bit_fields import pack_fields, unpack_fields
from zkcredit._internal.checks import require_instance, require_int, require_uint
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile, NotEligible
from zkcredit.language import marked, tr, tr_many
from zkcredit.record import CreditRecord
from zkcredit.schema import COUNT_BITS, POLICY_FIELDS
from zkcredit.units import BASIS_POINTS

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Policy", "policy_words", "shortfall_words"]

_NEUTRAL_16: Final = (1 << COUNT_BITS) - 1


@dataclass(frozen=True, slots=True)
class Policy:
    """The conditions that a verifier sets for a credential. The defaults are neutral.

    Attributes:
        min_score, max_score: inclusive range of the score, in points.
        instalment: the new monthly instalment, in minor currency units.
        coverage_bps: ``(income − expenses − debt service) · 10^4 ≥ coverage_bps · instalment``;
            15 000 asks for one and a half times the instalment. 0 switches it off.
        max_dti_bps: ``(debt service + instalment) · 10^4 ≤ max_dti_bps · income``;
            65 535 switches it off.
        max_delinquencies: most delinquencies in 24 months; 65 535 switches it off.
        min_history_months: least length of the credit history.
        currency: ISO 4217 number of the credential's amounts; 0 accepts any.
        now: time of the proof, in Unix seconds (see ``at``).
        min_issued_at: oldest acceptable time of issue.

    Raises:
        InvalidInput: if a field is not an int, or ``min_score > max_score``.
        OutOfRange: if a field is outside its width (``schema.POLICY_FIELDS``).
    """

    min_score: int = 0
    max_score: int = _NEUTRAL_16
    instalment: int = 0
    coverage_bps: int = 0
    max_dti_bps: int = _NEUTRAL_16
    max_delinquencies: int = _NEUTRAL_16
    min_history_months: int = 0
    currency: int = 0
    now: int = 0
    min_issued_at: int = 0

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name, bits in POLICY_FIELDS.items():
            require_uint(name, getattr(self, name), bits)
        if self.min_score > self.max_score:
            raise InvalidInput("min_score is above max_score: nobody could meet this policy")

    @classmethod
    def score_range(cls, lo: int, hi: int = _NEUTRAL_16) -> Policy:
        """Return the policy ``lo ≤ score ≤ hi``, in score points."""
        return cls(min_score=lo, max_score=hi)

    @classmethod
    def repayment_capacity(cls, instalment: int, coverage_bps: int = BASIS_POINTS) -> Policy:
        """Return the policy that free income covers the instalment ``coverage_bps / 10^4`` times.

        Args:
            instalment: minor currency units a month.
            coverage_bps: basis points, 1 to 2^20 − 1 (10 000 = exactly once).

        Raises:
            InvalidInput: if the coverage is 0, which would switch the condition off.
        """
        if coverage_bps == 0:
            raise InvalidInput("a coverage of 0 demands nothing; leave the condition out instead")
        return cls(instalment=instalment, coverage_bps=coverage_bps)

    @classmethod
    def from_values(cls, values: object) -> Policy:
        """Build a policy from a mapping of some of the fields; the others are neutral.

        Raises:
            MalformedFile: if it is not a mapping, or a name is unknown.
            InvalidInput: if a value is not an int, or ``min_score`` is above ``max_score``.
            OutOfRange: if a value is outside its width.
        """
        if not isinstance(values, Mapping):
            raise MalformedFile("a policy must be an object of conditions")
        if unknown := sorted(str(name) for name in values.keys() - POLICY_FIELDS.keys()):
            raise MalformedFile(
                f"the policy has unknown fields {', '.join(unknown)}; "
                f"known: {', '.join(POLICY_FIELDS)}"
            )
        return cls(**values)

    def at(self, now: int) -> Policy:
        """Return the same policy, judged at the time ``now`` (Unix seconds)."""
        return replace(self, now=now)

    def __and__(self, other: Policy) -> Policy:
        """Return the policy that demands what both demand.

        Raises:
            InvalidInput: if they contradict each other, or name different instalments, currencies
                or times, which one policy cannot express.
        """
        if not isinstance(other, Policy):
            return NotImplemented
        return Policy(
            min_score=max(self.min_score, other.min_score),
            max_score=min(self.max_score, other.max_score),
            instalment=_agreed("instalment", self.instalment, other.instalment),
            coverage_bps=max(self.coverage_bps, other.coverage_bps),
            max_dti_bps=min(self.max_dti_bps, other.max_dti_bps),
            max_delinquencies=min(self.max_delinquencies, other.max_delinquencies),
            min_history_months=max(self.min_history_months, other.min_history_months),
            currency=_agreed("currency", self.currency, other.currency),
            now=_agreed("now", self.now, other.now),
            min_issued_at=max(self.min_issued_at, other.min_issued_at),
        )

    def pack(self) -> int:
        """Return the 244-bit word that is the statement's first public input."""
        return pack_fields(asdict(self), POLICY_FIELDS)

    @classmethod
    def unpack(cls, word: int) -> Policy:
        """Read a packed word.

        Raises:
            InvalidInput: if the word is not an int, or does not encode a valid policy.
            OutOfRange: if the word is negative, or 2^244 or above.
        """
        return cls(**unpack_fields("the policy word", word, POLICY_FIELDS))

    def conditions(self) -> dict[str, int]:
        """Return the fields that are not neutral, by name: what this policy demands."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    def check(self, record: CreditRecord, issued_at: int, expires_at: int) -> None:
        """Check a record against the policy in integers, exactly as the circuit does.

        Args:
            record: the borrower's attributes.
            issued_at, expires_at: the credential's validity, in Unix seconds.

        Raises:
            NotEligible: if a condition fails. The error has the shortfall of each such condition
                in its own unit: score points, counts, months, seconds; ``coverage_bps`` and
                ``max_dti_bps`` in minor currency units a month; ``currency`` always 1.
        """
        require_instance("the record", record, CreditRecord)
        require_int("issued_at", issued_at)
        require_int("expires_at", expires_at)
        shortfalls = {
            name: missing
            for name, missing in self._differences(record, issued_at, expires_at).items()
            if missing > 0
        }
        if shortfalls:
            listed = ", ".join(f"{name} (by {missing})" for name, missing in shortfalls.items())
            raise NotEligible(
                f"the credential does not meet the policy: {listed}", shortfalls, record.currency
            )

    def _differences(self, record: CreditRecord, issued_at: int, expires_at: int) -> dict[str, int]:
        # A positive value is a shortfall. Each entry is one comparison of the circuit.
        missing = {
            "min_score": self.min_score - record.score,
            "max_score": record.score - self.max_score,
            "max_delinquencies": record.delinquencies_24m - self.max_delinquencies,
            "min_history_months": self.min_history_months - record.history_months,
            "min_issued_at": self.min_issued_at - issued_at,
            "not_yet_issued": issued_at - self.now,
            "expired": self.now + 1 - expires_at,
        }
        if self.coverage_bps != 0:
            free = record.monthly_income - record.monthly_expenses - record.monthly_debt_service
            missing["coverage_bps"] = _rounded_up(
                self.coverage_bps * self.instalment - free * BASIS_POINTS
            )
        if self.max_dti_bps != _NEUTRAL_16:
            burden = record.monthly_debt_service + self.instalment
            missing["max_dti_bps"] = _rounded_up(
                burden * BASIS_POINTS - self.max_dti_bps * record.monthly_income
            )
        if self.currency != 0:
            missing["currency"] = int(self.currency != record.currency)
        return missing


def _rounded_up(scaled: int) -> int:
    # the ceiling of an amount times 10^4: positive exactly if the circuit's comparison fails
    return -(-scaled // BASIS_POINTS)


def _agreed(name: str, one: int, other: int) -> int:
    if one and other and one != other:
        raise InvalidInput(f"the policies name two different values of {name}")
    return one or other


def policy_words(policy: Policy, currency: int = 0, *, owed_in: int = 0) -> list[str]:
    """Return one sentence for each condition that is not neutral, in the order of the fields.

    The instalment appears with the condition that uses it, and the time with validity.

    Args:
        policy: the conditions.
        currency: ISO 4217 number in which amounts are stated if the policy asks for none.
        owed_in: ISO 4217 number of the instalment, if it is not converted yet; 0 for the policy's.
    """
    require_instance("the policy", policy, Policy)
    stated = policy if policy.currency else replace(policy, currency=currency)
    instalment = units.money_in_words(policy.instalment, owed_in or stated.currency)
    words = [_WORDS[name](stated, instalment) for name in policy.conditions() if name in _WORDS]
    if policy.now:
        day = units.format_time(_shown(policy.now))
        words.append(tr("the credential is valid on {day}", day=day))
    return words


def shortfall_words(shortfalls: Mapping[str, int], currency: int = 0) -> list[str]:
    """Return one sentence for each condition that is missed, for the borrower alone.

    Args:
        shortfalls: condition → by how much it is missed (``NotEligible.shortfalls``).
        currency: ISO 4217 number of the amounts; 0 leaves them in minor units.
    """
    return [_missed(name, by, currency) for name, by in shortfalls.items()]


def _missed(name: str, by: int, currency: int) -> str:
    if name in ("coverage_bps", "max_dti_bps"):
        return tr(_MISSED[name], amount=units.money_in_words(by, currency))
    if name in _MISSED_TIMES:
        return tr(_MISSED_TIMES[name], time=_duration(by))
    if name in _MISSED:
        return tr(_MISSED[name], by=by)
    return tr("the condition {name} is missed by {by}", name=name, by=by)


def _duration(seconds: int) -> str:
    # rounded up, so that nobody comes too early
    if seconds >= units.DAY:
        return tr_many("{number} day", "{number} days", -(-seconds // units.DAY))
    if seconds >= 3600:
        return tr_many("{number} hour", "{number} hours", -(-seconds // 3600))
    if seconds >= 60:
        return tr_many("{number} minute", "{number} minutes", -(-seconds // 60))
    return tr_many("{number} second", "{number} seconds", seconds)


def _coverage(policy: Policy, instalment: str) -> str:
    return tr(
        "what is left of a month's income after expenses and debts is at least {share} of an "
        "instalment of {instalment}",
        share=_percent(policy.coverage_bps),
        instalment=instalment,
    )


def _burden(policy: Policy, instalment: str) -> str:
    share = _percent(policy.max_dti_bps)
    if not policy.instalment:
        return tr("debts take at most {share} of your income", share=share)
    return tr(
        "debts with a new instalment of {instalment} take at most {share} of your income",
        instalment=instalment,
        share=share,
    )


def _currency(policy: Policy, _: str) -> str:
    codes = [known.code for known in units.CURRENCIES.values() if known.number == policy.currency]
    code = codes[0] if codes else tr("currency {number}", number=policy.currency)
    return tr("your amounts are in {code}", code=code)


def _percent(bps: int) -> str:
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"


def _shown(seconds: int) -> int:
    return min(seconds, units.MAX_TIME)  # 40 bits can be later than the calendar's last date


_WORDS: dict[str, Callable[[Policy, str], str]] = {
    "min_score": lambda p, _: tr("your score is at least {score}", score=p.min_score),
    "max_score": lambda p, _: tr("your score is at most {score}", score=p.max_score),
    "coverage_bps": _coverage,
    "max_dti_bps": _burden,
    "max_delinquencies": lambda p, _: tr(
        "you paid late at most {count} times in 24 months", count=p.max_delinquencies
    ),
    "min_history_months": lambda p, _: tr(
        "your history is {months} months or longer", months=p.min_history_months
    ),
    "currency": _currency,
    "min_issued_at": lambda p, _: tr(
        "the credential is from {day} or later", day=units.format_time(_shown(p.min_issued_at))
    ),
}

_MISSED: Final = {
    "min_score": marked("your score is {by} points too low"),
    "max_score": marked("your score is {by} points above the range"),
    "max_delinquencies": marked("you paid late {by} times more than is allowed"),
    "min_history_months": marked("your credit history is {by} months too short"),
    "coverage_bps": marked("{amount} a month are missing beside expenses, debts and instalment"),
    "max_dti_bps": marked("debts and instalment are {amount} a month too high for your income"),
    "currency": marked("your amounts are in another currency"),
    # of a ledger's account
    "score_points": marked("your score is {by} points too low"),
}
_MISSED_TIMES: Final = {
    "min_issued_at": marked("the credential is {time} too old; ask your issuer for a new one"),
    "not_yet_issued": marked("the credential becomes valid only in {time}"),
    "expired": marked("the credential expired {time} ago; ask your issuer for a new one"),
}
