"""Shares and commitments, against the definition."""

from __future__ import annotations

from itertools import combinations

import pytest
from support.escrow.arbiter_case import GROUP, POLYNOMIAL, SHARES

from zkcredit.errors import InvalidInput
from zkcredit.escrow.polynomial import (
    commit,
    evaluate,
    evaluate_commitments,
    interpolate_at_zero,
    lagrange_at_zero,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER


def test_shares_are_the_polynomials_values() -> None:
    for index, share in SHARES.items():
        value = sum(c * index**k for k, c in enumerate(POLYNOMIAL)) % SUBGROUP_ORDER
        assert evaluate(POLYNOMIAL, index) == share == value


def test_commitments_check_shares_and_notice_wrong_ones() -> None:
    commitments = commit(POLYNOMIAL)
    for index, share in SHARES.items():
        assert evaluate_commitments(commitments, index) == babyjub.mul(share, BASE8)
        assert evaluate_commitments(commitments, index) != babyjub.mul(share + 1, BASE8)


def test_any_three_find_the_secret_and_no_two_do() -> None:
    for chosen in combinations(SHARES, 3):
        weights = lagrange_at_zero(chosen)
        assert sum(weights[i] * SHARES[i] for i in chosen) % SUBGROUP_ORDER == POLYNOMIAL[0]
    for chosen in combinations(SHARES, 2):
        weights = lagrange_at_zero(chosen)
        assert sum(weights[i] * SHARES[i] for i in chosen) % SUBGROUP_ORDER != POLYNOMIAL[0]


def test_interpolation_in_the_exponent() -> None:
    values = {index: babyjub.mul(SHARES[index], BASE8) for index in (5, 2, 4)}
    assert interpolate_at_zero(values) == GROUP.key
    assert interpolate_at_zero({**values, 2: BASE8}) != GROUP.key


@pytest.mark.parametrize("indexes", [(0, 1), (1, 1), (1, SUBGROUP_ORDER), (-1, 2)])
def test_indexes_that_cannot_be_interpolated(indexes: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput):
        lagrange_at_zero(indexes)
