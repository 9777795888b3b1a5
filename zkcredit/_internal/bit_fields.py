"""Named fields in one integer, the first field in the lowest bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_uint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["pack_fields", "unpack_fields"]


def pack_fields(values: Mapping[str, int], widths: Mapping[str, int]) -> int:
    """Return the word of named values, which have been checked against the widths."""
    word = shift = 0
    for name, bits in widths.items():
        word |= values[name] << shift
        shift += bits
    return word


def unpack_fields(what: str, word: int, widths: Mapping[str, int]) -> dict[str, int]:
    """Return the fields of a word by name.

    Args:
        what: the word in an error's text.
        word: the word.
        widths: field → width in bits, from the least significant bit up.

    Raises:
        InvalidInput: if the word is not an int.
        OutOfRange: if it is negative, or wider than its fields together.
    """
    rest = require_uint(what, word, sum(widths.values()))
    values: dict[str, int] = {}
    for name, bits in widths.items():
        values[name] = rest & ((1 << bits) - 1)
        rest >>= bits
    return values
