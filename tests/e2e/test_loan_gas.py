"""Gas of whole transactions of a loan of twelve rows, with a real proof, on the fast chain."""

from __future__ import annotations

import pytest
from support.chain.market_world import DAY
from support.chain.real_people import RealWorld

from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.circuits import get_circuit
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.loan import consumer, months
from zkcredit.units import parts_per_billion

MOST = {
    "publish": 240_000,
    "first apply": 513_000,
    "apply again": 470_000,
    "fund and release": 275_000,
    "draw": 60_000,
    "repay the first row": 137_000,
    "repay the first row late": 143_000,
    "repay a row": 115_000,
    "holiday": 113_000,
    "prepay": 120_000,
    "settle": 125_000,
    "withdraw": 70_000,
    "restructure": 230_000,
    "default": 115_000,
}
"""The most gas that each may use. The first row computes the level."""


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """The gas of each transaction of two loans of one person."""
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with RevmNode() as node:
        world = RealWorld(node, key, tmp_path_factory.mktemp("gas"))
        found = play(world)
        world.close()
    return found


def play(world):
    market, node = world.market, world.node
    found = {}

    def noted(name, by, receipt=None):
        found[name] = (by.wait(name) if receipt is None else receipt).gas_used

    table = consumer(parts_per_billion("24"), months(12))
    product = world.offer(table=table, holidays=3)
    world.book.publish(product.product, by=world.lender, idempotency_key="publish")
    noted("publish", world.lender)

    def applied(name):
        request = market.request(product.address, 120_000, world.borrower.address)
        answer = world.present(request)
        loan = market.apply(request, answer, by=world.borrower, idempotency_key=name)
        noted(name, world.borrower)
        return loan

    loan = applied("first apply")
    market.fund(loan, 120_000, by=world.lender, idempotency_key="fund and release")
    noted("fund and release", world.lender)
    noted("draw", world.borrower, market.draw(loan, by=world.borrower))
    node.advance(29 * DAY)

    def pay(name):
        amount = market.row_owed(loan.loan_id, market.row_due(loan.loan_id))
        noted(name, world.borrower, market.repay(loan, amount, by=world.borrower))

    pay("repay the first row")
    node.advance(30 * DAY)
    pay("repay a row")
    node.advance(2 * DAY)
    noted("holiday", world.borrower, market.take_holiday(loan, by=world.borrower))
    noted("prepay", world.borrower, market.prepay(loan, 20_000, by=world.borrower))
    node.advance(DAY)
    owed = market.quote(loan.loan_id).settlement
    noted("settle", world.borrower, market.settle(loan, owed, by=world.borrower))
    noted("withdraw", world.lender, market.withdraw(1, by=world.lender))

    loan = applied("apply again")
    market.fund(loan, 120_000, by=world.lender)
    market.draw(loan, by=world.borrower)
    node.advance(36 * DAY)
    pay("repay the first row late")
    node.advance(100 * DAY)
    noted("default", world.stranger, market.mark_default(loan, by=world.stranger))
    return found


@pytest.mark.parametrize("name", [name for name in MOST if name != "restructure"])
def test_a_transaction_stays_below_its_limit(used, name):
    assert used[name] <= MOST[name]


def test_a_restructuring_with_one_lender_stays_below_its_limit(tmp_path):
    borrower, lender = Signer(b"\1" * 32), Signer(b"\2" * 32)
    with RevmNode() as node:
        world = RealWorld(node, load_or_create_dev_key(get_circuit("eligibility")), tmp_path)
        market, consents = world.market, world.consents
        product = world.offer(table=consumer(parts_per_billion("24"), months(12)))
        request = market.request(product.address, 120_000, borrower.address)
        consent = consents.sign_application(
            market.address, product.address, 120_000, by=borrower, deadline=2**40 - 1, nonce=1
        )
        answer = world.present(request)
        sender = world.stranger
        loan = market.apply_for(consent, request, answer, by=sender, idempotency_key="apply")
        # a consent costs its signature, and a number in a word that was never used
        assert sender.wait("apply").gas_used <= MOST["first apply"] + 45_000
        market.fund(loan, 120_000, by=world.lender, lender=lender.address)
        node.advance(DAY)
        signed = [
            consents.sign_restructuring(
                market.address,
                loan.loan_id,
                product.address,
                130_000,
                by=one,
                deadline=2**40 - 1,
                nonce=2,
            )
            for one in (borrower, lender)
        ]
        receipt = market.restructure(
            loan, product.address, 130_000, signed[0], {1: signed[1]}, by=sender
        )
        assert receipt.gas_used <= MOST["restructure"]
        world.close()
