"""Lists of loans read about as many rows as they show, however many loans there are."""

from __future__ import annotations

import sqlite3

import pytest
from support.chain.loan_chains import MARKET_AT

from zkcredit.chain.index.loan_lists import numbers_of, states_of
from zkcredit.chain.index.loan_tables import TABLES

PRODUCT = "0xE000"
STEPS = 1_000  # of SQLite's machine, between two counts


class Counting:
    """A database of the projection's tables that counts what SQLite does."""

    def __init__(self, loans, states):
        self.database = sqlite3.connect(":memory:")
        for table in TABLES:
            self.database.execute(table)
        self.database.executemany(
            f"INSERT INTO loans_applications VALUES ({', '.join('?' * 12)})",
            (
                (3, number, MARKET_AT, number, PRODUCT, "0xC0", "1", 500, 1, 77, 10**10, 1)
                for number in range(1, loans + 1)
            ),
        )
        self.database.executemany(
            f"INSERT INTO loans_states VALUES ({', '.join('?' * 11)})",
            (
                (3 + at, number, MARKET_AT, number, "released", PRODUCT, b"", 0, 500,
                 "repaid" if at == states - 1 and number % 100 else "active", 1)
                for at in range(states)
                for number in range(1, loans + 1)
            ),
        )  # fmt: skip
        self.steps = 0
        self.database.set_progress_handler(self._count, STEPS)

    def _count(self):
        self.steps += STEPS
        return 0

    def ask(self, query, *values):
        return self.database.execute(query, values).fetchall()


@pytest.fixture(scope="module")
def counting():
    return Counting(4_000, 6)


@pytest.mark.parametrize(
    ("state", "below", "first", "most"),
    [
        ("", 1 << 62, 4_000, 10_000),
        ("", 100, 99, 10_000),
        ("repaid", 1 << 62, 3_999, 50_000),
        ("repaid", 2_000, 1_999, 50_000),
        ("active", 1 << 62, 4_000, 2_000_000),  # one of a hundred
        ("defaulted", 1 << 62, None, 2_000_000),  # none: all are read once
    ],
)
def test_a_page_of_loans(counting, state, below, first, most):
    before = counting.steps
    found = numbers_of(counting, MARKET_AT, 5, state=state, below=below, most=30)
    assert (found[0] if found else None) == first
    assert found == sorted(found, reverse=True)
    assert counting.steps - before <= most


def test_states_are_counted_in_one_pass(counting):
    before = counting.steps
    rows = states_of(counting, MARKET_AT, 5)
    assert rows == [("active", PRODUCT, 40, 20_000), ("repaid", PRODUCT, 3_960, 1_980_000)]
    assert counting.steps - before < 3_000_000
