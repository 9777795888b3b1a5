"""What a lender asks of a borrower's history: conditions that fit one field element."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Final

from zkcredit._internal.bit_fields import pack_fields, unpack_fields
from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.errors import NotEligible
from zkcredit.history.record import HistoryRecord
from zkcredit.schema import HISTORY_TERMS

__all__ = ["HistoryTerms"]


def _most(name: str) -> int:
    return (1 << HISTORY_TERMS[name]) - 1


@dataclass(frozen=True, slots=True)
class HistoryTerms:
    """The conditions on a record. The defaults are neutral: they ask for nothing.

    Attributes:
        min_repaid: least number of loans repaid.
        min_on_time: least number of rows paid in time.
        max_late: most rows that were late.
        max_defaults: most loans that defaulted.
        max_open: most loans that are open now.
        today: day of the proof; the record must be good until then. A gate computes it, never
            behind the chain's day, so that no lateness is hidden.
        min_largest: least size of the largest principal repaid, minor units.
        first_day_limit: last day on which the first loan may have been released.
        last_bad_day_limit: last day on which a row may have been late or a loan defaulted.

    Raises:
        InvalidInput: if a field is not an int.
        OutOfRange: if a field is outside its width (``schema.HISTORY_TERMS``).
    """

    min_repaid: int = 0
    min_on_time: int = 0
    max_late: int = _most("max_late")
    max_defaults: int = _most("max_defaults")
    max_open: int = _most("max_open")
    today: int = 0
    min_largest: int = 0
    first_day_limit: int = _most("first_day_limit")
    last_bad_day_limit: int = _most("last_bad_day_limit")

    def __post_init__(self) -> None:
        for name, bits in HISTORY_TERMS.items():
            require_uint(name, getattr(self, name), bits)

    def pack(self) -> int:
        """Return the 164-bit word that is the statement's public input ``terms``."""
        return pack_fields(asdict(self), HISTORY_TERMS)

    @classmethod
    def unpack(cls, word: int) -> HistoryTerms:
        """Read a packed word.

        Raises:
            InvalidInput: if the word is not an int.
            OutOfRange: if the word is negative, or 2^164 or above.
        """
        return cls(**unpack_fields("the word of the terms", word, HISTORY_TERMS))

    def conditions(self) -> dict[str, int]:
        """Return the fields that are not neutral, by name: what these terms demand."""
        return {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if getattr(self, field.name) != field.default
        }

    def check(self, record: HistoryRecord) -> None:
        """Check a record against the terms in integers, exactly as the circuit does.

        Raises:
            NotEligible: if a condition fails. The error has the shortfall of each such condition:
                loans, rows, days, minor units.
            InvalidInput: if the record is not a ``HistoryRecord``.
        """
        require_instance("the record", record, HistoryRecord)
        missing = {
            **{term: getattr(self, term) - getattr(record, own) for term, own in _AT_LEAST.items()},
            **{term: getattr(record, own) - getattr(self, term) for term, own in _AT_MOST.items()},
        }
        if shortfalls := {term: by for term, by in missing.items() if by > 0}:
            what = ", ".join(shortfalls)
            raise NotEligible(f"the history does not meet the terms: {what}", shortfalls)


_AT_LEAST: Final = {
    "min_repaid": "repaid",
    "min_on_time": "on_time",
    "today": "good_until",
    "min_largest": "largest",
}
_AT_MOST: Final = {
    "max_late": "late",
    "max_defaults": "defaults",
    "max_open": "open",
    "first_day_limit": "first_day",
    "last_bad_day_limit": "last_bad_day",
}
