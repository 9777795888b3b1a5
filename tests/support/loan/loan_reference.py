"""Write ``contracts/test/fixtures/loan_schedules.json``: schedules by exact rational arithmetic.

An independent reference for ``ProductTable.sol``: the level instalment is computed as a fraction
and rounded once, without the fixed-point steps that the contract takes.

Usage: ``python -m support.loan.loan_reference``, in ``tests/``
"""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path

FIXTURE = Path(__file__).parents[3] / "contracts" / "test" / "fixtures" / "loan_schedules.json"
EDGES = [
    (1_000, 0, 1),
    (1_000, 0, 12),
    (1_001, 0, 7),
    (100_000, 1, 120),
    (100_000, 150, 12),
    (100_000, 150, 1),
    (99_999, 10_000, 2),
    (10_000, 10_000, 1),
    (123_456_789, 33, 36),
    (10**12, 117, 60),
]


def rounded_half_up(value: Fraction) -> int:
    return int((2 * value + 1) // 2)


def level_instalment(principal: int, rate_bps: int, count: int) -> int:
    if rate_bps == 0:
        return rounded_half_up(Fraction(principal, count))
    rate = Fraction(rate_bps, 10_000)
    return rounded_half_up(principal * rate / (1 - (1 + rate) ** -count))


def instalments(principal: int, rate_bps: int, count: int) -> list[int]:
    """The schedule of the contract's interface, ``[level, first, ..., last]``."""
    level = level_instalment(principal, rate_bps, count)
    balance, amounts = principal, [level]
    for k in range(count):
        interest = rounded_half_up(Fraction(balance * rate_bps, 10_000))
        amount = balance + interest
        if k + 1 < count:
            amount = min(level, amount)
        amounts.append(amount)
        balance -= amount - interest
    assert balance == 0
    return amounts


def fixture() -> str:
    """The fixture's text: flat lists, since the cheat codes read arrays of numbers."""
    draw = random.Random("zkcredit/loan-schedules")
    cases = EDGES + [
        (draw.randrange(10_000, 10**9), draw.randrange(0, 600), draw.randrange(1, 61))
        for _ in range(60)
    ]
    vectors = [list(case) + instalments(*case) for case in cases]
    return json.dumps({"count": len(vectors), "cases": vectors}, indent=None) + "\n"


if __name__ == "__main__":
    FIXTURE.write_text(fixture(), encoding="utf-8")
