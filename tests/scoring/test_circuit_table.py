from __future__ import annotations

import subprocess
import sys

import pytest

from zkcredit.circuits import bundled_scorecard
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.errors import CircuitError, InvalidInput, OutOfRange
from zkcredit.gadgets.scorecard import CodeColumn, NumberColumn, ScoreTable
from zkcredit.scoring import applicant, load_scorecard
from zkcredit.scoring.circuit_table import circuit_table, feature_values, source
from zkcredit.scoring.scorecard import CategoryFeature, NumberFeature, Scorecard

TABLE = ScoreTable(
    300, (NumberColumn("months", (5,), (1, 2)), CodeColumn("kind", ("a", "b"), (3, 4))), "00"
)


def test_the_bundled_table_is_the_bundled_models() -> None:
    assert circuit_table(load_scorecard()) == BUNDLED_SCORECARD
    printed = subprocess.run(
        [sys.executable, "-m", "zkcredit.scoring.circuit_table"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    names = {"Final": object, **vars(bundled_scorecard)}
    exec(printed.replace(": Final", ""), names)
    assert names["BUNDLED_SCORECARD"] == BUNDLED_SCORECARD
    assert printed == source(BUNDLED_SCORECARD)


def test_names_are_sorted_whatever_the_bins() -> None:
    features = (
        CategoryFeature("kind", (("z", "b"), ("a",)), (10, 20)),
        NumberFeature("months", (5,), (1, 2)),
    )
    table = circuit_table(Scorecard(300, features))
    assert table.columns[0] == CodeColumn("kind", ("a", "b", "z"), (20, 10, 10))
    assert table.columns[1] == NumberColumn("months", (5,), (1, 2))


def test_regrouped_bins_keep_the_features_hash() -> None:
    """So that a retrained model reads the credentials that are there."""
    for groups, points in ((((("a", "b"), ("c",))), (1, 2)), (((("c", "a"), ("b",))), (3, 4))):
        table = circuit_table(Scorecard(300, (CategoryFeature("kind", groups, points),)))
        assert feature_values(table, {"kind": "c"}) == (2,)
        assert table.features_hash((2,)) == circuit_table(
            Scorecard(300, (CategoryFeature("kind", (("a",), ("b",), ("c",)), (0, 1, 2)),))
        ).features_hash((2,))


def test_a_model_that_a_circuit_cannot_hold_is_refused() -> None:
    for feature in (
        NumberFeature("months", (-1,), (1, 2)),
        NumberFeature("months", (2**32,), (1, 2)),
        NumberFeature("months", (), (1,)),
        CategoryFeature("kind", (("a",),), (1,)),
    ):
        with pytest.raises(CircuitError):
            circuit_table(Scorecard(300, (feature,)))


def test_rows_become_integers() -> None:
    assert feature_values(TABLE, {"months": 7, "kind": "b", "other": None}) == (7, 1)
    assert len(feature_values(BUNDLED_SCORECARD, applicant(1))) == 10


@pytest.mark.parametrize(
    "row",
    [
        {"months": 7},
        {"kind": "a"},
        {"months": 7, "kind": "c"},
        {"months": 7, "kind": 1},
        {"months": "7", "kind": "a"},
        {"months": True, "kind": "a"},
        {"months": 7.0, "kind": "a"},
        object(),
        None,
    ],
)
def test_rows_that_do_not_fit_are_refused(row: object) -> None:
    with pytest.raises(InvalidInput):
        feature_values(TABLE, row)


@pytest.mark.parametrize("months", [-1, 2**32])
def test_numbers_out_of_range_are_refused(months: int) -> None:
    with pytest.raises(OutOfRange):
        feature_values(TABLE, {"months": months, "kind": "a"})
