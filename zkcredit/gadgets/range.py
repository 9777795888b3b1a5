"""Bits and ranges.

Bits are unique only below r. Because 2^253 < r < 2^254, most values have two decompositions into
254 bits, so ``to_bits`` refuses more than 253.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.r1cs import MAX_BITS, UInt

if TYPE_CHECKING:
    from zkcredit.r1cs import Api, Signal

__all__ = ["assert_bool", "range_check", "to_bits"]


def assert_bool(api: Api, x: Signal) -> UInt:
    """Prove that x is 0 or 1.

    Adds 1 constraint: x·(x − 1) = 0.
    """
    api.assert_product(x, x - 1, api.constant(0))
    return UInt.unchecked(x, 1)


def to_bits(api: Api, x: Signal, bits: int) -> list[UInt]:
    """Prove that 0 ≤ x < 2^bits, and return the bits, lowest first.

    Adds n constraints for n bits.

    All bits but the top one are hints. The top one is the combination (x − Σ 2ⁱ·bᵢ) / 2^(bits−1),
    so the sum costs nothing. Every bit is boolean, so x = Σ 2ⁱ·bᵢ as integers, and the bits are
    unique because 2^bits < r.

    Raises:
        CircuitError: if ``bits`` is not in 1 .. 253.
    """
    if not 1 <= bits <= MAX_BITS:
        raise CircuitError(
            f"the bits of a value are unique for 1 to {MAX_BITS} of them, not {bits}"
        )
    with api.gadget("range"):
        low = bits - 1
        hints = [api.witness(s) for s in api.shadow(x).bits(low)] if low else []
        scale = pow(2, -low, R)
        rest = [(-(1 << i) * scale, bit) for i, bit in enumerate(hints)]
        return [assert_bool(api, bit) for bit in [*hints, api.linear([(scale, x), *rest])]]


def range_check(api: Api, x: Signal, bits: int) -> UInt:
    """Prove that 0 ≤ x < 2^bits, and return x with this width.

    Adds n constraints for n bits, and n − 1 wires. Nothing without look-ups is cheaper: n quadrics
    have at most 2^n isolated solutions.

    Raises:
        CircuitError: if ``bits`` is not in 1 .. 253.
    """
    to_bits(api, x, bits)
    return UInt.unchecked(x, bits)
