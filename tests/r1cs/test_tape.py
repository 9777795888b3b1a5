from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import CircuitError, UnsatisfiedWitness
from zkcredit.r1cs import Api, Evaluator, Inputs, compile_gadget
from zkcredit.r1cs.tape import TapeProgram

EDGES = [0, 1, 2, 3, R - 1, R - 2, (R - 1) // 2, 2**64 - 1, 2**64, 2**253, 2**128 + 1]
FIELD = st.one_of(st.sampled_from(EDGES), st.integers(0, R - 1))
TABLE = (7, R - 1, 0, 2**200)


def _all_operations(api: Api, x: Inputs) -> list:
    """One hint for each operation; returned as signals so that every backend can be read."""
    a, b = api.shadow(x.a), api.shadow(x.b)
    quotient, remainder = (a + 5).divmod(2**40 + 15)
    shadows = [
        a * b,
        3 * a - b * 2 + 7,
        -a * (b - 1),
        1 - a,
        a.inverse(),
        (a - b).is_zero(),
        *b.bits(254)[::50],
        *a.bits(1),
        quotient,
        remainder,
        (a * 0 + 2).lookup(TABLE),
        b.bits(2)[1].lookup(TABLE),
        a * (b * 0),
        api.shadow(9) * b,
        api.shadow(api.constant(4)) + a,
    ]
    signals = [api.witness(s) for s in shadows]
    signals.append(api.linear([(2, x.a * x.b), (3, signals[0])], 11))
    signals.append(api.witness(api.shadow(signals[-1]) * signals_product(api, signals)))
    return signals


def signals_product(api: Api, signals: list):
    return api.shadow(api.sum(signals[:5]))


def _relation(api: Api, x: Inputs) -> None:
    _all_operations(api, x)


CIRCUIT = compile_gadget(_relation, private={"a": 1, "b": 1})


@given(FIELD, FIELD)
@settings(max_examples=100, deadline=None)
def test_the_native_tape_equals_its_twin_and_the_evaluator(a: int, b: int) -> None:
    python = CIRCUIT.tape.run_python([a, b])
    assert from_limbs(CIRCUIT.tape.run(to_limbs([a, b]))) == python
    api = Evaluator()
    x = Inputs({"a": (api.value(a),), "b": (api.value(b),)})
    signals = [int(signal) for signal in _all_operations(api, x)]
    hints = python[3:18]
    assert signals[: len(hints)] == hints
    assert signals[-1] == python[-1]


def test_hints_mean_what_they_say() -> None:
    a, b = R - 3, 2**253 + 6
    wires = CIRCUIT.tape.run_python([a, b])[3:]
    quotient, remainder = divmod(2, 2**40 + 15)
    assert wires[:6] == [
        a * b % R,
        (3 * a - 2 * b + 7) % R,
        -a * (b - 1) % R,
        4,
        pow(a, -1, R),
        0,
    ]
    assert wires[6:12] == [b % R >> i & 1 for i in range(0, 254, 50)]
    assert wires[12:15] == [a & 1, quotient, remainder]


def test_a_look_up_outside_its_table_is_a_typed_error() -> None:
    circuit = compile_gadget(
        lambda api, x: api.witness(api.shadow(x.a).lookup(TABLE)), private={"a": 1}
    )
    assert circuit.witness_unchecked({"a": 3})[2].tolist() == to_limbs([2**200])[0].tolist()
    for bad in (4, R - 1, 2**64):
        with pytest.raises(UnsatisfiedWitness):
            circuit.witness({"a": bad})
        with pytest.raises(UnsatisfiedWitness):
            circuit.tape.run_python([bad])
        with pytest.raises(UnsatisfiedWitness):
            Evaluator().shadow(bad).lookup(TABLE)


def test_a_lie_replaces_a_register_and_what_follows_from_it() -> None:
    circuit = compile_gadget(
        lambda api, x: api.assert_equal(
            api.witness(api.shadow(x.a).inverse()) * x.a, api.constant(1)
        ),
        private={"a": 1},
    )
    assert circuit.tape.run_python([5])[2:] == [pow(5, -1, R), 1]
    assert circuit.tape.run_python([5], {2: 7})[2:] == [7, 35]


def test_the_number_of_inputs_is_checked() -> None:
    with pytest.raises(CircuitError):
        CIRCUIT.tape.run_python([1])


def test_errors_of_the_kernel_other_than_look_ups_pass_through() -> None:
    with pytest.raises(ValueError, match=r"."):
        CIRCUIT.tape.run(to_limbs([1]))
    broken = TapeProgram(
        n_inputs=1,
        instructions=np.array([[0, 9, 9, 0]], dtype=np.uint32),
        terms=np.zeros((0, 2), dtype=np.uint32),
        constants=np.zeros((0, 4), dtype=np.uint64),
        wires=np.array([0, 1, 2], dtype=np.uint32),
    )
    with pytest.raises(ValueError, match=r"."):
        broken.run(to_limbs([1]))
