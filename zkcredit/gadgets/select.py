"""The choice between two values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.gadgets.compare import typed

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Signal, UInt

__all__ = ["gate", "select"]


def select(api: Api, condition: UInt, yes: Signal, no: Signal) -> Signal:
    """Return ``yes`` if the one-bit condition is 1, else ``no``.

    Adds 1 constraint.

    Raises:
        CircuitError: if the condition is not a ``UInt`` of one bit.
    """
    with api.gadget("select"):
        return no + typed(condition, 1).value * (yes - no)


def gate(api: Api, condition: UInt, x: Signal) -> Signal:
    """Return x if the one-bit condition is 1, else 0.

    Adds 1 constraint.

    Raises:
        CircuitError: if the condition is not a ``UInt`` of one bit.
    """
    with api.gadget("select"):
        return typed(condition, 1).value * x
