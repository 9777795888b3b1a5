"""Text that people type or keep in files: passwords and lists of words, read in one place.

The same text has several encodings. An editor may put a byte order mark before it, end a line
with CR LF, or write ä as one character or as two. None of this is part of what somebody means,
so all of it is taken off here. What was written before this rule has to open still: ``spellings``
lists the older forms, to be tried in order.
"""

from __future__ import annotations

import unicodedata
from dataclasses import fields
from html import escape
from typing import TYPE_CHECKING, Any, Final, Literal

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "MARK",
    "first_line",
    "html_table",
    "marked",
    "short_repr",
    "spellings",
    "text_of",
    "without_mark",
    "words_in",
]

MARK: Final = "\ufeff"
"""The byte order mark, as a character."""

_SHOWN: Final = 10
_LONGEST_SHOWN: Final = 44
"""An Ethereum address in quotation marks: the longest text that is shown whole."""

_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def text_of(data: bytes, what: str) -> str:
    """Decode UTF-8 text, without the byte order mark that may begin it.

    Args:
        data: the content of a file.
        what: names the text in errors.

    Raises:
        InvalidInput: if it is not UTF-8. The message repeats nothing of the text.
    """
    try:
        return without_mark(data.decode())
    except UnicodeDecodeError:
        hint = "; it looks like UTF-16, save it as UTF-8" if data.startswith(_UTF16) else ""
        raise InvalidInput(f"{what} is not UTF-8 text{hint}") from None


def first_line(data: bytes, what: str) -> str:
    """Return the first line of UTF-8 text, without byte order mark and line end (LF or CR LF).

    Raises:
        InvalidInput: if the line is not UTF-8.
    """
    if data.startswith(_UTF16):
        return text_of(data, what)  # a line feed would cut a character in two
    return text_of(data.split(b"\n", 1)[0].removesuffix(b"\r"), what)


def without_mark(text: str) -> str:
    """Return the text without the byte order mark that may begin it."""
    return text.removeprefix(MARK)


def marked(text: str) -> str:
    """Return the text with a byte order mark before it: an older form of a password."""
    return MARK + without_mark(text)


def spellings(password: str) -> list[bytes]:
    """Return the encodings of a password, the likeliest first, each once.

    They are the password as given, its NFC and its NFKC. ASCII has a single one. A password that
    is given with a byte order mark is tried without the mark first, then with it.

    Raises:
        InvalidInput: if UTF-8 cannot encode it.
    """
    forms: tuple[Literal["NFC", "NFKC"], ...] = ("NFC", "NFKC")
    bare = without_mark(password)
    texts = [bare, *(unicodedata.normalize(form, bare) for form in forms)]
    if bare != password:
        texts += [marked(text) for text in texts]
    try:
        return list(dict.fromkeys(text.encode() for text in texts if text))
    except UnicodeEncodeError:
        raise InvalidInput("a password must be text that UTF-8 can encode") from None


def words_in(text: str) -> list[str]:
    """Return the words of a list, in lower case and NFKC, whatever stands between them."""
    return unicodedata.normalize("NFKC", without_mark(text)).casefold().split()


def short_repr(value: Any) -> str:
    """Return a dataclass as one short line: long numbers and bytes by their first digits.

    Fields with ``repr=False`` are left out, as everywhere. A class takes this function for its own
    ``__repr__``.
    """
    shown = (
        f"{field.name}={_shortened(getattr(value, field.name))}"
        for field in fields(value)
        if field.repr and getattr(value, field.name) != field.default
    )
    return f"{type(value).__name__}({', '.join(shown)})"


def _shortened(value: object) -> str:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return f"{type(value).__name__}({_shortened(value[0])}…)"
    if isinstance(value, bytes):
        return value.hex() if len(value) <= _SHOWN else f"{value[:4].hex()}… ({len(value)} bytes)"
    if isinstance(value, tuple | list | dict | frozenset | set):
        return f"<{len(value)}>"
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_SHOWN]}…"


# --- for notebooks: escaped, and nothing that is loaded from elsewhere ----------------------------


def html_table(
    title: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, note: str = ""
) -> str:
    """Return a table of HTML. A number stands at the right of its cell.

    Args:
        title: what the table shows.
        heads: the columns' names; empty for a table of names and values.
        rows: the cells' values; whole numbers have a comma at every third digit.
        note: a sentence below the table, or "".
    """
    parts = [f"<table><caption>{escape(title)}</caption>"]
    if heads:
        cells = "".join(f"<th>{escape(head)}</th>" for head in heads)
        parts.append(f"<thead><tr>{cells}</tr></thead>")
    parts.append("<tbody>")
    parts += [f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows]
    parts.append("</tbody></table>")
    if note:
        parts.append(f"<p>{escape(note)}</p>")
    return "".join(parts)


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f'<td style="text-align: right">{value:,}</td>'
    return f'<td style="text-align: left">{escape(str(value))}</td>'
