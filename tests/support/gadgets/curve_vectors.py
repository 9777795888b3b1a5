"""The shared vectors of circomlibjs and zk-kit, and small helpers of the curve tests."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.eddsa import Signature

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Circuit

_PATH = Path(__file__).parents[3] / "vectors" / "javascript" / "babyjub_poseidon_eddsa.json"


@lru_cache(maxsize=1)
def vectors() -> dict[str, list[dict[str, Any]]]:
    return json.loads(_PATH.read_text())


def point(pair: Sequence[str]) -> Point:
    return Point(int(pair[0]), int(pair[1]))


def signature(case: dict[str, Any]) -> Signature:
    return Signature(point(case["R8"]), int(case["S"]))


def failing_gadget(
    circuit: Circuit, inputs: Sequence[int], lies: dict[int, int] | None = None
) -> str | None:
    """Name of the gadget whose constraint fails first, or None where the witness satisfies all.

    `lies` replaces registers of the witness program, as a dishonest prover would.
    """
    index = circuit.system.first_unsatisfied(circuit.tape.run_python(inputs, lies))
    return None if index < 0 else circuit.constraint_labels[index]


def registers(circuit: Circuit, operation: int, operand: int | None = None) -> list[list[int]]:
    """The result registers of every instruction with this operation (and DIVMOD constant)."""
    from zkcredit.bn254.limbs import from_limbs
    from zkcredit.r1cs.tape import BITS, DIVMOD

    constants = from_limbs(circuit.tape.constants)
    found = []
    following = circuit.tape.n_inputs + 1
    for op, _, y, _ in circuit.tape.instructions.tolist():
        width = y if op == BITS else 2 if op == DIVMOD else 1
        if op == operation and (operand is None or constants[y] == operand):
            found.append(list(range(following, following + width)))
        following += width
    return found
