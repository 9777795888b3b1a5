"""Comparisons that are asserted, and the test for zero.

To compare two k-bit integers, range-check their difference a − b. It lies in (−2^k, 2^k). If it is
negative, it is at least r − 2^k ≥ 2^k as a field element, because k ≤ 252, so it has no k bits.
Operands are ``UInt``: without a proven width every comparison can be forged.
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
    """Return the operand if it has a proven width of at most ``bits``.

    Raises:
        CircuitError: if it is an untyped signal, or is wider.
    """
    if not isinstance(x, UInt):
        raise CircuitError("the operand must be a UInt: range_check the signal first")
    if x.bits > bits:
        raise CircuitError(f"an operand must have at most {bits} bits, not {x.bits}")
    return x


def assert_at_least(api: Api, a: UInt, b: UInt) -> None:
    """Prove that a ≥ b as integers.

    Adds k constraints, where k is the width of the wider operand.

    Raises:
        CircuitError: if an operand is untyped, or is wider than 252 bits.
    """
    with api.gadget("compare"):
        range_check(api, _difference(a, b), _width(a, b))


def assert_less(api: Api, a: UInt, b: UInt) -> None:
    """Prove that a < b as integers.

    Adds k constraints, where k is the width of the wider operand.

    Raises:
        CircuitError: if an operand is untyped, or is wider than 252 bits.
    """
    with api.gadget("compare"):
        range_check(api, _difference(b, a) - 1, _width(a, b))


def assert_between(api: Api, low: UInt, x: Signal, high: UInt) -> UInt:
    """Prove that low ≤ x ≤ high, and return x with its proven width.

    Adds 2·k constraints, where k is the width of the wider bound.

    x needs no width beforehand: x = low + α and high − low = α + β mod r with α, β < 2^k. The two
    sides of the second equation differ by less than 3·2^k ≤ 3·2^252 < r, so it holds as integers,
    and with it the first. (In a field below 3·2^k, an empty interval would contain something.)

    Raises:
        CircuitError: if a bound is untyped, or is wider than 252 bits.
    """
    with api.gadget("between"):
        k = _width(low, high)
        range_check(api, x - low.value, k)
        range_check(api, high.value - x, k)
        return UInt.unchecked(x, high.bits)


def is_zero(api: Api, x: Signal) -> UInt:
    """Return 1 if x = 0, else 0.

    Adds 2 constraints: x·u = 1 − z and x·z = 0.

    If x ≠ 0, the second one gives z = 0. If x = 0, the first one gives z = 1, and the hint u is
    free.
    """
    with api.gadget("is_zero"):
        inverse = api.witness(api.shadow(x).inverse())
        z = 1 - x * inverse
        api.assert_product(x, z, api.constant(0))
        return UInt.unchecked(z, 1)


def assert_at_most_constant(api: Api, bits: Sequence[UInt], bound: int) -> None:
    """Prove that Σ 2ⁱ·bitsᵢ ≤ bound.

    Adds z constraints, where the bound, written with as many digits as there are bits, has z runs
    of zeros.

    For one run of zeros, let Z be the sum of the value's bits in the run, and D the number of
    higher places where the bound has 1 and the value has 0. Read from the top, D = 0 says that the
    value agrees with the bound so far; then the run must be all zero. If D ≠ 0, the value is
    smaller and anything may follow. ``assert_run`` states that D = 0 implies Z = 0. D ≤ 253, so it
    never becomes 0 mod r by wrapping.

    Raises:
        CircuitError: if a bit is not a ``UInt`` of one bit, or the bound does not fit their number.
    """
    values = [typed(bit, 1).value for bit in bits]
    if bound < 0 or bound >> len(values):
        raise CircuitError(f"the bound must be at least 0 and fit in {len(values)} bits")
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
    """Prove that ``zeros`` is 0 if ``missing`` is 0.

    Adds 1 constraint: zeros = missing·u, where u is free.

    Both may carry a common factor other than 0, so the rule serves digits ±y as well as bits.
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
