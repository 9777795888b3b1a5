"""Where in a JSON text something stands, for messages. Only a text that is refused is read here.

Python's parser tells the place of an error of syntax, and no other place. This module walks the
text once more, token by token, to find what the parser's hooks refused.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["bad_number", "half_pair", "line_and_column", "only_member", "repeated_member"]

_TOKEN: Final = re.compile(
    r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|-?[0-9][0-9.eE+-]*+|-?[A-Za-z]++|[\[\]{}:,]', re.DOTALL
)
"""A string, a number, a word, or a mark of JSON. It never steps back, and a string without an end
goes to the end of the text, so that the time is that of reading the text once."""
_LONGEST_NUMBER: Final = 4300
"""Most digits that Python turns into an integer."""


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Return the line and the column, from 1 on, of a character."""
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def repeated_member(text: str) -> int:
    """Return the offset of the first name that its object has twice, or 0."""
    open_: list[set[str] | None] = []
    for offset, found, is_name in _tokens(text):
        if found in "[{":
            open_.append(set() if found == "{" else None)
        elif found in "]}" and open_:
            open_.pop()
        elif is_name and open_ and (names := open_[-1]) is not None:
            name = json.loads(found, strict=False)
            if name in names:
                return offset
            names.add(name)
    return 0


def bad_number(text: str, *, fractions: bool) -> int:
    """Return the offset of the first number that is not accepted, or 0."""
    for offset, found, _ in _tokens(text):
        digits = found.lstrip("-")
        if digits in ("NaN", "Infinity") or (digits.isdigit() and len(digits) > _LONGEST_NUMBER):
            return offset
        if not fractions and digits[:1].isdigit() and not digits.isdigit():
            return offset
    return 0


def half_pair(text: str) -> int:
    """Return the offset of the first string with half of a surrogate pair, or 0."""
    for offset, found, _ in _tokens(text):
        if found[0] == '"':
            try:
                json.loads(found, strict=False).encode("utf-8")
            except UnicodeEncodeError:
                return offset
    return 0


def only_member(text: str, names: set[str]) -> int | None:
    """Return the offset of the last of these names that the text has exactly once, or None."""
    places: dict[str, list[int]] = {}
    for offset, found, is_name in _tokens(text):
        if is_name and found[1:-1] in names:
            places.setdefault(found[1:-1], []).append(offset)
    return max((one[0] for one in places.values() if len(one) == 1), default=None)


def _tokens(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yield each token with its offset, and whether it is the name of a member."""
    before: tuple[int, str] | None = None
    for match in _TOKEN.finditer(text):
        if before is not None:
            yield (*before, match.group() == ":" and before[1][0] == '"')
        before = match.start(), match.group()
    if before is not None:
        yield (*before, False)
