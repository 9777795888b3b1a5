"""``zkcredit credential``: receive credentials into a wallet, show and remove them."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.account import WalletOptions
from zkcredit.cli.options import command, read_text
from zkcredit.cli.output import emit
from zkcredit.cli.proof import only_credential
from zkcredit.language import tr

app = typer.Typer(help="Credentials in a wallet.", no_args_is_help=True)


@command(app)
def receive(
    owner: WalletOptions, envelope: Annotated[Path, typer.Argument(metavar="ENVELOPE.json")]
) -> None:
    """Open an envelope, verify the credential and keep it."""
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.units import format_time

    sealed = read_text(envelope, 1 << 17)
    with owner.open() as wallet, in_file(envelope, sealed):
        credential_id = wallet.receive(sealed)
        expires = wallet.credential(credential_id).expires_at
    emit({"credential": credential_id, "expires": format_time(expires)})


@command(app, "list")
def list_(owner: WalletOptions) -> None:
    """List the credentials: their ids, and how long they are valid."""
    from zkcredit.units import format_time

    with owner.open() as wallet:
        entries = [
            {
                "credential": id_,
                "issued": format_time(kept.issued_at),
                "expires": format_time(kept.expires_at),
            }
            for id_, kept in wallet.credentials().items()
        ]
    lines = [
        f"{entry['credential']}  {tr('until {time}', time=entry['expires'])}" for entry in entries
    ]
    emit({"credentials": entries}, "\n".join(lines) or "no credentials")


@command(app)
def show(
    owner: WalletOptions,
    credential: Annotated[
        str | None,
        typer.Argument(metavar="[CREDENTIAL]", help="Its id; the only one by default."),
    ] = None,
) -> None:
    """Show a credential with its attributes. Keep the output private."""
    import json

    with owner.open() as wallet:
        named = only_credential(wallet) if credential is None else credential
        document = json.loads(wallet.credential(named).to_json())
    emit(document, json.dumps(document, indent=2))


@command(app)
def remove(
    owner: WalletOptions, credential: Annotated[str, typer.Argument(metavar="CREDENTIAL")]
) -> None:
    """Remove a credential from the wallet."""
    with owner.open() as wallet:
        wallet.remove(credential)
    emit({"removed": credential})
