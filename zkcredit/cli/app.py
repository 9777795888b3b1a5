"""The root command: registers the groups and turns typed errors into exit codes."""

from __future__ import annotations

import importlib
import io
import json
import sys
import warnings
from collections.abc import Iterator, MutableMapping
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command

from zkcredit._internal.extras import missing_extra
from zkcredit.cli.examples import add_examples
from zkcredit.cli.exits import (
    INTERRUPTED,
    describe,
    exit_code,
    one_line,
    shortfalls_in_words,
)
from zkcredit.cli.options import with_options
from zkcredit.cli.output import AS_JSON, STDOUT_TAKEN, note
from zkcredit.cli.settings import Defaults, help_without_defaults
from zkcredit.cli.speech import (
    for_reader,
    one_message,
    plain,
    speaking_as_asked,
    translate_command,
)
from zkcredit.errors import (
    InvalidInput,
    MachineError,
    NotEligible,
    OutOfMemory,
    ZkCreditError,
)
from zkcredit.language import language, tr

UsageError: Final[Any] = typer.BadParameter.__base__
"""The error of a wrong option or argument, of the click that typer uses."""

_COMMANDS: Final = {
    "demo": ("demo:demo", "Tell a whole story on an embedded chain."),
    "wallet": ("wallet:app", "The borrower's wallet."),
    "issuer": ("issuer:app", "The issuer of credentials."),
    "registry": ("registry:app", "The registry of accepted issuers."),
    "credential": ("credential:app", "Credentials in a wallet."),
    "verifier": ("verifier:app", "The verifier's signing key and book of requests."),
    "request": ("request:request", "Ask a borrower for a proof."),
    "prove": ("prove:prove", "Answer a verifier's request."),
    "verify": ("verify:verify", "Verify that a presentation answers your request."),
    "product": ("product_lines:app", "Products as tables: costs, publishing, lists."),
    "market": ("market:app", "The market: contracts, tokens, roots."),
    "loan": ("loan:app", "Loans at a market on chain."),
    "bureau": ("bureau:app", "A bureau of markets that share what they know of a borrower."),
    "history": ("history_trees:app", "Records of repaid loans, and their tree."),
    "portfolio": ("portfolio:portfolio", "Show a market's portfolio."),
    "impact": ("portfolio:impact", "Show whom a market reaches."),
    "page": ("page:app", "A page that shows a market to everybody."),
    "ledger": ("ledger:app", "Encrypted credit data on chain."),
    "escrow": ("escrow:app", "Arbiters, m of whom can open a borrower's reference."),
    "treasury": ("treasury:app", "A treasury: a fund that several signers move together."),
    "timelock": ("timelock:app", "A timelock: changes are announced, and wait before they count."),
    "fx": ("fx:app", "Exchange rates that several sign."),
    "admin": ("admin:app", "The admin of a contract, and its change in two steps."),
    "tx": ("tx:app", "Transactions that were sent, or still wait."),
    "keyring": ("keyring:app", "Passwords in the system's keyring."),
    "circuit": ("circuit:app", "The statements: sizes, files, published records."),
    "groth16": ("groth16:app", "Keys and proofs of any circuit, in snarkjs's formats."),
    "ceremony": ("ceremony:app", "Make a key with others, under which nobody can forge."),
    "audit": ("audit:audit", "Audit circuits and keys."),
    "bench": ("bench:app", "Measure proving and verification."),
    "cache": ("cache:app", "This user's caches."),
    "doctor": ("doctor:doctor", "Check the installation."),
    "help": ("help:show_help", "Show the help of a command."),
}
"""Each command's module in this package with its function or group there, and its summary, in the
help's order. The root's help needs nothing else, so it loads no command."""


class _Commands(MutableMapping[str, Any]):
    """The commands by name, each imported when it is used, so that a start loads only one."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            module, _, member = _COMMANDS[name][0].partition(":")
            found = getattr(importlib.import_module(f"zkcredit.cli.{module}"), member)
            one = typer.Typer(rich_markup_mode=None)
            one.callback()(lambda: None)  # makes a group of a single command, too
            if isinstance(found, typer.Typer):
                one.add_typer(found, name=name)
            else:
                one.command(name)(with_options(found))
            group: Any = get_command(one)
            self._loaded[name] = group.commands[name]
            add_examples(name, self._loaded[name])
            help_without_defaults(self._loaded[name])
            translate_command(self._loaded[name])
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)


class _Guarded(TyperGroup):
    """A group whose commands report an error by one line and an exit code, not a traceback."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: MutableMapping[str, Any] = _Commands()
        self._wants_json = False

    def format_commands(self, _: Any, formatter: Any) -> None:
        """Write the root's commands into its help, from their summaries."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, tr(summary)) for name, (_, summary) in _COMMANDS.items()])

    def main(self, args: Any = None, *given: Any, **extra: Any) -> Any:
        """Run the command line in the language that is asked for."""
        words = sys.argv[1:] if args is None else list(args)
        try:
            with speaking_as_asked(words):
                self._translate()
                return super().main(args, *given, **extra)
        except InvalidInput as error:  # an unknown language
            note(json.dumps(describe(error)) if "--json" in words else f"InvalidInput: {error}")
            raise SystemExit(exit_code(error)) from None

    def _translate(self) -> None:
        """Put the root's own help into the reader's language; its commands follow when loaded."""
        commands, self.commands = self.commands, {}
        self.epilog = tr(plain(self.epilog or ""))
        translate_command(self)
        self.commands = commands

    def make_context(self, *given: Any, **extra: Any) -> Any:
        """Read the root's own options."""
        self._wants_json = "--json" in (given[1] if len(given) > 1 else extra.get("args", ()))
        try:
            return super().make_context(*given, **extra)
        except UsageError as error:
            raise self._usage(error) from None
        except BrokenPipeError:
            raise
        except OSError as error:  # the help, or the version, was not written
            failed = _failed(error)
            note(json.dumps(describe(failed)) if self._wants_json else f"MachineError: {failed}")
            raise typer.Exit(exit_code(failed)) from None

    def _usage(self, error: Any) -> Exception:
        """Return a usage error as it is, or tell it as JSON and return what ends the command."""
        if not self._wants_json and language() == "en":
            wrong: Exception = error
            return wrong
        if not self._wants_json:
            context = error.ctx
            if context is not None:
                usage = context.get_usage().replace("Usage:", tr("Usage:"), 1)
                note(usage.replace("[OPTIONS]", tr("[OPTIONS]")))
                note(tr("Try '{command} -h' for help.", command=context.command_path))
            note(tr("Error: {message}", message=one_message(one_line(error.format_message()))))
            return typer.Exit(error.exit_code)
        described = {
            "error": "UsageError",
            "message": one_line(error.format_message()),
            "exit_code": error.exit_code,
            "usage": one_line(error.ctx.get_usage()) if error.ctx is not None else "",
        }
        note(json.dumps(described))
        return typer.Exit(error.exit_code)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was named."""
        before, free = AS_JSON.set(False), STDOUT_TAKEN.set(False)
        try:
            return self._invoked(ctx)
        except UsageError as error:
            raise self._usage(error) from None
        except ZkCreditError as error:
            described = describe(error)
            if isinstance(error, NotEligible) and not (AS_JSON.get() or self._wants_json):
                for sentence in shortfalls_in_words(error):
                    note(f"- {sentence}")
            text = for_reader(type(error), str(described["error"]), str(described["message"]))
            note(json.dumps(described) if AS_JSON.get() or self._wants_json else text)
            raise typer.Exit(exit_code(error)) from None
        except (KeyboardInterrupt, typer.Abort):
            note(tr("interrupted"))
            raise typer.Exit(INTERRUPTED) from None
        finally:
            AS_JSON.reset(before)
            STDOUT_TAKEN.reset(free)

    def _invoked(self, ctx: Any) -> Any:
        try:
            done = super().invoke(ctx)
            sys.stdout.flush()  # so that a full disk is reported here
            return done
        except BrokenPipeError:
            raise  # the reader closed the pipe; typer ends quietly
        except ImportError as error:
            if (named := missing_extra(error)) is None:
                raise
            raise named from None
        except OSError as error:
            raise _failed(error) from None
        except MemoryError:
            raise OutOfMemory("this needs more memory than the machine has free") from None


app = typer.Typer(
    name="zkcredit",
    cls=_Guarded,
    help="Prove that data signed by issuers meet a lender's conditions, and borrow on the proof.",
    epilog="Exit codes: 0 done, 2 usage, 3 proof invalid, 4 unsafe key or audit finding, "
    "5 chain, 6 not eligible, 7 wrong password, 130 interrupted, 1 anything else.",
    no_args_is_help=True,
    # plain help need not import rich; a traceback with local variables could show a secret
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        sys.stdout.write(version("zkcredit") + "\n")
        sys.stdout.flush()
        raise typer.Exit


def _failed(error: OSError) -> MachineError:
    what = f": {error.filename}" if error.filename else ""
    return MachineError(f"the machine failed: {error.strerror or error}{what}")


@app.callback()
def root(
    context: typer.Context,
    _: Annotated[
        bool,
        typer.Option(
            "--version", "-V", callback=_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    _lang: Annotated[
        str | None,
        typer.Option("--lang", help="The language, en or zh_CN; ZKCREDIT_LANG or LANG by default."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile", help="A profile of zkcredit.toml; ZKCREDIT_PROFILE, or the file's own."
        ),
    ] = None,
) -> None:
    """Set up what all commands share."""
    groups = {name for name, (home, _) in _COMMANDS.items() if home.endswith(":app")}
    context.default_map = Defaults(groups, _COMMANDS.keys() - groups, profile)
    warnings.showwarning = _show_warning
    if sys.stdout is None:
        raise MachineError("standard output is closed; nothing was done")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # a file name that is not valid text, or a terminal's encoding, must not end a command
        sys.stdout.reconfigure(errors="backslashreplace")


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    note(f"warning: {message}")
