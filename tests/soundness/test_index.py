"""Every test that the index names exists, and every file of this folder is in the index."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
INDEX = (HERE / "README.md").read_text()


def named() -> list[tuple[str, str]]:
    """(file, test) of every reference; ``::name`` alone is in the file before it."""
    found, file = [], ""
    for reference in re.findall(r"`([\w./]*::\w+)`", INDEX):
        path, _, name = reference.partition("::")
        file = path or file
        found.append((file, name))
    return found


@pytest.mark.parametrize(("file", "name"), named(), ids=lambda part: part)
def test_a_named_test_exists(file: str, name: str) -> None:
    text = (ROOT / file if file.endswith(".sol") else ROOT / "tests" / file).read_text()
    assert re.search(rf"\b(def|function) {name}\(", text), f"{file} has no {name}"


def test_every_file_here_is_in_the_index() -> None:
    files = {path.name for path in HERE.glob("test_*.py")} - {Path(__file__).name}
    assert files <= {Path(file).name for file, _ in named()}


def test_every_incident_names_a_test() -> None:
    rows = [line for line in INDEX.splitlines() if line.startswith("| ") and "---" not in line]
    bare = [row for row in rows if "::" not in row and row != "| incident | tests |"]
    assert len(rows) > 30
    assert not bare
