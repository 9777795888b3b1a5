"""What an audit found, as values that print and dump."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AnnotationUse", "CircuitReport", "Finding", "KeyReport", "Kind", "Mutation"]

Kind: TypeAlias = Literal[
    "free wire", "unproved wire", "unused wire", "unbound public input", "unsafe key", "forgery"
]
"""
* free wire: two witnesses with the same inputs are known that differ in it;
* unproved wire: the rules do not prove that it has one value; it may all the same;
* unused wire: a wire that no constraint contains;
* unbound public input: a proof does not depend on it;
* unsafe key: a key that is broken, forgeable, of another circuit, or from one party;
* forgery: a proof without a witness was made, and verifies.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at.

    Attributes:
        kind: see `Kind`.
        text: what was found, in a sentence.
        gadget: dotted name of the gadget, or "".
        wires: the wires concerned, by name.
        sources: file and line of the first constraint of each of them, without repetition; empty
            where the circuit does not tell.
    """

    kind: Kind
    text: str
    gadget: str = ""
    wires: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotationUse:
    """An annotation that was needed: `Annotation`'s words, and how many wires it covers."""

    gadget: str
    reason: str
    test: str
    wires: int


@dataclass(frozen=True, slots=True)
class Mutation:
    """Every wire of some witnesses, changed alone to every other value.

    Attributes:
        witnesses: how many witnesses were used.
        wires: how many wires were changed in all.
        idle: changes that no constraint notices, of hints that decide nothing.
        unexplained: names of other wires of which no constraint notices a change.
    """

    witnesses: int = 0
    wires: int = 0
    idle: int = 0
    unexplained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CircuitReport:
    """The audit of one constraint system.

    Attributes:
        name: of the circuit or file.
        digest: `formats.r1cs.digest` of the constraints.
        constraints, wires, inputs: their numbers; `inputs` counts input wires.
        proved: wires proved to have one value.
        chosen: wires that annotations leave to the prover.
        idle: hints that decide nothing.
        unproved: wires not proved to have one value, those seen to be free among them.
        free: wires of which two witnesses are known.
        annotations: those that were needed.
        repeated: constraints that an earlier one says already, as (later, earlier).
        mutation: the change of single wires.
        notes: what is no finding, and worth knowing.
        findings: what to look at; empty where the audit is clean.
    """

    name: str
    digest: str
    constraints: int
    wires: int
    inputs: int
    proved: int
    chosen: int
    idle: int
    unproved: int
    free: int
    annotations: tuple[AnnotationUse, ...] = ()
    repeated: tuple[tuple[int, int], ...] = ()
    mutation: Mutation = field(default_factory=Mutation)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The report in words."""
        yield f"{self.name}: {self.constraints} constraints, {self.wires} wires"
        yield (
            f"  wires: {self.inputs} inputs, {self.proved} proved to have one value, "
            f"{self.idle} hints that decide nothing, {self.chosen} chosen by the prover (below), "
            f"{self.unproved} not proved ({self.free} of them free)"
        )
        for use in self.annotations:
            yield f"  annotation: {use.gadget}, {use.wires} wires: {use.reason} [{use.test}]"
        if self.mutation.witnesses:
            yield (
                f"  changes: {self.mutation.wires} wires of {self.mutation.witnesses} witnesses, "
                f"each to every other value: {self.mutation.idle} unnoticed in hints that decide "
                f"nothing, {len(self.mutation.unexplained)} others"
            )
        for note in self.notes:
            yield f"  note: {note}"
        for later, earlier in self.repeated[:20]:
            yield f"  note: constraint {later} says the same as constraint {earlier}"
        yield from _listed(self.findings)


@dataclass(frozen=True, slots=True)
class KeyReport:
    """The audit of one key.

    Attributes:
        name: of the file.
        origin: "dev", "single-party" or "ceremony"; "" where the key cannot be read as one.
        contributions: of phase 2, beacons not counted; None where the file does not say.
        forgeries_tried: known forgeries that were run against the key.
        notes: what is no finding, and worth knowing.
        findings: what to look at; empty where the audit is clean.
    """

    name: str
    origin: str
    contributions: int | None
    forgeries_tried: int
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The report in words."""
        steps = "" if self.contributions is None else f", {self.contributions} contributions"
        yield f"{self.name}: {self.origin or 'unusable'} key{steps}"
        yield f"  forgeries tried: {self.forgeries_tried}"
        for note in self.notes:
            yield f"  note: {note}"
        yield from _listed(self.findings)


def _listed(findings: tuple[Finding, ...]) -> Iterator[str]:
    for finding in findings:
        where = f" in {finding.gadget}" if finding.gadget else ""
        yield f"  FINDING {finding.kind}{where}: {finding.text}"
    if not findings:
        yield "  nothing found"
