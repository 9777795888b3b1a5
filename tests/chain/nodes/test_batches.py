"""Several calls in one request, if the node takes it, and one by one if anything is wrong."""

from __future__ import annotations

import pytest
from support.chain.evm_programs import wrapped
from support.chain.scripted_node import scripted_node

from zkcredit.chain import connect
from zkcredit.chain.nodes.batches import call_all
from zkcredit.chain.nodes.replies import Receipt
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError, InvalidInput, TransactionReverted

HERE = "0x00000000000000000000000000000000000000aa"
CALLS = [bytes([one]) for one in range(7)]
REVERT = {"error": {"code": 3, "message": "execution reverted", "data": "0x01020304"}}


def echo(params):
    """A contract that returns what it gets, and refuses nine."""
    return REVERT if params[0]["data"] == "0x09" else params[0]["data"]


@pytest.fixture
def server():
    with scripted_node({"eth_call": echo}) as server:
        yield server


def methods(server):
    return [method for method, _ in server.asked if method in {"batch", "eth_call"}]


def test_one_request_brings_all_outputs_in_the_order_of_the_calls(server):
    node = connect(server.url)
    assert call_all(node, HERE, CALLS) == CALLS
    assert methods(server) == ["batch"]
    (asked,) = [requests for method, requests in server.asked if method == "batch"]
    # one state for all: the block that was the newest one
    assert {request["params"][1] for request in asked} == {"0x10"}


def test_a_batch_is_not_older_than_what_was_seen(server):
    node = connect(server.url)
    node.seen = Receipt("0x" + "22" * 32, 16, True, 21_000, None, (), "0x" + "33" * 32)
    assert call_all(node, HERE, CALLS) == CALLS
    (asked,) = [requests for method, requests in server.asked if method == "batch"]
    assert all(r["params"][1] == {"blockHash": "0x" + "33" * 32} for r in asked)


def test_many_calls_take_several_requests_and_few_take_none(server):
    node = connect(server.url)
    many = [one.to_bytes(2, "big") for one in range(120)]
    assert call_all(node, HERE, many) == many
    assert methods(server) == ["batch"] * 3
    server.asked.clear()
    assert call_all(node, HERE, []) == []
    assert methods(server) == []
    assert call_all(node, HERE, [b"\7"]) == [b"\7"]
    assert methods(server) == ["eth_call"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda replies: {"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": "no"}},
        lambda replies: "no batches here",
        lambda replies: None,
        lambda replies: [],
        lambda replies: replies[:-1],
        lambda replies: [*replies[:-1], replies[0]],
        lambda replies: [*replies, replies[0] | {"id": 10**9}],
        lambda replies: [reply | {"id": 10**9 + n} for n, reply in enumerate(replies)],
        lambda replies: [reply | {"result": None} for reply in replies],
        lambda replies: [reply | {"result": "12"} for reply in replies],
        lambda replies: [reply | {"result": "0xzz"} for reply in replies],
        lambda replies: [replies],
        lambda replies: [{"id": r["id"], "error": {"code": 4, "message": "no"}} for r in replies],
    ],
)
def test_whatever_is_wrong_with_a_batch_each_call_is_made_by_itself(server, wrong):
    server.batch = lambda requests: wrong([server.reply(request) for request in requests])
    assert call_all(connect(server.url), HERE, CALLS) == CALLS
    assert methods(server) == ["batch"] + ["eth_call"] * 7


def test_a_refusal_in_a_batch_is_the_contracts_own(server):
    with pytest.raises(TransactionReverted, match="0x01020304"):
        call_all(connect(server.url), HERE, [b"\1", b"\x09", b"\2"])
    with pytest.raises(InvalidInput):
        call_all(connect(server.url), "0x12", CALLS)


def test_a_node_that_is_gone_is_reported(server):
    node = connect(server.url)
    server.batch = lambda requests: None
    server.answers["eth_call"] = {"error": {"code": -32000, "message": "out of order"}}
    with pytest.raises(ChainError, match="out of order"):
        call_all(node, HERE, CALLS)


def test_the_fast_chain_takes_batches():
    with RevmNode(accounts=1) as node:
        sender = TransactionSender(node, node.accounts[0], Outbox(None))
        # returns the first word of its calldata
        code = wrapped(bytes.fromhex("5f355f5260205ff3"))
        echoing = sender.send(Call(None, code, 200_000)).contract
        words = [bytes(31) + bytes([one]) for one in range(3)]
        assert call_all(node, echoing, words) == words
