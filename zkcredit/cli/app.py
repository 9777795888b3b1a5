"""The root command: registers the groups and turns typed errors into exit codes."""

from __future__ import annotations

import io
import json
import sys
import warnings
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from zkcredit.cli import (
    bench,
    circuit,
    credential,
    groth16,
    issuer,
    loan,
    market,
    presentation,
    registry,
    wallet,
)
from zkcredit.cli.demo import demo
from zkcredit.cli.doctor import doctor
from zkcredit.cli.exits import INTERRUPTED, describe, exit_code
from zkcredit.cli.output import note
from zkcredit.errors import KernelError, OutOfMemory, ZkCreditError


class _Guarded(TyperGroup):
    """A group whose commands end in one line and an exit code instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        try:
            return self._invoked(ctx)
        except ZkCreditError as error:
            described = describe(error)
            as_json = (ctx.obj or {}).get("json")
            note(
                json.dumps(described)
                if as_json
                else f"{described['error']}: {described['message']}"
            )
            raise typer.Exit(exit_code(error)) from None
        except (KeyboardInterrupt, typer.Abort):
            note("interrupted")
            raise typer.Exit(INTERRUPTED) from None

    def _invoked(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # a reader that has read enough; typer ends quietly
        except OSError as error:
            what = f": {error.filename}" if error.filename else ""
            raise KernelError(f"the machine failed: {error.strerror or error}{what}") from None
        except MemoryError:
            raise OutOfMemory("this needs more memory than there is") from None


app = typer.Typer(
    name="zkcredit",
    cls=_Guarded,
    help="Prove that a lender's conditions hold over data that issuers signed, and borrow on it.",
    epilog="Exit codes: 0 done, 2 usage, 3 proof invalid, 4 unsafe key, 5 chain, 6 not eligible, "
    "7 wrong password, 130 interrupted, 1 anything else.",
    no_args_is_help=True,
    # plain help keeps rich out of the start; a traceback with local variables could show a secret
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        sys.stdout.write(version("zkcredit") + "\n")
        raise typer.Exit


@app.callback()
def root(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Set what all commands share."""
    warnings.showwarning = _show_warning
    if sys.stdout is None:
        raise KernelError("standard output is closed; nothing was done")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a file name that is no text, or a terminal without dashes, must not end a command
        sys.stdout.reconfigure(errors="backslashreplace")


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    note(f"warning: {message}")


app.command()(demo)
app.add_typer(wallet.app, name="wallet")
app.add_typer(issuer.app, name="issuer")
app.add_typer(registry.app, name="registry")
app.add_typer(credential.app, name="credential")
app.command()(presentation.prove)
app.command()(presentation.verify)
app.add_typer(market.app, name="market")
app.add_typer(loan.app, name="loan")
app.add_typer(circuit.app, name="circuit")
app.add_typer(groth16.app, name="groth16")
app.add_typer(bench.app, name="bench")
app.command()(doctor)
