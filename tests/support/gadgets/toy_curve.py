"""Curves like BabyJubJub over small primes: small enough to try every pair of points.

As there: v² = u³ + A·u² + u with a = A + 2 a square and d = A - 2 not, and 8·l points, l prime. So
the proofs in the gadgets' docstrings hold, with other numbers in their bounds.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from support.gadgets.small_field import small_field

from zkcredit.gadgets import babyjub, challenge
from zkcredit.gadgets.babyjub import IDENTITY, Point

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ToyCurve:
    """A field, the coefficient A and the prime l of a curve of order 8·l."""

    p: int
    montgomery_a: int
    order: int
    points: tuple[Point, ...]

    @contextmanager
    def in_place_of_babyjub(self) -> Iterator[pytest.MonkeyPatch]:
        """The gadgets, and the integers beside them, on this curve."""
        with small_field(
            self.p,
            EDWARDS_A=(self.montgomery_a + 2) % self.p,
            EDWARDS_D=(self.montgomery_a - 2) % self.p,
            MONTGOMERY_A=self.montgomery_a,
            SUBGROUP_ORDER=self.order,
        ) as patch:
            base = next(q for q in map(_eight_times, self.points) if q != IDENTITY)
            for name in ("babyjub", "eddsa", "elgamal", "elgamal_circuit"):
                patch.setattr(f"zkcredit.gadgets.{name}.BASE8", base)
            yield patch

    def subgroup(self) -> list[Point]:
        """The multiples of `babyjub.BASE8` from 0 on; call it in place of BabyJubJub."""
        return [babyjub.mul(k, babyjub.BASE8) for k in range(self.order)]

    def affine(self) -> NDArray[np.int32]:
        """The Montgomery coordinates of every point that has some, likewise; (8·l - 1, 2)."""
        return np.array(sorted(babyjub.to_montgomery(q) for q in self.points if q != IDENTITY))


def _eight_times(point: Point) -> Point:
    return babyjub.mul(8, point)


@lru_cache
def toy_curve(order: int, below: int | None = None) -> ToyCurve:
    """The first curve with this l, over a prime below 8·l where that matters.

    BabyJubJub has 8·l > r, which the challenge's reduction relies on.
    """
    middle = 8 * order
    for p in range(middle + 60, 12, -1):
        prime = all(p % k for k in range(2, int(p**0.5) + 1))
        if prime and (p + 1 - middle) ** 2 <= 4 * p and p < (below or p + 1):
            for a in range(3, p - 2):
                points = _points(p, a)
                if len(points) == middle:
                    return ToyCurve(p, a, order, points)
    raise AssertionError(f"no curve of order 8·{order}")


def _points(p: int, montgomery_a: int) -> tuple[Point, ...]:
    a, d = (montgomery_a + 2) % p, (montgomery_a - 2) % p
    squares = {k * k % p for k in range(1, p)}
    if a not in squares or d in squares or not d:
        return ()
    x, y = np.indices((p, p))
    xx, yy = x * x % p, y * y % p
    on_curve = (a * xx + yy - 1 - d * xx * yy % p) % p == 0
    return tuple(Point(int(i), int(j)) for i, j in np.argwhere(on_curve))


def reduce_challenges(patch: pytest.MonkeyPatch, p: int, order: int) -> None:
    """The constants of the challenge's window, computed as its module does for BabyJubJub."""
    digits = order.bit_length()
    offset, gap, margin = 2 * order - 2**digits - 2, 8 * order - p, challenge._MARGIN
    smallest = -(-(margin + offset) // 2)
    largest = (order - gap - margin - 1 + offset) // 2 - 1
    lowest, highest = 2 * smallest - offset, 2 * largest + 1 - offset
    assert gap > 0
    assert margin <= lowest < highest <= order - gap - margin
    for name, value in {
        "DIGITS": digits, "_OFFSET": offset, "SMALLEST": smallest, "LARGEST": largest,
        "_LOWEST_RESIDUE": lowest, "_HIGHEST_RESIDUE": highest,
    }.items():  # fmt: skip
        patch.setattr(challenge, name, value)
    patch.setattr("zkcredit.gadgets.variable_base.MAX_DIGITS", digits)
