"""Runs one gadget on integers and as a circuit, and demands that both give the same verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.r1cs import Evaluator, Inputs, compile_gadget
from zkcredit.r1cs.inputs import flatten

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from zkcredit.r1cs import Api, Circuit

    Values = Mapping[str, int | Sequence[int]]


class Ladder:
    """A gadget as a relation over named private fields.

    `accepts` runs the evaluator, the Python tape with the Python check, and the native tape with
    the native check, and asserts that they agree wire by wire and in the verdict.
    """

    def __init__(self, define: Callable[[Api, Inputs], object], **shapes: int) -> None:
        def relation(api: Api, x: Inputs) -> None:
            define(api, x)

        self._define = relation
        self._shapes = shapes
        self.circuit: Circuit = compile_gadget(relation, private=shapes)

    @property
    def constraints(self) -> int:
        return self.circuit.system.n_constraints

    @property
    def internal_wires(self) -> int:
        return self.circuit.system.n_wires - 1 - sum(self._shapes.values())

    def evaluates(self, values: Values) -> bool:
        api = Evaluator()
        fields = {
            k: tuple(api.value(v) for v in part)
            for k, part in flatten(self._shapes, values).items()
        }
        try:
            self._define(api, Inputs(fields))
        except UnsatisfiedWitness:
            return False
        return True

    def accepts(self, **values: int | Sequence[int]) -> bool:
        circuit = self.circuit
        on_integers = self.evaluates(values)
        inputs = circuit.assign(values)
        wires = circuit.tape.run_python(from_limbs(inputs))
        first = circuit.system.first_unsatisfied(wires)
        native = circuit.tape.run(inputs)
        assert from_limbs(native) == wires
        assert circuit.system.resident.first_unsatisfied(native) == first
        assert on_integers == (first == -1)
        return on_integers

    def accepts_forged(self, forged: Mapping[int, int], **values: int | Sequence[int]) -> bool:
        """Whether the honest witness with some wires replaced satisfies every constraint.

        Wires are numbered from 0 within the internal ones; everything else stays as it is.
        """
        offset = 1 + sum(self._shapes.values())
        wires = self.circuit.tape.run_python(from_limbs(self.circuit.assign(values)))
        for wire, value in forged.items():
            wires[offset + wire] = value
        return self.circuit.system.first_unsatisfied(wires) == -1
