"""Standard input and output in the place of files, and what a shell puts in their place.

``-`` stands for standard input where a command reads, and for standard output where it writes.
``/dev/fd/63`` is what a shell makes of ``<(command)``. Any other pipe is refused, because a pipe to
which nobody writes would hang.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from typing import TYPE_CHECKING, Final

from zkcredit.cli.output import STDOUT_TAKEN
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["is_stream", "read_stream", "write_stream"]

_OF_SHELL: Final = re.compile(r"/dev/stdin|/dev/fd/\d+|/proc/self/fd/\d+")


def is_stream(path: Path) -> bool:
    """Tell whether a path is ``-``, or a pipe that a shell put in the place of a file."""
    if str(path) == "-":
        return True
    if not _OF_SHELL.fullmatch(str(path)):
        return False
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False  # the reader of files says what is wrong


def read_stream(path: Path, limit: int) -> bytes:
    """Read standard input, or a pipe of the shell's, to its end.

    Args:
        path: ``-``, or the pipe.
        limit: most bytes.

    Raises:
        InvalidInput: if standard input is a terminal, is closed, is empty, or cannot be read.
        MalformedFile: if there is more than the limit.
    """
    try:
        if str(path) == "-":
            data = _standard_input(limit + 1)
        else:
            with path.open("rb") as file:
                data = file.read(limit + 1)
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}") from None
    if len(data) > limit:
        raise MalformedFile(f"{path} has more than {limit} bytes")
    return data


def write_stream(data: bytes) -> None:
    """Write a document to standard output; the result of the command goes to standard error."""
    STDOUT_TAKEN.set(True)
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def _standard_input(most: int) -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise InvalidInput("standard input is closed")
    if sys.stdin.isatty():
        raise InvalidInput("standard input is a terminal; send a document into it")
    data = sys.stdin.buffer.read(most)
    if not data:
        raise InvalidInput("standard input is empty; it can be read for one file only")
    return data
