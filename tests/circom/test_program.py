"""Circuits' own programs: the witness that circom's tools compute, and what is refused."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from support.circom.programs import (
    BUS,
    CHECKS,
    CHECKS_INPUTS,
    FIRST,
    FIRST_INPUTS,
    FOLDER,
    TOY,
    TOY_WASM,
    hostile,
)

from zkcredit.bn254.fields import Q, R
from zkcredit.circom import CircomProgram
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange, UnsatisfiedWitness
from zkcredit.formats import wtns

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def checks() -> CircomProgram:
    return CircomProgram.load(CHECKS)


@pytest.fixture(scope="module")
def first() -> CircomProgram:
    return CircomProgram.load(FIRST)


def numbers(values: bytes) -> list[int]:
    return [int.from_bytes(values[i : i + 32], "little") for i in range(0, len(values), 32)]


# --- what programs compute ----------------------------------------------------------------------


def test_the_witness_is_that_of_circoms_own_tools() -> None:
    values = CircomProgram.load(TOY_WASM).witness({"x": "3", "k": "7"})
    assert values == wtns.values((TOY / "toy.wtns").read_bytes())


def test_arrays_logs_and_inner_templates(checks: CircomProgram) -> None:
    lines: list[str] = []
    values = numbers(checks.witness(CHECKS_INPUTS, log=lines.append))
    assert values[:3] == [1, 51 * 0 + 17 + 76, 2]  # half of 34, and 76
    assert lines == ["rate 2", "part 0 is 34", "part 1 is 76"]


def test_a_bus_is_an_object() -> None:
    program = CircomProgram.load(BUS)
    inputs = {"p": {"x": 1, "y": 2}, "q": [{"x": 3, "y": 4}, {"x": 5, "y": 6}]}
    assert numbers(program.witness(inputs))[1] == 1 * 4 + 5 * 10 + 600 + 2000 + 30_000
    with pytest.raises(InvalidInput, match=r"no input signal q\[2\]\.x"):
        program.witness({**inputs, "q": [*inputs["q"], {"x": 1}]})  # type: ignore[misc]  # a list


def test_a_program_of_circom_1(first: CircomProgram) -> None:
    lines: list[str] = []
    assert numbers(first.witness(FIRST_INPUTS, log=lines.append)) == [1, 61, 7, 2, 4, 14]
    assert lines == ["14"]
    big = {"x": R - 1, "b": ["-3", 9]}
    assert numbers(first.witness(big))[1] == (-1 * -3 * 9 + 5) % R


def test_programs_know_their_version(checks: CircomProgram, first: CircomProgram) -> None:
    assert (checks.version, first.version) == (2, 1)
    assert repr(first) == "CircomProgram(version=1)"


def test_one_program_serves_many_threads(checks: CircomProgram) -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: made.append(checks.witness(CHECKS_INPUTS)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [checks.witness(CHECKS_INPUTS)] * 8


# --- inputs that are refused ----------------------------------------------------------------------

AMOUNTS = CHECKS_INPUTS["amounts"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "takes 7 numbers, and the inputs have 0: an input is missing; there are no inputs"),
        ({"amounts": AMOUNTS}, "the inputs have 6: an input is missing; there are amounts"),
        ({"amounts": [1, 2, 3], "rate": 2}, "the input signal amounts takes 6 numbers, not 3"),
        ({"amounts": [0] * 7, "rate": 2}, "the input signal amounts takes 6 numbers, not 7"),
        ({"amounts": AMOUNTS, "rate": [1, 2]}, "the input signal rate takes 1 number, not 2"),
        ({"amounts": AMOUNTS, "rate": []}, "the input signal rate takes 1 number, not 0"),
        ({**CHECKS_INPUTS, "rats": 1}, "the circuit has no input signal rats"),
        ({**CHECKS_INPUTS, "sum": 1}, "the circuit has no input signal sum"),
        ({**CHECKS_INPUTS, "parts": [1, 2]}, "the circuit has no input signal parts"),
        ({"amounts": AMOUNTS, "Rate": 2}, "the circuit has no input signal Rate"),
    ],
)
def test_inputs_are_checked_by_name_and_size(
    checks: CircomProgram, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        checks.witness(inputs)


@pytest.mark.parametrize("size", [None, "(param i32 i32) (result i32) (i32.const -1)"])
def test_a_program_without_sizes_still_counts(size: str | None) -> None:
    program = CircomProgram(
        hostile(getInputSignalSize=size, getInputSize="(result i32) (i32.const 2)")
    )
    with pytest.raises(InvalidInput, match="no input signal a" if size else "an input is missing"):
        program.witness({"a": 1})


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "is missing, or has too few numbers; there are no inputs"),
        ({"x": 7}, "is missing, or has too few numbers; there are x"),
        ({"x": 7, "b": 2}, "is missing, or has too few numbers; there are x, b"),
        ({"x": 7, "b": [2, 4, 5]}, "too many numbers"),
        ({"x": [7, 2, 4], "b": [2, 4]}, "too many numbers"),
        ({**FIRST_INPUTS, "z": 1}, "no input signal z"),
        ({**FIRST_INPUTS, "y": 1}, "not an input signal"),
        ({**FIRST_INPUTS, "t": 1}, "not an input signal"),
    ],
)
def test_inputs_of_circom_1_are_checked(
    first: CircomProgram, inputs: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidInput, match=said):
        first.witness(inputs)


def test_an_assertion_is_told_in_the_circuits_own_words(checks: CircomProgram) -> None:
    with pytest.raises(UnsatisfiedWitness, match=r"Inner.* line: 5") as caught:
        checks.witness({"amounts": [[500, 1, 1], [0, 0, 0]], "rate": 2})
    assert caught.value.gadget.startswith("Inner")


def test_a_constraint_is_told_with_its_line(checks: CircomProgram) -> None:
    with pytest.raises(UnsatisfiedWitness, match=r"Inner.* line: 7"):
        checks.witness({"amounts": [[1, 0, 0], [0, 0, 0]], "rate": 3})  # 3 is odd


def test_a_constraint_of_circom_1_is_told(first: CircomProgram) -> None:
    with pytest.raises(UnsatisfiedWitness, match="Constraint doesn't match"):
        first.witness({"x": 7, "b": [2, 5]})


def test_a_number_that_is_not_below_r_is_refused(checks: CircomProgram) -> None:
    with pytest.raises(OutOfRange, match="the input signal rate"):
        checks.witness({**CHECKS_INPUTS, "rate": 2 + R})


def test_nothing_is_left_of_a_refused_run(checks: CircomProgram) -> None:
    before = checks.witness(CHECKS_INPUTS)
    for bad in ({}, {**CHECKS_INPUTS, "z": 1}, {"amounts": [[500, 1, 1], [0, 0, 0]], "rate": 2}):
        with pytest.raises((InvalidInput, UnsatisfiedWitness)):
            checks.witness(bad)
    assert checks.witness(CHECKS_INPUTS) == before


# --- programs that are refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [("bls12381", "belongs to BLS12-381"), ("goldilocks", "belongs to Goldilocks")],
)
def test_another_field_is_refused_by_its_name(name: str, said: str) -> None:
    with pytest.raises(MalformedFile, match=f"not that of BN254: it {said}"):
        CircomProgram.load(FOLDER / f"{name}.wasm").witness({"x": 3, "k": 7})


@pytest.mark.parametrize(
    ("prime", "said"),
    [(Q.to_bytes(32, "little"), "Grumpkin"), (b"\7" + bytes(31), "it has 3 bits")],
)
def test_a_field_that_a_program_only_states_is_refused(prime: bytes, said: str) -> None:
    with pytest.raises(MalformedFile, match=said):
        CircomProgram(hostile(prime=prime)).witness({})


@pytest.mark.parametrize("words", [0, -1, 33])
def test_a_size_of_no_field_is_refused(words: int) -> None:
    program = hostile(getFieldNumLen32=f"(result i32) (i32.const {words})")
    with pytest.raises(MalformedFile, match="no size of its field"):
        CircomProgram(program).witness({})


@pytest.mark.parametrize("name", ["toy.r1cs", "toy.wtns", "ceremony.zkey", "proof.json"])
def test_another_file_is_refused_by_its_kind(name: str) -> None:
    with pytest.raises(
        MalformedFile, match=r"WebAssembly program .* is expected, but this is"
    ) as e:
        CircomProgram.load(TOY / name)
    assert e.value.file == str(TOY / name)


def test_bytes_of_nothing_are_refused(tmp_path: Path) -> None:
    for data in (b"", b"\0as", b"hello"):
        (tmp_path / "a.wasm").write_bytes(data)
        with pytest.raises(MalformedFile, match="WebAssembly program"):
            CircomProgram.load(tmp_path / "a.wasm")
    with pytest.raises(InvalidInput):
        CircomProgram.load(tmp_path / "none.wasm")
    with pytest.raises(InvalidInput, match="must be a bytes"):
        CircomProgram("circuit.wasm")  # type: ignore[arg-type]  # on purpose


@pytest.mark.parametrize("cut", [8, 100, 5000, -1])
def test_a_program_that_is_cut_does_not_compile(cut: int) -> None:
    with pytest.raises(MalformedFile, match=r"does not compile|not one of circom"):
        CircomProgram(CHECKS.read_bytes()[:cut])


def test_another_program_is_not_one_of_circom() -> None:
    with pytest.raises(MalformedFile, match="not one of circom: it has no getRawPrime"):
        CircomProgram(hostile(getRawPrime=None))


@pytest.mark.parametrize(
    "wanted",
    [
        '(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
        '(import "runtime" "openFile" (func))',
        '(import "env" "now" (func (result i64)))',
    ],
)
def test_a_program_that_wants_more_is_refused(wanted: str) -> None:
    with pytest.raises(MalformedFile, match="which no program of circom does"):
        CircomProgram(hostile(imports=wanted))


def test_a_program_that_imports_something_else_by_that_name_is_refused() -> None:
    for wanted in (
        '(import "runtime" "log" (global i32))',
        '(import "runtime" "log" (func (result i32)))',
    ):
        with pytest.raises(MalformedFile, match="imports log as something else"):
            CircomProgram(hostile(imports=wanted)).witness({})


# --- bounds ---------------------------------------------------------------------------------------

FOREVER = "(param i32) (loop $again (br $again))"


@pytest.mark.parametrize("where", ["init", "getWitness"])
def test_a_program_without_an_end_is_stopped(where: str) -> None:
    program = CircomProgram(hostile(**{where: FOREVER}))
    with pytest.raises(InvalidInput, match=r"did not end within 0\.2 seconds"):
        program.witness({}, time_limit=0.2)


def test_one_run_that_is_stopped_does_not_stop_another() -> None:
    slow = "(param i32) (local $i i64) (loop $again (local.set $i (i64.add (local.get $i) \
        (i64.const 1))) (br_if $again (i64.lt_u (local.get $i) (i64.const 300000000))))"
    program = CircomProgram(hostile(init=slow, prime=R.to_bytes(32, "little"), getWitness=ONE))
    outcomes: list[object] = []

    def runs(limit: float) -> None:
        try:
            outcomes.append(len(program.witness({}, time_limit=limit)))
        except InvalidInput as error:
            outcomes.append(str(error)[-30:])

    threads = [threading.Thread(target=runs, args=(limit,)) for limit in (0.01, 600.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 32 in outcomes


ONE = "(param i32) (i64.store (i32.const 0) (i64.const 1)) (i64.store (i32.const 8) (i64.const 0)) \
    (i64.store (i32.const 16) (i64.const 0)) (i64.store (i32.const 24) (i64.const 0))"
"""A ``getWitness`` all of whose values are one."""


def test_memory_is_bounded_before_the_program_starts() -> None:
    large = CircomProgram(hostile(memory='(memory (export "memory") 65536)'))
    with pytest.raises(InvalidInput, match="needs 4096 MiB of memory, and may have 2048 MiB"):
        large.witness({})
    first = CircomProgram.load(FIRST)
    with pytest.raises(InvalidInput, match="needs 125 MiB of memory, and may have 64 MiB"):
        first.witness(FIRST_INPUTS, memory_limit=1 << 26)


@pytest.mark.parametrize("count", [1 << 20, -1])
def test_a_witness_that_does_not_fit_is_refused(count: int) -> None:
    program = hostile(getWitnessSize=f"(result i32) (i32.const {count})")
    with pytest.raises(InvalidInput, match="MiB of memory, and may have 16 MiB"):
        CircomProgram(program).witness({}, memory_limit=1 << 24)


def test_memory_that_a_program_asks_for_later_is_bounded() -> None:
    grows = (
        "(param i32) (if (i32.eq (memory.grow (i32.const 1000)) (i32.const -1)) (then unreachable))"
    )
    with pytest.raises(MalformedFile, match="unreachable"):
        CircomProgram(hostile(init=grows)).witness({}, memory_limit=1 << 22)


@pytest.mark.parametrize("limit", [0, -1, 1 << 33, 1.5, None, True])
def test_a_memory_limit_is_a_number_of_bytes(checks: CircomProgram, limit: Any) -> None:
    with pytest.raises(InvalidInput, match="memory limit"):
        checks.witness(CHECKS_INPUTS, memory_limit=limit)


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf"), "1", None])
def test_a_time_limit_is_a_number_of_seconds(checks: CircomProgram, limit: Any) -> None:
    with pytest.raises(InvalidInput, match="time limit"):
        checks.witness(CHECKS_INPUTS, time_limit=limit)


# --- programs that fail ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("(param i32) unreachable", "unreachable"),
        ("(param i32) (drop (i32.load (i32.const -4)))", "memory out of bounds"),
        ("(param i32) (drop (i32.div_s (i32.const 1) (local.get 0)) ) (drop (i32.div_s "
         "(i32.const 1) (i32.const 0)))", "integer division by zero"),
        ("(param i32) (call 0 (i32.const 1))", "stack overflow"),
    ],
)  # fmt: skip
def test_a_program_that_traps_is_malformed(body: str, said: str) -> None:
    with pytest.raises(MalformedFile, match=f"program failed: {said}"):
        CircomProgram(hostile(init=body)).witness({})


@pytest.mark.parametrize("start", [65_535, -1, -32])
def test_a_program_that_points_outside_its_memory_is_malformed(start: int) -> None:
    program = hostile(getSharedRWMemoryStart=f"(result i32) (i32.const {start})")
    with pytest.raises(MalformedFile):
        CircomProgram(program).witness({})


def test_a_program_without_a_memory_is_malformed() -> None:
    program = hostile(memory="", readSharedRWMemory="(param i32) (result i32) (i32.const 0)")
    with pytest.raises(MalformedFile, match="no memory"):
        CircomProgram(program).witness({})


def test_functions_of_another_form_are_malformed() -> None:
    for functions in ({"init": ""}, {"init": "(param i64)"}, {"getWitness": "(param f32)"}):
        with pytest.raises(MalformedFile):
            CircomProgram(hostile(**functions)).witness({})


def test_values_that_are_not_a_witness_are_refused() -> None:
    """The memory begins with r, which is not below r; and a witness begins with one."""
    two = ONE.replace("(i64.const 1)", "(i64.const 2)")
    for get in ("(param i32)", two):
        with pytest.raises(MalformedFile, match="not a witness"):
            CircomProgram(hostile(getWitness=get)).witness({})
    assert CircomProgram(hostile(getWitness=ONE)).witness({}) == (1).to_bytes(32, "little")


def test_a_program_without_shared_memory_is_read_word_by_word() -> None:
    program = hostile(getWitness=ONE, getSharedRWMemoryStart=None)
    assert CircomProgram(program).witness({}) == (1).to_bytes(32, "little")
