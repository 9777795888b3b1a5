"""The benchmark that audits templates with random witnesses, made importable."""

from __future__ import annotations

import sys

from support.soundness.circom_cases import ROOT

sys.path.insert(0, str(ROOT / "benchmarks"))
try:
    import circom_random
    from circom_random import (
        NOT_TRIED,
        PACKAGES,
        WITNESSES,
        Circuit,
        circuits,
        main,
        row,
        with_libraries,
    )
finally:
    sys.path.pop(0)

__all__ = [
    "NOT_TRIED",
    "PACKAGES",
    "WITNESSES",
    "Circuit",
    "circom_random",
    "circuits",
    "main",
    "row",
    "with_libraries",
]
