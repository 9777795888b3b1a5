"""Who may import whom inside zkcredit (the architecture's arrows), by walking every import.

Imports under ``if TYPE_CHECKING`` count: a type is a dependency too.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import zkcredit

ROOT = Path(zkcredit.__file__).parent

BASICS = {"errors", "files", "_lazy"}

# What each part may import of zkcredit, beside itself and the basics. Nouns (everything that is
# not named here) know everything below them, and neither chain nor the command line.
ALLOWED = {
    "errors": set(),
    "_checks": {"bn254"},
    "files": set(),
    "_lazy": set(),
    "_kernel": set(),
    "bn254": {"_kernel"},
    "r1cs": {"bn254", "_kernel"},
    "gadgets": {"bn254", "r1cs", "_kernel"},
    "circuits": {"bn254", "r1cs", "gadgets", "_kernel", "cache"},
    "formats": {"bn254", "r1cs", "_kernel"},
    "groth16": {"bn254", "r1cs", "formats", "_checks", "_kernel", "cache"},
    "cache": set(),
}
ABOVE_THE_NOUNS = {"chain", "cli", "demo"}

# Only these parts may import these packages.
RESERVED = {
    "web3": {"chain"},
    "eth_tester": {"chain"},
    "eth": {"chain"},
    "eth_abi": {"chain"},
    "eth_account": {"chain", "wallet"},
    "typer": {"cli"},
    "rich": {"cli"},
    "py_ecc": {"bn254", "groth16", "chain"},
    "mnemonic": {"wallet"},
}

# Heavy packages that no module may load by being imported.
LAZY = {"web3", "eth_account", "eth_tester", "py_ecc"}


def modules():
    return sorted(path for path in ROOT.rglob("*.py*") if path.suffix in (".py", ".pyi"))


def part_of(path: Path) -> str:
    first = path.relative_to(ROOT).parts[0]
    return first.partition(".")[0]


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


def internal_parts(tree: ast.AST):
    """The parts of zkcredit that a module imports, "" for a name of the package itself."""
    for name in imported(tree):
        head, _, rest = name.partition(".")
        if head == "zkcredit":
            first = rest.partition(".")[0]
            folder, file = ROOT / first, ROOT / f"{first}.py"
            known = folder.is_dir() or file.exists() or (ROOT / f"{first}.pyi").exists()
            yield first if known else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_arrows(path):
    part = part_of(path)
    tree = ast.parse(path.read_text())
    used = set(internal_parts(tree)) - {part}
    if part in ALLOWED:
        allowed = ALLOWED[part] | (BASICS if part not in BASICS else {"errors"})
        if path.name == "cache.py" and part == "circuits":
            allowed = allowed | {""}  # asks the package where its sources are
        assert used <= allowed
    elif part == "chain":
        assert not used & {"cli", "demo"}
    elif part not in ABOVE_THE_NOUNS:
        assert not used & ABOVE_THE_NOUNS
    if part != "__main__":
        assert "cli" not in used

    packages = {name.partition(".")[0] for name in imported(tree)}
    for package in packages & RESERVED.keys():
        assert part in RESERVED[package], f"{package} is not for {part}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_packages_are_imported_late(path):
    if part_of(path) == "chain" or path.suffix == ".pyi":
        return
    tree = ast.parse(path.read_text())
    early = {
        name.partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in imported(node)
    }
    if path == ROOT / "bn254" / "curve.py":
        early -= {"py_ecc"}  # the slow oracle is this module's whole purpose
    assert not early & LAZY


def test_the_rules_notice_a_wrong_arrow():
    tree = ast.parse("from zkcredit.cli import main\nimport zkcredit.circuits.hashes")
    assert set(internal_parts(tree)) == {"cli", "circuits"}
    tree = ast.parse("def f():\n    from zkcredit.chain import x")
    assert set(internal_parts(tree)) == {"chain"}
