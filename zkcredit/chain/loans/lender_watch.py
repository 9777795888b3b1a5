"""What a lender watches: lateness, defaults that can be declared, and money that can be withdrawn.

Nothing is kept between two looks but which positions are the lender's, so a watch resumes where the
chain is. Its transactions go through the outbox under keys that are made of what it saw: an
interrupted one is finished, and none is sent twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.loan import Quote

__all__ = ["LenderWatch", "LoanSeen"]


@dataclass(frozen=True, slots=True)
class LoanSeen:
    """A loan that a lender funds, as it stood at a look.

    Attributes:
        loan: the loan.
        quote: what it costs, with the late fees that are due.
        late_since: when the oldest unpaid row fell due, Unix seconds; None if nothing is overdue.
        default_from: when default can be declared if nothing more is paid, Unix seconds; None of a
            loan that does not run.
        withdrawable: for each of the lender's positions the base units of the token that wait.
        withdrawn: for each of them what was withdrawn so far, base units.
    """

    loan: LoanState
    quote: Quote
    late_since: int | None
    default_from: int | None
    withdrawable: Mapping[int, int]
    withdrawn: Mapping[int, int]

    @property
    def can_default(self) -> bool:
        """Whether default can be declared now."""
        return self.loan.status is LoanStatus.ACTIVE and self.quote.defaultable


class LenderWatch:
    """A lender's loans at one market. ``look`` reads; the other methods act on what it returned.

    Args:
        market: the market.
        by: the lender's account.
    """

    def __init__(self, market: LoanMarketClient, *, by: TransactionSender) -> None:
        self._market = require_instance("the market", market, LoanMarketClient)
        self._by = by
        self._own: set[int] = set()
        self._known = 0  # number of positions that were read
        self._block: tuple[int, bytes] | None = None  # the last look's, to see a reorganisation

    def look(self) -> list[LoanSeen]:
        """Return the loans that the lender funds and that are not over, by their numbers.

        A loan is over when nothing can be paid on it any more, and nothing waits for the lender.

        Raises:
            ChainError, NodeUnavailable: if the chain cannot be read.
        """
        market = self._market
        self._find_positions()
        held = [one for one in market.positions(sorted(self._own)) if one.lender is not None]
        if not held:
            return []
        waiting = market.withdrawables([one.position_id for one in held])
        numbers = sorted({one.loan_id for one in held})
        several = zip(market.loans(numbers), market.lens.quotes(numbers), strict=True)
        found = []
        for loan, quote in several:
            mine = [
                (one, tokens) for one, tokens in zip(held, waiting, strict=True)
                if one.loan_id == loan.loan_id
            ]  # fmt: skip
            over = loan.status in (LoanStatus.REPAID, LoanStatus.RECOVERED, LoanStatus.CANCELLED)
            if over and not any(tokens for _, tokens in mine):
                continue
            runs = loan.status is LoanStatus.ACTIVE
            found.append(
                LoanSeen(
                    loan,
                    quote,
                    quote.next_due_at if quote.overdue else None,
                    quote.next_due_at + loan.product.default_after + 1 if runs else None,
                    {one.position_id: tokens for one, tokens in mine},
                    {one.position_id: one.withdrawn_tokens for one, _ in mine},
                )
            )
        return found

    def mark_default(self, seen: LoanSeen) -> Receipt:
        """Declare a loan in default.

        Raises:
            TransactionReverted: if somebody was faster, or paid meanwhile.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        started = seen.loan.require_running().started_at
        key = f"{self._market.address} mark-default {seen.loan.loan_id} {started}"
        return self._market.mark_default(seen.loan, by=self._by, idempotency_key=key)

    def withdraw(self, seen: LoanSeen, position: int, to: str | None = None) -> Receipt:
        """Withdraw what waits for one of the positions.

        Args:
            seen: the loan.
            position: number of a position, one of ``seen.withdrawable``.
            to: address to pay; the lender's own by default.

        Raises:
            TransactionReverted: if nothing waits any more, or the token refused.
            ChainError: if ``TransactionSender.send`` raises it.
        """
        # what was withdrawn before changes with every withdrawal, so each has a key of its own
        before, waiting = seen.withdrawn[position], seen.withdrawable[position]
        where = None if to is None else checksum(to)
        key = f"{self._market.address} withdraw {position} {before} {waiting} {where or ''}"
        return self._market.withdraw(position, by=self._by, to=where, idempotency_key=key)

    def _find_positions(self) -> None:
        market, node = self._market, self._market.node
        if self._block is not None and node.block_hash(self._block[0]) != self._block[1]:
            self._own, self._known = set(), 0
        newest = node.block_number()
        digest, count = node.block_hash(newest), market.position_count()
        for state in market.positions(range(self._known + 1, count + 1)):
            if state.lender == self._by.address:
                self._own.add(state.position_id)
        self._known = max(count, self._known)
        self._block = None if digest is None else (newest, digest)
