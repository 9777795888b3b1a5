"""What a page shows of a market, as plain values: for templates and for the JSON API alike."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from zkcredit.chain.index.loan_histories import histories_of
from zkcredit.chain.index.loan_lists import numbers_of, states_of
from zkcredit.chain.index.loan_records import (
    clock_at,
    intervals_of,
    loan_of,
    movements_of,
    products_of,
    rows_of,
    steps_of,
)
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ZkCreditError
from zkcredit.language import marked, tr
from zkcredit.loan.running import Standing, walk
from zkcredit.page.market_reports import Report
from zkcredit.page.verdicts import Busy
from zkcredit.portfolio.aging import currency_of
from zkcredit.portfolio.impact import impact_of
from zkcredit.portfolio.portfolio import portfolio_of
from zkcredit.units import money_in_words

if TYPE_CHECKING:
    from zkcredit.chain.index.chain_index import ChainIndex
    from zkcredit.chain.index.loan_records import LoanRecord, PaidRow
    from zkcredit.loan.table_product import TableProduct
    from zkcredit.page.follower import Follower

__all__ = ["STATES", "WORDS", "Views"]

STATES: Final = (
    marked("requested"),
    marked("active"),
    marked("repaid"),
    marked("defaulted"),
    marked("recovered"),
    marked("cancelled"),
    marked("expired"),
)
"""The states of loans and applications."""

# what else the templates show in the reader's language
WORDS: Final = (
    marked("funding"),
    marked("taken back"),
    marked("proceeds"),
    marked("fees"),
    marked("withdrawal"),
    marked("repay"),
    marked("settle"),
    marked("prepay"),
    marked("holiday"),
    marked("restructure"),
    marked("default"),
)
"""Movements and steps, as the index names them."""

_PAGE: Final = 50
_MOVEMENTS: Final = 25


class Views:
    """The views of one market. Threads may share it; ``KeptAnswers`` keeps what is made of them.

    Args:
        index: an index with the projection ``LOANS``.
        follower: what reads the chain into it.
        market: address of the market.
    """

    def __init__(self, index: ChainIndex, follower: Follower, market: str) -> None:
        self.market = checksum(market)
        self._index = index
        self._follower = follower
        self._states = Report(self._count_states, follower.report)
        self._reports = Report(self._make_reports, follower.report)

    def edition(self) -> tuple[float, ...]:
        """Return numbers of which one changes whenever a view may have changed."""
        return (self._follower.status.version, self._states.made_at, self._reports.made_at)

    def prepare(self) -> None:
        """Make what readers ask for first, and what they would wait for; an error waits for one."""
        with suppress(Busy, ZkCreditError):
            self.overview()
            self.loans()
            self.portfolio()

    def status(self) -> dict[str, Any]:
        """How far the page has read, and what it waits for."""
        now = self._follower.status
        return {
            "market": self.market,
            "version": now.version,
            "block": now.block,
            "time": now.time,
            "waiting": ""
            if now.waiting is None
            else now.waiting.text.format(number=now.waiting.number),
            "blocks_replaced": now.taken_back,
            "compared": now.compared,
            "unequal": now.unequal,
            "history": None if now.lag is None else now.lag._asdict(),
            "tokens": [
                {
                    "token": token,
                    "held": str(check.held),
                    "balance": None if check.balance is None else str(check.balance),
                    "agrees": check.agrees,
                }
                for token, check in sorted(now.checks.items())
            ],
        }

    def checks(self) -> dict[str, Any]:
        """The newest comparisons of what all events sum up to with the tokens' balances."""
        now = self._follower.status
        return {
            "compared": now.compared,
            "unequal": now.unequal,
            "unknown": now.unknown,
            "checks": [
                {
                    "block": one.block,
                    "token": one.token,
                    "held": str(one.check.held),
                    "balance": None if one.check.balance is None else str(one.check.balance),
                    "agrees": one.check.agrees,
                }
                for one in reversed(self._follower.comparisons)
            ],
        }

    def waiting_in_words(self) -> str:
        """What the page waits for, in the present language; empty if it follows the chain."""
        waiting = self._follower.status.waiting
        return "" if waiting is None else waiting.in_words()

    def overview(self) -> dict[str, Any]:
        """Loans by state, and the newest movements."""
        counted = self._states.get(self._follower.status.version)
        return {
            "states_time": counted["time"],
            "states": [
                {
                    "state": state,
                    "currency": currency_of(currency),
                    "loans": count,
                    "principal": total,
                    "principal_in_words": money_in_words(total, currency),
                }
                for state, currency, count, total in counted["rows"]
            ],
            "held": self._held(),
            "movements": self.movements(),
        }

    def _count_states(self) -> dict[str, Any]:
        time = self._follower.status.time
        products = products_of(self._index)
        sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
        for state, address, count, total in states_of(self._index, self.market, time):
            found = sums[state, products[address].product.currency]
            found[0] += count
            found[1] += total
        rows = [(*one, *found) for one, found in sums.items()]
        return {"time": time, "rows": sorted(rows, key=lambda one: (STATES.index(one[0]), one[1]))}

    def _held(self) -> list[dict[str, Any]]:
        """What the market holds of each token, as money of the currency that it stands for."""
        tokens = self._tokens()
        return [
            {
                "token": token,
                "held": str(check.held),
                "held_in_words": _amount(check.held, tokens.get(token)),
                "balance": None if check.balance is None else str(check.balance),
                "balance_in_words": None
                if check.balance is None
                else _amount(check.balance, tokens.get(token)),
                "agrees": check.agrees,
            }
            for token, check in sorted(self._follower.status.checks.items())
        ]

    def _tokens(self) -> dict[str, TableProduct]:
        """A product of each token: the same token stands for the same money in all of them."""
        products = products_of(self._index).values()
        return {checksum(one.product.token): one.product for one in products}

    def movements(self, loan_id: int | None = None) -> list[dict[str, Any]]:
        """The newest movements of tokens, of one loan or of all; the newest first."""
        last = None if loan_id is not None else _MOVEMENTS
        found = movements_of(self._index, self.market, loan_id=loan_id, last=last)
        tokens = self._tokens()
        return [
            {
                "amount_in_words": _money(one.tokens, tokens.get(one.token)),
                "block": one.block,
                "time": one.time,
                "loan": one.loan_id or None,
                "kind": one.kind,
                "party": one.party,
                "token": one.token,
                "tokens": str(one.tokens),
                "held": str(one.held),
                "held_in_words": _amount(one.held, tokens.get(one.token)),
                "transaction": one.transaction,
            }
            for one in reversed(found)
        ]

    def loans(self, state: str = "", below: int = 1 << 62) -> dict[str, Any]:
        """A page of loans, the newest first.

        Args:
            state: only loans in this state; all if it is empty.
            below: only loans with smaller numbers.
        """
        time = self._follower.status.time
        numbers = numbers_of(
            self._index, self.market, time, state=state, below=below, most=_PAGE + 1
        )
        lines = [
            self._line(loan_of(self._index, self.market, number), time)
            for number in numbers[:_PAGE]
        ]
        more = numbers[_PAGE - 1] if len(numbers) > _PAGE else None
        return {"loans": lines, "below": more}

    def loan(self, loan_id: int) -> dict[str, Any]:
        """One loan: its application, schedule, payments, lenders and movements.

        Raises:
            InvalidInput: if the market does not have it.
        """
        time = self._follower.status.time
        record = loan_of(self._index, self.market, loan_id)
        steps = steps_of(self._index, self.market, loan_id)
        currency = record.product.currency
        token = record.product.token
        clock = clock_at(self._index, self.market, token, time)
        quote = record.quote_at(max(clock.at(time), 0))
        return {
            **self._line(record, time),
            "burden": record.applied.burden,
            "deadline": record.applied.deadline,
            "applied_at": record.applied.applied_at,
            "pseudonym": str(record.applied.nullifier),
            "funded": record.funded,
            "funded_in_words": money_in_words(record.funded, currency),
            "undrawn": record.undrawn,
            "undrawn_in_words": money_in_words(record.undrawn, currency),
            "quote": None
            if quote is None
            else {
                "overdue": quote.overdue,
                "overdue_in_words": money_in_words(quote.overdue, currency),
                "fees": quote.fees,
                "fees_in_words": money_in_words(quote.fees, currency),
                "remaining": quote.remaining,
                "settlement": quote.settlement,
                "settlement_in_words": money_in_words(quote.settlement, currency),
                "next_due_at": quote.next_due_at + clock.lost if quote.next_due_at else None,
            },
            "rows": self._rows(record, time),
            "steps": [
                {
                    "time": one.time,
                    "action": one.action,
                    "paid": one.paid,
                    "paid_in_words": money_in_words(one.paid, currency),
                    "from_proceeds": one.own,
                    "rows_on_time": one.on_time,
                    "rows_late": one.late,
                    "fees": one.fees,
                    "fees_in_words": money_in_words(one.fees, currency),
                    "by": one.caller,
                    "transaction": one.transaction,
                }
                for one in steps
            ],
            "intervals": [
                {
                    "start": one.start,
                    "start_in_words": money_in_words(one.start, currency),
                    "amount": one.amount,
                    "amount_in_words": money_in_words(one.amount, currency),
                    "lender": one.lender or None,
                }
                for one in intervals_of(self._index, self.market, loan_id)
            ],
            "movements": self.movements(loan_id),
        }

    def portfolio(self) -> dict[str, Any]:
        """The portfolio, as of the time that it says.

        Raises:
            Busy: if it takes long to make, and there is none yet.
        """
        return self._report("portfolio")

    def impact(self) -> dict[str, Any]:
        """Whom the market reaches, as of the time that it says.

        Raises:
            Busy: if it takes long to make, and there is none yet.
        """
        return self._report("impact")

    # --- parts ------------------------------------------------------------------------------------

    def _report(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._reports.get(self._follower.status.version)[name]
        return found

    def _make_reports(self) -> dict[str, Any]:
        time = self._follower.status.time
        histories = histories_of(self._index, self.market)
        return {
            "portfolio": portfolio_of(histories, time).to_json(),
            "impact": impact_of(histories, time).to_json(),
        }

    def _line(self, record: LoanRecord, time: int) -> dict[str, Any]:
        currency = record.product.currency
        return {
            "loan": record.loan_id,
            "state": record.state_at(time),
            "product": record.product_address,
            "borrower": record.applied.borrower,
            "purpose": record.applied.purpose,
            "currency": currency_of(currency),
            "principal": record.applied.principal,
            "principal_in_words": money_in_words(record.applied.principal, currency),
            "outstanding": record.outstanding,
            "outstanding_in_words": money_in_words(record.outstanding, currency),
        }

    def _rows(self, record: LoanRecord, time: int) -> list[dict[str, Any]]:
        """The rows of the loan's present table: those behind it, and those ahead."""
        loan, product = record.running, record.product
        currency = product.currency
        if loan is None:
            entries = product.schedule(record.applied.principal).instalments
            return [
                _row(number, None, entry.amount, "ahead", currency)
                for number, entry in enumerate(entries)
            ]
        lost = clock_at(self._index, self.market, product.token, time).lost
        amounts = product.schedule(loan.base).amounts if _is_first(record) else ()
        rows = [
            _row(
                one.row, one.due, amounts[one.row] if amounts else None,
                "paid" if one.time <= one.due + product.grace else "late", currency,
                paid_at=one.time,
            )
            for one in self._behind(record)
        ]  # fmt: skip
        if loan.standing is Standing.ACTIVE:
            for step in walk(loan):
                due = loan.due_at(step.number) + lost
                state = "overdue" if due < time and step.open else "ahead"
                rows.append(
                    _row(step.number, due, step.result.amount, state, currency, open=step.open)
                )
        return rows

    def _behind(self, record: LoanRecord) -> list[PaidRow]:
        assert record.running is not None  # noqa: S101 - for the type checker
        return [
            one
            for one in rows_of(self._index, self.market, record.loan_id)
            if one.restructured == record.running.restructured
        ]


def _money(tokens: int, product: TableProduct | None) -> str:
    """Return what moved as ``_amount``: ``+`` goes into the market, and ``−`` out of it."""
    return ("−" if tokens < 0 else "+") + _amount(abs(tokens), product)


def _amount(tokens: int, product: TableProduct | None) -> str:
    """Return tokens as money of a product's currency; as base units if there are parts of a cent.

    Args:
        tokens: base units, 0 or more.
        product: one that is lent in this token; None if there is none.
    """
    if product is None or tokens % product.token_unit:
        return tr("{tokens} base units", tokens=f"{tokens:,}")
    return money_in_words(tokens // product.token_unit, product.currency)


def _is_first(record: LoanRecord) -> bool:
    """Return whether a loan's rows ask for what its schedule said at release."""
    loan = record.running
    return loan is not None and (
        loan.base == loan.principal and not loan.restructured and not loan.holidays
    )


def _row(
    number: int, due: int | None, amount: int | None, state: str, currency: int,
    *, paid_at: int | None = None, open: int | None = None,  # noqa: A002
) -> dict[str, Any]:  # fmt: skip
    return {
        "row": number + 1,
        "due": due,
        "amount": amount,
        "amount_in_words": None if amount is None else money_in_words(amount, currency),
        "open": open,
        "open_in_words": money_in_words(open, currency) if open else None,
        "state": state,
        "paid_at": paid_at,
    }
