"""Check that the instruction-set units compute the same bits: each primitive, edges and random.

Each unit that this processor has computes the same vectors in its own process, and returns one
digest for each primitive. A row counts vectors: pairs of operands, bases with their scalars, values
of a transform. The exit code is 1 if two units differ.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from measure import positive, report
from tools import units_here

TESTS = Path(__file__).parent.parent / "tests"
SCRIPT = TESTS / "support" / "kernel" / "unit_agreement.py"


def computed(unit: str, count: int) -> dict[str, dict[str, Any]]:
    """Return the number of vectors and the digest of each primitive in one unit."""
    done = subprocess.run(
        [sys.executable, SCRIPT, str(count)],
        env={**os.environ, "ZKCREDIT_KERNEL": unit, "PYTHONPATH": str(TESTS)},
        check=True,
        stdout=subprocess.PIPE,
    )
    document = json.loads(done.stdout)
    assert document["unit"] == unit
    primitives: dict[str, dict[str, Any]] = document["primitives"]
    return primitives


def compared(by_unit: dict[str, dict[str, dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return, for each primitive, the number of vectors, and whether all units agree."""
    first = next(iter(by_unit.values()))
    return {
        name: {
            "vectors": row["vectors"],
            "units": len(by_unit),
            "same": all(other.get(name) == row for other in by_unit.values()),
        }
        for name, row in first.items()
    }


def main() -> int:
    """Ask every unit, compare, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--count", type=positive, default=10**6, help="random vectors, at least")
    options = parser.parse_args()
    units = units_here()
    with ThreadPoolExecutor() as pool:  # each waits for a process
        found = pool.map(partial(computed, count=options.count), units)
        results = compared(dict(zip(units, found, strict=True)))
    report(f"{', '.join(units)}: the same bits", results, options.json)
    return 0 if all(row["same"] for row in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
