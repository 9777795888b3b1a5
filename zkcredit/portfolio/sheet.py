"""Tables of a report: typed cells, as text, JSON and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from zkcredit._internal.text import html_table
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Cell", "Sheet"]

Cell: TypeAlias = int | str | None
"""An amount, a count or a rate in basis points; a word; or None: nothing is known, or shown."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One table.

    Attributes:
        name: short, in lower case, such as "at_risk"; the name of its CSV file.
        title: what it shows, in a line.
        columns: names of the columns; those that end in ``_bps`` are rates in basis points, and
            those that end in ``_minor`` amounts in minor units of the row's currency.
        rows: as many cells each as there are columns.
        note: what a reader must know, or empty.

    Raises:
        InvalidInput: if a row has another number of cells, or two columns have one name.
    """

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise InvalidInput(f"a row of the table {self.name} does not fit its columns")
        if len(set(self.columns)) != len(self.columns):
            raise InvalidInput(f"two columns of the table {self.name} have one name")

    def to_json(self) -> dict[str, Any]:
        """Return the table as JSON values: each row is an object."""
        return {
            "name": self.name,
            "title": self.title,
            "note": self.note,
            "columns": list(self.columns),
            "rows": [dict(zip(self.columns, row, strict=True)) for row in self.rows],
        }

    def to_csv(self) -> str:
        """Return the table as CSV (RFC 4180); None is an empty cell."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return text.getvalue()

    def in_words(self) -> str:
        """Return the table as text with aligned columns."""
        shown = [self._heads(), *self._shown()]
        widths = [max(len(row[place]) for row in shown) for place in range(len(self.columns))]
        numbers = [self._is_number(place) for place in range(len(self.columns))]
        lines = [self.title]
        for row in shown:
            parts = [
                f"{cell:>{width}}" if number else f"{cell:<{width}}"
                for cell, width, number in zip(row, widths, numbers, strict=True)
            ]
            lines.append("  ".join(parts).rstrip())
        if self.note:
            lines.append(self.note)
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html_table(self.title, self._heads(), self._shown(), note=self.note)

    def _heads(self) -> list[str]:
        heads = [column.replace("_minor", "").replace("_bps", " %") for column in self.columns]
        return [head.replace("_", " ") for head in heads]

    def _shown(self) -> list[list[str]]:
        return [
            [
                self.cell_in_words(column, cell)
                for column, cell in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]

    def cell_in_words(self, column: str, cell: Cell) -> str:
        """Return a cell of a column as people read it."""
        if cell is None:
            return "–"
        if isinstance(cell, str):
            return cell
        if column.endswith("_bps"):
            return f"{cell // 100}.{cell % 100:02}"
        return f"{cell:,}"

    def _is_number(self, place: int) -> bool:
        cells = [row[place] for row in self.rows if row[place] is not None]
        return bool(cells) and not any(isinstance(cell, str) for cell in cells)


def share_bps(part: int, whole: int) -> int | None:
    """Return a share in basis points, rounded down; None of nothing."""
    return part * 10_000 // whole if whole else None


def median(values: Sequence[int]) -> int | None:
    """Return the lower median; None of nothing."""
    return sorted(values)[(len(values) - 1) // 2] if values else None
