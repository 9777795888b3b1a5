"""All rules together: which wires have only one value, and why the others do no harm."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zkcredit.audit.determinism import Determinism
from zkcredit.audit.rules.edwards import EdwardsRule
from zkcredit.audit.rules.onehot import OneHotRule
from zkcredit.audit.rules.points import PointRule
from zkcredit.audit.rules.quadratic import QuadraticRule
from zkcredit.audit.rules.signs import SignRule
from zkcredit.audit.rules.tables import TableRule
from zkcredit.audit.rules.thresholds import ThresholdRule

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkcredit.audit.annotations import Annotation
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["Analysis", "analyse"]


@dataclass
class Analysis:
    """What is known about the wires of a system.

    Attributes:
        given: the inputs and the constant wire.
        proved: the wires that the rules prove to have only one value.
        chosen: annotation → the table points that it leaves to the prover.
        idle: hints that decide nothing: a wire in one factor of one constraint that occurs nowhere
            else, where every other wire of the constraint has only one value. An output or a
            public input never counts as such a hint.
        hints: the idle ones, and those of constraints whose other wires are not proved; if nothing
            else changes, another value of these decides nothing either.
        unproved: all other wires.
    """

    given: list[int]
    proved: list[int]
    chosen: dict[Annotation, list[int]] = field(default_factory=dict)
    idle: list[int] = field(default_factory=list)
    hints: list[int] = field(default_factory=list)
    unproved: list[int] = field(default_factory=list)


def analyse(
    system: ConstraintSystem,
    given: Iterable[int],
    labels: Sequence[str] = (),
    annotations: Sequence[Annotation] = (),
) -> Analysis:
    """Analyse a constraint system.

    Args:
        system: the constraints.
        given: the input wires.
        labels: for each constraint the dotted name of its gadget; empty if it is not known, and
            then no annotation applies.
        annotations: what the prover may choose.
    """
    fixed = {0, *given}
    state = Determinism(system, fixed)
    tables = TableRule(state)
    signs = SignRule(state)
    points = PointRule(state, tables, signs)
    edwards = EdwardsRule(state, points)
    chosen: dict[Annotation, list[int]] = {}
    for annotation in annotations if labels else ():
        wires = [
            wire
            for table in tables.tables
            for wire in (table.u, table.v)
            if annotation.covers(labels[system.wire_uses[wire][0]])
        ]
        if wires:
            chosen[annotation] = wires
            state.unique.update(wires)
    others = (OneHotRule(state), ThresholdRule(state), QuadraticRule(state))
    rules = (points, signs, edwards, tables, *others)
    learning = True
    while learning:
        state.run()
        learning = any(rule.apply() for rule in rules)
    free = set(state.undetermined())
    hints = {wire for wire in free if wire > system.n_public and _is_hint(system, wire)}
    idle = {wire for wire in hints if not (_others(system, wire) & free)}
    told = {wire for wires in chosen.values() for wire in wires}
    return Analysis(
        given=sorted(fixed),
        proved=[w for w in range(system.n_wires) if w not in free | fixed | told],
        chosen=chosen,
        idle=sorted(idle),
        hints=sorted(hints),
        unproved=sorted(free - idle),
    )


def _is_hint(system: ConstraintSystem, wire: int) -> bool:
    """Return whether the wire stands in one factor of one constraint and nowhere else."""
    uses = system.wire_uses[wire]
    if len(uses) != 1:
        return False
    a, b, c = system.row(uses[0])
    return (wire in a) != (wire in b) and wire not in c


def _others(system: ConstraintSystem, wire: int) -> set[int]:
    (index,) = system.wire_uses[wire]
    return {w for part in system.row(index) for w in part} - {wire}
