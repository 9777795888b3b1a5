"""``zkcredit page``: a page that shows a market's loans and money to everybody, live."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import command, read_as
from zkcredit.cli.output import note
from zkcredit.cli.portfolio import IndexOptions

app = typer.Typer(help="A page that shows a market to everybody.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """A page that shows a market to everybody."""


@command(app)
def serve(
    market: IndexOptions,
    *,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; only this machine by default.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, help="0 chooses a free one.")
    ] = 8000,
    every: Annotated[
        float,
        typer.Option("--every", min=0.1, max=3600, help="Seconds between two looks at the node."),
    ] = 1.0,
    vk: Annotated[
        Path | None,
        typer.Option(
            "--vk",
            help="Verification key (JSON) of the proof checker; the dev keys by default, for "
            "tests only.",
        ),
    ] = None,
    tree: Annotated[
        str | None,
        typer.Option(
            "--tree",
            metavar="ADDRESS",
            help="The history tree whose lag is shown; none by default.",
        ),
    ] = None,
) -> None:
    """Serve the page until it is interrupted: flow of funds, loans, portfolio, proof checker.

    Readers change nothing. Everybody who reaches the address can read; what is shown is on the
    chain anyway.
    """
    from zkcredit.chain.index.watching import tree_watched
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.page import serve as serve_page

    verifying_key = None if vk is None else read_as(vk, VerifyingKey.from_json)
    with market.open() as (index, node, address):
        history = None if tree is None else tree_watched(node, tree)
        serve_page(
            index,
            node,
            address,
            host=host,
            port=port,
            every=every,
            verifying_key=verifying_key,
            tree=history,
            report=note,
        )
