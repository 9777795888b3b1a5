"""Dues as a file for calendar programs (RFC 5545): one event for each payment, with a reminder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

__all__ = ["Due", "to_icalendar"]

_LONGEST: Final = 75  # octets of a line, without its end


@dataclass(frozen=True)
class Due:
    """One payment that is expected.

    Attributes:
        name: a name that no other due has, for example ``row-3``.
        at: when it falls due, Unix seconds.
        words: what to pay, in one line.
    """

    name: str
    at: int
    words: str


def to_icalendar(dues: Iterable[Due], place: str, now: int) -> bytes:
    """Return the calendar.

    Args:
        dues: the payments.
        place: what makes the names unique in the world: chain, market and loan.
        now: when it is written, Unix seconds.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//zkcredit//loan due//EN"]
    for due in dues:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{due.name}@{place}",
            f"DTSTAMP:{_moment(now)}",
            f"DTSTART:{_moment(due.at)}",
            f"SUMMARY:{_escaped(due.words)}",
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "TRIGGER:-P3D",
            f"DESCRIPTION:{_escaped(due.words)}",
            "END:VALARM",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return b"".join(part + b"\r\n" for line in lines for part in _folded(line.encode()))


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for char in "\\;,":
        text = text.replace(char, "\\" + char)
    return text.replace("\n", "\\n")


def _folded(line: bytes) -> Iterator[bytes]:
    """Yield a line in parts of at most 75 octets; those after the first begin with a space."""
    yield line[:_LONGEST]
    for start in range(_LONGEST, len(line), _LONGEST - 1):
        yield b" " + line[start : start + _LONGEST - 1]
