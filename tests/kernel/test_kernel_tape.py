"""The tape executor against a model of the format in Python; malformed programs."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.kernel.kernel_cases import R, edges

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs

MUL, LC, INV, BITS, DIVMOD, LOOKUP, IS_ZERO = range(7)
Program = list[tuple[int, int, int, int]]


def tape(
    n_inputs: int,
    program: Program,
    terms: list[tuple[int, int]],
    constants: list[int],
    wires: list[int],
) -> k.Tape:
    return k.Tape(
        n_inputs,
        np.array(program, dtype=np.uint32).reshape(-1, 4),
        np.array(terms, dtype=np.uint32).reshape(-1, 2),
        to_limbs(constants),
        np.array(wires, dtype=np.uint32),
    )


def model(
    program: Program, terms: list[tuple[int, int]], constants: list[int], inputs: list[int]
) -> list[int]:
    regs = [1, *inputs]
    for op, x, y, z in program:
        if op == MUL:
            regs.append(regs[x] * regs[y] % R)
        elif op == LC:
            regs.append(sum(constants[c] * regs[i] for i, c in terms[x : x + y]) % R)
        elif op == INV:
            regs.append(pow(regs[x], -1, R) if regs[x] else 0)
        elif op == BITS:
            regs += [regs[x] >> i & 1 for i in range(y)]
        elif op == DIVMOD:
            regs += divmod(regs[x], constants[y])
        elif op == LOOKUP:
            assert regs[x] < z
            regs.append(constants[y + regs[x]])
        else:
            regs.append(int(regs[x] == 0))
    return regs


def run(
    program: Program, terms: list[tuple[int, int]], constants: list[int], inputs: list[int]
) -> None:
    want = model(program, terms, constants, inputs)
    wires = list(range(len(want)))
    native = tape(len(inputs), program, terms, constants, wires)
    assert native.n_registers == native.n_wires == len(want)
    assert from_limbs(native.run(to_limbs(inputs))) == want


def test_every_operation_on_every_edge() -> None:
    inputs = edges(R)
    constants = [1, R - 1, 7, 2**64 - 1, 2**64, 2**64 + 1, 2**192, 2**253, R - 1]
    terms = [(i, i % len(constants)) for i in range(len(inputs))]
    registers = range(1, len(inputs) + 1)
    program = [(MUL, i, len(inputs) + 1 - i, 0) for i in registers]
    program += [(op, i, 0, 0) for i in registers for op in (INV, IS_ZERO)]
    program += [(BITS, i, n, 0) for i in registers for n in (0, 1, 253, 254)]
    program += [(DIVMOD, i, c, 0) for i in registers for c in range(len(constants))]
    program += [(LC, first, count, 0) for first in range(20) for count in (0, 1, 5, 30)]
    run(program, terms, constants, inputs)


elements = st.one_of(st.sampled_from(edges(R)), st.integers(0, R - 1))


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_random_programs_equal_the_model(data: st.DataObject) -> None:
    inputs = data.draw(st.lists(elements, min_size=1, max_size=4))
    constants = data.draw(st.lists(elements.filter(bool), min_size=2, max_size=6))
    terms: list[tuple[int, int]] = []
    program: Program = []
    have = 1 + len(inputs)
    for _ in range(data.draw(st.integers(1, 20))):
        op = data.draw(st.sampled_from([MUL, LC, INV, BITS, DIVMOD, IS_ZERO]))
        x = data.draw(st.integers(0, have - 1))
        y = 0
        if op == MUL:
            y = data.draw(st.integers(0, have - 1))
        elif op == LC:
            x, y = len(terms), data.draw(st.integers(0, 5))
            pick = st.tuples(st.integers(0, have - 1), st.integers(0, len(constants) - 1))
            terms += [data.draw(pick) for _ in range(y)]
        elif op == BITS:
            y = data.draw(st.integers(0, 254))
        elif op == DIVMOD:
            y = data.draw(st.integers(0, len(constants) - 1))
        program.append((op, x, y, 0))
        have += {BITS: y, DIVMOD: 2}.get(op, 1)
    run(program, terms, constants, inputs)


@pytest.mark.parametrize("index", [0, 1, 2])
def test_lookup_reads_the_table(index: int) -> None:
    run([(LOOKUP, 1, 1, 3)], [], [99, 10, 11, R - 1], [index])


@pytest.mark.parametrize("index", [3, 4, 2**32, 2**32 + 1, 2**64, R - 1])
def test_lookup_outside_the_table_is_refused_at_run_time(index: int) -> None:
    native = tape(1, [(LOOKUP, 1, 1, 3)], [], [99, 10, 11, 12, 13], [2])
    with pytest.raises(ValueError, match="tape lookup out of range"):
        native.run(to_limbs([index]))


def test_wires_may_repeat_and_leave_registers_out() -> None:
    native = tape(2, [(MUL, 1, 2, 0)], [], [], [0, 3, 3, 1])
    assert from_limbs(native.run(to_limbs([5, 7]))) == [1, 35, 35, 5]


def test_an_empty_program_passes_inputs_through() -> None:
    assert from_limbs(tape(1, [], [], [], [0, 1]).run(to_limbs([R - 1]))) == [1, R - 1]


BAD: dict[str, dict[str, Any]] = {
    "unknown operation": {"program": [(7, 0, 0, 0)]},
    "operation of 32 bits": {"program": [(2**32 - 1, 0, 0, 0)]},
    "operand is the result": {"program": [(MUL, 0, 2, 0)]},
    "operand after the result": {"program": [(INV, 9, 0, 0)]},
    "first operand": {"program": [(MUL, 2, 0, 0)]},
    "255 bits": {"program": [(BITS, 1, 255, 0)]},
    "terms beyond the end": {"program": [(LC, 0, 2, 0)]},
    "terms start beyond the end": {"program": [(LC, 2, 0, 0)]},
    "terms overflow": {"program": [(LC, 1, 2**32 - 1, 0)]},
    "term of a later register": {"program": [(LC, 0, 1, 0)], "terms": [(2, 0)]},
    "term of a missing constant": {"terms": [(0, 2)]},
    "division by a missing constant": {"program": [(DIVMOD, 1, 2, 0)]},
    "division by zero": {"program": [(DIVMOD, 1, 1, 0)], "constants": [3, 0]},
    "table beyond the end": {"program": [(LOOKUP, 1, 1, 2)]},
    "table overflow": {"program": [(LOOKUP, 1, 1, 2**32 - 1)]},
    "constant not canonical": {"constants": [1, R]},
    "wire of a missing register": {"wires": [2]},
    "negative input count": {"n_inputs": -1},
    "huge input count": {"n_inputs": 2**32},
}


@pytest.mark.parametrize("name", BAD)
def test_malformed_programs_are_refused(name: str) -> None:
    good: dict[str, Any] = {
        "n_inputs": 1,
        "program": [],
        "terms": [(0, 0)],
        "constants": [3, 4],
        "wires": [0],
    }
    tape(**good)
    with pytest.raises(ValueError, match=r"tape|n_inputs"):
        tape(**(good | BAD[name]))


@pytest.mark.parametrize("inputs", [[], [1, 2], [R], [2**256 - 1]])
def test_malformed_inputs_are_refused(inputs: list[int]) -> None:
    with pytest.raises(ValueError, match="inputs"):
        tape(1, [], [], [], [0]).run(to_limbs(inputs))


def test_random_bytes_never_crash_the_executor() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        program = rng.integers(0, 9, (5, 4)).astype(np.uint32)
        terms = rng.integers(0, 5, (4, 2)).astype(np.uint32)
        wires = rng.integers(0, 8, 4).astype(np.uint32)
        with contextlib.suppress(ValueError):
            native = k.Tape(2, program, terms, to_limbs([1, 2, 0, R - 1]), wires)
            assert native.run(to_limbs([3, 0])).shape == (4, 4)
