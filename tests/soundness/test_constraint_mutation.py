"""Every constraint of a gadget is deleted and perturbed in turn, and somebody notices.

The recorded run (`benchmarks/results/constraint-mutation.json`) has every gadget; here are the
small ones, again.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.soundness.constraint_mutants import CASES, mutate_gadget

from zkcredit.circuits import circuit_names

RECORDED = json.loads(
    (Path(__file__).parents[2] / "benchmarks/results/constraint-mutation.json").read_text()
)["results"]
QUICK = (
    "range_check 16", "unpack", "is_zero", "assert_between", "assert_at_least", "assert_less",
    "assert_at_most_constant", "select", "gate", "assert_on_curve", "complete addition",
    "prime_order_point, to_edwards", "scorecard", "assert_score", "assert_coverage",
    "assert_currency", "assert_freshness",
)  # fmt: skip
SLOW = ("add_distinct", "signed_chain 12", "signed_windows 6")


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)]
)
def test_every_mutant_of_a_gadget_is_caught(name: str) -> None:
    score = mutate_gadget(name)
    assert score.missed == []
    assert score.tried == score.constraints
    assert sum(score.deleted.values()) == sum(score.perturbed.values()) == score.tried


@pytest.mark.parametrize("name", CASES)
def test_the_recorded_run_caught_every_mutant_of_every_gadget(name: str) -> None:
    row = RECORDED[name]
    assert (row["caught_percent"], row["missed"]) == (100, [])
    assert row["mutants"] == 2 * row["tried"] > 0
    assert row["constraints"] == CASES[name].circuit.system.n_constraints


def test_the_recorded_deletions_of_whole_statements() -> None:
    statements = [name for name in RECORDED if name.startswith("statement ")]
    assert len(statements) == len(circuit_names())
    assert all(RECORDED[name]["missed"] == [] for name in statements)
