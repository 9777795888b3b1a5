"""The product of a point and a scalar, six constraints a digit.

The chain starts at 2B and takes P to 2P + σB for one sign σ = ±1 after another. With n digits c = Σ
2ⁱcᵢ and σᵢ = 2cᵢ - 1, the result is e·B with e = 2c + 2ⁿ + 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.babyjub import MONTGOMERY_A, SUBGROUP_ORDER
from zkcredit.gadgets.montgomery import MontgomeryPoint, double

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Shadow, Signal

__all__ = ["MAX_DIGITS", "SignedChain", "signed_chain"]

MAX_DIGITS: Final = 251
"""Longest chain without an exceptional case; ``signed_chain`` proves it."""

# The proof's two facts about l.
if not (2**250 < SUBGROUP_ORDER < 2**251 and 3 * 2 ** (MAX_DIGITS - 1) < 2 * SUBGROUP_ORDER - 1):
    raise CircuitError("the length of the sign chain does not fit the subgroup order")


class SignedChain(NamedTuple):
    """What ``signed_chain`` proves.

    Attributes:
        product: e·B with e = 2c + 2ⁿ + 1.
        twice: 2B, where the chain starts.
        digits: cᵢ·v_B for i = 0 .. n-1, lowest first: each is 0 or v_B.
    """

    product: MontgomeryPoint[Signal]
    twice: MontgomeryPoint[Signal]
    digits: tuple[Signal, ...]


def signed_chain(
    api: Api,
    base: MontgomeryPoint[Signal],
    bits: Sequence[Shadow],
    doubled_integer: Signal,
) -> SignedChain:
    """Return e·B, with the digits bound to a signal by 2c = ``doubled_integer`` mod r.

    Adds 4 + 6·n + 1 constraints for n digits: 4 for 2B, 6·n for the chain, 1 for the binding.

    Each digit is a wire vᵢ with (vᵢ - v_B)(vᵢ + v_B) = 0, that is, σᵢ·v_B, the ordinate of σᵢB. A
    step adds Q = σB to P, and P to the sum S: λ₁(u_Q - u_P) = v_Q - v_P, λ₁² = u_S + A + u_P + u_Q,
    (λ₁ + λ₂)(u_P - u_S) = 2v_P, λ₂² = u' + A + u_P + u_S and λ₂(u_P - u') = v' + v_P; the ordinate
    of S drops out. The binding is Σ 2ⁱvᵢ = (2c - (2ⁿ - 1))·v_B, one constraint since v_B ≠ 0. It
    makes 2c unique as an integer because 2c < 2ⁿ⁺¹ < r.

    **No case is exceptional for n ≤ 251.** Write P = kB before a step. A slope is free only if both
    sides of its equation vanish. First addition: P = Q, that is, k ≡ σ mod l. Second addition:
    P = S would need Q = 0. (P = -Q or P = -S leave 0·λ = ±2v ≠ 0, which is unsatisfiable, so a
    partial sum that is the identity cannot occur in a satisfying assignment.) Before the first
    digit k = 2, and 2 ≢ ±1. After j ≥ 1 digits k is odd and 2ʲ < k < 3·2ʲ. The integers ≡ ±1 mod l
    below 3·2²⁵⁰ are 1, which is below 2ʲ, and l ± 1, which are even; 2l - 1 is above 3·2²⁵⁰
    already. The last step begins after j = n - 1 ≤ 250 digits. A step 252 could begin at 2l ± 1,
    though only after one that ended at l: the bound is on the safe side.

    **Completeness.** An honest chain fails if some k is a multiple of l. For k < 3·2²⁵¹ this is l
    after 250 digits or 3l after 251: e = 2l ± 1 or 3l. The caller's window excludes them.

    The caller proves that ``base`` has prime order l, so that v_B ≠ 0 and the argument above
    applies.

    Args:
        base: a point of prime order.
        bits: hints for c₀ .. cₙ₋₁.
        doubled_integer: a signal equal to 2c.

    Raises:
        CircuitError: if there are no digits, or more than ``MAX_DIGITS``.
    """
    if not 1 <= len(bits) <= MAX_DIGITS:
        raise CircuitError(f"a chain must have 1 to {MAX_DIGITS} digits, not {len(bits)}")
    with api.gadget("chain"):
        twice = double(api, base)
        v = api.shadow(base.v)
        ordinates = []
        for bit in bits:
            ordinate = api.witness(v * (bit + bit - 1))
            api.assert_product(ordinate - base.v, ordinate + base.v, api.constant(0))
            ordinates.append(ordinate)
        point = twice
        for ordinate in reversed(ordinates):
            point = _step(api, point, MontgomeryPoint(base.u, ordinate))
    with api.gadget("binding"):
        weighted = api.linear((1 << i, ordinate) for i, ordinate in enumerate(ordinates))
        api.assert_product(doubled_integer - ((1 << len(bits)) - 1), base.v, weighted)
    half = pow(2, -1, R)
    digits = tuple(half * (ordinate + base.v) for ordinate in ordinates)
    return SignedChain(point, twice, digits)


def _step(
    api: Api, p: MontgomeryPoint[Signal], q: MontgomeryPoint[Signal]
) -> MontgomeryPoint[Signal]:
    # 2P + Q. One inversion serves both slopes: with r = u_Q - u_P and n = v_Q - v_P,
    # u_P - u_S = D/r² for D = (2u_P + u_Q + A)·r² - n², and 1/(r·D) gives 1/r and r²/D.
    u, v, qu = api.shadow(p.u), api.shadow(p.v), api.shadow(q.u)
    run, rise = qu - u, api.shadow(q.v) - v
    square = run * run
    denominator = (u + u + qu + MONTGOMERY_A) * square - rise * rise
    inverse = (run * denominator).inverse()
    first = rise * denominator * inverse
    second = (v + v) * square * run * inverse - first
    sum_u = first * first - MONTGOMERY_A - u - qu
    new_u = second * second - MONTGOMERY_A - u - sum_u

    slope1, s_u, slope2, u3 = (api.witness(x) for x in (first, sum_u, second, new_u))
    v3 = api.witness(second * (u - new_u) - v)
    api.assert_product(slope1, q.u - p.u, q.v - p.v)
    api.assert_product(slope1, slope1, s_u + MONTGOMERY_A + p.u + q.u)
    api.assert_product(slope1 + slope2, p.u - s_u, 2 * p.v)
    api.assert_product(slope2, slope2, u3 + MONTGOMERY_A + p.u + s_u)
    api.assert_product(slope2, p.u - u3, v3 + p.v)
    return MontgomeryPoint(u3, v3)
