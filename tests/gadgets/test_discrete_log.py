from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION, Point
from zkcredit.gadgets.discrete_log import small_logarithm

BASE = babyjub.mul(424242, BASE8)


@pytest.mark.slow
@pytest.mark.parametrize("bound", [1, 2, 3, 4, 7, 50, 51])
def test_every_value_below_small_bounds_and_none_beyond(bound: int) -> None:
    for j in range(bound):
        assert small_logarithm(babyjub.mul(j, BASE), BASE, bound) == j
    for j in (-3, -2, -1, bound, bound + 1, bound + 2):
        assert small_logarithm(babyjub.mul(j, BASE), BASE, bound) is None


@given(st.integers(min_value=0, max_value=2**24 - 1))
@settings(max_examples=5, deadline=None)
def test_values_below_2_24(j: int) -> None:
    assert small_logarithm(babyjub.mul(j, BASE), BASE, 2**24) == j


@pytest.mark.parametrize("j", [0, 1, 2895, 2896, 2897, 2898, 5794, 5795, 2**24 - 1])
def test_edges_between_giant_steps(j: int) -> None:
    assert small_logarithm(babyjub.mul(j, BASE), BASE, 2**24) == j


def test_a_stranger_is_not_found() -> None:
    for stranger in (babyjub.mul(2**200 + 1, BASE), babyjub.add(BASE, TORSION[4]), TORSION[1]):
        assert small_logarithm(stranger, BASE, 2**16) is None
    assert small_logarithm(IDENTITY, BASE, 2**16) == 0


@pytest.mark.parametrize("bound", [0, -1, 2**40 + 1])
def test_bounds_out_of_range_are_refused(bound: int) -> None:
    with pytest.raises(OutOfRange):
        small_logarithm(BASE, BASE, bound)


def test_points_off_the_curve_are_refused() -> None:
    for pair in ((Point(1, 1), BASE), (BASE, Point(1, 1))):
        with pytest.raises(InvalidInput):
            small_logarithm(*pair, 16)


@pytest.mark.slow
def test_the_widest_search() -> None:
    """Two million steps: one for each of the 2^40 values would never end."""
    j = 2**40 - 1
    assert small_logarithm(babyjub.mul(j, BASE), BASE, 2**40) == j
