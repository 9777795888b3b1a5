"""What an audit found, as values that can be printed or written as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["AnnotationUse", "CircuitReport", "Finding", "KeyReport", "Kind", "Mutation"]

Kind: TypeAlias = Literal[
    "free wire", "unproved wire", "unused wire", "unbound public input", "unsafe key", "forgery"
]
"""
* free wire: two witnesses with the same inputs are known that differ in this wire;
* unproved wire: the rules do not prove that the wire has only one value, although it may have;
* unused wire: no constraint contains the wire;
* unbound public input: a proof does not depend on the input;
* unsafe key: the key is broken, forgeable, for another circuit, or from one party;
* forgery: a proof was made without a witness, and verifies.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of an audit.

    Attributes:
        kind: the kind of finding, see ``Kind``.
        text: what was found, in a sentence.
        gadget: dotted name of the gadget, or "".
        wires: the names of the wires concerned.
        sources: file and line of the first constraint of each wire, without repetition; empty if
            the circuit does not tell.
    """

    kind: Kind
    text: str
    gadget: str = ""
    wires: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnnotationUse:
    """An annotation that was needed, with the number of wires that it covers."""

    gadget: str
    reason: str
    test: str
    wires: int


@dataclass(frozen=True, slots=True)
class Mutation:
    """The result of changing each wire of some witnesses, alone, to every other value.

    Attributes:
        witnesses: the number of witnesses.
        wires: the number of wires that were changed, over all witnesses.
        idle: the number of unnoticed changes in hints that decide nothing.
        unexplained: names of the other wires of which no constraint notices a change.
        inputs: names of the inputs of which no constraint notices a change. Inputs are taken as
            given, so such a change is not a fault.
    """

    witnesses: int = 0
    wires: int = 0
    idle: int = 0
    unexplained: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CircuitReport:
    """The audit of one constraint system.

    Attributes:
        name: name of the circuit or file.
        digest: ``formats.r1cs.digest`` of the constraints.
        constraints: number of constraints.
        wires: number of wires.
        inputs: number of input wires.
        proved: number of wires proved to have only one value.
        chosen: number of wires that annotations leave to the prover.
        idle: number of hints that decide nothing.
        unproved: number of wires not proved to have only one value, including the free ones.
        free: number of wires in which two known witnesses differ.
        free_outputs: names of the outputs among them.
        eliminated: number of inputs that the compiler left without a wire.
        annotations: the annotations that were needed.
        repeated: constraints that repeat an earlier one, as (later, earlier).
        mutation: the result of changing single wires.
        notes: remarks that are not findings.
        findings: what was found; empty if the audit is clean.
        second: two witnesses with the same inputs that differ in free wires, in the most outputs
            that were seen; None if none were found. Each is an integer below r for each wire.
        other_inputs: names and values of the inputs in which these two differ from the witness
            that was given, as "name = value".
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
    free_outputs: tuple[str, ...] = ()
    eliminated: int = 0
    mutation: Mutation = field(default_factory=Mutation)
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    second: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    other_inputs: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values, without the two witnesses."""
        return asdict(replace(self, second=None))

    def lines(self) -> Iterator[str]:
        """Yield the report in words."""
        yield f"{self.name}: {self.constraints} constraints, {self.wires} wires"
        yield (
            f"  wires: {self.inputs} inputs, {self.proved} proved to have only one value, "
            f"{self.idle} hints that decide nothing, {self.chosen} chosen by the prover (below), "
            f"{self.unproved} not proved ({self.free} of them free)"
        )
        for use in self.annotations:
            yield f"  annotation: {use.gadget}, {use.wires} wires: {use.reason} [{use.test}]"
        if self.mutation.witnesses:
            yield (
                f"  changes: {self.mutation.wires} wires of {self.mutation.witnesses} witnesses, "
                f"each to every other value: {self.mutation.idle} unnoticed in hints that decide "
                f"nothing, {len(self.mutation.unexplained)} unnoticed in other wires"
            )
        for note in self.notes:
            yield f"  note: {note}"
        if self.other_inputs:
            yield f"  note: the two witnesses have other inputs: {', '.join(self.other_inputs)}"
        for later, earlier in self.repeated[:20]:
            yield f"  note: constraint {later} says the same as constraint {earlier}"
        yield from _listed(self.findings)


@dataclass(frozen=True, slots=True)
class KeyReport:
    """The audit of one key.

    Attributes:
        name: name of the file.
        origin: see ``groth16.trust``; "" if the key cannot be read.
        contributions: number of contributions to phase 2 without beacons; None if the file does
            not say.
        forgeries_tried: number of known forgeries that were tried against the key.
        notes: remarks that are not findings.
        findings: what was found; empty if the audit is clean.
    """

    name: str
    origin: str
    contributions: int | None
    forgeries_tried: int
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """Yield the report in words."""
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
