"""``zkcredit issuer``: sign records, revoke credentials, publish the list of revoked ones."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.account import IssuerOptions
from zkcredit.cli.options import (
    ModelFile,
    Out,
    command,
    read_as,
    read_model,
    read_object,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import emit

app = typer.Typer(help="The issuer of credentials.", no_args_is_help=True)


@command(app)
def init(new: IssuerOptions) -> None:
    """Make a new issuer's file with a new key; a password encrypts it."""
    from zkcredit.gadgets.babyjub import to_text
    from zkcredit.issuer import Issuer

    with Issuer.create(new.issuer, new.password(confirm=True)) as made:
        emit({"issuer": str(new.issuer), "public_key": to_text(made.public_key)})


@command(app)
def show(by: IssuerOptions) -> None:
    """Show the public key and the issued credentials."""
    from zkcredit.gadgets.babyjub import to_text

    with by.open() as issuer:
        issued = issuer.issued()
        entries = [{**asdict(entry), "person_tag": str(entry.person_tag)} for entry in issued]
        result = {"public_key": to_text(issuer.public_key), "issued": entries}
    lines = [f"public key {result['public_key']}"]
    lines += [
        f"{entry.revocation_id}  {'revoked' if entry.revoked_at else 'valid'}" for entry in issued
    ]
    emit(result, "\n".join(lines))


@command(app)
def issue(
    by: IssuerOptions,
    record: Annotated[Path, typer.Argument(metavar="RECORD.json", help="The attributes.")],
    *,
    person: Annotated[str, typer.Option("--person", help="Your own identifier of the person.")],
    to: Annotated[Path, typer.Option("--to", help="The card of the person's wallet.")],
    out: Out,
    valid_days: Annotated[int, typer.Option("--valid-days", min=1, max=3650)] = 90,
    model: ModelFile = None,
) -> None:
    """Sign a record and seal it to a person's wallet.

    If the record has features in place of a score, a published scorecard computes the score when
    the borrower proves: the bundled scorecard, or the one that --model names.
    """
    from zkcredit.envelope import HolderCard
    from zkcredit.scoring.scored_record import read_record
    from zkcredit.units import DAY

    scorecard, values = read_model(model), read_object(record, "record")
    require_replaceable(out)  # before a credential is issued that could not be written
    attributes = read_record(values, scorecard)
    card = read_as(to, HolderCard.from_json)
    with by.open() as issuer:
        envelope, entry = issuer.issue_recorded(
            attributes, person=person, to=card, valid_for=valid_days * DAY
        )
        write_text(out, envelope.to_json() + "\n")
    emit(
        {
            "envelope": str(out),
            "revocation_id": entry.revocation_id,
            "expires_at": entry.expires_at,
        }
    )


@command(app)
def revoke(
    by: IssuerOptions,
    revocation_id: Annotated[int, typer.Argument(metavar="REVOCATION_ID", min=1)],
) -> None:
    """Revoke a credential; this takes effect with the next published list."""
    with by.open() as issuer:
        issuer.revoke(revocation_id)
    emit({"revoked": revocation_id})


@command(app)
def publish(by: IssuerOptions, *, out: Out) -> None:
    """Write the signed list of revoked credentials."""
    require_replaceable(out)  # before a list gets a number that could not be written
    with by.open() as issuer:
        listed = issuer.publish()
    write_text(out, listed.to_json() + "\n")
    emit({"list": str(out), "revoked": len(listed.revoked), "root": str(listed.root)})
