from __future__ import annotations

import contextlib
import dataclasses
import random
import tracemalloc

import numpy as np
import pytest
from support.formats import ptau_case as case
from support.formats import snarkjs_toy as toy
from support.groth16.known_powers import known_powers

from zkcredit.bn254 import Q, R
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.formats import ptau

PARTS = dict(toy.sections(case.data()))
SECTIONS = {
    2: "tau_g1", 3: "tau_g2", 4: "alpha_tau_g1", 5: "beta_tau_g1", 6: "beta_g2",
    12: "tau_g1_lagrange", 13: "tau_g2_lagrange",
    14: "alpha_tau_g1_lagrange", 15: "beta_tau_g1_lagrange",
}  # fmt: skip
KINDS = pytest.mark.parametrize("name", SECTIONS.values())
RECORD = 448 + 768 + 216 + 64  # up to the kind


def le(value: int, size: int = 32) -> bytes:
    return value.to_bytes(size, "little")


def test_snarkjs_file_is_read_and_written_again_byte_for_byte() -> None:
    file = case.file()
    assert ptau.dumps(file) == case.data()
    assert (file.power, file.ceremony_power, file.is_prepared) == (4, 4, True)
    assert [(step.name, step.is_beacon) for step in file.contributions] == [
        ("a", False),
        ("b", True),
    ]
    assert (file.contributions[-1].tau1_mont == file.tau_g1_mont[1]).all()
    assert len(repr(file)) < 80


def test_a_file_without_lagrange_forms_is_read_and_written() -> None:
    file = ptau.loads(case.unprepared())
    assert not file.is_prepared
    assert ptau.dumps(file) == case.unprepared()


@pytest.mark.parametrize("power", [1, 2, 5])
@pytest.mark.parametrize("prepared", [True, False])
def test_files_of_other_sizes_come_back(power: int, prepared: bool) -> None:
    written = ptau.dumps(known_powers(power, prepared=prepared))
    assert ptau.dumps(ptau.loads(written)) == written


def test_points_are_those_of_the_file_at_any_alignment() -> None:
    shifted = toy.join(case.data(), [(99, b"abc"), *toy.sections(case.data())])
    for number, name in SECTIONS.items():
        points = ptau.loads(shifted).points(name, 0, 1)
        assert points.tobytes() == PARTS[number][: points.nbytes]
    assert ptau.loads(shifted).points("tau_g1", 3, 2).tobytes() == PARTS[2][3 * 64 : 5 * 64]


@pytest.mark.parametrize(
    "damaged",
    [pytest.param(damaged, id=what) for what, damaged in toy.structural_damage(case.data())],
)
def test_every_structural_damage_is_refused(damaged: bytes) -> None:
    with pytest.raises(MalformedFile):
        ptau.loads(damaged)


@pytest.mark.parametrize("number", sorted(PARTS))
def test_every_section_is_missed_and_none_may_be_a_point_longer_or_shorter(number: int) -> None:
    body = PARTS[number]
    with pytest.raises(MalformedFile, match=rf"section {number} is missing"):
        ptau.loads(case.with_section(number, None))
    width = 128 if number in {3, 6, 13} else 64
    for wrong in (body + bytes(width), body[:-width], b"", body * 2):
        with pytest.raises(MalformedFile, match=rf"section {number}, offset"):
            ptau.loads(case.with_section(number, wrong))


def test_every_truncation_is_refused() -> None:
    file = case.data()
    for size in range(0, len(file), 41):
        with pytest.raises(MalformedFile):
            ptau.loads(file[:size])


@pytest.mark.parametrize(
    ("offset", "new", "where"),
    [
        (0, le(31, 4), "a field element of 32 bytes"),
        (0, le(48, 4), "a field element of 32 bytes"),
        (4, le(R), "not that of BN254"),
        (4, le(Q - 1), "not that of BN254"),
        (36, le(0, 4), "the power 0 is not"),
        (36, le(29, 4), "the power 29 is not"),
        (36, le(2**32 - 1, 4), "is not between"),
        (36, le(5, 4), "the ceremony's power 4"),
        (36, le(3, 4), "section 6, offset|section 2, offset"),
        (40, le(3, 4), "the ceremony's power 3"),
        (40, le(29, 4), "the ceremony's power 29"),
    ],
)
def test_a_wrong_header_is_refused(offset: int, new: bytes, where: str) -> None:
    with pytest.raises(MalformedFile, match=where):
        ptau.loads(toy.edited(case.data(), 1, offset, new))


def test_a_power_that_the_sections_do_not_have_is_refused() -> None:
    both = toy.edited(case.data(), 1, 36, le(5, 4) + le(5, 4))
    with pytest.raises(MalformedFile, match="63 points of 64 bytes are expected"):
        ptau.loads(both)
    largest = toy.edited(case.data(), 1, 36, le(28, 4) + le(28, 4))
    with pytest.raises(MalformedFile, match="are expected"):
        ptau.loads(largest)


def test_a_truncated_ceremony_keeps_its_power() -> None:
    file = ptau.loads(toy.edited(case.data(), 1, 40, le(28, 4)))
    assert (file.power, file.ceremony_power) == (4, 28)


@pytest.mark.parametrize(
    ("offset", "new", "where"),
    [
        (0, le(2**32 - 1, 4), "too short for 4294967295"),
        (0, le(3, 4), "too short for 3"),
        (0, le(1, 4), "bytes too many"),
        (0, le(0, 4), "bytes too many"),
        (4, le(Q), "not below its modulus"),
        (4 + 64, le(2**256 - 1), "not below its modulus"),
        (4 + 448 + 96, le(Q), "not below its modulus"),
        (4 + 448 + 768 - 32, le(Q + 1), "not below its modulus"),
        (4 + RECORD, le(2, 4), "unknown kind 2"),
        (4 + RECORD + 4, le(2**32 - 1, 4), "section 7"),
        (4 + RECORD + 4, le(2, 4), "section 7"),
        (4 + RECORD + 4, le(0, 4), "section 7"),
        (4 + RECORD + 8, b"\x04", "unknown or unsorted"),
        (4 + RECORD + 8, b"\x00", "unknown or unsorted"),
        (4 + RECORD + 9, b"\xff", "section 7"),
    ],
)
def test_wrong_contributions_are_refused(offset: int, new: bytes, where: str) -> None:
    with pytest.raises(MalformedFile, match=where):
        ptau.loads(toy.edited(case.data(), 7, offset, new))


@KINDS
def test_a_coordinate_that_is_not_canonical_is_refused_where_it_is_read(name: str) -> None:
    number = {v: k for k, v in SECTIONS.items()}[name]
    width = 128 if "g2" in name else 64
    last = len(PARTS[number]) // width - 1
    for index in {0, last}:
        for coordinate in range(width // 32):
            for value in (Q, Q + 1, 2**256 - 1):
                at = index * width + coordinate * 32
                file = ptau.loads(toy.edited(case.data(), number, at, le(value)))
                with pytest.raises(MalformedFile, match=rf"{name}\[{index}\].*not below q"):
                    file.points(name, 0, last + 1)
    # what is not asked for is not looked at
    if last:
        file.points(name, 0, last) if index == last else file.points(name, 1, last)


@KINDS
def test_infinity_is_refused_where_it_is_read(name: str) -> None:
    number = {v: k for k, v in SECTIONS.items()}[name]
    width = 128 if "g2" in name else 64
    last = len(PARTS[number]) // width - 1
    file = ptau.loads(toy.edited(case.data(), number, last * width, bytes(width)))
    with pytest.raises(MalformedFile, match=rf"{name}\[{last}\]: the point is infinity"):
        file.points(name, last, 1)


@pytest.mark.parametrize(
    ("start", "count"), [(0, 32), (31, 1), (-1, 2), (0, 0), (30, 2), (2**40, 1), (0, 2**60)]
)
def test_points_that_the_file_has_not_are_refused(start: int, count: int) -> None:
    with pytest.raises(InvalidInput, match="31 points of tau_g1"):
        case.file().points("tau_g1", start, count)


def test_lagrange_forms_of_a_file_that_is_not_prepared_are_refused() -> None:
    with pytest.raises(InvalidInput, match="snarkjs powersoftau prepare phase2"):
        ptau.loads(case.unprepared()).points("tau_g1_lagrange", 0, 1)


@pytest.mark.slow
def test_random_bytes_give_a_value_or_the_typed_error() -> None:
    rng = random.Random("ptau")
    for _ in range(3000):
        damaged = bytearray(case.data())
        for _ in range(rng.randint(1, 4)):
            damaged[rng.randrange(len(damaged))] = rng.choice([0, 1, 0x7F, 0x80, 0xFF])
        with contextlib.suppress(MalformedFile):
            file = ptau.loads(bytes(damaged))
            for name in SECTIONS.values():
                file.points(name, 0, len(getattr(file, f"{name}_mont")))


@pytest.mark.parametrize(
    "change",
    [
        {"power": 0},
        {"power": 5},
        {"power": 29, "ceremony_power": 29},
        {"ceremony_power": 3},
        {"tau_g1_mont": case.file().tau_g1_mont[:-1]},
        {"tau_g2_mont": case.file().tau_g1_mont},
        {"beta_g2_mont": case.file().beta_g2_mont[0]},
        {"tau_g1_lagrange_mont": None},
        {"beta_tau_g1_lagrange_mont": None},
        {"beta_tau_g1_lagrange_mont": case.file().beta_tau_g1_mont},
    ],
)
def test_what_is_no_file_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        ptau.dumps(dataclasses.replace(case.file(), **change))


def test_reading_looks_at_no_point_and_takes_no_memory_for_them() -> None:
    size = 1 << 16
    blank = ptau.PtauFile(
        power=16,
        ceremony_power=16,
        tau_g1_mont=np.zeros((2 * size - 1, 8), dtype=np.uint64),
        tau_g2_mont=np.zeros((size, 16), dtype=np.uint64),
        alpha_tau_g1_mont=np.zeros((size, 8), dtype=np.uint64),
        beta_tau_g1_mont=np.zeros((size, 8), dtype=np.uint64),
        beta_g2_mont=np.zeros((1, 16), dtype=np.uint64),
    )
    data = ptau.dumps(blank)
    tracemalloc.start()
    ptau.loads(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 16
