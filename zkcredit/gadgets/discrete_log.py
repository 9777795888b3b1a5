"""The search for a small multiple: Shanks's baby steps and giant steps on BabyJubJub.

A point and its opposite share the Montgomery abscissa, so a table of s baby steps covers 2s + 1
values, and about √(2·bound) additions find any value below the bound. Additions go in batches that
share one inversion (Montgomery's trick).
"""

from __future__ import annotations

from math import isqrt
from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.errors import OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import IDENTITY, MONTGOMERY_A, Point

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MAX_LOGARITHM_BITS", "small_logarithm"]

MAX_LOGARITHM_BITS: Final = 40
"""The widest search: 2^40 takes about ten seconds and 250 megabytes."""

_BATCH: Final = 1 << 10

_Affine = tuple[int, int] | None
"""Montgomery coordinates; None is the identity."""


def small_logarithm(point: Point, base: Point, bound: int) -> int | None:
    """Return the j with 0 ≤ j < bound and j·base = point, or None if there is no such j.

    Not constant time: the duration tells something about j.

    Raises:
        InvalidInput: if a point is not on the curve.
        OutOfRange: if the bound is not in 1 .. 2^40.
    """
    if not 1 <= bound <= 1 << MAX_LOGARITHM_BITS:
        raise OutOfRange(f"a search must cover 1 to 2^{MAX_LOGARITHM_BITS} values")
    size = isqrt(bound // 2) + 1
    # j = i·stride + s with |s| <= size: baby steps are s·base, giant steps point - i·stride·base.
    stride = 2 * size + 1
    baby = {step[0]: s for s, step in enumerate(_multiples(base, size), 1) if step is not None}
    backwards = babyjub.mul(-stride, base)
    batch: list[_Affine] = [None, *_multiples(backwards, min(_BATCH, size + 1) - 1)]
    jump = _affine(babyjub.mul(len(batch), backwards))
    start = [_affine(point)]
    for first in range(0, bound // stride + 2, len(batch)):
        for i, giant in enumerate(_add_to_all(batch, start[0]), first):
            near = 0 if giant is None else baby.get(giant[0])
            if near is None:
                continue
            for j in (i * stride + near, i * stride - near):
                if 0 <= j < bound and babyjub.mul(j, base) == point:
                    return j
        start = _add_to_all(start, jump)
    return None


def _multiples(base: Point, count: int) -> list[_Affine]:
    # 1·base .. count·base; every turn doubles the list
    if not count:
        return []
    steps = [_affine(base)]
    while len(steps) < count:
        whole = _affine(babyjub.mul(len(steps), base))
        steps += _add_to_all(steps[: count - len(steps)], whole)
    return steps


def _add_to_all(points: Sequence[_Affine], q: _Affine) -> list[_Affine]:
    if q is None:
        return list(points)
    runs = [0 if p is None else (q[0] - p[0]) % R for p in points]
    products = [1]
    for run in runs:
        products.append(products[-1] * (run or 1) % R)
    inverse = pow(products[-1], -1, R)
    sums: list[_Affine] = []
    for p, run, before in zip(reversed(points), reversed(runs), products[-2::-1], strict=True):
        if p is None or not run:
            sums.append(_affine(babyjub.add(_edwards(p), _edwards(q))))
            continue
        slope = (q[1] - p[1]) * before % R * inverse % R
        inverse = inverse * run % R
        u = (slope * slope - MONTGOMERY_A - p[0] - q[0]) % R
        sums.append((u, (slope * (p[0] - u) - p[1]) % R))
    return sums[::-1]


def _affine(point: Point) -> _Affine:
    return None if point == IDENTITY else babyjub.to_montgomery(point)


def _edwards(point: _Affine) -> Point:
    return IDENTITY if point is None else babyjub.from_montgomery(*point)
