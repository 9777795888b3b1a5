"""Dues for calendar programs: RFC 5545's lines, folds and escapes."""

from __future__ import annotations

import re

import pytest

from zkcredit.cli.loan.calendar import Due, to_icalendar

NOW = 1_790_000_000
PLACE = "loan-7.0xabc.chain-1"


def lines(*dues: Due) -> list[str]:
    """The lines of a calendar, unfolded."""
    text = to_icalendar(dues, PLACE, NOW).decode()
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.replace("\r\n ", "").split("\r\n")[:-1]


def test_each_due_is_an_event_with_a_reminder() -> None:
    found = lines(Due("row-1", NOW + 86_400, "Pay 88.85 EUR"), Due("row-2", NOW + 99, "Pay 1 EUR"))
    assert found[0] == "BEGIN:VCALENDAR"
    assert found[-1] == "END:VCALENDAR"
    for kind in ("VEVENT", "VALARM"):
        assert found.count(f"BEGIN:{kind}") == found.count(f"END:{kind}") == 2
    assert f"UID:row-1@{PLACE}" in found
    assert "DTSTART:20260922T141320Z" in found
    assert "SUMMARY:Pay 88.85 EUR" in found


def test_no_dues_are_an_empty_calendar() -> None:
    assert lines()[1:-1] == ["VERSION:2.0", "PRODID:-//zkcredit//loan due//EN"]


@pytest.mark.parametrize(
    ("words", "written"),
    [("a, b; c", "a\\, b\\; c"), ("back\\slash", "back\\\\slash"), ("two\nlines", "two\\nlines"),
     ("END:VEVENT\nBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT")],
)  # fmt: skip
def test_signs_of_the_format_are_escaped(words: str, written: str) -> None:
    assert f"SUMMARY:{written}" in lines(Due("row-1", NOW, words))


@pytest.mark.parametrize("length", [60, 66, 67, 68, 141, 500])
@pytest.mark.parametrize("char", ["x", "元"])
def test_long_lines_are_folded(length: int, char: str) -> None:
    data = to_icalendar([Due("row-1", NOW, char * length)], PLACE, NOW)
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    unfolded = re.sub(rb"\r\n ", b"", data).decode()
    assert f"SUMMARY:{char * length}\r\n" in unfolded
