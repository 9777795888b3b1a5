"""Several loans and positions in few requests, and products that are read once."""

from __future__ import annotations

import pytest

from zkcredit.errors import InvalidInput, OutOfRange
from zkcredit.loan import consumer, months
from zkcredit.units import parts_per_billion


@pytest.fixture(scope="module")
def shared_world(shared_world):
    shared_world.long = shared_world.offer(table=consumer(parts_per_billion("24"), months(12)))
    return shared_world


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
        world.released(world.product.address, nullifier=nullifier)
    assert market.loans([1, 2]) == [market.loan(1), market.loan(2)]
    assert market.loans([2, 1]) == [market.loan(2), market.loan(1)]
    places = range(1, market.position_count() + 1)
    assert market.positions(places) == [market.position(one) for one in places]
    assert market.withdrawables(places) == [market.withdrawable(one) for one in places]
    assert market.loans([]) == market.positions([]) == market.withdrawables([]) == []
    people = [world.borrower.address, world.lender.address]
    assert world.token.balances_of(people) == [world.token.balance_of(one) for one in people]


def test_a_list_with_something_unknown_is_refused(world):
    world.released(world.product.address)
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


def test_a_payment_reads_nothing_else(world, read):
    loan = world.released(world.product.address)
    for _ in range(2):
        read.clear()
        world.market.repay(loan, 1_000, by=world.borrower)
        assert read == ["repay"]


def test_another_loan_under_the_same_number_has_its_own_table(world):
    node, limits = world.node, []
    for product in (world.product, world.long):
        snapshot = node.snapshot()
        loan = world.released(product.address)
        limits.append(world.market._step_gas("repay", loan))
        node.restore(snapshot)
        world.new_senders()
    assert limits[0] < limits[1]
