"""Offers as JSON objects: each kind of schedule, and what is refused."""

from __future__ import annotations

import copy
from datetime import date
from typing import Any

import pytest

from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.history import HistoryTerms
from zkcredit.loan import (
    Burden,
    DayCount,
    Kind,
    Rounding,
    Row,
    Shift,
    Table,
    WorkingDays,
    bullet,
    calendar_months,
    consumer,
    education,
    equal_principal,
    months,
    on_dates,
    read_offer,
    season,
    weekly,
)
from zkcredit.schema import HISTORY_TERMS

TWELVE = 120_000_000
START, DATES = date(2026, 3, 2), [date(2026, 9, 5), date(2026, 11, 1)]
OFFER: dict[str, Any] = {
    "schedule": {"kind": "consumer", "rate": "12", "months": 12},
    "policy": {"min_score": 600},
    "min_principal": 10_000,
    "max_principal": 500_000,
    "token": "0x" + "ab" * 20,
}
SEASON = {"kind": "season", "rate": "12", "start": "2026-03-02", "shares": ["60"],
          "dates": ["2026-09-05", "2026-11-01"]}  # fmt: skip


def offer(schedule: object = None, **changes: object) -> dict[str, Any]:
    changed = copy.deepcopy(OFFER) | changes
    return changed | ({"schedule": schedule} if schedule is not None else {})


@pytest.mark.parametrize(
    ("schedule", "table"),
    [
        ({"kind": "consumer", "rate": "12", "months": 12}, consumer(TWELVE, months(12))),
        ({"kind": "consumer", "rate": 12, "months": 12, "rounding": "half up"},
         consumer(TWELVE, months(12), Rounding.HALF_UP)),
        ({"kind": "consumer", "rate": "12", "weeks": 52}, weekly(TWELVE, 52)),
        ({"kind": "equal_principal", "rate": "12", "months": 6},
         equal_principal(TWELVE, months(6))),
        ({"kind": "bullet", "rate": "12", "start": "2026-03-02", "calendar_months": 3, "every": 2,
          "day_count": "30/360"},
         bullet(TWELVE, calendar_months(START, 3, DayCount.THIRTY_360, every=2))),
        (SEASON, season(TWELVE, on_dates(START, DATES), [600_000_000])),
        (SEASON | {"working_days": "modified following", "holidays": ["2026-09-07"]},
         season(TWELVE, on_dates(START, DATES, DayCount.ACT_365, WorkingDays(
             Shift.MODIFIED_FOLLOWING, holidays=frozenset({date(2026, 9, 7)}))), [600_000_000])),
        ({"kind": "education", "rate": "12", "months": 18, "moratorium": 6},
         education(TWELVE, months(18), 6)),
        ({"kind": "education", "rate": "12", "fortnights": 18, "moratorium": 6, "interest": "free"},
         None),
        ({"kind": "rows", "rows": [[2_592_000, 10**7, "DEFER", 0], [5_184_000, 0, "REST", 0]]},
         Table.of([Row(2_592_000, 10**7, Kind.DEFER), Row(5_184_000, 0, Kind.REST)])),
    ],
)  # fmt: skip
def test_every_kind_of_schedule(schedule: dict[str, Any], table: Table | None) -> None:
    found = read_offer(offer(schedule)).table
    assert table is None or found == table


def test_the_fields_of_the_product() -> None:
    product = read_offer(offer(burden="level", holidays=2, currency=978))
    assert (product.burden, product.holidays, product.currency) == (Burden.LEVEL, 2, 978)
    assert product.policy.min_score == 600
    assert read_offer(OFFER) == read_offer(OFFER)


TREE = "0x" + "cd" * 20


def test_a_record_is_asked_for_by_its_conditions() -> None:
    """The word is that of ``HistoryTerms``, so that every term is neutral unless it is named."""
    asked = {"tree": TREE, "min_repaid": 2, "max_late": 0, "first_day_limit": "2025-12-31"}
    product = read_offer(offer(history=asked))
    terms = HistoryTerms(min_repaid=2, max_late=0, first_day_limit=20_453)
    assert (product.history_source, product.history_terms) == (TREE, terms.pack())
    assert read_offer(offer(history={"tree": TREE})).history_terms == HistoryTerms().pack()
    days = {"first_day_limit": "2025-12-31", "last_bad_day_limit": "2025-12-31"}
    every = {name: days.get(name, 3) for name in HISTORY_TERMS if name != "today"}
    found = HistoryTerms.unpack(read_offer(offer(history={"tree": TREE, **every})).history_terms)
    assert found.conditions() == {name: 20_453 if name in days else 3 for name in every}


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        (offer(history=[]), MalformedFile, "the history must be an object"),
        (offer(history={}), MalformedFile, "'tree'"),
        (offer(history={"tree": "0x12"}), InvalidInput, "history_source"),
        (offer(history={"tree": TREE, "today": 5}), MalformedFile, "unknown field 'today'"),
        (offer(history={"tree": TREE, "min_paid": 5}), MalformedFile, "unknown field 'min_paid'"),
        (offer(history={"tree": TREE, "max_late": -1}), OutOfRange, "max_late"),
        (offer(history={"tree": TREE, "max_open": 16}), OutOfRange, "max_open"),
        (offer(history={"tree": TREE, "min_repaid": "2"}), InvalidInput, "min_repaid"),
        (offer(history={"tree": TREE, "first_day_limit": 20_000}), InvalidInput, "a date"),
        (offer(history={"tree": TREE, "last_bad_day_limit": "1960-01-01"}), OutOfRange, "last_bad"),
        (offer(history={"tree": TREE}, history_terms=5), MalformedFile, "history_terms with"),
        ([], MalformedFile, "an offer must be an object"),
        (offer([]), MalformedFile, "the schedule must be an object"),
        ({k: v for k, v in OFFER.items() if k != "schedule"}, MalformedFile, "'schedule'"),
        ({k: v for k, v in OFFER.items() if k != "policy"}, MalformedFile, "'policy'"),
        ({k: v for k, v in OFFER.items() if k != "token"}, MalformedFile, "token"),
        (offer(colour="blue"), MalformedFile, "colour"),
        (offer(table=[]), MalformedFile, "table"),
        (offer(policy={"colour": 1}), MalformedFile, "colour"),
        (offer(burden="heavy"), MalformedFile, "burden is one of: level, peak, average"),
        (offer(burden=1), MalformedFile, "burden is one of"),
        (offer(min_principal="5"), InvalidInput, "min_principal"),
        (offer({"kind": "consumer", "months": 12}), MalformedFile, "'rate'"),
        (offer({"rate": "12", "months": 12}), MalformedFile, "'kind'"),
        (offer({"kind": "lease", "rate": "12", "months": 12}), MalformedFile, "one of consumer"),
        (offer({"kind": [], "rate": "12", "months": 12}), MalformedFile, "misspells"),
        (offer({"kind": "consumer", "rate": "12"}), MalformedFile, "one of months, weeks"),
        (offer({"kind": "consumer", "rate": "12", "months": 1, "weeks": 2}), MalformedFile,
         "one of months, weeks"),
        (offer({"kind": "consumer", "rate": "12", "months": "12"}), InvalidInput, "int"),
        (offer({"kind": "consumer", "rate": "12", "months": 121}), OutOfRange, "1 to 120"),
        (offer({"kind": "consumer", "rate": "1,2", "months": 12}), InvalidInput, "per cent"),
        (offer({"kind": "consumer", "rate": "12", "months": 12, "every": 2}), MalformedFile,
         "unknown field 'every'"),
        (offer({"kind": "consumer", "rate": "12", "months": 12, "rounding": "down"}), MalformedFile,
         "rounding is one of: up, half up"),
        (offer(SEASON | {"shares": "60"}), MalformedFile, "shares must be a list"),
        (offer(SEASON | {"shares": ["60", "50"]}), InvalidInput, "every period but the last"),
        (offer(SEASON | {"dates": "2026-09-01"}), MalformedFile, "dates must be a list"),
        (offer(SEASON | {"dates": ["2026-13-01"] * 2}), InvalidInput, "a date must look like"),
        (offer(SEASON | {"dates": [5, 6]}), InvalidInput, "a date must look like"),
        (offer(SEASON | {"start": None}), InvalidInput, "a date must look like"),
        (offer(SEASON | {"day_count": "360"}), MalformedFile, "day_count is one of: 30/360"),
        (offer(SEASON | {"working_days": True}), MalformedFile, "working_days is one of: none"),
        (offer(SEASON | {"holidays": 5}), MalformedFile, "misspells"),
        (offer({"kind": "education", "rate": "12", "months": 6}), MalformedFile, "'moratorium'"),
        (offer({"kind": "rows", "rows": 5}), MalformedFile, "rows must be a list"),
        (offer({"kind": "rows", "rows": [5]}), MalformedFile, "a row must be a list"),
        (offer({"kind": "rows", "rows": [[1, 2, "LEVEL"]]}), MalformedFile, "a row is"),
        (offer({"kind": "rows", "rows": [[1, 2, "LEASE", 0]]}), MalformedFile, "a row is"),
        (offer({"kind": "rows", "rows": [[0, 2, "REST", 0]]}), OutOfRange, "due of row 0"),
        (offer({"kind": "rows", "rows": [], "months": 5}), MalformedFile, "unknown field 'months'"),
    ],
)  # fmt: skip
def test_offers_that_cannot_be_are_refused(values: Any, error: Any, says: str) -> None:
    with pytest.raises(error, match=says):
        read_offer(values)
