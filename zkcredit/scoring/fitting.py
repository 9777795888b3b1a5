"""Fit an integer scorecard to a table of outcomes: weight of evidence, logistic regression, points.

Method, after N. Siddiqi, *Credit Risk Scorecards*, Wiley 2006, chapter 6:

1. Each feature is cut into bins. A bin's weight of evidence is
   WoE = ln((good_b + 1/2) / (bad_b + 1/2)) - ln(good / bad); the halves are for empty cells.
2. Logistic regression of the outcome on the WoE values gives the coefficients.
3. A bin's log odds become points, scaled so that the worst attainable score is 300 and the best
   at most 850.

The same data give the same points: Newton's method (IRLS) starts at zero and runs to convergence.
Only step 3 rounds; ``Fit`` also keeps the model before rounding, so that the loss can be measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, log
from typing import TYPE_CHECKING

import numpy as np

from zkcredit.errors import InvalidInput
from zkcredit.scoring.protected import refuse_protected
from zkcredit.scoring.scorecard import (
    MAX_SCORE,
    MIN_SCORE,
    CategoryFeature,
    Feature,
    NumberFeature,
    Scorecard,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["Bins", "CategoryBins", "Fit", "NumberBins", "auc_bps", "fit"]

RIDGE = 0.5
"""Curvature of the penalty on the coefficients; the intercept has no penalty."""

_NEWTON_STEPS = 50


@dataclass(frozen=True, slots=True)
class NumberBins:
    """How a whole-number feature is cut: inclusive upper bounds, with the last bin open."""

    name: str
    upper_bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoryBins:
    """How a feature's values are grouped."""

    name: str
    groups: tuple[tuple[str, ...], ...]


Bins = NumberBins | CategoryBins


@dataclass(frozen=True, slots=True)
class Fit:
    """A scorecard with the model that it was rounded from.

    Attributes:
        scorecard: the model in whole points.
        intercept: log odds of a good outcome if every weight of evidence is 0.
        coefficients: the coefficient of each feature's weight of evidence, in the features' order.
        evidence: for each feature the weight of evidence of each bin.
    """

    scorecard: Scorecard
    intercept: float
    coefficients: tuple[float, ...]
    evidence: tuple[tuple[float, ...], ...]

    def weights(self, row: object) -> list[float]:
        """Return the weight of evidence of each feature of a row.

        Raises:
            InvalidInput: if the row lacks a feature, or has a value outside every bin.
        """
        return [
            woe[feature.bin(_value(row, feature.name))]
            for feature, woe in zip(self.scorecard.features, self.evidence, strict=True)
        ]

    def log_odds(self, row: object) -> float:
        """Return the log odds of a good outcome, which the scorecard rounds.

        Raises:
            InvalidInput: if the row lacks a feature, or has a value outside every bin.
        """
        weighted = zip(self.coefficients, self.weights(row), strict=True)
        return self.intercept + sum(weight * woe for weight, woe in weighted)


def fit(rows: Sequence[object], good: Sequence[bool], features: Sequence[Bins]) -> Fit:
    """Fit a scorecard.

    Args:
        rows: applications; each is an object with the features as attributes, or a mapping.
        good: whether each application ended well; both outcomes must occur.
        features: how each feature is cut.

    Raises:
        InvalidInput: if there are no features, a feature is protected or missing from a row, a
            value is outside every bin, or all rows have the same outcome.
    """
    refuse_protected(bins.name for bins in features)
    if not features:
        raise InvalidInput("name at least one feature")
    target = np.array(good, dtype=np.float64)
    if len(target) != len(rows) or not 0 < target.sum() < len(rows):
        raise InvalidInput("training needs an outcome for each row, and both good and bad outcomes")

    index = _bin_indices(rows, features)
    evidence = [
        _weights_of_evidence(index[:, i], target, _count(bins)) for i, bins in enumerate(features)
    ]
    design = np.column_stack(
        [np.ones(len(rows)), *(woe[index[:, i]] for i, woe in enumerate(evidence))]
    )
    coefficients = _logistic_regression(design, target)
    parts = [weight * woe for weight, woe in zip(coefficients[1:], evidence, strict=True)]
    return Fit(
        scorecard=_scale(features, parts),
        intercept=float(coefficients[0]),
        coefficients=tuple(float(weight) for weight in coefficients[1:]),
        evidence=tuple(tuple(float(value) for value in woe) for woe in evidence),
    )


def auc_bps(scores: Sequence[int], good: Sequence[bool]) -> int:
    """Return the area under the ROC curve in basis points: P(score of a good > of a bad).

    Ties count half. The result is computed exactly, in integers, and rounded down.
    """
    goods = np.sort(np.array([s for s, g_ in zip(scores, good, strict=True) if g_]))
    bads = np.array([s for s, g_ in zip(scores, good, strict=True) if not g_])
    below = np.searchsorted(goods, bads, side="left")
    up_to = np.searchsorted(goods, bads, side="right")
    twice_wins = int((2 * (len(goods) - up_to) + (up_to - below)).sum())
    return twice_wins * 10_000 // (2 * len(goods) * len(bads))


def _count(bins: Bins) -> int:
    return len(bins.groups) if isinstance(bins, CategoryBins) else len(bins.upper_bounds) + 1


def _feature(bins: Bins, points: tuple[int, ...]) -> Feature:
    if isinstance(bins, CategoryBins):
        return CategoryFeature(bins.name, bins.groups, points)
    return NumberFeature(bins.name, bins.upper_bounds, points)


def _bin_indices(rows: Sequence[object], features: Sequence[Bins]) -> NDArray[np.int64]:
    # use the scorecard's own bins, so that training and scoring cannot disagree at a boundary
    binners = [_feature(bins, (0,) * _count(bins)) for bins in features]
    return np.array([[f.bin(_value(row, f.name)) for f in binners] for row in rows])


def _value(row: object, name: str) -> object:
    try:
        return row[name] if isinstance(row, Mapping) else getattr(row, name)
    except (KeyError, AttributeError):
        raise InvalidInput(f"the data do not have the column {name}") from None


def _weights_of_evidence(
    index: NDArray[np.int64], good: NDArray[np.float64], bins: int
) -> NDArray[np.float64]:
    goods = np.bincount(index, weights=good, minlength=bins)
    bads = np.bincount(index, weights=1 - good, minlength=bins)
    woe: NDArray[np.float64] = np.log((goods + 0.5) / (bads + 0.5)) - log(goods.sum() / bads.sum())
    return woe


def _logistic_regression(
    design: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Fit by Newton's method; the ridge keeps the coefficients of separable folds finite."""
    ridge = RIDGE * np.eye(design.shape[1])
    ridge[0, 0] = 0
    beta = np.zeros(design.shape[1])
    for _ in range(_NEWTON_STEPS):
        probability = 1 / (1 + np.exp(-(design @ beta)))
        weight = probability * (1 - probability)
        hessian = (design * weight[:, None]).T @ design + ridge
        step = np.linalg.solve(hessian, design.T @ (target - probability) - ridge @ beta)
        beta = beta + step
        if np.abs(step).max() < 1e-12:
            break
    return beta


def _scale(features: Sequence[Bins], parts: Sequence[NDArray[np.float64]]) -> Scorecard:
    spread = sum(float(part.max() - part.min()) for part in parts)
    # one point of slack for each feature, because rounding may add up to that
    factor = floor((MAX_SCORE - MIN_SCORE - len(parts)) / spread * 1000) / 1000
    tables = [np.rint((part - part.min()) * factor).astype(int) for part in parts]
    return Scorecard(
        base=MIN_SCORE,
        features=tuple(
            _feature(bins, tuple(int(value) for value in table))
            for bins, table in zip(features, tables, strict=True)
        ),
        training={"points_to_double_odds": int(np.rint(factor * log(2)))},
    )
