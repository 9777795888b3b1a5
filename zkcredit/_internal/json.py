"""Our own JSON documents, read strictly: one text has one meaning.

Every reader refuses repeated, missing and unknown members, numbers that are not plain integers,
numbers as text in another than the canonical notation, and documents above a stated size. Field
elements are written as ``0x`` and 64 lower-case hexadecimal digits.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal import strict_json
from zkcredit.bn254.fields import R
from zkcredit.errors import MalformedFile

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = [
    "base64_bytes",
    "base64_text",
    "canonical",
    "field",
    "field_text",
    "hex_bytes",
    "integer",
    "members",
    "parse",
]

_FIELD: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_HEX: Final = re.compile(r"([0-9a-f]{2})*", re.ASCII)


def canonical(document: object) -> str:
    """Return the one text that we write for a document: sorted members, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse(text: str | bytes, what: str, max_bytes: int) -> Any:
    """Parse JSON.

    Args:
        text: the document; bytes are UTF-8.
        what: its name in error messages.
        max_bytes: the longest text accepted.

    Raises:
        MalformedFile: if the text is not JSON, is too long, or has a repeated member or a number
            that is not an integer.
    """
    return strict_json.loads(text, what, max_bytes, integers_only=True)


def members(document: object, names: Collection[str], what: str) -> dict[str, Any]:
    """Return the document if it is an object with exactly these members.

    Raises:
        MalformedFile: if it is not an object, or a member is missing or unknown.
    """
    if not isinstance(document, dict):
        raise MalformedFile(f"{what}: an object is expected")
    if missing := sorted(set(names) - document.keys()):
        raise MalformedFile(f"{what}: lacks {', '.join(missing)}")
    if unknown := sorted(document.keys() - set(names)):
        raise MalformedFile(f"{what}: has the unknown member {unknown[0][:40]!r}")
    return document


def integer(value: object, what: str) -> int:
    """Return the value if it is an integer.

    Raises:
        MalformedFile: if it is not.
    """
    if type(value) is not int:
        raise MalformedFile(f"{what}: an integer is expected")
    return value


def field_text(value: int) -> str:
    """Return a field element as text."""
    return f"0x{value:064x}"


def field(value: object, what: str) -> int:
    """Read a field element.

    Raises:
        MalformedFile: if the notation is another one, or the number is not below r.
    """
    if not isinstance(value, str) or not _FIELD.fullmatch(value):
        raise MalformedFile(f"{what}: 0x and 64 hexadecimal digits are expected")
    number = int(value, 16)
    if number >= R:
        raise MalformedFile(f"{what}: the number is not below the field's modulus")
    return number


def hex_bytes(value: object, length: int, what: str) -> bytes:
    """Read lower-case hexadecimal digits.

    Raises:
        MalformedFile: if the notation or the length is another one.
    """
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) != 2 * length:
        raise MalformedFile(f"{what}: {2 * length} lower-case hexadecimal digits are expected")
    return bytes.fromhex(value)


def base64_text(data: bytes) -> str:
    """Return bytes as text (RFC 4648 §4, with padding)."""
    return base64.b64encode(data).decode()


def base64_bytes(value: object, what: str) -> bytes:
    """Read what ``base64_text`` writes.

    Raises:
        MalformedFile: if the text is anything else.
    """
    try:
        data = base64.b64decode(value, validate=True)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError, binascii.Error):
        data = None
    # encoding again notices stray bits in the last digit
    if data is None or base64_text(data) != value:
        raise MalformedFile(f"{what}: base64 is expected")
    return data
