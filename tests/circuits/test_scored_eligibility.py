"""What `scored_eligibility` changes of `eligibility`, whose own conditions have their own tests."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.circuits.eligibility_case import GOOD, NEUTRAL, Case
from support.circuits.eligibility_plain import relation_holds, tagged
from support.circuits.refusals import gadget_refusing, violated
from support.circuits.scored_case import FEATURES, MODEL, POINTS, TABLE, scored_case
from support.circuits.wire_mutation import lies_that_pass, unnoticed_wires

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import scored_eligibility as module
from zkcredit.circuits.eligibility import SCORE, Eligibility
from zkcredit.circuits.scored_eligibility import (
    ScoredEligibility,
    ScoredWitness,
    scored_eligibility,
)
from zkcredit.errors import InvalidInput, OutOfRange, UnsatisfiedWitness
from zkcredit.formats import r1cs
from zkcredit.gadgets.poseidon import poseidon
from zkcredit.gadgets.scorecard import NumberColumn, ScoreTable
from zkcredit.r1cs import Circuit, compile_gadget, compile_statement
from zkcredit.scoring import load_german_credit
from zkcredit.scoring.circuit_table import circuit_table, feature_values
from zkcredit.scoring.scorecard import Scorecard

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@pytest.fixture(scope="module")
def circuit() -> Circuit:
    return compile_statement(ScoredEligibility())


@pytest.fixture(scope="module")
def honest() -> dict:
    return scored_case(Case().but(min_score=POINTS, max_score=POINTS))


def score_holds(v: Mapping) -> bool:
    """The published model's verdict on the features, by its own names."""
    row: dict[str, object] = {}
    for column, feature, value in zip(TABLE.columns, MODEL.features, v["features"], strict=True):
        assert column.name == feature.name
        if isinstance(column, NumberColumn):
            if value >= 2**32:
                return False
            row[column.name] = value
        else:
            if value >= len(column.names):
                return False
            row[column.name] = column.names[value]
    schema = [[column.name, column.values] for column in TABLE.columns]
    name = hashlib.sha256(json.dumps(schema).encode()).hexdigest()
    if tagged(f"features/{name}", *v["features"]) != v["attributes"][SCORE]:
        return False
    word = v["policy"]
    return word % 2**16 <= MODEL.score(row) <= (word >> 16) % 2**16


def refused_by(circuit: Circuit, values: dict) -> str | None:
    """The gadget that refuses the values, or None."""
    return gadget_refusing(circuit, ScoredEligibility(), values, None)


def test_an_honest_borrower_is_accepted(circuit: Circuit, honest: dict) -> None:
    assert refused_by(circuit, honest) is None
    assert score_holds(honest)


def test_the_native_witness_equals_its_slow_twin(circuit: Circuit, honest: dict) -> None:
    inputs = circuit.assign(honest)
    wires = circuit.tape.run_python(from_limbs(inputs))
    assert from_limbs(circuit.tape.run(inputs)) == wires
    assert circuit.system.first_unsatisfied(wires) == -1


def test_it_adds_less_than_a_thousand_constraints(circuit: Circuit) -> None:
    plain = compile_statement(Eligibility()).system
    assert circuit.system.n_constraints <= plain.n_constraints + 1000
    assert circuit.public_names == tuple(Eligibility.public)


@pytest.mark.slow
def test_the_circuit_is_the_published_models(circuit: Circuit) -> None:
    """Recompiled from the model's JSON, it has the same digest; the text names the model."""
    published = Scorecard.from_json(json.loads(json.dumps(MODEL.to_json())))
    again = compile_statement(scored_eligibility(circuit_table(published)))
    assert r1cs.digest(again.system) == r1cs.digest(circuit.system)
    assert circuit_table(MODEL) == TABLE
    assert TABLE.model == MODEL.digest
    assert MODEL.digest in (module.__doc__ or "")


def test_another_model_is_another_circuit(circuit: Circuit) -> None:
    first = TABLE.columns[0]
    better = replace(first, points=(first.points[0] + 1, *first.points[1:]))
    other = ScoreTable(TABLE.base, (better, *TABLE.columns[1:]), "00")
    digest = r1cs.digest(compile_statement(scored_eligibility(other)).system)
    assert digest != r1cs.digest(circuit.system)


def test_score_edges(circuit: Circuit) -> None:
    for terms, accepted in (
        ({"min_score": POINTS, "max_score": POINTS}, True),
        ({"min_score": POINTS + 1, "max_score": 850}, False),
        ({"min_score": 300, "max_score": POINTS - 1}, False),
    ):
        values = scored_case(Case().but(**terms))
        refusing = refused_by(circuit, values)
        assert score_holds(values) == accepted
        assert refusing == (None if accepted else "conditions.score.between.range")


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(FEATURES)))
def test_every_feature_is_signed(circuit: Circuit, honest: dict, place: int) -> None:
    for value in (FEATURES[place] + 1, 0, 1, 2**32, R - 1):
        forged = (*FEATURES[:place], value, *FEATURES[place + 1 :])
        if forged != FEATURES:
            values = {**honest, "features": forged}
            assert refused_by(circuit, values) == "features.poseidon"
            assert not score_holds(values)


def _signed_whatever_they_are(features: Sequence[int]) -> dict:
    """An issuer signs features that have no bin."""
    record = {**GOOD, "score": poseidon(features, TABLE.domain)}
    values = Case(record=record, terms=NEUTRAL).values()
    return {**values, "features": tuple(features)}


@pytest.mark.slow
@pytest.mark.parametrize("place", range(len(FEATURES)))
def test_features_outside_every_bin_are_refused(circuit: Circuit, place: int) -> None:
    column = TABLE.columns[place]
    beyond = 2**32 if isinstance(column, NumberColumn) else len(column.names)
    for value in (beyond, beyond + 1, R - 1):
        features = (*FEATURES[:place], value, *FEATURES[place + 1 :])
        gadget = refused_by(circuit, _signed_whatever_they_are(features))
        assert (gadget or "").startswith(f"scorecard.{column.name}")
        with pytest.raises(OutOfRange):
            scored_case(Case(), features)
    last = (*FEATURES[:place], beyond - 1, *FEATURES[place + 1 :])
    assert refused_by(circuit, scored_case(Case(terms=NEUTRAL), last)) is None


@pytest.mark.slow
def test_a_credential_of_one_kind_is_none_of_the_other(circuit: Circuit, honest: dict) -> None:
    plain = compile_statement(Eligibility())
    without = {name: value for name, value in honest.items() if name != "features"}
    neutral = scored_case(Case(terms=NEUTRAL))
    for values in (without, {k: v for k, v in neutral.items() if k != "features"}):
        assert not relation_holds(values)
        assert violated(lambda v=values: plain.witness(v)) == ("conditions.score.between.range")
    ordinary = {**Case(terms=NEUTRAL).values(), "features": FEATURES}
    assert refused_by(circuit, ordinary) == "features.poseidon"


def test_the_rest_is_eligibility(circuit: Circuit) -> None:
    for change, gadget in (
        ({"max_dti_bps": 1833}, "conditions.debt_to_income"),
        ({"prover_secret": 5}, "eddsa"),
        ({"revocation_id": 69_000, "gap_of": 70_000}, "revocation"),
    ):
        values = scored_case(Case().but(min_score=0, **change))
        assert (refused_by(circuit, values) or "").startswith(gadget)


def test_a_neutral_policy_accepts_the_lowest_score(circuit: Circuit) -> None:
    lowest = tuple(
        column.points.index(min(column.points))
        if not isinstance(column, NumberColumn)
        else [0, *column.upper_bounds][column.points.index(min(column.points))] + 1
        for column in TABLE.columns
    )
    assert TABLE.score(lowest) == MODEL.range[0]
    assert refused_by(circuit, scored_case(Case(terms=NEUTRAL), lowest)) is None


def test_the_witness_class_computes_the_same(honest: dict) -> None:
    case = Case().but(min_score=POINTS, max_score=POINTS)
    record = {**case.record, "score": TABLE.features_hash(FEATURES)}
    eligibility, public = replace(case, record=record).parts()
    witness = ScoredWitness(eligibility, FEATURES)
    assert witness.inputs(**public) == honest
    assert str(FEATURES[4]) not in repr(witness)
    other = (*FEATURES[:4], FEATURES[4] + 1, *FEATURES[5:])
    with pytest.raises(InvalidInput):
        ScoredWitness(eligibility, other).inputs(**public)
    with pytest.raises(InvalidInput):
        ScoredWitness(eligibility, FEATURES[:5]).inputs(**public)


def test_the_same_integer_for_every_real_row() -> None:
    """Model, table and circuit on all 1,000 applications."""

    def define(api, x):
        api.assert_equal(module.evaluate_table(api, TABLE, x.f).value, x.score)

    scores = compile_gadget(define, private={"f": len(TABLE.columns), "score": 1})
    for row in load_german_credit():
        features = feature_values(TABLE, row)
        score = MODEL.score(row)
        assert TABLE.score(features) == score
        scores.witness({"f": features, "score": score})
        with pytest.raises(UnsatisfiedWitness):
            scores.witness({"f": features, "score": score + 1})


def test_every_wire_is_bound(circuit: Circuit) -> None:
    """Free are the hints that `eligibility` lists with their reasons, and none of the scorecard."""
    listed = {
        "conditions.coverage.is_zero",
        "conditions.debt_to_income.is_zero",
        "eddsa.challenge.window",
    }
    wires = from_limbs(circuit.witness(scored_case(Case(terms=NEUTRAL))))
    free = unnoticed_wires(circuit.system, wires)
    assert {circuit.constraint_labels[circuit.system.wire_uses[wire][0]] for wire in free} <= listed


@pytest.mark.slow
def test_a_lie_in_a_hint_is_noticed(circuit: Circuit, honest: dict) -> None:
    """`make long PART=wires-scored` lies in a thousand."""
    assert set(lies_that_pass(circuit, honest, 15, 1)) <= {"eddsa.challenge.window"}
