"""The page of the architecture says what the tree is: floors, files and folders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.docs.scripts import loaded

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/explanation/architecture.md"
TEXT = PAGE.read_text()


RULES = loaded("tests/test_import_rules.py")
ROOMS = {RULES.room_of(path) for path in RULES.modules()}


def table() -> str:
    rows = "".join(
        f"| {number} | {', '.join(f'`{room}`' for room in rooms)} |\n"
        for number, rooms in enumerate(RULES.FLOORS, start=1)
    )
    head = "| layer | packages and modules |\n|---|---|"
    return f"<!-- floors -->\n\n{head}\n{rows}\n<!-- /floors -->"


def listed(rooms: Iterable[str]) -> str:
    *first, last = (f"`{room}`" for room in rooms)
    return f"{', '.join(first)} and {last}"


def test_the_table_of_floors_is_the_tests_own():
    assert table() in TEXT


def test_the_exceptions_are_the_tests_own():
    said = " ".join(TEXT.split())
    assert all(beside == {"schema"} for beside in RULES.BESIDE.values())
    assert f"except that {listed(sorted(RULES.BESIDE))} import `schema`" in said
    assert RULES.NARROWED.keys() == {"formats", "groth16"}
    formats = RULES.NARROWED["formats"]
    narrowed = f"imports only {listed(sorted(formats))}, and `groth16` imports these and `formats`"
    assert narrowed in said
    assert RULES.NARROWED["groth16"] == formats | {"formats"}
    missing = [room for rooms in RULES.FLOORS for room in rooms if room not in ROOMS]
    assert not missing, "every room that has a layer is there"


@pytest.mark.parametrize("room", sorted(ROOMS - {"__init__", "_kernel"}))
def test_the_tree_names_every_room(room):
    tree = TEXT.partition("## The tree")[2].partition("## ")[0]
    names = re.findall(r"`(?:zkcredit/)?([\w]+)(?:/|\.py)`", tree)
    assert room in names


@pytest.mark.parametrize(
    ("name", "function"), re.findall(r"^\d+\. `([\w/.]+)`: [^`;]*`([\w.]+)`", TEXT, re.M)
)
def test_what_a_stop_names_is_there(name, function):
    path = ROOT / name if (ROOT / name).is_file() else ROOT / "zkcredit" / name
    word = function.rpartition(".")[2]
    assert re.search(rf"\b(def|class|function) {word}\b", path.read_text())


@pytest.mark.parametrize("name", sorted(set(re.findall(r"^\d+\. `([\w/.]+)`", TEXT, re.M))))
def test_every_stop_of_a_walk_is_a_file(name):
    assert (ROOT / name).is_file() or (ROOT / "zkcredit" / name).is_file()


@pytest.mark.parametrize("walk", re.split(r"(?m)^## From ", TEXT)[1:])
def test_no_walk_has_more_than_fourteen_stops(walk):
    assert len(re.findall(r"^\d+\. ", walk, re.M)) <= 14
