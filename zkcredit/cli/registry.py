"""``zkcredit registry``: combine accepted issuers and their lists under one root."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import Out, command, read_text, write_text
from zkcredit.cli.output import emit

app = typer.Typer(help="The registry of accepted issuers.", no_args_is_help=True)


@command(app)
def build(
    lists: Annotated[list[Path], typer.Argument(metavar="LIST.json...")], *, out: Out
) -> None:
    """Combine issuers' signed lists, in the given order, into one registry."""
    from zkcredit.registry import RegistrySnapshot, RevocationList

    read = [RevocationList.from_json(read_text(path)) for path in lists]
    snapshot = RegistrySnapshot.of(*read)
    for entry in snapshot.lists:
        _ = entry.tree  # the ids must be those that the issuer signed
    write_text(out, snapshot.to_json())
    emit({"registry": str(out), "issuers": len(snapshot.lists), "root": str(snapshot.root)})


@command(app)
def show(registry: Annotated[Path, typer.Argument(metavar="REGISTRY.json")]) -> None:
    """Verify a published registry and show its root."""
    from zkcredit.gadgets.babyjub import to_text
    from zkcredit.registry import RegistrySnapshot

    snapshot = RegistrySnapshot.from_json(read_text(registry))
    emit(
        {
            "root": str(snapshot.root),
            "issuers": [
                {
                    "public_key": to_text(entry.issuer),
                    "revoked": len(entry.revoked),
                    "published_at": entry.published_at,
                }
                for entry in snapshot.lists
            ],
        }
    )
