"""Every payment is in the words, with its due, and equal ones share a line."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from support.loan.table_cases import DAY, level_product, monthly

from zkcredit.loan import disclose
from zkcredit.loan.disclosure import Payment
from zkcredit.loan.payment_words import days_in_words, payments_in_words

EUR, JPY = 978, 392


def test_a_level_loan_is_two_lines():
    costs = disclose(level_product(currency=EUR), 100_000)
    assert costs.payments_in_words() == (
        "11 payments of 88.85 EUR: every 30 days",
        "88.84 EUR after 360 days",
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([(184, 66_049), (245, 40_802)],
         ("660.49 EUR after 184 days", "408.02 EUR after 245 days")),
        ([(31, 5), (59, 5), (90, 6)], ("2 payments of 0.05 EUR: after 31 and 59 days",
                                       "0.06 EUR after 90 days")),
        ([(31, 5), (59, 5), (90, 5)], ("3 payments of 0.05 EUR: after 31, 59 and 90 days",)),
        ([(210, 9), (240, 9), (270, 9)],
         ("3 payments of 0.09 EUR: first after 210 days, then every 30 days",)),
        ([(1, 7)], ("0.07 EUR after 1 day",)),
        ([], ()),
    ],
)  # fmt: skip
def test_dues_in_words(given, words):
    assert payments_in_words([Payment(day * DAY, amount) for day, amount in given], EUR) == words


def test_a_currency_has_its_own_decimals_and_none_is_minor_units():
    one = [Payment(DAY, 1_200)]
    assert payments_in_words(one, JPY) == ("1200 JPY after 1 day",)
    assert payments_in_words(one, 0) == ("1200 minor units after 1 day",)


@pytest.mark.parametrize("pattern", ["D" * 6 + "L" * 11 + "R", "IIIIIR", "SSSR", "L" * 119 + "R"])
def test_the_lines_add_up_to_the_total(pattern):
    table = monthly(pattern, shares=(10**8, 10**8, 10**8)) if "S" in pattern else monthly(pattern)
    product = replace(level_product(currency=EUR), table=table, min_principal=100_000)
    costs = disclose(product, 100_000)
    total = 0
    for line in costs.payments_in_words():
        found = re.match(r"(?:(\d+) payments of )?(\d+)\.(\d\d) EUR", line)
        assert found is not None
        count, whole, cents = found.groups()
        total += int(count or 1) * (100 * int(whole) + int(cents))
    assert total == costs.total


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 days"), (DAY, "1 day"), (2 * DAY - 1, "1 day")]
)
def test_days_are_rounded_down(seconds, words):
    assert days_in_words(seconds) == words
