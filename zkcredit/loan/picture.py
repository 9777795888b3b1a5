"""A picture of a schedule in text: one line for each row, one bar for interest and principal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_int
from zkcredit.errors import OutOfRange
from zkcredit.loan.table_product import TableProduct
from zkcredit.units import DAY, money_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan.schedule import Instalment, Schedule

__all__ = ["draw_in_text", "picture_in_text", "require_width"]

INTEREST: Final = "▒"
PRINCIPAL: Final = "█"
_NARROWEST, _WIDEST = 10, 200


def picture_in_text(product: TableProduct, principal: int, width: int = 40) -> str:
    """Return the schedule of a loan as lines of text with bars.

    Each line has the due in days, a bar of interest (▒) and principal (█) in proportion to the
    largest amount, the amount, and the balance that remains. A row that asks for nothing has no
    bar, and says what it adds to the balance.

    Args:
        product: the product.
        principal: minor units, within the product's range.
        width: length of the longest bar in characters, 10 to 200.

    Raises:
        InvalidInput: if an argument has the wrong type, or the loan is degenerate.
        OutOfRange: if the principal or the width is outside its range.
    """
    require_instance("product", product, TableProduct)
    require_width(width)
    return draw_in_text(product.schedule(principal), product.table.dues, product.currency, width)


def require_width(width: int) -> None:
    """Check the length of the longest bar."""
    if not _NARROWEST <= require_int("width", width) <= _WIDEST:
        raise OutOfRange(f"width must be {_NARROWEST} to {_WIDEST} characters")


def draw_in_text(schedule: Schedule, dues: Sequence[int], currency: int, width: int) -> str:
    """Return a schedule with these dues as ``picture_in_text`` draws it, unchecked."""
    peak = max(1, *schedule.amounts)
    days = [f"{due // DAY}" for due in dues]
    amounts = [_amount(entry, currency) for entry in schedule.instalments]
    balances = [money_in_words(e.balance, currency) for e in schedule.instalments]
    columns = (max(map(len, days)), max(map(len, amounts)), max(map(len, balances)))
    lines = [f"{INTEREST} interest  {PRINCIPAL} principal   due in days, amount, balance after it"]
    for entry, due, amount, balance in zip(
        schedule.instalments, days, amounts, balances, strict=True
    ):
        lines.append(
            f"{due:>{columns[0]}} {_bar(entry, peak, width)} {amount:>{columns[1]}} "
            f"{balance:>{columns[2]}}"
        )
    return "\n".join(lines)


def _bar(entry: Instalment, peak: int, width: int) -> str:
    # rounded half up, so that the longest bar has the whole width; something is never invisible
    full = max((2 * entry.amount * width + peak) // (2 * peak), bool(entry.amount))
    interest = (2 * min(entry.interest, entry.amount) * width + peak) // (2 * peak)
    return (INTEREST * min(interest, full)).ljust(full, PRINCIPAL).ljust(width)


def _amount(entry: Instalment, currency: int) -> str:
    if entry.amount or not entry.interest:
        return money_in_words(entry.amount, currency)
    return f"adds {money_in_words(entry.interest, currency)}"
