"""A table of orders as people write it: a CSV file with one row for each credential.

The first row names the columns: ``person``, ``card`` (which card, in words that the caller
understands, such as the name of a file), if wanted ``valid_days``, and the attributes. A table
without ``score`` has the features of a scorecard as columns instead. Columns are separated by
commas, semicolons or tabs, whichever the first row has. Numbers are decimal digits and nothing
else: ``1,200`` and ``1.200`` mean different numbers to different people.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import zkcredit.units as units
from zkcredit._internal.checks import require_uint
from zkcredit._internal.text import text_of
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.gadgets.scorecard import NUMBER
from zkcredit.issuer.orders import VALID_FOR, IssueOrder, require_person
from zkcredit.record import CreditRecord
from zkcredit.schema import ATTRIBUTES
from zkcredit.scoring.circuit_table import circuit_table
from zkcredit.scoring.scored_record import read_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from zkcredit.envelope import HolderCard
    from zkcredit.scoring.scorecard import Scorecard

__all__ = ["OrderRow", "read_orders"]

T = TypeVar("T")

_WHAT: Final = "orders"
_SEPARATORS: Final = (",", ";", "\t")
_PLACES: Final = ("person", "card")
_VALID_DAYS: Final = "valid_days"
_MOST_DAYS: Final = 3650
_WIDTHS: Final = {spec.name: spec.bits for spec in ATTRIBUTES if spec.name != "person_tag"}
_OPTIONAL: Final = {field.name for field in fields(CreditRecord) if field.default == 0}
_LONGEST_NUMBER: Final = 78


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One row of a table of orders.

    Attributes:
        line: the line on which the row begins, from 1 on.
        order: what the row orders; None if something in it is wrong.
        error: what is wrong; None if nothing is.
        column: the column that is wrong; "" if it is not a single one.
    """

    line: int
    order: IssueOrder | None = None
    error: InvalidInput | None = None
    column: str = ""


class _WrongCell(Exception):
    def __init__(self, column: str, error: InvalidInput) -> None:
        super().__init__(column)
        self.column = column
        self.error = error


def read_orders(
    text: str | bytes,
    card_of: Callable[[str], HolderCard],
    *,
    scorecard: Scorecard | None = None,
    valid_for: int = VALID_FOR,
) -> list[OrderRow]:
    """Read a table of orders; a row that cannot be read does not stop the others.

    Args:
        text: the table.
        card_of: returns the card that a cell of the column ``card`` means; it raises
            ``InvalidInput`` if the cell means none.
        scorecard: the published model that reads the features of a table without ``score``; the
            bundled one by default.
        valid_for: seconds until a credential expires whose row has no ``valid_days``.

    Raises:
        MalformedFile: if the first row does not name the columns.
        InvalidInput: if the text is not UTF-8, or there is a scorecard for a table with ``score``.
    """
    if isinstance(text, bytes):
        text = text_of(text, _WHAT)
    rows = _rows(text)
    _, names = next(rows, (1, []))
    reader = _Reader(names, card_of, scorecard, valid_for)
    read: list[OrderRow] = []
    seen: dict[IssueOrder, int] = {}
    for line, cells in rows:
        try:
            order = reader.order(cells)
            if (first := seen.setdefault(order, line)) != line:
                raise _WrongCell("", InvalidInput(f"the row repeats line {first}"))
        except _WrongCell as wrong:
            read.append(OrderRow(line, error=wrong.error, column=wrong.column))
        else:
            read.append(OrderRow(line, order))
    return read


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=head.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error as error:
            raise MalformedFile(
                f"{_WHAT}: line {line} is not CSV: {error}", line=reader.line_num
            ) from None
        if any(cells):
            yield line, cells
        line = reader.line_num + 1


def _require_header(names: Sequence[str], scorecard: Scorecard | None) -> dict[str, bool]:
    """Check the names of the columns; return the features among them, and which are numbers."""
    if scorecard is not None and "score" in names:
        raise InvalidInput("a scorecard reads features, but this table has the column score")
    features = {}
    if "score" not in names:
        schema = circuit_table(scorecard).schema
        features = {name: values == (NUMBER,) for name, values in schema}
    known = {*_PLACES, _VALID_DAYS, *_WIDTHS, *features}
    required = {*_PLACES, *(_WIDTHS.keys() - _OPTIONAL - {"score"}), *features}
    if not set(_PLACES) & set(names):
        raise _header("the first row must name the columns: person, card, and the attributes")
    if missing := sorted(required - set(names)):
        more = "; without score, a table has the features of a scorecard"
        raise _header(f"the columns lack {', '.join(missing)}{more if features else ''}")
    if unknown := sorted({name for name in names if name not in known}):
        raise _header(f"there are unknown columns: {', '.join(map(repr, unknown))[:200]}")
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise _header(f"there are columns twice: {', '.join(twice)}")
    return features


def _header(what: str) -> MalformedFile:
    return MalformedFile(f"{_WHAT}: {what}", line=1)


class _Reader:
    """Reads the rows below one header."""

    def __init__(
        self,
        names: Sequence[str],
        card_of: Callable[[str], HolderCard],
        scorecard: Scorecard | None,
        valid_for: int,
    ) -> None:
        self._features = _require_header(names, scorecard)
        self._names = names
        self._card_of = card_of
        self._scorecard = scorecard
        self._valid_for = valid_for

    def order(self, cells: Sequence[str]) -> IssueOrder:
        if len(cells) != len(self._names):
            wrong = f"{len(self._names)} columns are expected, not {len(cells)}"
            raise _WrongCell("", InvalidInput(wrong))
        row = dict(zip(self._names, cells, strict=True))
        person = _cell("person", require_person, row["person"])
        card = _cell("card", self._card_of, row["card"])
        valid_for = self._valid_for
        if row.get(_VALID_DAYS):
            valid_for = _cell(_VALID_DAYS, _days, row[_VALID_DAYS]) * units.DAY
        values: dict[str, Any] = {
            name: _cell(name, partial(_attribute, name), row[name])
            for name in self._names
            if name in _WIDTHS and (row[name] or name not in _OPTIONAL)
        }
        if self._features:
            values["features"] = {
                name: _cell(name, partial(_number, name), row[name]) if is_number else row[name]
                for name, is_number in self._features.items()
            }
        try:
            record = read_record(values, self._scorecard)
        except InvalidInput as error:  # the text begins with what is wrong, as "currency must be"
            first = str(error).partition(" ")[0]
            raise _WrongCell(first if first in row else "", error) from None
        return IssueOrder(record, person, card, valid_for)


def _cell(column: str, read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except InvalidInput as error:
        raise _WrongCell(column, error) from None


def _attribute(name: str, text: str) -> int:
    return require_uint(name, _number(name, text), _WIDTHS[name])


def _days(text: str) -> int:
    if not 1 <= (days := _number(_VALID_DAYS, text)) <= _MOST_DAYS:
        raise OutOfRange(f"{_VALID_DAYS} must be at least 1 and at most {_MOST_DAYS}")
    return days


def _number(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER:
        # the text may be private, so it is not repeated
        raise InvalidInput(f"{name} must be a whole number, written in digits alone")
    return int(text)
