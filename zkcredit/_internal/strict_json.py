"""JSON from strangers: it has one meaning, and reading it takes bounded work.

Where libraries diverge:

* Of a repeated member, Python and JavaScript keep the last and some others the first. It is
  refused here.
* Deep nesting is a ``RecursionError`` in Python by default, but py_ecc raises the process's
  recursion limit so far that the interpreter crashes instead. Here the depth is checked before the
  parser sees the text.
* NaN and Infinity are not JSON, although Python reads them. They are refused here.
* Python and JavaScript accept half of a surrogate pair (``"\\ud800"``), which UTF-8 cannot encode.
  It is refused here (RFC 7493, section 2.1).
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from zkcredit.errors import MalformedFile

__all__ = ["MAX_DEPTH", "check_depth", "loads"]

MAX_DEPTH: Final = 32
"""The deepest nesting accepted. Brackets inside strings count too, which is the safe side."""

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
        MalformedFile: if the document is not text or not JSON, is too long, is nested deeper than
            ``MAX_DEPTH``, or has a repeated member, half of a surrogate pair, or a number that
            JSON does not know or ``integers_only`` refuses.
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
        if _SURROGATE.search(decoded):  # encoding accepts whole pairs and refuses halves
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except MalformedFile as error:
        raise MalformedFile(f"{what}: {error}") from error
    except ValueError:  # also raised for a number of too many digits and for invalid UTF-8
        # from None: the parser's error quotes the text, which may be private.
        raise MalformedFile(f"{what}: the text is not JSON") from None
    return value


def check_depth(text: str) -> None:
    """Refuse a text with more than ``MAX_DEPTH`` open brackets.

    Raises:
        MalformedFile: if it has more.
    """
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise MalformedFile(f"the document is nested deeper than {MAX_DEPTH}")


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedFile("a member of an object is repeated")
    return members


def _no_fraction(_: str) -> NoReturn:
    raise MalformedFile("a number is not an integer")


def _no_constant(name: str) -> NoReturn:
    raise MalformedFile(f"{name} is not JSON")
