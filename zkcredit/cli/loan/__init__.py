"""``zkcredit loan``: a loan's life, from the application to the last withdrawal.

| module | commands |
|---|---|
| ``application`` | apply, renew, cancel, draw |
| ``signing`` | sign-application, sign-holiday, sign-payment |
| ``carrying`` | carry |
| ``lending`` | fund, take-back, withdraw, withdraw-fees |
| ``paying`` | repay, settle, prepay |
| ``relief`` | holiday, sign-restructuring, restructure, mark-default |
| ``receipts`` | receipt, check-receipt |
| ``looking`` | show, list, mine, schedule, due |
| ``watching`` | watch |

``record`` describes a loan, ``rules`` refuses a step before it is sent, ``answering`` proves,
``consent_file`` is the file of signed consents, and ``calendar`` writes dues for calendar programs.
"""

from zkcredit.cli.loan import (
    application,
    carrying,
    lending,
    looking,
    paying,
    receipts,
    relief,
    signing,
    watching,
)
from zkcredit.cli.loan.group import app

__all__ = [
    "app",
    "application",
    "carrying",
    "lending",
    "looking",
    "paying",
    "receipts",
    "relief",
    "signing",
    "watching",
]
