"""Several loans and positions in few requests, and terms that are read once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.market_world import TERMS, World, taken_back

from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import InvalidInput, OutOfRange


@pytest.fixture(scope="module")
def shared():
    with RevmNode() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        world.long = world.offer(terms=replace(TERMS, instalments=12))
        yield world


@pytest.fixture
def world(shared):
    with taken_back(shared):
        yield shared


@pytest.fixture
def read(world, monkeypatch):
    """The functions that are read, in order."""
    seen, encode = [], type(world.market.abi).encode

    def noted(abi, function, *arguments):
        seen.append(function)
        return encode(abi, function, *arguments)

    monkeypatch.setattr(type(world.market.abi), "encode", noted)
    return seen


def test_lists_say_what_single_questions_say(world):
    market = world.market
    for nullifier in (1, 2):
        world.released(world.product.product_id, nullifier=nullifier)
    assert market.loans([1, 2]) == [market.loan(1), market.loan(2)]
    assert market.loans([2, 1]) == [market.loan(2), market.loan(1)]
    places = range(1, market.position_count() + 1)
    assert market.positions(places) == [market.position(one) for one in places]
    assert market.withdrawables(places) == [market.withdrawable(one) for one in places]
    assert market.loans([]) == market.positions([]) == market.withdrawables([]) == []
    people = [world.borrower.address, world.lender.address]
    assert world.token.balances_of(people) == [world.token.balance_of(one) for one in people]


def test_a_list_with_something_unknown_is_refused(world):
    world.released(world.product.product_id)
    for wrong in ([1, 99], [99], [0, 1]):
        with pytest.raises(InvalidInput, match="there is no loan"):
            world.market.loans(wrong)
        with pytest.raises(InvalidInput, match="there is no position"):
            world.market.positions(wrong)
    for wrong in ([-1], [1, 1 << 256]):
        with pytest.raises(OutOfRange):
            world.market.loans(wrong)
    for wrong in ([True], ["1"], [None], [1.0]):
        with pytest.raises(InvalidInput):
            world.market.positions(wrong)


def test_the_length_of_a_schedule_is_read_once(world, read):
    loan = world.released(world.product.product_id)
    for _ in range(2):
        read.clear()
        world.market.repay(loan.loan_id, 1_000, by=world.borrower)
        assert read == ["repay"]


def test_another_loan_under_the_same_number_has_its_own_schedule(world):
    node, limits = world.node, []
    for product in (world.product, world.long):
        snapshot = node.snapshot()
        loan = world.released(product.product_id)
        limits.append(world.market._walking("repay", loan.loan_id))
        node.restore(snapshot)
        world.new_senders()
    assert limits[0] < limits[1]
