"""``zkcredit keyring``: passwords in the system's keyring, for those who want them there.

The keyring opens with the user's session, so whoever uses the session can use the wallet. That is
less than a password that is typed, and more than a file with the password.
"""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from zkcredit.cli.options import command
from zkcredit.cli.output import emit
from zkcredit.cli.secret import PasswordOptions, keyring_errors, keyring_module, keyring_name
from zkcredit.errors import InvalidInput

app = typer.Typer(help="Passwords in the system's keyring.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A wallet's or an issuer's file.")]


@command(app)
def store(file: File, secret: PasswordOptions) -> None:
    """Put a file's password into the system's keyring, where --keyring finds it.

    The password must open the file. Whoever uses your session can then use the file.
    """
    keyring = keyring_module()
    if not file.is_file():
        raise InvalidInput(f"there is no file {file}")
    password = secret.password()
    _open_once(file, password)
    _asked(keyring.set_password, "zkcredit", keyring_name(file), password)
    emit({"stored": os.path.realpath(file)})


@command(app)
def forget(file: File) -> None:
    """Remove a file's password from the system's keyring."""
    keyring = keyring_module()
    name = keyring_name(file)
    if _asked(keyring.get_password, "zkcredit", name) is None:
        raise InvalidInput(f"the keyring has no password for {file}")
    _asked(keyring.delete_password, "zkcredit", name)
    emit({"forgotten": name})


def _open_once(file: Path, password: str) -> None:
    from zkcredit.errors import DamagedFile
    from zkcredit.escrow import Arbiter
    from zkcredit.issuer import Issuer
    from zkcredit.wallet import Wallet

    kinds: tuple[Any, ...] = (Wallet, Issuer, Arbiter)
    for kind in kinds:
        try:
            kind.open(file, password).close()
        except DamagedFile:
            continue  # a file of another kind
        return
    raise InvalidInput(f"{file} is not a wallet, and not an issuer's or an arbiter's file")


def _asked(function: Any, *arguments: str) -> Any:
    with keyring_errors():
        return function(*arguments)
