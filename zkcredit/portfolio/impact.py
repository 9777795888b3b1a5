"""Whom a market reaches, in numbers that name nobody.

A group of fewer than five people is not shown. If the other groups and the total would tell it,
one more is not shown. People are pseudonyms at the market; neither pseudonyms nor addresses are in
the result.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit.language import marked
from zkcredit.loan.purposes import PURPOSES
from zkcredit.loan.table import Kind
from zkcredit.portfolio.aging import currency_of
from zkcredit.portfolio.sheet import Sheet, median, share_bps
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.index.loan_histories import Histories, LoanHistory
    from zkcredit.loan.table import Table
    from zkcredit.portfolio.sheet import Cell

__all__ = ["LEAST_PEOPLE", "Impact", "impact_of", "kind_in_words"]

LEAST_PEOPLE: Final = 5
"""Groups of fewer people are not shown."""

_MEASURES: Final = (
    "people", "loans", "lent_minor", "median_minor", "repeat_bps", "thin_file_bps", "on_time_bps",
)  # fmt: skip
_NOTE: Final = marked(
    "Groups of fewer than 5 people are not shown, and no rate that would tell of so few. Repeat: "
    "the borrower had a loan at this market before. Thin file: the product asks for no score and "
    "no history. On time: of the rows that were paid or found late."
)


@dataclass(frozen=True, slots=True)
class Impact:
    """The tables of a market's reach.

    Attributes:
        time: as of when, Unix seconds.
        currencies: all released loans, by currency.
        purposes: by what the loans are for.
        kinds: by the kind of schedule.
    """

    time: int
    currencies: Sheet
    purposes: Sheet
    kinds: Sheet

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All tables."""
        return (self.currencies, self.purposes, self.kinds)

    def to_json(self) -> dict[str, Any]:
        """Return the tables as JSON values, by their names."""
        tables = {sheet.name: sheet.to_json() for sheet in self.sheets}
        return {"time": self.time, "tables": tables}

    def in_words(self) -> str:
        """Return the tables as text."""
        return "\n\n".join(sheet.in_words() for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class _Lent:
    """A released loan, as far as it counts here."""

    history: LoanHistory
    repeated: bool
    on_time: int
    late: int


def impact_of(histories: Histories, time: int) -> Impact:
    """Return what a market reached up to a time.

    Args:
        histories: the market's loans, see ``zkcredit.chain.index.loan_histories``.
        time: as of when, Unix seconds.

    Raises:
        InvalidInput: if the time is not an int.
        OutOfRange: if the time is not below 2^40.
    """
    require_uint("time", time, TIME_BITS)
    loans = _lent(histories, time)
    return Impact(
        time,
        _sheet("currencies", marked("All loans, by currency"), loans),
        _sheet("purposes", marked("Loans by purpose"), loans, "purpose", _purpose),
        _sheet(
            "kinds", marked("Loans by kind of schedule"), loans, "kind",
            lambda one: kind_in_words(one.history.product.table),
        ),
    )  # fmt: skip


def kind_in_words(table: Table) -> str:
    """Return the kind of a schedule in words, from the kinds of its rows."""
    kinds = {row.kind for row in table.rows}
    if Kind.DEFER in kinds:
        return marked("payments after a pause")
    if Kind.SHARE in kinds:
        return marked("shares of the principal")
    if Kind.LEVEL in kinds:
        return marked("level instalments")
    if Kind.INTEREST in kinds:
        return marked("interest, then the principal")
    return marked("one payment")


def _lent(histories: Histories, time: int) -> list[_Lent]:
    released = [
        one for one in histories.loans if one.released_at is not None and one.released_at <= time
    ]
    released.sort(key=lambda one: (one.released_at or 0, one.applied.loan_id))
    known: set[int] = set()
    found = []
    for one in released:
        steps = [step for step in one.steps if step.time <= time]
        found.append(
            _Lent(
                one,
                one.applied.nullifier in known,
                sum(step.on_time for step in steps),
                sum(step.late for step in steps),
            )
        )
        known.add(one.applied.nullifier)
    return found


def _purpose(one: _Lent) -> str:
    code = one.history.applied.purpose
    found = PURPOSES.get(code)
    if found is None:
        return marked("another purpose") if code else marked("not said")
    return f"{found.sector}: {found.words}"


def _sheet(
    name: str,
    title: str,
    loans: list[_Lent],
    column: str = "",
    key: Callable[[_Lent], str] = lambda _: "",
) -> Sheet:
    """Return a table with a row for each currency and group; without a column, one group."""
    groups: dict[tuple[str, str], list[_Lent]] = defaultdict(list)
    for one in loans:
        groups[currency_of(one.history.product.currency), key(one)].append(one)
    people = {
        place: len({one.history.applied.nullifier for one in group})
        for place, group in groups.items()
    }
    hidden = _hidden(people)
    rows: list[tuple[Cell, ...]] = []
    for place in sorted(groups):
        heads = place if column else place[:1]
        if place in hidden:
            rows.append((*heads, *[None] * len(_MEASURES)))
        else:
            rows.append((*heads, *_measures(groups[place], people[place])))
    columns = ("currency", column, *_MEASURES) if column else ("currency", *_MEASURES)
    return Sheet(name, title, columns, tuple(rows), _NOTE)


def _hidden(people: dict[tuple[str, str], int]) -> set[tuple[str, str]]:
    """Return the groups of a table that are not shown."""
    hidden: set[tuple[str, str]] = set()
    for currency in {currency for currency, _ in people}:
        inside = sorted(
            (place for place in people if place[0] == currency), key=lambda place: people[place]
        )
        few = [place for place in inside if people[place] < LEAST_PEOPLE]
        rest = inside[len(few) :]
        # one group alone, or few people in all: the total would tell of them
        while few and rest and (len(few) == 1 or sum(map(people.get, few)) < LEAST_PEOPLE):  # type: ignore[arg-type]
            few.append(rest.pop(0))
        hidden |= set(few)
    return hidden


def _measures(group: list[_Lent], people: int) -> tuple[Cell, ...]:
    lent = [one.history.applied.principal for one in group]
    thin = sum(_is_thin(one) for one in group)
    repeated = sum(one.repeated for one in group)
    on_time, late = sum(one.on_time for one in group), sum(one.late for one in group)
    return (
        people,
        len(group),
        sum(lent),
        median(lent),
        _rate(repeated, len(group)),
        _rate(thin, len(group)),
        share_bps(on_time, on_time + late),
    )


def _is_thin(one: _Lent) -> bool:
    policy = one.history.product.policy
    return not policy.min_score and not policy.min_history_months


def _rate(part: int, whole: int) -> int | None:
    """Return a share in basis points; None if it would tell of few."""
    if 0 < part < LEAST_PEOPLE or 0 < whole - part < LEAST_PEOPLE:
        return None
    return share_bps(part, whole)
