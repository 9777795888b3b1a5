"""Loans in whole minor units: products, tables, schedules, and the purposes of loans."""

from __future__ import annotations

from zkcredit.loan.product import (
    Instalment,
    Product,
    Schedule,
    Terms,
    interest,
    level_instalment,
)
from zkcredit.loan.purposes import PURPOSES, Purpose, purpose_in_words
from zkcredit.loan.table import Kind, Rounding, Row, Table
from zkcredit.loan.table_product import Burden, TableProduct

__all__ = [
    "PURPOSES",
    "Burden",
    "Instalment",
    "Kind",
    "Product",
    "Purpose",
    "Rounding",
    "Row",
    "Schedule",
    "Table",
    "TableProduct",
    "Terms",
    "interest",
    "level_instalment",
    "purpose_in_words",
]
