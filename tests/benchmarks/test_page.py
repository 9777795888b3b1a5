"""The page of figures says what the committed results say."""

from __future__ import annotations

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


@pytest.mark.parametrize("name", ["README", "CHECKS"])
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
