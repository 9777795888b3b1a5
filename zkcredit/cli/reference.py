"""The reference page of the command line, written from the commands themselves.

``python -m zkcredit.cli.reference > docs/reference/command-line.md``; a test keeps it fresh.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from typer.main import get_command

from zkcredit.cli.app import app
from zkcredit.cli.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD: Final = """\
<!-- Written by `python -m zkcredit.cli.reference`. -->

# The command line

Results go to standard output, progress and errors to standard error. `--json`, which every command
takes, prints one JSON document instead of text; an error is then a JSON object on standard error.
[Exit codes](errors.md) tell the kinds of failure apart.

Passwords are asked for, or read from `--password-file`, `--password-fd` or, with `--keyring`, the
system's keyring; no option and no variable holds one. Amounts are minor currency units (cents).

`-` stands for standard input where a command reads a document, and for standard output where it
writes one; its result then goes to standard error. `<(command)` of a shell is read like a file.

`--lang` and `--profile` stand before the command's words: `zkcredit --lang zh_CN wallet show`. The
variables `ZKCREDIT_NODE`, `ZKCREDIT_DEPLOYMENT` and the profiles of `zkcredit.toml` have
[defaults](../how-to/set-defaults.md).
"""


def reference() -> str:
    """Return the page as Markdown."""
    return _HEAD + "".join(f"\n{section}" for section in _sections())


def _sections() -> Iterator[str]:
    root: Any = get_command(app)
    for name, command in root.commands.items():
        nested = getattr(command, "commands", None)
        if nested is None:
            yield f"## `zkcredit {name}`\n\n{_described(f'zkcredit {name}', command)}"
            continue
        yield f"## `zkcredit {name}`\n\n{command.help}\n"
        for inner, leaf in nested.items():
            title = f"zkcredit {name} {inner}"
            yield f"### `{title}`\n\n{_described(title, leaf)}"


def _described(title: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([title, *(_argument(p) for p in arguments), "[OPTIONS]"])
    text = "\n".join(line.strip() for line in command.help.splitlines()).strip()
    lines = [f"```text\n{usage}\n```", "", text, "", "| option | |", "|---|---|"]
    lines += [f"| {_option(p)} | {_help(p)} |" for p in options if p.name != "help"]
    lines += ["", f"```text\n{example_of(title.removeprefix('zkcredit '), command)}\n```"]
    return "\n".join(lines) + "\n"


def _argument(parameter: Any) -> str:
    name: str = parameter.metavar or parameter.name.upper()
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _option(parameter: Any) -> str:
    return ", ".join(f"`{text}`" for text in parameter.opts)


def _help(parameter: Any) -> str:
    text = (parameter.help or "").replace("|", "\\|")
    if parameter.required:
        return f"**required.** {text}".strip()
    if parameter.default not in (None, False, ""):
        return f"{text} Default {parameter.default}.".strip()
    return text


if __name__ == "__main__":
    sys.stdout.write(reference())
