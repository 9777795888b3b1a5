"""Audits of constraint systems: our own circuits, and any ``.r1cs``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit.audit.analysis import Analysis, analyse
from zkcredit.audit.annotations import ANNOTATIONS, Annotation
from zkcredit.audit.mutation import unnoticed_changes
from zkcredit.audit.names import WireNames
from zkcredit.audit.report import AnnotationUse, CircuitReport, Finding, Mutation
from zkcredit.audit.second_witness import (
    second_witness,
    witness_where_any_value_fits,
    witness_where_bits_wrap,
)
from zkcredit.audit.structure import repeated_constraints, unused_wires
from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from zkcredit.r1cs import Circuit
    from zkcredit.r1cs.system import ConstraintSystem

__all__ = ["audit_circuit", "audit_statement", "audit_system"]

_SHOWN: Final = 12
"""The most wires that a finding names; the report gives their number."""

_OTHER_INPUTS: Final = 20
"""The most wires for which inputs are looked for at which a constraint does not bind them."""

_INPUTS: Final = (
    "no constraint notices another value of {} inputs in one of the witnesses ({}); inputs are "
    "taken as given"
)

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
    outputs: Sequence[int] = (),
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
        outputs: the output wires, if there are any. The report says which of them are free.

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
    pairs: list[_Pair] = []
    for witness in () if eliminated else witnesses:
        for first, changed in _second(system, witness, analysis, free.keys(), outputs):
            free |= {wire: (first[wire], other) for wire, other in changed.items()}
            pairs.append(_Pair(witness, first, [changed.get(w, k) for w, k in enumerate(first)]))
    best = max(pairs, key=lambda pair: pair.differing(outputs), default=None)
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
        free_outputs=tuple(names.name(wire) for wire in outputs if wire in free),
        eliminated=eliminated,
        mutation=mutation,
        notes=tuple(_notes(eliminated, mutation)),
        findings=(
            *_free_wires(free, names, outputs),
            *_unproved_wires([w for w in analysis.unproved if w not in free], names),
            *_unused(system, unused, set(analysis.given), names),
            *(
                Finding("free wire", f"no constraint notices a change of {names.place(wire)}",
                        names.gadget(wire), (names.name(wire),), _sources([wire], names))
                for wire in unexplained if wire not in free and wire not in unused
            ),
        ),
        second=None if best is None else (tuple(best.first), tuple(best.second)),
        other_inputs=() if best is None else tuple(
            f"{names.name(wire)} = {best.first[wire]}"
            for wire in analysis.given if best.first[wire] != best.witness[wire]
        ),
    )  # fmt: skip


class _Pair(NamedTuple):
    """Two witnesses with the same inputs, and the witness that the search began with."""

    witness: Sequence[int]
    first: Sequence[int]
    second: Sequence[int]

    def differing(self, wires: Iterable[int]) -> int:
        """Return the number of wires in which the two differ."""
        return sum(self.first[wire] != self.second[wire] for wire in wires)


def _second(
    system: ConstraintSystem,
    witness: Sequence[int],
    analysis: Analysis,
    known: Collection[int],
    outputs: Sequence[int],
) -> Iterator[tuple[Sequence[int], dict[int, int]]]:
    """Yield a witness and another value for some of its wires: first for the inputs given."""
    told = {*known, *analysis.hints}
    rest = [wire for wire in analysis.unproved if wire not in told]
    if not rest:
        return
    wanted = set(outputs).intersection(rest)
    if found := second_witness(system, witness, analysis.unproved, told, wanted):
        yield witness, found
        return
    for other in witness_where_bits_wrap(system, witness, rest):
        if found := second_witness(system, other, analysis.unproved, told, wanted):
            yield other, found
            return
    for wire in rest[:_OTHER_INPUTS]:
        for other in witness_where_any_value_fits(system, witness, wire):
            start = set(analysis.unproved) - {wire}
            if found := second_witness(system, other, analysis.unproved, start):
                yield other, found
                return


def _notes(eliminated: int, mutation: Mutation) -> Iterator[str]:
    if eliminated:
        yield _ELIMINATED.format(eliminated)
    if mutation.inputs:
        yield _INPUTS.format(len(mutation.inputs), ", ".join(mutation.inputs[:_SHOWN]))


def _mutate(
    system: ConstraintSystem,
    witnesses: Sequence[Sequence[int]],
    analysis: Analysis,
    names: WireNames,
) -> tuple[Mutation, dict[int, tuple[int, int]]]:
    """Return the counts, and wire → two values for wires whose change nothing explains.

    Inputs do not count: they are taken as given, so another value is another statement.
    """
    idle, unexplained, inputs = 0, {}, set()
    harmless, given = set(analysis.hints), set(analysis.given)
    for witness in witnesses:
        for wire, other in unnoticed_changes(system, witness).items():
            if wire in harmless:
                idle += 1
            elif wire in given:
                inputs.add(wire)
            else:
                unexplained[wire] = (witness[wire], other)
    return (
        Mutation(
            len(witnesses),
            len(witnesses) * (system.n_wires - 1),
            idle,
            tuple(names.place(wire) for wire in sorted(unexplained)),
            tuple(names.name(wire) for wire in sorted(inputs)),
        ),
        unexplained,
    )


def _free_wires(
    free: dict[int, tuple[int, int]], names: WireNames, outputs: Collection[int]
) -> Iterable[Finding]:
    for gadget, wires in _by_gadget(free, names).items():
        shown = "; ".join(
            f"{names.place(wire)} can be {free[wire][0]} or {free[wire][1]}"
            for wire in wires[:_SHOWN]
        )
        text = f"two witnesses with the same inputs differ in {_count(wires)}: {shown}"
        if touched := [names.name(wire) for wire in wires if wire in outputs]:
            text += f"; so the output is free: {', '.join(touched[:_SHOWN])}"
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
