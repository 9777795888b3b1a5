"""A walk over every command with bad inputs: no traceback, right exit codes, path and place named.

Each command gets each of its options and files wrong, some four thousand inputs in all. Every day a
part of them is tried, the same each time; all of them where slow tests run.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from support.cli.bad_inputs import Bad, bad_inputs, leaves, made_desk
from support.cli.cli_desk import Desk, run

from zkcredit.cli.exits import exit_code
from zkcredit.errors import ZkCreditError

if TYPE_CHECKING:
    from pathlib import Path

COMMANDS = [words for words, _ in leaves()]
UNNEEDED = {"verifier show", "request"}
"""Commands with a key that has no password, or with none: they end well without reading one."""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return made_desk(tmp_path_factory.mktemp("bad"))


@pytest.fixture(scope="module")
def inputs(desk: Desk) -> dict[str, list[Bad]]:
    found: dict[str, list[Bad]] = {words: [] for words in COMMANDS}
    for bad in bad_inputs(desk):
        found[bad.command].append(bad)
    return found


@pytest.fixture(autouse=True)
def no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("ZKCREDIT_NODE", "ZKCREDIT_DEPLOYMENT", "ZKCREDIT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_command_is_in_the_walk(inputs: dict[str, list[Bad]]) -> None:
    assert len(COMMANDS) > 140
    assert {"page serve", "treasury sign", "tx sign", "history prove", "loan watch", "loan mine",
            "loan check-receipt"} < set(COMMANDS)  # fmt: skip
    assert min(map(len, inputs.values())) >= 1
    assert sum(map(len, inputs.values())) >= 3_000
    assert sum(bad.file is not None for found in inputs.values() for bad in found) >= 1_500


@pytest.mark.parametrize("words", COMMANDS)
def test_a_part_of_the_bad_inputs_is_refused(
    desk: Desk, inputs: dict[str, list[Bad]], words: str
) -> None:
    several = inputs[words]
    for bad in several[COMMANDS.index(words) % 5 :: 5]:
        require_refused(desk, bad)


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS)
def test_every_bad_input_is_refused(desk: Desk, inputs: dict[str, list[Bad]], words: str) -> None:
    for bad in inputs[words]:
        require_refused(desk, bad)


def require_refused(desk: Desk, bad: Bad) -> None:
    before = {path.name for path in desk.folder.iterdir()}
    ran = run(*bad.command.split(), *bad.arguments, "--json", data="")
    made = {path.name for path in desk.folder.iterdir()} - before
    for name in made:
        path = desk.path(name)
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if ran.code == 0 and bad.command in UNNEEDED and "password" in bad.what:
        return
    # a table may issue what its good rows say; nothing half-written is left otherwise
    assert made <= {"wallet.outbox"} or bad.command == "issuer issue", (bad, made)
    assert ran.code not in (0, 130), bad
    told = json.loads(ran.err)
    assert told["exit_code"] == ran.code, bad
    assert told["message"].strip(), bad
    assert "Traceback" not in ran.stderr, bad
    if told["error"] != "UsageError":
        kinds = {kind.__name__: kind for kind in all_kinds()}
        assert told["error"] in kinds, (bad, told)
    if bad.file is not None:
        named = (told["message"], told.get("file", ""))
        assert any(str(bad.file) in one for one in named), (str(bad), told)
        assert ran.code in (1, 2, 3, 4, 7), (str(bad), told)
    if bad.cut and bad.file is not None:
        assert (told["line"], told["column"]) == (2, 11), (str(bad), told)


def all_kinds() -> list[type[ZkCreditError]]:
    found: list[type[ZkCreditError]] = [ZkCreditError]
    for kind in found:
        found += [child for child in kind.__subclasses__() if child not in found]
    return found


def test_the_walk_notices_what_a_command_takes(desk: Desk) -> None:
    """A good input is not refused, so that the walk would fail on it."""
    fine = Bad("registry show", "nothing", (str(desk.path("good-registry")),))
    with pytest.raises(AssertionError):
        require_refused(desk, fine)
    assert exit_code(ZkCreditError("x")) == 1
