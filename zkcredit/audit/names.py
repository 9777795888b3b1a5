"""The names of a circuit's wires, and where the wires occur."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.errors import MalformedFile

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zkcredit.r1cs import Circuit
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["WireNames", "read_symbols"]


@dataclass(frozen=True)
class WireNames:
    """Names for people.

    Attributes:
        system: the constraints.
        names: wire → name; a wire without a name is called by its number.
        labels: for each constraint the gadget that emitted it; empty if it is not known.
        sources: for each constraint the file and line that emitted it; empty if it is not known.
    """

    system: ConstraintSystem
    names: Mapping[int, str]
    labels: Sequence[str] = ()
    sources: Sequence[str] = ()

    @classmethod
    def of_circuit(cls, circuit: Circuit, advice: Collection[str] = ()) -> WireNames:
        """Name the input wires of a circuit by their fields.

        Args:
            circuit: the compiled circuit.
            advice: the fields that no wire holds.
        """
        elements = [
            name if length == 1 else f"{name}[{i}]"
            for name, length in circuit.inputs.items()
            if name not in advice
            for i in range(length)
        ]
        return cls(
            circuit.system,
            dict(enumerate(["one", *elements])),
            circuit.constraint_labels,
            circuit.constraint_sources,
        )

    def gadget(self, wire: int) -> str:
        """Return the gadget of the first constraint with the wire; "" if it is not known."""
        uses = self.system.wire_uses[wire]
        return self.labels[uses[0]] if uses and self.labels else ""

    def source(self, wire: int) -> str:
        """Return the source line of the first constraint with the wire; "" if it is not known."""
        uses = self.system.wire_uses[wire]
        return self.sources[uses[0]] if uses and self.sources else ""

    def name(self, wire: int) -> str:
        """Return the wire's name."""
        return self.names.get(wire, f"wire {wire}")

    def place(self, wire: int) -> str:
        """Return the wire's name, its gadget, the gadget's line and the wire's constraints."""
        uses = self.system.wire_uses[wire]
        where = f" of {gadget}" if (gadget := self.gadget(wire)) else ""
        where += f" at {line}" if (line := self.source(wire)) else ""
        shown = ", ".join(map(str, uses[:4])) + (" ..." if len(uses) > 4 else "")
        return f"{self.name(wire)}{where} (constraints {shown})" if uses else self.name(wire)


def read_symbols(data: bytes, n_wires: int) -> dict[int, str]:
    """Return wire → name from circom's .sym file, whose lines are label, wire, component, name.

    Wires that were eliminated have the number -1 and are left out.

    Raises:
        MalformedFile: if a line has another form, or names a wire that does not exist.
    """
    names: dict[int, str] = {0: "one"}
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
        parts = line.split(",", 3)
        wire = parts[1] if len(parts) == 4 else ""
        if wire == "-1":
            continue
        if not (wire.isascii() and wire.isdigit() and len(wire) < 10 and int(wire) < n_wires):
            raise MalformedFile(f".sym file: line {number} does not name a wire of this circuit")
        names.setdefault(int(wire), parts[3])
    return names
