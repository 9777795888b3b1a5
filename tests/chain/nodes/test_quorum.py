"""Several end points: what one of them alone says is not believed."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain.nodes import quorum
from zkcredit.chain.nodes.connect import opened, provider_over, transport_to, web3_over
from zkcredit.chain.nodes.quorum import QuorumNode, connect_quorum, quorum_provider
from zkcredit.chain.nodes.replies import Receipt
from zkcredit.errors import InvalidInput, NodeUnavailable

HERE = "0x00000000000000000000000000000000000000aa"
TRANSACTION = "0x" + "11" * 32


class Chain:
    """Two scripted nodes with a head each, and time that passes only when somebody sleeps."""

    def __init__(self, servers):
        self.servers, self.heads, self.now, self.slept = servers, [16, 16], 0.0, 0
        self.grows = False
        for number, server in enumerate(servers):
            server.answers |= {
                "eth_blockNumber": lambda _params, n=number: hex(self.heads[n]),
                "eth_getBlockByNumber": lambda params, n=number: self.block(n, params[0]),
                "eth_call": "0x2a",
                "eth_getLogs": [],
            }

    def block(self, number, which):
        wanted = self.heads[number] if which == "latest" else int(which, 16)
        return block(number=hex(wanted)) if wanted <= self.heads[number] else None

    def sleep(self, seconds):
        self.now += seconds
        self.slept += 1
        if self.grows:
            self.heads = [max(self.heads)] * 2

    def open(self):
        members = [
            (f"node {number}", provider_over(transport_to(server.url, 30.0)))
            for number, server in enumerate(self.servers, 1)
        ]
        provider = quorum_provider(members, clock=lambda: self.now, sleep=self.sleep)
        node = opened(QuorumNode, web3_over(provider), "both", None)
        node.clock, node.sleep = (lambda: self.now), self.sleep
        return node


@pytest.fixture
def chain():
    with ExitStack() as stack:
        yield Chain([stack.enter_context(scripted_node()) for _ in range(2)])


def test_nodes_that_agree_are_used_like_one(chain):
    node = chain.open()
    assert (node.chain_id, node.block_number(), node.balance(HERE)) == (137, 16, 5)
    assert node.call(HERE, b"") == b"\x2a"
    assert node.logs(HERE) == []
    assert node.fees() == (3 * 10**9, 10**9)
    for server in chain.servers:  # asked at one block, never at what each calls the latest
        assert [p[1] for m, p in server.asked if m in {"eth_call", "eth_getBalance"}] == [
            "0x10"
        ] * 2


def test_one_that_lags_is_waited_for(chain):
    chain.heads, chain.grows = [16, 14], True
    node = chain.open()
    assert node.block_number() == 16
    assert chain.slept == 1


def test_one_that_lags_for_too_long_is_named(chain):
    node = chain.open()
    chain.heads = [16, 14]
    with pytest.raises(NodeUnavailable, match="node 2 lags: it has no block 16"):
        node.balance(HERE)
    assert chain.now <= quorum.PATIENCE


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("eth_chainId", "0x1"),
        ("eth_getBalance", "0x6"),
        ("eth_call", "0x2b"),
        ("eth_call", {"error": {"code": 3, "message": "execution reverted", "data": "0x"}}),
        ("eth_getBlockByNumber", lambda params: block(number=params[0], hash="0x" + "22" * 32)),
        ("eth_getBlockByNumber", lambda params: block(number=params[0], timestamp="0x1")),
    ],
)
def test_one_that_differs_is_an_error(chain, method, answer):
    chain.servers[1].answers[method] = answer

    def read():
        node = chain.open()
        node.balance(HERE)
        node.call(HERE, b"")

    with pytest.raises(NodeUnavailable, match=f"node 2 answers {method} differently from node 1"):
        read()


def log(**changes):
    return {
        "address": HERE, "topics": ["0x" + "07" * 32], "data": "0x", "blockNumber": "0x5",
        "logIndex": "0x0", "transactionIndex": "0x0", "transactionHash": TRANSACTION,
        "blockHash": f"0x{5:064x}", "removed": False,
    } | changes  # fmt: skip


@pytest.mark.parametrize("other", [[], [log(data="0x01")], [log(), log(logIndex="0x1")]])
def test_an_event_that_one_hides_changes_or_adds_is_an_error(chain, other):
    chain.servers[0].answers["eth_getLogs"] = [log()]
    chain.servers[1].answers["eth_getLogs"] = other
    with pytest.raises(NodeUnavailable, match="differently"):
        chain.open().logs(HERE)


def receipt(**changes):
    return {
        "transactionHash": TRANSACTION, "blockNumber": "0x5", "blockHash": f"0x{5:064x}",
        "transactionIndex": "0x0", "status": "0x1", "gasUsed": "0x5208", "logs": [log()],
        "contractAddress": None, "from": HERE, "to": HERE, "cumulativeGasUsed": "0x5208",
        "logsBloom": "0x" + "00" * 256, "type": "0x2", "effectiveGasPrice": "0x1",
    } | changes  # fmt: skip


def test_receipts_have_to_be_equal_and_may_come_late(chain):
    one, other = chain.servers
    one.answers["eth_getTransactionReceipt"] = receipt()
    late = iter([None])
    other.answers["eth_getTransactionReceipt"] = lambda _params: next(late, receipt(size="0x1"))
    node = chain.open()
    assert node.receipt(TRANSACTION).succeeded
    other.answers["eth_getTransactionReceipt"] = receipt(status="0x0")
    with pytest.raises(NodeUnavailable, match="differently"):
        node.receipt(TRANSACTION)
    one.answers["eth_getTransactionReceipt"] = other.answers["eth_getTransactionReceipt"] = None
    assert node.receipt(TRANSACTION) is None


def test_a_receipt_that_one_never_has_names_that_one(chain):
    chain.servers[0].answers["eth_getTransactionReceipt"] = receipt()
    chain.servers[1].answers["eth_getTransactionReceipt"] = None
    with pytest.raises(NodeUnavailable, match="node 2 lags: it has no receipt of 0x1111"):
        chain.open().receipt(TRANSACTION)
    assert chain.slept > 10


def test_after_a_receipt_all_read_the_state_of_its_block(chain):
    node = chain.open()
    seen = Receipt(TRANSACTION, 16, True, 21_000, None, (), "0x" + "55" * 32)
    late = iter([None, None])
    for number, server in enumerate(chain.servers):
        server.answers["eth_getBlockByHash"] = lambda params, n=number: (
            next(late, block(hash=params[0])) if n else block(hash=params[0])
        )
    node.has_seen(seen)
    assert node.call(HERE, b"") == b"\x2a"
    assert chain.slept == 2
    for server in chain.servers:
        assert [params[1] for method, params in server.asked if method == "eth_call"] == [
            {"blockHash": seen.block_hash}
        ]
    chain.servers[1].answers["eth_getBlockByHash"] = None
    with pytest.raises(NodeUnavailable, match="node 2 lags: it has no block 0x5555"):
        node.call(HERE, b"")


def test_a_transaction_goes_to_all_and_one_acceptance_is_enough(chain):
    one, other = chain.servers
    one.answers["eth_sendRawTransaction"] = {"error": {"code": -32000, "message": "already known"}}
    other.answers["eth_sendRawTransaction"] = TRANSACTION
    chain.open().broadcast(b"\x02")
    assert all(server.asked[-1][0] == "eth_sendRawTransaction" for server in chain.servers)


def test_the_lower_price_counts(chain):
    chain.servers[1].answers["eth_maxPriorityFeePerGas"] = hex(10**18)
    assert chain.open().fees()[1] == 10**9


@pytest.mark.parametrize("urls", [[], ["http://a"], ["http://a", "http://a"], "http://a"])
def test_a_quorum_has_two_or_more_different_end_points(urls):
    with pytest.raises(InvalidInput):
        connect_quorum(urls)


def test_a_quorum_is_opened_by_its_urls(chain):
    with connect_quorum([server.url for server in chain.servers]) as node:
        assert node.block_number() == 16
        assert "127.0.0.1, 127.0.0.1" in repr(node)
