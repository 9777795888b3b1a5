"""``zkcredit prove``: a borrower answers a request."""

from typing import TYPE_CHECKING

from zkcredit.cli.account import SomeLedgerOptions, WalletOptions, read_account
from zkcredit.cli.options import (
    Out,
    PngFile,
    QrInTerminal,
    RequestFile,
    Threads,
    qr_code_of,
    read_request,
    require_drawable,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import draw_lines, emit
from zkcredit.cli.proof import ProofOptions

if TYPE_CHECKING:
    from zkcredit.ledger import LedgerAccount


def prove(
    borrower: WalletOptions,
    ledger: SomeLedgerOptions,
    what: ProofOptions,
    *,
    request: RequestFile,
    out: Out,
    threads: Threads = None,
    qr: QrInTerminal = False,
    png: PngFile = None,
) -> None:
    """Answer a verifier's request; exits with 6 if you do not qualify, and tells only you.

    Prints who will learn what, what for and until when, and asks before it proves. A request about
    a credit ledger needs --deployment and --node in place of CREDENTIAL and --registry. If a
    scorecard makes the score, it is the bundled one, or the one that --model names. With --group,
    the request must name exactly these arbiters.
    """
    asked, means = read_request(request), what.read()
    if means.group is not None:
        asked.require_arbiters(means.group)
    require_replaceable(out)
    require_drawable(png, qr)
    with borrower.open() as wallet:

        def account() -> "LedgerAccount":
            with ledger.open_ledger() as client:
                return read_account(wallet, client)[0]

        presentation = means.answer(wallet, asked, account, threads)
    write_text(out, presentation.to_json() + "\n")
    draw_lines(qr_code_of(presentation.to_json(), png, qr))
    emit(
        {
            "presentation": str(out),
            "statement": presentation.statement,
            "pseudonym": str(presentation.pseudonym),
            "reply_to": asked.reply_to or None,
        }
    )
