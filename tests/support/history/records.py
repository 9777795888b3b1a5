"""Records of borrowers and terms of lenders, fixed and random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from zkcredit.history import HistoryRecord, HistoryTerms
from zkcredit.schema import HISTORY_RECORD, HISTORY_TERMS

if TYPE_CHECKING:
    from collections.abc import Mapping

RECORD = HistoryRecord(
    opened=4,
    repaid=3,
    on_time=35,
    late=2,
    defaults=1,
    recovered=0,
    open=1,
    good_until=20_900,
    largest=75_000,
    first_day=19_000,
    last_bad_day=20_000,
)
EXACT = HistoryTerms(
    min_repaid=3,
    min_on_time=35,
    max_late=2,
    max_defaults=1,
    max_open=1,
    today=20_900,
    min_largest=75_000,
    first_day_limit=19_000,
    last_bad_day_limit=20_000,
)
"""Every condition holds of ``RECORD`` with nothing to spare."""

STRICTER = {name: 1 if name.startswith("min_") or name == "today" else -1 for name in HISTORY_TERMS}
"""Term → the change by which it asks for more."""


def numbers(widths: Mapping[str, int]) -> dict[str, st.SearchStrategy[int]]:
    """Any number of each width, often a small one or the largest."""
    return {
        name: st.integers(0, 5) | st.just((1 << bits) - 1) | st.integers(0, (1 << bits) - 1)
        for name, bits in widths.items()
    }


def records() -> st.SearchStrategy[HistoryRecord]:
    """Any record whose counts do not contradict each other."""

    def consistent(values: dict[str, int]) -> HistoryRecord:
        recovered = min(values["recovered"], values["defaults"])
        repaid = min(values["repaid"], values["opened"])
        still = min(values["open"], values["opened"] - repaid)
        return HistoryRecord(**{**values, "recovered": recovered, "repaid": repaid, "open": still})

    return st.fixed_dictionaries(numbers(HISTORY_RECORD)).map(consistent)


def terms() -> st.SearchStrategy[HistoryTerms]:
    """Any terms."""
    return st.builds(HistoryTerms, **numbers(HISTORY_TERMS))
