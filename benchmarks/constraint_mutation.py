"""Delete or perturb constraints of gadgets and statements in turn, and see which check notices.

A deleted constraint is noticed by the analysis (some wire is no longer proved to have one value)
or by a negative witness: inputs, honest but for one element, that break this constraint and no
other. A perturbed one (a coefficient is changed by one) is noticed by an honest witness, which no
longer satisfies it, or by the analysis.

In gadgets of up to ``--every`` constraints all are mutated; in larger ones, and in the statements,
every constraint of the small parts and ``--sample`` of each repeated part. Nothing is timed.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING, Any

import measure
from mutation_cases import CASES, GadgetCase

from zkcredit.audit.analysis import analyse
from zkcredit.audit.annotations import ANNOTATIONS
from zkcredit.audit.structure import canonical
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.r1cs import Circuit, ConstraintSystem, Matrix

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkcredit.audit.annotations import Annotation
    from zkcredit.r1cs.terms import Terms

__all__ = ["Score", "mutate", "mutate_gadget", "mutate_statement"]

EVERY = 320
SAMPLE = 24
LARGE = 20_000
"""Constraints from which on a statement has so long an analysis that few are deleted."""
_REPEATING = 60


@dataclass
class Score:
    """The outcomes of the mutants of one circuit.

    Attributes:
        constraints: number of the circuit's constraints.
        tried: how many of them were mutated.
        mutants: number of mutants.
        deleted: the check that noticed a deletion → number of deletions.
        perturbed: the check that noticed a perturbation → number of perturbations.
        missed: "deleted" or "perturbed", constraint and gadget of mutants that no check noticed.
    """

    constraints: int
    tried: int = 0
    mutants: int = 0
    deleted: Counter[str] = field(default_factory=Counter)
    perturbed: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the figures."""
        return {
            "constraints": self.constraints,
            "tried": self.tried,
            "mutants": self.mutants,
            "caught_percent": round(100 - 100 * len(self.missed) / self.mutants, 1),
            "deleted": dict(self.deleted),
            "perturbed": dict(self.perturbed),
            "missed": self.missed,
        }


@dataclass(frozen=True)
class Subject:
    """A circuit, its input wires, and witnesses by which mutants may be noticed."""

    circuit: Circuit
    n_inputs: int
    honest: Sequence[Sequence[int]]
    breaks: frozenset[int]
    starts: Sequence[Sequence[int]]
    annotations: Sequence[Annotation]

    def notices(self, rows: Sequence[tuple[Terms, Terms, Terms]], labels: Sequence[str]) -> bool:
        """Return whether the analysis of other constraints leaves a wire unproved."""
        matrices = (Matrix.from_rows(row[part] for row in rows) for part in range(3))
        system = ConstraintSystem(self.circuit.system.n_wires, 0, *matrices)
        given = range(1, self.n_inputs + 1)
        return bool(analyse(system, given, labels, self.annotations).unproved)


def mutate(subject: Subject, seed: int, every: int = EVERY, sample: int = SAMPLE) -> Score:
    """Mutate the constraints of a circuit, one at a time; a negative sample is only deleted."""
    generator = random.Random(seed)
    system, labels = subject.circuit.system, list(subject.circuit.constraint_labels)
    rows = [system.row(index) for index in range(system.n_constraints)]
    if any(system.first_unsatisfied(witness) >= 0 for witness in subject.honest):
        raise RuntimeError("an honest witness does not satisfy the circuit")
    if subject.notices(rows, labels):
        raise RuntimeError("the circuit has unproved wires before it is mutated")
    score = Score(len(rows))
    for index in sorted(_chosen(labels, generator, every, sample)):
        score.tried += 1
        score.mutants += 1
        without = [*rows[:index], *rows[index + 1 :]]
        if index in subject.breaks:
            score.deleted["negative witness"] += 1
        elif subject.notices(without, [*labels[:index], *labels[index + 1 :]]):
            score.deleted["analysis"] += 1
        elif _lie_that_passes(subject, index):
            score.deleted["negative witness"] += 1
        else:
            score.missed.append(f"deleted {index} of {labels[index]}")
        if sample < 0:
            continue
        score.mutants += 1
        other = _perturbed(rows[index], generator)
        if not all(_holds(other, witness) for witness in subject.honest):
            score.perturbed["honest witness"] += 1
        elif subject.notices([*rows[:index], other, *rows[index + 1 :]], labels):
            score.perturbed["analysis"] += 1
        elif _same_for_booleans(rows, index, other):
            score.perturbed["says the same of booleans"] += 1
        else:
            score.missed.append(f"perturbed {index} of {labels[index]}")
    return score


def mutate_gadget(name: str, seed: int = 1, every: int = EVERY, sample: int = SAMPLE) -> Score:
    """Mutate the constraints of one of ``mutation_cases.CASES``."""
    case: GadgetCase = CASES[name]
    circuit = case.circuit
    honest = [_witness(circuit, circuit_inputs(circuit, values)) for values in case.honest]
    n_inputs = sum(case.shape.values())
    starts = list(_dishonest(circuit, case, n_inputs))
    breaks = {index for inputs in starts for index in _only_break(circuit, inputs)}
    starts += [circuit_inputs(circuit, values) for values in case.honest]
    subject = Subject(circuit, n_inputs, honest, frozenset(breaks), starts, case.annotations)
    return mutate(subject, seed, every, sample)


def mutate_statement(name: str, sample: int, seed: int = 1) -> Score:
    """Delete constraints of a statement at random."""
    from zkcredit.circuits import get_circuit
    from zkcredit.circuits.catalogue import get_statement
    from zkcredit.published.samples import samples

    circuit, statement, cases = get_circuit(name), get_statement(name), samples(name)
    honest = [from_limbs(circuit.witness(values)) for values in cases.satisfied.values()]
    starts = [from_limbs(circuit.assign(values)) for values in cases.satisfied.values()]
    refused = [
        from_limbs(circuit.assign({**cases.satisfied[case.base], **case.changes}))
        for case in cases.refused
    ]
    breaks = {index for inputs in refused for index in _only_break(circuit, inputs)}
    n_inputs = sum(statement.public.values()) + sum(statement.private.values())
    subject = Subject(circuit, n_inputs, honest, frozenset(breaks), starts, ANNOTATIONS)
    return mutate(subject, seed, 0, -sample)


def circuit_inputs(circuit: Circuit, values: dict[str, Any]) -> list[int]:
    """Return inputs in the order of the tape."""
    return from_limbs(circuit.assign(values))


def _chosen(labels: list[str], generator: random.Random, every: int, sample: int) -> set[int]:
    if sample < 0:
        return set(generator.sample(range(len(labels)), -sample))
    if len(labels) <= every:
        return set(range(len(labels)))
    parts: dict[str, list[int]] = {}
    for index, label in enumerate(labels):
        parts.setdefault(label, []).append(index)
    return {
        index
        for part in parts.values()
        for index in (part if len(part) <= _REPEATING else generator.sample(part, sample))
    }


def _dishonest(circuit: Circuit, case: GadgetCase, n_inputs: int) -> Iterator[list[int]]:
    """Yield the dishonest inputs, and the honest ones with one element changed."""
    for values in case.dishonest:
        yield circuit_inputs(circuit, values)
    for values in case.honest:
        inputs = circuit_inputs(circuit, values)
        for place in range(n_inputs):
            for other in (inputs[place] + 1, inputs[place] - 1, 0, 1, -1, 2**100):
                yield [*inputs[:place], other % R, *inputs[place + 1 :]]


def _lie_that_passes(subject: Subject, index: int) -> bool:
    """Return whether, without the constraint, a prover passes with a false value of its wire.

    Everything after the false value is computed from it. If one more constraint breaks, it is
    repaired if it is linear in the wire itself, or in an input that nothing else reads.
    """
    circuit, system = subject.circuit, subject.circuit.system
    wires = {w for part in system.row(index) for w in part if w > subject.n_inputs}
    wire = max(wires, default=0)
    for near in {i for w in wires if len(wires) < 3 for i in system.wire_uses[w]}:
        found = {w for part in system.row(near) for w in part if w > subject.n_inputs}
        wires |= found if len(found) < 3 else set()
    registers = circuit.tape.wires.tolist()
    lies: list[dict[int, int]] = [{}, *({registers[wire]: lie} for lie in (0, 1, 12345) if wire)]
    if len(wires) == 2:
        pairs = product((0, 1, R - 1), repeat=2)
        lies += [dict(zip((registers[w] for w in wires), pair, strict=True)) for pair in pairs]
    for inputs in subject.starts:
        for told in lies:
            try:
                witness = circuit.tape.run_python(inputs, told)
            except UnsatisfiedWitness:
                continue
            broken = [i for i in range(system.n_constraints) if not system.holds(i, witness)]
            if index in broken and len(broken) == 2:
                (other,) = set(broken) - {index}
                broken = _mended(subject, witness, other, wire)
            if broken == [index]:
                return True
    return False


def _mended(subject: Subject, witness: list[int], index: int, wire: int) -> list[int]:
    """Return the broken constraints after this one is repaired by the wire or by its own input."""
    system = subject.circuit.system
    row = system.row(index)
    a, b, c = (sum(k * witness[w] for w, k in part.items()) % R for part in row)
    own = [w for part in row for w in part if system.wire_uses[w] == [index]]
    for other in (wire, *(w for w in own if 0 < w <= subject.n_inputs)):
        ka, kb, kc = (part.get(other, 0) for part in row)
        slope = (ka * b + kb * a - kc) % R
        if ka * kb % R == 0 and slope:
            mended = list(witness)
            mended[other] = (mended[other] + (c - a * b) * pow(slope, -1, R)) % R
            return [i for i in range(system.n_constraints) if not system.holds(i, mended)]
    return [index]


def _only_break(circuit: Circuit, inputs: Sequence[int]) -> Iterator[int]:
    try:
        witness = _witness(circuit, inputs)
    except UnsatisfiedWitness:  # a look-up outside its table: there is no witness at all
        return
    system = circuit.system
    broken = [i for i in range(system.n_constraints) if not system.holds(i, witness)]
    if len(broken) == 1:
        yield broken[0]


def _witness(circuit: Circuit, inputs: Sequence[int]) -> list[int]:
    return circuit.tape.run_python(inputs)


def _perturbed(
    row: tuple[Terms, Terms, Terms], generator: random.Random
) -> tuple[Terms, Terms, Terms]:
    """Return the constraint with one changed coefficient, so that its meaning changes."""
    places = [(p, w) for p, terms in enumerate(row) for w in terms]
    generator.shuffle(places)
    for part, wire in places:
        changed = [dict(terms) for terms in row]
        changed[part][wire] = (changed[part][wire] + 1) % R or 2
        other = (changed[0], changed[1], changed[2])
        if canonical(*other) != canonical(*row):
            return other
    raise RuntimeError("every change of one coefficient says the same")


def _same_for_booleans(
    rows: Sequence[tuple[Terms, Terms, Terms]], index: int, other: tuple[Terms, Terms, Terms]
) -> bool:
    """Return whether a change is equivalent because other constraints make all wires booleans."""
    wires = sorted({w for row in (rows[index], other) for part in row for w in part} - {0})
    booleans = {
        min(a) for i, (a, b, c) in enumerate(rows)
        if i != index and not c and len(a) == 1 and b == {0: R - 1, min(a): 1}
    }  # fmt: skip
    if len(wires) > 10 or not booleans.issuperset(wires):
        return False
    cases = [dict(zip(wires, bits, strict=True)) for bits in product((0, 1), repeat=len(wires))]
    witnesses = [[1, *(case.get(w, 0) for w in range(1, wires[-1] + 1))] for case in cases]
    return all(_holds(rows[index], witness) == _holds(other, witness) for witness in witnesses)


def _holds(row: tuple[Terms, Terms, Terms], witness: Sequence[int]) -> bool:
    a, b, c = (sum(k * witness[wire] for wire, k in terms.items()) for terms in row)
    return (a * b - c) % R == 0


def main() -> None:
    """Mutate everything and print the scores."""
    from zkcredit.circuits import circuit_names, get_circuit

    options = measure.arguments(__doc__)
    results: dict[str, Any] = {name: mutate_gadget(name).as_dict() for name in CASES}
    for name in circuit_names():
        sample = 24 if get_circuit(name).system.n_constraints < LARGE else 4
        results[f"statement {name}"] = mutate_statement(name, sample).as_dict()
    if not options.json:
        for row in results.values():
            row["missed"] = len(row["missed"])
            row["deleted"], row["perturbed"] = str(row["deleted"]), str(row["perturbed"])
    measure.report("mutants of constraints that are caught", results, options.json)


if __name__ == "__main__":
    main()
