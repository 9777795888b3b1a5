"""What an index makes of a node's replies."""

from __future__ import annotations

import pytest
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain import connect
from zkcredit.chain.index.chain_source import NodeSource
from zkcredit.errors import NodeUnavailable

HERE = "0x00000000000000000000000000000000000000aa"


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
