"""The bundled scorecard as a circuit is compiled from it.

``python -m zkcredit.scoring.circuit_table`` makes it from ``zkcredit/scoring/data/scorecard.json``;
it is formatted, a test compares it, and nobody edits it.
"""

from __future__ import annotations

from typing import Final

from zkcredit.gadgets.scorecard import CodeColumn, NumberColumn, ScoreTable

__all__ = ["BUNDLED_SCORECARD"]

BUNDLED_SCORECARD: Final = ScoreTable(
    base=300,
    model="29373043cc0a1ff4431476f8c2216d729df68805d53a4870ba195caad50f4ea3",
    columns=(
        CodeColumn(
            name="checking_account",
            names=("from_200_or_salary", "none", "overdrawn", "under_200"),
            points=(79, 0, 17, 48),
        ),
        NumberColumn(
            name="duration_months", upper_bounds=(8, 15, 23, 35, 44), points=(95, 59, 37, 43, 24, 0)
        ),
        CodeColumn(
            name="credit_history",
            names=("all_paid_here", "critical", "delayed", "existing_paid", "no_credits"),
            points=(69, 0, 0, 40, 40),
        ),
        CodeColumn(
            name="purpose",
            names=(
                "appliances",
                "business",
                "car_new",
                "car_used",
                "furniture",
                "others",
                "radio_television",
                "repairs",
                "retraining",
                "vacation",
            ),
            points=(25, 22, 70, 25, 52, 13, 25, 0, 22, 22),
        ),
        NumberColumn(
            name="amount_dm", upper_bounds=(1400, 1800, 4000, 9200), points=(48, 81, 61, 33, 0)
        ),
        CodeColumn(
            name="savings",
            names=("from_1000", "under_100", "under_1000", "under_500", "unknown_or_none"),
            points=(38, 5, 44, 44, 0),
        ),
        CodeColumn(
            name="employment",
            names=("from_7_years", "under_1_year", "under_4_years", "under_7_years", "unemployed"),
            points=(29, 0, 17, 36, 0),
        ),
        CodeColumn(
            name="instalment_rate",
            names=("from_20_percent", "from_25_percent", "from_35_percent", "under_20_percent"),
            points=(18, 28, 28, 0),
        ),
        CodeColumn(name="other_plans", names=("bank", "none", "stores"), points=(0, 19, 0)),
        CodeColumn(name="housing", names=("free", "own", "rent"), points=(2, 0, 19)),
    ),
)
