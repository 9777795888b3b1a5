from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange, UnsatisfiedWitness
from zkcredit.r1cs import (
    ConstraintSystem,
    Matrix,
    Statement,
    compile_gadget,
    compile_statement,
    evaluate,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.r1cs import Api, Inputs


class Cubic(Statement):
    """x³ + x + 5 = y, and the pair sums to y."""

    name = "cubic"
    public: ClassVar[Mapping[str, int]] = {"y": 1}
    private: ClassVar[Mapping[str, int]] = {"x": 1, "pair": 2}

    def define(self, api: Api, x: Inputs) -> None:
        with api.gadget("cube"):
            api.assert_equal(x.x * x.x * x.x + x.x + 5, x.y)
        with api.gadget("pair"):
            api.assert_equal(x.pair[0] + x.pair[1], x.y)


CIRCUIT = compile_statement(Cubic())
GOOD = {"y": 35, "x": 3, "pair": (30, 5)}


def test_wires_are_one_then_public_then_private_then_internal() -> None:
    system = CIRCUIT.system
    assert (system.n_constraints, system.n_wires, system.n_public) == (4, 7, 1)
    assert CIRCUIT.public_names == ("y",)
    assert CIRCUIT.inputs == {"y": 1, "x": 1, "pair": 2}
    assert from_limbs(CIRCUIT.witness(GOOD)) == [1, 35, 3, 30, 5, 9, 27]
    assert system.row(0) == ({2: 1}, {2: 1}, {5: 1})
    assert CIRCUIT.gadget_counts == {"cube": 3, "pair": 1}


def test_matrices_are_sorted_rows() -> None:
    for matrix in (CIRCUIT.system.a, CIRCUIT.system.b, CIRCUIT.system.c):
        assert matrix.indptr.dtype == matrix.wires.dtype == np.uint32
        assert matrix.coefficients.dtype == np.uint64
        assert matrix.coefficients.shape == (matrix.nnz, 4)
        assert matrix.indptr[-1] == matrix.nnz
        assert len(matrix.rows) == 4
        assert all(list(row) == sorted(row) and 0 not in row.values() for row in matrix.rows)


def test_a_false_statement_names_its_gadget_on_both_backends() -> None:
    for change, gadget, index in (({"x": 4}, "cube", 2), ({"pair": (1, 2)}, "pair", 3)):
        with pytest.raises(UnsatisfiedWitness) as caught:
            CIRCUIT.witness({**GOOD, **change})
        assert (caught.value.gadget, caught.value.constraint) == (gadget, index)
        with pytest.raises(UnsatisfiedWitness) as caught:
            evaluate(Cubic(), {**GOOD, **change})
        assert caught.value.gadget == gadget
    evaluate(Cubic(), GOOD)


def test_an_unchecked_witness_may_be_false_and_both_checks_say_where() -> None:
    native = CIRCUIT.witness_unchecked({**GOOD, "x": 4})
    assert CIRCUIT.system.resident.first_unsatisfied(native) == 2
    assert CIRCUIT.system.first_unsatisfied(from_limbs(native)) == 2


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"y": 35, "x": 3}, InvalidInput),
        ({**GOOD, "z": 1}, InvalidInput),
        ({**GOOD, "pair": (30,)}, InvalidInput),
        ({**GOOD, "pair": 30}, InvalidInput),
        ({**GOOD, "x": (3, 3)}, InvalidInput),
        ({**GOOD, "x": R}, OutOfRange),
        ({**GOOD, "x": -1}, OutOfRange),
        ({**GOOD, "x": R + 3}, OutOfRange),
        ({**GOOD, "pair": ("30", 5)}, OutOfRange),
        ({**GOOD, "pair": (30, None)}, OutOfRange),
        ({**GOOD, "x": (3.0,)}, OutOfRange),
    ],
)
def test_inputs_are_checked_by_name(values: dict, error: type[Exception]) -> None:
    for call in (
        lambda: CIRCUIT.assign(values),
        lambda: CIRCUIT.witness(values),
        lambda: evaluate(Cubic(), values),
    ):
        with pytest.raises(error) as caught:
            call()
        assert type(caught.value) is error


def test_errors_never_tell_values() -> None:
    secret = 987654321987654321
    for values in ({**GOOD, "x": secret}, {**GOOD, "x": R + secret}):
        with pytest.raises((UnsatisfiedWitness, InvalidInput)) as caught:
            CIRCUIT.witness(values)
        assert str(secret) not in str(caught.value)


def test_a_public_input_without_a_constraint_is_refused() -> None:
    with pytest.raises(CircuitError, match="public input 2"):
        compile_gadget(lambda api, x: api.assert_zero(x.a), public={"a": 1, "b": 1})
    with pytest.raises(CircuitError):
        compile_gadget(
            lambda api, x: api.assert_zero(x.b + x.a - x.a), private={"b": 1}, public={"a": 1}
        )


def test_malformed_declarations_are_refused() -> None:
    def nothing(api: Api, x: Inputs) -> None:
        return None

    with pytest.raises(CircuitError):
        compile_gadget(nothing, private={"a": 0})
    with pytest.raises(CircuitError):
        compile_gadget(nothing, public={"a": 1}, private={"a": 1})
    with pytest.raises(AttributeError):
        compile_gadget(lambda api, x: x.b, private={"a": 1})


def test_the_slow_check_refuses_what_is_no_witness() -> None:
    good = CIRCUIT.tape.run_python([35, 3, 30, 5])
    for bad in (good[:-1], [*good, 0], [0, *good[1:]], [2, *good[1:]]):
        with pytest.raises(InvalidInput):
            CIRCUIT.system.first_unsatisfied(bad)


def test_an_empty_system_and_its_uses() -> None:
    empty = Matrix.from_rows([])
    system = ConstraintSystem(1, 0, empty, empty, empty)
    assert system.n_constraints == 0
    assert system.first_unsatisfied([1]) == -1
    assert CIRCUIT.system.wire_uses == [[2, 3], [2, 3], [0, 1, 2], [3], [3], [0, 1], [1, 2]]


def test_kernel_and_twin_agree_on_random_witnesses() -> None:
    generator = np.random.default_rng(5)
    for _ in range(30):
        wires = [1, *(int(v) for v in generator.integers(0, 40, CIRCUIT.system.n_wires - 1))]
        slow = CIRCUIT.system.first_unsatisfied(wires)
        assert CIRCUIT.system.resident.first_unsatisfied(to_limbs(wires)) == slow
