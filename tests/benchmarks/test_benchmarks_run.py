"""Each benchmark runs and prints the document that its readers expect; no time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"


def _run(claim: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCHMARKS / f"{claim}.py", *arguments],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def _results(claim: str) -> dict[str, Any]:
    done = _run(claim, "--json", "--repeat", "1", "--threads", "1")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["machine"]["kernel"]
    results: dict[str, Any] = document["results"]
    return results


def test_prove_reports_proof_witness_and_setup() -> None:
    results = _results("prove")
    assert {"prove", "prove_one_thread", "witness"} <= results.keys()
    assert results["dev_setup_ms"] > 0
    assert results["prove"]["min_ms"] <= results["prove"]["max_ms"]


def test_witness_reports_the_parts() -> None:
    assert {"assign_only", "tape", "tape_and_constraints"} <= _results("witness").keys()


@pytest.mark.slow
def test_verify_compares_with_the_slow_twin() -> None:
    results = _results("verify")
    assert results["native"]["median_ms"] < results["py_ecc"]["median_ms"]


@pytest.mark.slow
def test_gas_of_a_verification_stays_under_its_limit() -> None:
    results = _results("gas")
    assert 0 < results["verify_5_inputs"] <= 247_000
    assert {"apply", "fund_and_release", "repay_instalment", "settle"} <= results.keys()


@pytest.mark.parametrize("claim", ["prove", "verify", "witness", "gas"])
def test_unknown_options_are_usage_errors(claim: str) -> None:
    assert _run(claim, "--fast").returncode == 2


def test_text_output_names_the_claim() -> None:
    assert _run("witness", "--repeat", "1").stdout.startswith("eligibility: witness by tape\n")
