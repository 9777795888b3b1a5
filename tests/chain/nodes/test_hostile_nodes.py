"""Nodes that drip, flood, bomb, redirect or lie: each ends in a typed error, in time and memory.

The clock is the test's own, so that nothing here waits or depends on how busy the machine is.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import tracemalloc
import zlib
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
from support.chain.scripted_node import block, scripted_node

from zkcredit.chain import connect
from zkcredit.chain.nodes.connect import connect_over
from zkcredit.chain.nodes.transport import MOST_BYTES, Transport
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable

TIMEOUT = 30.0


class Clock:
    """Goes forward by a hundredth of a second each time that it is read."""

    def __init__(self):
        self.now, self.slept = 0.0, []

    def __call__(self):
        self.now += 0.01
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def server():
    with scripted_node() as server:
        yield server


def transport(server, clock, **options):
    return Transport(
        urlsplit(server.url), "the node", TIMEOUT, clock=clock, sleep=clock.sleep, **options
    )


def raw(server, *pieces, endless=b""):
    """Let the server send these pieces instead of an answer, and then one without end."""

    def send(handler, _method):
        handler.close_connection = True
        with suppress(OSError):  # the client gives up: that is the point
            for piece in pieces:
                handler.wfile.write(piece)
            while endless:
                handler.wfile.write(endless)
        return True

    server.before = send


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "pieces",
    [
        (b"H",),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, HEAD),
        (HEAD, b"X-Long: "),
        (HEAD, b"\r\n"),
        (HEAD, b"Content-Length: 30000000\r\n\r\n"),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n"),
        (HEAD, b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
    ],
)
def test_a_node_that_drips_is_left_at_the_deadline(clock, pieces):
    # It accepts, says this much, and then sends a byte at a time for ever.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def drip():
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(b"".join(pieces))
                while not stop.is_set():
                    connection.sendall(b"1")

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            url = urlsplit(f"http://127.0.0.1:{listener.getsockname()[1]}")
            dripping = Transport(url, "the node", TIMEOUT, clock=Impatient(), sleep=clock.sleep)
            with pytest.raises(NodeUnavailable):
                dripping.post(b"{}")
        finally:
            stop.set()
            thread.join()


class Impatient(Clock):
    """Lets most of the call's time pass between two looks at it."""

    def __call__(self):
        self.now += TIMEOUT / 8
        return self.now


def test_the_deadline_is_one_for_all_reads_of_a_call(server):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer():
            connection, _ = listener.accept()
            with connection, suppress(OSError):  # the client may have left before it reads
                connection.recv(65536)
                connection.sendall(HEAD + b"Content-Length: 3\r\n\r\n")
                connection.recv(1)  # until the client goes

        thread = threading.Thread(target=answer)
        thread.start()
        url = urlsplit(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with pytest.raises(NodeUnavailable, match=r"did not answer within 0\.2 s"):
            Transport(url, "the node", 0.2).post(b"{}")
        thread.join()


@pytest.mark.parametrize("head", [b"\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_an_endless_body_ends_at_the_limit(server, clock, head):
    piece = b" " * 65536
    endless = piece if head == b"\r\n" else b"10000\r\n" + piece + b"\r\n"
    raw(server, HEAD + head, endless=endless)
    small = transport(server, clock, most_bytes=1 << 20)
    with pytest.raises(NodeUnavailable, match="more than 1048576 bytes"):
        small.post(b"{}")


@pytest.mark.slow
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_bomb_is_counted_as_it_unfolds(server, clock, coding):
    packer = zlib.compressobj(9, wbits=31 if coding == "gzip" else 15)
    zeros = bytes(1 << 20)
    bomb = b"".join(packer.compress(zeros) for _ in range(256)) + packer.flush()
    head = HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(bomb)}\r\n\r\n".encode()
    raw(server, head, bomb)
    tracemalloc.start()
    try:
        with pytest.raises(NodeUnavailable, match=f"more than {MOST_BYTES} bytes"):
            transport(server, clock).post(b"{}")
        assert tracemalloc.get_traced_memory()[1] < 2 * MOST_BYTES
    finally:
        tracemalloc.stop()


def test_a_document_of_very_many_parts_is_refused_before_it_is_read(server, clock):
    body = b"[" + b"{}," * (1 << 21) + b"{}]"
    raw(server, HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode(), body)
    with pytest.raises(NodeUnavailable, match="parts"):
        transport(server, clock).post(b"{}")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "identity"])
def test_an_honest_answer_arrives_compressed_or_not(server, clock, coding):
    body = b'{"jsonrpc": "2.0", "id": 0, "result": "0x89"}'
    packed = {"gzip": gzip.compress(body), "deflate": zlib.compress(body)}.get(coding, body)
    head = f"Content-Encoding: {coding}\r\nContent-Length: {len(packed)}\r\n\r\n"
    raw(server, HEAD + head.encode(), packed)
    assert transport(server, clock).post(b"{}") == body


@pytest.mark.parametrize(
    "sent",
    [
        HEAD + b"Content-Length: 100\r\n\r\n{}",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n" + gzip.compress(b"{}")[:12],
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"X: y\r\n" * 200,
        HEAD + b"X: " + b"y" * 70_000 + b"\r\n",
        b"",
        b"\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_a_typed_error(server, clock, sent):
    raw(server, sent)
    with pytest.raises(NodeUnavailable, match="the node"):
        transport(server, clock).post(b"{}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(server, clock, status):
    with scripted_node() as elsewhere:
        head = f"HTTP/1.1 {status} Go\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        raw(server, head.encode())
        with pytest.raises(NodeUnavailable, match="redirect"):
            connect_over(transport(server, clock))
        assert elsewhere.asked == []


def test_the_environment_names_no_proxy_and_no_credentials(server, tmp_path, monkeypatch):
    with scripted_node() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login me password secret\n")
        monkeypatch.setenv("NETRC", str(netrc))
        heads = []
        server.before = lambda handler, _method: heads.append(dict(handler.headers))
        assert connect(server.url).chain_id == 137
        assert proxy.asked == []
    assert heads
    assert not any("Authorization" in head for head in heads)


def busy(server, *heads):
    """Let the first requests be answered by these heads with "too many requests"."""
    left = list(heads)

    def send(handler, _method):
        if not left:
            return False
        handler.wfile.write(
            b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\n" + left.pop(0).encode() + b"\r\n"
        )
        return True

    server.before = send


def test_a_busy_node_is_asked_again_when_it_says_so(server, clock):
    busy(server, "Retry-After: 7\r\n", "Retry-After: 2\r\n")
    assert connect_over(transport(server, clock)).chain_id == 137
    assert clock.slept == [7.0, 2.0]


def test_a_busy_node_that_names_no_time_is_asked_more_and_more_rarely(server, clock):
    busy(server, "", "Retry-After: soon\r\n", "")
    assert connect_over(transport(server, clock)).chain_id == 137
    assert clock.slept == [1.0, 2.0, 4.0]


def test_a_date_that_is_over_means_now(server, clock):
    busy(server, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n")
    assert connect_over(transport(server, clock)).chain_id == 137
    assert clock.slept == [0.0]


@pytest.mark.parametrize(
    "wait", ["60", "999999999", "99999999999999999999", "Fri, 21 Oct 2125 07:28:00 GMT"]
)
def test_a_node_that_is_busy_for_too_long_is_unavailable(server, clock, wait):
    busy(server, *[f"Retry-After: {wait}\r\n"] * 50)
    with pytest.raises(NodeUnavailable, match="too many requests"):
        connect_over(transport(server, clock))
    assert clock.now < TIMEOUT + 1


def test_a_node_that_is_always_busy_ends_at_the_deadline(server, clock):
    busy(server, *["Retry-After: 0\r\n"] * 10_000)
    with pytest.raises(NodeUnavailable):
        connect_over(transport(server, clock))
    assert clock.now < TIMEOUT + 1


def test_a_connection_is_used_again_and_replaced_when_the_node_closed_it(server, clock):
    seen = []
    server.before = lambda handler, _method: seen.append(handler.client_address)
    one = transport(server, clock)
    question = json.dumps({"method": "eth_chainId", "params": [], "id": 1}).encode()
    for _ in range(3):
        one.post(question)
    assert len(set(seen)) == 1
    one._idle[0].shutdown(socket.SHUT_RDWR)
    one.post(question)
    assert len(set(seen)) == 2
    one.close()
    one.close()
    assert one._idle == []


def test_an_access_token_reaches_the_node_and_nothing_else(server, clock):
    heads = []
    server.before = lambda handler, _method: heads.append((handler.path, dict(handler.headers)))
    url = server.url.replace("http://", "http://me:SECRET@") + "/v1/TOKEN?key=TOKEN"
    node = connect(url)
    assert heads[0][0] == "/v1/TOKEN?key=TOKEN"
    assert heads[0][1]["Authorization"] == "Basic bWU6U0VDUkVU"
    shown = repr(node) + repr(Transport(urlsplit(url), "the node", TIMEOUT))
    assert "SECRET" not in shown
    assert "TOKEN" not in shown


@pytest.mark.parametrize("timeout", [0, -1, True, "30", None, float("nan")])
def test_a_timeout_is_a_positive_number(timeout):
    with pytest.raises(InvalidInput):
        connect("http://127.0.0.1:1", timeout=timeout)


@pytest.mark.parametrize("url", ["http://h:0", "http://h:99999", "http://h:x", "http://[::1"])
def test_a_url_with_an_impossible_port_or_host_is_refused(url):
    with pytest.raises(InvalidInput):
        connect(url)


def test_a_host_that_cannot_be_a_name_is_unavailable():
    with pytest.raises(NodeUnavailable):
        connect(f"http://{'a' * 70}.invalid")


HERE = "0x00000000000000000000000000000000000000aa"
ENDLESS = {
    "logs": {
        "eth_blockNumber": hex(1 << 39),
        "eth_getBlockByNumber": lambda params: block(number=params[0]),
        "eth_getLogs": [],
    },
    "refused logs": {
        "eth_getLogs": {"error": {"code": -32005, "message": "more than 10000 results"}},
        "eth_blockNumber": hex(1 << 20),
        "eth_getBlockByNumber": lambda params: block(number=params[0]),
    },
    "logs not now": {
        "eth_getLogs": {"error": {"code": -32005, "message": "rate limit exceeded"}},
    },
    "transaction_with": {
        "eth_blockNumber": hex(1 << 39),
        "eth_getTransactionCount": lambda params: hex(int(params[1] != "0x0")),
    },
    "call": {"eth_call": {"error": {"code": -32000, "message": "header not found"}}},
    "fees": {"eth_gasPrice": "0x1", "eth_maxPriorityFeePerGas": {"error": {"message": "no"}}},
}
CALLS = {
    "logs": lambda node: node.logs(HERE),
    "refused logs": lambda node: node.logs(HERE),
    "logs not now": lambda node: node.logs(HERE),
    "transaction_with": lambda node: node.transaction_with(HERE, 0),
    "call": lambda node: node.call(HERE, b"", block=3),
    "fees": lambda node: node.fees(),
}


@pytest.mark.parametrize("seconds", [0.9, 14.9])
@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_deadline_is_one_for_all_requests_of_a_call(server, clock, name, seconds):
    node = connect_over(transport(server, clock))
    node.clock, node.sleep = clock, clock.sleep
    server.answers |= ENDLESS[name]
    server.before = lambda _handler, _method: clock.sleep(seconds)  # each answer takes so long
    begun = clock.now
    with suppress(ChainError):
        CALLS[name](node)
    assert clock.now - begun < TIMEOUT + seconds + 1


def test_several_calls_can_share_a_deadline(server, clock):
    node = connect_over(transport(server, clock))
    node.clock = clock
    server.before = lambda _handler, _method: clock.sleep(3)
    begun = clock.now
    with node.within(10):
        for _ in range(3):
            node.block_number()
        with pytest.raises(NodeUnavailable, match="did not answer"):
            node.block_number()
    assert clock.now - begun < 10 + 3 + 1


def test_connecting_has_one_deadline(server, clock):
    server.before = lambda _handler, _method: clock.sleep(TIMEOUT - 1)
    with pytest.raises(NodeUnavailable):
        connect_over(transport(server, clock))
    assert clock.now < 2 * TIMEOUT
