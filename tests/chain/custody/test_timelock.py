"""A timelock that governs a market: stopped at once by its guardian, opened after its delay."""

from __future__ import annotations

import pytest

from zkcredit.chain.contracts.contract import abi_of, deploy_contract
from zkcredit.chain.custody.timelock import TimelockClient, deploy_timelock
from zkcredit.chain.deploying import deploy_around
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import InvalidInput, OutOfRange, TransactionReverted

DAY = 86_400
ZERO = bytes(32)


class Governed:
    """A market whose operator is a timelock of two days."""

    def __init__(self, node: RevmNode) -> None:
        self.node = node
        self.treasurer, self.guardian, self.stranger = (
            TransactionSender(node, node.accounts[n], Outbox(None)) for n in range(3)
        )
        self.timelock = deploy_timelock(
            2 * DAY, [self.treasurer.address], by=self.treasurer, guardian=self.guardian.address
        )
        mock, _ = deploy_contract("MockVerifier", by=self.treasurer)
        made = deploy_around(
            node, mock, by=self.treasurer, admin=self.timelock.address,
            operator=self.timelock.address,
        )  # fmt: skip
        self.market = made.open(node).market

    def call(self, name: str, *arguments: object, by: TransactionSender) -> None:
        data = abi_of("FloorTimelock").encode(name, *arguments)
        by.send(Call(self.timelock.address, data, 300_000))


@pytest.fixture(scope="module")
def governed():
    with RevmNode() as node:
        yield Governed(node)


def test_the_guardian_pauses_at_once_and_the_delay_alone_opens_again(governed: Governed):
    market, timelock, guardian = governed.market, governed.timelock, governed.guardian
    assert timelock.delay() == 2 * DAY
    assert not market.new_loans_paused()
    timelock.pause_new_loans(market.address.lower(), by=guardian, idempotency_key="stop")
    assert market.new_loans_paused()
    assert guardian.knows("stop")
    with pytest.raises(TransactionReverted, match="AccessControl"):
        market.set_new_loans_paused(False, by=guardian)
    go_on = abi_of("LoanMarket").encode("setNewLoansPaused", False)
    step = (market.address, 0, go_on, ZERO, ZERO)
    governed.call("schedule", *step, 2 * DAY, by=governed.treasurer)
    with pytest.raises(TransactionReverted):
        governed.call("execute", *step, by=governed.stranger)
    governed.node.advance(2 * DAY)
    governed.call("execute", *step, by=governed.stranger)
    assert not market.new_loans_paused()


def test_whoever_may_not_cancel_pauses_nothing(governed: Governed):
    with pytest.raises(TransactionReverted, match="AccessControlUnauthorizedAccount"):
        governed.timelock.pause_new_loans(governed.market.address, by=governed.stranger)
    assert not governed.market.new_loans_paused()


def test_a_market_of_another_operator_refuses(governed: Governed):
    mock, _ = deploy_contract("MockVerifier", by=governed.treasurer)
    other = deploy_around(governed.node, mock, by=governed.treasurer).open(governed.node).market
    with pytest.raises(TransactionReverted, match="AccessControlUnauthorizedAccount"):
        governed.timelock.pause_new_loans(other.address, by=governed.guardian)
    assert not other.new_loans_paused()


def test_what_is_no_address_is_refused_before_anything_is_sent(governed: Governed):
    with pytest.raises(InvalidInput, match="the market"):
        governed.timelock.pause_new_loans("0x12", by=governed.guardian)


@pytest.mark.parametrize(
    ("delay", "proposers", "error", "words"),
    [
        (DAY - 1, 1, InvalidInput, "below a day"),
        (0, 1, InvalidInput, "below a day"),
        (1 << 40, 1, OutOfRange, "below 2\\^40"),
        (DAY, 0, InvalidInput, "needs a proposer"),
    ],
)
def test_a_timelock_that_cannot_work_is_not_deployed(governed, delay, proposers, error, words):
    by = governed.treasurer
    with pytest.raises(error, match=words):
        deploy_timelock(delay, [by.address] * proposers, by=by)


def test_without_a_guardian_only_proposers_cancel_and_anybody_carries_out(governed: Governed):
    by = governed.treasurer
    alone = deploy_timelock(DAY, [by.address, governed.stranger.address], by=by)
    assert isinstance(alone, TimelockClient)
    step = (by.address, 0, b"", ZERO, ZERO)
    for one in (by, governed.stranger):
        data = abi_of("FloorTimelock").encode("schedule", *step, DAY)
        one.send(Call(alone.address, data, 200_000))
        operation = alone._read("hashOperation", *step)
        with pytest.raises(TransactionReverted):
            governed.guardian.send(
                Call(alone.address, abi_of("FloorTimelock").encode("cancel", operation), 100_000)
            )
        one.send(Call(alone.address, abi_of("FloorTimelock").encode("cancel", operation), 100_000))
