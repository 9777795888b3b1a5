"""``zkcredit wallet``: make a wallet, look into it, back it up."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import WalletFile, read_text, write_text
from zkcredit.cli.output import AsJson, emit, note
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password

app = typer.Typer(help="The borrower's wallet.", no_args_is_help=True)


@app.command()
def init(
    *,
    wallet: WalletFile,
    restore_from: Annotated[
        Path | None,
        typer.Option("--restore-from", help="Restore from this file of backup words instead."),
    ] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Make a new wallet, sealed with a password."""
    from zkcredit.errors import MalformedFile
    from zkcredit.wallet import Wallet

    words = None
    if restore_from is not None:
        try:
            words = read_text(restore_from, 4096).decode()
        except UnicodeDecodeError:
            raise MalformedFile(f"{restore_from} is not text") from None
    password = read_password(password_file, password_fd, confirm=True)
    made = (
        Wallet.create(wallet, password)
        if words is None
        else Wallet.restore(wallet, password, words)
    )
    with made:
        note(f"write the backup words down: zkcredit wallet words {wallet}")
        emit({"wallet": str(wallet), "address": _address(made)}, as_json)


@app.command()
def show(
    *,
    wallet: WalletFile,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Show what is in a wallet; nothing of it is secret except that it is there."""
    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        emit(
            {
                "wallet": str(wallet),
                "address": _address(opened),
                "holder": str(opened.card.holder),
                "credentials": list(opened.credentials()),
                "proofs_shown": len(opened.consents()),
            },
            as_json,
        )


@app.command()
def card(
    *,
    wallet: WalletFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to a file.")] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Print the card that an issuer needs to send a credential here."""
    import json

    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        text = opened.card.to_json()
    if out is None:
        emit(json.loads(text), as_json, text)
    else:
        write_text(out, text + "\n")
        emit({"card": str(out)}, as_json)


@app.command()
def words(
    *,
    wallet: WalletFile,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Print the backup words. Whoever sees them has every key."""
    from zkcredit.wallet import Wallet

    password = read_password(password_file, password_fd)
    with Wallet.open(wallet, password) as opened:
        text = opened.words(password)
    emit({"words": text.split()}, as_json, text)


@app.command()
def log(
    *,
    wallet: WalletFile,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Show what was proved so far: when, to whom, and for what."""
    from dataclasses import asdict

    from zkcredit.units import format_time
    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        consents = opened.consents()
    entries = []
    for consent in consents:
        entry = asdict(consent)
        for name in ("context", "scope", "nullifier"):  # beyond what JSON numbers hold exactly
            entry[name] = str(entry[name])
        entries.append(entry)
    lines = [
        f"{format_time(entry.time)}  {entry.verifier or '–'}  {entry.purpose or '–'}"
        + (f"  until {format_time(entry.expires_at)}" if entry.expires_at else "")
        for entry in consents
    ]
    emit({"proofs": entries}, as_json, "\n".join(lines) or "nothing was proved yet")


def _address(opened: object) -> str | None:
    from zkcredit.errors import WalletError
    from zkcredit.wallet import Wallet

    assert isinstance(opened, Wallet)  # noqa: S101 - both callers pass one
    try:
        return opened.evm_address
    except WalletError:  # the extra for the chain is not installed
        return None
