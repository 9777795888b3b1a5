"""``zkcredit request``: make a verifier's request for a proof."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from zkcredit.cli.account import SomeLedgerOptions
from zkcredit.cli.options import (
    ModelFile,
    Out,
    PngFile,
    QrInTerminal,
    SomeGroup,
    field_element,
    qr_code_of,
    read_as,
    read_group,
    read_model,
    read_policy,
    require_drawable,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import draw_lines, emit, note
from zkcredit.cli.secret import PasswordOptions
from zkcredit.cli.verifier import open_book, read_key
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point

_STDOUT: Final = "-"
_KEY: Final = re.compile("[0-9a-f]{64}")


def request(
    ledger: SomeLedgerOptions,
    secret: PasswordOptions,
    *,
    verifier: Annotated[
        str, typer.Option("--verifier", help="Who you are, as borrowers know you.")
    ],
    purpose: Annotated[str, typer.Option("--purpose", help="What you will use the proof for.")],
    policy: Annotated[
        Path, typer.Option("--policy", help="What must be proved: a JSON object of conditions.")
    ],
    out: Out,
    scope: Annotated[
        str | None,
        typer.Option("--scope", help="Field element within which a borrower has one pseudonym."),
    ] = None,
    root: Annotated[
        str | None, typer.Option("--root", help="Root of the registry that you accept.")
    ] = None,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=527_040, help="Minutes until it expires.")
    ] = 60,
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds; the present by default.")
    ] = None,
    model: ModelFile = None,
    group: SomeGroup = None,
    account: Annotated[
        str | None,
        typer.Option("--account", help="A ledger account: 64 hexadecimal digits, or a card."),
    ] = None,
    reply_to: Annotated[str, typer.Option("--reply-to", help="Where the answer goes.")] = "",
    addressee: Annotated[
        str, typer.Option("--addressee", help="The name that the borrower's wallet gave you.")
    ] = "",
    sign: Annotated[
        Path | None, typer.Option("--sign", help="Sign with this key; its password is asked for.")
    ] = None,
    book: Annotated[
        Path | None, typer.Option("--book", help="Keep it in this book; made if it does not exist.")
    ] = None,
    qr: QrInTerminal = False,
    png: PngFile = None,
) -> None:
    """Ask a borrower for a proof: who asks, what for, what must be proved, and until when.

    The request contains everything that the wallet needs. It is not secret, and it is short: the
    command says whether it fits in a QR code, and draws it with --qr or --png. Keep the file, or a
    book of requests: you need it to verify the answer.

    The options determine the statement. With --model a published scorecard makes the score. With
    --group the borrower escrows a reference to arbiters. With --account the proof is about an
    account on a credit ledger, whose total is read from the chain; it needs neither --scope nor
    --root.
    """
    from zkcredit.request import Arbiters, ProofRequest

    if account is None and (scope is None or root is None):
        raise InvalidInput("a request about a credential needs --scope and --root")
    scorecard, arbiters = read_model(model), None if group is None else read_group(group)
    owner = None if account is None else _account(account)
    demanded = read_policy(policy, now)
    if str(out) != _STDOUT:
        require_replaceable(out)
    require_drawable(png, qr)
    total = None
    if owner is not None:
        with ledger.open_ledger() as client:
            total = client.total_in_effect(owner)
    asked = ProofRequest.new(
        verifier=verifier,
        purpose=purpose,
        policy=demanded,
        scope=field_element("scope", "0" if scope is None else scope),
        registry_root=field_element("root", "0" if root is None else root),
        valid_for=minutes * 60,
        now=now,
        arbiters=None if arbiters is None else Arbiters.of(arbiters),
        account=owner,
        total=total,
        scorecard=None if scorecard is None else scorecard.digest,
        reply_to=reply_to,
        addressee=addressee,
    )
    if sign is not None:
        asked = asked.signed(read_key(sign, secret))
    text = asked.to_json()
    drawing = qr_code_of(text, png, qr)
    if book is not None:
        with open_book(book) as kept:
            kept.keep(asked)
    draw_lines(drawing)
    if str(out) == _STDOUT:
        sys.stdout.write(text + "\n")
        fits = "fits" if asked.fits_qr() else "does not fit"
        note(f"{len(text)} bytes: it {fits} in a QR code")
        return
    write_text(out, text + "\n")
    emit(
        {
            "request": str(out),
            "statement": asked.statement,
            "expires_at": asked.expires_at,
            "signed_by": asked.signed_by.hex() or None,
            "bytes": len(text),
            "fits_qr_code": asked.fits_qr(),
        }
    )


def _account(text: str) -> "Point":
    from zkcredit.gadgets.babyjub import from_text
    from zkcredit.ledger import LedgerCard

    if _KEY.fullmatch(text):
        return from_text(text, "the account")
    return read_as(Path(text), LedgerCard.from_json, 1 << 12).account
