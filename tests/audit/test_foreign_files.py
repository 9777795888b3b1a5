"""``.r1cs`` files of other compilers: what their header tells, and what their labels do not."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import MalformedFile
from zkcredit.formats import r1cs, wtns
from zkcredit.formats.binfile import dump_sections, parse_sections
from zkcredit.r1cs import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from pathlib import Path

Row = tuple[dict[int, int], dict[int, int], dict[int, int]]
SQUARE: list[Row] = [({2: 1}, {2: 1}, {1: 1})]
ROOT: list[Row] = [({1: 1}, {1: 1}, {2: 1})]
PRODUCT: list[Row] = [({2: 1}, {3: 1}, {1: 1})]


def file_of(
    rows: list[Row],
    *,
    outputs: int,
    public: int,
    private: int,
    labels: list[int] | None,
    n_labels: int | None = None,
    wires: int | None = None,
) -> bytes:
    """The bytes of a constraint system, with these counts and labels."""
    n_wires = 1 + max(wire for row in rows for part in row for wire in part)
    matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
    written = parse_sections(r1cs.dumps(ConstraintSystem(n_wires, 0, *matrices)), "r1cs", 1, (1, 2))
    header = bytes(written[1].take(36)) + struct.pack(
        "<IIIIQI", n_wires if wires is None else wires, outputs, public, private,
        n_wires if n_labels is None else n_labels, len(rows),
    )  # fmt: skip
    sections = [(1, header), (2, bytes(written[2].data))]
    if labels is not None:
        sections.append((3, struct.pack(f"<{len(labels)}Q", *labels)))
    return dump_sections("r1cs", 1, sections)


# --- which wires are inputs ---------------------------------------------------------------------


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 2, 1], [0, 9, 3], None])
def test_outputs_and_public_inputs_are_told_by_the_header(labels: list[int] | None) -> None:
    data = file_of(ROOT, outputs=1, public=1, private=0, labels=labels, n_labels=9)
    assert r1cs.input_wires(data) == ([2], 0, 1, 0)


def test_private_inputs_are_told_by_labels_that_number_outputs_first() -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=[0, 1, 3, 2])
    assert r1cs.input_wires(data) == ([2, 3], 0, 1, 0)
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=[0, 1, 3, 8], n_labels=8)
    assert r1cs.input_wires(data) == ([2], 1, 1, 0)


@pytest.mark.parametrize("labels", [[0, 3, 1, 2], None, []])
def test_other_files_do_not_tell_private_inputs(labels: list[int] | None) -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=labels,
                   n_labels=None if labels else 0)  # fmt: skip
    assert r1cs.input_wires(data) == ([], 0, 1, 2)


def test_a_header_with_more_public_signals_than_labels_is_read_without_them() -> None:
    data = file_of(ROOT, outputs=2**32 - 1, public=0, private=7, labels=[0, 1, 2])
    assert r1cs.input_wires(data).unnamed == 7
    with pytest.raises(MalformedFile, match="cannot hold"):
        r1cs.loads(data)


# --- labels -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("labels", "n_labels"), [(None, None), (None, 0), ([], 0), ([0, 1, 2, 3], 0)]
)
def test_a_file_without_labels_is_the_same_system(
    labels: list[int] | None, n_labels: int | None
) -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=labels, n_labels=n_labels)
    full = file_of(PRODUCT, outputs=1, public=0, private=2, labels=[0, 1, 2, 3])
    assert r1cs.digest(r1cs.loads(data)) == r1cs.digest(r1cs.loads(full))


@pytest.mark.parametrize(
    ("labels", "n_labels", "said"),
    [
        ([0, 1, 2, 3], 2, "2 labels are too few for 1 \\+ 2 signals"),
        ([0, 1, 2], 4, "4 labels of 8 bytes are expected, not 24 bytes"),
        ([0, 1, 2], 0, "4 labels of 8 bytes are expected, not 24 bytes"),
        ([], 4, "4 labels of 8 bytes are expected, not 0 bytes"),
        ([1, 0, 2, 3], 4, "label of wire 0"),
        ([0, 1, 2, 5], 4, "larger than the number of labels"),
    ],
)
def test_labels_that_contradict_the_file_are_refused(
    labels: list[int], n_labels: int, said: str
) -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=labels, n_labels=n_labels)
    with pytest.raises(MalformedFile, match=said):
        r1cs.loads(data)


def test_a_file_without_labels_cannot_count_wires_at_will() -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=None, wires=60_000)
    assert r1cs.loads(data).n_wires == 60_000
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=None, wires=2**31)
    with pytest.raises(MalformedFile, match="far more than occur"):
        r1cs.loads(data)


@pytest.mark.parametrize("labels", [[0, 1, 2, 3], None])
def test_a_header_with_one_wire_too_few_is_explained(labels: list[int] | None) -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=labels, wires=3)
    with pytest.raises(MalformedFile, match="one wire too few: wire 0, the constant 1"):
        r1cs.loads(data)


# --- the command --------------------------------------------------------------------------------


def written(folder: Path, data: bytes, witness: list[int]) -> tuple[Path, Path]:
    circuit, values = folder / "circuit.r1cs", folder / "circuit.wtns"
    circuit.write_bytes(data)
    values.write_bytes(wtns.dumps(to_limbs(witness)))
    return circuit, values


@pytest.mark.parametrize("labels", [[0, 1, 2], [0, 2, 1]])
def test_a_two_valued_output_is_found_in_either_order_of_labels(
    tmp_path: Path, labels: list[int]
) -> None:
    data = file_of(ROOT, outputs=1, public=1, private=0, labels=labels)
    circuit, witness = written(tmp_path, data, [1, 3, 9])
    assert run("audit", circuit).code == 4
    second = tmp_path / "second.wtns"
    ran = run("audit", circuit, "--wtns", witness, "--second", second, "--json")
    assert ran.code == 4
    (report,) = ran.json["circuits"]
    assert report["free_outputs"] == ["wire 1"]
    assert "so the output is free: wire 1" in report["findings"][0]["text"]
    assert from_limbs(wtns.loads(second.read_bytes())) == [1, R - 3, 9]
    assert not (tmp_path / "second.first.wtns").exists()


def test_a_change_of_an_input_is_a_note(tmp_path: Path) -> None:
    data = file_of(SQUARE, outputs=1, public=0, private=1, labels=[0, 1, 2])
    circuit, witness = written(tmp_path, data, [1, 9, 3])
    ran = run("audit", circuit, "--wtns", witness, "--json")
    assert ran.code == 0, ran.out
    (report,) = ran.json["circuits"]
    assert report["mutation"]["inputs"] == ["wire 2"]
    assert "inputs are taken as given" in report["notes"][0]


def test_private_inputs_can_be_told_where_the_file_does_not(tmp_path: Path) -> None:
    data = file_of(PRODUCT, outputs=1, public=0, private=2, labels=None)
    circuit, witness = written(tmp_path, data, [1, 15, 3, 5])
    ran = run("audit", circuit, "--wtns", witness)
    assert ran.code == 4
    assert "say --private 2" in ran.stderr
    assert run("audit", circuit, "--wtns", witness, "--private", 2).code == 0


def test_two_witnesses_are_written_where_other_inputs_show_the_fault(tmp_path: Path) -> None:
    """s·(x2 - x1) = y2 - y1: the output s is free where both sides are 0."""
    slope: list[Row] = [({1: 1}, {4: 1, 2: R - 1}, {5: 1, 3: R - 1})]
    data = file_of(slope, outputs=1, public=0, private=4, labels=[0, 1, 2, 3, 4, 5])
    circuit, witness = written(tmp_path, data, [1, 3, 3, 4, 5, 10])
    second = tmp_path / "second.wtns"
    ran = run("audit", circuit, "--wtns", witness, "--second", second)
    assert ran.code == 4
    assert "the two witnesses have other inputs: wire" in ran.out
    pair = [from_limbs(wtns.loads(path.read_bytes()))
            for path in (tmp_path / "second.first.wtns", second)]  # fmt: skip
    assert pair[0][2:] == pair[1][2:]
    assert pair[0][1] != pair[1][1]
    system = r1cs.loads(data)
    assert [system.first_unsatisfied(values) for values in pair] == [-1, -1]


def test_a_second_witness_is_written_over_nothing_else(tmp_path: Path) -> None:
    data = file_of(ROOT, outputs=1, public=1, private=0, labels=[0, 1, 2])
    circuit, witness = written(tmp_path, data, [1, 3, 9])
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    assert run("audit", circuit, "--wtns", witness, "--second", mine).code == 2
    assert mine.read_text() == "mine"
    assert run("audit", circuit, "--second", tmp_path / "s.wtns").code == 2


def test_without_a_second_witness_nothing_is_written(tmp_path: Path) -> None:
    data = file_of(SQUARE, outputs=1, public=0, private=1, labels=[0, 1, 2])
    circuit, witness = written(tmp_path, data, [1, 9, 3])
    ran = run("audit", circuit, "--wtns", witness, "--second", tmp_path / "s.wtns")
    assert ran.code == 0
    assert "no second witness was found" in ran.stderr
    assert not (tmp_path / "s.wtns").exists()
