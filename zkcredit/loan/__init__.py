"""Loans in whole minor units: terms, level instalments, schedules, products, purposes."""

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

__all__ = [
    "PURPOSES",
    "Instalment",
    "Product",
    "Purpose",
    "Schedule",
    "Terms",
    "interest",
    "level_instalment",
    "purpose_in_words",
]
