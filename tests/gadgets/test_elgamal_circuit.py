from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget, point, registers, vectors
from support.gadgets.opening_case import CIPHERTEXT, KEY, SLOTS, circuit, inputs, refusing

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.elgamal import (
    AccountKey,
    Ciphertext,
    add,
    encrypt,
    pack_slots,
    require_plaintext,
)
from zkcredit.gadgets.elgamal_circuit import multiply_point, pack_multiple, secret_scalar
from zkcredit.gadgets.montgomery import MontgomeryPoint, to_edwards
from zkcredit.r1cs import compile_gadget
from zkcredit.r1cs.tape import BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Circuit, Inputs

OTHER = AccountKey(b"another one of the circuit tests")
SMALLEST, GREATEST = 2**249 + 1, 3 * 2**249 - 1
amounts = st.integers(min_value=0, max_value=2**48 - 1)


def checked(ciphertext: Ciphertext, slots: Sequence[int], key: AccountKey = KEY) -> str | None:
    """The refusing gadget; the integers must give the same verdict as the wires."""
    values = inputs(ciphertext, public=key.public, scalar=key.scalar, slots=slots)
    gadget = refusing(values)
    try:
        require_plaintext(key, ciphertext, slots)
    except InvalidInput:
        assert gadget is not None
    else:
        assert gadget is None
    return gadget


def total_of(slots: Sequence[int], randomness: int = 5) -> Ciphertext:
    """A ciphertext of slots up to 48 bits, as sums of entries make them."""
    high = encrypt(KEY.public, [slot >> 9 for slot in slots], randomness)
    for _ in range(9):
        high = add(high, high)
    return add(high, encrypt(KEY.public, [slot & 511 for slot in slots], randomness + 1))


def test_counts() -> None:
    counts = circuit().gadget_counts
    assert circuit().system.n_constraints == 2837
    assert counts["opening.key"] == 664 + 2 + 1
    assert counts["opening.first_point"] == 16
    assert counts["opening.mask"] == 1499 + 2
    assert counts["opening.message"] == 647
    assert counts["opening.second_point"] == 6


def test_an_honest_opening() -> None:
    assert refusing(inputs()) is None
    assert checked(CIPHERTEXT, SLOTS) is None


@given(st.tuples(*[amounts] * 5))
@settings(max_examples=5, deadline=None)
def test_random_totals(slots: tuple[int, ...]) -> None:
    assert checked(total_of(slots), slots) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "slots",
    [
        (0,) * 5,
        (2**48 - 1,) * 5,
        (1, 0, 0, 0, 0),
        (0, 0, 0, 0, 2**48 - 1),
        (2**47, 2**47 - 1, 0, 1, 7),
    ],
)
def test_edge_totals(slots: tuple[int, ...]) -> None:
    assert checked(total_of(slots), slots) is None


@pytest.mark.parametrize(
    "slots",
    [
        (701, *SLOTS[1:]),
        (SLOTS[1], SLOTS[0], *SLOTS[2:]),
        (*SLOTS[:4], 0),
        (0,) * 5,
        (2**48 - 1,) * 5,
    ],
)
def test_other_amounts_are_refused(slots: tuple[int, ...]) -> None:
    assert checked(CIPHERTEXT, slots) == "opening.second_point"


@pytest.mark.slow
@pytest.mark.parametrize("place", range(5))
def test_slots_beyond_48_bits_are_refused(place: int) -> None:
    for slot in (2**48, R - 1, (R + 1) // 2, SLOTS[place] + 2**48):
        forged = [*SLOTS[:place], slot, *SLOTS[place + 1 :]]
        assert refusing(inputs(slots=forged)) == "opening.message.slots"


@pytest.mark.slow
@pytest.mark.parametrize("place", range(4))
def test_a_slot_that_borrows_from_the_next_is_refused(place: int) -> None:
    """The packed message is the same: only the widths of the slots tell."""
    forged = [*SLOTS]
    forged[place] += 2**48
    forged[place + 1] -= 1
    assert sum(slot << 48 * i for i, slot in enumerate(forged)) == pack_slots(SLOTS)
    assert refusing(inputs(slots=forged)) == "opening.message.slots"


def test_a_message_and_its_alias_modulo_the_order_are_not_both_provable() -> None:
    alias = pack_slots(SLOTS) + SUBGROUP_ORDER
    slots = [alias >> 48 * i & 2**48 - 1 for i in range(4)] + [alias >> 192]
    assert refusing(inputs(slots=slots)) == "opening.message.slots"


@pytest.mark.parametrize("e", [SMALLEST, GREATEST, SMALLEST + 2, 2**250 + 1, 2**250 - 1])
def test_edge_keys(e: int) -> None:
    public = babyjub.mul(e, BASE8)
    ciphertext = encrypt(public, SLOTS, 99)
    assert refusing(inputs(ciphertext, public=public, scalar=e)) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "e",
    [
        *(0, 1, 2, 3, 2**249, 2**249 - 1, 3 * 2**249, 3 * 2**249 + 1, 2**250, 2**251 - 1),
        *(SUBGROUP_ORDER - 1, SUBGROUP_ORDER, SUBGROUP_ORDER + 1, R - 1),
    ],
)
def test_keys_outside_their_range_are_refused(e: int) -> None:
    public = babyjub.mul(e, BASE8)
    ciphertext = encrypt(KEY.public, SLOTS, 99)
    if public != IDENTITY:
        ciphertext = encrypt(public, SLOTS, 99)
    gadget = refusing(inputs(ciphertext, public=public, scalar=e))
    assert str(gadget).startswith("opening.key")


def test_a_key_and_its_alias_are_not_both_provable() -> None:
    for alias in (KEY.scalar + SUBGROUP_ORDER, SUBGROUP_ORDER - KEY.scalar, R - KEY.scalar):
        assert str(refusing(inputs(scalar=alias))).startswith("opening.key")
    for alias in (KEY.scalar + 2, KEY.scalar - 2, OTHER.scalar):
        assert refusing(inputs(scalar=alias)) == "opening.key"


def test_another_account_and_its_ciphertext_are_refused() -> None:
    foreign = encrypt(OTHER.public, SLOTS, 5)
    assert checked(foreign, SLOTS) == "opening.second_point"
    assert refusing(inputs(public=OTHER.public)) == "opening.key"
    assert checked(foreign, SLOTS, OTHER) is None


def test_knowing_the_randomness_does_not_open_to_other_amounts() -> None:
    # e' and m' = m + (e - e')·k satisfy the last equation; pk = e'·B8 is what fails.
    k = 31337
    other = KEY.scalar + 2
    message = (pack_slots(SLOTS) - 2 * k) % SUBGROUP_ORDER
    slots = [message >> 48 * i & 2**48 - 1 for i in range(5)]
    assert pack_slots(slots) == message
    assert refusing(inputs(scalar=other, slots=slots)) == "opening.key"
    elsewhere = inputs(public=babyjub.mul(other, BASE8), scalar=other, slots=slots)
    assert refusing(elsewhere) is None  # without the account's key, it would be a proof


ROOT = babyjub.eighth(CIPHERTEXT.c1)


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_a_first_point_with_torsion_is_refused_whatever_its_root(torsion: Point) -> None:
    bad = Ciphertext(babyjub.add(CIPHERTEXT.c1, torsion), CIPHERTEXT.c2)
    for shift in TORSION:
        eighth = babyjub.to_montgomery(babyjub.add(ROOT, shift))
        assert refusing(inputs(bad, eighth=eighth)) == "opening.first_point"


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_roots_of_low_order_are_refused(torsion: Point) -> None:
    root = babyjub.to_montgomery(torsion)
    message = babyjub.mul(pack_slots(SLOTS), BASE8)
    for c1 in (*TORSION, CIPHERTEXT.c1):
        gadget = refusing(inputs(Ciphertext(c1, message), eighth=root))
        assert str(gadget).startswith("opening.first_point")


@pytest.mark.slow
def test_every_root_of_the_first_point_serves() -> None:
    for shift in TORSION:
        eighth = babyjub.to_montgomery(babyjub.add(ROOT, shift))
        assert refusing(inputs(eighth=eighth)) is None


@pytest.mark.slow
def test_first_points_off_the_curve_and_the_identity_are_refused() -> None:
    good = babyjub.to_montgomery(ROOT)
    for c1 in (IDENTITY, Point(0, 0), Point(1, 1), babyjub.neg(CIPHERTEXT.c1), BASE8):
        gadget = refusing(inputs(Ciphertext(c1, CIPHERTEXT.c2), eighth=good))
        assert gadget == "opening.first_point"
    for eighth in ((0, 0), (0, 1), (1, 0), (1, 1), (R - 1, 5), (good[1], good[0])):
        gadget = refusing(inputs(eighth=eighth))
        assert str(gadget).startswith("opening.first_point")


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION[1:])
def test_second_points_that_are_not_the_sum_are_refused(torsion: Point) -> None:
    for c2 in (
        babyjub.add(CIPHERTEXT.c2, torsion),
        babyjub.add(CIPHERTEXT.c2, BASE8),
        babyjub.neg(CIPHERTEXT.c2),
        Point(CIPHERTEXT.c2.x, R - CIPHERTEXT.c2.y),
        Point(1, 1),
        torsion,
    ):
        assert refusing(inputs(Ciphertext(CIPHERTEXT.c1, c2))) == "opening.second_point"


def adversarial_first_points() -> list[tuple[str, int]]:
    """C1 = k·B8 with e·k where an incomplete last addition would fail or be free."""
    m = pack_slots(SLOTS)
    inverse = pow(KEY.scalar, -1, SUBGROUP_ORDER)
    shift = (2**240 - 1) * pow(2, -1, SUBGROUP_ORDER)
    targets = {
        "mask equals message": m,
        "mask is opposite": -m,
        "mask equals windows": m - shift,
        "mask is opposite to windows": shift - m,
        "mask equals the offset": shift,
        "mask is opposite to the offset": -shift,
    }
    return [(name, target * inverse % SUBGROUP_ORDER) for name, target in targets.items()]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "k"), adversarial_first_points())
def test_adversarial_first_points_are_added_completely(name: str, k: int) -> None:
    ciphertext = encrypt(KEY.public, SLOTS, k)
    assert checked(ciphertext, SLOTS) is None, name
    assert checked(ciphertext, (*SLOTS[:4], 2)) == "opening.second_point"
    forged = Ciphertext(ciphertext.c1, babyjub.add(ciphertext.c2, BASE8))
    assert checked(forged, SLOTS) == "opening.second_point"


def test_a_second_point_that_is_the_identity() -> None:
    k = -pack_slots(SLOTS) * pow(KEY.scalar, -1, SUBGROUP_ORDER) % SUBGROUP_ORDER
    ciphertext = encrypt(KEY.public, SLOTS, k)
    assert ciphertext.c2 == IDENTITY
    assert checked(ciphertext, SLOTS) is None


def test_every_wire_is_determined() -> None:
    witness = circuit().tape.run_python(inputs())
    free = unnoticed_wires(circuit().system, witness)
    assert free == []


@pytest.mark.slow
def test_lies_in_digits_are_noticed() -> None:
    # A bit of the key or of a slot, and everything after it computed from the lie.
    honest = circuit().tape.run_python(inputs())
    groups = registers(circuit(), BITS)
    assert [len(group) for group in groups] == [249, *[48] * 5]
    for group in groups:
        for register in (group[0], group[len(group) // 2], group[-1]):
            for lie in (0, 1):
                witness = circuit().tape.run_python(inputs(), {register: lie})
                noticed = circuit().system.first_unsatisfied(witness) != -1
                assert noticed == (witness != honest)


@lru_cache
def product_circuit() -> Circuit:
    def define(api: Api, x: Inputs) -> None:
        scalar = secret_scalar(api, x.e)
        result = to_edwards(api, multiply_point(api, MontgomeryPoint(*x.p), scalar))
        for got, expected in zip((scalar.value, *result), x.r, strict=True):
            api.assert_equal(got, expected)

    return compile_gadget(define, public={"r": 3}, private={"p": 2}, advice={"e": 1})


@pytest.mark.slow
@pytest.mark.parametrize("case", vectors()["elgamal"], ids=lambda c: c["m"])
def test_shared_vectors_of_masks(case: dict[str, object]) -> None:
    # The vectors' keys are any scalars; e = sk or l - sk, whichever is odd, where in range.
    sk = int(case["sk"])
    e, sign = (sk, 1) if sk % 2 else (SUBGROUP_ORDER - sk, -1)
    c1, public = point(case["c1"]), point(case["pk"])
    mask = babyjub.add(point(case["c2"]), babyjub.mul(-int(case["m"]), BASE8))
    for base, product in ((BASE8, public), (c1, mask)):
        expected = product if sign == 1 else babyjub.neg(product)
        given = [e, *expected, *babyjub.to_montgomery(base), e]
        verdict = failing_gadget(product_circuit(), given)
        assert (verdict is None) == (SMALLEST <= e <= GREATEST)


def test_shared_vectors_have_keys_in_range() -> None:
    keys = [int(case["sk"]) for case in vectors()["elgamal"]]
    odd = [sk if sk % 2 else SUBGROUP_ORDER - sk for sk in keys]
    assert sum(SMALLEST <= e <= GREATEST for e in odd) >= 2


@pytest.mark.parametrize("count", [0, 1, 4, 6])
def test_plaintexts_of_another_shape_are_refused(count: int) -> None:
    with pytest.raises(CircuitError):
        compile_gadget(
            lambda api, x: pack_multiple(api, [api.constant(1)] * count), private={"x": 1}
        )
