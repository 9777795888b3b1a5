"""What commands print: results on standard output; progress and questions on standard error.

A command proves only after the borrower has read the request and agreed to it (``agree``).
"""

from __future__ import annotations

import contextlib
import json
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

import typer

from zkcredit.cli.exits import one_line
from zkcredit.cli.speech import each_line, one_message
from zkcredit.errors import InvalidInput
from zkcredit.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from zkcredit.request import Request


AS_JSON: Final[ContextVar[bool]] = ContextVar("as_json", default=False)
"""Whether the present command was called with ``--json``; errors are then JSON, too."""
STDOUT_TAKEN: Final[ContextVar[bool]] = ContextVar("stdout_taken", default=False)
"""Whether a document was written to standard output, so that the result goes to standard error."""


def emit(
    result: Mapping[str, Any],
    text: RenderableType | None = None,
    *,
    shown: Mapping[str, Any] | None = None,
) -> None:
    """Print a command's result.

    Args:
        result: what ``--json`` prints; JSON values only.
        text: what a reader sees otherwise; ``shown`` as a list of names and values by default.
        shown: the result as a reader wants it (``zkcredit.cli.words``); the result by default.
    """
    listed = listing(result if shown is None else shown)
    stream = sys.stderr if STDOUT_TAKEN.get() else sys.stdout
    if AS_JSON.get():
        # ASCII, so that no terminal's encoding can break the document
        stream.write(json.dumps(result, indent=2) + "\n")
    elif text is None and not stream.isatty():
        # the text that rich would print, without the time to import it
        stream.writelines(f"{name}  {value}\n" for name, value in listed)
    else:
        from rich.console import Console
        from rich.text import Text

        # no markup: a name or a purpose may contain square brackets
        wrap = not stream.isatty()
        console = Console(file=stream, highlight=False, markup=False, soft_wrap=wrap)
        if text is None:
            for name, value in listed:  # a root must stay whole to be copied
                console.print(Text.assemble((name, "bold"), "  ", value), soft_wrap=True)
        else:
            console.print(each_line(text) if isinstance(text, str) else text)
    stream.flush()  # so that a full disk is reported here, not at the end of the process


def draw_lines(lines: Sequence[str]) -> None:
    """Print a drawing on standard error, as it is, if that is possible: it is not the result."""
    with contextlib.suppress(OSError, AttributeError, UnicodeEncodeError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


def tell_line(text: str) -> None:
    """Print one line of a result as soon as it is there; ``--json`` prints the whole at the end."""
    if not AS_JSON.get():
        sys.stdout.write(one_line(one_message(text)) + "\n")
        sys.stdout.flush()


@contextlib.contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """Show a bar on standard error while work is done, if that is a terminal.

    Args:
        total: the number of steps.
        what: what is done, in a word.

    Yields:
        A function to call after each step.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    # If results go to the same terminal, they are printed above the bar.
    together = sys.stdout.isatty()
    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=together) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def note(text: str) -> None:
    """Print progress or a warning as one line on standard error, if that is possible."""
    # a closed or full standard error must not change what the exit code says
    with contextlib.suppress(OSError, AttributeError):
        sys.stderr.write(one_line(one_message(text)) + "\n")
        sys.stderr.flush()


def agree(request: Request, yes: bool) -> None:
    """Print a request in words, and ask the borrower to agree unless ``yes`` is set.

    Raises:
        InvalidInput: if standard input is not a terminal.
        Exit: if the borrower does not agree. Nothing is proved then.
    """
    agree_to(request.in_words(), yes)


def agree_to(words: str, yes: bool) -> None:
    """Print what a proof will show, and ask the borrower to agree unless ``yes`` is set.

    Raises:
        InvalidInput: if standard input is not a terminal.
        Exit: if the borrower does not agree. Nothing is proved then.
    """
    _confirmed(words, tr("Do you agree?"), yes, tr("nothing was proved"))


def confirm_terms(words: str, yes: bool) -> None:
    """Print what would be signed, and ask whether to sign it unless ``yes`` is set.

    Raises:
        InvalidInput: if standard input is not a terminal.
        Exit: if the owner does not agree. Nothing is signed then.
    """
    _confirmed(words, "Do you agree?", yes, "nothing was signed")


def confirm_deletion(words: str, yes: bool) -> None:
    """Print what goes and what stays, and ask whether it may go unless ``yes`` is set.

    Raises:
        InvalidInput: if standard input is not a terminal.
        Exit: if the owner does not agree. Nothing is deleted then.
    """
    _confirmed(words, tr("Delete it?"), yes, tr("nothing was deleted"))


def confirm_signature(words: str, yes: bool) -> None:
    """Print what will be signed, and ask whether it may be unless ``yes`` is set.

    Raises:
        InvalidInput: if standard input is not a terminal.
        Exit: if the owner does not agree. Nothing is signed then.
    """
    _confirmed(words, "Sign it?", yes, "nothing was signed")


def _confirmed(words: str, question: str, yes: bool, otherwise: str) -> None:
    for line in words.splitlines():
        note(line)
    if yes:
        return
    if not _at_terminal():
        raise InvalidInput("no terminal is open to ask at; read the above, and agree with --yes")
    if not typer.confirm(question, err=True):
        note(otherwise)
        raise typer.Exit(1)


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def listing(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return names and values as a reader wants them, the names as wide as the widest."""
    names = {name: tr(name.replace("_", " ")) for name in result}
    width = max(map(columns, names.values()), default=0)
    return [
        (names[name] + " " * (width - columns(names[name])), _shown(value))
        for name, value in result.items()
    ]


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes; a Chinese character takes two."""
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(entry)}" for name, entry in value.items()) or tr("none")
    if isinstance(value, list | tuple):
        return ", ".join(_shown(entry) for entry in value) or tr("none")
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    return "–" if value is None else one_line(str(value))
