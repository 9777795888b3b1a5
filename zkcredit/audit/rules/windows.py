"""Points that bits choose from a constant table.

A wire b with b·(b - 1) = 0 is a boolean. A wire that a constraint makes a function of tabulated
wires is tabulated too, over all values of the few booleans on which it depends. An example is
``out <== (a21 + a2)*s[2] + a1`` of circomlib's Mux3, after the products of s[0] and s[1]. If every
pair of entries of two tables over the same booleans is a point of the curve, the booleans choose
that point.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.audit.terms import direction, only_wire
from zkcredit.bn254.fields import R
from zkcredit.gadgets.babyjub import MONTGOMERY_A
from zkcredit.r1cs.terms import value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.audit.determinism import Determinism
    from zkcredit.r1cs.terms import Terms

__all__ = ["Window", "windows"]

_BITS: Final = 4
_TERMS: Final = 16

Table = tuple[tuple[int, ...], list[int]]
"""Booleans, lowest bit first, and the wire's value for each value of the booleans."""


class Window(NamedTuple):
    """A point (u, v) of the curve for each value of some booleans."""

    u: int
    v: int
    points: list[tuple[int, int]]


def windows(analysis: Determinism) -> Iterator[Window]:
    """Yield the points that up to four booleans choose."""
    tables = _tables(analysis)
    groups: dict[tuple[int, ...], list[int]] = {}
    for wire, (bits, _) in tables.items():
        if bits != (wire,):
            groups.setdefault(bits, []).append(wire)
    for wires in groups.values():
        by_square: dict[int, list[int]] = {}  # by the first entry, so that few pairs are compared
        for v in wires:
            by_square.setdefault(pow(tables[v][1][0], 2, R), []).append(v)
        for u in wires:
            for v in by_square.get(_square_of_v(tables[u][1][0]), []):
                points = list(zip(tables[u][1], tables[v][1], strict=True))
                if all(_square_of_v(x) == y * y % R for x, y in points):
                    yield Window(u, v, points)


def _square_of_v(u: int) -> int:
    """Return v² of a Montgomery point: u³ + A·u² + u."""
    return u * (u * u + MONTGOMERY_A * u + 1) % R


def _tables(analysis: Determinism) -> dict[int, Table]:
    tables: dict[int, Table] = {}
    for a, b, c, _ in analysis.rows:
        wire = only_wire(a)
        if wire is not None and not c and direction(b) == direction({wire: 1, 0: R - 1}):
            tables[wire] = ((wire,), [0, 1])
    rows = [(row.a, row.b, row.c) for row in analysis.rows]
    # shorter linear constraints are substituted already
    rows += [({}, {}, terms) for terms in analysis.linear if 2 < len(terms) <= _TERMS]
    before = -1
    while len(tables) > before:
        before = len(tables)
        rows = [row for row in rows if _tabulate(tables, *row)]
    return tables


def _tabulate(tables: dict[int, Table], a: Terms, b: Terms, c: Terms) -> bool:
    """Tabulate the one other wire of a·b = c, and return whether that may be possible later."""
    wires = (a.keys() | b.keys() | c.keys()) - {0}
    made = wires - tables.keys()
    if len(made) != 1:
        return len(made) > 1
    (wire,) = made
    others = wires - made
    bits = sorted({bit for other in others for bit in tables[other][0]})
    if wire in a or wire in b or not 1 <= len(bits) <= _BITS:
        return False
    inverse = pow(c[wire], -1, R)
    values = []
    for v in range(1 << len(bits)):
        bit_of = {bit: v >> i & 1 for i, bit in enumerate(bits)}
        at = {0: 1, wire: 0}
        for other in others:
            own, table = tables[other]
            at[other] = table[sum(bit_of[bit] << i for i, bit in enumerate(own))]
        left, right, rest = (value_of(part, at) for part in (a, b, c))
        values.append((left * right - rest) * inverse % R)
    tables[wire] = (tuple(bits), values)
    return False
