"""Change every wire of a satisfied circuit, one at a time, and see which changes go unnoticed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import UnsatisfiedWitness

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Circuit, ConstraintSystem


def unnoticed_wires(system: ConstraintSystem, witness: Sequence[int], seed: int = 1) -> list[int]:
    """The wires that can take another value (v ± 1, 0, r-1, -v, random) with all else fixed."""
    generator = random.Random(seed)
    wires = list(witness)
    assert system.first_unsatisfied(wires) == -1
    free = []
    for wire in range(1, system.n_wires):
        value = wires[wire]
        others = {value + 1, value - 1, 0, -1, -value, generator.randrange(R)}
        for other in {v % R for v in others} - {value}:
            wires[wire] = other
            if all(system.holds(index, wires) for index in system.wire_uses[wire]):
                free.append(wire)
                break
        wires[wire] = value
    return free


def lies_that_pass(circuit: Circuit, values: dict, count: int, seed: int) -> list[str]:
    """A dishonest prover lies in one hint and computes everything after it from the lie."""
    generator = random.Random(seed)
    inputs = from_limbs(circuit.assign(values))
    registers = circuit.tape.wires.tolist()
    honest = circuit.tape.run_python(inputs)
    products = {
        next(iter(c))
        for _, _, c in map(circuit.system.row, range(circuit.system.n_constraints))
        if len(c) == 1
    }
    hints = [
        wire
        for wire in range(1, circuit.system.n_wires)
        if wire not in products and registers[wire] > len(inputs)
    ]
    check = circuit.system.resident.first_unsatisfied
    passed = []
    for wire in generator.sample(hints, count):
        other = generator.choice([honest[wire] + 1, -honest[wire], generator.randrange(R)]) % R
        try:
            forged = circuit.tape.run_python(inputs, {registers[wire]: other})
        except UnsatisfiedWitness:  # a look-up outside its table: there is no witness at all
            continue
        if other != honest[wire] and check(to_limbs(forged)) == -1:
            passed.append(circuit.constraint_labels[circuit.system.wire_uses[wire][0]])
    return passed
