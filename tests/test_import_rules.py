"""Who may import whom inside zkcredit: the floors of the house, by walking every import.

A room imports what stands on the floors below it; on its own floor, or from fewer rooms below,
only what the table says. Imports under ``if TYPE_CHECKING`` count: a type is a dependency too.
"""

from __future__ import annotations

import ast
from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import zkcredit

ROOT = Path(zkcredit.__file__).parent

FLOORS = (
    ("errors", "_kernel"),
    ("bn254", "language"),
    ("_internal",),
    ("units", "schema", "record", "r1cs", "storage"),
    ("formats", "gadgets", "policy", "shared_vault"),
    ("circuits", "groth16", "loan"),
    ("scoring", "published", "circom"),
    ("credential", "escrow", "audit"),
    ("envelope", "registry", "ledger"),
    ("request",),
    ("presentation", "history"),
    ("issuer", "wallet", "chain", "standards"),
    ("portfolio",),
    ("__init__", "plots", "demo", "page"),
    ("cli",),
)
"""Rooms by floor, from the ground up. The command line calls, and nobody imports it."""

BESIDE = {"record": {"schema"}, "r1cs": {"schema"}}
"""What a room may import from its own floor."""

NARROWED = {
    "formats": {"errors", "_kernel", "bn254", "_internal", "r1cs"},
    "groth16": {"errors", "_kernel", "bn254", "_internal", "r1cs", "formats"},
}
"""Rooms that may import less than the floors below them."""

DATA_OF_R1CS = {"system", "circuit", "tape"}
"""What ``formats`` and ``groth16`` know of ``r1cs``: constraint systems and programs, no gadget."""

# Only these rooms may import these packages.
RESERVED = {
    "web3": {"chain"},
    "eth_tester": {"chain"},
    "pyrevm": {"chain"},
    "psycopg": {"chain"},
    "wasmtime": {"circom"},
    "eth": {"chain"},
    "eth_abi": {"chain"},
    "eth_account": {"chain", "wallet"},
    "typer": {"cli"},
    "rich": {"cli"},
    "segno": {"standards"},
    "fastapi": {"page"},
    "jinja2": {"page"},
    "starlette": {"page"},
    "uvicorn": {"page"},
    "py_ecc": {"bn254"},
    "mnemonic": {"wallet"},
}

# Heavy packages that no module may load by being imported.
LAZY = {"matplotlib", "segno", "web3", "eth_account", "eth_tester", "psycopg", "py_ecc", "pyrevm"}

FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def modules():
    return sorted(path for path in ROOT.rglob("*.py*") if path.suffix in (".py", ".pyi"))


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


def room_of(path: Path) -> str:
    return name_of(path).partition(".")[0]


def imported(tree: ast.AST):
    """Dotted names of every import; relative ones do not occur (ruff's TID would be enough)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                yield f"{node.module}.{alias.name}"


def inside(tree: ast.AST):
    """Modules of zkcredit that a tree imports, without the package's name; "" is the package."""
    known = {name_of(path) for path in modules()}
    for name in imported(tree):
        head, _, rest = name.partition(".")
        if head != "zkcredit":
            continue
        while rest and rest not in known:
            rest = rest.rpartition(".")[0]
        yield rest


def rooms(tree: ast.AST):
    return {name.partition(".")[0] or "__init__" for name in inside(tree)}


def allowed(room: str) -> set[str]:
    below = {other for other, floor in FLOOR.items() if floor < FLOOR[room]}
    return (NARROWED.get(room, below)) | BESIDE.get(room, set()) | {room}


def test_every_room_stands_on_a_floor():
    found = {room_of(path) for path in modules()}
    assert found <= set(FLOOR), f"rooms without a floor: {sorted(found - set(FLOOR))}"
    assert max(Counter(room for rooms in FLOORS for room in rooms).values()) == 1


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_down(path):
    room = room_of(path)
    tree = ast.parse(path.read_text())
    assert rooms(tree) <= allowed(room)
    if room in NARROWED:
        of_r1cs = {name.split(".")[1] for name in inside(tree) if name.startswith("r1cs.")}
        assert of_r1cs <= DATA_OF_R1CS

    packages = {name.partition(".")[0] for name in imported(tree)}
    for package in packages & RESERVED.keys():
        assert room in RESERVED[package], f"{package} is not for {room}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_inside_comes_by_the_front_door(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.module != "zkcredit", f"line {node.lineno}: import the module by its name"


def test_no_module_imports_in_a_circle():
    graph = {}
    for path in modules():
        name = name_of(path)
        graph[name] = set(inside(ast.parse(path.read_text()))) - {name, ""}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_no_room_is_crowded():
    for folder in (path for path in ROOT.rglob("*") if path.is_dir()):
        files = list(folder.glob("*.py"))
        if folder.name not in ("gadgets", "cli"):
            assert len(files) <= 16, f"{folder.relative_to(ROOT)} has {len(files)} modules"
    assert len(list(ROOT.glob("*.py"))) <= 13


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_are_imported_late(path):
    if room_of(path) == "chain" or path.suffix == ".pyi":
        return
    tree = ast.parse(path.read_text())
    early = {
        name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(node)
    }
    assert not early & LAZY


def test_the_rules_notice_a_wrong_arrow():
    tree = ast.parse("from zkcredit.cli import app\nimport zkcredit.circuits.hashes")
    assert rooms(tree) == {"cli", "circuits"}
    assert not rooms(tree) <= allowed("wallet")
    tree = ast.parse("def f():\n    from zkcredit.chain import x\n    from zkcredit import Policy")
    assert rooms(tree) == {"chain", "__init__"}
    assert not rooms(tree) <= allowed("wallet")
