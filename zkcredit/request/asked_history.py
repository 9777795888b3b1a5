"""What a market asks about a borrower's record at a bureau, as a part of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal.bit_fields import unpack_fields
from zkcredit._internal.checks import require_field
from zkcredit.errors import InvalidInput
from zkcredit.language import tr
from zkcredit.schema import HISTORY_AT_LEAST, HISTORY_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HISTORY", "HISTORY_ELIGIBILITY", "AskedHistory", "condition_in_words", "shown_in_words"]

HISTORY: Final = "history"
HISTORY_ELIGIBILITY: Final = "history_eligibility"


@dataclass(frozen=True, slots=True)
class AskedHistory:
    """The public inputs by which a proof is about a record.

    Attributes:
        terms: the conditions and the day, ``HistoryTerms.pack()``; a gate computes the day, so
            that it is never behind the chain's.
        root: root of the history tree that contains the record.
        scope: scope of the tree's bureau, in which the borrower has the record's pseudonym.

    Raises:
        InvalidInput: if a part is not an int, or the terms have no day.
        OutOfRange: if the terms have more than 164 bits, or another part is not a field element.
    """

    terms: int
    root: int
    scope: int

    def __post_init__(self) -> None:
        if self.fields()["today"] == 0:
            raise InvalidInput("the terms have no day on which the record must be good")
        require_field("the history's root", self.root)
        require_field("the history's scope", self.scope)

    def fields(self) -> dict[str, int]:
        """Return the terms by name."""
        return unpack_fields("the word of the terms", self.terms, HISTORY_TERMS)

    def conditions(self) -> dict[str, int]:
        """Return the terms that ask for something, by name."""
        return {
            name: value
            for name, value in self.fields().items()
            if value != (0 if name in HISTORY_AT_LEAST else (1 << HISTORY_TERMS[name]) - 1)
        }

    def expected(self) -> dict[str, int]:
        """Return the public inputs by the names of the statements."""
        return {"terms": self.terms, "history_root": self.root, "history_scope": self.scope}

    def in_words(self, currency: int) -> list[str]:
        """Return what the proof shows, one fact a line.

        Args:
            currency: ISO 4217 number of the bureau's amounts; 0 if it is not said.
        """
        return shown_in_words(self.conditions(), currency)


def shown_in_words(conditions: Mapping[str, int], currency: int) -> list[str]:
    """Return what a proof about a record shows, one fact a line; see ``AskedHistory.in_words``.

    Args:
        conditions: the terms that ask for something, by name.
        currency: ISO 4217 number of the bureau's amounts; 0 if it is not said.
    """
    own = tr("a record at the bureau of the history tree is yours, and not which one")
    return [own, *(condition_in_words(*one, currency) for one in conditions.items())]


def condition_in_words(name: str, value: int, currency: int) -> str:
    """Return what one term asks for; the arguments are as in ``shown_in_words``."""
    said = {
        "min_repaid": lambda n: tr("loans that you repaid: {count} or more", count=n),
        "min_on_time": lambda n: tr("rows that you paid in time: {count} or more", count=n),
        "max_late": lambda n: tr("rows that you paid late: at most {count}", count=n),
        "max_defaults": lambda n: tr("loans of yours that defaulted: at most {count}", count=n),
        "max_open": lambda n: tr("loans of yours that are open: at most {count}", count=n),
        "today": lambda n: tr("no row is overdue beyond its grace on {day}", day=_day(n)),
        "min_largest": lambda n: tr(
            "the largest loan that you repaid was of at least {amount}",
            amount=units.money_in_words(n, currency),
        ),
        "first_day_limit": lambda n: tr("your first loan was on {day} or before", day=_day(n)),
        "last_bad_day_limit": lambda n: tr(
            "you were not late and did not default after {day}", day=_day(n)
        ),
    }
    return said[name](value)


def _day(number: int) -> str:
    return units.format_time(number * units.DAY)[:10]
