"""Gadgets with one mistake each, and the machinery that has to notice it.

A seeded bug is a pair of gadgets, the shipped one and a copy with the mistake. Every detector looks
at both and answers whether it tells them apart; none is told what the mistake is.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.exhaustion import study
from support.gadgets.small_field import small_field
from support.gadgets.toy_curve import toy_curve

from zkcredit.audit.determinism import undetermined
from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, UnsatisfiedWitness
from zkcredit.r1cs import Builder, ConstraintSystem, Evaluator, Matrix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from zkcredit.r1cs import Signal

    Gadget = Callable[..., Sequence[Signal] | None]

_LIARS = 12
"""Hints that a dishonest prover tries to lie in, and goes on honestly."""

DETECTORS = ("builder", "determinism", "mutation", "negative tests", "small fields")


@dataclass(frozen=True)
class SeededBug:
    """One mistake.

    Attributes:
        name: a test id.
        mistake: what is wrong, in a line.
        sound, broken: the gadget as it is shipped, and with the mistake: functions of an `Api` and
            the inputs, that return their outputs.
        honest: inputs over F_r that the sound gadget accepts.
        refused: inputs over F_r that it refuses.
        prime: the small field, or 0.
        order: l of the toy curve in place of it, or 0.
        given: rows for the first inputs over the small field, where not all are tried.
        prepare: changes of constants that the small field needs.
    """

    name: str
    mistake: str
    sound: Gadget
    broken: Gadget
    honest: Callable[[], Sequence[int]]
    refused: Callable[[], Sequence[Sequence[int]]]
    prime: int = 0
    order: int = 0
    given: Callable[[], Any] = lambda: None
    prepare: Callable[[Any], None] = lambda patch: None

    @contextmanager
    def small(self) -> Iterator[int]:
        """The small field or curve, as its prime."""
        if self.order:
            curve = toy_curve(self.order)
            with curve.in_place_of_babyjub() as patch:
                self.prepare(patch)
                yield curve.p
        else:
            with small_field(self.prime) as patch:
                self.prepare(patch)
                yield self.prime


def caught_by(bug: SeededBug) -> list[str]:
    """The detectors that tell the broken gadget from the shipped one."""
    n_inputs = len(bug.honest())
    try:
        _Compiled(bug.broken, n_inputs)
    except CircuitError:
        return ["builder"]
    notices = {
        "determinism": _determinism,
        "mutation": _mutation,
        "negative tests": _negative,
        "small fields": _small,
    }
    return [name for name, notice in notices.items() if notice(bug, n_inputs)]


class _Compiled:
    """A gadget over F_r, with the values of its outputs as further inputs."""

    def __init__(self, gadget: Gadget, n_inputs: int, n_outputs: int = 0) -> None:
        builder = Builder(n_inputs + n_outputs)
        inputs = [builder.input() for _ in range(n_inputs)]
        claimed = [builder.input() for _ in range(n_outputs)]
        outputs = [builder.own(signal) for signal in gadget(builder, *inputs) or ()]
        self.outputs = [output.terms for output in outputs]
        for output, claim in zip(outputs, claimed, strict=False):
            builder.assert_equal(output, claim)
        self.n_inputs = n_inputs + n_outputs
        self.registers = builder.wire_registers
        self.tape = builder.tape.finish(builder.wire_registers)
        rows = builder.constraints
        matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
        self.system = ConstraintSystem(len(self.registers), 0, *matrices)

    def output_values(self, witness: Sequence[int]) -> list[int]:
        return [sum(k * witness[wire] for wire, k in terms.items()) % R for terms in self.outputs]

    def accepts(self, inputs: Sequence[int]) -> bool:
        try:
            witness = self.tape.run_python(inputs)
        except UnsatisfiedWitness:
            return False
        return self.system.first_unsatisfied(witness) == -1


def _determinism(bug: SeededBug, n_inputs: int) -> bool:
    """More wires without a proof of uniqueness."""
    free = []
    for gadget in (bug.broken, bug.sound):
        system = _Compiled(gadget, n_inputs).system
        free.append(len(undetermined(system, range(n_inputs + 1))))
    return free[0] > free[1]


def _mutation(bug: SeededBug, n_inputs: int) -> bool:
    """More wires that can change alone, or a lie in a hint that changes an output."""
    unnoticed, liars = [], []
    for gadget in (bug.broken, bug.sound):
        plain = _Compiled(gadget, n_inputs)
        outputs = plain.output_values(plain.tape.run_python(bug.honest()))
        pinned = _Compiled(gadget, n_inputs, len(outputs))
        witness = pinned.tape.run_python([*bug.honest(), *outputs])
        if pinned.system.first_unsatisfied(witness) != -1:
            return True
        unnoticed.append(len(unnoticed_wires(pinned.system, witness)))
        liars.append(_lies(plain, bug.honest(), outputs))
    return unnoticed[0] > unnoticed[1] or liars[0] > liars[1]


def _lies(plain: _Compiled, inputs: Sequence[int], outputs: Sequence[int]) -> int:
    honest = plain.tape.run_python(inputs)
    products = {next(iter(row)) for row in plain.system.c.rows if len(row) == 1}
    hints = [w for w in range(plain.n_inputs + 1, plain.system.n_wires) if w not in products]
    passed = 0
    for wire in hints[:_LIARS]:
        for lie in (honest[wire] + 1, -honest[wire], 0, 1, 12345):
            try:
                forged = plain.tape.run_python(inputs, {plain.registers[wire]: lie % R})
            except UnsatisfiedWitness:
                continue
            if plain.system.first_unsatisfied(forged) == -1:
                passed += plain.output_values(forged) != list(outputs)
    return passed


def _negative(bug: SeededBug, n_inputs: int) -> bool:
    """Inputs that must be refused are accepted, or the honest ones are not."""
    circuit = _Compiled(bug.broken, n_inputs)
    return not circuit.accepts(bug.honest()) or any(map(circuit.accepts, bug.refused()))


def _small(bug: SeededBug, n_inputs: int) -> bool:
    """Another relation between inputs and outputs over the small field."""
    with bug.small() as p:
        given = bug.given()
        rows = [study(g, n_inputs, p, given).rows for g in (bug.broken, bug.sound)]
    return not np.array_equal(*rows)


def is_sound_where_it_should_be(bug: SeededBug) -> bool:
    """The shipped gadget accepts the honest inputs and refuses the others, on ints and on wires."""
    circuit = _Compiled(bug.sound, len(bug.honest()))

    def evaluates(inputs: Sequence[int]) -> bool:
        api = Evaluator()
        try:
            bug.sound(api, *map(api.value, inputs))
        except UnsatisfiedWitness:
            return False
        return True

    refused = [*map(circuit.accepts, bug.refused()), *map(evaluates, bug.refused())]
    return circuit.accepts(bug.honest()) and evaluates(bug.honest()) and not any(refused)
