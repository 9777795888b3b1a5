"""The records of an index and of the page, as docs/explanation/performance.md shows them.

``page.py`` shows those that exist.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["TITLES", "lines"]

TITLES: Final = {
    "index_loans": "An index of many loans",
    "page_readers": "The page under load",
    "page_story": "The page of the loan story",
}
"""Script → the title of its section."""

_VIEWS: Final = ("overview", "loans", "loans_in_default", "loan", "portfolio", "impact")
_READERS: Final = (
    ("readers", "readers with live streams"),
    ("seconds", "seconds"),
    ("pages_read", "pages that they read"),
    ("errors", "errors"),
    ("page_median_ms", "a page, median, ms"),
    ("page_p99_ms", "99 of 100 pages within, ms"),
    ("movement_seen_median_s", "a movement after its block, median, s"),
    ("movement_seen_most_s", "the latest, s"),
    ("first_mib", "memory after a quarter of the time, MiB"),
    ("last_mib", "memory at the end, MiB"),
    ("sums_compared", "sums of movements compared with balances"),
    ("sums_unequal", "sums that differed"),
)
_STORY: Final = (
    ("movements", "movements"),
    ("movement_seen_median_s", "seen after the block, median, s"),
    ("movement_seen_most_s", "the latest, s"),
    ("sums_compared", "sums of movements compared with balances"),
    ("sums_unequal", "sums that differed"),
)


def lines(name: str, results: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the titles and the rows of a record's table.

    Args:
        name: of the record.
        results: what the script measured.
    """
    if name == "index_loans":
        titles = ("", "events", "seconds for these", "memory, MiB", "file, MiB")
        columns = ("events", "seconds", "peak_mib", "file_mib")
        rows = [
            (
                f"{place.removeprefix('to_').removesuffix('_loans')} loans",
                *(f"{row[key]:,}" for key in columns),
            )
            for place, row in results.items()
            if isinstance(row, dict)
        ]
        for view in _VIEWS:
            words = f"then the page's {view.replace('_', ' ')}, once"
            rows.append((words, "", f"{results[f'{view}_s']:,}", "", ""))
        return titles, rows
    shown = _READERS if name == "page_readers" else _STORY
    return ("", ""), [(words, f"{results[key]:,}") for key, words in shown]
