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


def test_the_readme_quotes_the_results(page) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for text in page.quoted():
        assert text in readme, f"README.md lacks: {text}"
