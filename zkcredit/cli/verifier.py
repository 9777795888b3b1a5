"""``zkcredit verifier``: the key that signs requests, and the book that stores them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.options import command, read_text
from zkcredit.cli.output import emit
from zkcredit.cli.secret import PasswordOptions

if TYPE_CHECKING:
    from zkcredit.request import RequestBook, RequestKey

app = typer.Typer(help="The verifier's signing key and book of requests.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(metavar="KEY.pem", help="The signing key's file.")]


@command(app)
def init(key: KeyFile, secret: PasswordOptions) -> None:
    """Make a key that signs requests; a password encrypts it. Prints the public key.

    Give the public key to borrowers. In exchange, the command "zkcredit wallet addressee" tells
    them the name of their wallet for your --addressee.
    """
    from zkcredit._internal.files import PRIVATE, write_atomic
    from zkcredit.request import RequestKey

    made = RequestKey.generate()
    text = made.to_pem(secret.password(confirm=True))
    write_atomic(key, text.encode(), mode=PRIVATE, overwrite=False)
    emit({"key": str(key), "public_key": made.public.hex()})


@command(app)
def show(key: KeyFile, secret: PasswordOptions) -> None:
    """Show the public key of a signing key."""
    emit({"public_key": read_key(key, secret).public.hex()})


@command(app)
def book(book: Annotated[Path, typer.Argument(metavar="BOOK", help="The book's file.")]) -> None:
    """List the requests in a book that still wait for an answer."""
    from zkcredit.units import format_time

    with open_book(book) as kept:
        waiting = kept.open_requests()
    lines = [
        f"{one.nonce:032x}  until {format_time(one.expires_at)}  {one.purpose}" for one in waiting
    ]
    requests = [
        {"nonce": f"{one.nonce:032x}", "purpose": one.purpose, "expires_at": one.expires_at}
        for one in waiting
    ]
    emit({"waiting": requests}, "\n".join(lines) or "no request waits for an answer")


def read_key(path: Path, secret: PasswordOptions) -> "RequestKey":
    """Read a signing key; its password is asked for if it is encrypted.

    Raises:
        WrongPassword: if the password does not open the key.
        InvalidInput: if the file is not a signing key.
    """
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.request import RequestKey

    with in_file(path):
        return RequestKey.from_pem(read_text(path, 1 << 14), secret.password)


def open_book(path: Path) -> "RequestBook":
    """Open a book of requests, or make a new one.

    Raises:
        DamagedFile: if the file is not a book of requests.
        InvalidInput: if the path cannot be opened or made.
    """
    from zkcredit.request import RequestBook

    return RequestBook.open(path)
