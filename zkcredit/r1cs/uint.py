"""Signals with a proven width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.errors import CircuitError

if TYPE_CHECKING:
    from zkcredit.r1cs.api import Api, Signal

__all__ = ["MAX_BITS", "UInt"]

MAX_BITS = 253
"""Widest value whose bits are unique: 2^253 < r < 2^254."""


@dataclass(frozen=True, slots=True)
class UInt:
    """A signal whose canonical integer is proven to be below 2^bits.

    Comparisons, packing and table look-ups take nothing else, because each of them can be forged if
    an operand may be any field element. Get one from ``range_check``, ``is_zero``, ``unpack`` or
    ``UInt.constant``.

    Attributes:
        value: the signal.
        bits: its width, 1 .. 253. A boolean is a ``UInt`` of one bit.

    Raises:
        CircuitError: if the width is not in 1 .. 253.
    """

    value: Signal
    bits: int

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            raise CircuitError(f"a UInt must have 1 to {MAX_BITS} bits, not {self.bits}")

    @classmethod
    def constant(cls, api: Api, value: int, bits: int | None = None) -> UInt:
        """Return a known integer; ``bits`` defaults to the fewest that hold it.

        Raises:
            CircuitError: if the integer is negative or does not fit.
        """
        width = max(1, value.bit_length()) if bits is None else bits
        if value < 0 or value >> width:
            raise CircuitError(f"constant {value} does not fit in {width} bits")
        return cls(api.constant(value), width)

    @classmethod
    def unchecked(cls, value: Signal, bits: int) -> UInt:
        """Claim a width without a constraint: the caller must have proved it in another way."""
        return cls(value, bits)

    def widen(self, bits: int) -> UInt:
        """Return the same value as a wider integer. Adds no constraints.

        Raises:
            CircuitError: if the new width is smaller.
        """
        if bits < self.bits:
            raise CircuitError(
                f"a UInt of {self.bits} bits cannot become one of {bits}: range_check it instead"
            )
        return UInt(self.value, bits)
