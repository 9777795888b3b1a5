"""N·P for a constant point P and a scalar N whose digits are signals, without booleans.

Three bits cost eight constraints. N = Σ dᵢ·8ⁱ with n digits dᵢ ∈ {±1, ±3, ±5, ±7}. Every odd N with
|N| < 8ⁿ has exactly one such expansion. With c = Σ 2ⁱcᵢ of 3n bits, N = 2c - (8ⁿ - 1): the digits
are those bits three by three, read as signs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.gadgets.montgomery import add_incomplete
from zkcredit.gadgets.table_point import monic, select_point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.gadgets.montgomery import MontgomeryPoint
    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = ["MAX_WINDOWS", "WINDOW_BITS", "SignedWindows", "signed_windows"]

WINDOW_BITS: Final = 3
_RADIX: Final = 1 << WINDOW_BITS
_ODD: Final = (1, 3, 5, 7)

MAX_WINDOWS: Final = 83
"""Longest expansion without an exceptional case; ``signed_windows`` proves it."""

# The proof's one fact about l, and that the bound cannot be raised.
if not _RADIX**MAX_WINDOWS <= SUBGROUP_ORDER < _RADIX ** (MAX_WINDOWS + 1):
    raise CircuitError("the windows do not fit the subgroup order")


class SignedWindows(NamedTuple):
    """What ``signed_windows`` proves.

    Attributes:
        product: N·P, never the identity.
        digits: d₀ .. dₙ₋₁, each one of ±1, ±3, ±5, ±7; N = Σ dᵢ·8ⁱ.
    """

    product: MontgomeryPoint[Signal]
    digits: tuple[Signal, ...]


def signed_windows(api: Api, base: Point, bits: Sequence[Shadow]) -> SignedWindows:
    """Return N·P with the digits of N.

    Adds 8·n - 3 constraints for n windows.

    A window is a point of a constant table: ``select_point`` with u² and u³ as wires, four
    abscissas and two signs, four constraints. Its digit is d = v·g(u), one constraint, where g is
    the cubic through g(uⱼ) = j/vⱼ for j = 1, 3, 5, 7: the opposite point has the opposite digit. So
    digit and point determine each other. Additions take three constraints each.

    **No addition is exceptional, for every choice of digits.** Before window i the sum is k·P with
    k odd and |k| < 8ⁱ; the added multiple D = d·8ⁱ has 8ⁱ ≤ |D| ≤ 7·8ⁱ. So 0 < |k ± D| < 8ⁱ⁺¹,
    which is at most 8ⁿ ≤ l for n ≤ 83. So k ± D is not a multiple of l, the points neither coincide
    nor cancel, and the product is not the identity.

    **The expansion is unique.** Two expansions of the same N differ by Σ δᵢ·8ⁱ = 0 with δᵢ even and
    |δᵢ| ≤ 14; halved, the lowest one that is not zero would be a multiple of 8. And N·P determines
    N mod l.

    Args:
        base: a constant point of prime order.
        bits: hints for the 3n bits of c, lowest first.

    Raises:
        CircuitError: if the bits do not fill 1 to 83 windows, or the base is not of prime order.
    """
    windows, incomplete = divmod(len(bits), WINDOW_BITS)
    if incomplete or not 1 <= windows <= MAX_WINDOWS:
        raise CircuitError(
            f"the bits must fill 1 to {MAX_WINDOWS} windows of three; {len(bits)} do not"
        )
    with api.gadget("windows"):
        total: MontgomeryPoint[Signal] | None = None
        digits = []
        for i, row in enumerate(_tables(base, windows)):
            b0, b1, b2 = bits[WINDOW_BITS * i : WINDOW_BITS * (i + 1)]
            signed = [(u, -v) for u, v in reversed(row)] + list(row)  # d = -7, -5 .. 7
            chosen = select_point(api, b0 + b1 * 2 + b2 * 4, api.shadow(1), signed)
            u, v = chosen.point
            k = _digit_over_ordinate(row)
            digits.append(
                v * api.linear([(k[3], chosen.cube), (k[2], chosen.square), (k[1], u)], k[0])
            )
            total = chosen.point if total is None else add_incomplete(api, total, chosen.point)
        if total is None:
            raise CircuitError("the expansion must have a window")
        return SignedWindows(total, tuple(digits))


def _digit_over_ordinate(row: Sequence[tuple[int, int]]) -> list[int]:
    # Coefficients of g, constant first, by Lagrange's formula.
    total = [0] * len(row)
    for j, (u, v) in enumerate(row):
        others = [other for other, _ in row if other != u]
        denominator = v
        for other in others:
            denominator = denominator * (u - other) % R
        scale = _ODD[j] * pow(denominator, -1, R)
        total = [(a + scale * b) % R for a, b in zip(total, monic(others), strict=True)]
    return total


@lru_cache(maxsize=8)
def _tables(base: Point, windows: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    # Montgomery coordinates of 1, 3, 5, 7 times 8ⁱ·base for each window.
    if not babyjub.has_prime_order(base):
        raise CircuitError("the base of a fixed multiplication must have prime order")
    rows = []
    unit = base
    for _ in range(windows):
        multiples = babyjub.odd_multiples(unit, len(_ODD))
        rows.append(tuple(babyjub.to_montgomery(point) for point in multiples))
        unit = babyjub.add(multiples[-1], unit)
    return tuple(rows)
