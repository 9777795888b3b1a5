"""Events are asked for range by range, in smaller ones where a node refuses, by topic."""

from __future__ import annotations

from itertools import pairwise

import pytest

from zkcredit.chain import EmbeddedNode, Outbox, TransactionSender, deploy_test_token
from zkcredit.chain.nodes import node as module
from zkcredit.errors import ChainError, NodeUnavailable


@pytest.fixture(scope="module")
def chain():
    with EmbeddedNode(accounts=3) as node:
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        token = deploy_test_token(node, by=me)
        for holder in node.accounts * 4:
            token.mint(holder.address, 5, by=me)
        yield node, token


@pytest.fixture
def asked(chain, monkeypatch):
    node, ranges = chain[0], []
    genuine = node._logs

    def noting(address, since, until, topics):
        ranges.append((since, until))
        if noting.most and until - since + 1 > noting.most:
            raise noting.error("query returned more than 10000 results")
        return genuine(address, since, until, topics)

    noting.most, noting.error = 0, ChainError
    noting.ranges = ranges
    monkeypatch.setattr(node, "_logs", noting)
    return noting


def test_one_range_where_the_node_allows_it(chain, asked):
    node, token = chain
    logs = node.logs(token.address)
    assert len(logs) == 12
    assert asked.ranges == [(0, node.block_number())]


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_smaller_ranges_give_the_same(chain, asked, most):
    node, token = chain
    whole = node.logs(token.address)
    asked.ranges.clear()
    asked.most = most
    assert node.logs(token.address) == whole
    accepted = [(a, b) for a, b in asked.ranges if b - a < most]
    assert accepted[0][0] == 0
    assert accepted[-1][1] == node.block_number()
    assert all(b + 1 == a for (_, b), (a, _) in pairwise(accepted))


def test_a_long_chain_is_read_in_several_ranges(chain, asked, monkeypatch):
    node, token = chain
    whole = node.logs(token.address)
    monkeypatch.setattr(module, "_BLOCKS_AT_ONCE", 4)
    asked.ranges.clear()
    assert node.logs(token.address) == whole
    assert all(b - a < 4 for a, b in asked.ranges)


def test_a_node_that_refuses_every_range_is_an_error(chain, asked, monkeypatch):
    node, token = chain

    def refuse(*_):
        raise ChainError("no logs here")

    monkeypatch.setattr(node, "_logs", refuse)
    with pytest.raises(ChainError, match="no logs here"):
        node.logs(token.address)


def test_a_node_that_is_gone_is_not_asked_again(chain, asked):
    node, token = chain
    asked.most, asked.error = 1, NodeUnavailable
    with pytest.raises(NodeUnavailable):
        node.logs(token.address)
    assert len(asked.ranges) == 1


def test_no_blocks_no_events(chain, asked):
    node, token = chain
    assert node.logs(token.address, since=node.block_number() + 1) == []
    assert node.logs(token.address, since=5, until=4) == []
    assert asked.ranges == []


def test_topics_choose(chain):
    node, token = chain
    everything = node.logs(token.address)
    holder = bytes.fromhex(node.accounts[1].address[2:]).rjust(32, b"\0")
    chosen = node.logs(token.address, topics=(None, None, holder))
    assert chosen == [log for log in everything if log.topics[2] == holder]
    assert len(chosen) == 4
    signature = everything[0].topics[0]
    assert node.logs(token.address, topics=(signature,)) == everything
    assert node.logs(token.address, topics=(bytes(32),)) == []
