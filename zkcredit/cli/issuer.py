"""``zkcredit issuer``: sign records, revoke credentials, publish the list."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import (
    IssuerFile,
    ModelFile,
    Out,
    read_model,
    read_object,
    read_text,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password
from zkcredit.errors import InvalidInput

app = typer.Typer(help="The issuer of credentials.", no_args_is_help=True)


@app.command()
def init(
    *,
    issuer: IssuerFile,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Make a new issuer with a new key, sealed with a password."""
    from zkcredit.gadgets.babyjub import to_text
    from zkcredit.issuer import Issuer

    password = read_password(password_file, password_fd, confirm=True)
    with Issuer.create(issuer, password) as made:
        emit({"issuer": str(issuer), "public_key": to_text(made.public_key)}, as_json)


@app.command()
def show(
    *,
    issuer: IssuerFile,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Show the public key and what was issued."""
    from dataclasses import asdict

    from zkcredit.gadgets.babyjub import to_text
    from zkcredit.issuer import Issuer

    with Issuer.open(issuer, read_password(password_file, password_fd)) as opened:
        issued = opened.issued()
        entries = [{**asdict(entry), "person_tag": str(entry.person_tag)} for entry in issued]
        result = {"public_key": to_text(opened.public_key), "issued": entries}
    lines = [f"public key {result['public_key']}"]
    lines += [
        f"{entry.revocation_id}  {'revoked' if entry.revoked_at else 'valid'}" for entry in issued
    ]
    emit(result, as_json, "\n".join(lines))


@app.command()
def issue(
    *,
    issuer: IssuerFile,
    record: Annotated[Path, typer.Argument(metavar="RECORD.json", help="The attributes.")],
    person: Annotated[str, typer.Option("--person", help="Your own identifier of the person.")],
    to: Annotated[Path, typer.Option("--to", help="The card of the person's wallet.")],
    out: Out,
    valid_days: Annotated[int, typer.Option("--valid-days", min=1, max=3650)] = 90,
    model: ModelFile = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Sign a record and seal it to a person's wallet.

    With `features` in place of a score, the published scorecard makes the score when the borrower
    proves it: the bundled one, or that of `--model`.
    """
    from zkcredit.envelope import HolderCard
    from zkcredit.issuer import Issuer
    from zkcredit.record import CreditRecord
    from zkcredit.scoring import load_scorecard
    from zkcredit.scoring.circuit_table import circuit_table
    from zkcredit.scoring.scored_record import ScoredRecord
    from zkcredit.units import DAY

    values = {"subject_ref": 0, "person_tag": 0, "employment_months": 0, "dependants": 0,
              "open_accounts": 0, **read_object(record, "record")}  # fmt: skip
    require_replaceable(out)  # before anything is issued that could not be handed over
    attributes: CreditRecord | ScoredRecord
    if "features" in values:
        table = circuit_table(read_model(model) or load_scorecard())
        attributes = ScoredRecord.from_values(values, table)
    elif model is not None:
        raise InvalidInput("a scorecard reads features, and this record has none")
    else:
        attributes = CreditRecord.from_values(values)
    card = HolderCard.from_json(read_text(to))
    with Issuer.open(issuer, read_password(password_file, password_fd)) as opened:
        envelope, entry = opened.issue_recorded(
            attributes, person=person, to=card, valid_for=valid_days * DAY
        )
        write_text(out, envelope.to_json() + "\n")
    emit(
        {
            "envelope": str(out),
            "revocation_id": entry.revocation_id,
            "expires_at": entry.expires_at,
        },
        as_json,
    )


@app.command()
def revoke(
    *,
    issuer: IssuerFile,
    revocation_id: Annotated[int, typer.Argument(metavar="REVOCATION_ID", min=1)],
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Revoke a credential; it counts from the next published list on."""
    from zkcredit.issuer import Issuer

    with Issuer.open(issuer, read_password(password_file, password_fd)) as opened:
        opened.revoke(revocation_id)
    emit({"revoked": revocation_id}, as_json)


@app.command()
def publish(
    *,
    issuer: IssuerFile,
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Write the signed list of revoked credentials."""
    from zkcredit.issuer import Issuer

    with Issuer.open(issuer, read_password(password_file, password_fd)) as opened:
        listed = opened.publish()
    write_text(out, listed.to_json() + "\n")
    emit({"list": str(out), "revoked": len(listed.revoked), "root": str(listed.root)}, as_json)
