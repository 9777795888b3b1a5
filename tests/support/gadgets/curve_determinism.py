"""What the determinism analysis is told about gadgets on curves.

The constraints alone do not show that the divisors of slopes and conversions are not 0; the
gadgets' docstrings argue it. Nor do they show which point of a table and which sign is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit


def divisions(circuit: Circuit, prefix: str) -> list[tuple[int, dict[int, int]]]:
    """(quotient, divisor) of every constraint whose first factor is a wire that first occurs there.

    An honest builder writes quotient · divisor = dividend in this order.
    """
    inputs = sum(circuit.inputs.values())
    found = []
    for index, label in enumerate(circuit.constraint_labels):
        a, b, c = circuit.system.row(index)
        wire = max(a)
        fresh = wire > inputs and wire not in b and wire not in c and c.keys() - {0}
        if label.startswith(prefix) and fresh and circuit.system.wire_uses[wire][0] == index:
            found.append((wire, b))
    return found


def choices(circuit: Circuit, prefix: str) -> set[int]:
    """The signs of chains and the points of windows."""
    chosen = set()
    for index, label in enumerate(circuit.constraint_labels):
        if not label.startswith(prefix):
            continue
        a, b, c = circuit.system.row(index)
        if label.endswith(".chain") and not c:
            chosen.add(max(a))
        if label.endswith(".windows") and a == b and len(a) == 1:
            chosen |= set(a)  # u² and v²; slopes are squared too and taken out again
    return chosen - {wire for wire, _ in divisions(circuit, prefix)}
