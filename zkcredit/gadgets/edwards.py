"""Points of BabyJubJub's Edwards form in a circuit: a·x² + y² = 1 + d·x²·y².

This form costs more than the Montgomery form, but its addition has no exceptional case. So points
that somebody else chose are added here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.gadgets.babyjub import EDWARDS_A, EDWARDS_D
from zkcredit.gadgets.montgomery import EdwardsSignals

if TYPE_CHECKING:
    from zkcredit.r1cs import Api

__all__ = ["EdwardsSignals", "add", "assert_on_curve", "assert_sum"]


def assert_on_curve(api: Api, point: EdwardsSignals) -> None:
    """Constrain the curve equation; x² and y² become wires.

    Adds 3 constraints.
    """
    with api.gadget("on_curve"):
        xx, yy = point.x * point.x, point.y * point.y
        api.assert_product(EDWARDS_D * xx, yy, EDWARDS_A * xx + yy - 1)


def add(api: Api, p: EdwardsSignals, q: EdwardsSignals) -> EdwardsSignals:
    """Return p + q for any two points of the curve.

    Adds 6 constraints.

    The addition is complete: with both points on the curve and d not a square, d·x₁x₂y₁y₂ is never
    ±1 (Bernstein and others 2008,  6), so both denominators of ``assert_sum`` are invertible and
    the sum is unique. This fails off the curve: the caller proves that both points are on it.
    """
    x1, y1, x2, y2 = (api.shadow(c) for c in (*p, *q))
    a, b = x1 * y2, y1 * x2
    t = a * b * EDWARDS_D
    total = EdwardsSignals(
        api.witness((a + b) * (t + 1).inverse()),
        api.witness((y1 * y2 - x1 * x2 * EDWARDS_A) * (1 - t).inverse()),
    )
    assert_sum(api, p, q, total)
    return total


def assert_sum(api: Api, p: EdwardsSignals, q: EdwardsSignals, total: EdwardsSignals) -> None:
    """Constrain p + q = total, where all three are given.

    Adds 6 constraints.

    With α = x₁y₂, β = y₁x₂ and γ = αβ: x₃(1 + dγ) = α + β and y₃(1 - dγ) = y₁y₂ - a·x₁x₂. The right
    side of the second is (y₁ - a·x₁)(x₂ + y₂) + a·α - β.
    """
    alpha, beta = p.x * q.y, p.y * q.x
    gamma = alpha * beta
    mixed = (p.y - EDWARDS_A * p.x) * (q.x + q.y)
    api.assert_product(total.x, 1 + EDWARDS_D * gamma, alpha + beta)
    api.assert_product(total.y, 1 - EDWARDS_D * gamma, mixed + EDWARDS_A * alpha - beta)
