from __future__ import annotations

import contextlib
import random
import struct
import tracemalloc

import numpy as np
import pytest
from support.formats import snarkjs_toy as toy

from zkcredit.bn254 import Q, R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.formats import r1cs, wtns, zkey
from zkcredit.formats.binfile import first_not_below
from zkcredit.r1cs.system import ConstraintSystem, Matrix

LOADERS = {"toy.r1cs": r1cs.loads, "toy.wtns": wtns.loads, "ceremony.zkey": zkey.loads}


def le(value: int, size: int = 32) -> bytes:
    return value.to_bytes(size, "little")


DAMAGED = [
    pytest.param(name, damaged, id=f"{name}, {what}")
    for name in LOADERS
    for what, damaged in toy.structural_damage(toy.data(name))
    if (name, what) != ("toy.r1cs", "section 3 missing")  # labels mean nothing to a proof
]


@pytest.mark.parametrize(("name", "damaged"), DAMAGED)
def test_every_structural_damage_is_refused(name: str, damaged: bytes) -> None:
    with pytest.raises(MalformedFile):
        LOADERS[name](damaged)


@pytest.mark.parametrize("name", LOADERS)
def test_every_truncation_is_refused(name: str) -> None:
    file = toy.data(name)
    for size in range(0, len(file), 1 + len(file) // 500):
        with pytest.raises(MalformedFile):
            LOADERS[name](file[:size])


@pytest.mark.slow
@pytest.mark.parametrize("name", LOADERS)
def test_random_bytes_give_a_value_or_the_typed_error(name: str) -> None:
    file, rng = toy.data(name), random.Random(name)
    for _ in range(3000):
        damaged = bytearray(file)
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(file))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        with contextlib.suppress(MalformedFile):
            LOADERS[name](bytes(damaged))


@pytest.mark.parametrize("name", LOADERS)
def test_sections_may_come_in_any_order_and_unknown_ones_are_skipped(name: str) -> None:
    file = toy.data(name)
    parts = toy.sections(file)
    LOADERS[name](toy.join(file, parts[::-1]))
    LOADERS[name](toy.join(file, [(77, b"abc"), *parts]))  # also: nothing needs alignment


@pytest.mark.parametrize(
    ("name", "edit", "where"),
    [
        ("toy.r1cs", (1, 0, le(31, 4)), "section 1"),
        ("toy.r1cs", (1, 4, le(Q)), "field is not that of BN254"),
        ("toy.r1cs", (1, 36, le(2, 4)), "cannot hold"),
        ("toy.r1cs", (1, 36, le(12, 4)), "12 labels"),
        ("toy.r1cs", (1, 40, le(2**32 - 1, 4)), "cannot hold"),
        ("toy.r1cs", (1, 60, le(7, 4)), "bytes too many"),
        ("toy.r1cs", (1, 60, le(9, 4)), "ends in combination"),
        ("toy.r1cs", (1, 60, le(2**28 + 1, 4)), "constraints are too many"),
        ("toy.r1cs", (1, 60, le(2**28, 4)), "too short"),
        ("toy.r1cs", (2, 0, le(2**32 - 1, 4)), "section 2"),
        ("toy.r1cs", (2, 4, le(11, 4)), "not below the number of wires"),
        ("toy.r1cs", (2, 8, le(R)), "not below r"),
        ("toy.r1cs", (2, 8, le(2**256 - 1)), "not below r"),
        ("toy.r1cs", (3, 0, le(1, 8)), "label of wire 0"),
        ("toy.r1cs", (3, 8, le(2**63, 8)), "a label is larger"),
        ("toy.wtns", (1, 0, le(33, 4)), "section 1"),
        ("toy.wtns", (1, 4, le(Q)), "field is not that of BN254"),
        ("toy.wtns", (1, 36, le(10, 4)), "bytes too many"),
        ("toy.wtns", (1, 36, le(2**32 - 1, 4)), "bytes are expected"),
        ("toy.wtns", (2, 0, le(2)), "wire 0 is not one"),
        ("toy.wtns", (2, 32, le(R)), "not below its modulus"),
        ("toy.wtns", (2, 64, le(2**256 - 1)), "not below its modulus"),
        ("ceremony.zkey", (1, 0, le(2, 4)), "not for Groth16"),
        ("ceremony.zkey", (2, 4, le(R)), "field is not that of BN254"),
        ("ceremony.zkey", (2, 40, le(Q)), "field is not that of BN254"),
        ("ceremony.zkey", (2, 72, le(2, 4)), "too few for the constant"),
        ("ceremony.zkey", (2, 72, le(12, 4)), "section 5"),
        ("ceremony.zkey", (2, 72, le(10, 4)), "wire is not below 10"),
        ("ceremony.zkey", (2, 76, le(2, 4)), "section 3"),
        ("ceremony.zkey", (2, 80, le(0, 4)), "power of two"),
        ("ceremony.zkey", (2, 80, le(24, 4)), "power of two"),
        ("ceremony.zkey", (2, 80, le(2**29, 4)), "power of two"),
        ("ceremony.zkey", (2, 80, le(8, 4)), "row is not below 8"),
        ("ceremony.zkey", (2, 84, le(Q)), "not below its modulus"),
        ("ceremony.zkey", (4, 0, le(2**32 - 1, 4)), "section 4"),
        ("ceremony.zkey", (4, 4, le(2, 4)), "matrix is not below 2"),
        ("ceremony.zkey", (4, 8, le(16, 4)), "row is not below 16"),
        ("ceremony.zkey", (4, 12, le(11, 4)), "wire is not below 11"),
        ("ceremony.zkey", (4, 16, le(R)), "not below r"),
        ("ceremony.zkey", (5, 64, le(Q)), "section 5"),
        ("ceremony.zkey", (7, 96, le(2**256 - 1)), "section 7"),
        ("ceremony.zkey", (9, 32, le(Q + 1)), "section 9"),
        ("ceremony.zkey", (10, 64, le(2**32 - 1, 4)), "too short for"),
        ("ceremony.zkey", (10, 64, le(2, 4)), "section 10"),
        ("ceremony.zkey", (10, 68, le(Q)), "section 10"),
        ("ceremony.zkey", (10, 68 + 384, le(2, 4)), "unknown kind"),
        ("ceremony.zkey", (10, 68 + 388, le(2**32 - 1, 4)), "section 10"),
        ("ceremony.zkey", (10, 68 + 388, le(4, 4)), "section 10"),
        ("ceremony.zkey", (10, 68 + 392, b"\x04"), "unknown or unsorted"),
        ("ceremony.zkey", (10, 68 + 392, b"\x00"), "unknown or unsorted"),
    ],
)
def test_a_wrong_number_is_refused_with_its_place(
    name: str, edit: tuple[int, int, bytes], where: str
) -> None:
    with pytest.raises(MalformedFile, match=where) as caught:
        LOADERS[name](toy.edited(toy.data(name), *edit))
    assert "section" in str(caught.value)
    assert "offset" in str(caught.value)


def test_the_offset_in_a_message_is_that_of_the_bad_number() -> None:
    file = toy.edited(toy.data("toy.wtns"), 2, 64, le(2**256 - 1))
    with pytest.raises(MalformedFile, match=f"offset {file.index(le(2**256 - 1))}:"):
        wtns.loads(file)


def r1cs_with(combinations: list[list[tuple[int, int]]], n_wires: int = 4) -> bytes:
    n_constraints = len(combinations) // 3
    counts = struct.pack("<IIIIQI", n_wires, 0, 1, 0, n_wires, n_constraints)
    header = le(32, 4) + le(R) + counts
    body = b"".join(
        le(len(terms), 4) + b"".join(le(wire, 4) + le(k) for wire, k in terms)
        for terms in combinations
    )
    labels = b"".join(le(i, 8) for i in range(n_wires))
    return toy.join(b"r1cs" + le(1, 4), [(2, body), (1, header), (3, labels)])


def test_terms_are_sorted_and_zeros_are_dropped() -> None:
    system = r1cs.loads(r1cs_with([[(3, 5), (1, 0), (0, 7)], [(2, R - 1)], []]))
    assert system.row(0) == ({0: 7, 3: 5}, {2: R - 1}, {})
    assert system.a.wires.tolist() == [0, 3]


def test_terms_as_written_keep_order_and_zeros() -> None:
    file = r1cs_with([[(3, 5), (1, 0), (0, 7)], [(2, R - 1)], [], [], [(3, 1), (2, 2)], [(1, 1)]])
    a, b, c = r1cs.written_terms(file)
    assert (a.rows.tolist(), a.wires.tolist(), from_limbs(a.values)) == (
        [0, 0, 0],
        [3, 1, 0],
        [5, 0, 7],
    )
    assert (b.rows.tolist(), b.wires.tolist()) == ([0, 1, 1], [2, 3, 2])
    assert (c.rows.tolist(), c.wires.tolist(), from_limbs(c.values)) == ([1], [1], [1])
    for damaged in (file[:-1], toy.edited(file, 2, 4, le(9, 4)), toy.edited(file, 1, 60, le(7, 4))):
        with pytest.raises(MalformedFile):
            r1cs.written_terms(damaged)


def test_a_wire_twice_in_one_combination_is_refused() -> None:
    with pytest.raises(MalformedFile, match="twice"):
        r1cs.loads(r1cs_with([[(1, 5), (2, 1), (1, 5)], [], []]))


def test_custom_gates_are_refused_but_empty_lists_of_them_are_not() -> None:
    parts = toy.sections(r1cs_with([[], [], []]))
    r1cs.loads(toy.join(b"r1cs" + le(1, 4), [*parts, (4, le(0, 4)), (5, le(0, 4))]))
    with pytest.raises(MalformedFile, match="custom gates"):
        r1cs.loads(toy.join(b"r1cs" + le(1, 4), [*parts, (4, le(1, 4)), (5, le(0, 4))]))


def test_no_constraints_at_all_is_a_file() -> None:
    empty = Matrix.from_rows([])
    system = ConstraintSystem(n_wires=1, n_public=0, a=empty, b=empty, c=empty)
    assert r1cs.loads(r1cs.dumps(system)).n_constraints == 0


def test_circoms_file_says_what_the_circuit_says() -> None:
    system = r1cs.loads(toy.data("toy.r1cs"))
    witness = from_limbs(wtns.loads(toy.data("toy.wtns")))
    assert (system.n_public, system.n_constraints) == (3, 8)
    assert witness[:4] == [1, 71, 1846592345924527590537378134625793932514200, 7]
    assert system.first_unsatisfied(witness) == -1
    witness[1] += 1
    assert system.first_unsatisfied(witness) >= 0


def test_the_digest_does_not_depend_on_labels_and_order() -> None:
    system = r1cs.loads(toy.data("toy.r1cs"))
    assert r1cs.loads(r1cs.dumps(system)).n_wires == system.n_wires
    assert r1cs.digest(r1cs.loads(r1cs.dumps(system))) == r1cs.digest(system)
    shuffled = r1cs_with([[(3, 5), (0, 7)], [(2, 1)], []])
    ordered = r1cs_with([[(0, 7), (3, 5)], [(2, 1)], []])
    assert r1cs.digest(r1cs.loads(shuffled)) == r1cs.digest(r1cs.loads(ordered))
    other = r1cs_with([[(0, 7), (3, 6)], [(2, 1)], []])
    assert r1cs.digest(r1cs.loads(other)) != r1cs.digest(r1cs.loads(ordered))


def test_witness_round_trip_is_byte_for_byte() -> None:
    assert wtns.dumps(wtns.loads(toy.data("toy.wtns"))) == toy.data("toy.wtns")


@pytest.mark.parametrize(
    "witness",
    [
        to_limbs([2, 3]),
        to_limbs([1, R]),
        to_limbs([]),
        to_limbs([1, 2]).astype(np.int64),
        to_limbs([1, 2]).reshape(-1),
    ],
)
def test_a_bad_witness_is_not_written(witness: np.ndarray) -> None:
    with pytest.raises(InvalidInput):
        wtns.dumps(witness)


@pytest.mark.parametrize("name", ["uncontributed.zkey", "single.zkey", "ceremony.zkey"])
def test_zkey_round_trip_keeps_every_section(name: str) -> None:
    file = toy.data(name)
    again = zkey.dumps(zkey.loads(file))
    assert dict(toy.sections(again)) == dict(toy.sections(file))


def test_zkey_contributions_are_read() -> None:
    key = zkey.loads(toy.data("ceremony.zkey"))
    assert [(c.name, c.is_beacon) for c in key.contributions] == [
        ("one", False),
        ("two", False),
        ("b", True),
    ]
    assert (key.contributions[-1].delta_after_mont == key.delta1_mont).all()
    assert "contributions=3" in repr(key)
    assert len(repr(key)) < 200


def test_the_mark_survives_and_is_limited() -> None:
    file = toy.data("ceremony.zkey")
    parts = toy.sections(file)
    assert zkey.loads(file).mark == b""
    key = zkey.loads(toy.join(file, [*parts, (zkey.MARK_SECTION, b"{}")]))
    assert zkey.loads(zkey.dumps(key)).mark == b"{}"
    for mark in (b"", b"x" * 4097):
        with pytest.raises(MalformedFile, match="mark"):
            zkey.loads(toy.join(file, [*parts, (zkey.MARK_SECTION, mark)]))


def test_first_not_below_agrees_with_integers() -> None:
    rng = random.Random(1)
    edges = [0, 1, R - 1, R, R + 1, Q - 1, Q, 2**256 - 1, 2**192, R ^ 1, R - 2**64, R + 2**64]
    values = edges + [rng.randrange(2**256) for _ in range(50)]
    for modulus in (Q, R, 2**255 - 1):
        for value in values:
            expected = 0 if value >= modulus else -1
            assert first_not_below(to_limbs([value]), modulus) == expected
    assert first_not_below(to_limbs([0, 1, R, R]), R) == 2


@pytest.mark.slow
def test_reading_takes_at_most_about_twice_the_file() -> None:
    n = 20_000
    rows = [dict.fromkeys(range(1, 6), R - 1 - i) for i in range(n)]
    matrix = Matrix.from_rows(rows)
    file = r1cs.dumps(ConstraintSystem(n_wires=10, n_public=1, a=matrix, b=matrix, c=matrix))
    del rows, matrix
    tracemalloc.start()
    r1cs.loads(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * len(file)
