"""What an issuer knows about a borrower, slot by slot, and the sums that policies are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar, Final, Self

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.errors import InvalidInput, MalformedFile, NotEligible
from zkcredit.gadgets.elgamal import sum_entries
from zkcredit.policy import Policy
from zkcredit.record import CreditRecord
from zkcredit.schema import COUNT_BITS, ENTRY_BITS, NOT_JUDGED_BY_LEDGERS, SLOT_BITS

__all__ = ["LedgerEntry", "LedgerTotals", "require_eligible"]

_SLOT_BYTES: Final = ENTRY_BITS // 8
_ANY_CURRENCY: Final = 999  # a record must have one; a policy that demands one is refused before


@dataclass(frozen=True, slots=True, repr=False)
class _Slots:
    """The five slots of a plaintext, in the statement's order. ``repr`` never shows a value."""

    bits: ClassVar[int]

    score_points: int = 0
    monthly_income: int = 0
    monthly_expenses: int = 0
    monthly_debt_service: int = 0
    delinquencies_24m: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            require_uint(field.name, getattr(self, field.name), self.bits)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"

    def slots(self) -> tuple[int, ...]:
        """Return the five integers, the lowest slot first."""
        return tuple(getattr(self, field.name) for field in fields(self))

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Self:
        """Make it from a mapping of some of the five names; the other slots are 0.

        Raises:
            MalformedFile: if the argument is not a mapping, or has an unknown name.
            InvalidInput: if a value is not an int.
            OutOfRange: if a value is out of range.
        """
        if not isinstance(values, Mapping):
            raise MalformedFile("an entry must be a mapping of amounts")
        names = [field.name for field in fields(cls)]
        if unknown := sorted(str(name) for name in values.keys() - set(names)):
            raise MalformedFile(f"unknown amounts {', '.join(unknown)}; known: {', '.join(names)}")
        return cls(**values)  # type: ignore[arg-type]  # checked in __post_init__


@dataclass(frozen=True, slots=True, repr=False)
class LedgerEntry(_Slots):
    """What one issuer says about one borrower; it replaces what the issuer said before.

    An issuer fills in what it knows and leaves the rest 0, because the entries of several issuers
    are added up. Each slot is below 2^40, so that 256 entries never carry into the next slot.

    Attributes:
        score_points: points of a score; if several issuers give points, a policy's scale is that
            of the sum.
        monthly_income: regular net income a month, minor units of the ledger's currency.
        monthly_expenses: living expenses a month, minor units.
        monthly_debt_service: instalments owed a month, minor units.
        delinquencies_24m: payments late by more than 30 days in 24 months.

    Raises:
        InvalidInput: if an amount is not an int.
        OutOfRange: if an amount is negative, or not below 2^40.
    """

    bits: ClassVar[int] = ENTRY_BITS

    @staticmethod
    def known(values: Mapping[str, object]) -> tuple[int | None, ...]:
        """Read what is known of an entry's amounts, for ``recover_entry``.

        Args:
            values: some of the five names; None for an amount that is not known, 0 for those that
                are left out.

        Raises:
            MalformedFile: if it is not a mapping, or a name is unknown.
            InvalidInput: if a value is not acceptable.
        """
        if not isinstance(values, Mapping):
            raise MalformedFile("an entry is a mapping of amounts")
        unknown = {name for name, value in values.items() if value is None}
        entry = LedgerEntry.from_values({n: 0 if n in unknown else v for n, v in values.items()})
        pairs = zip(fields(entry), entry.slots(), strict=True)
        return tuple(None if field.name in unknown else slot for field, slot in pairs)

    def to_bytes(self) -> bytes:
        """Return 25 bytes: each slot in five bytes, big-endian."""
        return b"".join(slot.to_bytes(_SLOT_BYTES, "big") for slot in self.slots())

    @classmethod
    def from_bytes(cls, data: bytes) -> LedgerEntry:
        """Read the bytes that ``to_bytes`` returns.

        Raises:
            MalformedFile: if there are not 25 bytes.
        """
        if not isinstance(data, bytes) or len(data) != _SLOT_BYTES * len(fields(cls)):
            raise MalformedFile("an entry must have 25 bytes")
        parts = (data[i : i + _SLOT_BYTES] for i in range(0, len(data), _SLOT_BYTES))
        return cls(*(int.from_bytes(part, "big") for part in parts))


@dataclass(frozen=True, slots=True, repr=False)
class LedgerTotals(_Slots):
    """The sums over all entries of an account, with the fields of ``LedgerEntry``, below 2^48."""

    bits: ClassVar[int] = SLOT_BITS

    @classmethod
    def of(cls, entries: list[LedgerEntry]) -> LedgerTotals:
        """Add up at most 256 entries.

        Raises:
            OutOfRange: if there are more than 256.
        """
        return cls(*sum_entries([entry.slots() for entry in entries]))


def require_eligible(policy: Policy, totals: LedgerTotals) -> None:
    """Check totals exactly as the statement ``ledger_eligibility`` does, in integers.

    Points or delinquencies that are not below 2^16 never meet a policy.

    Raises:
        InvalidInput: if the policy demands something that a ledger does not know (length of
            history, currency, age of a credential), or has no time.
        NotEligible: if a condition fails; the error has the shortfall of every such condition, as
            in ``Policy.check``.
    """
    require_instance("the policy", policy, Policy)
    require_instance("the totals", totals, LedgerTotals)
    if asked := [name for name in NOT_JUDGED_BY_LEDGERS if getattr(policy, name)]:
        raise InvalidInput(f"a ledger cannot judge {', '.join(asked)}; leave it out of the policy")
    if policy.now == 0:
        raise InvalidInput("the policy has no time; use policy.at(now)")
    counts = ("score_points", "delinquencies_24m")
    excess = {name: getattr(totals, name) - (1 << COUNT_BITS) + 1 for name in counts}
    missed = {name: by for name, by in excess.items() if by > 0}
    if not missed:
        record = CreditRecord(
            score=totals.score_points,
            monthly_income=totals.monthly_income,
            monthly_expenses=totals.monthly_expenses,
            monthly_debt_service=totals.monthly_debt_service,
            delinquencies_24m=totals.delinquencies_24m,
            history_months=0,
            currency=_ANY_CURRENCY,
        )
        try:
            # The record is valid at its time: the ledger's epochs decide how old a total may be.
            policy.check(record, policy.now, policy.now + 1)
        except NotEligible as error:
            missed = error.shortfalls
    if missed:
        listed = ", ".join(f"{name} (by {by})" for name, by in missed.items())
        raise NotEligible(
            f"the account does not meet the policy: {listed}", missed, policy.currency
        )
