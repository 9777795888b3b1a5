"""How long the witness of `eligibility` takes by the native tape, with and without its check."""

from __future__ import annotations

from measure import arguments, report, timed

from zkcredit.circuits import get_circuit
from zkcredit.circuits.samples import samples

options = arguments(__doc__, repeat=200)
circuit = get_circuit("eligibility")
values = next(iter(samples("eligibility").satisfied.values()))
report(
    "eligibility: witness by tape",
    {
        "wires": circuit.system.n_wires,
        "assign_only": timed(lambda: circuit.assign(values), options.repeat),
        "tape": timed(lambda: circuit.witness_unchecked(values), options.repeat),
        "tape_and_constraints": timed(lambda: circuit.witness(values), options.repeat),
    },
    options.json,
)
