"""A borrower's loans in numbers, as a credit bureau's contract keeps them for a pseudonym."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from zkcredit._internal.bit_fields import pack_fields, unpack_fields
from zkcredit._internal.checks import require_uint
from zkcredit.errors import InvalidInput
from zkcredit.schema import HISTORY_DEPTH, HISTORY_RECORD, RECORD_BITS

__all__ = ["NEVER_EXPIRES", "HistoryRecord", "bureau_word", "read_bureau_word"]

NEVER_EXPIRES = (1 << HISTORY_RECORD["good_until"]) - 1
"""``good_until`` of a pseudonym without a running loan."""

_INDEX_BITS = 3 * HISTORY_DEPTH


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """What a bureau counts about one pseudonym. Days are whole days since 1970-01-01 UTC.

    Attributes:
        opened: loans released.
        repaid: loans repaid in full, without a default.
        on_time: rows paid within their grace.
        late: rows that were late.
        defaults: loans that defaulted.
        recovered: of them, loans whose debt was paid afterwards.
        open: loans that are running or in default.
        good_until: last day on which the record may be shown: the day before the grace of the
            oldest unpaid row ends. 0 in default, ``NEVER_EXPIRES`` without an open loan.
        largest: largest principal repaid, in minor units of the bureau's currency.
        first_day: day of the first release.
        last_bad_day: last day on which a row was late or a loan defaulted; 0 if never.

    Raises:
        InvalidInput: if a field is not an int, or the counts contradict each other.
        OutOfRange: if a field is outside its width (``schema.HISTORY_RECORD``).
    """

    opened: int
    repaid: int = 0
    on_time: int = 0
    late: int = 0
    defaults: int = 0
    recovered: int = 0
    open: int = 0
    good_until: int = NEVER_EXPIRES
    largest: int = 0
    first_day: int = 0
    last_bad_day: int = 0

    def __post_init__(self) -> None:
        for name, bits in HISTORY_RECORD.items():
            require_uint(name, getattr(self, name), bits)
        if self.recovered > self.defaults:
            raise InvalidInput("more loans are recovered than defaulted")
        if self.repaid + self.open > self.opened:
            raise InvalidInput("more loans are repaid or open than were opened")

    def pack(self) -> int:
        """Return the 188-bit word that a leaf of the history tree contains."""
        return pack_fields(asdict(self), HISTORY_RECORD)

    @classmethod
    def unpack(cls, word: int) -> HistoryRecord:
        """Read a packed word.

        Raises:
            InvalidInput: if the word is not an int, or its counts contradict each other.
            OutOfRange: if the word is negative, or 2^188 or above.
        """
        return cls(**unpack_fields("the record", word, HISTORY_RECORD))


def bureau_word(record: HistoryRecord, index: int) -> int:
    """Return the word that a bureau keeps: the record, and its place in the tree above it.

    Raises:
        InvalidInput: if the index is not an int.
        OutOfRange: if the tree has no such place.
    """
    return record.pack() | require_uint("index", index, _INDEX_BITS) << RECORD_BITS


def read_bureau_word(word: int) -> tuple[HistoryRecord, int]:
    """Return the record and the index of a bureau's word.

    Raises:
        InvalidInput: if the word is not an int, or its counts contradict each other.
        OutOfRange: if the word is negative, or 2^206 or above.
    """
    require_uint("the bureau's word", word, RECORD_BITS + _INDEX_BITS)
    return HistoryRecord.unpack(word & ((1 << RECORD_BITS) - 1)), word >> RECORD_BITS
