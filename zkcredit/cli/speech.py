"""The command line in the reader's language: help, usage, errors and names of results.

Errors are English where they are raised, because programs and logs read them. Here, where a person
reads them, a catalogue's translation takes their place: a message that was made of parts is
recognised by the text between its parts, which the catalogue has with numbers in braces.
"""

from __future__ import annotations

import functools
import os
import re
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from zkcredit.language import catalogue, language, marked, speaking, tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = [
    "USAGE_MESSAGES",
    "each_line",
    "first_line",
    "for_reader",
    "one_message",
    "plain",
    "speaking_as_asked",
    "translate_command",
]

_HEADINGS: Final = {
    "Usage:": marked("Usage:"),
    "Options:": marked("Options:"),
    "Commands:": marked("Commands:"),
    "Arguments:": marked("Arguments:"),
    "Example:": marked("Example:"),
}
_MARKS: Final = {
    "[OPTIONS]": marked("[OPTIONS]"),
    "[required]": marked("[required]"),
    "[default: ": marked("[default: "),
    "Show this message and exit.": marked("Show this message and exit."),
}
# What typer says of a wrong option or argument.
USAGE_MESSAGES: Final = (
    marked("No such option: {0}"),
    marked("No such option: {0} Did you mean {1}?"),
    marked("No such option: {0} (Possible options: {1})"),
    marked("No such command '{0}'."),
    marked("No such command '{0}'. Did you mean '{1}'?"),
    marked("Missing command."),
    marked("Missing argument '{0}'."),
    marked("Missing option '{0}'."),
    marked("Missing option '{0}'. Choose from: {1}"),
    marked("Missing argument '{0}'. Choose from: {1}"),
    marked("Option '{0}' requires an argument."),
    marked("Option '{0}' does not take a value."),
    marked("Got unexpected extra argument(s) ({0})"),
    marked("Invalid value for '{0}': {1}"),
    marked("Invalid value: {0}"),
    marked("'{0}' is not a valid integer."),
    marked("'{0}' is not a valid integer range."),
    marked("'{0}' is not a valid int."),
    marked("'{0}' is not a valid int range."),
    marked("{0} is not in the range {1}."),
    marked("'{0}' is not one of {1}."),
)
_LONGEST: Final = 1000  # characters of a message that is compared with patterns
# A line of Chinese is twice as wide as its characters are many.
_COLUMNS: Final = 58


@contextmanager
def speaking_as_asked(arguments: Sequence[str]) -> Iterator[None]:
    """Speak the language of ``--lang`` before the command's words, or the environment's.

    With ``--json``, programs read what is printed, and it is English.

    Raises:
        InvalidInput: if zkcredit does not have the language that ``--lang`` or ``ZKCREDIT_LANG``
            names.
    """
    asked = _asked(arguments) or os.environ.get("ZKCREDIT_LANG") or language()
    with speaking(asked), speaking("en" if "--json" in arguments else asked):
        yield


def plain(text: str) -> str:
    """Return a text without the line breaks of the source; empty lines separate paragraphs."""
    return "\n\n".join(" ".join(part.split()) for part in text.strip().split("\n\n"))


def translate_command(command: Any) -> None:
    """Put a command's help, or that of each command of a group, into the reader's language."""
    if language() == "en":
        return
    command.context_settings = {**command.context_settings, "max_content_width": _COLUMNS}
    for name in ("help", "short_help"):
        if text := getattr(command, name, None):
            setattr(command, name, tr(plain(text)))
    for parameter in command.params:
        if text := getattr(parameter, "help", None):
            parameter.help = tr(plain(text))
    command.get_help = functools.partial(_help, command.get_help)
    for inner in getattr(command, "commands", {}).values():
        translate_command(inner)


def for_reader(kind: type[Exception], name: str, message: str) -> str:
    """Return an error as a person reads it: its name, what it means, and its message."""
    if language() == "en":
        return f"{name}: {message}"
    told = one_message(message)
    if told != message:
        return f"{name}: {told}"
    meaning = tr(plain(first_line(kind)))
    return tr("{error} ({meaning}): {message}", error=name, meaning=meaning.rstrip("。."),
              message=message)  # fmt: skip


def first_line(kind: type[Exception]) -> str:
    """Return what an error's class says of it in its first sentence."""
    return (kind.__doc__ or "").strip().partition("\n\n")[0].partition(". ")[0]


def one_message(message: str) -> str:
    """Return a message in the reader's language, or as it is if the catalogue does not have it."""
    if language() == "en" or not message or len(message) > _LONGEST:
        return message
    told = tr(message)
    if told != message:
        return told
    for pieces, translation in _templates(language()):
        if (parts := _parts(message, pieces)) is not None:
            told_parts = (one_message(part) if " " in part else part for part in parts)
            return translation.format(*told_parts)
    return message


def each_line(text: str) -> str:
    """Return a text in the reader's language, line by line if the catalogue lacks the whole."""
    told = one_message(text)
    if told != text or "\n" not in text or language() == "en":
        return told
    return "\n".join(one_message(line) for line in text.split("\n"))


def _parts(message: str, pieces: tuple[str, ...]) -> list[str] | None:
    """Return what stands between the pieces of a template, or None if the message is another.

    Each piece is taken at its first place, the last one at the end, so that the time is that of
    reading the message once: a message may quote a hostile file.
    """
    first, *inner, last = pieces
    if not message.startswith(first) or len(message) < len(first) + len(last):
        return None
    if not message.endswith(last):
        return None
    at, end, parts = len(first), len(message) - len(last), []
    for piece in inner:
        found = message.find(piece, at, end)
        if found < 0:
            return None
        parts.append(message[at:found])
        at = found + len(piece)
    return [*parts, message[at:end]]


def _asked(arguments: Sequence[str]) -> str | None:
    given = iter(arguments)
    for one in given:
        if one == "--lang":
            return next(given, None)
        if one.startswith("--lang="):
            return one.removeprefix("--lang=")
        if not one.startswith("-"):
            return None
    return None


def _help(original: Any, context: Any) -> str:
    text: str = original(context)
    for heading, told in _HEADINGS.items():
        text = re.sub(rf"^( *){re.escape(heading)}", rf"\g<1>{tr(told)}", text, flags=re.MULTILINE)
    for mark, told in _MARKS.items():
        text = text.replace(mark, tr(told))
    return text


@cache
def _templates(name: str) -> list[tuple[tuple[str, ...], str]]:
    """The messages with parts, in pieces; those with the most text of their own first."""
    found = []
    for text, told in catalogue(name).items():
        pieces = tuple(re.split(r"\{\d+\}", text))
        if len(pieces) > 1 and len("".join(pieces).strip()) > 2:
            found.append((len("".join(pieces)), pieces, told))
    return [(pieces, told) for _, pieces, told in sorted(found, key=lambda one: -one[0])]
