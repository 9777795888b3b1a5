"""The codes of purposes: a table that never moves, and what is said about a code."""

from __future__ import annotations

from pathlib import Path

import pytest

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import PURPOSES, purpose_in_words

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "purposes.md"

KEPT = {
    1: "seeds and seedlings",
    7: "irrigation",
    9: "boats and nets",
    14: "stock of a shop",
    23: "building materials for sale or contracts",
    30: "purchase of a vehicle",
    33: "repair of a home",
    40: "a household's own needs",
}
"""Some rows, so that a row put between two others is noticed: chains keep the codes."""


def test_forty_codes_follow_one_another_and_no_words_repeat():
    assert [*PURPOSES] == [*range(1, 41)]
    assert all(code == found.code for code, found in PURPOSES.items())
    assert len({found.words for found in PURPOSES.values()}) == 40


def test_codes_keep_their_meaning():
    assert {code: PURPOSES[code].words for code in KEPT} == KEPT


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        PURPOSES[41] = PURPOSES[1]


def test_a_code_has_words_or_says_that_it_has_none():
    assert purpose_in_words(7) == "irrigation (code 7)"
    assert "does not say" in purpose_in_words(0)
    for code in (41, 65_535):
        assert purpose_in_words(code) == f"purpose {code}, which has no name"


@pytest.mark.parametrize(
    ("code", "error"),
    [(-1, OutOfRange), (65_536, OutOfRange), (True, InvalidInput), ("7", InvalidInput),
     (7.0, InvalidInput), (None, InvalidInput)],
)  # fmt: skip
def test_other_values_are_refused(code, error):
    with pytest.raises(error):
        purpose_in_words(code)


def test_the_page_has_the_table():
    rows = [f"| {one.code} | {one.sector} | {one.words} |" for one in PURPOSES.values()]
    found = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    assert found[2:] == rows
