"""A compiled circuit: the constraints, the program that fills them, and how to give it values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.derived import Derived
from zkcredit.bn254.limbs import Limbs, to_limbs
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.r1cs.inputs import flatten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.r1cs.system import ConstraintSystem
    from zkcredit.r1cs.tape import TapeProgram

__all__ = ["Circuit"]


@dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Circuit:
    """What ``compile_statement`` makes of a statement.

    Attributes:
        name: the statement's name.
        system: the constraints.
        tape: the witness program.
        public_names: the public fields in order.
        inputs: field → number of elements; public fields first, in wire order; advice last.
        constraint_labels: for each constraint, the dotted name of the gadget that emitted it.
        constraint_sources: for each constraint, the file and line of the gadget that emitted it,
            such as ``zkcredit/gadgets/range.py:57``; a user's own file by its name alone.
    """

    name: str
    system: ConstraintSystem
    tape: TapeProgram
    public_names: tuple[str, ...]
    inputs: Mapping[str, int]
    constraint_labels: tuple[str, ...]
    constraint_sources: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Circuit({self.name!r}, {self.system.n_constraints} constraints)"

    @Derived
    def gadget_counts(self) -> dict[str, int]:
        """Dotted gadget name → constraints inside it, nested ones included; sorted by name."""
        counts: Counter[str] = Counter()
        for label, count in Counter(self.constraint_labels).items():
            parts = label.split(".") if label else []
            for depth in range(1, len(parts) + 1):
                counts[".".join(parts[:depth])] += count
        return dict(sorted(counts.items()))

    def assign(self, values: Mapping[str, int | Sequence[int]]) -> Limbs:
        """Return the inputs as an array (n_inputs, 4) in wire order, advice last.

        Raises:
            InvalidInput: if a field is missing, unknown or of the wrong length.
            OutOfRange: if an element is not an integer in 0 .. r-1.
        """
        fields = flatten(self.inputs, values).values()
        return to_limbs(element for field in fields for element in field)

    def witness(self, values: Mapping[str, int | Sequence[int]]) -> Limbs:
        """Return all wires as an array (n_wires, 4), checked against every constraint.

        Raises:
            InvalidInput: if a field is missing, unknown or of the wrong length.
            OutOfRange: if an element is not an integer in 0 .. r-1.
            UnsatisfiedWitness: if the statement does not hold for these values.
        """
        witness = self.witness_unchecked(values)
        failing = self.system.resident.first_unsatisfied(witness)
        if failing >= 0:
            gadget = self.constraint_labels[failing]
            raise UnsatisfiedWitness(
                f"{self.name}: constraint {failing} of gadget '{gadget}' does not hold",
                constraint=failing,
                gadget=gadget,
            )
        return witness

    def witness_unchecked(self, values: Mapping[str, int | Sequence[int]]) -> Limbs:
        """Return all wires as an array (n_wires, 4), whether or not the statement holds.

        Raises:
            InvalidInput: if a field is missing, unknown or of the wrong length.
            OutOfRange: if an element is not an integer in 0 .. r-1.
            UnsatisfiedWitness: if a hint cannot be computed.
        """
        return self.tape.run(self.assign(values))
