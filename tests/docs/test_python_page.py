"""The page of public names follows from the packages, and every room of the library is decided."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from support.docs.scripts import loaded

import zkcredit

MADE = loaded("docs/reference/make_python.py")
NAMES = [
    (package, name) for package in MADE.PUBLIC for name in importlib.import_module(package).__all__
]


def test_the_page_is_fresh() -> None:
    # otherwise: python docs/reference/make_python.py
    assert MADE.PAGE.read_text(encoding="utf-8") == MADE.page()


def test_every_room_is_public_or_not() -> None:
    folder = Path(zkcredit.__file__).parent
    rooms = {path.stem for path in folder.glob("*.py*") if path.stem != "__init__"}
    rooms |= {path.parent.name for path in folder.glob("*/__init__.py")}
    public = {f"{name}.".split(".")[1] for name in (*MADE.PUBLIC, *MADE.MODULES)} - {""}
    assert public | MADE.INTERNAL == rooms
    assert public & MADE.INTERNAL == set()


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_says_what_it_is(package: str, name: str) -> None:
    assert MADE._summary(importlib.import_module(package), name)


@pytest.mark.parametrize("package", MADE.MODULES)
def test_every_public_module_says_what_it_is_and_which_names_it_has(package: str) -> None:
    for path in Path(importlib.import_module(package).__path__[0]).glob("[!_]*.py"):
        module = importlib.import_module(f"{package}.{path.stem}")
        assert module.__doc__
        assert module.__all__


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("One fact. Another.", "One fact."),
        ("One\nfact of two lines. `x` follows.\n\nMore.", "One fact of two lines."),
        ("As :meth:`~a.b`, with ``c | d``", r"As `a.b`, with `c \| d`"),
        ("No end", "No end"),
        ("See this::\n\n    code", "See this"),
    ],
)
def test_a_summary_is_the_first_sentence(text: str, sentence: str) -> None:
    assert MADE._sentence(text) == sentence
