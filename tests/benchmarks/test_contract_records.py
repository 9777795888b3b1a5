"""The list of the contracts' recorded checks says what the record says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

sys.path.insert(0, str(BENCHMARKS))
try:
    import contract_records
    import long
finally:
    sys.path.remove(str(BENCHMARKS))

COUNTS = {
    "forge-ledger": ({"tests": 40, "cases": 20_000}, "20,000 cases"),
    "invariants-Town": (
        {"calls": 80_000, "calls of each": 40_000, "guided by coverage": 40_000},
        "80,000 calls, 40,000 of each invariant; coverage guided 40,000",
    ),
    "medusa": (
        {"calls": 300_000, "steps and invariants": 90, "faults found": 1},
        "300,000 calls; 90 steps and invariants hold; 1 fault of one that was put there is found",
    ),
    "contract-mutants-ledger": (
        {"mutants": 20, "killed": 9, "open": 1, "equivalent": 5, "the same code": 3, "x": 2},
        "9 of 10 are noticed; 8 more change nothing",
    ),
    "halmos-Loan": ({"properties": 8, "paths": 1_234}, "8 properties hold, on 1,234 paths"),
    "slither": ({"timestamp": 3, "unused-return": 2}, "5 findings, each reviewed"),
    "engine": (
        {"tables": 1_000, "tables refused": 20, "steps": 3_000, "steps refused": 2},
        "1,000 tables, of which 20 are refused, and 3,000 steps of loans: equal to the unit",
    ),
    "applicants": (
        {"applicants": 1_700, "accepted": 900},
        "1,700 applicants, 900 accepted, judged alike",
    ),
}


def entry(counts: dict[str, int]) -> dict[str, Any]:
    runs = [{"date": "2026-01-01", "cpu": "old", "commit": "a"}]
    runs += [{"date": "2026-02-03", "cpu": "some", "commit": "b"}]
    return {"rounds": 2, "of": 5, "counts": counts, "runs": runs}


@pytest.mark.parametrize("name", COUNTS)
def test_a_part_has_its_counts_in_words_and_its_last_run(name: str) -> None:
    counts, words = COUNTS[name]
    (line,) = contract_records.lines({"results": {name: entry(counts), "soak": entry({})}})
    assert line == (f"`{name}`", "2 of 5", words, "2026-02-03, some, commit b")


def test_every_rung_is_a_part_and_every_part_of_the_contracts_has_a_rung() -> None:
    for start in contract_records.RUNGS:
        assert any(name.startswith(start) for name in long.PARTS), start
    for name, part in long.PARTS.items():
        if part.work.startswith("support.contracts."):
            assert name.startswith(tuple(contract_records.RUNGS)), name
