"""Units of the protocol: minor currency units, basis points, Unix seconds, ISO 4217 numbers.

Everything that is signed, proved or paid is an integer. Only this module turns people's notations
into such integers: ``"1234.50"`` is accepted, ``"1,234.50"`` is not. It never rounds: an amount
with more decimals than the currency's minor unit is refused.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_int
from zkcredit._internal.tables.iso4217 import ISO_4217
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.language import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "BASIS_POINTS",
    "CURRENCIES",
    "DAY",
    "MAX_TIME",
    "Currency",
    "basis_points",
    "currency",
    "currency_numbered",
    "format_time",
    "minor_units",
    "money_in_words",
    "now",
    "parse_time",
    "parts_per_billion",
]

BASIS_POINTS: Final = 10_000
"""Basis points in one whole (100 %)."""

DAY: Final = 86_400
"""Seconds in a day."""

MAX_TIME: Final = 253_402_300_799
"""The last second of the year 9999: the largest time that RFC 3339 can write."""


class Currency(NamedTuple):
    """A currency of ISO 4217.

    Attributes:
        code: three letters.
        number: the numeric code, which credentials hold.
        exponent: the number of decimals of the minor unit.
    """

    code: str
    number: int
    exponent: int


def _table(text: str) -> Mapping[str, Currency]:
    rows = (row.split() for row in text.split(",") if row.strip())
    return MappingProxyType({code: Currency(code, int(num), int(exp)) for code, num, exp in rows})


CURRENCIES: Final = _table(ISO_4217)
"""Every currency of ISO 4217 that has a minor unit, by its three letters."""

_DECIMAL = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,10})?", re.ASCII)
_UTC_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def currency(code: str) -> Currency:
    """Look a currency up by its three letters.

    Raises:
        InvalidInput: if the code is not in ``CURRENCIES``.
    """
    try:
        return CURRENCIES[code]
    except (KeyError, TypeError):
        text = code.strip().upper() if isinstance(code, str) else ""
        hint = f"did you mean {text}?" if text in CURRENCIES else "use three letters of ISO 4217"
        raise InvalidInput(f"unknown currency {str(code)[:20]!r}; {hint}") from None


def minor_units(amount: str | int, code: str) -> int:
    """Turn an amount in whole currency units into minor units, exactly.

    Args:
        amount: decimal text such as ``"1234.50"``, or an int of whole units. Floats are refused.
        code: three letters of ISO 4217.

    Raises:
        InvalidInput: if the text is not a decimal number, the currency is unknown, or the amount
            has more decimals than the currency.
    """
    return _scaled("amount", amount, currency(code).exponent)


def currency_numbered(number: int) -> Currency | None:
    """Look a currency up by its ISO 4217 number; None if it is not in ``CURRENCIES``."""
    return next((known for known in CURRENCIES.values() if known.number == number), None)


def money_in_words(amount: int, number: int) -> str:
    """Return an amount as people write it: ``"800.00 EUR"``.

    Args:
        amount: minor currency units, 0 or more.
        number: ISO 4217 number of the currency; an unknown one, or 0, leaves minor units.
    """
    known = currency_numbered(number)
    if known is None:
        return tr("{amount} minor units", amount=amount)
    whole, rest = divmod(amount, 10**known.exponent)
    decimals = f".{rest:0{known.exponent}}" if known.exponent else ""
    return f"{whole}{decimals} {known.code}"


def basis_points(percent: str | int) -> int:
    """Turn per cent into basis points, exactly: ``"4.5"`` → 450.

    Raises:
        InvalidInput: if the text is not a decimal number, or is finer than one basis point.
    """
    return _scaled("per cent", percent, 2)


def parts_per_billion(percent: str | int) -> int:
    """Turn per cent into 10^-9, exactly: ``"14.07"`` → 140 700 000.

    Raises:
        InvalidInput: if the text is not a decimal number, or is finer than 10^-9.
    """
    return _scaled("per cent", percent, 7)


def _scaled(name: str, text: str | int, exponent: int) -> int:
    if isinstance(text, str):
        if not _DECIMAL.fullmatch(text):
            raise InvalidInput(f"{name} must look like 1234.50: digits with one decimal point")
        value = Decimal(text).scaleb(exponent)
        if value != value.to_integral_value():
            raise InvalidInput(f"{name} must not have more than {exponent} decimals")
        return int(value)
    number: int = require_int(name, text) * 10**exponent
    return number


def now() -> int:
    """Return the current time in Unix seconds."""
    return int(time.time())


def format_time(seconds: int) -> str:
    """Write Unix seconds as RFC 3339 in UTC (``2026-11-23T18:00:00Z``).

    Raises:
        OutOfRange: if the time is negative or after the year 9999.
    """
    if not 0 <= require_int("time", seconds) <= MAX_TIME:
        raise OutOfRange(f"a time must be between 0 and {MAX_TIME} Unix seconds")
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> int:
    """Read a time in the notation of ``format_time``, and in no other.

    Raises:
        InvalidInput: if the notation or the time zone is another one, or the date does not exist.
        OutOfRange: if the time is before 1970.
    """
    if not isinstance(text, str) or not _UTC_TIME.fullmatch(text):
        raise InvalidInput("a time must look like 2026-11-23T18:00:00Z")
    try:
        seconds = int(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise InvalidInput("a time must be a real date and time of day") from None
    if seconds < 0:
        raise OutOfRange("a time must not be before 1970")
    return seconds
