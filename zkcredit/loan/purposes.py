"""What loans are for: the codes that an application may name, and their words.

The sectors are those that microfinance platforms report by. A code never changes its meaning; a new
one gets the next number. The market stores the code and does not know the table, so a code that is
not in it is valid, but has no words.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_uint
from zkcredit.language import tr
from zkcredit.schema import PURPOSE_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PURPOSES", "Purpose", "purpose_in_words"]


class Purpose(NamedTuple):
    """What a loan is for.

    Attributes:
        code: the number in applications, from 1.
        sector: the part of the economy.
        words: the use of the money.
    """

    code: int
    sector: str
    words: str


def _table(sectors: Mapping[str, tuple[str, ...]]) -> Mapping[int, Purpose]:
    rows = ((sector, words) for sector, uses in sectors.items() for words in uses)
    return MappingProxyType({code: Purpose(code, *row) for code, row in enumerate(rows, 1)})


PURPOSES: Final = _table(
    {
        "agriculture": (
            "seeds and seedlings",
            "fertiliser and crop protection",
            "farm tools and machines",
            "livestock",
            "animal feed and veterinary care",
            "land rent and field work",
            "irrigation",
            "storage of a harvest",
        ),
        "fishing": ("boats and nets", "fish farming"),
        "food": ("stock of a food shop", "a kitchen or restaurant", "food processing"),
        "retail": ("stock of a shop", "a market stall", "equipment of a shop"),
        "wholesale": ("goods for resale to shops",),
        "clothing": ("fabric and yarn", "sewing machines", "stock of clothes"),
        "manufacturing": ("raw materials", "tools and machines of a workshop"),
        "construction": ("building materials for sale or contracts", "tools of a builder"),
        "arts": ("materials of a craft",),
        "services": (
            "equipment of a service",
            "beauty and hair care",
            "repair of vehicles and devices",
            "phones and internet services",
        ),
        "transport": ("purchase of a vehicle", "repair of a vehicle", "fuel and licences"),
        "housing": ("repair of a home", "building of a home", "water and toilets", "solar power"),
        "education": ("school fees", "vocational or higher education"),
        "health": ("medical treatment",),
        "personal": ("a household's own needs",),
    }
)
"""Code → purpose."""


def purpose_in_words(code: int) -> str:
    """Return what the loan is for, with the code; 0 means that the borrower does not say.

    Raises:
        InvalidInput: if the code is not an integer.
        OutOfRange: if the code does not fit 16 bits.
    """
    if require_uint("the code of a purpose", code, PURPOSE_BITS) == 0:
        return tr("a purpose that the borrower does not say")
    found = PURPOSES.get(code)
    if found is None:
        return tr("purpose {code}, which has no name", code=code)
    return tr("{use} (code {code})", use=tr(found.words), code=code)
