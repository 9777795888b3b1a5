"""The chain client under arguments of other types: a typed error, and nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.chain import Deployment, LoanMarketClient, TokenClient, connect, open_gate
from zkcredit.chain.deploying import deploy_system, deploy_test_token
from zkcredit.chain.loans.signed_steps import SignedStep
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ZkCreditError
from zkcredit.published import dev_verifying_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from zkcredit.chain.deployment import System

ADDRESS = "0x" + "11" * 20
JUNK: list[Any] = [None, True, -1, 0, 2**300, 1.5, "", "x", "0x", "\ud800", b"", [], {}, object(),
                   (1, 2)]  # fmt: skip


class World:
    """A deployed market on an embedded chain."""

    def __init__(self) -> None:
        self.node = RevmNode()
        self.sender = TransactionSender(self.node, self.node.accounts[0], Outbox(None))
        deployed = deploy_system(self.node, dev_verifying_key("eligibility"), by=self.sender)
        self.system: System = deployed.open(self.node)
        self.token = deploy_test_token(self.node, by=self.sender)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    made = World()
    yield made
    made.node.close()


CALLS: dict[str, Callable[[World, Any], object]] = {
    "product": lambda w, j: w.system.book.product(j),
    "terms": lambda w, j: w.system.book.terms(j),
    "loan": lambda w, j: w.system.market.loan(j),
    "quote": lambda w, j: w.system.market.quote(j),
    "position": lambda w, j: w.system.market.position(j),
    "publish": lambda w, j: w.system.book.publish(j, by=w.sender),
    "sign_payment": lambda w, j: w.system.relay.sign_payment(j, 1, by=w.sender, deadline=1),
    "request product": lambda w, j: w.system.market.request(j, 1, ADDRESS),
    "request amount": lambda w, j: w.system.market.request(ADDRESS, j, ADDRESS),
    "request borrower": lambda w, j: w.system.market.request(ADDRESS, 1, j),
    "require_acceptable request": lambda w, j: w.system.market.require_acceptable(j, None),
    "apply request": lambda w, j: w.system.market.apply(j, None, by=w.sender),
    "fund loan": lambda w, j: w.system.market.fund(j, 1, by=w.sender),
    "repay loan": lambda w, j: w.system.market.repay(j, 1, by=w.sender),
    "mark_default": lambda w, j: w.system.market.mark_default(j, by=w.sender),
    "draw": lambda w, j: w.system.market.draw(j, by=w.sender),
    "take_holiday": lambda w, j: w.system.market.take_holiday(j, by=w.sender),
    "prepay": lambda w, j: w.system.market.prepay(j, 1, by=w.sender),
    "settle": lambda w, j: w.system.market.settle(j, 1, by=w.sender),
    "cancel": lambda w, j: w.system.market.cancel(j, by=w.sender),
    "take_back": lambda w, j: w.system.market.take_back(j, by=w.sender),
    "withdraw_fees": lambda w, j: w.system.market.withdraw_fees(j, by=w.sender),
    "apply_for": lambda w, j: w.system.market.apply_for(j, None, None, by=w.sender),
    "signed_application": lambda w, j: w.system.market.signed_application(j, None, None),
    "carry_application": lambda w, j: w.system.market.carry_application(j, by=w.sender),
    "SignedStep.from_json": lambda _, j: SignedStep.from_json(j),
    "give_notice": lambda w, j: w.system.market.give_notice(j, 1, by=w.sender),
    "relay loan": lambda w, j: w.system.relay.repay(j, None, by=w.sender),
    "revoke": lambda w, j: w.system.consents.revoke(j if j != 0 else -1, by=w.sender),
    "withdraw": lambda w, j: w.system.market.withdraw(j, by=w.sender),
    "set_token_allowed": lambda w, j: w.system.market.set_token_allowed(j, True, by=w.sender),
    "post root": lambda w, j: w.system.registry.post(j, bytes(32), "", by=w.sender),
    "post hash": lambda w, j: w.system.registry.post(5, j, "", by=w.sender),
    "mint to": lambda w, j: w.token.mint(j, 1, by=w.sender),
    "mint amount": lambda w, j: w.token.mint(ADDRESS, j if j != 0 else -1, by=w.sender),
    "balance_of": lambda w, j: w.token.balance_of(j),
    "market address": lambda w, j: LoanMarketClient(w.node, j, ADDRESS),
    "lens address": lambda w, j: LoanMarketClient(w.node, w.system.market.address, j),
    "token address": lambda w, j: TokenClient(w.node, j),
    "deploy_system key": lambda w, j: deploy_system(w.node, j, by=w.sender),
    "open_gate": lambda w, j: open_gate(w.node, j),
    "node.call data": lambda w, j: w.node.call(ADDRESS, j if j != b"" else None),
    "node.balance": lambda w, j: w.node.balance(j),
    "node.broadcast": lambda w, j: w.node.broadcast(j),
    "sender.send": lambda w, j: w.sender.send(j),
    "sender.send idempotency_key": lambda w, j: w.sender.send(
        Call(ADDRESS, b"", 21_000),
        idempotency_key=j if isinstance(j, str) and j != "\ud800" else (j,)),
    "sender.knows": lambda w, j: w.sender.knows(
        j if isinstance(j, str) and j != "\ud800" else (j,)),
    "sender.speed_up": lambda w, j: w.sender.speed_up(j),
    "connect": lambda _, j: connect(j),
    "Deployment.from_json": lambda _, j: Deployment.from_json(j),
    "Deployment.load": lambda _, j: Deployment.load(j),
}  # fmt: skip
FINE = {"sender.send idempotency_key", "sender.knows"}  # any text names an intention


@pytest.mark.parametrize("name", CALLS)
def test_other_types_are_refused_and_send_nothing(
    world: World, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    count = world.node.transaction_count(world.sender.address)
    for junk in JUNK:
        if name in FINE and isinstance(junk, str):
            continue
        with pytest.raises(ZkCreditError):
            CALLS[name](world, junk)
    assert world.node.transaction_count(world.sender.address) == count


@pytest.mark.parametrize("path", [5, 1.5, b"x", [], {}, object(), True])
def test_an_outbox_is_a_path(path: Any) -> None:
    with pytest.raises(ZkCreditError):
        Outbox(path)
