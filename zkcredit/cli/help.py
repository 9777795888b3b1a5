"""``zkcredit help``: the help of a command, by its words."""

import sys
from typing import Annotated, Any

import typer

from zkcredit.cli.output import AS_JSON, emit
from zkcredit.errors import InvalidInput


def show_help(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[COMMAND]...", help="The command's words.")
    ] = None,
) -> None:
    """Show the help of a command, or of zkcredit."""
    here: Any = context.find_root()
    for word in words or []:
        inner = getattr(here.command, "commands", {})
        if word not in inner:
            known = ", ".join(inner) or "it has no commands"
            raise InvalidInput(f"{here.command_path} has no command {word[:40]!r}; {known}")
        here = type(here)(inner[word], info_name=word, parent=here)
    text = here.command.get_help(here)
    if AS_JSON.get():
        emit({"command": here.command_path, "help": text})
    else:
        sys.stdout.write(text + "\n")
