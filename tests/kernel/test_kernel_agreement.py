"""The units on some of the vectors of benchmarks/kernel_agreement.py; a million are recorded."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.kernel.kernel_cases import units_here

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "kernel_agreement.py"
RECORD = ROOT / "benchmarks" / "results" / "kernel_agreement.json"


@cache
def agreement() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, SCRIPT, "--json", "--count", "300"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    results: dict[str, Any] = json.loads(done.stdout)["results"]
    return results


@pytest.mark.slow
def test_every_unit_computes_the_same_bits() -> None:
    results = agreement()
    for name, row in results.items():
        assert row["same"], name
        assert row["units"] == len(units_here())
        assert row["vectors"] >= 300


@pytest.mark.slow
def test_the_record_shows_a_million_of_each_by_every_unit_it_names() -> None:
    record = json.loads(RECORD.read_text())
    recorded = record["results"]
    assert recorded.keys() == agreement().keys()
    named = record["claim"].partition(":")[0].split(", ")
    for name, row in recorded.items():
        assert row["same"], name
        assert row["units"] == len(named)
        assert row["vectors"] >= 10**6


def test_one_different_bit_is_noticed() -> None:
    specification = importlib.util.spec_from_file_location("kernel_agreement", SCRIPT)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        specification.loader.exec_module(module)
    finally:
        sys.path.remove(str(SCRIPT.parent))
    row = {"vectors": 5, "digest": "aa"}
    for other in ({"mul": {**row, "digest": "ab"}}, {"mul": {**row, "vectors": 4}}, {}):
        found = module.compared({"ifma": {"mul": row}, "adx": {"mul": row}, "portable": other})
        assert found["mul"]["same"] is False
    assert module.compared({"adx": {"mul": row}, "portable": {"mul": row}})["mul"]["same"]
