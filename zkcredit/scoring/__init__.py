"""Turn a loan application into the numbers that an issuer signs.

This package has the bundled German Credit data, an integer scorecard trained on them without
protected attributes, and the rule that derives a household budget from a row. Training is in
``zkcredit.scoring.training``; nothing needs it at run time, and it is not imported here.
"""

from zkcredit.scoring.budget import Budget, derive_budget, derive_record
from zkcredit.scoring.german_credit import CreditRow, applicant, load_german_credit
from zkcredit.scoring.protected import PROTECTED_ATTRIBUTES, refuse_protected
from zkcredit.scoring.scorecard import Scorecard, load_scorecard

__all__ = [
    "PROTECTED_ATTRIBUTES",
    "Budget",
    "CreditRow",
    "Scorecard",
    "applicant",
    "derive_budget",
    "derive_record",
    "load_german_credit",
    "load_scorecard",
    "refuse_protected",
]
