from __future__ import annotations

import hashlib
import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.gadget_ladder import Ladder

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.gadgets.poseidon import (
    assert_poseidon,
    domain_tag,
    permute,
    poseidon,
    poseidon_gadget,
)
from zkcredit.gadgets.poseidon_constants import FULL_ROUNDS, PARTIAL_ROUNDS, _grain, parameters
from zkcredit.r1cs import Builder

VECTORS = json.loads(
    (
        Path(__file__).parents[2] / "vectors" / "javascript" / "babyjub_poseidon_eddsa.json"
    ).read_text()
)
COUNTS = [213, 240, 261, 297, 321, 354, 381, 402, 417, 459, 465, 504, 543, 537, 573, 609]
FIELD = st.integers(0, R - 1)


def _bitwise_grain(width: int):
    """The generator of the paper's appendix F, one bit at a time."""
    fields = [(1, 2), (0, 4), (254, 12), (width, 12), (8, 10), (PARTIAL_ROUNDS[width - 2], 10)]
    state = [int(bit) for value, size in fields for bit in f"{value:0{size}b}"] + [1] * 30

    def step() -> int:
        new = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0]
        del state[0]
        state.append(new)
        return new

    for _ in range(160):
        step()
    while True:
        keep, bit = step(), step()
        if keep:
            yield bit


def _textbook(state: list[int], constants: list[tuple[int, ...]], mix) -> list[int]:
    """The permutation as the paper defines it, without the sparse partial rounds."""
    half = FULL_ROUNDS // 2
    for number, added in enumerate(constants):
        state = [(a + k) % R for a, k in zip(state, added, strict=True)]
        full = number < half or number >= len(constants) - half
        state = [pow(a, 5, R) if full or i == 0 else a for i, a in enumerate(state)]
        state = [sum(m * a for m, a in zip(row, state, strict=True)) % R for row in mix]
    return state


@pytest.mark.parametrize("case", VECTORS["poseidon"], ids=lambda case: f"n{case['n']}")
def test_hash_equals_circomlibjs(case: dict) -> None:
    assert poseidon([int(v) for v in case["inputs"]]) == int(case["out"])


@pytest.mark.parametrize("case", VECTORS["poseidon_ex"], ids=lambda case: f"n{case['n']}")
def test_permutation_equals_circomlibjs(case: dict) -> None:
    state = [int(case["initState"]), *map(int, case["inputs"])]
    assert permute(state)[: case["nOut"]] == [int(v) for v in case["out"]]
    assert poseidon(state[1:], domain=state[0]) == int(case["out"][0])


@pytest.mark.parametrize("width", [2, 9])
def test_constants_equal_the_bitwise_generator(width: int) -> None:
    rounds, mix = _grain(width, PARTIAL_ROUNDS[width - 2])
    bits = _bitwise_grain(width)
    blocks = (int("".join(map(str, islice(bits, 254))), 2) for _ in iter(int, 1))
    expected = list(islice((b for b in blocks if b < R), width * len(rounds)))
    assert [k for added in rounds for k in added] == expected
    points = [b % R for b in islice(blocks, 2 * width)]
    assert all(
        mix[i][j] * (points[i] + points[width + j]) % R == 1
        for i in range(width)
        for j in range(width)
    )


@pytest.mark.parametrize("width", [2, 3, 6, 9, 17])
def test_sparse_rounds_equal_the_textbook(width: int) -> None:
    rounds, mix = _grain(width, PARTIAL_ROUNDS[width - 2])
    state = [pow(7, i + 1, R) for i in range(width)]
    assert permute(state) == _textbook(state, rounds, mix)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(1, 17))
def test_counts_are_those_of_fully_reduced_circomlib(n: int) -> None:
    def relation(api, x):
        inputs = [x.v] if n == 1 else list(x.v)
        assert_poseidon(api, inputs, x.digest)

    folded = Ladder(relation, v=n, digest=1)
    assert folded.constraints == COUNTS[n - 1]
    assert folded.internal_wires == COUNTS[n - 1] - 1
    builder = Builder(n)
    poseidon_gadget(builder, [builder.input() for _ in range(n)], domain=5)
    assert len(builder.constraints) == COUNTS[n - 1]


@pytest.mark.parametrize("n", [1, 2, 5, 8, 16])
def test_gadget_equals_the_hash_and_nothing_else(n: int) -> None:
    tag = domain_tag("test")

    def relation(api, x):
        inputs = [x.v] if n == 1 else list(x.v)
        assert_poseidon(api, inputs, x.digest, tag)
        api.assert_equal(poseidon_gadget(api, inputs, tag), x.digest)

    ladder = Ladder(relation, v=n, digest=1)
    values = [pow(3, i + 200, R) for i in range(n)]
    digest = poseidon(values, tag)
    assert ladder.accepts(v=values, digest=digest)
    for wrong in ((digest + 1) % R, 0, poseidon(values)):
        assert not ladder.accepts(v=values, digest=wrong)
    values[-1] = (values[-1] + 1) % R
    assert not ladder.accepts(v=values, digest=digest)


PAIR = Ladder(lambda api, x: assert_poseidon(api, x.v, x.digest), v=2, digest=1)


@given(FIELD, FIELD)
@settings(max_examples=15, deadline=None)
def test_gadget_agrees_with_the_hash_everywhere(a: int, b: int) -> None:
    assert PAIR.accepts(v=[a, b], digest=poseidon([a, b]))


def test_every_wire_of_the_hash_is_determined() -> None:
    circuit = PAIR.circuit
    wires = circuit.tape.run_python([4, 5, poseidon([4, 5])])
    assert unnoticed_wires(circuit.system, wires) == []


def test_domains_separate() -> None:
    assert len({poseidon([1, 2], d) for d in (0, 1, domain_tag("gap"), domain_tag("holder"))}) == 4
    digest = hashlib.sha256(b"zkcredit/v1/gap").digest()
    assert domain_tag("gap") == int.from_bytes(digest[:31], "big")
    assert domain_tag("gap") < 2**248 < R


def test_only_field_elements_are_hashed() -> None:
    for bad in ([R], [-1], [1, R + 1]):
        with pytest.raises(OutOfRange):
            poseidon(bad)
    with pytest.raises(OutOfRange):
        poseidon([1], domain=R)


@pytest.mark.parametrize("n", [0, 17, 40])
def test_other_numbers_of_inputs_are_refused(n: int) -> None:
    with pytest.raises(InvalidInput):
        poseidon([1] * n)
    builder = Builder(0)
    with pytest.raises(InvalidInput):
        poseidon_gadget(builder, [builder.constant(1)] * n)
    with pytest.raises(InvalidInput):
        parameters(n + 1)
