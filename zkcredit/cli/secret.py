"""Passwords: from a hidden prompt, a file or a descriptor; never from arguments or environment."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from zkcredit.cli.output import note
from zkcredit.errors import InvalidInput

_LIMIT: Final = 4096

PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Read the password from the first line of this file."),
]
PasswordFd = Annotated[
    int | None,
    typer.Option("--password-fd", min=0, help="Read the password from this open descriptor."),
]


def read_password(file: Path | None, descriptor: int | None, *, confirm: bool = False) -> str:
    """Return the password that the user gave.

    Args:
        file: the value of ``--password-file``.
        descriptor: the value of ``--password-fd``.
        confirm: ask twice, for a password that is new.

    Raises:
        InvalidInput: both were given, none can be asked for, or it is empty or too long.
    """
    if file is not None and descriptor is not None:
        raise InvalidInput("give --password-file or --password-fd, not both")
    if file is not None:
        from zkcredit._internal.files import read_limited

        if _readable_by_others(file):
            note(f"warning: others can read {file}; chmod 600 protects the password")
        return _first_line(read_limited(file, _LIMIT))
    if descriptor is not None:
        return _first_line(_read_descriptor(descriptor))
    if not sys.stdin.isatty():
        raise InvalidInput("no terminal to ask for a password; give --password-file or -fd")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=confirm, err=True)
    return password


def _readable_by_others(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False


def _read_descriptor(descriptor: int) -> bytes:
    data = b""
    try:
        while b"\n" not in data and len(data) <= _LIMIT and (part := os.read(descriptor, _LIMIT)):
            data += part
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or "no such descriptor"
        raise InvalidInput(f"cannot read descriptor {descriptor}: {reason}") from None
    return data


def _first_line(data: bytes) -> str:
    line = data.split(b"\n", 1)[0].removesuffix(b"\r")
    if not line or len(line) > _LIMIT:
        raise InvalidInput(f"the password must have 1 to {_LIMIT} bytes on the first line")
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise InvalidInput("the password is not UTF-8 text") from None
