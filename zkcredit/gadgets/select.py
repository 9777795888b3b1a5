"""Choosing between values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.gadgets.compare import typed

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Signal, UInt

__all__ = ["gate", "select"]


def select(api: Api, condition: UInt, yes: Signal, no: Signal) -> Signal:
    """`yes` where the one-bit condition is 1, else `no`: one constraint.

    Raises:
        CircuitError: the condition is not a one-bit `UInt`.
    """
    with api.gadget("select"):
        return no + typed(condition, 1).value * (yes - no)


def gate(api: Api, condition: UInt, x: Signal) -> Signal:
    """x where the one-bit condition is 1, else 0: one constraint.

    Raises:
        CircuitError: the condition is not a one-bit `UInt`.
    """
    with api.gadget("select"):
        return typed(condition, 1).value * x
