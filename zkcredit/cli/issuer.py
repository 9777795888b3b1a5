"""``zkcredit issuer``: sign records, revoke credentials, publish the list of revoked ones."""

from collections import Counter
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import IssuerOptions
from zkcredit.cli.exits import describe
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
from zkcredit.cli.output import emit, progress, tell_line
from zkcredit.errors import InternalError, InvalidInput

if TYPE_CHECKING:
    from zkcredit.issuer import IssueOutcome, OrderRow

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
    record: Annotated[
        Path | None, typer.Argument(metavar="RECORD.json", help="The attributes.")
    ] = None,
    *,
    person: Annotated[
        str | None, typer.Option("--person", help="Your own identifier of the person.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The card of the person's wallet.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option("--csv", help="Issue for each row of this table instead.")
    ] = None,
    batch: Annotated[
        str | None,
        typer.Option("--batch", help="The batch's name; by default that of the table's file."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="The file to write; with --csv, the folder to fill."),
    ],
    valid_days: Annotated[int, typer.Option("--valid-days", min=1, max=3650)] = 90,
    model: ModelFile = None,
) -> None:
    """Sign a record and seal it to a person's wallet, or do so for each row of a table.

    If the record has features in place of a score, a published scorecard computes the score when
    the borrower proves: the bundled scorecard, or the one that --model names.

    The first row of a table names its columns: person, card (the file of the card, seen from the
    table's folder), the attributes, and if wanted valid_days. Each row is issued once: the same
    command, run again after a kill or a repaired row, issues what is left. Equal rows are issued
    anew in a batch of another name.
    """
    if table is not None:
        if (record, person, to) != (None, None, None):
            raise InvalidInput("with --csv, the table has the records, the persons and the cards")
        _issue_table(
            by, table, batch=batch or table.name, out=out, valid_days=valid_days, model=model
        )
    elif record is None or person is None or to is None or batch is not None:
        raise InvalidInput("give RECORD.json with --person and --to, or --csv with a table")
    else:
        _issue_one(by, record, person=person, to=to, out=out, valid_days=valid_days, model=model)


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


def _issue_one(
    by: IssuerOptions,
    record: Path,
    *,
    person: str,
    to: Path,
    out: Path,
    valid_days: int,
    model: Path | None,
) -> None:
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


def _issue_table(
    by: IssuerOptions, table: Path, *, batch: str, out: Path, valid_days: int, model: Path | None
) -> None:
    rows = _read_table(table, valid_days, model)
    told: list[dict[str, Any]] = []
    with by.open() as issuer, progress(len(rows), "issuing") as step:
        _make_folder(out)
        have = {int(file.stem) for file in out.glob("*.json") if file.stem.isdecimal()}
        outcomes = issuer.issue_many(
            (row.order for row in rows if row.order is not None), batch=batch, have=have
        )
        for row in rows:
            told.append(_told(row, None if row.order is None else next(outcomes), out))
            tell_line(_line(told[-1]))
            step()
    counts = Counter(one["outcome"] for one in told)
    result = {name: counts[name] for name in ("issued", "issued before", "refused")}
    text = ", ".join(f"{count} {name}" for name, count in result.items())
    emit({name.replace(" ", "_"): count for name, count in result.items()} | {"rows": told}, text)
    if refused := counts["refused"]:
        error = InvalidInput(
            f"{refused} of {len(told)} rows were refused; repair them and run the command again, "
            "which issues what is left"
        )
        error.file = str(table)
        raise error


def _read_table(table: Path, valid_days: int, model: Path | None) -> "list[OrderRow]":
    from zkcredit.envelope import HolderCard
    from zkcredit.issuer import read_orders
    from zkcredit.units import DAY

    scorecard = read_model(model)

    @cache
    def card_of(name: str) -> HolderCard:
        return read_as(table.parent / name, HolderCard.from_json)

    def read(data: bytes) -> "list[OrderRow]":
        return read_orders(data, card_of, scorecard=scorecard, valid_for=valid_days * DAY)

    return read_as(table, read)


def _make_folder(path: Path) -> None:
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"cannot make the folder {path}: {error.strerror}") from None


def _told(row: "OrderRow", outcome: "IssueOutcome | None", out: Path) -> dict[str, Any]:
    """Write the envelope of a row that was issued, and return what is told about the row."""
    refusal = row.error if outcome is None else outcome.refusal
    if refusal is not None:
        described = describe(refusal)
        described.pop("exit_code")
        column = {"column": row.column} if row.column else {}
        return {"line": row.line, "outcome": "refused", **column, **described}
    if outcome is None or outcome.issued is None:
        raise InternalError("an order was neither issued nor refused")
    envelope = out / f"{outcome.issued.revocation_id}.json"
    if outcome.envelope is not None:
        write_text(envelope, outcome.envelope.to_json() + "\n")
    return {
        "line": row.line,
        "outcome": "issued before" if outcome.repeated else "issued",
        "revocation_id": outcome.issued.revocation_id,
        "expires_at": outcome.issued.expires_at,
        "envelope": str(envelope),
    }


def _line(told: dict[str, Any]) -> str:
    if told["outcome"] != "refused":
        return f"line {told['line']}: {told['outcome']}: {told['envelope']}"
    if "column" not in told:
        return f"line {told['line']}: {told['error']}: {told['message']}"
    return f"line {told['line']}, column {told['column']}: {told['error']}: {told['message']}"
