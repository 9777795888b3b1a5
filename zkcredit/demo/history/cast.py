"""The cast: four people with a thin file, and the products of three markets.

The incomes are those of rows of the German Credit data. We chose what people do: two pay every row;
one pays a row late and one stops, and these are two whose real credit went bad.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from zkcredit.demo.loan.cast import CURRENCY, applicants
from zkcredit.history import HistoryTerms
from zkcredit.loan import Burden, TableProduct, consumer, months
from zkcredit.policy import Policy
from zkcredit.units import DAY, parts_per_billion

if TYPE_CHECKING:
    from zkcredit.record import CreditRecord

__all__ = [
    "DEFAULT_AFTER",
    "GRACE",
    "LARGE",
    "SMALL",
    "TERMS",
    "Conduct",
    "Newcomer",
    "clean_product",
    "larger_product",
    "newcomers",
    "record_product",
    "small_product",
]

SMALL: Final = 300_00
"""The first loan, minor units."""
LARGE: Final = 1_500_00
"""The loan that a record opens."""
GRACE: Final = 5 * DAY
DEFAULT_AFTER: Final = 60 * DAY
TERMS: Final = HistoryTerms(min_repaid=1, min_on_time=3, max_late=0, max_defaults=0)
"""What the city's lenders ask of a record."""


class Conduct(StrEnum):
    """What a borrower does with the first loan."""

    ELSEWHERE = "pays in time, then borrows in the city"
    MEMBER = "pays in time, then borrows at the cooperative"
    LATE = "pays the second row late"
    STOPS = "stops paying after the first row"


_PEOPLE: Final = {
    3: ("Ana", Conduct.ELSEWHERE),
    6: ("Dia", Conduct.MEMBER),
    5: ("Ben", Conduct.LATE),  # the real credit went bad
    10: ("Cid", Conduct.STOPS),  # the real credit went bad
}


@dataclass(frozen=True)
class Newcomer:
    """Somebody without a past.

    Attributes:
        number: row of the data.
        name: the name in the story.
        conduct: what they do.
        record: what an employer signs: incomes, no score and no history.
        really_good: whether the real credit ended well, by the data.
    """

    number: int
    name: str
    conduct: Conduct
    record: CreditRecord
    really_good: bool


def newcomers() -> list[Newcomer]:
    """Return the cast, in the order of ``Conduct``."""
    rows = {member.number: member for member in applicants()}
    return [
        Newcomer(
            number,
            name,
            conduct,
            replace(rows[number].record, score=0, history_months=0),
            rows[number].really_good,
        )
        for number, (name, conduct) in _PEOPLE.items()
    ]


def small_product(token: str) -> TableProduct:
    """Return the village's product: at most 300.00 EUR over three months, for incomes alone."""
    policy = Policy(coverage_bps=12_500, max_dti_bps=4_000, currency=CURRENCY.number)
    return _offer(token, 3, "24", SMALL, policy=policy)


def larger_product(token: str) -> TableProduct:
    """Return the cooperative's product for those who repaid a loan at a member of its bureau."""
    policy = Policy(coverage_bps=12_500, max_dti_bps=4_000, currency=CURRENCY.number)
    return _offer(token, 6, "18", LARGE, policy=policy, min_cycle=1)


def record_product(token: str, tree: str) -> TableProduct:
    """Return the city's product, which asks for a record at the village's bureau and no more.

    Args:
        token: 0x-address of the money.
        tree: 0x-address of the bureau's history tree.
    """
    terms = TERMS.pack()
    return _offer(token, 6, "15", LARGE, history_terms=terms, history_source=tree)


def clean_product(token: str, tree: str) -> TableProduct:
    """Return the city's small product, for everybody with a record without a stain.

    The arguments are as in ``record_product``.
    """
    terms = HistoryTerms(max_late=0, max_defaults=0).pack()
    return _offer(token, 3, "20", SMALL, history_terms=terms, history_source=tree)


def _offer(
    token: str,
    rows: int,
    rate: str,
    most: int,
    *,
    policy: Policy | None = None,
    min_cycle: int = 0,
    history_terms: int = 0,
    history_source: str = "",
) -> TableProduct:
    return TableProduct(
        table=consumer(parts_per_billion(rate), months(rows)),
        policy=policy or Policy(),
        min_principal=100_00,
        max_principal=most,
        token=token,
        currency=CURRENCY.number,
        burden=Burden.LEVEL,
        grace=GRACE,
        late_fee=5_00,
        late_fee_cap=10_00,
        default_after=DEFAULT_AFTER,
        min_cycle=min_cycle,
        history_terms=history_terms,
        history_source=history_source,
    )
