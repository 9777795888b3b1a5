"""The project's words: no turn of phrase that readers stumble over, one form of docstring.

Everything that is written for people is read: docstrings, comments, messages, contract notes and
pages; ``tests/support/words`` finds it.
"""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

import pytest
from support.words.names import resolve
from support.words.patterns import TURNS, Turn, dialect_faults, raises_items
from support.words.sentences import DOCSTRING, MESSAGE, ROOT, files, passages, sentences

if TYPE_CHECKING:
    from pathlib import Path

EXCEPTIONS = frozenset(
    {
        node.name
        for node in ast.parse((ROOT / "zkcredit" / "errors.py").read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    | {name for name in vars(builtins) if name.endswith(("Error", "Warning"))}
)


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.example)
def test_nobody_stumbles(turn: Turn) -> None:
    faults = [
        f"{passage.path}:{passage.line_at(match.start())}: {match[0]!r}; say: {turn.say}"
        for passage in passages()
        for match in turn.found(passage.text)
    ]
    assert not faults, "\n".join(faults)


def test_docstrings_have_one_form() -> None:
    faults = [
        f"{passage.path}:{passage.line}: {fault}"
        for passage in passages()
        if passage.kind == DOCSTRING
        for fault in dialect_faults(passage.text, EXCEPTIONS, passage.of_function)
    ]
    assert not faults, "\n".join(faults)


def test_names_of_the_library_exist() -> None:
    faults = [
        f"{passage.path}:{passage.line_at(match.start())}: {match[0]}"
        for passage in passages()
        if passage.kind != MESSAGE
        for match in re.finditer(
            r"(?<![\w./\"-])zkcredit(?:\.(?!(?:json|toml)\b)[A-Za-z_]\w*)+(?![\w/])", passage.text
        )
        if not resolve(match[0])
    ]
    assert not faults, "\n".join(faults)


# --- the test's own tools ---------------------------------------------------------------------


@pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.example)
def test_every_turn_is_noticed_also_over_a_line_break(turn: Turn) -> None:
    assert turn.found(turn.example)
    assert turn.found(turn.example.replace(" ", "\n    "))


def test_plain_sentences_pass() -> None:
    plain = (
        "There is no such file. It is no longer valid, and there is none; it needs no reduction. "
        "The value is not a number and must be below 2^48. None if the chain does not have it."
    )
    assert not [turn.example for turn in TURNS if turn.found(plain)]


@pytest.mark.parametrize(
    ("docstring", "faults"),
    [
        ("Read a file.\n\n    Raises:\n        MalformedFile: if it is too long.\n    ", 0),
        ("Read a file.\n\n    Raises:\n        MalformedFile: too long.\n    ", 1),
        ("Read a file. MalformedFile: it is none.", 1),
        ("Read a file; MalformedFile if it is not one.", 1),
        ("Read :class:`Record` from a file.", 1),
        ("Read `Record` from a file.", 1),
        ("Read ``Record`` from a file; see ``MalformedFile``.", 0),
    ],
)
def test_forms_of_docstrings(docstring: str, faults: int) -> None:
    assert len(dialect_faults(docstring, EXCEPTIONS, of_function=True)) == faults


def test_items_of_raises_are_joined() -> None:
    text = "X.\n\n    Raises:\n        A: if\n            b.\n        C: when d.\n\n    More."
    assert raises_items(text) == ["A: if b.", "C: when d."]


def test_words_are_found_everywhere() -> None:
    read = {passage.path.split("/")[0] for passage in passages()}
    assert {"zkcredit", "contracts", "cpp", "docs", "examples", "README.md"} <= read
    assert len(list(sentences())) > 3000


def test_what_was_made_here_is_not_read(tmp_path: Path) -> None:
    for name in ("benchmarks/out/peers-venv/lib/a.py", "docs/_build/a.md", "benchmarks/a.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert [str(path.relative_to(tmp_path)) for path in files(tmp_path)] == ["benchmarks/a.py"]
