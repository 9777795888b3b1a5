"""Notations of people become exact integers or are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.units import iso_table

from zkcredit import units
from zkcredit.errors import InvalidInput, OutOfRange


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [
        ("0", "EUR", 0),
        ("1234.5", "EUR", 123450),
        ("1234.50", "USD", 123450),
        ("-0.01", "EUR", -1),
        ("100", "JPY", 100),
        ("1.000", "KWD", 1000),
        (7, "EUR", 700),
        ("3.00", "JPY", 3),
    ],
)
def test_amounts_become_minor_units_exactly(text, code, expected):
    assert units.minor_units(text, code) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        " 1",
        "1 ",
        "1,5",
        "1_000",
        "1e3",
        "NaN",
        "Infinity",
        "0x1",
        ".5",
        "5.",
        "١",
        "1.001",
        "--1",
    ],
)
def test_other_notations_are_refused(text):
    with pytest.raises(InvalidInput):
        units.minor_units(text, "EUR")


@pytest.mark.parametrize("value", [1.5, True, None, b"1"])
def test_floats_and_strangers_are_refused(value):
    with pytest.raises(InvalidInput):
        units.minor_units(value, "EUR")


@pytest.mark.parametrize("code", ["eur", "ZZZ", "", None, 978, []])
def test_unknown_currencies_are_refused(code):
    with pytest.raises(InvalidInput):
        units.currency(code)


def test_a_currency_in_small_letters_is_suggested():
    with pytest.raises(InvalidInput, match="did you mean CNY"):
        units.currency("cny")
    with pytest.raises(InvalidInput, match="three letters of ISO 4217"):
        units.currency("yuan")


def test_the_table_is_that_of_iso_4217():
    # otherwise: python -m support.units.iso_table, in tests/
    assert iso_table.HOME.read_text() == iso_table.table()
    assert len(units.CURRENCIES) > 160
    assert units.CURRENCIES["CNY"] == units.Currency("CNY", 156, 2)


# gold, no currency, for tests, special drawing rights: codes of ISO 4217 beside those of currencies
# (its code for "no currency" is three X; it marks no unfinished work)
@pytest.mark.parametrize("code", ["XAU", 3 * "X", "XTS", "XDR"])
def test_what_has_no_minor_unit_is_not_a_currency(code):
    with pytest.raises(InvalidInput):
        units.currency(code)


@pytest.mark.parametrize(
    ("code", "text", "amount"),
    [("CLP", "1234", 1234), ("IQD", "0.001", 1), ("UYW", "1.2345", 12_345), ("CNY", "8.05", 805)],
)
def test_every_minor_unit_is_its_own(code, text, amount):
    assert units.minor_units(text, code) == amount
    assert units.money_in_words(amount, units.CURRENCIES[code].number) == f"{text} {code}"


@pytest.mark.parametrize("code", units.CURRENCIES)
def test_money_in_words_and_back(code):
    known = units.CURRENCIES[code]
    for amount in (0, 1, 10**known.exponent, 123_456_789):
        text, shown = units.money_in_words(amount, known.number).split()
        assert (units.minor_units(text, code), shown) == (amount, code)
    assert 0 < known.number < 1000


def test_the_table_is_consistent_and_read_only():
    numbers = [entry.number for entry in units.CURRENCIES.values()]
    assert len(set(numbers)) == len(numbers)
    assert list(units.CURRENCIES) == sorted(units.CURRENCIES)
    assert all(code == entry.code for code, entry in units.CURRENCIES.items())
    with pytest.raises(TypeError):
        units.CURRENCIES["ZZZ"] = units.Currency("ZZZ", 999, 0)


@pytest.mark.parametrize(
    ("text", "expected"), [("4.5", 450), ("0.01", 1), ("150", 15_000), (1, 100)]
)
def test_per_cent_become_basis_points(text, expected):
    assert units.basis_points(text) == expected


def test_finer_than_a_basis_point_is_refused():
    with pytest.raises(InvalidInput):
        units.basis_points("0.001")


@given(st.integers(0, units.MAX_TIME))
def test_times_survive_a_round_trip(seconds):
    assert units.parse_time(units.format_time(seconds)) == seconds


@pytest.mark.parametrize("seconds", [-1, units.MAX_TIME + 1])
def test_times_that_cannot_be_written_are_refused(seconds):
    with pytest.raises(OutOfRange):
        units.format_time(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T18:00:00",
        "2026-11-23T18:00:00+00:00",
        "2026-11-23 18:00:00Z",
        "2026-11-23T18:00:00.0Z",
        "2026-13-23T18:00:00Z",
        "2026-02-30T18:00:00Z",
        "2026-11-23T24:00:00Z",
        "1969-12-31T23:59:59Z",
        "２026-11-23T18:00:00Z",
        None,
    ],
)
def test_other_times_are_refused(text):
    with pytest.raises(InvalidInput):
        units.parse_time(text)
