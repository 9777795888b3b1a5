"""Two markets of one bureau: one open loan among both, and a default at one closes both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.chain.loan_world import ROOT, World
from support.chain.market_world import AS_CANCUN, DAY, refused, taken_back

from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.history.bureau import BureauState, CreditBureauClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.loan import TableProduct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.loans.loan_state import LoanState
    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

WHO = 41


class Consortium(World):
    """Market A is the world's own. B is another member, C a market that nobody admitted."""

    def __init__(self, node: Any) -> None:
        super().__init__(node)
        self.bureau = CreditBureauClient(node, self.market.bureau_address)
        self.b, self.c = (self._market() for _ in range(2))
        self.bureau.remove_member(self.c.address, by=self.operator)
        self.post_root()
        self.offered = {m.address: self._offered(m) for m in (self.market, self.b, self.c)}

    def _market(self) -> LoanMarketClient:
        made = deploy_around(
            self.node, self.deployment.verifier, by=self.operator, bureau=self.bureau.address
        )
        market = made.open(self.node).market
        market.set_token_allowed(self.token.address, True, by=self.operator)
        market.registry.post(ROOT, bytes(32), "", by=self.operator)
        for person in (self.borrower, self.lender):
            self.token.approve(market.address, 10**30, by=person)
        return market

    def _offered(self, market: LoanMarketClient) -> str:
        product = self.book.product(self.offer().address).product
        assert isinstance(product, TableProduct)
        return market.book.publish(product, by=self.lender).address

    def asked(self, market: LoanMarketClient, who: int = WHO) -> tuple[LoanRequest, Presentation]:
        """A request of a market, and what a wallet would answer."""
        request = market.request(self.offered[market.address], 100_000, self.borrower.address)
        return request, self.present(request, who)

    def loan_at(self, market: LoanMarketClient, who: int = WHO) -> LoanState:
        """A loan that runs."""
        loan = market.apply(*self.asked(market, who), by=self.borrower)
        market.fund(loan, 100_000, by=self.lender)
        return market.loan(loan.loan_id)


@pytest.fixture(scope="module", params=AS_CANCUN)
def built(request: pytest.FixtureRequest) -> Iterator[Consortium]:
    with request.param() as node:
        yield Consortium(node)


@pytest.fixture
def world(built: Consortium) -> Iterator[Consortium]:
    with taken_back(built):
        yield built


def test_a_second_loan_waits_for_the_end_of_the_first(world: Consortium) -> None:
    loan = world.loan_at(world.market)
    request, shown = world.asked(world.b)
    found = refused("PseudonymTaken", world.b.apply, request, shown, by=world.borrower)
    assert found["state"] == BureauState.OPEN
    limit = world.market.quote(loan.loan_id).settlement
    world.market.settle(loan, limit, by=world.borrower)
    closed_in = world.node.block_number()
    second = world.b.apply(*world.asked(world.b), by=world.borrower)
    assert world.node.block_number() == closed_in + 1, "in the block after"
    assert second.status is LoanStatus.REQUESTED
    assert world.bureau.standing(WHO).member == world.b.address


def test_an_application_at_one_closes_the_other(world: Consortium) -> None:
    asked = world.b.apply(*world.asked(world.b), by=world.borrower)
    request, shown = world.asked(world.market)
    refused("PseudonymTaken", world.market.apply, request, shown, by=world.borrower)
    world.b.cancel(asked.loan_id, by=world.borrower)
    world.loan_at(world.market)
    world.loan_at(world.b, WHO + 1)  # somebody else


def test_a_defaulter_at_one_is_refused_at_the_other_for_good(world: Consortium) -> None:
    loan = world.loan_at(world.market)
    product = loan.product
    world.node.advance(31 * DAY + product.grace + product.default_after)
    world.market.mark_default(loan, by=world.stranger)
    world.post_root(ROOT + 1)
    world.post_root(ROOT)
    world.b.registry.post(ROOT + 1, bytes(32), "", by=world.operator)
    world.b.registry.post(ROOT, bytes(32), "", by=world.operator)
    request, shown = world.asked(world.b)
    found = refused("PseudonymTaken", world.b.apply, request, shown, by=world.borrower)
    assert (found["state"], found["possibleAt"]) == (BureauState.DEFAULTED, 0)
    owed = world.market.quote(loan.loan_id).settlement
    world.market.repay(world.market.loan(loan.loan_id), owed, by=world.borrower)
    assert world.bureau.record(WHO).recovered == 1
    request, shown = world.asked(world.b)
    found = refused("PseudonymTaken", world.b.apply, request, shown, by=world.borrower)
    assert found["state"] == BureauState.RECOVERED, "this bureau never forgets"


def test_the_gate_of_a_market_that_is_no_member_takes_no_proof(world: Consortium) -> None:
    refused("NotMember", world.asked, world.c)
    # not even one that a member's borrower made, and that is sent by force
    request, shown = world.asked(world.market)
    world.market, member = world.c, world.market
    product = world.offered[world.c.address]
    refused("NotMember", world.force, request, shown, world.borrower, product=product)
    world.market = member
    assert world.bureau.standing(WHO).state is BureauState.FREE


def test_what_a_removed_member_opened_is_paid_and_counted(world: Consortium) -> None:
    loan = world.loan_at(world.b)
    world.bureau.remove_member(world.b.address, by=world.operator)
    world.b.repay(loan, world.b.row_owed(loan.loan_id, 1), by=world.borrower)
    assert world.bureau.record(WHO).on_time == 1
    limit = world.b.quote(loan.loan_id).settlement
    world.b.settle(world.b.loan(loan.loan_id), limit, by=world.borrower)
    assert world.bureau.record(WHO).repaid == 1
    world.loan_at(world.market)
    refused("NotMember", world.asked, world.b)
