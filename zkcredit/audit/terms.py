"""Arithmetic of linear combinations, wire → coefficient; wire 0 is the constant one."""

from __future__ import annotations

from typing import TypeVar

from zkcredit.bn254.fields import R

__all__ = ["Key", "Terms", "direction", "key", "only_wire", "plus", "scaled", "signed"]

Terms = dict[int, int]
"""Coefficients are in 1 .. r-1; a wire with coefficient 0 is left out."""

Key = tuple[tuple[int, int], ...]

_Of = TypeVar("_Of", int, tuple[int, ...])


def plus(left: dict[_Of, int], right: dict[_Of, int], factor: int = 1) -> dict[_Of, int]:
    """Return left + factor·right, for combinations of wires or of monomials in wires."""
    total = dict(left)
    for wire, k in right.items():
        value = (total.get(wire, 0) + factor * k) % R
        if value:
            total[wire] = value
        else:
            total.pop(wire, None)
    return total


def scaled(terms: Terms, factor: int) -> Terms:
    """Return factor·terms."""
    return plus({}, terms, factor)


def key(terms: Terms) -> Key:
    """Return the combination in a form that can be a key of a dict."""
    return tuple(sorted(terms.items()))


def direction(terms: Terms) -> Key:
    """Return the same key for combinations that differ only by a factor."""
    if not terms:
        return ()
    return key(scaled(terms, pow(terms[min(terms)], -1, R)))


def signed(value: int) -> int:
    """Return the representative between -r/2 and r/2."""
    value %= R
    return value - R if value > R // 2 else value


def only_wire(terms: Terms) -> int | None:
    """Return the wire if the combination is one wire with coefficient 1; otherwise None."""
    if len(terms) == 1:
        ((wire, k),) = terms.items()
        if k == 1 and wire:
            return wire
    return None
