"""``zkcredit verify``: check that a presentation answers a request."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import (
    ModelFile,
    RequestFile,
    VerifyingKeyFile,
    load_verifying_key,
    read_as,
    read_model,
    read_request,
)
from zkcredit.cli.output import emit
from zkcredit.cli.verifier import open_book


def verify(
    presentation: Annotated[Path, typer.Argument(metavar="PRESENTATION.json")],
    *,
    request: RequestFile,
    book: Annotated[
        Path | None, typer.Option("--book", help="The book that the request is kept in.")
    ] = None,
    vk: VerifyingKeyFile = None,
    model: ModelFile = None,
    max_age: Annotated[
        int | None,
        typer.Option(
            "--max-age", min=0, help="Seconds before now at which the credential may be judged."
        ),
    ] = None,
) -> None:
    """Verify that a presentation answers your request; exits with 3 if it does not.

    The request must be your own file, not one that came with the presentation. A book accepts one
    answer to each request; without a book, you must remember which requests were answered. If the
    request names a scorecard, the key must belong to it: to the bundled one, or that of --model.
    """
    from zkcredit.presentation import Presentation
    from zkcredit.presentation import verify as verify_presentation
    from zkcredit.request.circuit import require_key_of_request

    # the presentation first: in a pipeline, the request's file may be written until it arrives
    shown = read_as(presentation, Presentation.from_json, 1 << 16)
    asked = read_request(request)
    verifying_key = load_verifying_key(vk, asked.statement)
    require_key_of_request(verifying_key, asked, read_model(model))
    with nullcontext() if book is None else open_book(book) as kept:
        verify_presentation(shown, asked, verifying_key, max_age=max_age, book=kept)
    emit({"valid": True, "pseudonym": str(shown.pseudonym)}, "OK")
