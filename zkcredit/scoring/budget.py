"""A household budget and a full credit record, derived from a German Credit row by fixed rules.

The data do not contain incomes. They contain the credit's amount and duration, and the class of the
instalment as a share of disposable income. That is enough for an estimate:

============================ =====================================================================
quantity (a month)           rule, in integers, rounded down
============================ =====================================================================
instalment of the credit     amount / duration, without interest
``monthly_income``           instalment / middle of its class: 40 % (35 % and more), 30 %, 22.5 %
                             or 15 % (under 20 %)
``monthly_expenses``         35 % of income; plus 20 % if the applicant rents, 10 % if they own a
                             home; plus 10 % if they maintain three people or more
``monthly_debt_service``     a quarter of the instalment for each further credit at the bank (the
                             low end of the class "2-3", "4-5", "6+"; they are partly repaid); plus
                             half an instalment for a plan with another bank, a quarter with stores
``delinquencies_24m``        3 for "critical", 1 for "delayed", otherwise 0
``history_months``           low end of the class of residence, at least 6 (an address that a bureau
                             can observe is the only length in the data)
``employment_months``        low end of the class of employment
``dependants``               low end of the class: 0 or 3
``open_accounts``            current account, further credits and other plans, one each
============================ =====================================================================

Limits: the shares are round assumptions, not estimates; amounts in the source are transformed; one
class of instalment covers a wide range of incomes. The rule's results are deterministic and of the
right order, so that a policy on them accepts some applicants and refuses others. One Deutsche Mark
counts as one whole unit of the currency that the caller names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit.record import CreditRecord
from zkcredit.scoring import german_credit as g
from zkcredit.units import BASIS_POINTS, currency

if TYPE_CHECKING:
    from zkcredit.scoring.german_credit import CreditRow
    from zkcredit.scoring.scorecard import Scorecard

_RATE_BPS = {
    g.InstalmentRate.FROM_35_PERCENT: 4_000,
    g.InstalmentRate.FROM_25_PERCENT: 3_000,
    g.InstalmentRate.FROM_20_PERCENT: 2_250,
    g.InstalmentRate.UNDER_20_PERCENT: 1_500,
}
_LIVING_BPS = 3_500
_HOUSING_BPS = {g.Housing.FREE: 0, g.Housing.RENT: 2_000, g.Housing.OWN: 1_000}
_DEPENDANTS_BPS = {g.Dependants.UP_TO_2: 0, g.Dependants.FROM_3: 1_000}
_FURTHER_CREDITS = {
    g.CreditCount.ONE: 0,
    g.CreditCount.TWO_OR_THREE: 1,
    g.CreditCount.FOUR_OR_FIVE: 3,
    g.CreditCount.FROM_SIX: 5,
}
_PLAN_QUARTERS = {g.OtherPlans.NONE: 0, g.OtherPlans.BANK: 2, g.OtherPlans.STORES: 1}
_MONTHS = {
    g.Tenure.UNEMPLOYED: 0,
    g.Tenure.UNDER_1_YEAR: 0,
    g.Tenure.UNDER_4_YEARS: 12,
    g.Tenure.UNDER_7_YEARS: 48,
    g.Tenure.FROM_7_YEARS: 84,
}
_DELINQUENCIES = {g.CreditHistory.CRITICAL: 3, g.CreditHistory.DELAYED: 1}
_LEAST_HISTORY = 6


@dataclass(frozen=True, slots=True)
class Budget:
    """What a household earns, spends and owes each month, in minor currency units."""

    monthly_income: int
    monthly_expenses: int
    monthly_debt_service: int

    @property
    def free(self) -> int:
        """What is left each month; negative if obligations exceed income."""
        return self.monthly_income - self.monthly_expenses - self.monthly_debt_service


def derive_budget(row: CreditRow, code: str = "EUR") -> Budget:
    """Derive a monthly budget by the rule at the head of this module.

    Args:
        row: one application.
        code: currency of the result; one DM is one whole unit of it.

    Raises:
        InvalidInput: if the currency is unknown.
    """
    minor = 10 ** currency(code).exponent
    instalment = row.amount_dm * minor // row.duration_months
    income = instalment * BASIS_POINTS // _RATE_BPS[row.instalment_rate]
    share = _LIVING_BPS + _HOUSING_BPS[row.housing] + _DEPENDANTS_BPS[row.dependants]
    quarters = _FURTHER_CREDITS[row.credit_count] + _PLAN_QUARTERS[row.other_plans]
    return Budget(
        monthly_income=income,
        monthly_expenses=income * share // BASIS_POINTS,
        monthly_debt_service=instalment * quarters // 4,
    )


def derive_record(row: CreditRow, scorecard: Scorecard, code: str = "EUR") -> CreditRecord:
    """Derive what an issuer would sign about this applicant.

    ``subject_ref`` is the row's number; the issuer fills in ``person_tag``.

    Raises:
        InvalidInput: if the currency is unknown, or the scorecard does not fit the row.
    """
    budget = derive_budget(row, code)
    further = _FURTHER_CREDITS[row.credit_count]
    return CreditRecord(
        score=scorecard.score(row),
        monthly_income=budget.monthly_income,
        monthly_expenses=budget.monthly_expenses,
        monthly_debt_service=budget.monthly_debt_service,
        delinquencies_24m=_DELINQUENCIES.get(row.credit_history, 0),
        history_months=max(_LEAST_HISTORY, _MONTHS[row.residence]),
        currency=currency(code).number,
        employment_months=_MONTHS[row.employment],
        dependants=3 if row.dependants is g.Dependants.FROM_3 else 0,
        open_accounts=(
            int(row.checking_account is not g.CheckingAccount.NONE)
            + further
            + int(row.other_plans is not g.OtherPlans.NONE)
        ),
        subject_ref=row.number,
    )
