"""How results of runs come into the record."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
import random_run
from parsers import PARSERS
from random_run import entries_of, put_into

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = {"inputs": 7, "seed": 1, "faults": [], "slowest_ms": 0.1, "said": {}}


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "fuzz.json"
    parsers = {"wtns": {"inputs": 1, "date": "2000-01-01"}, "gone": {"inputs": 2}}
    results = {
        "parsers": parsers,
        "guided_by_coverage": {"gone": 9, "wtns": 3},
        "kernel": {"tape": {}},
    }
    path.write_text(json.dumps({"claim": "c", "machine": {"cpu": "x"}, "results": results}))
    return path


def written(path: Path) -> Any:
    return json.loads(path.read_text())["results"]


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["random_run.py", *map(str, arguments)])
    random_run.main()


def test_new_entries_replace_old_ones_and_nothing_else(record: Path) -> None:
    put_into(record, {"wtns": ENTRY, "r1cs": ENTRY})
    results = written(record)
    assert results["parsers"] == {"r1cs": ENTRY, "wtns": ENTRY}  # "gone" is no parser any more
    assert list(results["parsers"]) == ["r1cs", "wtns"]  # in the table's order
    assert results["guided_by_coverage"] == {"wtns": 3}
    assert results["kernel"] == {"tape": {}}
    assert json.loads(record.read_text())["machine"] == {"cpu": "x"}


def test_results_of_other_runs_are_joined_with_their_dates(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, own = tmp_path / "other.json", tmp_path / "own.json"
    other.write_text(json.dumps({"machine": {"date": "2026-01-02"}, "results": {"proof": ENTRY}}))
    own.write_text(
        json.dumps({"machine": {}, "results": {"zkey": {**ENTRY, "date": "2026-03-04"}}})
    )
    assert entries_of(own)["zkey"]["date"] == "2026-03-04"
    call(monkeypatch, "--into", record, "--join", other, own, "--json")
    parsers = written(record)["parsers"]
    assert list(parsers) == ["wtns", "zkey", "proof"]
    assert parsers["proof"]["date"] == "2026-01-02"
    assert parsers["zkey"]["date"] == "2026-03-04"
    assert parsers["wtns"]["date"] == "2000-01-01"


def test_a_joined_fault_is_kept_and_told(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.json"
    results = {"proof": {**ENTRY, "faults": ["untyped KeyError"]}}
    bad.write_text(json.dumps({"machine": {}, "results": results}))
    with pytest.raises(SystemExit):
        call(monkeypatch, "--into", record, "--join", bad, "--json")
    assert written(record)["parsers"]["proof"]["faults"] == ["untyped KeyError"]


@pytest.mark.slow
def test_parsers_run_side_by_side(record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = ("--parser", "symbols", "--parser", "calldata")
    call(monkeypatch, "--jobs", "2", "--count", "20", *chosen, "--into", record, "--json")
    parsers = written(record)["parsers"]
    assert [name for name in PARSERS if name in parsers] == list(parsers)
    for name in ("symbols", "calldata"):
        assert parsers[name]["inputs"] == 20
        assert parsers[name]["faults"] == []
        assert sum(parsers[name]["said"].values()) == 20


def test_one_file_is_fed_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "fault"
    path.write_bytes(b"{")
    call(monkeypatch, "--parser", "proof", "--replay", path)
    assert capsys.readouterr().out == "proof MalformedFile\n"
