"""The cast: three farmers, a season product, and the product that a bad harvest needs.

The farmers' data are rows of the German Credit data, like those of the loan story. We chose rows
that qualify, and what the weather does; the loans are those that the rows ask for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zkcredit.demo.loan.cast import CURRENCY, applicants
from zkcredit.loan import Burden, TableProduct, bullet, months, on_dates, season
from zkcredit.policy import Policy
from zkcredit.units import parts_per_billion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.demo.loan.cast import Applicant
    from zkcredit.loan import Period, Table

__all__ = [
    "FIRST_HARVEST",
    "RECOVERY",
    "SECOND_HARVEST",
    "SEEDS",
    "Farmer",
    "Weather",
    "dear_product",
    "farmers",
    "recovery_product",
    "season_product",
]

FIRST_HARVEST: Final = 184
"""Days from release to the first harvest."""
SECOND_HARVEST: Final = 245
"""Days from release to the second harvest."""
RECOVERY: Final = (180, 365, 545)
"""Days from a restructuring to the dues of the product that a bad harvest needs."""
SEEDS: Final = 1
"""Purpose "seeds and seedlings", see ``zkcredit.loan.PURPOSES``."""
_RATE: Final = parts_per_billion("12")
_FEE_BPS: Final = 100


class Weather(StrEnum):
    """What the season does to a farmer."""

    GOOD = "a good harvest"
    LATE = "rains that come late"
    HAIL = "hail"


_WEATHER: Final = {3: Weather.GOOD, 7: Weather.LATE, 17: Weather.HAIL}


@dataclass(frozen=True)
class Farmer:
    """One farmer.

    Attributes:
        applicant: the applicant of the data.
        weather: what the season does.
    """

    applicant: Applicant
    weather: Weather

    @property
    def name(self) -> str:
        """The farmer's name in the story."""
        return self.applicant.name


def farmers() -> list[Farmer]:
    """Return the cast, in the order of the data."""
    return [
        Farmer(member, _WEATHER[member.number])
        for member in applicants()
        if member.number in _WEATHER
    ]


def season_product(token: str, cooperative: str, now: int) -> TableProduct:
    """Return the lenders' product: 60 % of the principal after one harvest, the rest after another.

    Interest is 12 % a year by days of 365. A borrower may take one holiday; the cooperative keeps
    1 % of each loan for its work.

    Args:
        token: 0x-address of the money.
        cooperative: 0x-address that the fee is for.
        now: the day of release, Unix seconds.
    """
    table = season(_RATE, _days(now, (FIRST_HARVEST, SECOND_HARVEST)), [600_000_000])
    return _offer(table, token, holidays=1, origination_bps=_FEE_BPS, fee_recipient=cooperative)


def recovery_product(token: str, now: int) -> TableProduct:
    """Return the product after hail: nothing for half a year, then two harvests of the next years.

    The arguments are as in ``season_product``.
    """
    return _offer(season(_RATE, _days(now, RECOVERY), [0, 500_000_000]), token)


def dear_product(token: str, dealer: str) -> TableProduct:
    """Return a dealer's product, which costs more than wallets allow by default.

    Args:
        token: 0x-address of the money.
        dealer: 0x-address that a fee of a tenth is for.
    """
    table = bullet(parts_per_billion("60"), months(6))
    return _offer(table, token, origination_bps=1_000, fee_recipient=dealer)


def _days(now: int, dues: Sequence[int]) -> tuple[Period, ...]:
    start = datetime.fromtimestamp(now, UTC).date()
    return on_dates(start, [start + timedelta(days=day) for day in dues])


def _offer(
    table: Table,
    token: str,
    *,
    holidays: int = 0,
    origination_bps: int = 0,
    fee_recipient: str = "",
) -> TableProduct:
    return TableProduct(
        table=table,
        policy=Policy(
            min_score=540,
            coverage_bps=12_500,
            max_dti_bps=4_000,
            max_delinquencies=1,
            currency=CURRENCY.number,
        ),
        min_principal=200_00,
        max_principal=3_000_00,
        token=token,
        currency=CURRENCY.number,
        burden=Burden.AVERAGE,
        late_fee=5_00,
        late_fee_cap=10_00,
        holidays=holidays,
        origination_bps=origination_bps,
        fee_recipient=fee_recipient,
    )
