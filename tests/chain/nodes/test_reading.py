"""What a node says is checked: whose events, where, once each; a lagging one gets patience."""

from __future__ import annotations

import pytest
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain import connect
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.loans.loan_events import LoanRequested
from zkcredit.chain.nodes.replies import Receipt
from zkcredit.errors import ChainError, NodeUnavailable, TransactionReverted, TransactionTimeout

HERE = "0x00000000000000000000000000000000000000aa"
ELSEWHERE = "0x00000000000000000000000000000000000000bb"
TOPIC, OTHER = "0x" + "07" * 32, "0x" + "08" * 32
TRANSACTION = "0x" + "11" * 32
HEAD = 16


def log(number=5, index=0, **changes):
    return {
        "address": HERE, "topics": [TOPIC], "data": "0x", "blockNumber": hex(number),
        "logIndex": hex(index), "transactionIndex": "0x0", "transactionHash": TRANSACTION,
        "blockHash": f"0x{number:064x}", "removed": False,
    } | changes  # fmt: skip


def block_by_number(params):
    number = HEAD if params[0] == "latest" else int(params[0], 16)
    return block(number=hex(number)) if number <= HEAD else None


@pytest.fixture
def server():
    with scripted_node({"eth_getBlockByNumber": block_by_number}) as server:
        yield server


@pytest.fixture
def node(server):
    node, now = connect(server.url), [0.0]
    node.clock = lambda: now[0]
    node.sleep = lambda seconds: now.__setitem__(0, now[0] + seconds)
    return node


def test_events_come_in_order_whatever_the_order_of_the_reply(server, node):
    server.answers["eth_getLogs"] = [log(7, 2), log(5, 0), log(7, 1)]
    found = [(one.block, one.index) for one in node.logs(HERE)]
    assert found == [(5, 0), (7, 1), (7, 2)]


@pytest.mark.parametrize(
    "strange",
    [
        [log(address=ELSEWHERE)],
        [log(HEAD + 1)],
        [log(topics=[OTHER])],
        [log(topics=[])],
        [log(removed=True)],
        [log(), log()],
        [log(5, 0), log(5, 1, blockHash="0x" + "99" * 32)],
        [log(5), log(6, blockHash=f"0x{5:064x}")],
        [log(blockNumber=None)],
        [log(blockHash=None), log(5, 1)],
        [log(logIndex="one")],
        "events",
        [7],
        None,
    ],
)
def test_events_that_were_not_asked_for_or_contradict_are_refused(server, node, strange):
    server.answers["eth_getLogs"] = strange
    with pytest.raises(NodeUnavailable):
        node.logs(HERE, topics=(bytes.fromhex(TOPIC[2:]),))


def test_events_before_the_range_are_refused(server, node):
    server.answers["eth_getLogs"] = [log(5)]
    with pytest.raises(NodeUnavailable, match="not asked for"):
        node.logs(HERE, since=6)


@pytest.mark.parametrize("head", [HEAD + 1, 10**9, 1 << 41, 1 << 63, 1 << 200])
def test_a_head_that_is_made_up_ends_soon(server, node, head):
    server.answers["eth_blockNumber"] = hex(head)
    server.answers["eth_getLogs"] = []
    with pytest.raises((NodeUnavailable, TransactionTimeout)):
        node.logs(HERE)
    assert len(server.asked) < 50


def test_a_head_of_which_every_block_is_made_up_has_a_bound(server, node, monkeypatch):
    monkeypatch.setattr("zkcredit.chain.nodes.node._MOST_REQUESTS", 30)
    server.answers["eth_blockNumber"] = hex(1 << 39)
    server.answers["eth_getBlockByNumber"] = lambda params: block(number=params[0])
    server.answers["eth_getLogs"] = []
    with pytest.raises(ChainError, match="30 requests"):
        node.logs(HERE)


def test_a_refusal_that_passes_is_asked_again_with_the_same_range(server, node):
    refusals = iter([{"error": {"code": -32603, "message": "internal error"}}] * 2)
    server.answers["eth_getLogs"] = lambda _params: next(refusals, [log()])
    assert len(node.logs(HERE)) == 1
    ranges = [params[0] for method, params in server.asked if method == "eth_getLogs"]
    assert len(ranges) == 3
    assert ranges[0] == ranges[1] == ranges[2]


def receipt(**changes):
    return {
        "transactionHash": TRANSACTION, "blockNumber": "0x5", "blockHash": f"0x{5:064x}",
        "transactionIndex": "0x0", "status": "0x1", "gasUsed": "0x5208", "logs": [log()],
        "contractAddress": None, "from": HERE, "to": ELSEWHERE, "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256, "type": "0x2", "effectiveGasPrice": "0x1",
    } | changes  # fmt: skip


def test_a_receipt_is_that_of_the_transaction(server, node):
    server.answers["eth_getTransactionReceipt"] = receipt()
    found = node.receipt(TRANSACTION)
    assert (found.block, found.succeeded, len(found.logs)) == (5, True, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"transactionHash": "0x" + "22" * 32},
        {"logs": [log(6)]},
        {"logs": [log(transactionHash="0x" + "22" * 32)]},
        {"logs": [log(blockHash="0x" + "99" * 32)]},
        {"logs": [log(), log()]},
        {"logs": [log(removed=True)]},
        {"blockHash": None},
        {"status": None},
    ],
)
def test_a_receipt_of_something_else_is_refused(server, node, changes):
    server.answers["eth_getTransactionReceipt"] = receipt(**changes)
    with pytest.raises(NodeUnavailable):
        node.receipt(TRANSACTION)


def test_a_receipt_without_its_event_is_a_typed_error(server, node):
    server.answers["eth_getCode"] = "0x00"

    class Client(ContractClient):
        contract = "LoanMarket"

    client = Client(node, HERE)
    empty = Receipt(TRANSACTION, 5, True, 21_000, None, ())
    with pytest.raises(ChainError, match="no LoanRequested"):
        client._one(empty, LoanRequested)


NOT_FOUND = {"error": {"code": -32000, "message": "header not found"}}


def test_a_machine_that_lags_is_asked_again(server, node):
    replies = iter([NOT_FOUND, NOT_FOUND])
    server.answers["eth_call"] = lambda _params: next(replies, "0x2a")
    assert node.call(HERE, b"", block=HEAD) == b"\x2a"


def test_a_machine_that_lags_for_too_long_does_not_know_yet(server, node):
    server.answers["eth_call"] = NOT_FOUND
    with pytest.raises(TransactionTimeout, match="does not have block 16 yet"):
        node.call(HERE, b"", block=HEAD)


def test_after_a_receipt_nothing_older_is_read(server, node):
    server.answers["eth_call"] = "0x2a"
    node.call(HERE, b"")
    node.has_seen(Receipt(TRANSACTION, HEAD + 2, True, 21_000, None, ()))
    node.call(HERE, b"")  # the node's head is older than the receipt
    server.answers["eth_blockNumber"] = hex(HEAD + 9)
    node.call(HERE, b"")
    blocks = [params[1] for method, params in server.asked if method == "eth_call"]
    assert blocks == ["latest", hex(HEAD + 2), hex(HEAD + 9)]


SEEN = Receipt(TRANSACTION, HEAD + 2, True, 21_000, None, (), "0x" + "55" * 32)
BY_HASH = {"blockHash": SEEN.block_hash}
LAGS = {"error": {"code": -32000, "message": "header for hash not found"}}


def where_called(server):
    return [params[1] for method, params in server.asked if method == "eth_call"]


def test_after_a_receipt_the_state_is_read_at_its_block_by_hash(server, node):
    server.answers["eth_call"] = "0x2a"
    node.has_seen(SEEN)
    assert node.call(HERE, b"") == b"\x2a"  # the head that is named is older
    server.answers["eth_blockNumber"] = hex(HEAD + 9)
    node.call(HERE, b"")
    assert where_called(server) == [BY_HASH, hex(HEAD + 9)]


def test_a_server_that_lags_behind_the_head_but_has_the_receipt_s_block_answers(server, node):
    server.answers["eth_blockNumber"] = hex(HEAD + 9)
    server.answers["eth_call"] = lambda params: "0x2a" if params[1] == BY_HASH else NOT_FOUND
    node.has_seen(SEEN)
    assert node.call(HERE, b"") == b"\x2a"
    assert where_called(server) == [hex(HEAD + 9), BY_HASH]


def test_a_server_without_the_receipt_s_block_gets_patience_and_then_it_is_not_known(server, node):
    replies = iter([LAGS, LAGS, LAGS])
    server.answers["eth_call"] = lambda _params: next(replies, "0x2a")
    node.has_seen(SEEN)
    assert node.call(HERE, b"") == b"\x2a"
    server.answers["eth_call"] = LAGS
    with pytest.raises(TransactionTimeout, match=f"does not have block {HEAD + 2} with tr.* yet"):
        node.call(HERE, b"")


def test_a_node_that_takes_no_hash_is_read_by_number_once_the_hash_is_there(server, node):
    hashes = iter(["0x" + "66" * 32, "0x" + "66" * 32])  # a fork, or a reorganisation

    def blocks(params):
        number = HEAD if params[0] == "latest" else int(params[0], 16)
        return block(number=hex(number), hash=next(hashes, SEEN.block_hash))

    def calls(params):
        if isinstance(params[1], dict):
            return {"error": {"code": -32602, "message": "invalid argument 1: not a string"}}
        return "0x2a"

    server.answers |= {"eth_getBlockByNumber": blocks, "eth_call": calls}
    node.has_seen(SEEN)
    assert node.call(HERE, b"") == b"\x2a"
    assert node.call(HERE, b"") == b"\x2a"
    assert where_called(server) == [BY_HASH, hex(HEAD + 2), hex(HEAD + 2)]
    hashes = iter(["0x" + "66" * 32] * 1000)
    with pytest.raises(TransactionTimeout, match="yet"):
        node.call(HERE, b"")


def test_a_receipt_of_an_earlier_block_does_not_take_the_place_of_a_later_one(server, node):
    server.answers["eth_call"] = "0x2a"
    node.has_seen(SEEN)
    node.has_seen(Receipt(TRANSACTION, 3, True, 21_000, None, (), "0x" + "33" * 32))
    node.call(HERE, b"")
    assert where_called(server) == [BY_HASH]


def test_a_refusal_by_the_contract_is_not_waited_for(server, node):
    reverted = {
        "error": {"code": 3, "message": "execution reverted: block not found", "data": "0x"}
    }
    server.answers["eth_call"] = reverted
    with pytest.raises(TransactionReverted):
        node.call(HERE, b"", block=HEAD)
    assert sum(method == "eth_call" for method, _ in server.asked) == 1
