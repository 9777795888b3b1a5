"""Every public name is on the page with a first line, and every number with its unit and bounds."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.docs.scripts import ROOT, loaded

if TYPE_CHECKING:
    from collections.abc import Iterator

MADE = loaded("docs/reference/make_python.py")
NUMBERS = MADE.quantities()
PAGE = MADE.PAGE.read_text(encoding="utf-8")

NUMERIC = re.compile(r"(?<![\w.])(int|float)(?!\w)")
OTHERWISE = re.compile(r"Callable|Point|Matrix|dict\[|Mapping")
UNIT = re.compile(
    r"second|minor|unit|basis point|block|byte|gas|wei|percent|\bdays?\b|hour|month|point|below"
    r"|at least|at most|from [01]|\d \w+|2\^|field element|EIP|ISO|number|\bids?\b|root|how many"
    r"|times|depth|index|scalar|width|bits|decimal|default|\btimes?\b|secret|context|nonce|threads"
    r"|hash|modul|degree|count|copies|pseudonym|scope|seed|share|address|amount|10\^-9",
    re.IGNORECASE,
)


def public_modules() -> Iterator[Any]:
    for name in MADE.PUBLIC:
        yield importlib.import_module(name)
    for name in MADE.MODULES:
        folder = Path(importlib.import_module(name).__path__[0])
        for path in sorted(folder.glob("[!_]*.py")):
            yield importlib.import_module(f"{name}.{path.stem}")
    for name in MADE.SINGLE:
        yield importlib.import_module(name)


PUBLIC_NAMES = [(one.__name__, name) for one in public_modules() for name in one.__all__]


def described(doc: str | None) -> dict[str, str]:
    """The entries of a docstring's Args and Attributes."""
    found: dict[str, str] = {}
    for section in ("Args", "Attributes"):
        body = re.search(
            rf"^{section}:\n((?:[ ]+.*\n?|\n)+)", inspect.cleandoc(doc or ""), re.MULTILINE
        )
        names: list[str] = []
        for line in body[1].splitlines() if body else []:
            if line.startswith("    ") and not line.startswith("     "):
                before, _, text = line.strip().partition(":")
                names = [one.strip().lstrip("*") for one in before.split(",")]
                found |= dict.fromkeys(names, text.strip())
            else:
                found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def is_numeric(annotation: object) -> bool:
    text = str(annotation)
    return bool(NUMERIC.search(text)) and not OTHERWISE.search(text)


def of_function(place: str, function: Any, *docs: str | None) -> Iterator[tuple[str, str, str]]:
    told = {name: text for doc in docs for name, text in described(doc).items()}
    for name, parameter in inspect.signature(function).parameters.items():
        if not name.startswith("_") and is_numeric(parameter.annotation):
            yield place, name, told.get(name, "")


def of_class(place: str, kind: type) -> Iterator[tuple[str, str, str]]:
    if dataclasses.is_dataclass(kind):
        told = described(kind.__doc__)
        for field in dataclasses.fields(kind):
            if not field.name.startswith("_") and is_numeric(field.type):
                yield place, field.name, told.get(field.name, "")
    elif "__init__" in vars(kind):
        yield from of_function(place, vars(kind)["__init__"], kind.__doc__, kind.__init__.__doc__)
    for name, member in vars(kind).items():
        function = getattr(member, "__func__", member)
        if not name.startswith("_") and inspect.isfunction(function):
            yield from of_function(f"{place}.{name}", function, function.__doc__)


def numbers() -> Iterator[tuple[str, str, str]]:
    """Place, name and text of every numeric parameter and attribute of the public packages."""
    seen: set[int] = set()
    for package in MADE.PUBLIC:
        module = importlib.import_module(package)
        for public in module.__all__:
            value = getattr(module, public)
            if id(value) in seen:
                continue
            seen.add(id(value))
            place = f"{package}.{public}"
            if isinstance(value, type) and not issubclass(value, BaseException):
                yield from of_class(place, value)
            elif inspect.isroutine(value):
                yield from of_function(place, value, value.__doc__)


ALL = list(numbers())


def test_there_are_numbers_and_words() -> None:
    assert len(ALL) > 500
    assert sum(bool(text) for *_, text in ALL) > 300


def test_every_number_has_a_unit_or_bounds() -> None:
    untold = {
        f"{place}: {name}"
        for place, name, text in ALL
        if not UNIT.search(text) and name not in NUMBERS
    }
    # say it in the docstring, or in docs/reference/quantities.toml
    assert untold == set()


def test_every_entry_of_the_table_is_of_a_name_that_needs_it() -> None:
    needed = {name for _, name, text in ALL if not UNIT.search(text)}
    assert set(NUMBERS) - needed == set()


def test_the_table_is_sorted_and_whole() -> None:
    assert list(NUMBERS) == sorted(NUMBERS)
    assert all(unit and bounds for unit, bounds in NUMBERS.values())
    assert all(
        f"| `{name}` | {unit} | {bounds} |" in PAGE for name, (unit, bounds) in NUMBERS.items()
    )


@pytest.mark.parametrize(("module", "name"), PUBLIC_NAMES)
def test_every_public_name_has_a_first_line_on_the_page(module: str, name: str) -> None:
    if module == "zkcredit.errors":  # docs/reference/errors.md has them
        assert getattr(importlib.import_module(module), name).__doc__
        return
    row = re.compile(rf"^\| `{name}` \| \S", re.MULTILINE)
    begins = re.search(rf"^###? {re.escape(module)}$", PAGE, re.MULTILINE)
    assert begins is not None
    section = PAGE[begins.end() :].split("\n## ")[0].split("\n### ")[0]
    also_here = re.search(r"^Also here: (.*)$", section, re.MULTILINE)
    assert row.search(section) or (also_here and f"`{name}` is `" in also_here[1])


IMPORT = re.compile(r"^ *from (zkcredit[\w.]*) import \(?([\w, \n]+?)(?:\)|$)", re.MULTILINE)


def test_every_name_that_the_documents_import_is_on_the_page() -> None:
    texts = [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", *ROOT.glob("examples/*.py")]
    missing = {
        f"{path.relative_to(ROOT)}: {module}.{name}"
        for path in texts
        for module, names in IMPORT.findall(path.read_text(encoding="utf-8"))
        for name in re.split(r"[,\s]+", names.strip(", \n"))
        if name and f"`{name}`" not in PAGE and module != "zkcredit.errors"
        and not (ROOT / module.replace(".", "/") / f"{name}.py").exists()
    }  # fmt: skip
    assert missing == set()
