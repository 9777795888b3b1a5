"""Records of an index and of the page stand on the page of figures, when they exist."""

from __future__ import annotations

from typing import Any

import pytest
from support.scripts import script

RECORDS: Any = script("benchmarks/market_records.py")
GROWTH = {"events": 1_234, "seconds": 5.5, "peak_mib": 99, "file_mib": 7.5}
VIEWS = ("overview", "loans", "loans_in_default", "loan", "portfolio", "impact")
INDEX = {"loans": 20, "to_10_loans": GROWTH, "to_20_loans": GROWTH, "index_s": 11.0} | {
    f"{view}_s": 0.25 for view in VIEWS
}


def test_an_index_is_shown_as_it_grows() -> None:
    titles, rows = RECORDS.lines("index_loans", INDEX)
    assert all(len(row) == len(titles) for row in rows)
    assert rows[0] == ("10 loans", "1,234", "5.5", "99", "7.5")
    assert rows[-1] == ("then the page's impact, once", "", "0.25", "", "")


@pytest.mark.parametrize("name", ["page_readers", "page_story"])
def test_a_page_is_shown_with_all_its_figures(name: str) -> None:
    shown = RECORDS._READERS if name == "page_readers" else RECORDS._STORY
    titles, rows = RECORDS.lines(name, {key: 1_000 for key, _ in shown})
    assert len(titles) == 2
    assert [value for _, value in rows] == ["1,000"] * len(shown)
