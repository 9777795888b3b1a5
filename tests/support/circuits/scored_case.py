"""The honest borrower of ``eligibility``, whose score a model computes from features."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.scoring import applicant, load_scorecard
from zkcredit.scoring.circuit_table import feature_values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.circuits.eligibility_case import Case

TABLE = BUNDLED_SCORECARD
MODEL = load_scorecard()
FEATURES = feature_values(TABLE, applicant(1))
POINTS = MODEL.score(applicant(1))


def scored_case(case: Case, features: Sequence[int] = FEATURES) -> dict[str, Any]:
    """The case with the features' hash signed in place of the score."""
    record = {**case.record, "score": TABLE.features_hash(features)}
    return {**replace(case, record=record).values(), "features": tuple(features)}
