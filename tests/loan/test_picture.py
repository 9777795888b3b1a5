"""Pictures in text: every row has its line, its bar and its figures."""

from __future__ import annotations

import pytest
from support.loan.table_cases import monthly

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import TableProduct, picture_in_text
from zkcredit.policy import Policy


def product(kinds, shares=()):
    return TableProduct(
        monthly(kinds, shares=shares), Policy(), 1_000, 10**9, "0x" + "ab" * 20, currency=978
    )


def test_a_picture_of_a_moratorium():
    assert picture_in_text(product("DLLR"), 100_000, width=10).split("\n") == [
        "▒ interest  █ principal   due in days, amount, balance after it",
        " 30            adds 10.00 EUR 1010.00 EUR",
        " 60 ██████████     343.43 EUR  676.67 EUR",
        " 90 ██████████     343.43 EUR  340.01 EUR",
        "120 ██████████     343.41 EUR    0.00 EUR",
    ]


def test_bars_are_in_proportion():
    lines = picture_in_text(product("IIIR"), 100_000, width=100).split("\n")[1:]
    assert [line.count("▒") for line in lines] == [1, 1, 1, 1]
    assert [line.count("█") for line in lines] == [0, 0, 0, 99]
    lines = picture_in_text(product("SR", [5 * 10**8]), 100_000, width=102).split("\n")[1:]
    assert [len(line.split()[1]) for line in lines] == [102, 101]


def test_something_is_never_invisible():
    lines = picture_in_text(product("I" * 3 + "R"), 100_000, width=10).split("\n")[1:]
    assert lines[0].split()[1] == "█"


@pytest.mark.parametrize(
    ("principal", "width", "error"),
    [
        (100_000, 9, OutOfRange),
        (100_000, 201, OutOfRange),
        (100_000, 40.0, InvalidInput),
        (999, 40, OutOfRange),
        ("100000", 40, InvalidInput),
    ],
)
def test_pictures_that_cannot_be_are_refused(principal, width, error):
    with pytest.raises(error):
        picture_in_text(product("LLR"), principal, width)


def test_a_picture_needs_a_product():
    with pytest.raises(InvalidInput, match="product"):
        picture_in_text(product("LLR").table, 100_000)
