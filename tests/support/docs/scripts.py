"""Loads a script of the tree that is not in a package, such as one that makes a page."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

__all__ = ["ROOT", "loaded"]

ROOT = Path(__file__).parents[3]


def loaded(script: str) -> Any:
    """The module of a script, named from the root of the tree."""
    path = ROOT / script
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
