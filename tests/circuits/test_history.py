"""What a borrower must show to prove something about a history, alone or beside a credential."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from support.circuits.eligibility_case import Case
from support.circuits.eligibility_plain import relation_holds
from support.circuits.history_case import (
    HistoryCase,
    history_relation_holds,
    record_relation_holds,
)
from support.circuits.refusals import gadget_refusing
from support.circuits.wire_mutation import lies_that_pass
from support.circuits.wire_rounds import FREE_UNDER_ANY_POLICY, compiled, free_gadgets
from support.history.records import EXACT, RECORD, STRICTER, records, terms

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.hashes import nullifier
from zkcredit.circuits.history import History, HistoryWitness
from zkcredit.circuits.history_eligibility import HistoryEligibility, HistoryEligibilityWitness
from zkcredit.circuits.same_holder import SameHolder, same_holder_inputs
from zkcredit.errors import InvalidInput, NotEligible, OutOfRange
from zkcredit.history import HistoryRecord, HistoryTerms
from zkcredit.schema import HISTORY_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.r1cs import Circuit

PUBLIC = ("terms", "context", "history_root", "history_scope", "scope", "nullifier")


@pytest.fixture(scope="module")
def history() -> Circuit:
    return compiled(History)


@pytest.fixture(scope="module")
def both() -> Circuit:
    return compiled(HistoryEligibility)


@pytest.fixture(scope="module")
def holder() -> Circuit:
    return compiled(SameHolder)


@pytest.fixture(scope="module")
def values() -> dict[str, Any]:
    return HistoryCase().values()


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return both_values(HistoryCase(secret=Case().secret))


def both_values(case: HistoryCase) -> dict[str, Any]:
    """An honest borrower with a credential and a record."""
    own = case.values()
    credential = Case().values()
    names = ("terms", "history_root", "history_scope", "record", "history_path")
    return {**credential, **{name: own[name] for name in names}}


def refused(circuit: Circuit, found: Mapping[str, Any]) -> str | None:
    return gadget_refusing(circuit, History(), found, history_relation_holds(found))


# --- history --------------------------------------------------------------------------------------


def test_the_sizes_are_those_of_the_design(history: Circuit, both: Circuit) -> None:
    assert history.public_names == PUBLIC
    assert (history.system.n_constraints, both.system.n_constraints) == (3691, 11531)
    assert history.system.n_constraints + len(PUBLIC) + 1 <= 4096
    assert both.system.n_constraints + 9 <= 2**14


def test_an_honest_borrower_is_accepted(history: Circuit, values: dict) -> None:
    assert refused(history, values) is None
    for place in (0, 8**6 - 1):
        assert refused(history, HistoryCase(place=place).values()) is None


def test_the_native_witness_equals_its_slow_twin(history: Circuit, values: dict) -> None:
    inputs = history.assign(values)
    wires = history.tape.run_python(from_limbs(inputs))
    assert from_limbs(history.tape.run(inputs)) == wires
    assert history.system.first_unsatisfied(wires) == -1


@settings(max_examples=8, deadline=None)
@given(records(), terms())
def test_the_circuit_agrees_with_the_terms(record: HistoryRecord, asked: HistoryTerms) -> None:
    found = refused(compiled(History), HistoryCase(record, asked).values())
    try:
        asked.check(record)
    except NotEligible:
        assert found == "history.conditions.compare.range"
    else:
        assert found is None


@pytest.mark.parametrize("name", HISTORY_TERMS)
def test_a_term_that_asks_for_one_more_has_no_proof(
    history: Circuit, values: dict, name: str
) -> None:
    asked = replace(EXACT, **{name: getattr(EXACT, name) + STRICTER[name]})
    found = refused(history, {**values, "terms": asked.pack()})
    assert found == "history.conditions.compare.range"
    eased = replace(EXACT, **{name: getattr(EXACT, name) - STRICTER[name]})
    assert refused(history, {**values, "terms": eased.pack()}) is None


def test_the_worst_record_meets_neutral_terms(history: Circuit) -> None:
    worst = HistoryRecord(
        opened=15, late=65_535, defaults=255, open=15, good_until=0, first_day=65_535,
        last_bad_day=65_535,
    )  # fmt: skip
    assert refused(history, HistoryCase(worst, HistoryTerms()).values()) is None
    found = refused(history, HistoryCase(worst, HistoryTerms(today=1)).values())
    assert found == "history.conditions.compare.range"


@pytest.mark.parametrize("bit", [164, 165, 200, 253])
def test_terms_that_are_too_wide_have_no_proof(history: Circuit, values: dict, bit: int) -> None:
    found = refused(history, {**values, "terms": (values["terms"] + 2**bit) % R})
    assert found == "history.terms.unpack.range"


@pytest.mark.parametrize("word", [2**188, 2**188 + 1, R - 1, 2**253])
def test_a_record_that_is_too_wide_has_no_proof(history: Circuit, word: int) -> None:
    """It stands in the tree, so that nothing but its width is wrong."""

    values = HistoryCase(terms=HistoryTerms()).values_of(word)
    assert refused(history, values) == "history.record.unpack.range"


@pytest.mark.parametrize("name", ["history_root", "history_scope", "scope", "nullifier", "secret"])
@pytest.mark.parametrize("change", [1, -1, R // 2])
def test_no_other_number_serves(history: Circuit, values: dict, name: str, change: int) -> None:
    moved = {**values, name: (values[name] + change) % R}
    assert refused(history, moved) in ("nullifier.poseidon", "history.member",
                                       "history.member.poseidon")  # fmt: skip


def test_a_better_record_than_the_bureaus_has_no_proof(history: Circuit, values: dict) -> None:
    for better in (
        replace(RECORD, defaults=0),
        replace(RECORD, late=0),
        replace(RECORD, good_until=65_535),
        replace(RECORD, last_bad_day=0),
    ):
        assert refused(history, {**values, "record": better.pack()}) == "history.member"


def test_the_record_of_somebody_else_has_no_proof(history: Circuit, values: dict) -> None:
    other = HistoryCase(secret=12).values()
    assert refused(history, other) is None
    taken = {name: other[name] for name in ("record", "history_path", "history_root")}
    assert refused(history, {**values, **taken}) == "history.member"


def test_a_change_of_any_child_of_the_path_is_refused(history: Circuit, values: dict) -> None:
    path = list(values["history_path"])
    for child in range(0, len(path), 5):
        changed = [*path[:child], (path[child] + 1) % R, *path[child + 1 :]]
        assert (refused(history, {**values, "history_path": changed}) or "").startswith(
            "history.member"
        )


def test_two_borrowers_with_equal_terms_show_equal_numbers_but_the_pseudonym() -> None:
    one, two = HistoryCase().values(), HistoryCase(record=replace(RECORD, on_time=99)).values()
    named = {name for name in PUBLIC if one[name] != two[name]}
    assert named == {"history_root"}  # another tree; in one tree nothing would differ
    other = HistoryCase(secret=7).values()
    assert {name for name in PUBLIC if one[name] != other[name]} == {"history_root", "nullifier"}


def test_no_wire_is_free(history: Circuit, values: dict) -> None:
    assert free_gadgets(history, values) == set()


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(history: Circuit, values: dict) -> None:
    assert lies_that_pass(history, values, 25, 1) == []


def test_the_witness_does_not_show_its_secrets() -> None:
    witness = HistoryWitness(2**200 + 7, RECORD.pack(), [[1] * 8] * 6)
    assert str(2**200 + 7) not in repr(witness)
    assert str(RECORD.pack()) not in repr(witness)
    with pytest.raises(OutOfRange):
        HistoryWitness(R, 0, []).inputs(
            terms=0, context=0, history_root=0, history_scope=0, scope=0
        )


# --- history_eligibility --------------------------------------------------------------------------


def refused_both(circuit: Circuit, found: Mapping[str, Any]) -> str | None:
    holds = relation_holds(found) and record_relation_holds(found)
    return gadget_refusing(circuit, HistoryEligibility(), found, holds)


def test_a_credential_and_a_record_of_one_holder_are_accepted(both: Circuit, whole: dict) -> None:
    assert refused_both(both, whole) is None


def test_the_record_of_another_holder_is_refused(both: Circuit, whole: dict) -> None:
    other = both_values(HistoryCase(secret=Case().secret + 1))
    assert refused_both(both, other) == "history.member"


def test_neither_part_is_left_out(both: Circuit, whole: dict) -> None:
    asked = replace(EXACT, min_repaid=4)
    assert refused_both(both, {**whole, "terms": asked.pack()}) == (
        "history.conditions.compare.range"
    )
    poor = Case().but(min_score=60_000, max_score=65_535).values()
    assert (refused_both(both, {**whole, "policy": poor["policy"]}) or "").startswith("conditions")


@pytest.mark.slow
def test_no_wire_of_both_is_free(both: Circuit, whole: dict) -> None:
    assert free_gadgets(both, whole) <= FREE_UNDER_ANY_POLICY


def test_witnesses_of_two_holders_are_refused() -> None:
    credential, _ = Case().parts()
    record = HistoryWitness(credential.secret + 1, RECORD.pack(), [[0] * 8] * 6)
    with pytest.raises(InvalidInput, match="one holder"):
        HistoryEligibilityWitness(credential, record).inputs(
            policy=0, context=0, registry_root=0, scope=0, terms=0, history_root=0,
            history_scope=0,
        )  # fmt: skip


# --- same_holder ----------------------------------------------------------------------------------


def same_holder_holds(v: Mapping[str, int]) -> bool:
    return v["nullifier"] == nullifier(v["secret"], v["scope"]) and v["other_nullifier"] == (
        nullifier(v["secret"], v["other_scope"])
    )


def test_two_pseudonyms_of_one_holder_are_linked(holder: Circuit) -> None:
    found = same_holder_inputs(11, context=5, scope=6, other_scope=7)
    assert holder.system.n_constraints == 481
    assert gadget_refusing(holder, SameHolder(), found, same_holder_holds(found)) is None
    assert free_gadgets(holder, found) == set()
    for name in set(found) - {"context"}:
        moved = {**found, name: found[name] + 1}
        assert gadget_refusing(holder, SameHolder(), moved, same_holder_holds(moved)) == (
            "nullifier.poseidon"
        )
    other = same_holder_inputs(12, context=5, scope=6, other_scope=7)
    mixed = {**found, "other_nullifier": other["other_nullifier"]}
    assert gadget_refusing(holder, SameHolder(), mixed, same_holder_holds(mixed)) is not None
