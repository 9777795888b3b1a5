"""JSON from strangers: one reading, bounded work.

Where libraries diverge: a repeated member is the last one in Python and JavaScript, the first in
some others, so it is refused. Deep nesting is a RecursionError in Python by default, but py_ecc
raises the process's recursion limit so far that it becomes a crash of the interpreter; the depth
is bounded before the parser sees the text. NaN and Infinity are no JSON. Half of a surrogate pair
(``"\\ud800"``) is taken by Python and JavaScript, but is no text that UTF-8 can hold, so it is
refused (RFC 7493, section 2.1).
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from zkcredit.errors import MalformedFile

__all__ = ["MAX_DEPTH", "check_depth", "loads"]

MAX_DEPTH: Final = 32
"""Deepest nesting accepted. Brackets inside strings count too, which only errs on the safe side."""

_BRACKETS: Final = re.compile(r"[\[\]{}]")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def loads(text: str | bytes, what: str, max_bytes: int, *, integers_only: bool = False) -> Any:
    """Parse a JSON document.

    Args:
        text: the document; bytes are UTF-8.
        what: its name in messages.
        max_bytes: the longest text accepted.
        integers_only: whether to refuse numbers with a fraction or an exponent.

    Raises:
        MalformedFile: no text, no JSON, too long, nested deeper than ``MAX_DEPTH``, a repeated
            member, half of a surrogate pair, or a number that JSON does not have or that is
            refused.
    """
    if not isinstance(text, str | bytes):
        raise MalformedFile(f"{what}: text is expected, not {type(text).__name__}")
    if len(text) > max_bytes:
        raise MalformedFile(f"{what}: longer than {max_bytes} bytes")
    try:
        decoded = text.decode("utf-8") if isinstance(text, bytes) else text
        check_depth(decoded)
        value = json.loads(
            decoded,
            object_pairs_hook=_unique_members,
            parse_constant=_no_constant,
            parse_float=_no_fraction if integers_only else None,
        )
        if _SURROGATE.search(decoded):  # whole pairs are text; encoding refuses halves
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except MalformedFile as error:
        raise MalformedFile(f"{what}: {error}") from error
    except ValueError:  # also a number of too many digits, and bytes that are not UTF-8
        # from None: the parser's error quotes the text, which may be private.
        raise MalformedFile(f"{what}: not JSON") from None
    return value


def check_depth(text: str) -> None:
    """Refuse a text with more than ``MAX_DEPTH`` open brackets. MalformedFile: it has more."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedFile(f"nested deeper than {MAX_DEPTH}")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedFile("a member of an object is repeated")
    return members


def _no_fraction(_: str) -> NoReturn:
    raise MalformedFile("a number is not an integer")


def _no_constant(name: str) -> NoReturn:
    raise MalformedFile(f"{name} is not JSON")
