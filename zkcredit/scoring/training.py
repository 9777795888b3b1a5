"""Train the bundled scorecard: weight of evidence, logistic regression, integer points.

``python -m zkcredit.scoring.training`` retrains and writes ``data/scorecard.json``; with
``--check`` it only compares. The same data give the same bytes: bins are fixed below, Newton's
method (IRLS) starts at zero and runs to convergence, and everything that is stored is an integer.

Method, after N. Siddiqi, *Credit Risk Scorecards*, Wiley 2006, chapter 6:

1. Each feature is cut into bins. A bin's weight of evidence is
   WoE = ln((good_b + 1/2) / (bad_b + 1/2)) - ln(good / bad), the halves for empty cells.
2. Logistic regression of the outcome on the WoE values gives the coefficients.
3. A bin's log odds become points, scaled so that the worst attainable score is 300 and the best
   at most 850.

The AUC is reported twice, in basis points: on the training rows, and by five-fold cross-validation
(fold = row number mod 5, bins and all refitted), which is the one to believe.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from hashlib import sha256
from math import floor, log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from zkcredit.errors import InvalidInput
from zkcredit.scoring import german_credit as g
from zkcredit.scoring.protected import PROTECTED_ATTRIBUTES, refuse_protected
from zkcredit.scoring.scorecard import (
    MAX_SCORE,
    MIN_SCORE,
    CategoryFeature,
    Feature,
    NumberFeature,
    Scorecard,
    bundled_text,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FOLDS = 5
_NEWTON_STEPS = 50


@dataclass(frozen=True, slots=True)
class NumberBins:
    """How a whole-number feature is cut: inclusive upper bounds, the last bin open."""

    name: str
    upper_bounds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CategoryBins:
    """How a feature's values are grouped."""

    name: str
    groups: tuple[tuple[str, ...], ...]


Bins = NumberBins | CategoryBins

# Fixed in advance, by meaning: rare classes (under about 5 % of the rows) join a neighbour.
# Left out for an information value under 0.02: credit_count, other_debtors, residence, skill,
# telephone. Left out for adding nothing next to the others (a few points): property.
# Left out for what it says about family status: dependants.
FEATURES: tuple[Bins, ...] = (
    CategoryBins(
        "checking_account",
        (("none",), ("overdrawn",), ("under_200",), ("from_200_or_salary",)),
    ),
    NumberBins("duration_months", (8, 15, 23, 35, 44)),
    CategoryBins(
        "credit_history",
        (("delayed", "critical"), ("no_credits",), ("existing_paid",), ("all_paid_here",)),
    ),
    CategoryBins(
        "purpose",
        (
            ("others",),
            ("car_new",),
            ("car_used", "radio_television", "appliances"),
            ("furniture",),
            ("repairs",),
            ("vacation", "retraining", "business"),
        ),
    ),
    NumberBins("amount_dm", (1400, 1800, 4000, 9200)),
    CategoryBins(
        "savings",
        (("unknown_or_none",), ("under_100",), ("under_500", "under_1000"), ("from_1000",)),
    ),
    CategoryBins(
        "employment",
        (
            ("unemployed", "under_1_year"),
            ("under_4_years",),
            ("under_7_years",),
            ("from_7_years",),
        ),
    ),
    CategoryBins(
        "instalment_rate",
        (("from_35_percent", "from_25_percent"), ("from_20_percent",), ("under_20_percent",)),
    ),
    CategoryBins("other_plans", (("none",), ("bank", "stores"))),
    CategoryBins("housing", (("free",), ("rent",), ("own",))),
)


def train(rows: Sequence[g.CreditRow], features: Sequence[Bins] = FEATURES) -> Scorecard:
    """Fit a scorecard.

    Args:
        rows: applications with known outcome; both outcomes must occur.
        features: how each feature is cut.

    Raises:
        InvalidInput: a protected attribute among the features, an unknown feature, a value that
            no bin holds, or rows of one outcome only.
    """
    refuse_protected(bins.name for bins in features)
    unknown = [bins.name for bins in features if bins.name not in g.COLUMNS]
    if unknown or not features:
        raise InvalidInput(f"no columns of the data: {', '.join(unknown) or 'none given'}")
    good = np.array([row.outcome is g.Outcome.GOOD for row in rows], dtype=np.float64)
    if not 0 < good.sum() < len(rows):
        raise InvalidInput("training needs rows of both outcomes")

    index = _bin_indices(rows, features)
    evidence = [
        _weights_of_evidence(index[:, i], good, _count(bins)) for i, bins in enumerate(features)
    ]
    design = np.column_stack(
        [np.ones(len(rows)), *(woe[index[:, i]] for i, woe in enumerate(evidence))]
    )
    coefficients = _logistic_regression(design, good)
    parts = [weight * woe for weight, woe in zip(coefficients[1:], evidence, strict=True)]
    return _scale(features, parts)


def auc_bps(scores: Sequence[int], good: Sequence[bool]) -> int:
    """Return the area under the ROC curve in basis points: P(score of a good > of a bad).

    Ties count half. Exact in integers, rounded down.
    """
    goods = np.sort(np.array([s for s, g_ in zip(scores, good, strict=True) if g_]))
    bads = np.array([s for s, g_ in zip(scores, good, strict=True) if not g_])
    below = np.searchsorted(goods, bads, side="left")
    up_to = np.searchsorted(goods, bads, side="right")
    twice_wins = int((2 * (len(goods) - up_to) + (up_to - below)).sum())
    return twice_wins * 10_000 // (2 * len(goods) * len(bads))


def train_bundled() -> str:
    """Train on the bundled data and return the text of the model file."""
    rows = g.load_german_credit()
    model = train(rows)
    held_out: list[int] = []
    outcomes: list[bool] = []
    for fold in range(FOLDS):
        fitted = train([row for row in rows if row.number % FOLDS != fold])
        for row in rows:
            if row.number % FOLDS == fold:
                held_out.append(fitted.score(row))
                outcomes.append(row.outcome is g.Outcome.GOOD)
    model.training.update(
        data="Statlog (German Credit Data), Hofmann 1994, UCI, doi:10.24432/C5NC77",
        data_sha256=sha256(g.dump_rows(rows).encode()).hexdigest(),
        rows=len(rows),
        auc_bps_training=auc_bps(
            [model.score(row) for row in rows], [row.outcome is g.Outcome.GOOD for row in rows]
        ),
        auc_bps_cross_validated=auc_bps(held_out, outcomes),
        excluded_protected=sorted(PROTECTED_ATTRIBUTES),
        command="python -m zkcredit.scoring.training",
    )
    return json.dumps(model.to_json(), indent=2) + "\n"


def _count(bins: Bins) -> int:
    return len(bins.groups) if isinstance(bins, CategoryBins) else len(bins.upper_bounds) + 1


def _feature(bins: Bins, points: tuple[int, ...]) -> Feature:
    if isinstance(bins, CategoryBins):
        return CategoryFeature(bins.name, bins.groups, points)
    return NumberFeature(bins.name, bins.upper_bounds, points)


def _bin_indices(rows: Sequence[g.CreditRow], features: Sequence[Bins]) -> NDArray[np.int64]:
    # the scorecard's own binning, so that training and scoring cannot disagree at a boundary
    binners = [_feature(bins, (0,) * _count(bins)) for bins in features]
    return np.array([[f.bin(getattr(row, f.name)) for f in binners] for row in rows])


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
    """Newton's method; the half of a unit of ridge keeps separable folds finite."""
    ridge = 0.5 * np.eye(design.shape[1])
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
    # one point of slack per feature, because rounding to whole points may add up to that
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


def _main(arguments: list[str]) -> int:
    text = train_bundled()
    if arguments == ["--check"]:
        fresh = text == bundled_text()
        sys.stdout.write("fresh\n" if fresh else "stale: train again and commit\n")
        return 0 if fresh else 1
    target = Path(__file__).parent / "data" / "scorecard.json"
    target.write_text(text, "utf-8")
    sys.stdout.write(f"wrote {target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
