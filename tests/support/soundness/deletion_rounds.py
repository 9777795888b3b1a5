"""Constraints of a sound circom circuit deleted one by one, in rounds: does the audit miss them?"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from support.soundness.circom_cases import CASES, Case, constraints, with_library

from zkcredit.audit.analysis import analyse
from zkcredit.r1cs import ConstraintSystem, Matrix

if TYPE_CHECKING:
    from collections.abc import Iterable

SAYS_NOTHING = {"num2bits_strict": {1021}}
"""Constraints without which the others say the same: a bit is a boolean that is 0 anyway."""

STEP = 331
"""How far apart the constraints of one round are."""


def deletions_missed(
    name: str, system: ConstraintSystem, inputs: list[int], places: Iterable[int]
) -> int:
    """Assert that the audit reports each deletion but those that say nothing; count them."""
    rows = [system.row(index) for index in range(system.n_constraints)]
    tried = 0
    for dropped in places:
        kept = rows[:dropped] + rows[dropped + 1 :]
        matrices = (Matrix.from_rows(row[part] for row in kept) for part in range(3))
        less = ConstraintSystem(system.n_wires, system.n_public, *matrices)
        found = analyse(less, inputs).unproved
        assert bool(found) == (dropped not in SAYS_NOTHING.get(name, ())), dropped
        tried += 1
    return tried


@cache
def compiled(name: str) -> tuple[ConstraintSystem, list[int]]:
    """A case's constraints before elimination, and the wires of its inputs."""
    with TemporaryDirectory() as folder:
        case = Case.read(CASES / f"{name}.circom")
        system, inputs = constraints(with_library(Path(folder)), case, "O0")
    return system, inputs.wires


def baby_pbk(number: int) -> dict[str, int]:
    """Eight or so constraints of the largest sound circuit."""
    system, inputs = compiled("baby_pbk")
    places = range(number, system.n_constraints, STEP)
    return {"deletions": deletions_missed("baby_pbk", system, inputs, places)}


def num2bits_strict(number: int) -> dict[str, int]:
    """Every 24th constraint of the widest decomposition, from another one on."""
    system, inputs = compiled("num2bits_strict")
    places = range(number, system.n_constraints, 24)
    return {"deletions": deletions_missed("num2bits_strict", system, inputs, places)}
