"""A line's next product: refused a second early; old proofs die then, and running loans do not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.chain.loan_world import World
from support.chain.market_world import refused, taken_back

from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import InvalidInput, TransactionReverted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest

PRINCIPAL, RUNNING, NEXT = 100_000, 7, 8


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with RevmNode() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        world.later = world.offer(late_fee=100)
        world.line = world.book.begin_line(world.product.address, by=world.lender)
        yield world


@pytest.fixture
def world(shared) -> Iterator[World]:
    with taken_back(shared):
        yield shared


def announced(world: World) -> int:
    """Announce the later product; the second from which the line has it."""
    starts = world.node.now() + world.book.notice() + 5_000
    world.book.announce(world.line.line_id, world.later.address, starts, by=world.lender)
    return starts


def go_to(world: World, second: int) -> None:
    """Let the next transaction's block be of a second."""
    world.node.advance(second - 1 - world.node.now())


def reverted(world: World, request: LoanRequest, shown: Presentation) -> None:
    """The application is in a block, without effect; what is tried later has another reason."""
    with pytest.raises(TransactionReverted):
        world.force(request, shown, world.borrower)


def test_early_use_is_refused_until_the_second_before(world):
    starts = announced(world)
    line = world.book.line(world.line.line_id)
    assert (line.product, line.announced) == (world.product.address, world.later.address)
    with pytest.raises(InvalidInput, match="closed for applications"):
        world.market.request(world.later.address, PRINCIPAL, world.borrower.address)
    go_to(world, starts - 600)
    of_now = world.market.request(
        world.product.address, PRINCIPAL, world.borrower.address, lifetime=3_600
    )
    early = replace(
        of_now, product=world.later.product, product_id=int(world.later.address, 16),
        terms_hash=world.later.product.digest,
    )  # fmt: skip
    shown = world.present(early, NEXT)
    go_to(world, starts)  # what is asked now is answered as of the second before
    assert world.node.now() == starts - 1
    refused("ProductNotOpen", world.force, early, shown, world.borrower)
    assert not world.book.is_open(world.later.address)
    world.node.advance(1)
    assert world.book.is_open(world.later.address)
    loan = world.market.apply(early, shown, by=world.borrower)
    assert loan.product_address == world.later.address


def test_an_old_proof_is_refused_from_that_second_on(world):
    starts = announced(world)
    go_to(world, starts - 600)
    old = world.market.request(
        world.product.address, PRINCIPAL, world.borrower.address, lifetime=3_600
    )
    shown = world.present(old, NEXT)
    go_to(world, starts)
    reverted(world, old, shown)
    assert world.node.now() == starts
    refused("ProductNotOpen", world.force, old, shown, world.borrower)
    # nor is it one for the product that the line has now
    refused("ProofInvalid", world.force, old, shown, world.borrower, product=world.later.address)
    assert world.book.line(world.line.line_id).product == world.later.address
    assert not world.book.product(world.product.address).open


def test_the_second_before_an_old_proof_still_counts(world):
    starts = announced(world)
    go_to(world, starts - 600)
    old = world.market.request(
        world.product.address, PRINCIPAL, world.borrower.address, lifetime=3_600
    )
    go_to(world, starts - 1)
    loan = world.market.apply(old, world.present(old, NEXT), by=world.borrower)
    assert world.node.now() == starts - 1
    # what was applied for in time is funded later
    world.market.fund(loan, PRINCIPAL, by=world.lender)
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE


def test_running_loans_stay_as_they_are(world):
    loan = world.released(world.product.address, nullifier=RUNNING)
    before = world.market.loan(loan.loan_id)
    starts = announced(world)
    go_to(world, starts + 10)
    world.node.advance(1)
    after = world.market.loan(loan.loan_id)
    assert (after.product, after.running) == (before.product, before.running)
    assert after.product.digest == world.product.product.digest
    owed = world.market.row_owed(loan.loan_id, world.market.row_due(loan.loan_id))
    world.market.repay(after, owed, by=world.borrower)
    quote = world.market.quote(loan.loan_id)
    world.market.settle(world.market.loan(loan.loan_id), quote.settlement, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID


def test_a_withdrawn_announcement_never_begins(world):
    starts = announced(world)
    world.book.withdraw_announcement(world.line.line_id, by=world.lender)
    go_to(world, starts + 10)
    world.node.advance(1)
    assert world.book.line(world.line.line_id).product == world.product.address
    assert world.book.product(world.product.address).open
    assert world.book.product(world.later.address).line_id is None
