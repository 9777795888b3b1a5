"""The index of real markets on local chains; and what it makes of a node's replies."""

from __future__ import annotations

import pytest
from support.chain.market_world import (
    AS_CANCUN,
    DAY,
    ROOT,
    TERMS,
    UNIT,
    World,
    mock_present,
    taken_back,
)
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain import ChainIndex, connect, flow_from, held_by, watched
from zkcredit.chain.contracts.flow import flow_of_funds
from zkcredit.chain.deploy import LedgerDeployment
from zkcredit.chain.index.chain_source import NodeSource
from zkcredit.errors import InvalidInput, NodeBehind, NodeUnavailable

HERE = "0x00000000000000000000000000000000000000aa"


@pytest.fixture(scope="module", params=AS_CANCUN)
def shared_world(request):
    with request.param() as node:
        world = World(node)
        world.post_root()
        world.product = world.offer()
        yield world


@pytest.fixture
def world(shared_world):
    with taken_back(shared_world):
        yield shared_world


def play(world):
    """A repaid loan, one that nobody funds in full, and one in default; yields after each step."""
    market, lender, borrower = world.market, world.lender, world.borrower
    loan = world.released(world.product.product_id)
    yield
    for amount in TERMS.schedule(100_000).amounts[:2]:
        world.node.advance(30 * DAY)
        market.repay(loan.loan_id, amount, by=borrower)
        market.withdraw(1, by=lender, to=world.stranger.address)
        yield
    market.settle(loan.loan_id, 1_000_000, by=borrower)
    yield
    world.post_root(ROOT + 1)
    request = market.request(world.product.product_id, 30_000, borrower.address)
    part = market.apply(request, mock_present(request, 7, ROOT + 1), by=borrower)
    market.fund(part.loan_id, 10_000, by=lender)
    yield
    market.cancel(part.loan_id, by=borrower)
    market.withdraw(3, by=lender)
    yield
    request = market.request(world.product.product_id, 20_000, borrower.address)
    lost = market.apply(request, mock_present(request, 7, ROOT + 1), by=borrower)
    market.fund(lost.loan_id, 20_000, by=lender)
    world.node.advance(200 * DAY)
    market.mark_default(lost.loan_id, by=world.stranger)
    market.repay(lost.loan_id, 5_000, by=borrower)
    market.withdraw(4, by=lender)
    yield


def require_money(world, index):
    """The index, the market's own record and the token say the same."""
    market = world.market
    assert held_by(index, market.address, world.token.address) == world.money()["market"]
    events, loan_id = market.events(), 1
    while True:
        try:
            flow = flow_of_funds(market, loan_id, events)
        except InvalidInput:
            break
        assert flow_from(index, market.address, loan_id) == flow
        loan_id += 1


def test_resummed_events_are_the_balance_of_the_market_at_every_block(world):
    with ChainIndex.open(None, world.node, watched(world.deployment)) as index:
        balances = {}
        for _ in play(world):
            assert index.catch_up().block == world.node.block_number()
            require_money(world, index)
            balances[index.block] = world.money()["market"]
        assert len(set(balances.values())) == 5
    with ChainIndex.open(None, world.node, watched(world.deployment)) as again:
        again.catch_up()
        address, token = world.market.address, world.token.address
        assert {at: held_by(again, address, token, at) for at in balances} == balances


def test_a_chain_that_goes_back_takes_the_index_with_it(world, tmp_path):
    path = tmp_path / "index.sqlite"
    with ChainIndex.open(path, world.node, watched(world.deployment)) as index:
        index.catch_up()
        before = index.block
        snapshot = world.node.snapshot()
        list(zip(range(3), play(world), strict=False))
        index.catch_up()
        assert index.block > before + 3
        assert held_by(index, world.market.address, world.token.address) > 0
        world.node.restore(snapshot)
        world.new_senders()
        with pytest.raises(NodeBehind):
            index.catch_up()
        world.node.advance(77)
        loan = world.requested(world.product.product_id, 50_000)
        world.market.fund(loan.loan_id, 20_000, by=world.second)
        assert index.catch_up().taken_back > 0
        require_money(world, index)
        assert held_by(index, world.market.address, world.token.address) == 20_000 * UNIT


def test_the_markets_of_a_deployment_are_watched(world):
    deployment = world.deployment
    assert watched(deployment).contracts == {deployment.market: "LoanMarket"}
    assert watched(deployment).since == deployment.block
    addresses = [f"0x000000000000000000000000000000000000000{number}" for number in range(4)]
    ledger = LedgerDeployment(deployment.block - 2, *addresses)
    both = watched(type(deployment)(
        deployment.chain_id, deployment.network, deployment.block, deployment.verifier,
        deployment.registry, deployment.gate, deployment.market, ledger,
    ))  # fmt: skip
    assert both.contracts == {deployment.market: "LoanMarket", addresses[3]: "LoanMarket"}
    assert both.since == deployment.block - 2


# --- a node's replies -----------------------------------------------------------------------------


@pytest.fixture
def server():
    with scripted_node() as server:
        yield server


def source(server):
    return NodeSource(connect(server.url), [HERE])


def test_a_header_is_read(server):
    found = source(server).header(16)
    assert (found.number, found.hash, found.parent) == (16, b"\x11" * 32, bytes(32))
    assert found.time == 0x6B49D200
    assert source(server).head() == 16


def test_a_block_that_does_not_exist_is_none(server):
    node = source(server)
    server.answers["eth_getBlockByNumber"] = None
    assert node.header(16) is None


@pytest.mark.parametrize(
    "strange",
    [
        block(number="0x11"),
        block(hash="0x1234"),
        block(parentHash="0x"),
        block(timestamp="0x10000000000"),
        block(timestamp=None),
        block(hash=None),
        {"number": "0x10"},
        "a block",
    ],
)
def test_a_header_that_cannot_be_right_is_refused(server, strange):
    node = source(server)
    server.answers["eth_getBlockByNumber"] = strange
    with pytest.raises(NodeUnavailable):
        node.header(16)


def test_a_head_that_cannot_be_right_is_refused(server):
    node = source(server)
    server.answers["eth_blockNumber"] = hex(1 << 41)
    with pytest.raises(NodeUnavailable, match="no chain can have"):
        node.head()
