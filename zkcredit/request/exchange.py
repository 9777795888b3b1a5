"""The exchange rate at which a policy judges a loan of another currency.

A lender's conditions can be about an income in one currency while the loan is owed in another. Then
the policy judges what the burden is worth in its own currency, rounded up, against the borrower.
No other amount is converted: the loan is owed in its token, and the borrower carries the risk that
its currency becomes dearer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import zkcredit.units as units
from zkcredit._internal.checks import require_uint
from zkcredit._internal.evm import checksum_address
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.language import tr
from zkcredit.schema import AMOUNT_BITS, TIME_BITS

__all__ = ["FX_ONE", "ExchangeRate", "convert_up", "rate_in_words", "require_rate"]

FX_ONE: Final = 10**9
"""A rate of one."""

_FX_PLACES: Final = 9
_MOST_RATE: Final = (1 << 64) - 2
_MOST_BYTES: Final = 1 << 14
_CURRENCY_BITS: Final = 16


def convert_up(amount: int, rate: int) -> int:
    """Return an amount in the other currency, rounded up, as ``FxMath.convertUp`` does.

    Args:
        amount: minor units of the base currency, below 2^48.
        rate: the rate, above 0 and below 2^64 - 1.

    Raises:
        OutOfRange: if a number is outside its range.
    """
    require_uint("amount", amount, AMOUNT_BITS)
    return -(-amount * require_rate(rate) // FX_ONE)


def require_rate(rate: int) -> int:
    """Return a rate that a source can say.

    Raises:
        InvalidInput: if it is not an int.
        OutOfRange: if it is 0, or 2^64 - 1 or more.
    """
    if require_uint("rate", rate, 64, minimum=1) > _MOST_RATE:
        raise OutOfRange("rate must be below 2^64 - 1")
    return rate


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """A rate that a gate's source accepts, with what the source takes as its evidence.

    Attributes:
        source: EIP-55 address of the source.
        base: currency of the loan, ISO 4217 number.
        quote: currency of the policy, ISO 4217 number.
        rate: what one minor unit of ``base`` is worth in minor units of ``quote``, times 10^9.
        until: last second at which it holds, Unix seconds; None for a feed, which is read again.
        evidence: what the source takes besides; empty for a feed.

    Raises:
        InvalidInput: if the source is not an address, or both currencies are the same or unknown.
        OutOfRange: if a number is outside its range, or the evidence is longer than 16 KiB.
    """

    source: str
    base: int
    quote: int
    rate: int
    until: int | None = None
    evidence: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if checksum_address("the source", self.source) != self.source:
            raise InvalidInput("the address of the source must have its EIP-55 capitals")
        for name in ("base", "quote"):
            require_uint(name, getattr(self, name), _CURRENCY_BITS, minimum=1)
        if self.base == self.quote:
            raise InvalidInput("a rate needs two currencies")
        require_rate(self.rate)
        if self.until is not None:
            require_uint("until", self.until, TIME_BITS)
        if not isinstance(self.evidence, bytes):
            raise InvalidInput("the evidence of a rate must be bytes")
        if len(self.evidence) > _MOST_BYTES:
            raise OutOfRange(f"the evidence of a rate must be at most {_MOST_BYTES} bytes")

    def convert_up(self, amount: int) -> int:
        """Return an amount of the loan in the policy's currency, minor units, rounded up.

        Raises:
            OutOfRange: if the amount or the result is 2^48 or more.
        """
        converted = convert_up(amount, self.rate)
        if converted >> AMOUNT_BITS:
            raise OutOfRange("the amount in the policy's currency is 2^48 minor units or more")
        return converted

    def in_words(self, burden: int) -> list[str]:
        """Return what the borrower must know of the rate, one fact a line.

        Args:
            burden: the amount that is judged, minor units of the loan's currency.
        """
        owed, judged = _code(self.base), _code(self.quote)
        lines = [
            tr(
                "The lender's conditions are in {judged}, and the loan is in {owed}: {amount} a "
                "month are judged as {converted}, rounded up, at {rate}.",
                judged=judged,
                owed=owed,
                amount=units.money_in_words(burden, self.base),
                converted=units.money_in_words(self.convert_up(burden), self.quote),
                rate=rate_in_words(self.base, self.quote, self.rate),
            )
        ]
        if self.until is None:
            lines.append(
                tr(
                    "The rate is read again when you apply: if it has changed, the proof is "
                    "refused, and you ask for a new request."
                )
            )
        else:
            end = units.format_time(min(self.until, units.MAX_TIME))
            lines.append(tr("The rate holds until {time}.", time=end))
        lines.append(
            tr(
                "You owe {owed}, whatever it is worth later: if it becomes dearer in {judged}, "
                "every payment costs you more of your {judged}. You carry this risk, and the "
                "lender does not.",
                owed=owed,
                judged=judged,
            )
        )
        return lines


def rate_in_words(base: int, quote: int, rate: int) -> str:
    """Return a rate as people write it, between whole units: ``"1 USD = 129.5 KES"``.

    Args:
        base: ISO 4217 number of the currency of which one is worth something.
        quote: ISO 4217 number of the currency in which.
        rate: the rate between minor units, times 10^9.
    """
    first, second = units.currency_numbered(base), units.currency_numbered(quote)
    if first is None or second is None:
        return tr("{rate} minor units for one", rate=_plain(rate, 0))
    shown = _plain(rate, first.exponent - second.exponent)
    return f"1 {first.code} = {shown} {second.code}"


def _plain(rate: int, places: int) -> str:
    return f"{Decimal(rate).scaleb(places - _FX_PLACES).normalize():f}"


def _code(number: int) -> str:
    known = units.currency_numbered(number)
    return tr("currency {number}", number=number) if known is None else known.code
