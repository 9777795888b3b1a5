"""Charts of loans, scorecards and reports as SVG or PNG; ``zkcredit[charts]`` brings matplotlib."""

from __future__ import annotations

from contextlib import contextmanager
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.checks import require_instance, require_path
from zkcredit._internal.extras import extra
from zkcredit.errors import InvalidInput
from zkcredit.loan.disclosure import disclose
from zkcredit.loan.table_product import TableProduct
from zkcredit.portfolio.aging import PAR_DAYS
from zkcredit.portfolio.impact import Impact
from zkcredit.portfolio.portfolio import Portfolio
from zkcredit.scoring.scorecard import Scorecard, bins_in_words
from zkcredit.units import DAY, currency_numbered, money_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["draw_cost", "draw_impact", "draw_portfolio", "draw_schedule", "draw_scorecard"]

FORMATS: Final = (".png", ".svg")
# colours of Okabe and Ito, which people with any colour vision tell apart
_PRINCIPAL, _INTEREST, _BALANCE, _WORST = "#0072b2", "#e69f00", "#999999", "#cc79a7"

_COLOURS: Final = (_PRINCIPAL, _INTEREST, "#009e73", _WORST)


def draw_schedule(product: TableProduct, principal: int, path: str | Path) -> None:
    """Draw the amounts of a loan, by interest and principal, and below them the balance.

    The same arguments make the same file with the same version of matplotlib.

    Args:
        product: the product.
        principal: minor units, within the product's range.
        path: file to write; its ending, ``.svg`` or ``.png``, says the format.

    Raises:
        InvalidInput: if an argument has the wrong type, the ending is another one, or the loan is
            degenerate.
        OutOfRange: if the principal is outside the product's range.
        MissingExtra: if matplotlib is not installed.
    """
    require_instance("product", product, TableProduct)
    target = _target(path)
    schedule = product.schedule(principal)
    number = product.currency
    unit, scale = _unit(number)
    days = [due / DAY for due in product.table.dues]
    interest = [min(entry.interest, entry.amount) / scale for entry in schedule.instalments]
    parts = [max(entry.principal, 0) / scale for entry in schedule.instalments]
    steps = [principal, *(entry.balance for entry in schedule.instalments)]
    width = 0.5 * min(late - early for early, late in zip([0.0, *days], days, strict=False))
    with _figure(target, (9, 5.5)) as figure:
        amounts, balance = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
        amounts.bar(days, interest, width, color=_INTEREST, label="interest")
        amounts.bar(days, parts, width, interest, color=_PRINCIPAL, label="principal")
        total = money_in_words(schedule.total, number)
        lent = money_in_words(principal, number)
        amounts.set(ylabel=f"amount, {unit}", title=f"{lent} lent, {total} paid back in all")
        owed = [step / scale for step in steps]
        balance.fill_between([0.0, *days], owed, step="post", color=_BALANCE, label="balance")
        balance.set(xlabel="days after release", ylabel=f"balance, {unit}", ylim=(0, None))
        figure.legend(loc="outside lower center", ncols=3, frameon=False)


def draw_scorecard(
    scorecard: Scorecard, path: str | Path, row: Mapping[str, object] | None = None
) -> None:
    """Draw the points of every bin of a scorecard, one panel for each feature.

    The same arguments make the same file with the same version of matplotlib.

    Args:
        scorecard: the scorecard.
        path: file to write; its ending, ``.svg`` or ``.png``, says the format.
        row: an applicant's values by feature; their bins are marked, and the title has the score.

    Raises:
        InvalidInput: if an argument has the wrong type, the ending is another one, or a value of
            the row is missing or outside every bin.
        MissingExtra: if matplotlib is not installed.
    """
    require_instance("scorecard", scorecard, Scorecard)
    target = _target(path)
    title = "points of each bin; scores are {} to {}".format(*scorecard.range)
    if row is not None:
        title = f"score {scorecard.score(row)}: {scorecard.base}, and the points of the marked bins"
    features = scorecard.features
    columns = min(3, len(features))
    with _figure(target, (4.2 * columns, 2.3 * -(-len(features) // columns))) as figure:
        panels = figure.subplots(
            -(-len(features) // columns), columns, squeeze=False, sharex=True
        ).ravel()
        for panel in panels:
            panel.set_axis_off()
        for panel, feature in zip(panels, features, strict=False):
            panel.set_axis_on()
            places = range(len(feature.points))
            marked = None if row is None else feature.bin(row[feature.name])
            colours = [_INTEREST if place == marked else _PRINCIPAL for place in places]
            panel.barh(places, feature.points, color=colours)
            panel.axvline(0, color="black", linewidth=0.8)
            labels = [shorten(told, 30, placeholder=" …") for told in bins_in_words(feature)]
            panel.set_yticks(places, labels, fontsize=7)
            if marked is not None:  # a bin without points has no bar
                panel.get_yticklabels()[marked].set_fontweight("bold")
            panel.invert_yaxis()
            panel.set_title(feature.name, fontsize=9)
            panel.tick_params(axis="x", labelsize=7, labelbottom=True)
        figure.suptitle(title)


def draw_cost(product: TableProduct, principal: int, path: str | Path) -> None:
    """Draw what a loan costs: what is paid out, and beside it principal, interest and fees.

    A third column has the worst case: every late fee, and holidays as early as the rules allow.
    The same arguments make the same file with the same version of matplotlib.

    Args:
        product: the product.
        principal: minor units, within the product's range.
        path: file to write; its ending, ``.svg`` or ``.png``, says the format.

    Raises:
        InvalidInput: if an argument has the wrong type, the ending is another one, or the loan is
            degenerate.
        OutOfRange: if the principal is outside the product's range.
        MissingExtra: if matplotlib is not installed.
    """
    require_instance("product", product, TableProduct)
    target = _target(path)
    told = disclose(product, principal)
    unit, scale = _unit(product.currency)
    withheld = told.principal - told.net
    parts = (
        ("paid out", _BALANCE, (told.net, 0, 0)),
        ("principal", _PRINCIPAL, (0, told.principal, told.principal)),
        ("interest and fees of the schedule", _INTEREST, (0,) + (told.total - told.principal,) * 2),
        ("at worst, more", _WORST, (0, 0, told.worst_total - told.total)),
    )
    with _figure(target, (7.5, 5)) as figure:
        axes = figure.subplots()
        base = [0.0, 0.0, 0.0]
        for label, colour, amounts in parts:
            if not any(amounts):
                continue
            heights = [amount / scale for amount in amounts]
            axes.bar(("you receive", "you pay", "you pay at worst"), heights, 0.6, base,
                     color=colour, label=label)  # fmt: skip
            base = [low + height for low, height in zip(base, heights, strict=True)]
        for place, amount in enumerate((told.net, told.total, told.worst_total)):
            text = money_in_words(amount, product.currency)
            axes.annotate(text, (place, base[place]), ha="center", va="bottom")
        axes.set(ylabel=f"amount, {unit}")
        axes.set_ylim(0, 1.12 * max(base))
        rate = told.ear / 10**6
        fee = f"; {money_in_words(withheld, product.currency)} withheld" if withheld else ""
        cost = money_in_words(told.cost, product.currency)
        axes.set_title(f"the credit costs {cost}: {rate:.2f} % a year, effective{fee}")
        figure.legend(loc="outside lower center", ncols=2, frameon=False)


def draw_portfolio(portfolio: Portfolio, path: str | Path) -> None:
    """Draw the portfolio at risk by days, and below it what of each month's loans defaulted.

    The same arguments make the same file with the same version of matplotlib.

    Args:
        portfolio: the portfolio.
        path: file to write; its ending, ``.svg`` or ``.png``, says the format.

    Raises:
        InvalidInput: if an argument has the wrong type, or the ending is another one.
        MissingExtra: if matplotlib is not installed.
    """
    require_instance("portfolio", portfolio, Portfolio)
    target = _target(path)
    risks = portfolio.at_risk.rows
    width = 0.8 / max(len(risks), 1)
    with _figure(target, (9, 6)) as figure:
        above, below = figure.subplots(2, 1)
        for place, row in enumerate(risks):
            shares = [_percent(row[4 + 2 * number]) for number in range(len(PAR_DAYS))]
            places = [number + place * width for number in range(len(PAR_DAYS))]
            above.bar(places, shares, width, color=_COLOURS[place % 4], label=str(row[0]))
        middle = width * (len(risks) - 1) / 2
        names = [f"over {days} day" + "s" * (days > 1) for days in PAR_DAYS]
        above.set_xticks([number + middle for number in range(len(PAR_DAYS))], names)
        above.set(ylabel="% of outstanding", title="Portfolio at risk", ylim=(0, None))
        months = sorted({str(row[0]) for row in portfolio.vintages.rows})
        for place, risk in enumerate(risks):
            found = {row[0]: row[8] for row in portfolio.vintages.rows if row[1] == risk[0]}
            points = [(months.index(str(month)), _percent(rate)) for month, rate in found.items()]
            below.plot(*zip(*points, strict=True), "o-", color=_COLOURS[place % 4])
        below.set_xticks(range(len(months)), months, rotation=45 if len(months) > 8 else 0)
        below.set(ylabel="% of lent", title="Defaulted, by month of release", ylim=(0, None))
        if risks:
            figure.legend(loc="outside lower center", ncols=4, frameon=False)


def draw_impact(impact: Impact, path: str | Path) -> None:
    """Draw how many people each purpose and each kind of schedule reaches.

    The same arguments make the same file with the same version of matplotlib.

    Args:
        impact: the reach of a market.
        path: file to write; its ending, ``.svg`` or ``.png``, says the format.

    Raises:
        InvalidInput: if an argument has the wrong type, or the ending is another one.
        MissingExtra: if matplotlib is not installed.
    """
    require_instance("impact", impact, Impact)
    target = _target(path)
    sheets = (impact.purposes, impact.kinds)
    heights = [max(len(sheet.rows), 1) for sheet in sheets]
    with _figure(target, (9, 1.6 + 0.35 * sum(heights))) as figure:
        panels = figure.subplots(2, 1, height_ratios=heights)
        for panel, sheet in zip(panels, sheets, strict=True):
            places = range(len(sheet.rows))
            panel.barh(places, [row[2] or 0 for row in sheet.rows], color=_PRINCIPAL)
            names = [
                f"{row[1]}, {row[0]}" + ("" if row[2] is not None else " (few)")
                for row in sheet.rows
            ]
            panel.set_yticks(places, [shorten(name, 60, placeholder=" …") for name in names])
            panel.invert_yaxis()
            panel.set(title=sheet.title, xlabel="people")


def _percent(rate: object) -> float:
    """Return a rate in basis points as per cent; nothing as 0."""
    return rate / 100 if isinstance(rate, int) else 0.0


def _target(path: str | Path) -> Path:
    target = require_path("path", path)
    if target.suffix not in FORMATS:
        raise InvalidInput(f"a chart is written as {' or '.join(FORMATS)}, not {target.suffix!r}")
    return target


def _unit(number: int) -> tuple[str, int]:
    """Return the name of a currency's unit, and how many minor units it has."""
    known = currency_numbered(number)
    return (known.code, 10**known.exponent) if known else ("minor units", 1)


@contextmanager
def _figure(target: Path, size: tuple[float, float]) -> Iterator[Any]:
    """Give a figure to draw in, and write it: always the same bytes for the same drawing."""
    with extra("charts", "a chart"):
        from matplotlib import rc_context
        from matplotlib.figure import Figure
    with rc_context({"svg.hashsalt": "zkcredit"}):
        figure = Figure(figsize=size, layout="constrained")
        yield figure
        metadata = {"Date": None} if target.suffix == ".svg" else {}
        figure.savefig(target, metadata=metadata)
