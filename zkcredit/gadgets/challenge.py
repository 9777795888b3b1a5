"""The product of a key and a 254-bit hash, exactly: h·B for the canonical h, without any wrap.

A hash h < r is longer than the 251-bit group order l, and longer than what ``signed_chain`` can
take. It is reduced in the exponent: h = e' + q·l with q < 8 and

    e' = 2c + parity + 2²⁵¹ + 2 - 2l,

where c has the 251 digits of the chain. The chain gives (2c + 2²⁵¹ + 1)·B. Adding B or 2B, by the
parity bit, gives e'·B = h·B, because l·B is the identity.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.gadgets.compare import assert_run
from zkcredit.gadgets.montgomery import MontgomeryPoint, add_incomplete
from zkcredit.gadgets.range import assert_bool
from zkcredit.gadgets.variable_base import signed_chain
from zkcredit.r1cs import MAX_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = [
    "DIGITS",
    "LARGEST",
    "SMALLEST",
    "assert_at_most",
    "is_provable",
    "multiply_by_challenge",
]

DIGITS: Final = 251
_CHECKED_DIGITS: Final = 100
"""How many leading digits the window compares: this costs about half as many constraints, and
refuses about 2⁻⁹⁸ of all challenges.
"""

_OFFSET: Final[int] = 2 * SUBGROUP_ORDER - 2**DIGITS - 2
"""2c + parity = e' + _OFFSET."""

_GAP: Final[int] = 8 * SUBGROUP_ORDER - R
"""δ: only seven multiples of l, not eight, have the top δ residues below r."""

_MARGIN: Final = 5
_STEP: Final = 1 << (DIGITS - _CHECKED_DIGITS)

SMALLEST: Final[int] = -(-(_MARGIN + _OFFSET) // (2 * _STEP)) * _STEP
"""Smallest c in the window; its low digits are zeros."""

LARGEST: Final[int] = (SUBGROUP_ORDER - _GAP - _MARGIN - 1 + _OFFSET) // (2 * _STEP) * _STEP - 1
"""Largest c in the window; its low digits are ones."""

_LOWEST_RESIDUE: Final = 2 * SMALLEST - _OFFSET
_HIGHEST_RESIDUE: Final = 2 * LARGEST + 1 - _OFFSET

# What the docstring of ``multiply_by_challenge`` uses.
if not (
    0 < _GAP < 2**126
    and _MARGIN <= _LOWEST_RESIDUE < _HIGHEST_RESIDUE <= SUBGROUP_ORDER - _GAP - _MARGIN
    and 7 * SUBGROUP_ORDER + _HIGHEST_RESIDUE < R < 2**254
    and 0 < SMALLEST < LARGEST < 2**DIGITS
):
    raise CircuitError("the challenge window does not fit the subgroup order")


def is_provable(challenge: int) -> bool:
    """Return whether a challenge lies in the window that ``multiply_by_challenge`` accepts.

    False for one in 2⁹⁸ challenges: those with h mod l within 2¹⁵² of 0 or of l - δ.
    """
    if not 0 <= challenge < R:
        return False
    return _LOWEST_RESIDUE <= challenge % SUBGROUP_ORDER <= _HIGHEST_RESIDUE


def multiply_by_challenge(
    api: Api, base: MontgomeryPoint[Signal], challenge: Signal
) -> MontgomeryPoint[Signal]:
    """Return h·B for a base of prime order l and the canonical integer h of ``challenge``.

    Adds 4 + 1511 + 51 + 5 constraints: q (3 bits) and the parity, ``signed_chain``, the window, and
    the parity's addition; 1,571 in all.

    **Exact.** 2c + parity, as an integer, is what the digits say. The binding constrains
    h ≡ e' + q·l mod r for the integer e' above. The window keeps c in [SMALLEST, LARGEST], hence
    5 ≤ e' ≤ l - δ - 5 where δ = 8l - r > 0. So 0 < e' + q·l ≤ 7l + l - δ - 5 < r, and h *is*
    e' + q·l: q, parity and c are unique, and the second representative h + r is never used.

    **Last addition.** (2c + 2²⁵¹ + 1)·B = (e' - 1 - parity)·B meets ±B or ±2B (the parity chooses
    which) only if e' ≡ 0, 2 or 4 mod l as far as this parity allows; 5 ≤ e' ≤ l - 5 excludes all of
    them. The values at which an honest chain fails, 2l ± 1 and 3l, are e' = 0 .. 3, l + 1 and
    l + 2: excluded too. The result is not the identity, since e' ≢ 0.

    The caller proves that ``base`` has prime order.
    """
    with api.gadget("challenge"):
        value = api.shadow(challenge)
        quotient_hint, residue = value.divmod(SUBGROUP_ORDER)
        bits = (residue + _OFFSET).bits(DIGITS + 1)
        parity = _boolean(api, bits[0])
        quotient = api.linear(
            (1 << i, _boolean(api, bit)) for i, bit in enumerate(quotient_hint.bits(3))
        )
        doubled = challenge - parity - SUBGROUP_ORDER * quotient + _OFFSET
        chain = signed_chain(api, base, bits[1:], doubled)
        with api.gadget("window"):
            complement = [base.v - digit for digit in chain.digits]
            assert_at_most(api, chain.digits, base.v, LARGEST)
            assert_at_most(api, complement, base.v, 2**DIGITS - 1 - SMALLEST)
        with api.gadget("parity"):
            last = MontgomeryPoint(
                base.u + parity * (chain.twice.u - base.u),
                base.v + parity * (chain.twice.v - base.v),
            )
            return add_incomplete(api, chain.product, last)


def _boolean(api: Api, hint: Shadow) -> Signal:
    return assert_bool(api, api.witness(hint)).value


def assert_at_most(api: Api, digits: Sequence[Signal], unit: Signal, bound: int) -> None:
    """Prove that Σ 2ⁱ·digitsᵢ/unit ≤ bound, where every digit is 0 or ``unit``, and unit ≠ 0.

    Adds z constraints, where the bound, written with as many digits as there are, has z runs of
    zeros.

    This is ``compare.assert_at_most_constant`` with digits that carry a common factor in place of
    booleans. It is exact for the same reason: both sides of ``assert_run`` are ``unit`` times a
    count of at most 253, and vanish with the count.

    The caller proves what the digits are, and that unit ≠ 0.

    Raises:
        CircuitError: if the bound does not fit the digits, or there are too many digits.
    """
    if not 0 <= bound < 1 << len(digits) <= 1 << MAX_BITS:
        raise CircuitError(f"the bound must fit in {len(digits)} digits")
    missing: list[tuple[int, Signal]] = []
    position = len(digits)
    for bit, group in groupby(f"{bound:0{len(digits)}b}"):
        length = len(list(group))
        run = digits[position - length : position]
        position -= length
        if bit == "1":
            missing += [(length, unit), *((-1, digit) for digit in run)]
        else:
            assert_run(api, api.sum(run), api.linear(missing))
