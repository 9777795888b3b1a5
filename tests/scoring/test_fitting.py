"""Fitting to any table: refusals, and agreement of the rounded model with the one before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from zkcredit.errors import InvalidInput
from zkcredit.scoring import load_german_credit, load_scorecard
from zkcredit.scoring.fitting import RIDGE, CategoryBins, Fit, NumberBins, auc_bps, fit
from zkcredit.scoring.german_credit import Outcome
from zkcredit.scoring.training import FEATURES

ROWS = load_german_credit()
GOOD = [row.outcome is Outcome.GOOD for row in ROWS]
TABLE = [{"months": i % 9, "kind": "ab"[i % 2], "Marital": "x"} for i in range(90)]
PAID = [i % 3 > 0 for i in range(90)]
MONTHS = NumberBins("months", (3,))


@pytest.fixture(scope="module")
def fitted() -> Fit:
    return fit(ROWS, GOOD, FEATURES)


def test_it_is_the_bundled_model(fitted: Fit) -> None:
    assert fitted.scorecard == load_scorecard()


@pytest.mark.slow  # the import of scikit-learn alone takes seconds
def test_whole_points_rank_as_the_model_before_rounding(fitted: Fit) -> None:
    from sklearn.metrics import roc_auc_score

    points = [fitted.scorecard.score(row) for row in ROWS]
    odds = [fitted.log_odds(row) for row in ROWS]
    whole, before = roc_auc_score(GOOD, points), roc_auc_score(GOOD, odds)
    assert abs(whole - before) <= 0.005
    assert int(whole * 10_000) == auc_bps(points, GOOD)


@pytest.mark.slow
def test_scikit_learn_finds_the_same_coefficients(fitted: Fit) -> None:
    from sklearn.linear_model import LogisticRegression

    weights = [fitted.weights(row) for row in ROWS]
    other = LogisticRegression(C=1 / RIDGE, tol=1e-10, max_iter=10_000).fit(weights, GOOD)
    assert np.allclose(other.coef_[0], fitted.coefficients, atol=1e-5)
    assert np.isclose(other.intercept_[0], fitted.intercept, atol=1e-5)


def test_mappings_and_objects_fit_alike(fitted: Fit) -> None:
    mappings = [{bins.name: getattr(row, bins.name) for bins in FEATURES} for row in ROWS]
    assert fit(mappings, GOOD, FEATURES) == fitted
    assert fitted.log_odds(mappings[7]) == fitted.log_odds(ROWS[7])


@pytest.mark.parametrize(
    "name", ["Marital", "marital_status", "sex", "nationality", "race", "Age", "foreign_worker"]
)
@pytest.mark.parametrize("numbers", [True, False])
def test_protected_attributes_are_refused_before_the_data_are_looked_at(
    name: str, numbers: bool
) -> None:
    bins = NumberBins(name, (1,)) if numbers else CategoryBins(name, (("x",), ("y",)))
    with pytest.raises(InvalidInput, match=f"protected attributes.*{name}"):
        fit(TABLE, PAID, (MONTHS, bins))


@pytest.mark.parametrize(
    ("good", "features", "text"),
    [
        (PAID, (), "at least one feature"),
        (PAID, (NumberBins("shoe_size", (40,)),), "shoe_size"),
        (PAID, (CategoryBins("kind", (("a",),)),), "cannot be 'b'"),
        (PAID, (NumberBins("kind", (1,)),), "whole number"),
        (PAID, (NumberBins("months", (3, 3)),), "ascend"),
        (PAID[:-1], (MONTHS,), "both good and bad outcomes"),
        ([True] * 90, (MONTHS,), "both good and bad outcomes"),
        ([False] * 90, (MONTHS,), "both good and bad outcomes"),
    ],
)
def test_tables_that_do_not_fit_are_refused(good: Any, features: Any, text: str) -> None:
    with pytest.raises(InvalidInput, match=text):
        fit(TABLE, good, features)


def test_a_row_without_a_feature_has_no_odds(fitted: Fit) -> None:
    with pytest.raises(InvalidInput, match="do not have the column"):
        fitted.log_odds({"amount_dm": 100})
    with pytest.raises(InvalidInput, match="cannot be"):
        fitted.log_odds(replace(ROWS[0], housing="castle"))  # type: ignore[arg-type]
