from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_determinism import choices, divisions
from support.gadgets.seal_case import (
    ARBITERS,
    LABEL,
    SCALAR,
    SEALED,
    SECRET,
    VALUE,
    circuit,
    inputs,
    refusing,
)

from zkcredit.audit.determinism import undetermined
from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, decrypt, encrypt, fresh_escrow_scalar
from zkcredit.gadgets.poseidon import domain_tag, poseidon

SMALLEST, GREATEST = 2**249 + 1, 3 * 2**249 - 1
SHARED = babyjub.mul(SECRET, SEALED.point)
values = st.integers(min_value=0, max_value=2**64 - 1)
labels = st.integers(min_value=0, max_value=R - 1)
scalars = st.integers(min_value=0, max_value=2**249 - 1).map(lambda c: SMALLEST + 2 * c)


@pytest.mark.slow
@given(values, labels, scalars)
@settings(max_examples=6, deadline=None)
def test_what_was_sealed_is_what_is_opened(value: int, label: int, scalar: int) -> None:
    sealed = encrypt(ARBITERS, value, label, scalar)
    assert decrypt(babyjub.mul(SECRET, sealed.point), sealed, label) == value
    assert refusing(inputs(sealed, label=label, value=value, scalar=scalar)) is None


def test_the_pad_in_other_words() -> None:
    k_point = babyjub.mul(SCALAR * SECRET, BASE8)
    pad = poseidon([*k_point, LABEL], domain_tag("escrow"))
    assert EscrowedValue(babyjub.mul(SCALAR, BASE8), (VALUE + pad) % R) == SEALED


def test_shares_of_the_key_open_it_and_fewer_do_not() -> None:
    # x = f(0) for f of degree 2: three of five, by Lagrange's formula in the exponent.
    coefficients = (SECRET, 1234567, 7654321)
    shares = {i: sum(c * i**j for j, c in enumerate(coefficients)) for i in range(1, 6)}

    def combine(holders: tuple[int, ...]) -> Point:
        total = IDENTITY
        for i in holders:
            weight = 1
            for j in holders:
                if j != i:
                    weight = weight * j * pow(j - i, -1, SUBGROUP_ORDER) % SUBGROUP_ORDER
            partial = babyjub.mul(shares[i] % SUBGROUP_ORDER, SEALED.point)
            total = babyjub.add(total, babyjub.mul(weight, partial))
        return total

    for holders in ((1, 2, 3), (5, 1, 4)):
        assert decrypt(combine(holders), SEALED, LABEL) == VALUE
    for holders in ((1, 2), (3,)):
        with pytest.raises(InvalidInput):
            decrypt(combine(holders), SEALED, LABEL)


@pytest.mark.parametrize("label", [0, LABEL + 1, R - 1])
def test_another_label_does_not_open(label: int) -> None:
    with pytest.raises(InvalidInput):
        decrypt(SHARED, SEALED, label)
    assert refusing(inputs(label=label)) == "seal.mask.poseidon"


@pytest.mark.parametrize("shared", [BASE8, ARBITERS, SEALED.point, babyjub.neg(SHARED)])
def test_another_shared_point_does_not_open(shared: Point) -> None:
    with pytest.raises(InvalidInput):
        decrypt(shared, SEALED, LABEL)


BAD = [IDENTITY, *TORSION[1:], babyjub.add(BASE8, TORSION[3]), Point(1, 1), Point(0, 0)]


@pytest.mark.parametrize("bad", BAD)
def test_points_that_are_not_of_prime_order_are_refused(bad: Point) -> None:
    with pytest.raises(InvalidInput):
        encrypt(bad, VALUE, LABEL, SCALAR)
    with pytest.raises(InvalidInput):
        decrypt(bad, SEALED, LABEL)


@pytest.mark.parametrize("value", [-1, 2**64, R, True, "1"])
def test_values_beyond_64_bits_are_refused(value: object) -> None:
    with pytest.raises(OutOfRange):
        encrypt(ARBITERS, value, LABEL, SCALAR)


@pytest.mark.parametrize(
    "scalar", [0, 1, 2, SMALLEST - 1, SMALLEST + 1, GREATEST + 1, GREATEST + 2, SUBGROUP_ORDER, 1.0]
)
def test_randomness_that_cannot_be_proved_about_is_refused(scalar: object) -> None:
    with pytest.raises(OutOfRange):
        encrypt(ARBITERS, VALUE, LABEL, scalar)


@pytest.mark.parametrize("label", [-1, R, R + LABEL])
def test_labels_beyond_the_field_are_refused(label: int) -> None:
    with pytest.raises(OutOfRange):
        encrypt(ARBITERS, VALUE, label, SCALAR)
    with pytest.raises(OutOfRange):
        decrypt(SHARED, SEALED, label)


def test_fresh_scalars_are_fresh_and_provable() -> None:
    drawn = {fresh_escrow_scalar() for _ in range(50)}
    assert len(drawn) == 50
    assert all(k % 2 and SMALLEST <= k <= GREATEST for k in drawn)


def test_counts() -> None:
    assert circuit().system.n_constraints == 2508
    counts = circuit().gadget_counts
    parts = {"key": 16, "point": 666, "shared": 1501, "value": 64, "mask": 261}
    assert {name: counts[f"seal.{name}"] for name in parts} == parts


@pytest.mark.slow
@pytest.mark.parametrize("scalar", [SMALLEST, GREATEST, 2**250 + 1, 2**250 - 1])
@pytest.mark.parametrize("value", [0, 1, 2**64 - 1])
def test_edges(scalar: int, value: int) -> None:
    sealed = encrypt(ARBITERS, value, LABEL, scalar)
    assert refusing(inputs(sealed, value=value, scalar=scalar)) is None


@pytest.mark.slow
def test_other_values_are_refused() -> None:
    for value in (VALUE + 1, 0, 2**64 - 1):
        assert refusing(inputs(value=value)) == "seal.mask.poseidon"
    for shift in (2**64, R - 2**64):  # the masked value moved along: only the width refuses
        value = (VALUE + shift) % R
        moved = SEALED._replace(masked=(SEALED.masked + shift) % R)
        assert refusing(inputs(moved, value=value)) == "seal.value.range"


@pytest.mark.slow
def test_other_masked_values_and_points_are_refused() -> None:
    for masked in (SEALED.masked + 1, 0, R - SEALED.masked):
        wrong = SEALED._replace(masked=masked)
        assert refusing(inputs(wrong)) == "seal.mask.poseidon"
    for point in (babyjub.neg(SEALED.point), BASE8, *BAD):
        wrong = SEALED._replace(point=point)
        assert refusing(inputs(wrong)) == "seal.point"


@pytest.mark.parametrize(
    "scalar",
    [SCALAR + 2, SCALAR + SUBGROUP_ORDER, SUBGROUP_ORDER - SCALAR, R - SCALAR, 0, 1, 2**250],
)
def test_another_scalar_and_aliases_are_refused(scalar: int) -> None:
    assert str(refusing(inputs(scalar=scalar))).startswith("seal.point")


def test_a_point_whose_scalar_is_out_of_range_cannot_be_used() -> None:
    for scalar in (1, 3, SMALLEST - 2, GREATEST + 2, 2**250):
        point = babyjub.mul(scalar, BASE8)
        pad = poseidon([*babyjub.mul(scalar, ARBITERS), LABEL], domain_tag("escrow"))
        sealed = EscrowedValue(point, (VALUE + pad) % R)
        assert str(refusing(inputs(sealed, scalar=scalar))).startswith("seal.point")


def test_another_arbiters_key_is_refused() -> None:
    other = babyjub.mul(99, BASE8)
    assert refusing(inputs(public=other)) == "seal.mask.poseidon"
    root = babyjub.to_montgomery(babyjub.eighth(ARBITERS))
    assert refusing(inputs(public=other, eighth=root)) == "seal.key"


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_keys_of_low_order_and_with_torsion_are_refused(torsion: Point) -> None:
    root = babyjub.eighth(ARBITERS)
    for shift in TORSION:
        eighth = babyjub.to_montgomery(babyjub.add(root, shift))
        assert refusing(inputs(eighth=eighth)) is None
        mixed = babyjub.add(ARBITERS, torsion)
        assert refusing(inputs(public=mixed, eighth=eighth)) == "seal.key"
    low = inputs(public=torsion, eighth=babyjub.to_montgomery(torsion))
    assert str(refusing(low)).startswith("seal.key")
    identity = inputs(public=IDENTITY, eighth=babyjub.to_montgomery(torsion))
    assert str(refusing(identity)).startswith("seal.key")


@pytest.mark.parametrize("eighth", [(0, 0), (0, 1), (1, 1), (R - 1, 5)])
def test_roots_off_the_curve_are_refused(eighth: tuple[int, int]) -> None:
    for public in (ARBITERS, IDENTITY, Point(1, 1)):
        assert str(refusing(inputs(public=public, eighth=eighth))).startswith("seal.key")


def test_no_wire_is_free() -> None:
    assert unnoticed_wires(circuit().system, circuit().tape.run_python(inputs())) == []


@pytest.mark.slow
def test_every_wire_is_unique() -> None:
    """As for the opening: given table points and signs, and divisors that are not 0."""
    found = divisions(circuit(), "seal")
    assert len(found) == 3 + 1 + 2 * 249 + 82 + 1 + 2
    known = set(range(10)) | choices(circuit(), "seal")
    assert undetermined(circuit().system, known, [divisor for _, divisor in found]) == []
    for forgotten in (0, 10, 300, -1):
        divisors = [divisor for _, divisor in found]
        del divisors[forgotten]
        assert undetermined(circuit().system, known, divisors)
