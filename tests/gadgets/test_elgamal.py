from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.gadgets.curve_vectors import point, vectors

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point, fresh_scalar
from zkcredit.gadgets.elgamal import (
    EMPTY,
    AccountKey,
    Ciphertext,
    add,
    encrypt,
    pack_slots,
    recover_slot,
    reencrypt,
    require_account_key,
    require_ciphertext,
    require_plaintext,
    subtract,
    sum_entries,
)

KEY = AccountKey(b"borrower of the elgamal tests...")
OTHER = AccountKey(b"another one of the elgamal tests")
ENTRY = (700, 300_000, 120_000, 30_000, 1)
SECOND = (0, 50_000, 2**40 - 1, 0, 2)
CIPHERTEXT = encrypt(KEY.public, ENTRY, 31337)
BAD_POINTS = [
    *TORSION[1:],
    *(babyjub.add(BASE8, torsion) for torsion in TORSION[1:]),
    Point(1, 1),
    Point(0, 0),
    Point(BASE8.x + R, BASE8.y),
]

amounts = st.integers(min_value=0, max_value=2**40 - 1)
entries = st.tuples(*[amounts] * 5)
scalars = st.integers(min_value=1, max_value=SUBGROUP_ORDER - 1)


@pytest.mark.parametrize("case", vectors()["elgamal"], ids=lambda c: c["m"])
def test_shared_vectors(case: dict[str, object]) -> None:
    sk, public = int(case["sk"]), point(case["pk"])
    assert babyjub.mul(sk, BASE8) == public
    ciphertext = encrypt(public, (int(case["m"]), 0, 0, 0, 0), int(case["k"]))
    assert ciphertext == (point(case["c1"]), point(case["c2"]))
    rest = babyjub.add(ciphertext.c2, babyjub.mul(-sk, ciphertext.c1))
    assert rest == babyjub.mul(int(case["m"]), BASE8)


def test_sums_of_shared_vectors_under_one_key() -> None:
    case = vectors()["elgamal"][2]
    ciphertext = Ciphertext(point(case["c1"]), point(case["c2"]))
    again = encrypt(point(case["pk"]), (5, 6, 0, 0, 0), 77)
    total = add(ciphertext, again)
    rest = babyjub.add(total.c2, babyjub.mul(-int(case["sk"]), total.c1))
    assert rest == babyjub.mul(int(case["m"]) + 5 + (6 << 48), BASE8)


@given(entries, scalars)
@settings(max_examples=10, deadline=None)
def test_what_was_encrypted_is_what_is_held(entry: tuple[int, ...], randomness: int) -> None:
    ciphertext = encrypt(KEY.public, entry, randomness)
    require_ciphertext(ciphertext)
    require_plaintext(KEY, ciphertext, entry)


@given(st.lists(entries, min_size=1, max_size=4))
@settings(max_examples=5, deadline=None)
def test_sums_slot_by_slot(several: list[tuple[int, ...]]) -> None:
    total = EMPTY
    for entry in several:
        total = add(total, encrypt(KEY.public, entry, fresh_scalar()))
    require_plaintext(KEY, total, sum_entries(several))


def test_an_entry_is_replaced_by_subtracting_it() -> None:
    first = encrypt(KEY.public, ENTRY, 5)
    second = encrypt(KEY.public, SECOND, 6)
    total = add(first, second)
    assert subtract(total, first) == second
    assert subtract(first, first) == EMPTY
    replaced = add(subtract(total, first), encrypt(KEY.public, (1, 2, 3, 4, 5), 7))
    require_plaintext(KEY, replaced, (1, 50_002, 2**40 + 2, 4, 7))


def test_reencryption_hides_which_it_was() -> None:
    again = reencrypt(KEY.public, CIPHERTEXT, 99)
    assert again.c1 != CIPHERTEXT.c1
    assert again.c2 != CIPHERTEXT.c2
    require_plaintext(KEY, again, ENTRY)


def test_reencryption_under_another_key_spoils_the_ciphertext() -> None:
    again = reencrypt(OTHER.public, CIPHERTEXT, 99)
    for key in (KEY, OTHER):
        with pytest.raises(InvalidInput):
            require_plaintext(key, again, ENTRY)


def test_the_greatest_totals_do_not_carry() -> None:
    full = (2**40 - 1,) * 5
    total = sum_entries([full] * 256)
    assert total == (256 * (2**40 - 1),) * 5
    assert max(total) < 2**48
    ciphertext = EMPTY
    one = encrypt(KEY.public, full, 3)
    for _ in range(8):  # 256 times the same, by doubling
        one = add(one, one)
    ciphertext = add(ciphertext, one)
    require_plaintext(KEY, ciphertext, total)


@pytest.mark.parametrize(
    "wrong",
    [
        (701, *ENTRY[1:]),
        (ENTRY[1], ENTRY[0], *ENTRY[2:]),
        (0, 0, 0, 0, 0),
        (*ENTRY[:4], 2),
        (2**48 - 1,) * 5,
    ],
)
def test_other_amounts_are_refused(wrong: tuple[int, ...]) -> None:
    with pytest.raises(InvalidInput):
        require_plaintext(KEY, CIPHERTEXT, wrong)


def test_a_ciphertext_under_another_key_is_refused() -> None:
    with pytest.raises(InvalidInput):
        require_plaintext(OTHER, CIPHERTEXT, ENTRY)
    mixed = add(CIPHERTEXT, encrypt(OTHER.public, SECOND, 4))
    with pytest.raises(InvalidInput):
        require_plaintext(KEY, mixed, sum_entries([ENTRY, SECOND]))


@pytest.mark.parametrize("place", range(5))
def test_one_unknown_slot_is_found(place: int) -> None:
    slots = [slot if i != place else None for i, slot in enumerate(ENTRY)]
    assert recover_slot(KEY, CIPHERTEXT, slots, 2**20) == ENTRY


@pytest.mark.parametrize(
    "slots",
    [
        ENTRY,
        (None, None, *ENTRY[2:]),
        (None,) * 5,
        (None, *ENTRY[1:4], 2),  # another slot is wrong
        (700, None, *ENTRY[2:4], 0),
        (None, *ENTRY[1:], 0),
        (None, *ENTRY[1:4]),
    ],
)
def test_recovery_refuses_what_it_cannot_find(slots: tuple[int | None, ...]) -> None:
    with pytest.raises(InvalidInput):
        recover_slot(KEY, CIPHERTEXT, slots, 2**12)


def test_recovery_stops_at_its_bound() -> None:
    slots = (700, None, *ENTRY[2:])
    assert recover_slot(KEY, CIPHERTEXT, slots, 300_001) == ENTRY
    with pytest.raises(InvalidInput):
        recover_slot(KEY, CIPHERTEXT, slots, 300_000)
    for bound in (0, 2**40 + 1):
        with pytest.raises(OutOfRange):
            recover_slot(KEY, CIPHERTEXT, slots, bound)
    with pytest.raises(OutOfRange):
        recover_slot(KEY, CIPHERTEXT, (None, 2**48, 0, 0, 0), 16)


@pytest.mark.parametrize("randomness", [0, -1, SUBGROUP_ORDER, SUBGROUP_ORDER + 5, True, 1.0])
def test_zero_and_foreign_randomness_is_refused(randomness: object) -> None:
    with pytest.raises(OutOfRange):
        encrypt(KEY.public, ENTRY, randomness)
    with pytest.raises(OutOfRange):
        reencrypt(KEY.public, CIPHERTEXT, randomness)


@pytest.mark.parametrize("slot", [2**40, 2**48, -1, R])
@pytest.mark.parametrize("place", range(5))
def test_overlong_slots_are_refused(place: int, slot: int) -> None:
    entry = [*ENTRY]
    entry[place] = slot
    with pytest.raises(OutOfRange):
        encrypt(KEY.public, entry, 5)
    with pytest.raises(OutOfRange):
        sum_entries([ENTRY, entry])


def test_totals_have_slots_of_48_bits_and_at_most_256_entries() -> None:
    assert pack_slots((2**48 - 1,) * 5) == 2**240 - 1
    assert pack_slots((1, 0, 0, 0, 0)) == 1
    assert pack_slots((0, 0, 0, 0, 1)) == 1 << 192
    with pytest.raises(OutOfRange):
        pack_slots((2**48, 0, 0, 0, 0))
    for bits in (0, 49):
        with pytest.raises(OutOfRange):
            pack_slots(ENTRY, bits)
    with pytest.raises(OutOfRange):
        sum_entries([ENTRY] * 257)
    assert sum_entries([]) == (0,) * 5


@pytest.mark.parametrize("entry", [ENTRY[:4], (*ENTRY, 0), (), (True, 0, 0, 0, 0), ("1",) * 5])
def test_entries_of_another_shape_are_refused(entry: tuple[object, ...]) -> None:
    with pytest.raises(InvalidInput):
        encrypt(KEY.public, entry, 5)
    with pytest.raises(InvalidInput):
        require_plaintext(KEY, CIPHERTEXT, entry)


@pytest.mark.parametrize("bad", [IDENTITY, *BAD_POINTS])
def test_keys_that_are_not_of_prime_order_are_refused(bad: Point) -> None:
    for call in (
        lambda: require_account_key(bad),
        lambda: encrypt(bad, ENTRY, 5),
        lambda: reencrypt(bad, CIPHERTEXT, 5),
    ):
        with pytest.raises(InvalidInput):
            call()


@pytest.mark.slow
@pytest.mark.parametrize("bad", BAD_POINTS)
def test_points_outside_the_subgroup_are_refused_everywhere(bad: Point) -> None:
    for ciphertext in (Ciphertext(bad, CIPHERTEXT.c2), Ciphertext(CIPHERTEXT.c1, bad)):
        for call in (
            require_ciphertext,
            KEY.unmask,
            lambda c: require_plaintext(KEY, c, ENTRY),
            lambda c: recover_slot(KEY, c, (None, *ENTRY[1:]), 16),
            lambda c: reencrypt(KEY.public, c, 5),
            lambda c: add(CIPHERTEXT, c),
            lambda c: add(c, CIPHERTEXT),
            lambda c: subtract(CIPHERTEXT, c),
            lambda c: subtract(c, CIPHERTEXT),
        ):
            with pytest.raises(InvalidInput):
                call(ciphertext)


def test_a_first_point_that_is_the_identity_hides_nothing_and_is_refused() -> None:
    bare = Ciphertext(IDENTITY, babyjub.mul(pack_slots(ENTRY), BASE8))
    for ciphertext in (bare, EMPTY):
        with pytest.raises(InvalidInput):
            require_plaintext(KEY, ciphertext, ENTRY)
        with pytest.raises(InvalidInput):
            reencrypt(KEY.public, ciphertext, 5)
    assert add(EMPTY, CIPHERTEXT) == add(CIPHERTEXT, EMPTY) == CIPHERTEXT


def test_anybody_can_add_to_a_ciphertext() -> None:
    # Malleable by design: this is why a verifier takes ciphertexts from the ledger alone.
    richer = add(CIPHERTEXT, Ciphertext(IDENTITY, babyjub.mul(10**6 << 48, BASE8)))
    require_plaintext(KEY, richer, (700, 1_300_000, *ENTRY[2:]))


def test_randomness_used_twice_gives_the_difference_away() -> None:
    a, b = (encrypt(KEY.public, entry, 5) for entry in (ENTRY, SECOND))
    difference = babyjub.add(a.c2, babyjub.neg(b.c2))
    assert difference == babyjub.mul(pack_slots(ENTRY) - pack_slots(SECOND), BASE8)


def test_fresh_scalar_is_fresh_and_in_range() -> None:
    drawn = {fresh_scalar() for _ in range(50)}
    assert len(drawn) == 50
    assert all(0 < k < SUBGROUP_ORDER for k in drawn)


@given(st.binary(min_size=32, max_size=32))
@settings(max_examples=20, deadline=None)
def test_keys_are_odd_and_between_their_bounds(seed: bytes) -> None:
    key = AccountKey(seed)
    assert key.scalar % 2 == 1
    assert 2**249 < key.scalar < 3 * 2**249 < SUBGROUP_ORDER
    assert key.public == babyjub.mul(key.scalar, BASE8)
    assert key.seed == seed
    assert key == AccountKey(seed)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_seeds_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(InvalidInput):
        AccountKey(bytes(length))


def test_keys_keep_their_secret() -> None:
    assert str(KEY.scalar) not in repr(KEY)
    assert KEY.seed.hex() not in repr(KEY)
    assert KEY != OTHER
    assert KEY.public != KEY
    assert len({KEY, AccountKey(KEY.seed), OTHER}) == 2
    assert AccountKey.generate() != AccountKey.generate()
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(KEY)


def test_errors_do_not_name_amounts() -> None:
    with pytest.raises(InvalidInput) as refused:
        require_plaintext(KEY, CIPHERTEXT, (700, 300_001, *ENTRY[2:]))
    assert not any(str(slot) in str(refused.value) for slot in (300_001, 300_000, KEY.scalar))
