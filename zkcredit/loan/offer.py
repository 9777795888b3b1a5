"""Offers as people write them: a table product from a JSON object.

An offer has the fields of ``TableProduct``. ``policy`` is an object of the policy's fields,
``burden`` is a word, and ``schedule`` stands for the table::

    {"kind": "consumer", "rate": "24", "months": 12}
    {"kind": "season", "rate": "12", "start": "2026-03-02",
     "dates": ["2026-09-01", "2026-11-01"], "shares": ["60"]}
    {"kind": "education", "rate": "9.5", "months": 24, "moratorium": 6, "interest": "pay"}
    {"kind": "rows", "rows": [[2592000, 10000000, "LEVEL", 0], [5184000, 10000000, "REST", 0]]}

``history`` stands for ``history_terms`` and ``history_source``: the tree of the bureau whose
records count, and the conditions of ``zkcredit.history.HistoryTerms``; the day of the proof is not
among them, and other days are dates::

    {"tree": "0x…", "min_repaid": 1, "max_late": 0, "first_day_limit": "2025-12-31"}

Rates are per cent a year, shares are per cent of the principal. Periods are ``months`` (of 30
days), ``weeks``, ``fortnights``, ``calendar_months`` from ``start``, or ``dates`` from ``start``.
For the last two, ``day_count`` can be "30/360", "act/365", "act/360" or "act/act", which is
"act/365" by default, and ``working_days`` "none", "following", "modified following" or "preceding",
with ``holidays`` as a list of dates. ``rounding`` of a level is "up" or "half up".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.bit_fields import pack_fields
from zkcredit._internal.checks import require_uint
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.language import tr
from zkcredit.loan.builders import bullet, consumer, education, equal_principal, season
from zkcredit.loan.periods import (
    DayCount,
    Shift,
    WorkingDays,
    calendar_months,
    days_apart,
    months,
    on_dates,
)
from zkcredit.loan.picture import draw_in_text, require_width
from zkcredit.loan.table import Kind, Rounding, Row, Table, run_rows
from zkcredit.loan.table_product import Burden, TableProduct
from zkcredit.policy import Policy
from zkcredit.schema import AMOUNT_BITS, HISTORY_AT_LEAST, HISTORY_TERMS
from zkcredit.units import DAY, money_in_words, parts_per_billion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from enum import Enum
    from typing import TypeVar

    from zkcredit.loan.periods import Period

    E = TypeVar("E", bound=Enum)

__all__ = ["picture_of_offer", "read_offer"]

_PERIODS: Final[dict[str, Callable[[Any], tuple[Period, ...]]]] = {
    "months": months,
    "weeks": lambda count: days_apart(count, 7),
    "fortnights": lambda count: days_apart(count, 14),
}
_MONTHS, _DATES = "calendar_months", "dates"


def read_offer(values: Mapping[str, object]) -> TableProduct:
    """Build a table product from an offer.

    Args:
        values: the offer, as the module describes it.

    Raises:
        MalformedFile: if a name is missing or unknown, or a part has the wrong form.
        InvalidInput: if a value is not acceptable, or somebody would regret the product.
        OutOfRange: if a number is outside its range.
    """
    parts = _object("an offer", values)
    try:
        table = _table(_object("the schedule", parts.pop("schedule")))
        policy = Policy.from_values(parts.pop("policy"))
        if "burden" in parts:
            parts["burden"] = _named(Burden, "burden", parts["burden"])
        if "history" in parts:
            parts |= _history(_object("the history", parts.pop("history")), parts)
        return TableProduct(table=table, policy=policy, **parts)
    except KeyError as error:
        raise MalformedFile(f"the offer lacks the field {error.args[0]!r}") from None
    except TypeError as error:
        raise MalformedFile(f"the offer lacks or misspells a field: {error}") from None


def picture_of_offer(values: Mapping[str, object], width: int = 40) -> str | None:
    """Return what an offer asks of its borrowers as a picture, also if the offer is refused.

    It shows the smallest loan if its schedule alone is refused, and the largest one otherwise. A
    first line says which.

    Args:
        values: the offer, as the module describes it.
        width: length of the longest bar in characters, 10 to 200.

    Returns:
        The picture; None if the offer does not say enough to draw one.

    Raises:
        InvalidInput: if the width is not an int.
        OutOfRange: if the width is outside its range.
    """
    require_width(width)
    try:
        parts = _object("an offer", values)
        rows, rounding = _drawable(_object("the schedule", parts["schedule"]))
        currency = require_uint("currency", parts.get("currency", 0), 16)
        principal = require_uint("max_principal", parts["max_principal"], AMOUNT_BITS, minimum=1)
        schedule = run_rows(rows, principal, rounding)
        if _is_spoiled_by_rounding(rows, rounding, parts):
            principal = parts["min_principal"]
            schedule = run_rows(rows, principal, rounding)
    except (InvalidInput, KeyError):
        return None
    words = money_in_words(principal, currency)
    picture = draw_in_text(schedule, [row.due for row in rows], currency, width)
    return f"{tr('What a loan of {amount} would ask for:', amount=words)}\n{picture}"


def _drawable(parts: dict[str, Any]) -> tuple[tuple[Row, ...], Rounding]:
    """Return the rows of a schedule, though they may not make a table."""
    if parts["kind"] != "rows":
        table = _table(parts)
        return table.rows, table.rounding
    rows, rounding = tuple(map(_row, _list("rows", parts["rows"]))), _rounding(parts)
    for row in rows:
        for number in (row.due, row.rate, row.share):
            require_uint("a number of a row", number, _DRAWN_BITS)
    if not any(row.kind in (Kind.LEVEL, Kind.REST) for row in rows):
        raise InvalidInput("the rows never repay the loan")
    return rows, rounding


def _is_spoiled_by_rounding(
    rows: Sequence[Row], rounding: Rounding, parts: Mapping[str, Any]
) -> bool:
    """Return whether the largest loan has a schedule, and the smallest has none."""
    least, most = parts.get("min_principal"), parts["max_principal"]
    if type(least) is not int or not 0 < least <= most:
        return False
    try:
        table = Table.of(rows, rounding)
        table.schedule(most)
    except InvalidInput:
        return False
    try:
        table.schedule(least)
    except InvalidInput:
        return True
    return False


_DAYS: Final = ("first_day_limit", "last_bad_day_limit")
_DRAWN_BITS: Final = 64  # of numbers in rows that are only drawn


def _history(asked: dict[str, Any], offer: Mapping[str, object]) -> dict[str, Any]:
    if {"history_terms", "history_source"} & offer.keys():
        raise MalformedFile("an offer has history, or history_terms with history_source")
    source = asked.pop("tree")
    if unknown := sorted(asked.keys() - (HISTORY_TERMS.keys() - {"today"})):
        raise MalformedFile(f"the history has the unknown field {unknown[0]!r}")
    for name in asked.keys() & set(_DAYS):
        moment = datetime.combine(_date(asked[name]), datetime.min.time(), UTC)
        asked[name] = int(moment.timestamp()) // DAY
    neutral = {
        name: 0 if name in HISTORY_AT_LEAST else (1 << bits) - 1
        for name, bits in HISTORY_TERMS.items()
    }
    terms = {
        name: require_uint(name, value, HISTORY_TERMS[name])
        for name, value in (neutral | asked).items()
    }
    return {"history_terms": pack_fields(terms, HISTORY_TERMS), "history_source": source}


def _table(parts: dict[str, Any]) -> Table:
    kind = parts.pop("kind")
    if kind == "rows":
        rows, rounding = parts.pop("rows"), _rounding(parts)
        _nothing_left(parts)
        return Table.of([_row(row) for row in _list("rows", rows)], rounding)
    rate = parts_per_billion(parts.pop("rate"))
    given: dict[str, Any] = {}
    builders: dict[str, Callable[..., Table]] = {
        "consumer": consumer,
        "equal_principal": equal_principal,
        "bullet": bullet,
        "season": season,
        "education": education,
    }
    if kind not in builders:
        raise MalformedFile(f"a schedule's kind is one of {', '.join([*builders, 'rows'])}")
    if kind == "season":
        given["shares"] = [parts_per_billion(part) for part in _list("shares", parts.pop("shares"))]
    if kind == "education":
        given["moratorium"] = parts.pop("moratorium")
        given["interest"] = parts.pop("interest", "capitalise")
    if kind in ("consumer", "education"):
        given["rounding"] = _rounding(parts)
    periods = _periods(parts)
    _nothing_left(parts)
    return builders[kind](rate, periods, **given)


def _periods(parts: dict[str, Any]) -> tuple[Period, ...]:
    chosen = [name for name in (*_PERIODS, _MONTHS, _DATES) if name in parts]
    if len(chosen) != 1:
        raise MalformedFile(
            f"a schedule has its periods as one of {', '.join((*_PERIODS, _MONTHS, _DATES))}"
        )
    count = parts.pop(chosen[0])
    if chosen[0] in _PERIODS:
        return _PERIODS[chosen[0]](count)
    start = _date(parts.pop("start"))
    day_count = _named(DayCount, "day_count", parts.pop("day_count", DayCount.ACT_365.value))
    shift = _named(Shift, "working_days", parts.pop("working_days", Shift.NONE.value))
    working = WorkingDays(shift, holidays=frozenset(map(_date, parts.pop("holidays", ()))))
    if chosen[0] == _DATES:
        return on_dates(start, [_date(day) for day in _list(_DATES, count)], day_count, working)
    return calendar_months(start, count, day_count, working, parts.pop("every", 1))


def _rounding(parts: dict[str, Any]) -> Rounding:
    return _named(Rounding, "rounding", parts.pop("rounding", "up"))


def _named(kind: type[E], name: str, value: object) -> E:
    for member in kind:
        words = (member.value, member.name.lower().replace("_", " "))
        if isinstance(value, str) and value in words:
            return member
    known = (
        m.value if isinstance(m.value, str) else m.name.lower().replace("_", " ") for m in kind
    )
    raise MalformedFile(f"{name} is one of: {', '.join(map(str, known))}")


def _row(value: object) -> Row:
    match _list("a row", value):
        case [due, rate, str(kind), share] if kind in Kind.__members__:
            return Row(due, rate, Kind[kind], share)
    raise MalformedFile(
        f"a row is [due in seconds, rate in 10^-9, kind, share in 10^-9], with a kind of "
        f"{', '.join(Kind.__members__)}"
    )


def _date(value: object) -> date:
    try:
        return date.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise InvalidInput("a date must look like 2026-03-02, and exist") from None


def _object(name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedFile(f"{name} must be an object of its fields")
    return dict(value)


def _list(name: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedFile(f"{name} must be a list")
    return value


def _nothing_left(parts: dict[str, Any]) -> None:
    if parts:
        raise MalformedFile(f"the schedule has the unknown field {min(parts)!r}")
