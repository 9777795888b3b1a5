from __future__ import annotations

import numpy as np
import pytest

from zkcredit.bn254 import G1_GENERATOR, G1_INFINITY, G2_GENERATOR, G2_INFINITY, G1Point, Q, R
from zkcredit.bn254.limbs import (
    from_limbs,
    g1_from_limbs,
    g1_to_limbs,
    g2_from_limbs,
    g2_to_limbs,
    to_limbs,
)
from zkcredit.errors import InvalidInput, OutOfRange

EDGES = [0, 1, 2**64 - 1, 2**64, 2**128, 2**192 - 1, R - 1, R, Q - 1, 2**256 - 1]


def test_limbs_round_trip_and_are_little_endian() -> None:
    array = to_limbs(EDGES)
    assert array.shape == (len(EDGES), 4)
    assert array.dtype == np.uint64
    assert array.flags["C_CONTIGUOUS"]
    assert array.flags["WRITEABLE"]
    assert from_limbs(array) == EDGES
    assert to_limbs([1 + 2 * 2**64 + 3 * 2**128 + 4 * 2**192]).tolist() == [[1, 2, 3, 4]]


def test_no_values_make_an_empty_array() -> None:
    assert to_limbs([]).shape == (0, 4)
    assert from_limbs(to_limbs([])) == []


@pytest.mark.parametrize(("value", "modulus"), [(-1, R), (R, R), (Q, Q), (2**256, 2**256)])
def test_values_outside_the_range_are_refused(value: int, modulus: int) -> None:
    with pytest.raises(OutOfRange):
        to_limbs([0, value], modulus)


def test_points_round_trip() -> None:
    g1 = [G1_GENERATOR, G1_INFINITY, G1Point(Q - 1, 5)]
    g2 = [G2_INFINITY, G2_GENERATOR]
    assert g1_to_limbs(g1).shape == (3, 8)
    assert g2_to_limbs(g2).shape == (2, 16)
    assert g1_from_limbs(g1_to_limbs(g1)) == g1
    assert g2_from_limbs(g2_to_limbs(g2)) == g2
    assert from_limbs(g2_to_limbs([G2_GENERATOR]))[1] == G2_GENERATOR.x[1]


def test_non_canonical_coordinates_are_refused() -> None:
    with pytest.raises(OutOfRange):
        g1_to_limbs([G1Point(Q + 1, 2)])


def test_arrays_of_the_wrong_shape_or_type_are_refused() -> None:
    for array in (np.zeros((3,), np.uint64), np.zeros((1, 4), np.int64)):
        with pytest.raises(InvalidInput):
            from_limbs(array)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        g1_from_limbs(np.zeros((3, 4), np.uint64))
    with pytest.raises(InvalidInput):
        g2_from_limbs(np.zeros((1, 8), np.uint64))
