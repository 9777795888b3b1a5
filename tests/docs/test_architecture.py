"""The page of the architecture says what the tree is: floors, files and folders."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/architecture.md"
TEXT = PAGE.read_text()


def floors() -> tuple[tuple[str, ...], ...]:
    spec = importlib.util.spec_from_file_location("rules", ROOT / "tests/test_import_rules.py")
    assert spec is not None
    assert spec.loader is not None
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    return rules.FLOORS


def table() -> str:
    rows = "".join(
        f"| {number} | {', '.join(f'`{room}`' for room in rooms)} |\n"
        for number, rooms in enumerate(floors(), start=1)
    )
    return f"<!-- floors -->\n\n| floor | rooms |\n|---|---|\n{rows}\n<!-- /floors -->"


def test_the_table_of_floors_is_the_tests_own():
    assert table() in TEXT


@pytest.mark.parametrize("name", sorted(set(re.findall(r"^\d+\. `([\w/.]+)`", TEXT, re.M))))
def test_every_stop_of_a_walk_is_a_file(name):
    assert (ROOT / name).is_file() or (ROOT / "zkcredit" / name).is_file()


@pytest.mark.parametrize("walk", TEXT.split("## A walk: ")[1:])
def test_no_walk_has_more_than_fourteen_stops(walk):
    assert len(re.findall(r"^\d+\. ", walk, re.M)) <= 14
