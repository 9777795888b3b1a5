"""``zkcredit credential``: take credentials into a wallet and look at them."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import WalletFile, read_text
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password

app = typer.Typer(help="Credentials in a wallet.", no_args_is_help=True)


@app.command()
def receive(
    *,
    wallet: WalletFile,
    envelope: Annotated[Path, typer.Argument(metavar="ENVELOPE.json")],
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Open an envelope, verify the credential and keep it."""
    from zkcredit.units import format_time
    from zkcredit.wallet import Wallet

    sealed = read_text(envelope, 1 << 17)
    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        credential_id = opened.receive(sealed)
        expires = opened.credential(credential_id).expires_at
    emit({"credential": credential_id, "expires": format_time(expires)}, as_json)


@app.command()
def show(
    *,
    wallet: WalletFile,
    credential: Annotated[str | None, typer.Argument(metavar="[CREDENTIAL]")] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """List the credentials, or show one with its attributes. They are private to you."""
    import json

    from zkcredit.units import format_time
    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        if credential is not None:
            chosen = opened.credential(credential)
            document = json.loads(chosen.to_json())
            emit(document, as_json, json.dumps(document, indent=2))
            return
        entries = [
            {
                "credential": id_,
                "issued": format_time(kept.issued_at),
                "expires": format_time(kept.expires_at),
            }
            for id_, kept in opened.credentials().items()
        ]
    lines = [f"{entry['credential']}  until {entry['expires']}" for entry in entries]
    emit({"credentials": entries}, as_json, "\n".join(lines) or "no credentials")


@app.command()
def remove(
    *,
    wallet: WalletFile,
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL")],
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Forget a credential."""
    from zkcredit.wallet import Wallet

    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        opened.remove(credential)
    emit({"removed": credential}, as_json)
