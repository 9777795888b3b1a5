"""Loans by the thousand on anvil, behind a gateway that errs: no token is made, lost or misplaced.

Programs of three people do what a loan needs, each step until it succeeds, under the idempotency
key of that step. Reorganisations have rounds of their own, because loans that are named by number
are others after one.
"""

from __future__ import annotations

import random
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, TypeVar

from support.chain.gateway import FAULTS, gateway
from support.chain.loan_world import MONTH, PRODUCT, World
from support.chain.market_world import UNIT, mock_present
from support.cli.town import quickly

from zkcredit.chain import Outbox, TransactionSender, connect
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.errors import ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.chain.gateway import Gateway

    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState

    T = TypeVar("T")

__all__ = ["LOANS", "round_of", "soak"]

LOANS: Final = 50  # in one round
_FAULTS: Final = tuple(fault for fault in FAULTS if fault != "reorganised")
_TRIES: Final = 60
_WAYS: Final = ("repaid", "settled", "defaulted", "open")


def round_of(number: int) -> dict[str, int]:
    """Fifty loans, from the application to the last withdrawal."""
    return soak(number, LOANS)


def soak(seed: int, loans: int) -> dict[str, int]:
    """Some loans on a chain of their own.

    Raises:
        AssertionError: if a step does not come to its end, or the books do not balance.
    """
    with (
        warnings.catch_warnings(),
        AnvilNode() as node,
        gateway(node.url) as gate,
        quickly(),
    ):
        warnings.simplefilter("ignore")
        return _Soak(World(node), gate, random.Random(seed)).play(loans)


class _Soak:
    def __init__(self, world: World, gate: Gateway, dice: random.Random) -> None:
        self.world, self.gate, self.dice = world, gate, dice
        world.post_root()
        self.product = world.offer().address
        people = ("borrower", "lender", "second")
        self.before = world.money()
        with connect(gate.url) as node:
            self.market: LoanMarketClient = world.deployment.open(node).market
            signers = dict(zip(people, world.node.accounts[1:4], strict=True))
            assert signers["lender"].address == world.lender.address
            self.by = {
                name: TransactionSender(node, signer, Outbox(None))
                for name, signer in signers.items()
            }
        self.counts: Counter[str] = Counter()
        self.ways: dict[int, str] = {}
        self.paid: Counter[int] = Counter()

    def play(self, loans: int) -> dict[str, int]:
        for number in range(loans):
            self._loan(number)
        self.world.node.advance(2 * len(PRODUCT.table.rows) * MONTH + 2 * PRODUCT.default_after)
        for number, way in self.ways.items():
            if way == "defaulted":
                loan = self.world.market.loan(number)
                self._surely(f"default {number}", self.market.mark_default, loan, by="second")
                self._pay(loan, self.dice.randrange(1, 60_000), "recovery")
        for position in range(1, self.world.market.position_count() + 1):
            if self.world.market.withdrawable(position):
                owner = self.world.market.position(position).lender
                by = "lender" if owner == self.world.lender.address else "second"
                self._surely(f"withdraw {position}", self.market.withdraw, position, by=by)
        self.gate.calm()
        self.gate.release()
        self._balance(loans)
        return dict(self.counts)

    def _loan(self, number: int) -> None:
        principal, way = self.dice.randrange(10_000, 25_000), self.dice.choice(_WAYS)

        def apply(*, by: TransactionSender, idempotency_key: str) -> LoanState:
            if by.knows(idempotency_key):
                return self.market.applied(by.wait(idempotency_key))
            request = self.market.request(self.product, principal, by.address)
            shown = mock_present(request, 1000 + number)
            return self.market.apply(request, shown, by=by, idempotency_key=idempotency_key)

        loan: LoanState = self._surely(f"apply {number}", apply, by="borrower")
        name, part = loan.loan_id, self.dice.randrange(1, principal)
        self._surely(f"fund {name}, first", self.market.fund, loan, part, by="lender")
        if way == "open":
            self._surely(f"cancel {name}", self.market.cancel, name, by="borrower")
        else:
            self._surely(
                f"fund {name}, rest", self.market.fund, loan, principal - part, by="second"
            )
            self._surely(f"draw {name}", self.market.draw, loan, by="second")
        if way in ("repaid", "defaulted"):
            self._pay(loan, self.dice.randrange(1, principal // 2), "first")
        if way == "repaid":
            self._pay(loan, 2 * principal, "rest")
        if way == "settled":
            self._surely(f"settle {name}", self.market.settle, loan, 2 * principal, by="borrower")
        self.ways[name] = way
        self.counts.update({"loans": 1, way: 1})

    def _pay(self, loan: LoanState, amount: int, what: str) -> None:
        self._surely(f"pay {loan.loan_id}, {what}", self.market.repay, loan, amount, by="borrower")

    def _surely(self, key: str, action: Callable[..., Any], *arguments: Any, by: str) -> Any:
        """Do a step, and do it again until it succeeds; each is met by a fault of its own."""
        self.gate.trouble(
            self.dice.choice(_FAULTS), self.dice.randrange(1 << 30), most=self.dice.randrange(3)
        )
        said: ZkCreditError | None = None
        for _ in range(_TRIES):
            try:
                found = action(*arguments, by=self.by[by], idempotency_key=key)
            except ZkCreditError as error:
                said = error
                self.counts[type(error).__name__.lstrip("_")] += 1
            else:
                self.counts["steps"] += 1
                return found
        raise AssertionError(f"{key}: {said}")

    def _balance(self, loans: int) -> None:
        """Compare the tokens of everybody with what the market says about loans and positions."""
        market, now = self.world.market, self.world.money()
        assert market.loan_count() == loans, "an application twice, or not at all"
        assert sum(now.values()) == sum(self.before.values()), "tokens were made or lost"
        borrowed = repaid = funded = drawn = 0
        for number, way in self.ways.items():
            loan = market.loan(number)
            if way == "open":
                assert loan.status == LoanStatus.CANCELLED, way
                continue
            ended = {
                "repaid": (LoanStatus.REPAID,),
                "settled": (LoanStatus.REPAID,),
                "defaulted": (LoanStatus.DEFAULTED, LoanStatus.RECOVERED),
            }
            assert loan.status in ended[way], f"{way}, and {loan.status.name}"
            borrowed += loan.principal
            repaid += loan.received
        for number in range(1, market.position_count() + 1):
            position = market.position(number)
            funded += position.amount
            drawn += position.withdrawn_tokens
        change = {name: now[name] - self.before[name] for name in now}
        assert change["borrower"] == (borrowed - repaid) * UNIT, "the borrower's tokens"
        assert change["lender"] + change["second"] == drawn - funded * UNIT, "the lenders' tokens"
        held = (funded - borrowed + repaid) * UNIT - drawn
        assert change["market"] == held, "the market's tokens"
        assert 0 <= held < market.position_count() * UNIT, "more than what division leaves"
        self.counts["minor units repaid"] += repaid
