"""The same loans on anvil, that is, on the fork and gas rules of today's main network."""

from __future__ import annotations

import pytest
from support.chain.loan_world import TABLE, World
from support.chain.market_world import DAY, UNIT, mock_present

from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.errors import TransactionReverted

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def anvil_world():
    with AnvilNode() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        yield world


def test_a_loan_lives_on_anvil_as_on_the_embedded_chain(anvil_world):
    world = anvil_world
    before = world.money()
    loan = world.released(world.product.address)
    for amount in TABLE.schedule(100_000).amounts:
        world.node.advance(30 * DAY)
        world.market.repay(loan, amount, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    world.market.withdraw(1, by=world.lender)
    world.market.withdraw(2, by=world.second)
    after = world.money()
    assert after["market"] == 0
    assert sum(after.values()) == sum(before.values())
    flow = flow_of_funds(world.market, loan.loan_id)
    assert flow.held == 0
    assert flow.total("withdrawal") == TABLE.schedule(100_000).total * UNIT


def test_refusals_on_anvil_carry_the_same_typed_errors(anvil_world):
    world = anvil_world
    request = world.market.request(world.product.address, 50_000, world.borrower.address)
    presentation = mock_present(request, 70)
    for by, changes, error in (
        (world.stranger, {}, "ProofInvalid"),
        (world.borrower, {"principal": 50_001}, "ProofInvalid"),
        (world.borrower, {"root": 5}, "RootNotFresh"),
        (world.borrower, {"principal": 1}, "PrincipalOutOfRange"),
    ):
        with pytest.raises(TransactionReverted) as caught:
            world.force(request, presentation, by, **changes)
        assert caught.value.error == error
    loan = world.market.apply(request, presentation, by=world.borrower)
    with pytest.raises(TransactionReverted) as caught:
        world.market.fund(loan, 500, by=world.stranger)
    assert caught.value.error == "ERC20InsufficientAllowance"
