"""The group ``zkcredit loan``, to which each module here adds its commands."""

import typer

__all__ = ["app"]

app = typer.Typer(help="Loans at a market on chain.", no_args_is_help=True)
