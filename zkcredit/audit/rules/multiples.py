"""Which multiple of a base a constant point is, and when two multiples cannot be equal."""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.audit.determinism import Determinism

__all__ = ["Multiples", "Scalar", "combined", "never_same"]

_RADICES: Final = (8, 16)
"""The possible sizes of a table; a table of signed odd digits has as many points as its radix."""

_LONGEST: Final = 252
_MANY: Final = 16

Affine = tuple[int, int]

Scalar = dict[int, int]
"""A combination of bounded wires with integer coefficients, not reduced; 0 is the constant."""


class Multiples:
    """Finds the scalars of constant points over bases that the tables themselves contain.

    The first table of a chain holds ±1, ±3, ±5 .. times a point of order l, which is its base. The
    later tables hold the same digits times powers of the radix. A last table may also hold
    l + radix^n + 1.

    Attributes:
        values: virtual wire → the scalars that it can be.
    """

    def __init__(self) -> None:
        self.values: dict[int, tuple[int, ...]] = {}
        self._bases: list[dict[Affine, int]] = []

    def number(self, points: Sequence[Affine]) -> tuple[int, list[int]] | None:
        """Return (base, scalar of each point); None if they are not multiples of one base."""
        for index, known in enumerate(self._bases):
            scalars = [known.get(point) for point in points]
            if None not in scalars:
                return index, [s for s in scalars if s is not None]
        radix = len(points)
        if radix not in _RADICES or not all(_has_prime_order(point) for point in points):
            return None
        for point in points:
            odd = _odd_multiples(point, radix // 2)
            if {u for u, _ in odd} == {u for u, _ in points}:
                self._bases.append(_chain(point))
                return self.number(points)
        return None

    def chosen(self, points: Sequence[Affine]) -> tuple[int, list[int]] | None:
        """Do the same as ``number`` for points of which the first may be the base of the others."""
        if (found := self.number(points)) is not None:
            return found
        if not _has_prime_order(points[0]):
            return None
        known = _chain(points[0])
        if not all(point in known for point in points):
            return None
        self._bases.append(known)
        return len(self._bases) - 1, [known[point] for point in points]

    def constant(self, u: int, v: int, index: int) -> int | None:
        """Return the scalar of a constant point if it is a known multiple of a base."""
        return self._bases[index].get((u, v)) if 0 <= index < len(self._bases) else None


def combined(left: Scalar, right: Scalar, factor: int = 1) -> Scalar:
    """Return left + factor·right over the integers."""
    total = dict(left)
    for wire, k in right.items():
        total[wire] = total.get(wire, 0) + factor * k
    return {wire: k for wire, k in total.items() if k}


def never_same(
    analysis: Determinism,
    values: Mapping[int, tuple[int, ...]],
    p: Scalar,
    q: Scalar,
    signs: Sequence[int] = (1, -1),
) -> bool:
    """Return whether p and q, scalars of points, are never equal nor opposite modulo l.

    A common factor is divided out first, because it is coprime to the prime l. With the sign 1
    alone, the result is whether they are never equal.
    """
    for one, other in ((p, q), (q, p)):
        few = _few(analysis, values, other)
        if few is None:
            continue
        factor = gcd(*few, *one.values())
        if factor % SUBGROUP_ORDER == 0:
            return False
        divided = {wire: k // factor for wire, k in one.items()}
        low, high = _interval(analysis, divided)
        parity = _parity(divided)
        return not any(
            _meets(low - m, high - m, None if parity is None else (parity - m) % 2)
            for value in few
            for m in (sign * (value // factor) for sign in signs)
        )
    return False


def _few(
    analysis: Determinism, values: Mapping[int, tuple[int, ...]], scalar: Scalar
) -> list[int] | None:
    """Return the values of a scalar if they are few; otherwise None."""
    moving = [wire for wire in scalar if wire]
    constant = scalar.get(0, 0)
    if not moving:
        return [constant]
    if len(moving) > 1:
        return None
    (wire,) = moving
    listed = values.get(wire)
    if listed is None:
        low, high = analysis.bounds[wire]
        if high - low >= _MANY:
            return None
        listed = tuple(range(low, high + 1))
    return [constant + scalar[wire] * value for value in listed]


def _interval(analysis: Determinism, scalar: Scalar) -> tuple[int, int]:
    """Return the bounds of a scalar, if possible from the integer that its bits make up."""
    constant = scalar.get(0, 0)
    bits = {wire: k for wire, k in scalar.items() if wire}
    ends = [sorted(k * end for end in analysis.bounds[wire]) for wire, k in bits.items()]
    low, high = sum(pair[0] for pair in ends), sum(pair[1] for pair in ends)
    for integer, weights in analysis.sums.get(frozenset(bits), []):
        first = min(bits)
        factor = bits[first] // weights[first]
        if all(bits[wire] == factor * k for wire, k in weights.items()):
            limits = sorted(factor * end for end in analysis.bounds[integer])
            low, high = max(low, limits[0]), min(high, limits[1])
    return low + constant, high + constant


def _parity(scalar: Scalar) -> int | None:
    """Return the parity of a scalar if every part but the constant is even; otherwise None."""
    if any(k % 2 for wire, k in scalar.items() if wire):
        return None
    return scalar.get(0, 0) % 2


def _meets(low: int, high: int, parity: int | None) -> bool:
    """Return whether a multiple of l of this parity lies in the interval."""
    first = -(-low // SUBGROUP_ORDER)
    if high // SUBGROUP_ORDER - first > _MANY:
        return True
    multiples = range(first, high // SUBGROUP_ORDER + 1)
    return any(parity is None or m * SUBGROUP_ORDER % 2 == parity for m in multiples)


@lru_cache(maxsize=1 << 12)
def _has_prime_order(point: Affine) -> bool:
    u, v = point
    try:
        return babyjub.has_prime_order(babyjub.from_montgomery(u, v))
    except InvalidInput:  # not on the curve
        return False


def _odd_multiples(point: Affine, count: int) -> list[Affine]:
    edwards = babyjub.from_montgomery(*point)
    twice = babyjub.double(edwards)
    found = [edwards]
    while len(found) < count:
        found.append(babyjub.add(found[-1], twice))
    return [babyjub.to_montgomery(p) for p in found]


@lru_cache(maxsize=64)
def _chain(base: Affine) -> dict[Affine, int]:
    """Return Montgomery coordinates → scalar, for odd digits times powers of two.

    Scalars count halves of the base, so that a second chain can begin with half the base.
    """
    known: dict[Affine, int] = {}

    def note(point: babyjub.Point, scalar: int) -> None:
        u, v = babyjub.to_montgomery(point)
        known.setdefault((u, v), scalar)
        known.setdefault((u, -v % R), -scalar)

    start = babyjub.from_montgomery(*base)
    unit = babyjub.mul(pow(2, -1, SUBGROUP_ORDER), start)
    for i in range(_LONGEST):
        twice = babyjub.double(unit)
        multiple = unit
        # digits of the largest radix at every power of two serve every radix
        for digit in range(1, max(_RADICES), 2):
            note(multiple, digit << i)
            multiple = babyjub.add(multiple, twice)
        if i and i % 4 == 0:  # radix^0 would give 2 a second scalar
            wrap = SUBGROUP_ORDER + (1 << i) + 1
            note(babyjub.mul(wrap, start), 2 * wrap)
        unit = twice
    return known
