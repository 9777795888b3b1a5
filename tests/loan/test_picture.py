"""Pictures in text: every row has its line, its bar and its figures."""

from __future__ import annotations

import pytest
from support.loan.table_cases import monthly

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import TableProduct, picture_in_text, picture_of_offer, read_offer
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


# --- beside a refusal -------------------------------------------------------------------------

OFFER = {
    "schedule": {"kind": "consumer", "rate": "24", "months": 3},
    "policy": {"min_score": 600},
    "min_principal": 10_000,
    "max_principal": 100_000,
    "token": "0x" + "ab" * 20,
    "currency": 978,
}
MONTH = 30 * 86_400


def rows(*parts):
    """An offer of rows a month apart: kind, rate in 10^-9, and share."""
    listed = [[(k + 1) * MONTH, rate, kind, share] for k, (kind, rate, share) in enumerate(parts)]
    return OFFER | {"schedule": {"kind": "rows", "rows": listed}}


def test_an_offer_that_is_accepted_has_the_picture_of_its_product():
    first, *others = picture_of_offer(OFFER, 10).split("\n")
    assert first == "What a loan of 1000.00 EUR would ask for:"
    assert others == picture_in_text(read_offer(OFFER), 100_000, 10).split("\n")


@pytest.mark.parametrize(
    "offer",
    [
        {**OFFER, "grace": 60},
        {**OFFER, "late_fee": 5, "late_fee_cap": 4},
        {**OFFER, "burden": "level", "schedule": {"kind": "consumer", "rate": "24", "weeks": 9}},
        rows(("REST", 10**7, 0), ("REST", 10**7, 0)),
        rows(("SHARE", 10**7, 6 * 10**8), ("SHARE", 0, 5 * 10**8), ("REST", 0, 0)),
        rows(("LEVEL", 10**7, 0), ("LEVEL", 10**7, 0)),
        rows(*[("LEVEL", 10**7, 0)] * 120, ("REST", 0, 0)),
        rows(("REST", 1 << 48, 0)),
        rows(("DEFER", 5 * 10**9, 0), ("REST", 5 * 10**9, 0)) | {"late_fee": 1},
    ],
)
def test_what_is_refused_is_drawn(offer):
    with pytest.raises(InvalidInput):
        read_offer(offer)
    drawn = picture_of_offer(offer, 10)
    count = len(offer["schedule"].get("rows", ())) or offer["schedule"].get("weeks", 3)
    assert len(drawn.split("\n")) == 2 + count
    assert "1000.00 EUR" in drawn


def test_a_loan_that_rounding_spoils_is_the_one_that_is_drawn():
    offer = {**OFFER, "min_principal": 1}
    with pytest.raises(InvalidInput):
        read_offer(offer)
    assert picture_of_offer(offer, 10).startswith("What a loan of 0.01 EUR")


@pytest.mark.parametrize(
    "offer",
    [
        {},
        [],
        {"schedule": OFFER["schedule"]},
        {**OFFER, "max_principal": 0},
        {**OFFER, "max_principal": "5"},
        {**OFFER, "max_principal": 1 << 48},
        {**OFFER, "currency": -1},
        {**OFFER, "schedule": {}},
        {**OFFER, "schedule": {"kind": "consumer", "rate": "-1", "months": 3}},
        {**OFFER, "schedule": {"kind": "consumer", "rate": "24", "months": None}},
        {**OFFER, "schedule": {"kind": "season", "rate": "24", "shares": ["50"], "months": 3}},
        {**OFFER, "schedule": {"kind": "rows", "rows": []}},
        {**OFFER, "schedule": {"kind": "rows", "rows": [["1", 1, "REST", 0]]}},
        rows(("DEFER", 0, 0)),
        rows(("REST", 1 << 64, 0)),
        rows(("REST", (1 << 64) - 1, 0)),
    ],
)
def test_what_does_not_say_enough_has_no_picture(offer):
    assert picture_of_offer(offer) is None


@pytest.mark.parametrize(
    ("width", "error"), [(9, OutOfRange), (201, OutOfRange), ("9", InvalidInput)]
)
def test_a_picture_of_an_offer_has_a_width(width, error):
    with pytest.raises(error):
        picture_of_offer(OFFER, width)
