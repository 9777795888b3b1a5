"""Text for readers: money with its currency, times with their distance, tokens as money."""

from __future__ import annotations

import pytest

from zkcredit.cli.words import in_tokens, in_words, money, span, when

EUR, JPY = 978, 392
NOW = 1_790_000_000
DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"), (1, "1 second"), (59, "59 seconds"), (60, "1 minute"),
        (3_599, "59 minutes"), (3_600, "1 hour"), (DAY - 1, "23 hours"), (DAY, "1 day"),
        (30 * DAY + 5, "30 days"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_its_largest_whole_unit(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (NOW, "2026-09-21T14:13:20Z, now"),
        (NOW + 30 * DAY, "2026-10-21T14:13:20Z, in 30 days"),
        (NOW - 1, "2026-09-21T14:13:19Z, 1 second ago"),
        (0, "1970-01-01T00:00:00Z, 20717 days ago"),
        (1 << 40, "the end of time"),
        (-1, "the end of time"),
    ],
)
def test_a_time_has_its_date_and_its_distance(seconds: int, words: str) -> None:
    assert when(seconds, NOW) == words


def test_money_and_tokens() -> None:
    assert (money(80_000, EUR), money(80_000, JPY)) == ("800.00 EUR", "80000 JPY")
    assert money(5, 0) == "5 minor units"
    assert in_tokens(80_000 * 10**4, 10**4, EUR) == "800.00 EUR"
    assert in_tokens(138_704_000, 10**4, EUR) == "138.704 EUR"
    assert in_tokens(10**4 + 1, 10**4, EUR) == "0.010001 EUR"
    assert in_tokens(15, 10, JPY) == "1.5 JPY"
    for unit, currency in ((30_000, EUR), (0, EUR), (10**4, 0)):
        assert in_tokens(80_001, unit, currency) == "80001 base units of the token"


def test_a_result_is_told_by_the_names_of_its_parts() -> None:
    told = in_words(
        {
            "loan": 7, "principal": 50_000, "currency": EUR, "unit": 100, "tokens": "500",
            "next_due_at": NOW + DAY, "purpose": 1, "status": "active", "debt": None,
        },
        NOW,
    )  # fmt: skip
    assert told == {
        "loan": 7, "principal": "500.00 EUR", "tokens": "0.05 EUR", "debt": None,
        "next_due_at": "2026-09-22T14:13:20Z, in 1 day", "status": "active",
        "purpose": "seeds and seedlings (code 1)",
    }  # fmt: skip


def test_without_a_currency_nothing_is_money() -> None:
    """A balance of tokens and one of a loan have the same name."""
    result = {"balance": "500", "paid": 5, "unit": 100}
    assert in_words(result, NOW) == {"balance": "500", "paid": 5}
    assert in_words({"tokens": "7"}, NOW) == {"tokens": "7 base units of the token"}
