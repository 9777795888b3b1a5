"""Help: of every command, with an example that the command takes; and usage errors as JSON."""

from __future__ import annotations

import json
import shlex
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import run
from typer.main import get_command

from zkcredit.cli.app import app
from zkcredit.cli.examples import example_of

if TYPE_CHECKING:
    from collections.abc import Iterator


def leaves() -> Iterator[tuple[str, Any]]:
    root: Any = get_command(app)
    for name, command in root.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {word}", leaf) for word, leaf in inner.items())


LEAVES = dict(leaves())


@pytest.mark.parametrize("path", LEAVES)
def test_every_command_takes_its_own_example(path: str) -> None:
    example = example_of(path, LEAVES[path])
    words = shlex.split(example)
    assert words[: 1 + len(path.split())] == ["zkcredit", *path.split()]
    context = LEAVES[path].make_context(path, words[1 + len(path.split()) :])
    for parameter in LEAVES[path].params:
        if parameter.required:
            assert context.params[parameter.name] not in (None, ())
    assert example in " ".join(LEAVES[path].get_help(context).split())


@pytest.mark.parametrize("path", ["", "loan", "loan fund", "verify", "help"])
def test_help_is_what_the_option_prints(path: str) -> None:
    words = path.split()
    told = run("help", *words)
    assert (told.code, told.out) == (0, run(*words, "--help").out)
    assert run("help", *words, "--json").json["help"] == told.out.removesuffix("\n")


@pytest.mark.parametrize("words", [["nope"], ["loan", "nope"], ["verify", "nope"]])
def test_help_of_nothing_is_refused(words: list[str]) -> None:
    told = run("help", *words)
    assert (told.code, "has no command 'nope'" in told.err) == (2, True)


def test_the_version_has_a_short_option() -> None:
    assert run("-V").out == run("--version").out == version("zkcredit") + "\n"


@pytest.mark.parametrize(
    ("arguments", "said", "usage"),
    [
        (["nope", "--json"], "No such command", "zkcredit [OPTIONS] COMMAND"),
        (["--nope", "loan", "--json"], "No such option", "zkcredit [OPTIONS] COMMAND"),
        (["loan", "nope", "--json"], "No such command", "zkcredit loan"),
        (["loan", "fund", "wallet", "--json"], "Missing argument", "zkcredit loan fund"),
        (["loan", "fund", "wallet", "x", "5", "--json"], "not a valid int", "zkcredit loan fund"),
        (["verify", "p.json", "--json"], "Missing option '--request'", "zkcredit verify"),
        (["verify", "p.json", "--json", "--nope"], "No such option", "zkcredit verify"),
        (["verify", "p.json", "--json", "--max-age", "-1"], "--max-age", "zkcredit verify"),
        (["demo", "--json", "--story", "\x1b[31m"], "is not one of", "zkcredit demo"),
    ],
)
def test_usage_errors_are_json_if_json_is_wanted(
    arguments: list[str], said: str, usage: str
) -> None:
    told = run(*arguments)
    described = json.loads(told.stderr)
    assert (told.code, told.out) == (2, "")
    assert (described["error"], described["exit_code"]) == ("UsageError", 2)
    assert said in described["message"]
    assert usage in described["usage"]
    assert "\x1b" not in told.stderr


def test_usage_errors_are_text_otherwise() -> None:
    told = run("loan", "fund", "wallet")
    assert told.code == 2
    assert "Missing argument" in told.stderr
    assert not told.stderr.startswith("{")
