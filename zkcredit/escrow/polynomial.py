"""Shares of a secret that can be checked: Shamir's polynomials with Feldman's commitments.

A dealer's polynomial f has m coefficients modulo l. Whoever holds f(j) for m different j ≠ 0 can
compute f(0); fewer values tell nothing about it (Shamir, "How to share a secret", 1979). The
commitments C_k = a_k·B8 let each holder check its own value: f(j)·B8 = Σ j^k·C_k (Feldman, "A
practical scheme for non-interactive verifiable secret sharing", 1987).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from zkcredit.gadgets.babyjub import Point

__all__ = ["commit", "evaluate", "evaluate_commitments", "interpolate_at_zero", "lagrange_at_zero"]


def commit(coefficients: Sequence[int]) -> tuple[Point, ...]:
    """Return C_k = a_k·B8 for each coefficient, the constant one first."""
    return tuple(babyjub.mul(coefficient, BASE8) for coefficient in coefficients)


def evaluate(coefficients: Sequence[int], index: int) -> int:
    """Return f(index) modulo l, by Horner's rule."""
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * index + coefficient) % SUBGROUP_ORDER
    return value


def evaluate_commitments(commitments: Sequence[Point], index: int) -> Point:
    """Return f(index)·B8 = Σ index^k·C_k, which needs the commitments only."""
    value = IDENTITY
    for commitment in reversed(commitments):
        value = babyjub.add(babyjub.mul(index, value), commitment)
    return value


def lagrange_at_zero(indexes: Collection[int]) -> dict[int, int]:
    """Return λ_i with f(0) = Σ λ_i·f(i) modulo l, for every f with as many coefficients as indexes.

    Raises:
        InvalidInput: if an index is repeated, or not from 1 to l − 1.
    """
    distinct = set(indexes)
    if len(distinct) != len(indexes) or not all(0 < index < SUBGROUP_ORDER for index in distinct):
        raise InvalidInput("interpolation needs different indexes that are not 0")
    weights = {}
    for index in distinct:
        above = below = 1
        for other in distinct - {index}:
            above = above * other % SUBGROUP_ORDER
            below = below * (other - index) % SUBGROUP_ORDER
        weights[index] = above * pow(below, -1, SUBGROUP_ORDER) % SUBGROUP_ORDER
    return weights


def interpolate_at_zero(values: dict[int, Point]) -> Point:
    """Return f(0)·Q from the values f(i)·Q, by Lagrange's formula in the exponent.

    Raises:
        InvalidInput: if an index is not from 1 to l − 1.
    """
    total = IDENTITY
    for index, weight in lagrange_at_zero(values).items():
        total = babyjub.add(total, babyjub.mul(weight, values[index]))
    return total
