"""Receipts: what a payment was for, and everything by which a false one is told from a true one."""

from __future__ import annotations

import json
import pickle
from dataclasses import asdict, replace
from functools import partial

import pytest
from support.chain.loan_world import MONTH
from support.chain.market_world import DAY, UNIT

from zkcredit._internal.evm import keccak256
from zkcredit._internal.json import canonical
from zkcredit.chain.loans.receipts import PaidAmounts, PaymentReceipt, receipt_of
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    OutOfRange,
    WrongReceipt,
    ZkCreditError,
)
from zkcredit.language import speaking
from zkcredit.loan import Burden, Kind, Row, Table

STRANGER = "0x" + "ab" * 32


@pytest.fixture
def paid(world):
    """A receipt of the first row, paid in its time."""
    loan = world.released(world.product.address)
    owed = world.market.row_owed(loan.loan_id, 1)
    return receipt_of(world.market, repaid(world, loan, owed).transaction)


def repaid(world, loan, amount, by=None):
    return world.market.repay(loan, amount, by=by or world.borrower)


def test_a_row_is_interest_and_principal(world, paid):
    row = world.product.product.schedule(100_000).instalments[0]
    assert paid.amounts == PaidAmounts(row.interest, row.amount - row.interest)
    assert (paid.loan, paid.currency, paid.unit, paid.standing) == (1, 978, UNIT, "active")
    assert paid.borrower == paid.payer == world.borrower.address
    assert paid.remaining == world.market.quote(1).remaining
    assert paid.time == world.node.time_of(paid.block)
    paid.require_on(world.market)


def test_a_part_of_a_row_is_kept_for_it(world):
    loan = world.released(world.product.address)
    first = receipt_of(world.market, repaid(world, loan, 1_000).transaction)
    assert first.amounts == PaidAmounts(credit=1_000)
    rest = world.market.row_owed(1, 1)
    second = receipt_of(world.market, repaid(world, loan, rest).transaction)
    assert (second.amounts.credit, second.amounts.total) == (-1_000, rest)
    row = world.product.product.schedule(100_000).instalments[0]
    assert second.amounts.interest == row.interest
    assert second.amounts.principal == row.amount - row.interest
    assert "Paid before, and used now: 10.00 EUR" in second.in_words()


def test_late_fees_are_named(world):
    loan = world.released(world.product.address)
    world.node.advance(MONTH + 20 * DAY)
    owed = world.market.quote(1)
    assert owed.fees == 500
    done = receipt_of(world.market, repaid(world, loan, owed.overdue + 10**6).transaction)
    assert (done.amounts.fees, done.remaining, done.standing) == (500, 0, "repaid")
    assert "Late fees: 5.00 EUR" in done.in_words()


def test_a_settlement_a_prepayment_and_a_debt_after_a_default(world):
    market = world.market
    loan = world.released(world.product.address)
    before = receipt_of(market, market.prepay(loan, 50_000, by=world.borrower).transaction)
    interest = before.amounts.interest
    assert before.amounts.principal == 100_000 - market.loan(1).balance
    assert interest + before.amounts.principal + before.amounts.credit == 50_000
    cost = market.quote(1).settlement
    closed = receipt_of(market, market.settle(loan, cost, by=world.second).transaction)
    assert (closed.amounts.total, closed.remaining) == (cost, 0)
    assert (closed.payer, closed.borrower) == (world.second.address, world.borrower.address)
    assert closed.amounts.principal == 100_000 - before.amounts.principal

    other = world.released(world.product.address)
    world.node.advance(10 * MONTH)
    market.mark_default(other, by=world.lender)
    part = receipt_of(market, repaid(world, other, 7_000).transaction)
    assert part.amounts == PaidAmounts(recovery=7_000)
    assert part.remaining == market.loan(other.loan_id).recovery_owed
    assert "Debt after a default: 70.00 EUR" in part.in_words()


def test_deferred_interest_counts_when_it_is_paid(world):
    table = Table.of(
        [
            Row(MONTH, 10**7, Kind.DEFER, 0),
            Row(2 * MONTH, 10**7, Kind.INTEREST, 0),
            Row(3 * MONTH, 10**7, Kind.REST, 0),
        ]
    )
    product = world.offer(table=table, burden=Burden.AVERAGE)
    loan = world.released(product.address)
    world.node.advance(MONTH + DAY)
    rows = table.schedule(100_000).instalments
    sent = repaid(world, loan, rows[1].amount)
    assert receipt_of(world.market, sent.transaction).amounts == PaidAmounts(rows[1].interest)
    sent = repaid(world, loan, 10**6)
    last = receipt_of(world.market, sent.transaction)
    assert last.amounts == PaidAmounts(rows[2].interest, 101_000)


def test_several_steps_in_one_block_are_told_apart(world, monkeypatch):
    """A payment after another one of the same block begins where that one ended."""
    loan, market = world.released(world.product.address), world.market
    first, second = repaid(world, loan, 1_000), repaid(world, loan, 40_000)
    alone = [receipt_of(market, sent.transaction).amounts for sent in (first, second)]
    events, after = type(market).events, type(market).loan_after

    def together(self, since, until):
        """The events of both blocks, as if they were of one."""
        return events(self, since=first.block, until=second.block)

    monkeypatch.setattr(type(market), "events", together)
    monkeypatch.setattr(
        type(market), "loan_after", lambda self, number, _: after(self, number, first.block - 1)
    )
    for sent, amounts in zip((first, second), alone, strict=True):
        assert receipt_of(market, sent.transaction).amounts == amounts


def test_what_paid_nothing_has_no_receipt(world):
    loan = world.released(world.product.address)
    held = world.market.take_holiday(loan, by=world.borrower)
    for transaction in (held.transaction, STRANGER):
        with pytest.raises(InvalidInput):
            receipt_of(world.market, transaction)
    sent = repaid(world, loan, 500).transaction
    assert receipt_of(world.market, sent, 1).amounts.total == 500
    with pytest.raises(InvalidInput, match="paid nothing on loan 2"):
        receipt_of(world.market, sent, 2)


@pytest.mark.parametrize("transaction", ["", "0x", "0x12", "zz" * 33, STRANGER + "0", None, 5])
def test_what_is_not_a_hash_is_refused(world, transaction):
    with pytest.raises(InvalidInput):
        receipt_of(world.market, transaction)


def test_a_receipt_survives_its_file(paid):
    assert PaymentReceipt.from_json(paid.to_json()) == paid
    assert PaymentReceipt.from_json(paid.to_json().encode()) == paid
    held = json.loads(paid.to_json())
    digest = held.pop("digest")
    assert keccak256(canonical(held).encode()).hex() == digest == paid.digest.hex()
    assert (held["type"], held["unit"]) == ("zkcredit-receipt/1", str(UNIT))


MORE = {
    "chain_id": 5, "genesis": "ab" * 32, "market": "0x" + "22" * 20, "loan": 2,
    "borrower": "0x" + "11" * 20, "payer": "0x" + "11" * 20, "token": "0x" + "33" * 20,
    "unit": "7", "currency": 840, "transaction": STRANGER, "block": 3, "block_hash": STRANGER,
    "time": 1_700_000_000, "remaining": 1, "standing": "repaid",
}  # fmt: skip


@pytest.mark.parametrize("name", [*MORE, "amounts", "type"])
def test_a_part_that_was_changed_in_the_file_is_seen(paid, name):
    held = json.loads(paid.to_json())
    held[name] = {**held["amounts"], "interest": 1} if name == "amounts" else MORE.get(name, "x")
    with pytest.raises(MalformedFile):
        PaymentReceipt.from_json(json.dumps(held))


@pytest.mark.parametrize("name", [*MORE, "amounts"])
def test_a_part_that_is_false_is_named_by_the_check(world, paid, name):
    """Whoever changes a part can compute the digest anew; the chain says otherwise."""
    changed = PaidAmounts(1, 2) if name == "amounts" else MORE[name]
    false = replace(paid, **{name: int(changed) if name == "unit" else changed})
    assert PaymentReceipt.from_json(false.to_json()) == false
    with pytest.raises(WrongReceipt) as caught:
        false.require_on(world.market)
    place = {"chain_id": "market", "genesis": "market", "loan": "transaction"}
    assert place.get(name, name) in caught.value.differs
    assert pickle.loads(pickle.dumps(caught.value)).differs == caught.value.differs


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("chain_id", -1), ("chain_id", "1"), ("genesis", "ab"), ("market", "0x00"),
        ("market", "0x" + "ab" * 20), ("loan", 1 << 63), ("transaction", "0xzz"),
        ("block_hash", STRANGER.upper()), ("time", 1 << 40), ("remaining", 1 << 48),
        ("remaining", -1), ("standing", "paid"), ("standing", ""), ("unit", -1),
        ("amounts", None), ("amounts", PaidAmounts()), ("currency", 5_000),
    ],
)  # fmt: skip
def test_a_receipt_is_well_formed(paid, name, value):
    with pytest.raises((InvalidInput, OutOfRange)):
        replace(paid, **{name: value})


@pytest.mark.parametrize("amounts", [(-1,), (0, -1), (1 << 48,), (1.0,), ("1",), (0, 0, 0, 0, -1)])
def test_amounts_are_amounts(amounts):
    with pytest.raises(InvalidInput):
        PaidAmounts(*amounts)


@pytest.mark.parametrize(
    "change",
    [
        lambda held: held.pop("payer"),
        lambda held: held.update(extra=1),
        lambda held: held.update(unit=UNIT),
        lambda held: held.update(unit="07"),
        lambda held: held.update(loan="1"),
        lambda held: held.update(amounts=[]),
        lambda held: held["amounts"].pop("fees"),
        lambda held: held["amounts"].update(interest="1"),
        lambda held: held.update(digest="00" * 32),
        lambda held: held.update(digest="xyz"),
        lambda held: held.update(type="zkcredit-receipt/2"),
        lambda held: held.update(payer=None),
    ],
)
def test_another_file_is_refused(paid, change):
    held = json.loads(paid.to_json())
    change(held)
    with pytest.raises(MalformedFile):
        PaymentReceipt.from_json(json.dumps(held))


def test_a_payment_that_a_reorganisation_took_away_is_no_receipt_any_more(world):
    loan = world.released(world.product.address)
    snapshot = world.node.snapshot()
    found = receipt_of(world.market, repaid(world, loan, 700).transaction)
    world.node.restore(snapshot)
    with pytest.raises(WrongReceipt, match="does not have this payment"):
        found.require_on(world.market)


def test_a_node_without_old_states_says_what_to_do(world, monkeypatch):
    loan = world.released(world.product.address)
    sent = repaid(world, loan, 700)

    def pruned(self, loan_id, block):
        raise ChainError("missing trie node")

    monkeypatch.setattr(type(world.market), "loan_after", pruned)
    with pytest.raises(NodeUnavailable, match="keeps old states"):
        receipt_of(world.market, sent.transaction)


def test_a_market_that_reports_another_payment_is_not_believed(world, monkeypatch):
    loan = world.released(world.product.address)
    sent = repaid(world, loan, 700)
    events = type(world.market).events

    def more(self, **given):
        return [
            replace(event, paid=10**7) if getattr(event, "paid", 0) else event
            for event in events(self, **given)
        ]

    monkeypatch.setattr(type(world.market), "events", more)
    with pytest.raises(ChainError, match="by its rules"):
        receipt_of(world.market, sent.transaction)
    monkeypatch.setattr(type(world.market), "events", lambda self, **given: [])
    with pytest.raises(NodeUnavailable, match="left out events"):
        receipt_of(world.market, sent.transaction)


def test_the_words_are_in_the_readers_language(paid):
    english = "\n".join(paid.in_words())
    assert "EUR were paid on loan 1 by 0x" in english
    with speaking("zh_CN"):
        assert "Left to pay" not in "\n".join(paid.in_words())


def test_the_arguments_are_checked(paid):
    for call in (partial(receipt_of, None, STRANGER), partial(paid.require_on, "market")):
        with pytest.raises(ZkCreditError):
            call()
    assert asdict(paid)["amounts"]["interest"] == paid.amounts.interest
