"""Points that bits choose from a constant table.

A wire that a constraint makes a function of tabulated wires is tabulated itself, over all values of
the few booleans that it depends on: `out <== (a21 + a2)*s[2] + a1` of circomlib's Mux3, after the
products of s[0] and s[1]. Two tables over the same booleans whose entries are points of the curve,
each pair of them, are a point that the booleans choose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.gadgets.babyjub import MONTGOMERY_A

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.r1cs.determinism import Determinism
    from zkcredit.r1cs.terms import Terms

__all__ = ["Window", "WindowTables"]

_BITS: Final = 4

Table = tuple[tuple[int, ...], list[int]]
"""Booleans, and the value for each of their values; the first is the lowest bit."""


class Window(NamedTuple):
    """A point (u, v) of the curve, for each value of some booleans."""

    u: int
    v: int
    points: list[tuple[int, int]]


class WindowTables:
    """Tabulates wires as more of them become known to be booleans."""

    def __init__(self, analysis: Determinism) -> None:
        self._analysis = analysis
        self._tables: dict[int, Table] = {}
        self._told: set[tuple[int, int]] = set()
        self._booleans = 0

    def new(self) -> Iterator[Window]:
        """The points that were not told before."""
        bounds = self._analysis.bounds
        booleans = [wire for wire, interval in bounds.items() if wire and interval == (0, 1)]
        if len(booleans) == self._booleans:
            return
        self._booleans = len(booleans)
        for wire in booleans:
            self._tables.setdefault(wire, ((wire,), [0, 1]))
        rows = [(row.a, row.b, row.c) for row in self._analysis.rows]
        rows += [({}, {}, terms) for terms in self._analysis.linear if 2 < len(terms) < 1 << _BITS]
        while waiting := [row for row in rows if self._tabulate(*row)]:
            if len(waiting) == len(rows):
                break
            rows = waiting
        groups: dict[tuple[int, ...], list[int]] = {}
        for wire, (bits, _) in self._tables.items():
            if bits != (wire,):
                groups.setdefault(bits, []).append(wire)
        for wires in groups.values():
            for u in wires:
                for v in wires:
                    if (u, v) not in self._told and self._on_curve(u, v):
                        self._told.add((u, v))
                        points = zip(self._tables[u][1], self._tables[v][1], strict=True)
                        yield Window(u, v, list(points))

    def _tabulate(self, a: Terms, b: Terms, c: Terms) -> bool:
        """Tabulates the one other wire of a·b = c; whether that may be done later."""
        wires = (a.keys() | b.keys() | c.keys()) - {0}
        made = wires - self._tables.keys()
        if len(made) != 1:
            return len(made) > 1
        (wire,) = made
        bits = sorted({bit for other in wires - made for bit in self._tables[other][0]})
        if wire in a or wire in b or not bits or len(bits) > _BITS:
            return False
        inverse = pow(c[wire], -1, R)
        values = []
        for v in range(1 << len(bits)):
            bit_of = {bit: v >> i & 1 for i, bit in enumerate(bits)}
            at = {0: 1, wire: 0}
            for other in wires - made:
                own, table = self._tables[other]
                at[other] = table[sum(bit_of[bit] << i for i, bit in enumerate(own))]
            left, right, rest = (sum(k * at[w] for w, k in part.items()) for part in (a, b, c))
            values.append((left * right - rest) * inverse % R)
        self._tables[wire] = (tuple(bits), values)
        return False

    def _on_curve(self, u: int, v: int) -> bool:
        return all(
            (y * y - x * (x * x + MONTGOMERY_A * x + 1)) % R == 0
            for x, y in zip(self._tables[u][1], self._tables[v][1], strict=True)
        )
