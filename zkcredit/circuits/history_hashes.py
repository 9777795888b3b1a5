"""The hashes of the tree in which a bureau's records stand: their order and their domains."""

from __future__ import annotations

from typing import TypeVar

from zkcredit.gadgets.poseidon import domain_tag, poseidon

__all__ = ["HISTORY_NODE_TAG", "HISTORY_TAG", "history_inputs", "history_leaf"]

T = TypeVar("T")  # an integer, or a signal of a circuit

HISTORY_TAG = domain_tag("history")
HISTORY_NODE_TAG = domain_tag("history-node")


def history_inputs(nullifier: T, record: T) -> list[T]:
    """Return what a leaf's hash takes, in order."""
    return [nullifier, record]


def history_leaf(nullifier: int, record: int) -> int:
    """Return the leaf of a pseudonym with its record.

    Raises:
        OutOfRange: if one of them is not a field element.
    """
    return poseidon(history_inputs(nullifier, record), HISTORY_TAG)
