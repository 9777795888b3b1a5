"""JSON, read strictly: one text has one meaning, and reading it takes bounded work.

Readers of our own documents refuse repeated, missing and unknown members, numbers that are not
plain integers, numbers as text in another than the canonical notation, and documents above a
stated size. Field elements are written as ``0x`` and 64 lower-case hexadecimal digits.

Where libraries diverge:

* Of a repeated member, Python and JavaScript keep the last and some others the first. This module
  refuses it.
* Deep nesting is a ``RecursionError`` in Python by default, but py_ecc raises the process's
  recursion limit so far that the interpreter crashes instead. This module checks the depth before
  the parser sees the text.
* NaN and Infinity are not JSON, although Python reads them. This module refuses them.
* Python and JavaScript accept half of a surrogate pair (``"\\ud800"``), which UTF-8 cannot encode.
  This module refuses it (RFC 7493, section 2.1).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

import zkcredit._internal.refused.json_places as places
from zkcredit._internal.refused.file_errors import about
from zkcredit._internal.refused.kinds import but_this_is, kind_of_bytes
from zkcredit._internal.text import without_mark
from zkcredit.bn254.fields import R
from zkcredit.errors import MalformedFile

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = [
    "MAX_DEPTH",
    "base64_bytes",
    "base64_text",
    "bytes_in",
    "canonical",
    "decimal",
    "field",
    "field_text",
    "hex_bytes",
    "integer",
    "items",
    "large_number_in",
    "members",
    "number_in",
    "open_document",
    "parse",
    "require_depth",
    "typed_members",
]

MAX_DEPTH: Final = 32
"""The deepest nesting accepted."""

_FIELD: Final = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,79}", re.ASCII)
_HEX: Final = re.compile(r"([0-9a-f]{2})*", re.ASCII)
_MOST_DIGITS: Final = 2 * 4_096
_BRACKETS: Final = re.compile(r'[\[\]{}]|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
"""A bracket, or a whole string, whose brackets do not nest. It matches from any quotation mark on
and never steps back, so that the time is that of reading the text once."""
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def canonical(document: object) -> str:
    """Return the one text that we write for a document: sorted members, no spaces, ASCII."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)


def parse(text: str | bytes, what: str, max_bytes: int, *, fractions: bool = False) -> Any:
    """Parse a JSON document.

    Args:
        text: the document; bytes are UTF-8.
        what: its name in error messages.
        max_bytes: the longest text accepted.
        fractions: whether numbers may have a fraction or an exponent; in a foreign document they
            may.

    Raises:
        MalformedFile: if the document is not text or not JSON, is too long, is nested deeper than
            ``MAX_DEPTH``, or has a repeated member, half of a surrogate pair, or a number that
            JSON does not know or ``fractions`` does not permit.
    """
    if not isinstance(text, str | bytes):
        raise MalformedFile(f"{what}: text is expected, not {type(text).__name__}")
    try:
        if len(text) > max_bytes:
            kind = _kind_of_text(text)
            longer = f"longer than {max_bytes} bytes"
            told = f"JSON is expected, but this is {kind}" if kind else longer
            raise MalformedFile(f"{what}: {told}")
        return _parsed(text, what, fractions)
    except MalformedFile as error:
        about(error, text)
        raise


def _parsed(text: str | bytes, what: str, fractions: bool) -> Any:
    # from None: the parser's error quotes the text, which may be private.
    try:
        # RFC 8259, section 8.1: a reader may skip a byte order mark
        decoded = without_mark(text.decode("utf-8") if isinstance(text, bytes) else text)
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8")  # type: ignore[union-attr]  # bytes
        raise _other_than_json(text, what, before, len(before)) from None
    try:
        require_depth(decoded)
        value = json.loads(
            decoded,
            object_pairs_hook=_unique_members,
            parse_constant=_no_constant,
            parse_float=None if fractions else _no_fraction,
        )
        if _SURROGATE.search(decoded):  # encoding accepts whole pairs and refuses halves
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except MalformedFile as error:  # the depth
        raise MalformedFile(f"{what}: {error}", error.line, error.column) from None
    except _Refused as error:
        raise _at(f"{what}: {error.problem}", decoded, error.find(decoded)) from None
    except json.JSONDecodeError as error:
        raise _other_than_json(text, what, decoded, error.pos) from None
    except UnicodeEncodeError:
        problem = f"{what}: the text has half of a surrogate pair"
        raise _at(problem, decoded, places.half_pair(decoded)) from None
    except ValueError:
        problem = f"{what}: a number has too many digits"
        raise _at(problem, decoded, places.bad_number(decoded, fractions=True)) from None
    return value


def _other_than_json(text: str | bytes, what: str, decoded: str, offset: int) -> MalformedFile:
    if kind := _kind_of_text(text):
        return MalformedFile(f"{what}: JSON is expected, but this is {kind}", 1, 1)
    return _at(f"{what}: the text is not JSON", decoded, offset)


def _kind_of_text(text: str | bytes) -> str:
    head = text[:32].encode("utf-8", "replace") if isinstance(text, str) else text[:32]
    kind = kind_of_bytes(head)
    return "" if kind == "a JSON document" else kind


def _at(problem: str, text: str, offset: int) -> MalformedFile:
    line, column = places.line_and_column(text, offset)
    return MalformedFile(f"{problem} (line {line}, column {column})", line, column)


class _Refused(Exception):
    """What a hook of the parser refuses, and the function that finds it in the text."""

    def __init__(self, problem: str, find: Callable[[str], int]) -> None:
        super().__init__(problem)
        self.problem = problem
        self.find = find


def require_depth(text: str) -> None:
    """Refuse a text with more than ``MAX_DEPTH`` open brackets.

    Raises:
        MalformedFile: if it has more.
    """
    depth = 0
    for found in _BRACKETS.finditer(text):
        if found.group()[0] == '"':
            continue
        depth += 1 if found.group() in "[{" else -1
        if depth > MAX_DEPTH:
            raise _at(f"the document is nested deeper than {MAX_DEPTH}", text, found.start())


def members(
    document: object, names: Collection[str], what: str, *, optional: Collection[str] = ()
) -> dict[str, Any]:
    """Return the document if it is an object with exactly these members; some may be left out.

    Raises:
        MalformedFile: if it is not an object, a member is missing or unknown, or one that may be
            left out is null.
    """
    if not isinstance(document, dict):
        raise MalformedFile(f"{what}: an object is expected{but_this_is(document)}")
    if missing := sorted(set(names) - document.keys()):
        raise MalformedFile(f"{what}: lacks {', '.join(missing)}{but_this_is(document)}")
    if unknown := sorted(document.keys() - set(names) - set(optional)):
        raise MalformedFile(f"{what}: has the unknown member {unknown[0][:40]!r}")
    if empty := [name for name in optional if document.get(name, "") is None]:
        raise MalformedFile(f"{what}: {empty[0]} is null; leave it out")
    return document


def typed_members(
    document: object,
    what: str,
    type_: str,
    names: Collection[str],
    *,
    optional: Collection[str] = (),
) -> dict[str, Any]:
    """Return the document if it is an object of this type with exactly these other members.

    Raises:
        MalformedFile: if it is not an object, its ``type`` is another one, or a member is missing
            or unknown.
    """
    if not isinstance(document, dict) or document.get("type", type_) != type_:
        found = but_this_is(document)
        raise MalformedFile(f"{what}: an object of type {type_} is expected{found}")
    return members(document, ("type", *names), what, optional=optional)


def open_document(
    text: str | bytes,
    what: str,
    type_: str,
    names: Collection[str],
    max_bytes: int,
    *,
    optional: Collection[str] = (),
) -> dict[str, Any]:
    """Parse a document of ours and return its members.

    Args:
        text: the document; bytes are UTF-8.
        what: its name in error messages.
        type_: the value that its member ``type`` must have.
        names: its other members.
        max_bytes: the longest text accepted.
        optional: members that may be left out.

    Raises:
        MalformedFile: if the text is not JSON, or is not an object of this type with exactly these
            members.
    """
    return typed_members(parse(text, what, max_bytes), what, type_, names, optional=optional)


def items(value: object, what: str) -> list[Any]:
    """Return the value if it is a list.

    Raises:
        MalformedFile: if it is not.
    """
    if not isinstance(value, list):
        raise MalformedFile(f"{what}: a list is expected")
    return value


def integer(value: object, what: str) -> int:
    """Return the value if it is an integer.

    Raises:
        MalformedFile: if it is not.
    """
    if type(value) is not int:
        raise MalformedFile(f"{what}: an integer is expected")
    return value


def decimal(value: object, what: str) -> int:
    """Read a number of at most 80 decimal digits, written as text.

    Raises:
        MalformedFile: if it is anything else, or begins with a needless zero.
    """
    if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
        raise MalformedFile(f"{what}: a string of decimal digits is expected")
    return int(value)


def number_in(value: object, name: str, bits: int, what: str) -> int:
    """Read a number.

    Args:
        value: the member.
        name: its name.
        bits: how many it has at most.
        what: name of the document in error messages.

    Raises:
        MalformedFile: if it is not an integer of so many bits.
    """
    number = integer(value, f"{what}: {name}")
    if not 0 <= number < 1 << bits:
        raise MalformedFile(f"{what}: {name} is not a number of at most {bits} bits")
    return number


def large_number_in(value: object, name: str, what: str) -> int:
    """Read a number of at most 256 bits, which is text, because JSON readers round large numbers.

    Raises:
        MalformedFile: if it is something else.
    """
    return number_in(decimal(value, f"{what}: {name}"), name, 256, what)


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


def bytes_in(value: object, name: str, what: str) -> bytes:
    """Read at most 4,096 bytes in hexadecimal digits.

    Raises:
        MalformedFile: if it is something else.
    """
    if not isinstance(value, str) or not _HEX.fullmatch(value) or len(value) > _MOST_DIGITS:
        raise MalformedFile(f"{what}: {name} is in hexadecimal digits")
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


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    unique = dict(pairs)
    if len(unique) != len(pairs):
        raise _Refused("a member of an object is repeated", places.repeated_member)
    return unique


def _no_fraction(_: str) -> NoReturn:
    raise _Refused("a number is not an integer", partial(places.bad_number, fractions=False))


def _no_constant(name: str) -> NoReturn:
    raise _Refused(f"{name} is not JSON", partial(places.bad_number, fractions=True))
