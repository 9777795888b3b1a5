"""Loans as they stood at any time, for reports over a whole market.

``histories_of`` reads the tables of the projection ``LOANS`` once. What follows is computed from
the histories, without the index.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from zkcredit.chain.index.loan_records import (
    Applied,
    LoanRecord,
    PaidRow,
    StepTaken,
    running_from,
)
from zkcredit.chain.index.loan_replay import Clock, product_of
from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.chain.index.projection import Answers
    from zkcredit.loan.table_product import TableProduct

__all__ = ["Histories", "LoanHistory", "histories_of"]


@dataclass(frozen=True, slots=True)
class LoanHistory:
    """An application, and everything that happened to it.

    Attributes:
        applied: the application.
        product: the product that was applied for.
        released_at: when the loan was released; None if it was not.
        debt: what was owed when default was declared; None without one.
        steps: steps in order.
        rows: rows that are behind the loan, in order.
        records: the loan after each event that changed it, in order.
    """

    applied: Applied
    product: TableProduct
    released_at: int | None
    debt: int | None
    steps: Sequence[StepTaken]
    rows: Sequence[PaidRow]
    records: Sequence[LoanRecord]
    _times: Sequence[int] = field(repr=False)

    def at(self, time: int) -> LoanRecord | None:
        """Return the loan after the last block whose time is not later; None before it existed."""
        place = bisect_right(self._times, time)
        return self.records[place - 1] if place else None


@dataclass(frozen=True, slots=True)
class Histories:
    """The loans of one market.

    Attributes:
        loans: the histories in the order of the loans' numbers.
        notices: begin and clock of each notice, by token, in order.
    """

    loans: tuple[LoanHistory, ...]
    notices: Mapping[str, Sequence[tuple[int, Clock]]]

    def clock(self, token: str, time: int) -> int:
        """Return what a token's clock shows at a time (Unix seconds)."""
        found = Clock()
        given = self.notices.get(checksum(token), ()) if self.notices else ()
        for begins, clock in given:
            if begins <= time:
                found = clock
        return found.at(time)


def histories_of(index: Answers, market: str) -> Histories:
    """Return the histories of all loans of a market.

    Args:
        index: an index with the projection ``LOANS``.
        market: address of the market.
    """
    address = checksum(market)
    products = {
        product: product_of(data)
        for product, data in index.ask("SELECT product, data FROM loans_products")
    }
    released = dict(_rows(index, "loan, time", "releases", address))
    debts: dict[int, int] = {}
    for loan, debt, standing in _rows(index, "loan, debt, standing", "endings", address):
        if standing == "defaulted":
            debts[loan] = debt
    steps = _grouped(index, _STEP, "steps", address)
    rows = _grouped(index, "restructured, row, due, time", "rows", address)
    states = _grouped(index, "stage, product, words, undrawn, funded, time", "states", address)
    loans = []
    for number, product, borrower, nullifier, *rest in _rows(
        index,
        "loan, product, borrower, nullifier, principal, purpose, burden, deadline, time",
        "applications",
        address,
    ):
        applied = Applied(number, product, borrower, int(nullifier), *rest)
        records = []
        for stage, now, words, undrawn, funded, time in states[number]:
            running = running_from(words, products[now]) if words else None
            records.append(
                LoanRecord(applied, stage, now, products[now], running, funded, undrawn, time)
            )
        loans.append(
            LoanHistory(
                applied,
                products[product],
                released.get(number),
                debts.get(number),
                tuple(StepTaken(*one) for one in steps.get(number, ())),
                tuple(PaidRow(*one) for one in rows.get(number, ())),
                tuple(records),
                tuple(record.changed_at for record in records),
            )
        )
    notices: dict[str, list[tuple[int, Clock]]] = {}
    for token, begins, until, lost in _rows(
        index, "token, begins, until, lost", "notices", address
    ):
        notices.setdefault(token, []).append((begins, Clock(until, lost)))
    return Histories(tuple(loans), notices)


_STEP: Final = "action, caller, paid, own, on_time, late, fees, time, txn"


def _rows(index: Answers, columns: str, table: str, market: str) -> list[tuple[Any, ...]]:
    return index.ask(
        f"SELECT {columns} FROM loans_{table} WHERE market = ? ORDER BY block, log_index",  # noqa: S608 - own text
        market,
    )


def _grouped(
    index: Answers, columns: str, table: str, market: str
) -> dict[int, list[tuple[Any, ...]]]:
    found: dict[int, list[tuple[Any, ...]]] = {}
    for loan, *values in _rows(index, f"loan, {columns}", table, market):
        found.setdefault(loan, []).append(tuple(values))
    return found
