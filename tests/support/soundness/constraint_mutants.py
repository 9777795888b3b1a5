"""The benchmark that mutates constraints, made importable."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    from constraint_mutation import Score, mutate_gadget
    from mutation_cases import CASES
finally:
    sys.path.pop(0)

__all__ = ["CASES", "Score", "mutate_gadget"]
