"""The compiler's wrapper keeps answers: the same question to the same compiler is asked once."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPILER = """
const fs = require("fs");
const told = (what) => fs.appendFileSync(__dirname + "/asked", what + "\\n");
exports.version = () => { told("version"); return "9.9.9"; };
exports.compile = (input) => { told(input); return "{" + input + "}"; };
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with the wrapper, and a compiler that writes down what it was asked."""
    (tmp_path / "contracts" / "bin").mkdir(parents=True)
    shutil.copy(ROOT / "contracts" / "bin" / "solc", tmp_path / "contracts" / "bin")
    package = tmp_path / "node_modules" / "solc"
    package.mkdir(parents=True)
    (package / "index.js").write_text(COMPILER)
    (package / "soljson.js").write_text("one compiler")
    (package / "asked").touch()
    return tmp_path


def ask(tree: Path, option: str, question: str = "") -> str:
    wrapper = tree / "contracts" / "bin" / "solc"
    return subprocess.run(
        [wrapper, option], input=question, text=True, capture_output=True, check=True
    ).stdout


def asked(tree: Path) -> list[str]:
    return (tree / "node_modules" / "solc" / "asked").read_text().split()


def test_a_question_is_asked_once(tree: Path) -> None:
    for _ in range(2):
        assert ask(tree, "--standard-json", "sources") == "{sources}"
        assert ask(tree, "--version").endswith("Version: 9.9.9\n")
    assert asked(tree) == ["sources", "version"]


def test_another_question_or_another_compiler_is_asked(tree: Path) -> None:
    assert ask(tree, "--standard-json", "one") == "{one}"
    assert ask(tree, "--standard-json", "two") == "{two}"
    (tree / "node_modules" / "solc" / "soljson.js").write_text("another compiler")
    assert ask(tree, "--standard-json", "one") == "{one}"
    assert asked(tree) == ["one", "two", "one"]


def test_sources_that_spell_another_question_are_not_answered_for_it(tree: Path) -> None:
    ask(tree, "--version")
    assert ask(tree, "--standard-json", "version") == "{version}"


def test_sixteen_answers_are_kept(tree: Path) -> None:
    for number in range(18):
        ask(tree, "--standard-json", str(number))
    assert len(list((tree / "contracts" / "cache" / "solc").iterdir())) == 16
    ask(tree, "--standard-json", "17")
    ask(tree, "--standard-json", "0")
    assert asked(tree)[-2:] == ["17", "0"]


def test_without_a_place_for_answers_it_compiles(tree: Path) -> None:
    (tree / "contracts" / "cache").write_text("a file where the folder should be")
    for _ in range(2):
        assert ask(tree, "--standard-json", "sources") == "{sources}"
    assert asked(tree) == ["sources", "sources"]
