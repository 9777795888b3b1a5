"""A node answers whatever it likes: every reply is read, or refused with a typed error.

The worst reply was found here: 100,000 brackets ended the interpreter with a segmentation fault,
because py_ecc raises the recursion limit so far that Python's JSON parser overruns its stack.
"""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit.chain.nodes.connect import connect
from zkcredit.chain.nodes.local_accounts import local_accounts_unsafe
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable, ZkCreditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkcredit.chain.nodes.node import Node

ADDRESS, HASH = "0x" + "11" * 20, "0x" + "22" * 32
BLOCK = {"hash": HASH, "number": "0x0", "timestamp": "0x5", "baseFeePerGas": "0x1"}
HONEST = {"eth_chainId": "0x7a69", "eth_getBlockByNumber": BLOCK}
LOG = {
    "address": ADDRESS, "topics": [HASH], "data": "0x", "blockNumber": "0x1", "logIndex": "0x0",
    "transactionHash": HASH, "blockHash": HASH, "transactionIndex": "0x0", "removed": False,
}  # fmt: skip
RECEIPT = {
    "transactionHash": HASH, "blockNumber": "0x1", "status": "0x1", "gasUsed": "0x1",
    "contractAddress": None, "logs": [LOG], "blockHash": HASH, "transactionIndex": "0x0",
    "cumulativeGasUsed": "0x1", "effectiveGasPrice": "0x1", "from": ADDRESS, "to": ADDRESS,
    "type": "0x2", "logsBloom": "0x" + "00" * 256,
}  # fmt: skip
JUNK: list[Any] = [
    None, True, -1, 1.5, "", "0x", "zz", "0xzz", "0x-5", "0x" + "f" * 600, [], [1], {},
    {"hash": 5}, {"hash": None, "number": "q"}, {"a": {}},
]  # fmt: skip
READS: dict[str, Callable[[Node], object]] = {
    "now": lambda node: node.now(),
    "block_number": lambda node: node.block_number(),
    "balance": lambda node: node.balance(ADDRESS),
    "code": lambda node: node.code(ADDRESS),
    "transaction_count": lambda node: node.transaction_count(ADDRESS),
    "fees": lambda node: node.fees(),
    "receipt": lambda node: node.receipt(HASH),
    "call": lambda node: node.call(ADDRESS, b"\1\2\3\4"),
    "logs": lambda node: node.logs(ADDRESS),
    "broadcast": lambda node: node.broadcast(b"\2"),
}


class Liar:
    """An HTTP server that says what a test makes it say."""

    def __init__(self) -> None:
        self.result: Callable[[str], object] = HONEST.get
        self.raw: bytes | None = None
        self.error: object = None
        liar = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                body = liar.reply(asked)
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def reply(self, asked: dict[str, Any]) -> bytes:
        if self.raw is not None:
            return self.raw
        head = {"jsonrpc": "2.0", "id": asked["id"]}
        if self.error is not None:
            return json.dumps({**head, "error": self.error}).encode()
        return json.dumps({**head, "result": self.result(asked["method"])}).encode()


@pytest.fixture(scope="module")
def server() -> Iterator[Liar]:
    liar = Liar()
    thread = threading.Thread(target=liar.server.serve_forever)
    thread.start()
    yield liar
    liar.server.shutdown()
    liar.server.server_close()
    thread.join()


@pytest.fixture
def liar(server: Liar) -> Liar:
    server.result, server.raw, server.error = HONEST.get, None, None
    return server


@pytest.fixture
def node(liar: Liar) -> Node:
    return connect(liar.url)


def everywhere(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The document with junk in each place in turn, and without each member."""
    for name in document:
        for junk in JUNK:
            yield {**document, name: junk}
        yield {other: value for other, value in document.items() if other != name}


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize("method", HONEST)
def test_a_strange_first_answer_is_no_node(liar: Liar, method: str, junk: object) -> None:
    liar.result = lambda asked: junk if asked == method else HONEST[asked]
    if method == "eth_chainId" or not isinstance(junk, dict):
        with pytest.raises(NodeUnavailable):
            connect(liar.url)
    else:
        with contextlib.suppress(ZkCreditError):
            connect(liar.url)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000, b'{"result":' * 50_000, b"", b"[]", b"null", b"5", b"{}", b'"x"',
        b"\xff\xfe",
        b'{"jsonrpc":"2.0","id":1,"error":null}', b'{"result":NaN}', b'{"error":5}',
        b'{"jsonrpc":"2.0","id":999,"result":"0x1"}', b'{"result":' + b"9" * 5000 + b"}",
    ],
    ids=lambda raw: repr(raw[:24]),
)  # fmt: skip
def test_what_is_no_json_rpc_is_no_node(liar: Liar, node: Node, raw: bytes) -> None:
    liar.raw = raw
    with pytest.raises(NodeUnavailable):
        connect(liar.url)
    for read in READS.values():
        with contextlib.suppress(ChainError):
            read(node)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("reply", JUNK, ids=repr)
def test_a_strange_reply_is_read_or_refused(
    liar: Liar, node: Node, name: str, reply: object
) -> None:
    liar.result = lambda _: reply
    with contextlib.suppress(ChainError):  # anything else fails the test
        READS[name](node)


@pytest.mark.slow
@pytest.mark.parametrize("name", READS)
def test_a_reply_with_one_strange_member_is_read_or_refused(
    liar: Liar, node: Node, name: str
) -> None:
    replies: list[object] = [*everywhere(RECEIPT), *everywhere(BLOCK)]
    replies += [[log] for log in everywhere(LOG)]
    replies += [{**RECEIPT, "logs": [log]} for log in everywhere(LOG)]
    for reply in replies:
        liar.result = lambda _, reply=reply: reply  # type: ignore[misc]
        with contextlib.suppress(ChainError):
            READS[name](node)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    "error",
    [
        5, "x", {}, [], {"code": 3}, {"code": "x", "message": {}}, {"code": 3, "message": None},
        {"code": 3, "message": "execution reverted", "data": 5},
        {"code": 3, "message": "execution reverted", "data": "0xzz"},
        {"code": 3, "message": "execution reverted", "data": {"x": 1}},
        {"code": 3, "message": "execution reverted", "data": "0x08c379a0" + "f" * 64},
        {"code": 3, "message": "execution reverted", "data": "0x4e487b71" + "f" * 64},
        {"code": 3, "message": ["a"], "data": "0x"},
    ],
    ids=repr,
)  # fmt: skip
def test_every_error_is_decoded_or_refused(
    liar: Liar, node: Node, name: str, error: object
) -> None:
    liar.error = error
    with pytest.raises(ChainError):
        READS[name](node)


def test_a_node_cannot_flood_an_error_message(liar: Liar, node: Node) -> None:
    liar.error = {"code": -32000, "message": "x" * 1_000_000}
    with pytest.raises(ChainError) as caught:
        node.balance(ADDRESS)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "http://[::1",
        "http://",
        "HTTP",
        None,
        5,
        b"http://x",
        "http://[x]:1",
        "http://127.0.0.1:99999999",
    ],
)
def test_what_does_not_parse_is_no_url(url: Any) -> None:
    with pytest.raises(InvalidInput):
        connect(url)


@pytest.mark.parametrize("host", ["a" * 300 + ".com", "..", "exa mple"])
def test_an_impossible_host_is_an_unreachable_node(host: str) -> None:
    with pytest.raises(NodeUnavailable):
        connect(f"http://{host}")


@pytest.mark.parametrize("base", [10**15, 10**30])
def test_a_node_cannot_talk_an_account_into_burning_its_money(
    liar: Liar, node: Node, base: int
) -> None:
    liar.result = {
        "eth_getBlockByNumber": {**BLOCK, "baseFeePerGas": hex(base)},
        "eth_maxPriorityFeePerGas": hex(base),
        "eth_getTransactionCount": "0x0",
        "eth_call": "0x",
    }.get
    outbox = Outbox(None)
    sender = TransactionSender(node, local_accounts_unsafe(1)[0], outbox)
    with pytest.raises(ChainError, match="wei of fees"):
        sender.send(Call(ADDRESS, b"", 1_000_000))
    assert not outbox.history(node.network, sender.address)  # nothing was signed
