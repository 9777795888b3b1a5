"""The table from which a scorecard's circuit is compiled; private to this package.

Other packages use ``Scorecard``. ``python -m zkcredit.scoring.circuit_table`` prints the bundled
model as the Python source of ``zkcredit.circuits.bundled_scorecard``; a test compares both.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.scorecard import CodeColumn, NumberColumn, ScoreTable
from zkcredit.scoring.scorecard import NumberFeature, Scorecard, load_scorecard

if TYPE_CHECKING:
    from zkcredit.scoring.scorecard import Feature

__all__ = ["circuit_table", "feature_values", "source"]


def circuit_table(scorecard: Scorecard | None = None) -> ScoreTable:
    """Return the table of a scorecard: features in the model's order, names of values sorted.

    Args:
        scorecard: the published model; the bundled one by default.

    Raises:
        InvalidInput: if the argument is not a scorecard.
        CircuitError: if a bound of a number is negative or too large for a circuit.
    """
    if scorecard is None:
        # the table that the other branch makes of the bundled model, which a test compares
        from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD

        return BUNDLED_SCORECARD
    return _compiled(require_instance("the scorecard", scorecard, Scorecard))


@lru_cache(maxsize=8)
def _compiled(scorecard: Scorecard) -> ScoreTable:
    columns = tuple(_column(feature) for feature in scorecard.features)
    return ScoreTable(base=scorecard.base, columns=columns, model=scorecard.digest)


def feature_values(table: ScoreTable, row: object) -> tuple[int, ...]:
    """Return a row as the integers that are signed and proved about.

    Args:
        table: the table whose features are read.
        row: a typed row, or a mapping from feature name to value.

    Raises:
        InvalidInput: if a feature is missing, or has a value without a code.
        OutOfRange: if a number is not below 2^32.
    """
    values = []
    for column in table.columns:
        value = _lookup(row, column.name)
        if isinstance(column, CodeColumn):
            if value not in column.names:
                raise InvalidInput(f"{column.name} has a value that the scorecard does not know")
            value = column.names.index(str(value))
        elif not isinstance(value, int) or isinstance(value, bool):
            raise InvalidInput(f"{column.name} must be a whole number")
        column.bin(value)
        values.append(value)
    return tuple(values)


def source(table: ScoreTable) -> str:
    """Return the table as Python source, before formatting."""
    return (
        f"BUNDLED_SCORECARD: Final = ScoreTable(base={table.base}, model={table.model!r}, "
        f"columns=({', '.join(map(repr, table.columns))},))\n"
    )


def _column(feature: Feature) -> NumberColumn | CodeColumn:
    if isinstance(feature, NumberFeature):
        return NumberColumn(feature.name, feature.upper_bounds, feature.points)
    points = {
        value: points
        for group, points in zip(feature.bins, feature.points, strict=True)
        for value in group
    }
    names = tuple(sorted(points))
    return CodeColumn(feature.name, names, tuple(points[name] for name in names))


def _lookup(row: object, name: str) -> object:
    try:
        return row[name] if isinstance(row, Mapping) else getattr(row, name)
    except (KeyError, AttributeError):
        raise InvalidInput(f"the applicant's {name} is missing") from None


if __name__ == "__main__":
    sys.stdout.write(source(circuit_table(load_scorecard())))
