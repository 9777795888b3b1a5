"""Both sides of the edge of each condition that the signed and the encrypted statement share."""

from __future__ import annotations

from typing import Any

Edge = tuple[str, dict[str, Any], dict[str, Any]]


def shared_edges(score: str) -> list[Edge]:
    """(gadget, inside, outside) for the strict policy of the cases; `score` is the field's name."""
    return [
        ("score", {score: 600}, {score: 599}),
        ("score", {score: 850}, {score: 851}),
        ("score", {"min_score": 700, "max_score": 700}, {"min_score": 701}),
        ("coverage", {"coverage_bps": 60_000}, {"coverage_bps": 60_001}),
        (
            "coverage",
            {"coverage_bps": 60_000, "monthly_expenses": 120_000},
            {"coverage_bps": 60_000, "monthly_expenses": 120_001},
        ),
        (
            "coverage",
            {"coverage_bps": 1, "instalment": 0, "monthly_expenses": 270_000},
            {"coverage_bps": 1, "instalment": 0, "monthly_expenses": 270_001},
        ),
        ("debt_to_income", {"max_dti_bps": 1834}, {"max_dti_bps": 1833}),
        (
            "debt_to_income",
            {"max_dti_bps": 2000, "monthly_debt_service": 35_000},
            {"max_dti_bps": 2000, "monthly_debt_service": 35_001},
        ),
        ("delinquencies", {"delinquencies_24m": 2}, {"delinquencies_24m": 3}),
    ]
