"""How long the witness of ``eligibility`` takes: native tape, its check, and both in Python."""

from __future__ import annotations

from measure import arguments, report, timed

from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.published.samples import samples

options = arguments(__doc__, repeat=200)
circuit = get_circuit("eligibility")
values = next(iter(samples("eligibility").satisfied.values()))
inputs = circuit.assign(values)
numbers = from_limbs(inputs)
wires = circuit.tape.run_python(numbers)
few = min(options.repeat, 3)  # of the slow twins

report(
    "eligibility: witness by tape",
    {
        "wires": circuit.system.n_wires,
        "constraints": circuit.system.n_constraints,
        "assign": timed(lambda: circuit.assign(values), options.repeat),
        "tape": timed(lambda: circuit.tape.run(inputs), options.repeat),
        "assign_and_tape": timed(lambda: circuit.witness_unchecked(values), options.repeat),
        "with_check_of_constraints": timed(lambda: circuit.witness(values), options.repeat),
        "tape_in_python": timed(lambda: circuit.tape.run_python(numbers), few),
        "check_in_python": timed(lambda: circuit.system.first_unsatisfied(wires), few),
    },
    options.json,
)
