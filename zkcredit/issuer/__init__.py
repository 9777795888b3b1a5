"""The issuer's side: one encrypted file, from which credentials are issued and revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.lazy import lazy_names

if TYPE_CHECKING:
    from zkcredit.issuer.issuer import LISTED_AFTER_EXPIRY, Issuer
    from zkcredit.issuer.order_table import OrderRow, read_orders
    from zkcredit.issuer.orders import IssuedCredential, IssueOrder, IssueOutcome

__all__ = [
    "LISTED_AFTER_EXPIRY",
    "IssueOrder",
    "IssueOutcome",
    "IssuedCredential",
    "Issuer",
    "OrderRow",
    "read_orders",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "LISTED_AFTER_EXPIRY": "issuer",
        "IssueOrder": "orders",
        "IssueOutcome": "orders",
        "IssuedCredential": "orders",
        "Issuer": "issuer",
        "OrderRow": "order_table",
        "read_orders": "order_table",
    },
)
