"""The page of figures says what the committed results say."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    monkeypatch.delitem(sys.modules, "page", raising=False)
    import page

    return page


def test_the_page_is_fresh(page) -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page()


def test_the_chart_is_of_these_results(page) -> None:
    assert page.peers_digest() in page.CHART.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README", "CHECKS", "CONTRACTS"])
def test_a_text_has_what_the_results_say(page, name: str) -> None:
    path = getattr(page, name)
    text = path.read_text(encoding="utf-8")
    assert text == page.filled(text, page.PARTS[path]())


def test_an_old_figure_is_replaced(page) -> None:
    text = page.README.read_text(encoding="utf-8")
    assert page.filled(text.replace(" gas |", "1 gas |"), page.figures()) == text


@pytest.mark.parametrize("mark", ["FROM", "TO"])
def test_a_text_without_a_mark_is_refused(page, mark: str) -> None:
    text = page.README.read_text(encoding="utf-8").replace(getattr(page, mark), "")
    with pytest.raises(SystemExit, match="the text lacks <!-- "):
        page.filled(text, "")


def rows_of_two_units() -> dict[str, dict[str, float]]:
    """What ``peers.py`` records on a machine with two units."""
    medians = {"zkcredit ifma": 20, "zkcredit avx2": 50, "gnark": 100, "arkworks": 200}
    return {
        f"{work} {name}": {
            "min_ms": median - 1, "median_ms": median, "max_ms": median + 1,
            **{f"ratio_ifma_{of}": median / 20 for of in ("min", "median", "max")},
            **{f"ratio_avx2_{of}": median / 50 for of in ("min", "median", "max")},
        }
        for work in ("prove", "prove_eligibility", "verify")
        for name, median in medians.items()
    }  # fmt: skip


@pytest.fixture
def of_two_units(page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    shutil.copytree(page.RESULTS, tmp_path / "results")
    record = {
        "claim": "", "machine": {**page._load("peers")["machine"], "kernel": "ifma"},
        "results": {
            "threads": 2, "constraints": 11223, "eligibility_constraints": 8081,
            "peers": "gnark 0.15.0, arkworks 0.6.0", "left_out": "zksnake (no)",
            **rows_of_two_units(),
        },
    }  # fmt: skip
    for name in ("peers.json", "avx2/peers.json"):
        (tmp_path / "results" / name).write_text(json.dumps(record))
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results")
    return page


def test_the_page_compares_with_each_unit_of_the_record(of_two_units) -> None:
    text = of_two_units.page()
    assert "zkcredit, arkworks and gnark take turns on 2 threads." in text
    assert "`prove_eligibility` is the statement `eligibility` itself, with 8,081\n" in text
    assert "The versions are\ngnark 0.15.0, arkworks 0.6.0." in text
    assert "Left out on this machine: zksnake (no)." in text
    assert "|  | median | ratio to ifma | ratio to avx2 |" in text
    assert "| `prove`, gnark | 100 | 5.0 (5.0 to 5.0) | 2.0 (2.0 to 2.0) |" in text
    assert "| `prove`, zkcredit avx2 | 50.0 | 2.5 (2.5 to 2.5) | 1.0 (1.0 to 1.0) |" in text


def test_the_readme_compares_with_ifma_and_with_avx2(of_two_units) -> None:
    text = of_two_units.figures()
    assert "times as long as the AVX-512 IFMA kernel | gnark 5, arkworks 10 |" in text
    assert "times as long as the AVX2 kernel | gnark 2, arkworks 4 |" in text


def test_records_of_the_market_stand_on_the_page_when_they_exist(
    page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    assert page._market() == []
    machine = {"date": "2026-12-01", "cpu": "a processor", "processors": 2, "kernel": "ifma"}
    results = {key: 7 for key, _ in page.market_records._STORY}
    record = {"claim": "", "machine": machine, "results": results}
    (tmp_path / "page_story.json").write_text(json.dumps(record))
    title, table = page._market()
    assert "## The page of the loan story" in title
    assert "| movements | 7 |" in table
