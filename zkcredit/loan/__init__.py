"""Loans in whole minor units: products, tables, schedules, a loan's life, and purposes of loans."""

from __future__ import annotations

from zkcredit.loan.builders import (
    bullet,
    consumer,
    education,
    equal_principal,
    fortnightly,
    season,
    weekly,
)
from zkcredit.loan.disclosure import (
    Disclosure,
    Payment,
    UnitPayment,
    annual_percentage_rate,
    disclose,
    effective_annual_rate,
    rate_in_words,
    unit_periods,
)
from zkcredit.loan.life import Action, Outcome, quote, rehabilitated_at, run
from zkcredit.loan.offer import picture_of_offer, read_offer
from zkcredit.loan.periods import (
    DayCount,
    Period,
    Shift,
    WorkingDays,
    calendar_months,
    days_apart,
    months,
    on_dates,
    year_fraction,
)
from zkcredit.loan.picture import picture_in_text
from zkcredit.loan.purposes import PURPOSES, Purpose, purpose_in_words
from zkcredit.loan.running import Quote, RunningLoan, Standing, release
from zkcredit.loan.schedule import Instalment, Schedule
from zkcredit.loan.table import Kind, Rounding, Row, Table
from zkcredit.loan.table_product import Burden, TableProduct
from zkcredit.loan.words import loan_from_words, loan_words, product_address

__all__ = [
    "PURPOSES",
    "Action",
    "Burden",
    "DayCount",
    "Disclosure",
    "Instalment",
    "Kind",
    "Outcome",
    "Payment",
    "Period",
    "Purpose",
    "Quote",
    "Rounding",
    "Row",
    "RunningLoan",
    "Schedule",
    "Shift",
    "Standing",
    "Table",
    "TableProduct",
    "UnitPayment",
    "WorkingDays",
    "annual_percentage_rate",
    "bullet",
    "calendar_months",
    "consumer",
    "days_apart",
    "disclose",
    "education",
    "effective_annual_rate",
    "equal_principal",
    "fortnightly",
    "loan_from_words",
    "loan_words",
    "months",
    "on_dates",
    "picture_in_text",
    "picture_of_offer",
    "product_address",
    "purpose_in_words",
    "quote",
    "rate_in_words",
    "read_offer",
    "rehabilitated_at",
    "release",
    "run",
    "season",
    "unit_periods",
    "weekly",
    "year_fraction",
]
