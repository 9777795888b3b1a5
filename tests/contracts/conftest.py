"""Where the contracts and their tools are."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def contracts() -> Path:
    return ROOT / "contracts"


@pytest.fixture(scope="session")
def builder(contracts: Path) -> ModuleType:
    """``contracts/build.py`` as a module."""
    spec = importlib.util.spec_from_file_location("contracts_build", contracts / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def foundry() -> dict[str, Path]:
    """Paths of forge and anvil; their npm packages carry the binaries."""
    packages = ROOT / "node_modules" / "@foundry-rs"
    tools = {
        name: next(iter(sorted(packages.glob(f"{name}-*/bin/{name}"))), packages / name)
        for name in ("forge", "anvil")
    }
    missing = [str(path) for path in tools.values() if not path.is_file()]
    assert not missing, f"run `npm ci` first: {missing}"
    return tools


@pytest.fixture(scope="session")
def artifacts(contracts: Path) -> dict[str, Any]:
    """Committed artifacts by contract name."""
    return {path.stem: json.loads(path.read_text()) for path in contracts.glob("abi/*.json")}
