"""Comparisons that are asserted, and the zero test.

A comparison of k-bit integers is a range check of their difference: a − b lies in (−2^k, 2^k),
and a negative one is at least r − 2^k ≥ 2^k as a field element, because k ≤ 252. Operands are
`UInt`: without a proven width every comparison can be forged.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import CircuitError
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import UInt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Signal

__all__ = [
    "assert_at_least",
    "assert_at_most_constant",
    "assert_between",
    "assert_less",
    "assert_run",
    "is_zero",
    "typed",
]


def typed(x: object, bits: int) -> UInt:
    """The operand, if it has a proven width of at most `bits`.

    Raises:
        CircuitError: it is an untyped signal, or too wide.
    """
    if not isinstance(x, UInt):
        raise CircuitError("this needs a UInt: range_check the signal first")
    if x.bits > bits:
        raise CircuitError(f"an operand of {x.bits} bits where at most {bits} are allowed")
    return x


def assert_at_least(api: Api, a: UInt, b: UInt) -> None:
    """Proves a >= b as integers: one constraint for each bit of the wider operand."""
    with api.gadget("compare"):
        range_check(api, _difference(a, b), _width(a, b))


def assert_less(api: Api, a: UInt, b: UInt) -> None:
    """Proves a < b as integers: one constraint for each bit of the wider operand."""
    with api.gadget("compare"):
        range_check(api, _difference(b, a) - 1, _width(a, b))


def assert_between(api: Api, low: UInt, x: Signal, high: UInt) -> UInt:
    """Proves low <= x <= high and returns x with its width: 2·k constraints for k-bit bounds.

    x need not have a width before: x = low + α and high − low = α + β mod r with α, β < 2^k. The
    two sides of the second differ by less than 3·2^k ≤ 3·2^252 < r, so it holds as integers, and
    with it the first. (In a field below 3·2^k an empty interval would have something inside.)
    """
    with api.gadget("between"):
        k = _width(low, high)
        range_check(api, x - low.value, k)
        range_check(api, high.value - x, k)
        return UInt.unchecked(x, high.bits)


def is_zero(api: Api, x: Signal) -> UInt:
    """1 where x = 0, else 0: two constraints.

    x·u = 1 − z and x·z = 0. Where x ≠ 0 the second gives z = 0; where x = 0 the first gives
    z = 1, and the hint u is free.
    """
    with api.gadget("is_zero"):
        inverse = api.witness(api.shadow(x).inverse())
        z = 1 - x * inverse
        api.assert_product(x, z, api.constant(0))
        return UInt.unchecked(z, 1)


def assert_at_most_constant(api: Api, bits: Sequence[UInt], bound: int) -> None:
    """Proves Σ 2ⁱ·bitsᵢ <= bound: one constraint for each run of zeros in the constant.

    For a run of zeros let Z be the sum of the value's bits in the run and D the number of higher
    one-positions of the bound where the value has 0. From the top, D = 0 says that the value
    agrees with the bound so far, and then the run must be all zero; once D ≠ 0 the value is
    smaller and anything may follow. `assert_run` states "D = 0 implies Z = 0". D ≤ 253 is never
    0 mod r by wrapping.

    Raises:
        CircuitError: a bit is not a one-bit `UInt`, or the bound does not fit their number.
    """
    values = [typed(bit, 1).value for bit in bits]
    if bound < 0 or bound >> len(values):
        raise CircuitError(f"the bound does not fit in {len(values)} bits")
    with api.gadget("at_most_constant"):
        missing: list[Signal] = []
        run: list[Signal] = []
        for i in reversed(range(len(values))):
            if bound >> i & 1:
                missing.append(1 - values[i])
                continue
            run.append(values[i])
            if i == 0 or bound >> (i - 1) & 1:
                assert_run(api, api.sum(run), api.sum(missing))
                run = []


def assert_run(api: Api, zeros: Signal, missing: Signal) -> None:
    """Proves that `zeros` is 0 where `missing` is 0: one constraint, zeros = missing·u, u free.

    Both may carry a common non-zero factor, so that the rule serves digits ±y as well as bits.
    """
    if missing.constant_value == 0:
        api.assert_zero(zeros)
        return
    u = api.witness(api.shadow(missing).inverse() * api.shadow(zeros))
    api.assert_product(missing, u, zeros)


def _width(a: UInt, b: UInt) -> int:
    return max(typed(a, 252).bits, typed(b, 252).bits)


def _difference(a: UInt, b: UInt) -> Signal:
    return typed(a, 252).value - typed(b, 252).value
