"""The scorecard: an integer table, in range, fresh, and blind to protected attributes."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.scoring import CreditRow, applicant, load_german_credit, load_scorecard, training
from zkcredit.scoring.protected import is_protected, refuse_protected
from zkcredit.scoring.scorecard import (
    CategoryFeature,
    NumberFeature,
    Scorecard,
    bundled_text,
)


@pytest.fixture
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(bundled_text())
    return parsed


def test_training_again_gives_the_committed_bytes() -> None:
    assert training.train_bundled() == bundled_text()


def test_the_command_checks_without_writing(capsys: pytest.CaptureFixture[str]) -> None:
    assert training._main(["--check"]) == 0
    assert capsys.readouterr().out == "fresh\n"


def test_the_model_ranks_clearly_better_than_chance(document: dict[str, Any]) -> None:
    assert document["training"]["auc_bps_cross_validated"] > 7_500
    assert (
        document["training"]["auc_bps_training"] >= document["training"]["auc_bps_cross_validated"]
    )


def test_every_applicant_scores_inside_the_range() -> None:
    card = load_scorecard()
    low, high = card.range
    assert (low, high >= 840) == (300, True)
    assert all(low <= card.score(row) <= high <= 850 for row in load_german_credit())


def test_a_score_is_the_base_plus_the_points_it_explains() -> None:
    card = load_scorecard()
    for number in (1, 2, 500, 1000):
        row = applicant(number)
        assert card.score(row) == card.base + sum(points for _, points in card.explain(row))


def test_a_row_and_its_mapping_score_alike() -> None:
    row = applicant(7)
    assert load_scorecard().score(asdict(row)) == load_scorecard().score(row)


def test_json_round_trip_keeps_table_and_digest(document: dict[str, Any]) -> None:
    card = Scorecard.from_json(document)
    assert card.to_json() == document
    assert card.digest == load_scorecard().digest


def test_the_digest_is_of_the_table_alone(document: dict[str, Any]) -> None:
    document["training"] = {}
    assert Scorecard.from_json(document).digest == load_scorecard().digest
    document["features"][0]["points"][0] += 1
    assert Scorecard.from_json(document).digest != load_scorecard().digest


def test_the_model_is_small_enough_for_a_circuit() -> None:
    card = load_scorecard()
    assert len(card.features) <= 12
    assert all(len(feature.points) <= 8 for feature in card.features)


@pytest.mark.parametrize(
    ("value", "bin_"), [(-5, 0), (10, 0), (11, 1), (20, 1), (21, 2), (10**9, 2)]
)
def test_number_bounds_are_inclusive_above(value: int, bin_: int) -> None:
    assert NumberFeature("amount", (10, 20), (1, 2, 3)).bin(value) == bin_


@pytest.mark.parametrize("value", [True, 1.5, "12", None])
def test_a_number_feature_takes_whole_numbers_only(value: object) -> None:
    with pytest.raises(InvalidInput, match="whole number"):
        NumberFeature("amount", (10,), (1, 2)).bin(value)


def test_a_category_without_a_bin_is_refused() -> None:
    with pytest.raises(InvalidInput, match="cannot be 'castle'"):
        CategoryFeature("housing", (("own",), ("rent",)), (1, 2)).bin("castle")


@pytest.mark.parametrize(
    "name",
    ["age", "age_in_years", "Age", "personAge", "sex", "personal_status_and_sex", "SEX",
     "foreign_worker", "nationality", "marital-status", "race", "religion", "gender"],
)  # fmt: skip
def test_protected_attributes_are_recognised(name: str) -> None:
    with pytest.raises(InvalidInput, match="protected attributes"):
        refuse_protected(["amount_dm", name])


@pytest.mark.parametrize("name", ["mortgage", "percentage", "savings", "essex_branch", "racecar"])
def test_words_that_merely_contain_one_are_not(name: str) -> None:
    assert not is_protected(name)


def test_scoring_a_mapping_with_a_protected_attribute_is_refused() -> None:
    with pytest.raises(InvalidInput, match="age_in_years"):
        load_scorecard().score({**asdict(applicant(1)), "age_in_years": 30})


def test_scoring_without_a_feature_is_refused() -> None:
    values = asdict(applicant(1))
    del values["savings"]
    with pytest.raises(InvalidInput, match="savings is missing"):
        load_scorecard().score(values)


def test_a_model_with_a_protected_feature_does_not_load(document: dict[str, Any]) -> None:
    document["features"][1]["feature"] = "age_in_years"
    with pytest.raises(InvalidInput, match="protected attributes"):
        Scorecard.from_json(document)


def _without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


def test_malformed_models_are_refused(document: dict[str, Any]) -> None:
    bad: list[object] = [
        None, [], "x", {}, {**document, "format": "other/v1"}, {**document, "base": "300"},
        {**document, "base": True}, {**document, "features": [{}]}, {**document, "features": 5},
        *(_without(document, key) for key in document),
    ]  # fmt: skip
    for entry in bad:
        with pytest.raises(MalformedFile):
            Scorecard.from_json(entry)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("base", True),
        ("base", "300"),
        ("features", {}),
        ("features", "x"),
        ("features", [[]]),
        ("features", [{"feature": 1, "upper_bounds": [], "points": [1]}]),
        ("features", [{"feature": "a", "upper_bounds": "", "points": [1]}]),
        ("features", [{"feature": "a", "upper_bounds": [1.5], "points": [1, 2]}]),
        ("features", [{"feature": "a", "values": ["ab"], "points": [1]}]),
        ("features", [{"feature": "a", "values": [[1]], "points": [1]}]),
        ("features", [{"feature": "a", "values": [["x"]], "points": {"0": 1}}]),
        ("training", [[]]),
        ("training", ["ab"]),
        ("training", None),
    ],
)
def test_members_of_other_types_are_refused(
    document: dict[str, Any], member: str, value: object
) -> None:
    with pytest.raises(MalformedFile):
        Scorecard.from_json({**document, member: value})


@pytest.mark.parametrize("row", [5, None, "rent", CreditRow, object()])
def test_what_is_no_row_is_refused(row: object) -> None:
    with pytest.raises(InvalidInput, match="an object of a dataclass, or a mapping"):
        load_scorecard().score(row)


def test_models_outside_the_bounds_are_refused(document: dict[str, Any]) -> None:
    feature = document["features"][0]
    changes: list[dict[str, Any]] = [
        {"base": 299},
        {"base": 400},
        {"features": []},
        {"features": [feature, feature]},
        {"features": [{"feature": f"f{i}", "values": [["a"]], "points": [0]} for i in range(13)]},
        {"features": [{"feature": "f", "upper_bounds": list(range(8)), "points": [0] * 9}]},
        {"features": [{"feature": "f", "upper_bounds": [2, 1], "points": [0] * 3}]},
        {"features": [{"feature": "f", "upper_bounds": [1], "points": [0]}]},
        {"features": [{"feature": "f", "values": [["a"], ["a"]], "points": [0, 1]}]},
        {"features": [{"feature": "f", "values": [["a"]], "points": [0, 1]}]},
    ]
    for change in changes:
        with pytest.raises(InvalidInput):
            Scorecard.from_json({**document, **change})


def test_training_on_a_protected_feature_is_refused() -> None:
    bins = training.CategoryBins("personal_status_and_sex", (("male",), ("female",)))
    with pytest.raises(InvalidInput, match="protected attributes"):
        training.train(load_german_credit(), (*training.FEATURES, bins))


@pytest.mark.parametrize("features", [(), (training.NumberBins("shoe_size", (40,)),)])
def test_training_on_no_or_unknown_features_is_refused(features: tuple[Any, ...]) -> None:
    with pytest.raises(InvalidInput, match=r"name at least one feature|do not have the column"):
        training.train(load_german_credit(), features)


def test_training_needs_both_outcomes() -> None:
    good_only = [row for row in load_german_credit() if row.outcome == "good"]
    for rows in (good_only, []):
        with pytest.raises(InvalidInput, match="both good and bad outcomes"):
            training.train(rows)


@pytest.mark.parametrize(
    ("scores", "good", "expected"),
    [
        ([1, 2, 3, 4], [False, False, True, True], 10_000),
        ([4, 3, 2, 1], [False, False, True, True], 0),
        ([1, 1, 1, 1], [False, True, False, True], 5_000),
        ([1, 2, 2, 3], [False, False, True, True], 8_750),
    ],
)
def test_auc_counts_pairs_in_the_right_order(
    scores: list[int], good: list[bool], expected: int
) -> None:
    assert training.auc_bps(scores, good) == expected
