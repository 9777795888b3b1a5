"""The committed snapshot of every circuit's size.

``python -m support.circuits.constraint_counts``, in ``tests/``, writes it anew. A change of any
number is a change of the circuit, its keys and its verifier.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from zkcredit.circuits.catalogue import circuit_names, get_statement
from zkcredit.r1cs import Circuit, compile_statement

SNAPSHOT = Path(__file__).parents[2] / "circuits" / "constraint_counts.json"


def sizes(circuit: Circuit) -> dict[str, Any]:
    system, tape = circuit.system, circuit.tape
    return {
        "constraints": system.n_constraints,
        "public_inputs": list(circuit.public_names),
        "wires": system.n_wires,
        "nonzeros": {"a": system.a.nnz, "b": system.b.nnz, "c": system.c.nnz},
        "tape": {"instructions": len(tape.instructions), "terms": len(tape.terms)},
        "gadgets": circuit.gadget_counts,
    }


def all_sizes() -> dict[str, Any]:
    return {name: sizes(compile_statement(get_statement(name))) for name in circuit_names()}


if __name__ == "__main__":
    SNAPSHOT.write_text(json.dumps(all_sizes(), indent=2) + "\n")
