"""Linear combinations, wire → coefficient; wire 0 is the constant one."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from zkcredit.bn254.fields import R

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Terms", "add_into", "plus", "scaled", "value_of"]

Terms = dict[int, int]
"""Coefficients are in 1 .. r-1; a wire with coefficient 0 is left out."""

_Of = TypeVar("_Of", int, tuple[int, ...])


def add_into(total: dict[_Of, int], added: Mapping[_Of, int], factor: int = 1) -> None:
    """Add factor·added to the total, in place.

    Args:
        total: a combination of wires, or of monomials in wires.
        added: another one of the same kind.
        factor: any integer; it is reduced mod r.
    """
    if factor == 0:
        return
    for wire, k in added.items():
        value = (total.get(wire, 0) + factor * k) % R
        if value:
            total[wire] = value
        else:
            total.pop(wire, None)


def plus(left: dict[_Of, int], right: dict[_Of, int], factor: int = 1) -> dict[_Of, int]:
    """Return left + factor·right, for combinations of wires or of monomials in wires."""
    total = dict(left)
    add_into(total, right, factor)
    return total


def scaled(terms: dict[_Of, int], factor: int) -> dict[_Of, int]:
    """Return factor·terms."""
    return plus({}, terms, factor)


def value_of(terms: Terms, values: Sequence[int] | Mapping[int, int]) -> int:
    """Return the value of a combination, in 0 .. r-1, for a value of each of its wires."""
    return sum(k * values[wire] for wire, k in terms.items()) % R
