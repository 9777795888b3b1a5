"""Write the page of public names: ``python docs/reference/make_python.py`` makes ``python.md``.

The page follows from ``__all__`` of the public packages and from their docstrings. Which packages
are public is decided only here: a new package of the library must be in ``PUBLIC`` or in
``INTERNAL``, and a test checks this.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import tomllib
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types import ModuleType

PAGE: Final = Path(__file__).with_name("python.md")

PUBLIC: Final = {
    "zkcredit": "everybody: issue, hold, ask, prove, verify",
    "zkcredit.request": "verifiers: requests, the book that keeps them, the key that signs them",
    "zkcredit.issuer": "issuers' programs: the issuer, tables of orders, how an order ended",
    "zkcredit.wallet": "borrowers' programs: the wallet, its seed, its log, its ledger account",
    "zkcredit.loan": "lenders: products, tables, terms, schedules",
    "zkcredit.history": "bureaus, keepers and borrowers: records, terms, the tree, the reputation",
    "zkcredit.portfolio": "who reports on a market: at risk, vintages, losses, reach",
    "zkcredit.page": "who serves a market's page by a program",
    "zkcredit.plots": "who shows a loan, a scorecard or a report as a chart",
    "zkcredit.standards": "who carries requests and presentations over W3C's and OpenID's forms",
    "zkcredit.scoring": "who computes scores: scorecards, and the bundled data",
    "zkcredit.escrow": "arbiters: a key that nobody holds alone, and its openings",
    "zkcredit.ledger": "issuers and borrowers at a credit ledger",
    "zkcredit.chain": "who deploys, lends or borrows on a chain: nodes, senders, contracts",
    "zkcredit.groth16": "who proves or verifies any circuit: keys, files of keys, ceremonies",
    "zkcredit.circom": "who proves circuits of circom by their own programs",
    "zkcredit.circuits": "who needs a statement's circuit",
    "zkcredit.published": "who relies on a statement: its published record, its dev key",
    "zkcredit.r1cs": "who writes circuits: the language",
    "zkcredit.audit": "who audits circuits and keys",
    "zkcredit.units": "everybody: money, percentages and times in words",
    "zkcredit.language": "who shows borrowers their consent in their own language",
    "zkcredit.errors": "everybody: {doc}`every exception <errors>`",
}
"""Packages whose ``__all__`` is public, and for whom."""

MODULES: Final = {
    "zkcredit.gadgets": "who writes circuits: the building blocks, each with its cost",
    "zkcredit.formats": "who exchanges files with circom, snarkjs and contracts",
    "zkcredit.chain.contracts": "who reads a contract's events, or writes a client of one",
    "zkcredit.chain.index": "who stores what a market did",
    "zkcredit.chain.nodes": "who writes a node of another kind",
    "zkcredit.chain.nodes.revm": "who changes the chain in the process",
    "zkcredit.chain.sending": "who sends a call that no client has",
}
"""Packages whose modules are public, one by one."""

SINGLE: Final = {
    "zkcredit.groth16.resident_key": "who proves often with one key",
    "zkcredit.policy": "who shows borrowers conditions, and what they miss",
    "zkcredit.request.circuit": "verifiers of published scores",
    "zkcredit.scoring.fitting": "who makes a scorecard from data",
    "zkcredit.scoring.model_circuit": "who makes the circuit of a scorecard",
    "zkcredit.scoring.scored_record": "issuers of features, which a scorecard judges",
}
"""Modules that are public, in packages whose other modules are not."""

INTERNAL: Final = {
    "_internal", "_kernel", "bn254", "cli", "credential", "demo", "envelope", "policy",
    "presentation", "record", "registry", "schema", "shared_vault", "storage",
}  # fmt: skip
"""Packages that users do not import: implementation, or modules whose names ``zkcredit`` has."""

_NUMBERS: Final = """\
## Numbers

Where a docstring does not say it, a number with one of these names has this unit and these bounds.
What is outside raises `InvalidInput` or `OutOfRange`; what a contract alone checks reverts.

| name | unit | bounds |
| --- | --- | --- |
"""
_INTRODUCTION: Final = """\
# Python

Made by `python docs/reference/make_python.py` from the packages' `__all__` and docstrings.

These packages are public: their names keep their meaning, and `CHANGELOG.md` says what a release
changed. Everything else is implementation.

| package | for whom |
| --- | --- |
"""
# Bases whose members nobody looks up here.
_ENOUGH: Final = "object, int, str, dict, Enum, IntEnum, Warning"
_SENTENCE: Final = re.compile(r"(.+?[.:])(?=\s+[\"“(\[A-Z0-9`]|$)", re.DOTALL)
_ROLE: Final = re.compile(r":\w+:`~?([^`]+)`")


def page() -> str:
    """The whole page."""
    described: dict[int, str] = {}
    rows = [f"| [`{name}`](#{_anchor(name)}) | {whom} |" for name, whom in PUBLIC.items()]
    rows += [f"| [`{name}`](#{_anchor(name)}), its modules | {w} |" for name, w in MODULES.items()]
    rows += [f"| [`{name}`](#{_anchor(name)}) | {whom} |" for name, whom in SINGLE.items()]
    parts = [_INTRODUCTION + "\n".join(rows)]
    parts += [_package(name, described) for name in PUBLIC]
    parts += [_modules(name, described) for name in MODULES]
    parts += [_module(name, described, "##") for name in SINGLE]
    parts.append(_numbers())
    return "\n\n".join(parts) + "\n"


def _package(name: str, described: dict[int, str]) -> str:
    module = importlib.import_module(name)
    new = [public for public in module.__all__ if id(getattr(module, public)) not in described]
    known = [public for public in module.__all__ if public not in new]
    lines = [f"## {name}", "", _first_sentence(module)]
    if new and name != "zkcredit.errors":
        lines += ["", "| name | |", "| --- | --- |"]
        lines += [f"| `{public}` | {_summary(module, public)} |" for public in new]
    if known:
        doors = [f"`{public}` is `{described[id(getattr(module, public))]}`" for public in known]
        lines += ["", f"Also here: {', '.join(doors)}."]
    described.update({id(getattr(module, public)): f"{name}.{public}" for public in new})
    details = [_details(name, public, getattr(module, public)) for public in new]
    if name != "zkcredit.errors":
        lines += ["", "```{eval-rst}", *details, "```"]
    return "\n".join(lines)


def _modules(name: str, described: dict[int, str]) -> str:
    module = importlib.import_module(name)
    lines = [f"## {name}", "", _first_sentence(module)]
    folder = Path(module.__path__[0])
    for path in sorted(folder.glob("*.py")):
        if path.stem != "__init__":
            lines += ["", _module(f"{name}.{path.stem}", described, "###")]
    return "\n".join(lines)


def _module(name: str, described: dict[int, str], level: str) -> str:
    module = importlib.import_module(name)
    lines = [f"{level} {name}", "", _first_sentence(module), "", "| name | |", "| --- | --- |"]
    for public in module.__all__:
        door = described.get(id(getattr(module, public)))
        told = _summary(module, public) if door is None else f"It is `{door}`."
        lines.append(f"| `{public}` | {told} |")
    return "\n".join(lines)


def quantities() -> dict[str, tuple[str, str]]:
    """Parameter or attribute → unit, bounds; from ``quantities.toml``."""
    return {name: (unit, bounds) for name, (unit, bounds) in _said("numbers").items()}


@cache
def _said(section: str) -> dict[str, Any]:
    read = tomllib.loads(PAGE.with_name("quantities.toml").read_text(encoding="utf-8"))
    found: dict[str, Any] = read[section]
    return found


def _numbers() -> str:
    rows = (f"| `{name}` | {unit} | {bounds} |" for name, (unit, bounds) in quantities().items())
    return _NUMBERS + "\n".join(rows)


def _details(package: str, public: str, value: object) -> str:
    if isinstance(value, type) and issubclass(value, BaseException):
        return f".. autoexception:: {package}.{public}"
    if isinstance(value, type):
        members = f"   :members:\n   :inherited-members: {_ENOUGH}"
        if issubclass(value, tuple):  # its fields are told by its docstring
            return f".. autoclass:: {package}.{public}"
        return f".. autoclass:: {package}.{public}\n{members}"
    if callable(value):
        return f".. autofunction:: {package}.{public}"
    return f".. autodata:: {package}.{public}\n   :no-value:"


def _summary(module: ModuleType, public: str) -> str:
    value = getattr(module, public)
    if isinstance(value, type) or inspect.isroutine(value):
        return _first_sentence(value)
    return _sentence(_docstring_of_constant(module, public) or _said("constants").get(public, ""))


def _first_sentence(value: Any) -> str:
    return _sentence(inspect.getdoc(value) or "")


def _sentence(text: str) -> str:
    paragraph = " ".join(text.partition("\n\n")[0].split())
    found = _SENTENCE.match(paragraph)
    plain = _ROLE.sub(r"`\1`", found[1] if found else paragraph).replace("``", "`")
    return plain.replace("|", r"\|").rstrip(": ")


def _docstring_of_constant(module: ModuleType, public: str) -> str:
    """The text that follows a constant's assignment, in the module that makes it."""
    folder = Path(inspect.getfile(module)).parent
    homes = folder.rglob("*.py") if hasattr(module, "__path__") else [Path(inspect.getfile(module))]
    for path in sorted(homes):
        if (text := _constants(path).get(public)) is not None:
            return text
    return ""


@cache
def _constants(path: Path) -> dict[str, str]:
    found = {}
    body = ast.parse(path.read_text()).body
    for statement, after in pairwise(body):
        match statement, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = text
    return found


def _anchor(name: str) -> str:
    return name.replace(".", "-")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
