"""Errors about the content of a file say which file it is."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from zkcredit._internal.refused.json_places import line_and_column, only_member
from zkcredit.errors import CredentialError, InvalidInput, MalformedFile, UnsafeKey, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["FileBytes", "about", "in_file"]

_LONGEST = 1 << 20


class FileBytes(bytes):
    """The content of a file, which remembers where it was read.

    Attributes:
        path: the file.
    """

    path: str

    @classmethod
    def of(cls, path: str | Path, data: bytes) -> Self:
        """Return the content of the file at ``path``."""
        made = cls(data)
        made.path = str(path)
        return made


def about(error: ZkCreditError, data: object) -> None:
    """Put the file that ``data`` was read from into an error, unless it names one already."""
    if isinstance(data, FileBytes):
        _put(error, data.path, data)


@contextmanager
def in_file(path: str | Path, data: bytes = b"") -> Iterator[None]:
    """Put a file into the errors that are raised inside about its content.

    Args:
        path: the file.
        data: its content, if it is JSON text: an error then has the place of the member it names.
    """
    try:
        yield
    except (InvalidInput, UnsafeKey, CredentialError) as error:
        _put(error, str(path), data)
        raise


def _put(error: ZkCreditError, path: str, data: bytes) -> None:
    if error.file:
        return
    _locate(error, data)
    error.file = path
    if path not in str(error):
        error.args = (f"{path}: {error}", *error.args[1:])


def _locate(error: ZkCreditError, data: bytes) -> None:
    """Set line and column, if the error names a member that the text has exactly once."""
    if not isinstance(error, MalformedFile) or error.line or data[:1] not in (b"{", b"["):
        return
    named = {part.split()[-1] for part in str(error).split(": ")[:-1] if part.split()}
    named |= set(str(error).split("'")[1::2])
    text = data[:_LONGEST].decode("utf-8", "replace")
    if named and (offset := only_member(text, named)) is not None:
        error.line, error.column = line_and_column(text, offset)
        error.args = (f"{error} (line {error.line}, column {error.column})", *error.args[1:])
