"""A Safe in the treasury's place: it governs, lends, and takes fees, and no owner does so alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.chain.market_world import POLICY, ROOT, UNIT, mock_present
from support.chain.safes import Safe

from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.custody.timelock import deploy_timelock
from zkcredit.chain.deploying import deploy_around, deploy_test_token
from zkcredit.chain.history.bureau import CreditBureauClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import TransactionReverted
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.units import DAY, parts_per_billion

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.node
OWNERS = [Signer(bytes([n]) * 32) for n in (0x61, 0x62, 0x63)]
STRANGER = Signer(b"\x71" * 32)
ZERO = bytes(32)


class Village:
    """A market whose admin, operator and collector of fees is a Safe of two of three."""

    def __init__(self, node: RevmNode) -> None:
        self.node = node
        self.payer, self.borrower = (
            TransactionSender(node, node.accounts[n], Outbox(None)) for n in range(2)
        )
        self.safe = Safe(self.payer, OWNERS, 2, [STRANGER])
        verifier, _ = deploy_contract("MockVerifier", by=self.payer)
        made = deploy_around(
            node, verifier, by=self.payer, admin=self.safe.address, operator=self.safe.address
        )
        self.market = made.open(node).market
        self.market.registry.post(ROOT, ZERO, "", by=self.payer)
        self.token = deploy_test_token(node, by=self.payer)
        # the Safe is the bureau's admin, too: a market becomes a member when the Safe admits it
        bureau = CreditBureauClient(node, self.market.bureau_address)
        self.safe.act(bureau.address, bureau.admission(self.market.address), "02")

    def call(self, contract: str, name: str, *arguments: Any) -> bytes:
        return abi_of(contract).encode(name, *arguments)

    def allow(self, who: str, **changed: Any) -> Any:
        """Let the Safe allow the token at the market."""
        data = self.call("LoanMarket", "setTokenAllowed", self.token.address, True)
        return self.safe.act(self.market.address, data, who, **changed)


@pytest.fixture(scope="module")
def built() -> Iterator[Village]:
    with RevmNode() as node:
        yield Village(node)


@pytest.fixture
def village(built: Village) -> Iterator[Village]:
    snapshot = built.node.snapshot()
    yield built
    built.node.restore(snapshot)
    built.payer = TransactionSender(built.node, built.node.accounts[0], Outbox(None))
    built.borrower = TransactionSender(built.node, built.node.accounts[1], Outbox(None))
    built.safe.by = built.payer


def test_two_owners_are_the_operator_and_one_is_not(village: Village) -> None:
    for who, changed in (
        ("0", {}), ("", {}), ("00", {}), ("03", {}), ("013", {"reversed": True}),
        ("01", {"reversed": True}), ("01", {"nonce": 7}), ("01", {"chain_id": 1}),
    ):  # fmt: skip
        with pytest.raises(TransactionReverted):
            village.allow(who, **changed)
        assert not village.market.token_allowed(village.token.address)
    with pytest.raises(TransactionReverted):
        village.market.set_token_allowed(village.token.address, True, by=village.payer)
    assert village.allow("01").succeeded
    assert village.market.token_allowed(village.token.address)


def test_a_signature_counts_once(village: Village) -> None:
    first = village.safe.nonce()
    assert village.allow("12").succeeded
    assert village.safe.nonce() == first + 1
    with pytest.raises(TransactionReverted):
        village.allow("12", nonce=first)


def test_a_safe_lends_and_collects_fees_and_repayments(village: Village) -> None:
    safe, market, token = village.safe, village.market, village.token
    village.allow("02")
    token.mint(safe.address, 10**6 * UNIT, by=village.payer)
    token.mint(village.borrower.address, 10**6 * UNIT, by=village.payer)
    product = market.book.publish(
        TableProduct(
            table=consumer(parts_per_billion("24"), months(3)), policy=POLICY,
            min_principal=10_000, max_principal=500_000, token=token.address, token_unit=UNIT,
            currency=978, origination_bps=100, fee_recipient=safe.address,
        ),
        by=village.payer,
    )  # fmt: skip
    request = market.request(product.address, 100_000, village.borrower.address)
    loan = market.apply(request, mock_present(request, 7), by=village.borrower)
    spend = village.call("TestToken", "approve", market.address, 100_000 * UNIT)
    safe.act(token.address, spend, "01")
    fund = village.call(
        "LoanMarket", "fund", loan.loan_id, loan.borrower, product.address, 100_000, safe.address
    )
    with pytest.raises(TransactionReverted):
        safe.act(market.address, fund, "2")
    safe.act(market.address, fund, "12")
    assert market.loan(loan.loan_id).status is LoanStatus.ACTIVE
    (position,) = market.positions_of(loan.loan_id)
    assert position.lender == safe.address
    fees = village.call("LoanMarket", "withdrawFees", token.address, safe.address)
    before = token.balance_of(safe.address)
    safe.act(market.address, fees, "01")
    assert token.balance_of(safe.address) == before + 1_000 * UNIT
    token.approve(market.address, 10**12 * UNIT, by=village.borrower)
    owed = market.quote(loan.loan_id).remaining
    market.repay(market.loan(loan.loan_id), owed, by=village.borrower)
    drawn = village.call("LoanMarket", "withdraw", position.position_id, safe.address)
    before = token.balance_of(safe.address)
    safe.act(market.address, drawn, "02")
    assert token.balance_of(safe.address) == before + owed * UNIT


def test_a_safe_announces_at_a_timelock_and_nothing_counts_at_once(village: Village) -> None:
    safe, payer = village.safe, village.payer
    timelock = deploy_timelock(2 * DAY, [safe.address], by=payer)
    bureau, _ = deploy_contract("CreditBureau", timelock.address, 0, 0, 0, by=payer)
    remove = village.call("CreditBureau", "removeMember", village.market.address)
    step = (bureau, 0, remove, ZERO, ZERO)
    announce = village.call("FloorTimelock", "schedule", *step, 2 * DAY)
    carry_out = village.call("FloorTimelock", "execute", *step)
    with pytest.raises(TransactionReverted):
        safe.act(timelock.address, announce, "1")
    safe.act(timelock.address, announce, "12")
    with pytest.raises(TransactionReverted):
        safe.act(timelock.address, carry_out, "12")
    village.node.advance(2 * DAY)
    assert safe.act(timelock.address, carry_out, "01").succeeded
