"""Loans in whole minor units: level instalments, exact schedules, products.

The formulas are exactly those of the ``LoanMarket`` contract. For a principal P over n periods at b
basis points a period:

- interest on a balance B is ``(B·b + 5000) // 10000``, which rounds half up;
- the level instalment is the annuity ``P·i / (1 − (1+i)^−n)`` with ``i = b/10^4``, rounded half
  up, where ``(1+i)^−n`` is computed in 36 decimals by n divisions that round down;
- instalment k before the last is ``min(level, B + interest(B))``; the last is ``B + interest(B)``
  and absorbs all rounding;
- instalment k (from 0) is due at ``started_at + (k + 1)·period``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit._internal.checks import require_int, require_text, require_uint
from zkcredit._internal.evm import address_word, keccak256
from zkcredit._internal.text import html_table
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.policy import Policy
from zkcredit.schema import AMOUNT_BITS, PRODUCT_TERMS, TIME_BITS
from zkcredit.units import BASIS_POINTS, DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Instalment", "Product", "Schedule", "Terms", "interest", "level_instalment"]

MAX_INSTALMENTS: Final = 120
MAX_RATE_BPS: Final = 10_000
_ONE: Final = 10**36
_HASH: Final = re.compile(r"[0-9a-f]{52}", re.ASCII)


def interest(balance: int, rate_bps: int) -> int:
    """Return the interest of one period on ``balance``, rounded half up.

    Raises:
        InvalidInput: if an argument is not an int.
        OutOfRange: if the balance is not below 2^48, or the rate is above 10 000 basis points.
    """
    require_uint("balance", balance, AMOUNT_BITS)
    _require_between("rate_bps", rate_bps, 0, MAX_RATE_BPS)
    return _interest(balance, rate_bps)


def level_instalment(principal: int, rate_bps: int, instalments: int) -> int:
    """Return the level instalment, in minor units, rounded half up.

    Args:
        principal: minor units, 1 to 2^48 − 1.
        rate_bps: interest of one period in basis points, 0 to 10 000.
        instalments: number of periods, 1 to 120.

    Raises:
        InvalidInput: if an argument is not an int, or the result is out of range.
        OutOfRange: if an argument is outside its range.
    """
    require_uint("principal", principal, AMOUNT_BITS, minimum=1)
    _require_between("rate_bps", rate_bps, 0, MAX_RATE_BPS)
    _require_between("instalments", instalments, 1, MAX_INSTALMENTS)
    if instalments == 1:
        return principal + _interest(principal, rate_bps)
    if rate_bps == 0:
        return (2 * principal + instalments) // (2 * instalments)
    discount = _ONE
    for _ in range(instalments):
        discount = discount * BASIS_POINTS // (BASIS_POINTS + rate_bps)
    numerator = principal * rate_bps * _ONE
    denominator = BASIS_POINTS * (_ONE - discount)
    return (2 * numerator + denominator) // (2 * denominator)


class Instalment(NamedTuple):
    """One instalment: ``amount = interest + principal``; ``balance`` remains after it."""

    number: int
    amount: int
    interest: int
    principal: int
    balance: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """All instalments of one loan.

    Attributes:
        level: the level instalment, on which the policy decides.
        instalments: the instalments in order, numbered from 0.
    """

    level: int
    instalments: tuple[Instalment, ...]

    @property
    def total(self) -> int:
        """The sum of all instalments, which is exactly principal plus all interest."""
        return sum(entry.amount for entry in self.instalments)

    @property
    def amounts(self) -> tuple[int, ...]:
        """The instalments' amounts, in order."""
        return tuple(entry.amount for entry in self.instalments)

    def _repr_html_(self) -> str:
        rows = [
            (number, entry.amount, entry.interest, entry.principal, entry.balance)
            for number, entry in enumerate(self.instalments, 1)
        ]
        heads = ("instalment", "amount", "interest", "principal", "balance")
        return html_table("Schedule, in minor units", heads, rows, note=f"Total: {self.total:,}")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a loan costs and when it is due.

    Attributes:
        rate_bps: interest of one period, basis points, 0 to 10 000.
        instalments: number of instalments, 1 to 120.
        period: seconds from one due time to the next, below 2^32.
        grace: seconds after a due time during which no late fee is charged.
        late_fee: fee of a late instalment, charged once, in minor units.
        default_after: seconds after a due time from which default can be declared, ≥ grace.

    Raises:
        InvalidInput: if a field is not an int.
        OutOfRange: if a field is outside its range.
    """

    rate_bps: int
    instalments: int
    period: int = 30 * DAY
    grace: int = 5 * DAY
    late_fee: int = 0
    default_after: int = 60 * DAY

    def __post_init__(self) -> None:
        _require_between("rate_bps", self.rate_bps, 0, MAX_RATE_BPS)
        _require_between("instalments", self.instalments, 1, MAX_INSTALMENTS)
        require_uint("period", self.period, 32, minimum=1)
        require_uint("grace", self.grace, 32)
        require_uint("late_fee", self.late_fee, AMOUNT_BITS)
        require_uint("default_after", self.default_after, 32, minimum=self.grace)

    def schedule(self, principal: int) -> Schedule:
        """Return every instalment of a loan of ``principal`` minor units.

        Raises:
            InvalidInput: if the loan is degenerate (its last instalment is 0 or above twice the
                level one), or its instalments sum to 2^48 or more.
            OutOfRange: if the principal is outside 1 to 2^48 − 1.
        """
        level = level_instalment(principal, self.rate_bps, self.instalments)
        entries = tuple(self._instalments(principal, level))
        schedule = Schedule(level, entries)
        if not 0 < entries[-1].amount <= 2 * level or schedule.total >= 1 << AMOUNT_BITS:
            raise InvalidInput("a loan of this amount has no sensible schedule under these terms")
        return schedule

    def _instalments(self, principal: int, level: int) -> Iterator[Instalment]:
        balance = principal
        for number in range(self.instalments):
            due = _interest(balance, self.rate_bps)
            owed = balance + due
            amount = owed if number == self.instalments - 1 else min(level, owed)
            # level ≥ interest, because the annuity exceeds P·i and both are rounded the same way
            balance -= amount - due
            yield Instalment(number, amount, due, amount - due, balance)

    def due_at(self, number: int, started_at: int) -> int:
        """Return the time at which instalment ``number`` (from 0) is due, in Unix seconds.

        Raises:
            OutOfRange: if there is no instalment with this number.
        """
        _require_between("the instalment's number", number, 0, self.instalments - 1)
        return require_uint("started_at", started_at, TIME_BITS) + (number + 1) * self.period


@dataclass(frozen=True, slots=True)
class Product:
    """A lender's offer: terms, range of amounts, and the policy that a borrower proves.

    Attributes:
        terms: price and calendar.
        policy: the conditions. Leave out ``instalment``, ``now`` and ``min_issued_at``, which are
            set for each application.
        min_principal: the smallest amount, minor units.
        max_principal: the largest amount, minor units.
        token: 0x-address of the ERC-20 token in which the loan is paid.
        token_unit: base units of the token in one minor unit (10^4 for cents in a token of six
            decimals), 1 to 2^96 − 1.
        funding_window: seconds for which an application can be funded, 1 to 90 days.
        max_credential_age: the greatest age of an accepted credential, in seconds; 0 accepts any.
        issuers: at a ledger's market, the hash of the issuers whose entries count
            (``zkcredit.ledger.issuers_hash``), 52 hexadecimal digits; empty for every issuer, and
            at other markets.

    Raises:
        InvalidInput: if a field has the wrong type, or the policy sets what it must leave out.
        OutOfRange: if a field is outside its range.
    """

    terms: Terms
    policy: Policy
    min_principal: int
    max_principal: int
    token: str
    token_unit: int = 1
    funding_window: int = 7 * DAY
    max_credential_age: int = 0
    issuers: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.terms, Terms) or not isinstance(self.policy, Policy):
            raise InvalidInput("a product needs Terms and a Policy")
        if self.policy.instalment or self.policy.now or self.policy.min_issued_at:
            raise InvalidInput(
                "leave instalment, now and min_issued_at out of a product's policy: they are set "
                "for each application"
            )
        require_uint("max_principal", self.max_principal, AMOUNT_BITS, minimum=1)
        _require_between("min_principal", self.min_principal, 1, self.max_principal)
        address_word("token", self.token)
        require_uint("token_unit", self.token_unit, 96, minimum=1)
        _require_between("funding_window", self.funding_window, 1, 90 * DAY)
        require_uint("max_credential_age", self.max_credential_age, TIME_BITS)
        issuers = require_text("issuers", self.issuers)
        if issuers and (not _HASH.fullmatch(issuers) or not int(issuers, 16)):
            raise InvalidInput("the issuers of a product are named by 52 hexadecimal digits")

    @classmethod
    def from_values(cls, values: Mapping[str, object]) -> Product:
        """Build a product from a mapping: ``terms`` and ``policy`` are mappings of their fields.

        Raises:
            MalformedFile: if a name is missing or unknown, or a part is not a mapping.
            InvalidInput: if a value is not acceptable.
            OutOfRange: if a number is outside its range.
        """
        if not isinstance(values, Mapping):
            raise MalformedFile("a product must be a mapping of its fields")
        parts: dict[str, Any] = dict(values)
        try:
            terms, policy = Terms(**parts.pop("terms")), Policy.from_values(parts.pop("policy"))
            return cls(terms=terms, policy=policy, **parts)
        except (KeyError, TypeError) as error:
            raise MalformedFile(f"the product lacks or misspells a field: {error}") from None

    def schedule(self, principal: int) -> Schedule:
        """Return the schedule of a loan of this product.

        Raises:
            OutOfRange: if the principal is outside the product's range.
            InvalidInput: if the loan is degenerate, see ``Terms.schedule``.
        """
        _require_between("principal", principal, self.min_principal, self.max_principal)
        return self.terms.schedule(principal)

    def policy_for(self, principal: int, now: int) -> Policy:
        """Return the policy of one application, with its instalment, time and oldest time of issue.

        Args:
            principal: minor units, within the product's range.
            now: Unix seconds; the gate accepts a time a little behind the block's.

        Raises:
            InvalidInput: if the loan is degenerate, see ``Terms.schedule``.
            OutOfRange: if the principal is outside the product's range, or the time is not below
                2^40.
        """
        require_uint("now", now, TIME_BITS)
        oldest = max(now - self.max_credential_age, 0) if self.max_credential_age else 0
        return replace(
            self.policy,
            instalment=self.schedule(principal).level,
            now=now,
            min_issued_at=oldest,
        )

    def terms_hash(self, product_id: int, creator: str) -> bytes:
        """Return keccak256(abi.encode(productId, creator, terms)), to which a proof is bound.

        Args:
            product_id: the product's number at the market.
            creator: 0x-address of the lender that published the product.

        Raises:
            InvalidInput: if the creator is not an address, or the number is not an int.
            OutOfRange: if the number is out of range.
        """
        values = self.values()
        # every type is static, so the struct is encoded in place: one word for each field, in order
        return keccak256(
            require_uint("product_id", product_id, 256).to_bytes(32, "big")
            + address_word("creator", creator)
            + b"".join(_word(name, values[name]) for name in PRODUCT_TERMS)
        )

    def values(self) -> dict[str, int | str]:
        """Return the value of every field of ``schema.PRODUCT_TERMS``, by its name."""
        parts = (self, self.terms, self.policy)
        return {
            name: getattr(part, name)
            for part in parts
            for name in PRODUCT_TERMS
            if hasattr(part, name)
        }


def _word(name: str, value: int | str) -> bytes:
    if not isinstance(value, str):
        return value.to_bytes(32, "big")
    # an address begins with 0x; a hash does not, and an empty one is 0
    return address_word(name, value) if value[:2] == "0x" else bytes.fromhex(value).ljust(32, b"\0")


def _interest(balance: int, rate_bps: int) -> int:
    return (balance * rate_bps + BASIS_POINTS // 2) // BASIS_POINTS


def _require_between(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= require_int(name, value) <= highest:
        raise OutOfRange(f"{name} must be {lowest} to {highest}")
