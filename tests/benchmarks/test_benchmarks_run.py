"""Each benchmark runs and prints the document that its readers expect; no time is asserted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
TIMES = ["min_ms", "median_ms", "max_ms"]
DEPLOYED = {"deploy_verifier", "deploy_registry", "deploy_gate", "deploy_market"}
LIVED = {
    "post_root", "publish_product", "apply", "fund_part", "fund_rest_and_release", "draw",
    "repay_first_row", "repay_row", "holiday", "prepay", "settle", "withdraw", "mark_default",
    "repay_after_default",
}  # fmt: skip


def _run(claim: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, BENCHMARKS / f"{claim}.py", *arguments],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def _results(claim: str, *arguments: str) -> dict[str, Any]:
    done = _run(claim, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document.keys() == {"claim", "machine", "results"}
    # the class of machine, and nothing that tells whose it is
    assert document["machine"].keys() == {
        "cpu", "processors", "load", "kernel", "python", "date"
    }  # fmt: skip
    assert document["machine"]["kernel"]
    results: dict[str, Any] = document["results"]
    for times in results.values():
        if isinstance(times, dict) and "verdicts" not in times:
            assert list(times) == TIMES
            assert 0 < times["min_ms"] <= times["median_ms"] <= times["max_ms"]
    return results


@pytest.mark.slow
def test_prove_reports_every_way_to_a_proof() -> None:
    results = _results("prove", "--repeat", "1", "--threads", "1")
    assert results["threads"] == 1
    assert {
        "prove", "prove_one_thread", "witness", "witness_and_check", "dev_setup",
        "whole_process_from_files",
    } <= results.keys()  # fmt: skip


@pytest.mark.slow
def test_witness_reports_the_parts_and_their_slow_twins() -> None:
    results = _results("witness", "--repeat", "9")
    assert {"assign", "tape", "with_check_of_constraints"} <= results.keys()
    assert results["tape"]["min_ms"] < results["tape_in_python"]["min_ms"]


def test_start_reports_imports_and_help() -> None:
    results = _results("start", "--repeat", "1")
    assert {"import_zkcredit", "help", "loan_help", "version", "import_alone_ms"} < results.keys()
    assert results["python"]["min_ms"] < results["help"]["min_ms"]


def test_the_recorded_import_takes_less_than_60_ms() -> None:
    """The record was made by a command; nothing is timed here."""
    records = sorted((BENCHMARKS / "results").rglob("start.json"))
    assert records
    for record in records:
        results = json.loads(record.read_text())["results"]
        assert 0 < results["import_alone_ms"] < 60
        assert results["help"]["min_ms"] > results["import_zkcredit"]["min_ms"]


@pytest.mark.slow
def test_verify_compares_with_the_slow_twin() -> None:
    results = _results("verify", "--repeat", "2")
    assert results["native"]["min_ms"] < results["py_ecc"]["min_ms"]


@pytest.mark.slow
def test_gas_of_a_verification_stays_under_its_limit() -> None:
    results = _results("gas")
    # the proof for the widest inputs has next to no zero byte, that of a borrower a few
    assert 0 < results["verify_eligibility"] < results["verify_5_inputs"] <= 247_000
    assert results["verify_5_inputs"] < results["apply"]
    assert results.keys() >= DEPLOYED | LIVED
    assert results["ledger_batch_verification"] <= 62_000
    assert results["ledger_batch_entry_new"] <= 110_000
    assert results["ledger_batch_entry_replaced"] <= 95_000
    for name in ("first", "of_another_issuer", "replaced", "replaced_again"):
        assert results[f"ledger_entry_{name}"] <= 340_000
    for name in ("first", "replaced"):
        assert results[f"ledger_entry_alone_{name}"] <= 340_000
    assert results["verify_ledger_eligibility"] <= 270_000


@pytest.mark.slow
@pytest.mark.node
def test_verifier_agreement_counts_what_each_verifier_said() -> None:
    few = ["--mutants", "1", "--step", "900", "--slow", "900", "--circuit", "eligibility"]
    found = _results("verifier_agreement", *few)["eligibility"]
    assert set(found["faults"].values()) == {0}
    assert found["verdicts"]["py_evm"] == found["verdicts"]["anvil"]
    assert found["snarkjs_accepts_though_damaged"]["structured: word + q"] == 8


@pytest.mark.slow
@pytest.mark.parametrize(
    ("claim", "arguments"),
    [
        ("prove", ["--fast"]),
        ("prove", ["--repeat", "0"]),
        ("prove", ["--threads", "-1"]),
        ("start", ["--repeat", "0"]),
        ("verify", ["--repeat", "many"]),
        ("witness", ["--threads", "2"]),
        ("gas", ["--repeat", "2"]),
        ("verifier_agreement", ["--step", "0"]),
        ("verifier_agreement", ["--circuit", "scores"]),
    ],
)
def test_unusable_options_are_usage_errors(claim: str, arguments: list[str]) -> None:
    done = _run(claim, *arguments)
    assert done.returncode == 2
    assert done.stdout == ""


@pytest.mark.slow
def test_a_reader_gets_a_table() -> None:
    shown = _run("witness", "--repeat", "1").stdout
    assert shown.startswith("eligibility: witness by tape\n")
    assert "median ms" in shown
    assert "tape in python" in shown


@pytest.mark.slow
@pytest.mark.node
def test_ceremonies_are_verified_by_both_tools() -> None:
    few = _results("ceremonies", "--rows", "20", "--contributions", "3")
    assert (few["contributions"], few["domain"], few["turns"]) == (3, 32, 1)
    assert all(few[f"{name}_ms"] > 0 for name in (
        "zkcredit_both_phases", "snarkjs_zkey_verify", "snarkjs_powersoftau_verify",
    ))  # fmt: skip


@pytest.mark.slow
def test_throughput_reports_one_after_another_many_and_a_cluster() -> None:
    done = _run("throughput", "--json", "--repeat", "1")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert results["proofs_in_a_run"] == 20 * results["processors"]
    for way in ("in_turn", "prove_many", "dask"):
        row = results[way]
        assert row.keys() == {"proofs_a_second", "best", "a_processor", "ms_each"}
        assert 0 < row["a_processor"] <= row["proofs_a_second"] <= row["best"]


@pytest.mark.slow
def test_scaling_times_the_first_read_of_a_key() -> None:
    done = _run("scaling", "--json", "--repeat", "1", "--sizes", "10")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)["results"]["2^10"]
    assert {"first_read_s", "dev_setup_s", "min_ms", "peak_mib"} <= row.keys()
    assert row["first_read_s"] >= 0


@pytest.mark.slow
def test_index_loans_tells_of_growth_and_of_each_view() -> None:
    done = _run("index_loans", "--json", "--loans", "40")
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    pieces = [results[f"to_{loans}_loans"] for loans in range(4, 41, 4)]
    assert [one["events"] for one in pieces] == sorted(one["events"] for one in pieces)
    assert pieces[-1]["events"] > 10 * results["loans"]
    assert {
        "overview_s",
        "loans_s",
        "loan_s",
        "portfolio_s",
        "impact_s",
        "index_s",
    } < results.keys()


@pytest.mark.slow
def test_page_readers_tells_of_errors_times_and_memory() -> None:
    few = ["--readers", "3", "--seconds", "2", "--loans", "20"]
    results = _results("page_readers", *few)
    assert (results["errors"], results["sums_unequal"]) == (0, 0)
    assert results["blocks"] > 0
    assert 0 < results["page_median_ms"] <= results["page_p99_ms"] <= results["page_most_ms"]
    assert 0 < results["movement_seen_median_s"] <= results["movement_seen_most_s"]
    assert 0 < results["last_mib"] <= results["most_mib"]


@pytest.mark.slow
def test_page_story_sees_every_movement_and_compares_every_sum() -> None:
    results = _results("page_story")
    assert results["blocks_seen"] == results["blocks_with_movements"] > 100
    assert results["movements"] == results["sums_compared"] > 100
    assert (results["sums_unequal"], results["sums_unknown"]) == (0, 0)
