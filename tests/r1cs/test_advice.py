from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest

from zkcredit.errors import CircuitError, InvalidInput, UnsatisfiedWitness
from zkcredit.r1cs import Statement, compile_gadget, compile_statement, evaluate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.r1cs import Api, Inputs


class Composite(Statement):
    """n is a product; the factor comes as advice, the cofactor is found from it."""

    name = "composite"
    public: ClassVar[Mapping[str, int]] = {"n": 1}
    private: ClassVar[Mapping[str, int]] = {}
    advice: ClassVar[Mapping[str, int]] = {"factor": 1}

    def define(self, api: Api, x: Inputs) -> None:
        p = api.witness(x.factor)
        q = api.witness(api.shadow(x.n) * x.factor.inverse())
        api.assert_product(p, q, x.n)


def test_advice_feeds_hints_and_takes_no_wire() -> None:
    circuit = compile_statement(Composite())
    assert circuit.system.n_wires == 4  # one, n, p, q
    assert circuit.tape.n_inputs == 2
    assert list(circuit.inputs) == ["n", "factor"]
    assert circuit.tape.run_python([15, 3]) == [1, 15, 3, 5]
    assert circuit.system.first_unsatisfied([1, 15, 3, 5]) == -1


def test_advice_runs_on_integers_and_may_be_wrong() -> None:
    evaluate(Composite(), {"n": 15, "factor": 3})
    with pytest.raises(UnsatisfiedWitness):
        evaluate(Composite(), {"n": 15, "factor": 0})
    with pytest.raises(InvalidInput):
        evaluate(Composite(), {"n": 15})


def test_a_field_is_declared_once() -> None:
    with pytest.raises(CircuitError):
        compile_gadget(lambda api, x: None, private={"s": 1}, advice={"s": 1})
