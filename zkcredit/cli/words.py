"""Times, money and tokens as a reader of a terminal wants them; ``--json`` keeps the raw values."""

from __future__ import annotations

from typing import Final

import zkcredit.units as units

__all__ = ["in_tokens", "money", "span", "when"]

_SPANS: Final = ((units.DAY, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


def money(amount: int, currency: int) -> str:
    """Return an amount in minor units with its currency (ISO 4217 number; 0 if it has none)."""
    return units.money_in_words(amount, currency)


def in_tokens(tokens: int, unit: int, currency: int) -> str:
    """Return base units of a token as money, if they are whole minor units, or as tokens.

    Args:
        tokens: base units of the token.
        unit: base units in one minor unit.
        currency: ISO 4217 number of the currency.
    """
    amount, rest = divmod(tokens, unit)
    return f"{tokens} base units of the token" if rest else money(amount, currency)


def when(seconds: int, now: int) -> str:
    """Return a time as ISO 8601 says it, and how far it is: ``"2026-12-30T…Z, in 30 days"``.

    Args:
        seconds: the time, Unix.
        now: the present, Unix.
    """
    if not 0 <= seconds <= units.MAX_TIME:
        return "the end of time"
    if seconds == now:
        return f"{units.format_time(seconds)}, now"
    far = span(abs(seconds - now))
    relative = f"in {far}" if seconds > now else f"{far} ago"
    return f"{units.format_time(seconds)}, {relative}"


def span(seconds: int) -> str:
    """Return a length of time in its largest whole unit, rounded down: ``"30 days"``."""
    for size, name in _SPANS:
        if seconds >= size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return "0 seconds"
