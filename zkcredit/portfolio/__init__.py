"""Reports over a market's loans: what is at risk, what was lost, whom it reaches.

::

    with ChainIndex.open("loans.sqlite", node, contracts, projections=[LOANS]) as index:
        index.catch_up()
        histories = histories_of(index, market)
    print(portfolio_of(histories, time).in_words())
    print(impact_of(histories, time).in_words())
"""

from __future__ import annotations

from zkcredit.chain.index.loan_histories import Histories, LoanHistory, histories_of
from zkcredit.portfolio.impact import Impact, impact_of
from zkcredit.portfolio.portfolio import Portfolio, portfolio_of
from zkcredit.portfolio.sheet import Sheet

__all__ = [
    "Histories",
    "Impact",
    "LoanHistory",
    "Portfolio",
    "Sheet",
    "histories_of",
    "impact_of",
    "portfolio_of",
]
