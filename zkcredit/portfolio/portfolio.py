"""The portfolio of a market: at risk, vintages, cures and rolls, stages, losses.

Amounts of different currencies are never added: every table has a row or more for each currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_uint
from zkcredit.language import marked
from zkcredit.portfolio.aging import (
    MONTH,
    OWING,
    PAR_DAYS,
    Aged,
    Bucket,
    aged_at,
    currency_of,
    month_of,
)
from zkcredit.portfolio.sheet import Sheet, share_bps
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zkcredit.chain.index.loan_histories import Histories
    from zkcredit.portfolio.sheet import Cell

__all__ = ["Portfolio", "portfolio_of"]

_STAGES: Final = (1, 2, 3)
_ILLUSTRATION: Final = marked(
    "An illustration, not IFRS 9: the rates are those that this market saw, without a forecast."
)


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The tables of a portfolio.

    Attributes:
        time: as of when, Unix seconds.
        at_risk: outstanding principal, and the part of it with rows overdue for more than 1, 30, 60
            and 90 days.
        buckets: loans and outstanding principal by the age of arrears.
        vintages: how the loans of each month stand now.
        rolls: where loans of each bucket stood a month (30 days) later, over all months.
        stages: three stages with the rates of default that were seen, and a loss allowance.
        losses: debts at default, and what was recovered of them.
    """

    time: int
    at_risk: Sheet
    buckets: Sheet
    vintages: Sheet
    rolls: Sheet
    stages: Sheet
    losses: Sheet

    @property
    def sheets(self) -> tuple[Sheet, ...]:
        """All tables."""
        return (
            self.at_risk, self.buckets, self.vintages, self.rolls, self.stages, self.losses,
        )  # fmt: skip

    def to_json(self) -> dict[str, Any]:
        """Return the tables as JSON values, by their names."""
        tables = {sheet.name: sheet.to_json() for sheet in self.sheets}
        return {"time": self.time, "tables": tables}

    def in_words(self) -> str:
        """Return the tables as text."""
        return "\n\n".join(sheet.in_words() for sheet in self.sheets)


def portfolio_of(histories: Histories, time: int) -> Portfolio:
    """Return the portfolio of a market at a time.

    Args:
        histories: the market's loans, see ``zkcredit.chain.index.loan_histories``.
        time: as of when, Unix seconds.

    Raises:
        InvalidInput: if the time is not an int.
        OutOfRange: if the time is not below 2^40.
    """
    require_uint("time", time, TIME_BITS)
    now = tuple(aged_at(histories, time))
    months = _months(histories, time)
    return Portfolio(
        time,
        _at_risk(now),
        _buckets(now),
        _vintages(now, months),
        _rolls(months),
        _stages(now, months),
        _losses(now),
    )


def _by_currency(loans: Iterable[Aged]) -> Mapping[int, list[Aged]]:
    found: dict[int, list[Aged]] = defaultdict(list)
    for one in loans:
        found[one.history.product.currency].append(one)
    return dict(sorted(found.items()))


def _months(histories: Histories, time: int) -> list[dict[int, Aged]]:
    """Return the portfolio at a time and every 30 days before it, the oldest first."""
    times = [one.released_at for one in histories.loans if one.released_at is not None]
    first = min(times, default=time)
    count = max(time - first, 0) // MONTH + 1
    looks = [time - MONTH * back for back in range(count)][::-1]
    return [
        {one.history.applied.loan_id: one for one in aged_at(histories, look)} for look in looks
    ]


# --- the portfolio now ----------------------------------------------------------------------------


def _at_risk(now: tuple[Aged, ...]) -> Sheet:
    columns = ["currency", "loans", "outstanding_minor"]
    for days in PAR_DAYS:
        columns += [f"par{days}_minor", f"par{days}_bps"]
    rows: list[tuple[Cell, ...]] = []
    for number, loans in _by_currency(now).items():
        owing = [one for one in loans if one.bucket.owes]
        whole = sum(one.outstanding for one in owing)
        row: list[Cell] = [currency_of(number), len(owing), whole]
        for days in PAR_DAYS:
            part = sum(one.outstanding for one in owing if one.at_risk(days))
            row += [part, share_bps(part, whole)]
        rows.append(tuple(row))
    return Sheet(
        "at_risk",
        marked(
            "Portfolio at risk: outstanding principal with a row overdue for more than so many days"
        ),
        tuple(columns),
        tuple(rows),
        marked("Loans in default count in every column until their debt is paid."),
    )


def _buckets(now: tuple[Aged, ...]) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    for number, loans in _by_currency(now).items():
        whole = sum(one.outstanding for one in loans)
        for bucket in Bucket:
            inside = [one for one in loans if one.bucket is bucket]
            part = sum(one.outstanding for one in inside)
            share = share_bps(part, whole) if bucket.owes else None
            rows.append((currency_of(number), bucket.value, len(inside), part, share))
    return Sheet(
        "buckets",
        marked("Loans by the age of their arrears"),
        ("currency", "bucket", "loans", "outstanding_minor", "share_bps"),
        tuple(rows),
    )


def _losses(now: tuple[Aged, ...]) -> Sheet:
    rows: list[tuple[Cell, ...]] = []
    for number, loans in _by_currency(now).items():
        defaulted = [(one, one.history.debt) for one in loans]
        known = [(one, debt) for one, debt in defaulted if debt is not None and _fell(one)]
        debts = sum(debt for _, debt in known)
        left = sum(one.owed for one, _ in known)
        rows.append(
            (currency_of(number), len(known), debts, debts - left, left, share_bps(left, debts))
        )
    return Sheet(
        "losses",
        marked("Loss given default: what is left of the debts at default"),
        ("currency", "loans", "debt_minor", "recovered_minor", "left_minor", "loss_bps"),
        tuple(rows),
        marked("Recovered: everything paid after the default. Guarantees do not exist yet."),
    )


def _fell(one: Aged) -> bool:
    return one.bucket in (Bucket.DEFAULTED, Bucket.RECOVERED)


# --- over time ------------------------------------------------------------------------------------


def _vintages(now: tuple[Aged, ...], months: list[dict[int, Aged]]) -> Sheet:
    late = {number for month in months for number, one in month.items() if one.at_risk(30)}
    groups: dict[tuple[str, str], list[Aged]] = defaultdict(list)
    for one in now:
        released = one.history.released_at
        if released is not None:
            currency = currency_of(one.history.product.currency)
            groups[month_of(released), currency].append(one)
    rows: list[tuple[Cell, ...]] = []
    for (month, currency), loans in sorted(groups.items()):
        lent = sum(one.history.applied.principal for one in loans)
        count = Counter(one.bucket for one in loans)
        fell = sum(one.history.applied.principal for one in loans if _fell(one))
        rows.append((
            month, currency, len(loans), lent, count[Bucket.REPAID],
            sum(one.history.applied.loan_id in late for one in loans),
            count[Bucket.DEFAULTED] + count[Bucket.RECOVERED], fell, share_bps(fell, lent),
            sum(one.outstanding for one in loans),
        ))  # fmt: skip
    return Sheet(
        "vintages",
        marked("Vintages: how the loans of each month of release stand"),
        (
            "month", "currency", "loans", "lent_minor", "repaid", "ever_over_30_days", "defaulted",
            "defaulted_lent_minor", "defaulted_bps", "outstanding_minor",
        ),
        tuple(rows),
        marked("Arrears are counted every 30 days, back from the time of the report."),
    )  # fmt: skip


def _rolls(months: list[dict[int, Aged]]) -> Sheet:
    moves: dict[tuple[int, Bucket], Counter[Bucket]] = defaultdict(Counter)
    for before, after in pairwise(months):
        for number, one in before.items():
            if one.bucket.owes:
                currency = one.history.product.currency
                moves[currency, one.bucket][after[number].bucket] += 1
    rows: list[tuple[Cell, ...]] = []
    order = list(Bucket)
    for number in sorted({number for number, _ in moves}):
        for bucket in OWING:
            found = moves[number, bucket]
            whole = found.total()
            worse = sum(found[other] for other in OWING if order.index(other) > order.index(bucket))
            cured = found[Bucket.CURRENT] + found[Bucket.REPAID] + found[Bucket.RECOVERED]
            cure = None if bucket is Bucket.CURRENT else share_bps(cured, whole)
            row: list[Cell] = [currency_of(number), bucket.value, whole]
            row += [found[other] for other in Bucket]
            rows.append((*row, cure, share_bps(worse, whole)))
    return Sheet(
        "rolls",
        marked("Cure and roll rates: where loans of each bucket stood 30 days later"),
        (
            "currency", "bucket", "loans",
            *(f"to_{one.value.replace(' ', '_')}" for one in Bucket),
            "cured_bps", "rolled_bps",
        ),
        tuple(rows),
        marked(
            "A loan counts once for each 30 days. Cured: nothing unpaid, or all paid. Rolled: "
            "worse."
        ),
    )  # fmt: skip


def _stage(one: Aged) -> int:
    if one.at_risk(90):
        return 3
    return 2 if one.at_risk(30) or one.restructured else 1


def _stages(now: tuple[Aged, ...], months: list[dict[int, Aged]]) -> Sheet:
    seen: dict[int, set[tuple[int, int]]] = defaultdict(set)
    for month in months[:-1]:
        for number, one in month.items():
            if one.bucket.owes and one.bucket is not Bucket.DEFAULTED:
                seen[one.history.product.currency].add((_stage(one), number))
    last = {one.history.applied.loan_id: one for one in now}
    losses = {row[0]: row[5] for row in _losses(now).rows}
    rows: list[tuple[Cell, ...]] = []
    for number, loans in _by_currency(now).items():
        currency = currency_of(number)
        loss = losses[currency]
        owing = [one for one in loans if one.bucket.owes]
        for stage in _STAGES:
            outstanding = sum(one.outstanding for one in owing if _stage(one) == stage)
            count = sum(_stage(one) == stage for one in owing)
            ended = [
                last[loan]
                for found, loan in sorted(seen[number])
                if found == stage and (_fell(last[loan]) or last[loan].bucket is Bucket.REPAID)
            ]
            # arrears of more than 90 days count as a default
            rate = 10_000 if stage == _STAGES[-1] else share_bps(sum(map(_fell, ended)), len(ended))
            allowance = None
            if isinstance(loss, int) and rate is not None:
                allowance = outstanding * rate * loss // 10**8
            rows.append((currency, stage, count, outstanding, len(ended), rate, loss, allowance))
    return Sheet(
        "stages",
        marked(
            "Stages: below 30 days; 30 to 90 days, or restructured; over 90 days, or in default"
        ),
        (
            "currency", "stage", "loans", "outstanding_minor", "ended_after_it", "defaulted_bps",
            "loss_bps", "allowance_minor",
        ),
        tuple(rows),
        _ILLUSTRATION,
    )  # fmt: skip
