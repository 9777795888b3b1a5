"""The library's own statements have no wire that is free without a reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zkcredit.audit import ANNOTATIONS, Annotation, audit_statement
from zkcredit.audit.analysis import analyse
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.errors import InvalidInput

TESTS = Path(__file__).parents[1]
CHOSEN = {
    "eligibility": 2 * 63,
    "escrow_eligibility": 2 * 63 + 2 * 83,
    "history": 0,
    "history_eligibility": 2 * 63,
    "history_update_12": 0,
    "history_update_3": 0,
    "ledger_eligibility": 0,
    "ledger_entry": 0,
    "same_holder": 0,
    "scored_eligibility": 2 * 63,
}
"""Coordinates of table points that the prover chooses: S of a signature, k of a seal."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CHOSEN)
def test_every_wire_of_the_statement_is_accounted_for(name: str) -> None:
    report = audit_statement(name)
    assert report.findings == ()
    assert (report.unproved, report.free) == (0, 0)
    assert report.chosen == CHOSEN[name]
    assert report.inputs + report.proved + report.chosen + report.idle + 1 == report.wires
    assert report.mutation.witnesses >= 2
    assert report.mutation.unexplained == ()
    assert report.repeated == ()


def test_every_statement_is_here() -> None:
    assert set(circuit_names()) == CHOSEN.keys()


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=lambda a: a.gadget)
def test_an_annotation_has_a_reason_and_a_test(annotation: Annotation) -> None:
    assert len(annotation.reason) > 60
    file, _, name = annotation.test.partition("::")
    assert re.search(rf"^def {name}\(", (TESTS / file).read_text(), re.MULTILINE)


@pytest.mark.slow
def test_an_annotation_grants_nothing_without_its_gadget() -> None:
    circuit = get_circuit("ledger_eligibility")
    told = Annotation("opening.mask", "no table is there", "")
    assert analyse(circuit.system, range(17), circuit.constraint_labels, [told]).chosen == {}


@pytest.mark.slow
def test_every_annotation_is_needed() -> None:
    circuit = get_circuit("escrow_eligibility")
    for left_out in ANNOTATIONS:
        others = [a for a in ANNOTATIONS if a is not left_out]
        analysis = analyse(circuit.system, range(99), circuit.constraint_labels, others)
        labels = {circuit.constraint_labels[circuit.system.wire_uses[w][0]] for w in
                  analysis.unproved}  # fmt: skip
        assert any(label.startswith(left_out.gadget) for label in labels)


def test_an_unknown_statement_is_refused() -> None:
    with pytest.raises(InvalidInput, match="unknown statement"):
        audit_statement("nonsense")
