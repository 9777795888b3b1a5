"""Passwords: from a hidden prompt, a file or a descriptor; never from arguments or environment."""

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from zkcredit.cli.options import OptionGroup
from zkcredit.cli.output import note
from zkcredit.errors import InvalidInput
from zkcredit.language import tr

_LIMIT: Final = 4096
_SHORTEST: Final = 10  # characters of a new password
_DIFFERENT: Final = 5
_OWNERS: Final = ("wallet", "issuer", "arbiter")  # options that name the file of a password


@dataclass(frozen=True, kw_only=True)
class PasswordOptions(OptionGroup):
    """Where a password comes from; without these options the command asks for it."""

    password_file: Annotated[
        Path | None,
        typer.Option("--password-file", help="Read the password from the first line of this file."),
    ] = None
    password_fd: Annotated[
        int | None,
        typer.Option("--password-fd", min=0, help="Read the password from this open descriptor."),
    ] = None
    keyring: Annotated[
        bool, typer.Option("--keyring", help="Take the password from the system's keyring.")
    ] = False

    def password(self, *, confirm: bool = False) -> str:
        """Return the password that the user gives.

        Args:
            confirm: ask twice, and check the rule for new passwords.

        Raises:
            InvalidInput: if both options are given, there is no terminal to ask at, the password is
                empty or too long, or a new password breaks the rule.
        """
        given = self._given(confirm=confirm)
        if confirm:
            _require_strong(given)
        return given

    def _given(self, *, confirm: bool) -> str:
        from zkcredit._internal.process import keep_memory_private

        keep_memory_private()
        if self.password_file is not None and self.password_fd is not None:
            raise InvalidInput("give --password-file or --password-fd, not both")
        if self.password_file is not None:
            from zkcredit.cli.options import read_text

            if _readable_by_others(self.password_file):
                note(
                    f"warning: others can read {self.password_file}; "
                    "chmod 600 protects the password"
                )
            from zkcredit._internal.refused.file_errors import in_file

            with in_file(self.password_file):
                return _first_line(read_text(self.password_file, _LIMIT))
        if self.password_fd is not None:
            return _first_line(_read_descriptor(self.password_fd))
        if self.keyring and not confirm:
            return self._kept()
        if not sys.stdin.isatty():
            raise InvalidInput(
                "there is no terminal to ask for a password; give --password-file or --password-fd"
            )
        answer: str = typer.prompt(
            tr("Password"),
            hide_input=True,
            confirmation_prompt=tr("Repeat for confirmation") if confirm else False,
            err=True,
        )
        return answer

    def _kept(self) -> str:
        place = next((found for name in _OWNERS if (found := getattr(self, name, None))), None)
        if not isinstance(place, Path):
            raise InvalidInput("the keyring has passwords of wallets, issuers and arbiters only")
        with keyring_errors():
            found = keyring_module().get_password("zkcredit", keyring_name(place))
        if not found:
            raise InvalidInput(
                f"the keyring has no password for {place}; store it: zkcredit keyring store {place}"
            )
        return str(found)


def keyring_module() -> Any:
    """Return the package ``keyring``, which asks the system's keyring.

    Raises:
        MissingExtra: if it is not installed.
    """
    from zkcredit._internal.extras import extra

    with extra("keyring", "the system's keyring"):
        import keyring

        return keyring


def keyring_name(file: Path) -> str:
    """Return the name under which the keyring has a file's password."""
    return os.path.realpath(file)


@contextmanager
def keyring_errors() -> Iterator[None]:
    """Turn the keyring's own errors into one of ours.

    Raises:
        InvalidInput: if the system has no keyring, or it stays locked.
    """
    try:
        yield
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "keyring":
            raise
        reason = f"{type(error).__name__}: {error}"
        raise InvalidInput(f"the system's keyring does not answer: {reason}") from None


def _require_strong(password: str) -> None:
    """Check the rule for new passwords: whoever copies the file can try passwords without limit.

    Raises:
        InvalidInput: if the password is too short, or has too few different characters.
    """
    if len(password) < _SHORTEST or len(set(password)) < _DIFFERENT:
        raise InvalidInput(
            f"a new password needs {_SHORTEST} characters or more, {_DIFFERENT} of them different; "
            "several words with spaces between them are best"
        )


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
    from zkcredit._internal.text import first_line

    if len(data.split(b"\n", 1)[0]) > _LIMIT:
        raise InvalidInput(f"the password must have 1 to {_LIMIT} bytes on the first line")
    line = first_line(data, "the password")
    if not line:
        raise InvalidInput(f"the password must have 1 to {_LIMIT} bytes on the first line")
    return line
