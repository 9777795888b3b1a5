"""One number for a history: what raises it, what lowers it, and where it ends."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from support.history.records import records

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.history import MAX_REPUTATION, HistoryRecord, reputation


@pytest.mark.parametrize(
    ("fields", "points"),
    [
        ({"opened": 0}, 500),
        ({"opened": 1, "open": 1}, 500),
        ({"opened": 1, "on_time": 12, "repaid": 1}, 616),
        ({"opened": 9, "on_time": 40, "repaid": 9}, 1000),
        ({"opened": 99, "on_time": 4000, "repaid": 99}, 1000),
        ({"opened": 1, "on_time": 5, "late": 2}, 490),
        ({"opened": 1, "open": 1, "defaults": 1}, 350),
        ({"opened": 1, "defaults": 1, "recovered": 1}, 410),
        ({"opened": 4, "defaults": 4}, 0),
        ({"opened": 9, "on_time": 40, "repaid": 9, "late": 1}, 975),
    ],
)
def test_worked_examples(fields: dict[str, int], points: int) -> None:
    assert reputation(HistoryRecord(**fields)) == points


@given(records())
def test_it_stays_in_its_range_and_moves_one_way(record: HistoryRecord) -> None:
    own = reputation(record)
    assert 0 <= own <= MAX_REPUTATION

    def after(**changes: int) -> int | None:
        moved = {name: getattr(record, name) + by for name, by in changes.items()}
        try:
            return reputation(replace(record, **moved))
        except (InvalidInput, OutOfRange):
            return None  # no such record

    for better in ({"on_time": 1}, {"opened": 1, "repaid": 1}, {"recovered": 1}):
        assert (after(**better) or own) >= own or after(**better) is None
    for worse in ({"late": 1}, {"defaults": 1}, {"defaults": 1, "recovered": 1}):
        found = after(**worse)
        assert found is None or found <= own
