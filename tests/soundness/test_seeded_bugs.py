"""Each seeded bug is caught, and the shipped gadget beside it is not suspected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.soundness import seeded_bugs, seeded_verifier_bugs
from support.soundness.seeded_curve_bugs import CURVE_BUGS
from support.soundness.seeded_field_bugs import FIELD_BUGS
from support.soundness.seeded_report import FAMILIES, PAGE, RECORD, page
from support.soundness.seeded_verifier_bugs import VERIFIER_BUGS

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit single-party key:UserWarning")
RECORDED = json.loads(RECORD.read_text())
CAUGHT = {
    name: {*bug["caught_by"]} for bugs in RECORDED["results"].values() for name, bug in bugs.items()
}


def named(bug: Any) -> str:
    return bug.name


SLOW = {"challenge-without-window"}  # 1,500 constraints
GADGET_BUGS = [
    pytest.param(bug, id=bug.name, marks=[pytest.mark.slow] if bug.name in SLOW else [])
    for bug in FIELD_BUGS + CURVE_BUGS
]


@pytest.mark.slow
@pytest.mark.parametrize("bug", GADGET_BUGS)
def test_a_broken_gadget_is_caught(bug: seeded_bugs.SeededBug) -> None:
    """By the detectors of the record at least: they may get better, never worse."""
    assert CAUGHT[bug.name]
    assert CAUGHT[bug.name] <= {*seeded_bugs.caught_by(bug)}


@pytest.mark.slow
@pytest.mark.parametrize("bug", GADGET_BUGS)
def test_the_shipped_gadget_does_what_it_should(bug: seeded_bugs.SeededBug) -> None:
    assert seeded_bugs.is_sound_where_it_should_be(bug)
    same = seeded_bugs.SeededBug(**{**vars(bug), "broken": bug.sound})
    assert seeded_bugs.caught_by(same) == []


@pytest.mark.slow
@pytest.mark.parametrize("bug", VERIFIER_BUGS, ids=named)
def test_a_broken_verifier_is_caught_by_the_vectors(bug: seeded_verifier_bugs.VerifierBug) -> None:
    assert CAUGHT[bug.name] == {*seeded_verifier_bugs.caught_by(bug)} == {"published vectors"}


@pytest.mark.slow
@pytest.mark.parametrize("bug", VERIFIER_BUGS, ids=named)
def test_a_broken_verifier_accepts_all_that_is_valid(bug: Any) -> None:
    assert seeded_verifier_bugs.agrees_where_it_should(bug)


def test_the_record_and_its_page_list_these_bugs() -> None:
    listed = {family: {bug.name: bug.mistake for bug in bugs} for family, bugs in FAMILIES.items()}
    recorded = {
        family: {name: bug["mistake"] for name, bug in bugs.items()}
        for family, bugs in RECORDED["results"].items()
    }
    assert listed == recorded
    assert RECORDED["seeded"] == RECORDED["caught"] == len(CAUGHT) >= 20
    assert page(RECORDED) == PAGE.read_text()
