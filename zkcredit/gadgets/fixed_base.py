"""S·B8 for a scalar of which only the existence matters: about two constraints a bit, no booleans.

The scalar is written in 62 digits d ∈ {±1, ±3, .., ±15} of weight 16ⁱ and one last term from {±1,
±3, ±5}·16⁶² ∪ {±E} with E = l + 16⁶² + 1. A digit is a point of a constant table, which its
abscissa chooses; its sign is the sign of its ordinate. No other constraint speaks about S. A
signature's verification needs no more: *some* S satisfies the equation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.gadgets.montgomery import add_incomplete
from zkcredit.gadgets.table_point import select_point

if TYPE_CHECKING:
    from zkcredit.gadgets.montgomery import MontgomeryPoint
    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = ["CONSTRAINTS", "multiply_base8"]

_WINDOWS: Final = 62
_TOP: Final = 16**_WINDOWS
_WRAP: Final = SUBGROUP_ORDER + _TOP + 1
"""E: the last term that stands for the odd scalars between 6·16⁶² and l."""

_LAST_TERMS: Final = (_TOP, 3 * _TOP, 5 * _TOP, _WRAP)

CONSTRAINTS: Final = 5 * _WINDOWS + 3 * (_WINDOWS - 1) + 4 + 3

# What the docstring of ``multiply_base8`` uses: no collision in a window, none in the last
# addition, and the last terms leave no odd scalar below l out.
if not (
    16 * 16 ** (_WINDOWS - 1) <= SUBGROUP_ORDER
    and 6 * _TOP < SUBGROUP_ORDER < 7 * _TOP
    and SUBGROUP_ORDER < _WRAP - _TOP < _WRAP + _TOP < 2 * SUBGROUP_ORDER
    and 2 * SUBGROUP_ORDER - (_WRAP + _TOP) < 6 * _TOP
):
    raise CircuitError("the digits of the fixed-base chain do not fit the subgroup order")


def multiply_base8(api: Api, scalar: Shadow) -> MontgomeryPoint[Signal]:
    """Return a multiple S·B8 whose S the prover knows; it is never the identity.

    Adds 500 constraints.

    S comes as a hint and only as a hint, as the module's text says: it has no range and no bits,
    and S + l gives the same wires.

    ``select_point`` chooses a digit with five constraints, where v and -v belong to the digits d
    and -d. The last term has four abscissas and takes four.

    **No addition is exceptional, for every choice of digits.** Before window i the sum is k·B8 with
    k odd and |k| < 16ⁱ; the added multiple D = d·16ⁱ has 16ⁱ ≤ |D| ≤ 15·16ⁱ. So k ± D is not 0, and
    |k ± D| < 16ⁱ⁺¹ ≤ 16⁶² < l, so it is not a multiple of l. At the end |k| < 16⁶². For D = ±1, ±3,
    ±5 times 16⁶², 0 < |k ± D| < 6·16⁶² < l; for D = ±E, l < |k ± D| < l + 2·16⁶² + 1 < 2l. So
    points neither coincide nor cancel: S ≢ 0.

    **Complete for every S ≢ 0 mod l.** One of S and S - l is odd; call it N, 0 < |N| < l. Up to
    6·16⁶² the digits of a signed odd expansion reach it. Above that, N - 2l (N + 2l) = ∓(E + k)
    with k odd and |k| < 16⁶². S = 0 has no witness; an honest signer meets it with probability
    2⁻²⁵⁰.
    """
    with api.gadget("fixed_base"):
        sign, digits, last = _digits(scalar)
        rows, last_row = _tables()
        total: MontgomeryPoint[Signal] | None = None
        for digit, row in zip(digits, rows, strict=True):
            signed = [(u, -v) for u, v in reversed(row)] + list(row)  # d = -15 .. 15
            point = select_point(api, digit, sign, signed).point
            total = point if total is None else add_incomplete(api, total, point)
        if total is None:
            raise CircuitError("the chain must have a window")
        return add_incomplete(api, total, select_point(api, last, sign, last_row).point)


def _digits(scalar: Shadow) -> tuple[Shadow, list[Shadow], Shadow]:
    # (sign, index of each digit in d = -15, -13 .. 15, index of the last term). The expansion is
    # that of |N|; the sign multiplies every ordinate.
    reduced = scalar.divmod(SUBGROUP_ORDER)[1]
    odd = reduced.divmod(2)[1]
    magnitude = odd * (reduced + reduced - SUBGROUP_ORDER) - reduced + SUBGROUP_ORDER
    last = magnitude.divmod(2 * _TOP)[0]
    # For the last term E the expansion is that of |N| - 2l = -(E + k), so E enters negated: the
    # table below holds -E·B8 for it.
    taken = last.lookup([_TOP, 3 * _TOP, 5 * _TOP, 2 * SUBGROUP_ORDER - _WRAP])
    # Σ d·16ⁱ = 2·Σ index·16ⁱ - (16⁶² - 1).
    indices = ((magnitude - taken + (_TOP - 1)) * pow(2, -1, R)).bits(4 * _WINDOWS)
    digits = [
        b0 + b1 * 2 + b2 * 4 + b3 * 8
        for b0, b1, b2, b3 in zip(*(indices[i::4] for i in range(4)), strict=True)
    ]
    return odd + odd - 1, digits, last


@lru_cache(maxsize=1)
def _tables() -> tuple[list[list[tuple[int, int]]], list[tuple[int, int]]]:
    # Montgomery coordinates of d·16ⁱ·B8 for d = 1, 3 .. 15 in each window, and of the last terms.
    rows = []
    unit = babyjub.BASE8
    for _ in range(_WINDOWS):
        multiples = babyjub.odd_multiples(unit, 8)
        rows.append([babyjub.to_montgomery(point) for point in multiples])
        unit = babyjub.add(multiples[-1], unit)
    terms = (*_LAST_TERMS[:3], -_WRAP)
    return rows, [babyjub.to_montgomery(babyjub.mul(k, babyjub.BASE8)) for k in terms]
