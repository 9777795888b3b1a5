"""A record is replaced by a whole one only, and never by that of another class of machine."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHOLE = {"claim": "c", "machine": {}, "results": {}}


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "record", raising=False)
    import record

    (tmp_path / "results").mkdir()
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setattr(record, "SCRIPTS", tmp_path)
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    return record


def best(record, monkeypatch: pytest.MonkeyPatch, *units: str) -> None:
    monkeypatch.setattr(record, "units_here", lambda: units)


def script(record, text: str) -> None:
    (record.SCRIPTS / "prove.py").write_text(text)


PRINTS = f"print({json.dumps(WHOLE)!r})"


def test_each_class_of_machine_has_its_folder(record, monkeypatch) -> None:
    script(record, PRINTS)
    best(record, monkeypatch, "ifma", "avx2", "portable")
    assert record.record("prove")
    first = (record.RESULTS / "prove.json").read_bytes()
    best(record, monkeypatch, "avx2", "adx", "portable")
    assert record.record("prove")
    assert record.record("prove:portable")
    assert (record.RESULTS / "prove.json").read_bytes() == first
    kept = sorted(str(path.relative_to(record.RESULTS)) for path in record.RESULTS.rglob("*.*"))
    assert kept == ["avx2/prove-portable.json", "avx2/prove.json", "prove.json"]


@pytest.mark.parametrize("claim", ["gas", "scorecard"])
def test_what_is_the_same_everywhere_has_one_place(record, claim: str) -> None:
    assert record.place(claim, "", "portable") == record.RESULTS / f"{claim}.json"


def test_a_unit_is_forced(record, monkeypatch) -> None:
    script(
        record,
        "import os; print(os.environ['ZKCREDIT_KERNEL'] and " + repr(json.dumps(WHOLE)) + ")",
    )
    best(record, monkeypatch, "ifma", "avx2")
    assert record.record("prove:avx2")
    assert not record.record("prove")


@pytest.mark.parametrize("unit", ["ifma", "adx"])
def test_a_unit_that_adds_nothing_is_left_out(record, monkeypatch, capsys, unit: str) -> None:
    script(record, PRINTS)
    best(record, monkeypatch, "ifma", "avx2")
    assert record.record(f"prove:{unit}")
    assert "left out" in capsys.readouterr().out
    assert not list(record.RESULTS.iterdir())


@pytest.mark.parametrize(
    "text",
    [
        "import sys; print('{}'); sys.exit(1)",
        f"import sys; print({json.dumps(WHOLE)!r}); sys.exit(1)",
        f"print({json.dumps(WHOLE)!r}[:-3])",
        "print()",
        "print([])",
        "print('{\"claim\": 1}')",
    ],
)
def test_a_script_that_fails_leaves_the_old_record(record, monkeypatch, text: str) -> None:
    best(record, monkeypatch, "avx2")
    script(record, PRINTS)
    assert record.record("prove")
    before = (record.RESULTS / "avx2" / "prove.json").read_bytes()
    script(record, text)
    assert not record.record("prove")
    assert [path.read_bytes() for path in (record.RESULTS / "avx2").iterdir()] == [before]


@pytest.mark.parametrize("name", ["none", "prove:none", "../x"])
def test_an_unknown_name_is_refused(record, name: str) -> None:
    script(record, PRINTS)
    with pytest.raises(SystemExit, match="the script or the unit does not exist"):
        record.record(name)
