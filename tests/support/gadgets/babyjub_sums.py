"""Points of BabyJubJub and all their sums, for the Solidity tests.

``python -m support.gadgets.babyjub_sums``, in ``tests/``, writes
``contracts/test/fixtures/babyjub_sums.json``:
the eight points of low order, points of prime order and points with a torsion part, then the sum
of every ordered pair, row by row, two words a point.
"""

from __future__ import annotations

import json
from pathlib import Path

from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION

ROOT = Path(__file__).parents[3]
FIXTURE = ROOT / "contracts" / "test" / "fixtures" / "babyjub_sums.json"
LOW_ORDER = (IDENTITY, *(point for point in TORSION if point != IDENTITY))
OTHERS = (
    BASE8,
    babyjub.neg(BASE8),
    babyjub.mul(2, BASE8),
    babyjub.mul(2**250 + 12345, BASE8),
    *(babyjub.add(BASE8, point) for point in (LOW_ORDER[1], LOW_ORDER[4])),
)


def fixture() -> str:
    """The fixture's text."""
    points = (*LOW_ORDER, *OTHERS)
    sums = [babyjub.add(p, q) for p in points for q in points]
    content = {
        "lowOrder": len(LOW_ORDER),
        "points": _hex(points),
        "sums": _hex(sums),
    }
    return json.dumps(content, indent=1) + "\n"


def _hex(points: tuple[babyjub.Point, ...] | list[babyjub.Point]) -> str:
    return "0x" + "".join(f"{point.x:064x}{point.y:064x}" for point in points)


if __name__ == "__main__":
    FIXTURE.write_text(fixture(), encoding="utf-8")
