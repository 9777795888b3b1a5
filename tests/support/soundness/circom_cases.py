"""The benchmark that audits circom circuits, made importable."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    from circom_audit import CASES, LEVELS, Case, audited, constraints, summary, with_library
finally:
    sys.path.pop(0)

__all__ = ["CASES", "LEVELS", "Case", "audited", "constraints", "summary", "with_library"]
