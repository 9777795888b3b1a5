"""The language in which zkcredit speaks to people: English, or another one with a catalogue.

Consent, shortfalls and the command line are for people, and speak the language that is chosen by
``speaking``, by ``ZKCREDIT_LANG``, or by the system's ``LC_ALL``, ``LC_MESSAGES`` or ``LANG``, in
this order. What programs read is English always: errors' own texts, JSON, logs, files. ::

    with speaking("zh_CN"):
        print(request.in_words())

The texts in the code are English. A catalogue (``locale/<language>/LC_MESSAGES``, gettext's format)
has their translations, and a text without one stays English.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from gettext import NullTranslations

__all__ = ["LANGUAGES", "language", "marked", "require_language", "speaking", "tr", "tr_many"]

LANGUAGES: Final = ("en", "zh_CN")
"""The languages with a complete catalogue, by their names in the C library."""

_DOMAIN: Final = "zkcredit"
_FOLDER: Final = Path(__file__).with_name("locale")
_SYSTEM: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_OF_ENGLISH: Final = ("c", "posix", "en")
# A reader of traditional characters gets English, unless the language is chosen by its name.
_OF_CHINESE: Final = ("zh", "zh_cn", "zh_sg", "zh_hans", "zh_hans_cn", "zh_hans_sg")

_CHOSEN: Final[ContextVar[str | None]] = ContextVar("language", default=None)


def language() -> str:
    """Return the language in which texts are made now; English if nothing else is chosen."""
    chosen = _CHOSEN.get()
    if chosen is not None:
        return chosen
    if own := os.environ.get("ZKCREDIT_LANG"):
        return _known(own) or "en"
    system = next((found for name in _SYSTEM if (found := os.environ.get(name))), "")
    return _known(system) or "en"


def require_language(name: str) -> str:
    """Return the language of a name such as ``zh``, ``zh-CN``, ``zh_CN.UTF-8`` or ``C``.

    Raises:
        InvalidInput: if zkcredit does not have the language.
    """
    found = _known(name)
    if found is None:
        raise InvalidInput(f"zkcredit speaks {' and '.join(LANGUAGES)}, not {name[:20]!r}")
    return found


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Make texts in a language until the block ends, in this thread or task.

    Raises:
        InvalidInput: if zkcredit does not have the language.
    """
    before = _CHOSEN.set(require_language(name))
    try:
        yield
    finally:
        _CHOSEN.reset(before)


def tr(text: str, /, **parts: object) -> str:
    """Return a text in the present language.

    Args:
        text: the English text, with names of parts in braces.
        parts: what stands in the place of the names. Without any, braces stay as they are.
    """
    name = language()
    # gettext has its header in the place of the empty text
    told = text if name == "en" or not text else _catalogue(name).gettext(text)
    return told.format(**parts) if parts else told


def tr_many(one: str, many: str, number: int, /, **parts: object) -> str:
    """Return the text of a number in the present language; ``{number}`` is the number.

    Args:
        one: the English text if the number is 1.
        many: the English text otherwise.
        number: the number, at least 0.
        parts: what stands in the place of the other names.
    """
    name = language()
    if name == "en":
        told = one if number == 1 else many
    else:
        told = _catalogue(name).ngettext(one, many, number)
    return told.format(number=number, **parts)


def marked(text: str) -> str:
    """Return the text as it is: it is translated later, and the catalogues must have it."""
    return text


def catalogue(name: str) -> dict[str, str]:
    """Return the catalogue of a language: English text → translation; empty for English.

    Raises:
        InvalidInput: if zkcredit does not have the language.
    """
    found: Any = _catalogue(require_language(name))
    entries: dict[Any, str] = getattr(found, "_catalog", {})
    return {text: told for text, told in entries.items() if isinstance(text, str) and text}


def _known(name: str) -> str | None:
    # zh_CN.UTF-8@pinyin
    plain = name.partition(".")[0].partition("@")[0].replace("-", "_").lower()
    if plain in _OF_CHINESE:
        return "zh_CN"
    return "en" if plain.partition("_")[0] in _OF_ENGLISH else None


@cache
def _catalogue(name: str) -> NullTranslations:
    import gettext  # most processes speak English, and need not load it

    return gettext.translation(_DOMAIN, _FOLDER, [name], fallback=True)
