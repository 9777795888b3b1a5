"""Charts of schedules as SVG or PNG, by matplotlib, which ``zkcredit[charts]`` brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_path
from zkcredit._internal.extras import extra
from zkcredit.errors import InvalidInput
from zkcredit.loan.table_product import TableProduct
from zkcredit.units import DAY, currency_numbered, money_in_words

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["draw_schedule"]

FORMATS: Final = (".png", ".svg")
# blue and orange of Okabe and Ito, which people with any colour vision tell apart
_PRINCIPAL, _INTEREST, _BALANCE = "#0072b2", "#e69f00", "#999999"


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
    target = require_path("path", path)
    if target.suffix not in FORMATS:
        raise InvalidInput(f"a chart is written as {' or '.join(FORMATS)}, not {target.suffix!r}")
    schedule = product.schedule(principal)
    with extra("charts", "a chart"):
        from matplotlib import rc_context
        from matplotlib.figure import Figure

    number = product.currency
    known = currency_numbered(number)
    unit, scale = (known.code, 10**known.exponent) if known else ("minor units", 1)
    days = [due / DAY for due in product.table.dues]
    interest = [min(entry.interest, entry.amount) / scale for entry in schedule.instalments]
    parts = [max(entry.principal, 0) / scale for entry in schedule.instalments]
    steps = [principal, *(entry.balance for entry in schedule.instalments)]
    width = 0.5 * min(late - early for early, late in zip([0.0, *days], days, strict=False))
    with rc_context({"svg.hashsalt": "zkcredit"}):
        figure = Figure(figsize=(9, 5.5), layout="constrained")
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
        metadata = {"Date": None} if target.suffix == ".svg" else {}
        figure.savefig(target, metadata=metadata)
