"""The group ``zkcredit market``, to which each module here adds its commands."""

import typer

__all__ = ["app"]

app = typer.Typer(help="The market: contracts, tokens, roots.", no_args_is_help=True)
