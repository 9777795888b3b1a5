"""Asking the borrower: nothing is proved before it was read and agreed to."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.output import note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.policy import Policy
    from zkcredit.request import Consent, LoanConsent

Yes = Annotated[bool, typer.Option("--yes", help="Agree to what is printed; for scripts.")]


def agree(
    consent: "Consent | LoanConsent", policy: "Policy", yes: bool, *, model: str | None = None
) -> None:
    """Print what will be shown to whom, and ask unless ``yes`` says it already.

    Args:
        consent: verifier, purpose and expiry.
        policy: what is to be proved.
        yes: the value of ``--yes``.
        model: digest of the scorecard that makes the score, where one does.

    Raises:
        InvalidInput: there is no terminal to ask at.
        typer.Exit: the borrower does not agree; nothing is proved.
    """
    scored = f"Your score is computed by the published scorecard {model}." if model else ""
    for line in consent.in_words(policy, statement=scored).splitlines():
        note(line)
    if yes:
        return
    if not _at_terminal():
        raise InvalidInput("no terminal to ask at; read what is printed, and agree with --yes")
    if not typer.confirm("Do you agree?", err=True):
        note("nothing was proved")
        raise typer.Exit(1)


def _at_terminal() -> bool:
    return sys.stdin.isatty()
