"""Times, money and tokens as a reader of a terminal wants them; ``--json`` keeps the raw values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import zkcredit.units as units
from zkcredit.language import tr, tr_many

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["in_tokens", "in_words", "money", "span", "when"]

_AMOUNTS: Final = frozenset(
    {
        "accepted", "balance", "debt", "fees", "funded", "limit", "next_due", "overdue", "paid",
        "principal", "received", "recovery_owed", "remaining", "settlement", "undrawn",
    }
)  # fmt: skip
"""Names of results in minor units, if the result has a currency, too."""
_TOKENS: Final = frozenset({"tokens", "withdrawable"})
"""Names of results in base units of a token; ``unit`` of the result makes them money."""
_TIMES: Final = frozenset(
    {"clock_stops_until", "deadline", "funding_deadline", "next_due_at", "proof_until", "ready_at"}
)
"""Names of results in Unix seconds."""


def in_words(result: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Return a command's result as a reader wants it: money with currency, times with distance.

    Args:
        result: what ``--json`` prints. ``currency`` says in which currency amounts are, and
            ``unit`` how many base units of a token are one minor unit.
        now: the time to which distances refer, Unix.
    """
    currency, unit = result.get("currency"), result.get("unit")
    shown: dict[str, Any] = {}
    for name, value in result.items():
        if name in ("currency", "unit"):
            continue
        if value is None:
            shown[name] = value
        elif name in _TIMES:
            shown[name] = when(value, now)
        elif currency is not None and name in _AMOUNTS:
            shown[name] = money(value, currency)
        elif name in _TOKENS:
            shown[name] = in_tokens(int(value), unit or 0, currency or 0)
        elif name == "purpose":
            from zkcredit.loan import purpose_in_words

            shown[name] = purpose_in_words(value)
        else:
            shown[name] = value
    return shown


def money(amount: int, currency: int) -> str:
    """Return an amount in minor units with its currency (ISO 4217 number; 0 if it has none)."""
    return units.money_in_words(amount, currency)


def in_tokens(tokens: int, unit: int, currency: int) -> str:
    """Return base units of a token as money, exactly, or as they are if decimals cannot say it.

    Args:
        tokens: base units of the token.
        unit: base units in one minor unit; 0 if it is not known.
        currency: ISO 4217 number of the currency.
    """
    known = units.currency_numbered(currency)
    if unit and not tokens % unit:
        return money(tokens // unit, currency)
    if known is None or not _is_power_of_ten(unit):
        return tr("{number} base units of the token", number=tokens)
    one = unit * 10**known.exponent
    whole, rest = divmod(tokens, one)
    decimals = str(one + rest)[1:].rstrip("0")
    return f"{whole}.{decimals} {known.code}"


def _is_power_of_ten(number: int) -> bool:
    return number > 0 and str(number).rstrip("0") == "1"


def when(seconds: int, now: int) -> str:
    """Return a time as ISO 8601 says it, and how far it is: ``"2026-12-30T…Z, in 30 days"``.

    Args:
        seconds: the time, Unix.
        now: the present, Unix.
    """
    if not 0 <= seconds <= units.MAX_TIME:
        return tr("the end of time")
    time = units.format_time(seconds)
    if seconds == now:
        return tr("{time}, now", time=time)
    far = span(abs(seconds - now))
    if seconds > now:
        return tr("{time}, in {span}", time=time, span=far)
    return tr("{time}, {span} ago", time=time, span=far)


def span(seconds: int) -> str:
    """Return a length of time in its largest whole unit, rounded down: ``"30 days"``."""
    if seconds >= units.DAY:
        return tr_many("{number} day", "{number} days", seconds // units.DAY)
    if seconds >= 3_600:
        return tr_many("{number} hour", "{number} hours", seconds // 3_600)
    if seconds >= 60:
        return tr_many("{number} minute", "{number} minutes", seconds // 60)
    return tr_many("{number} second", "{number} seconds", max(seconds, 0))
