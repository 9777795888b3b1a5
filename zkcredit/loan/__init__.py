"""Loans in whole minor units: terms, level instalments, schedules, products."""

from __future__ import annotations

from zkcredit.loan.product import (
    Instalment,
    Product,
    Schedule,
    Terms,
    interest,
    level_instalment,
)

__all__ = ["Instalment", "Product", "Schedule", "Terms", "interest", "level_instalment"]
