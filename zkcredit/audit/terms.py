"""Linear combinations as an analysis compares them; their arithmetic is in ``r1cs.terms``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.r1cs.terms import scaled

if TYPE_CHECKING:
    from zkcredit.r1cs.terms import Terms

__all__ = ["Key", "direction", "key", "only_wire", "signed"]

Key = tuple[tuple[int, int], ...]


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
