"""Audits of constraint systems: our own circuits, and any ``.r1cs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.audit.analysis import Analysis, analyse
from zkcredit.audit.annotations import ANNOTATIONS, Annotation
from zkcredit.audit.mutation import unnoticed_changes
from zkcredit.audit.names import WireNames
from zkcredit.audit.report import AnnotationUse, CircuitReport, Finding, Mutation
from zkcredit.audit.second_witness import second_witness
from zkcredit.audit.structure import repeated_constraints, unused_wires
from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from zkcredit.r1cs import Circuit
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["audit_circuit", "audit_statement", "audit_system"]

_SHOWN: Final = 12
"""The most wires that a finding names; the report gives their number."""

_ELIMINATED: Final = (
    "{} inputs have no wire left, so nothing can be proved about what follows from them: compile "
    "without elimination (circom --O0 or --O1) for an audit"
)


def audit_statement(name: str) -> CircuitReport:
    """Audit a statement of the library, with its worked examples as witnesses.

    Raises:
        InvalidInput: if the library does not have this statement.
    """
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.catalogue import get_statement
    from zkcredit.published.samples import samples

    statement = get_statement(name)
    return audit_circuit(
        get_circuit(name),
        advice=statement.advice,
        inputs=list(samples(name).satisfied.values()),
        annotations=ANNOTATIONS,
    )


def audit_circuit(
    circuit: Circuit,
    *,
    advice: Collection[str] = (),
    inputs: Iterable[Mapping[str, int | Sequence[int]]] = (),
    annotations: Sequence[Annotation] = (),
) -> CircuitReport:
    """Audit your own circuit, written in the circuit language.

    Args:
        circuit: the compiled circuit.
        advice: the fields that no wire holds.
        inputs: values for ``Circuit.witness``; with them, wires are changed and free wires shown.
        annotations: what the prover may choose, besides what is proved.

    Raises:
        InvalidInput: if an input is malformed.
        UnsatisfiedWitness: if an input does not satisfy the circuit.
    """
    names = WireNames.of_circuit(circuit, advice)
    witnesses = [from_limbs(circuit.witness(values)) for values in inputs]
    return audit_system(
        circuit.system,
        given=range(1, len(names.names)),
        names=names,
        witnesses=witnesses,
        annotations=annotations,
        title=circuit.name,
    )


def audit_system(
    system: ConstraintSystem,
    *,
    given: Iterable[int],
    title: str,
    names: WireNames | None = None,
    witnesses: Sequence[Sequence[int]] = (),
    annotations: Sequence[Annotation] = (),
    eliminated: int = 0,
) -> CircuitReport:
    """Audit any constraint system.

    Args:
        system: the constraints.
        given: the input wires. Outputs do not belong to them: they must follow from the inputs.
        title: the report's name for the system.
        names: the names of the wires.
        witnesses: integers below r, one for each wire.
        annotations: what the prover may choose; they apply only if the names include gadgets.
        eliminated: the number of inputs that the compiler left without a wire. What depends on
            them is not proved, and no wire is called free, because two witnesses may differ in
            such an input.

    Raises:
        InvalidInput: if a witness is malformed or does not satisfy the system.
    """
    from zkcredit.formats.r1cs import digest

    names = names or WireNames(system, {})
    for witness in witnesses:
        if (failing := system.first_unsatisfied(witness)) >= 0:
            raise InvalidInput(f"the witness does not satisfy constraint {failing}")
    analysis = analyse(system, given, names.labels, annotations)
    free: dict[int, tuple[int, int]] = {}
    for witness in witnesses:
        told = free.keys() | analysis.hints
        rest = [wire for wire in analysis.unproved if wire not in told and not eliminated]
        found = second_witness(system, witness, analysis.unproved, told) if rest else None
        free |= {wire: (witness[wire], other) for wire, other in (found or {}).items()}
    mutation, unexplained = _mutate(system, () if eliminated else witnesses, analysis, names)
    free |= {wire: values for wire, values in unexplained.items() if wire in analysis.unproved}
    unused = unused_wires(system)
    return CircuitReport(
        name=title,
        digest=digest(system),
        constraints=system.n_constraints,
        wires=system.n_wires,
        inputs=len(analysis.given) - 1,
        proved=len(analysis.proved),
        chosen=sum(map(len, analysis.chosen.values())),
        idle=len(analysis.idle),
        unproved=len(analysis.unproved),
        free=len(free),
        annotations=tuple(
            AnnotationUse(use.gadget, use.reason, use.test, len(wires))
            for use, wires in analysis.chosen.items()
        ),
        repeated=tuple(repeated_constraints(system)),
        mutation=mutation,
        notes=(_ELIMINATED.format(eliminated),) if eliminated else (),
        findings=(
            *_free_wires(free, names),
            *_unproved_wires([w for w in analysis.unproved if w not in free], names),
            *_unused(system, unused, set(analysis.given), names),
            *(
                Finding("free wire", f"no constraint notices a change of {names.place(wire)}",
                        names.gadget(wire), (names.name(wire),), _sources([wire], names))
                for wire in unexplained if wire not in free and wire not in unused
            ),
        ),
    )  # fmt: skip


def _mutate(
    system: ConstraintSystem,
    witnesses: Sequence[Sequence[int]],
    analysis: Analysis,
    names: WireNames,
) -> tuple[Mutation, dict[int, tuple[int, int]]]:
    """Return the counts, and wire → two values for wires whose change nothing explains."""
    idle, unexplained = 0, {}
    harmless = set(analysis.hints)
    for witness in witnesses:
        for wire, other in unnoticed_changes(system, witness).items():
            if wire in harmless:
                idle += 1
            else:
                unexplained[wire] = (witness[wire], other)
    return (
        Mutation(
            len(witnesses),
            len(witnesses) * (system.n_wires - 1),
            idle,
            tuple(names.place(wire) for wire in sorted(unexplained)),
        ),
        unexplained,
    )


def _free_wires(free: dict[int, tuple[int, int]], names: WireNames) -> Iterable[Finding]:
    for gadget, wires in _by_gadget(free, names).items():
        shown = "; ".join(
            f"{names.place(wire)} can be {free[wire][0]} or {free[wire][1]}"
            for wire in wires[:_SHOWN]
        )
        text = f"two witnesses with the same inputs differ in {_count(wires)}: {shown}"
        yield Finding(
            "free wire", text, gadget, tuple(map(names.name, wires)), _sources(wires, names)
        )


def _unproved_wires(wires: Sequence[int], names: WireNames) -> Iterable[Finding]:
    for gadget, group in _by_gadget(wires, names).items():
        shown = "; ".join(map(names.place, group[:_SHOWN]))
        text = f"not proved to have only one value, {_count(group)}: {shown}"
        yield Finding(
            "unproved wire", text, gadget, tuple(map(names.name, group)), _sources(group, names)
        )


def _unused(
    system: ConstraintSystem, unused: Sequence[int], given: set[int], names: WireNames
) -> Iterable[Finding]:
    for wire in unused:
        name = names.name(wire)
        if wire <= system.n_public:
            text = f"no constraint contains public input {name}: a proof does not depend on it"
            yield Finding("unbound public input", text, "", (name,))
        elif wire in given:
            text = f"no constraint contains input {name}: nothing is proved about it"
            yield Finding("unused wire", text, "", (name,))


def _by_gadget(wires: Iterable[int], names: WireNames) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for wire in sorted(wires):
        groups.setdefault(names.gadget(wire), []).append(wire)
    return groups


def _sources(wires: Iterable[int], names: WireNames) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for wire in wires if (line := names.source(wire))))


def _count(wires: Sequence[int]) -> str:
    return "1 wire" if len(wires) == 1 else f"{len(wires)} wires"
