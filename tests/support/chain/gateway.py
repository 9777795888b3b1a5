"""A gateway in front of a real node that errs on purpose: what clients of public nodes live with.

It is an HTTP server on this machine that passes requests on to the node and, by seeded dice, gets
some of them wrong in one way of ``FAULTS``. What a client sees of it are bytes on a socket, so that
every layer of the client is tested.
"""

from __future__ import annotations

import gzip
import http.client
import json
import random
import socket
import socketserver
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from support.chain.faulty_chain import LISTED, UNKNOWN

from zkcredit._internal.evm import keccak256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["FAULTS", "SLOW", "Gateway", "gateway"]

SENDING: Final = (
    "request lost", "reply lost", "taken and refused", "taken and failed", "refused", "failed",
    "forgotten", "late", "delivered twice",
)  # fmt: skip
ANSWERING: Final = (
    "receipts lag", "behind", "two back ends", "reordered", "too many requests", "broken",
    "redirected", "garbled", "flood", "drip",
)  # fmt: skip
FAULTS: Final = (*SENDING, *ANSWERING, "reorganised")
"""What can go wrong; see ``Gateway.trouble``."""

SLOW: Final = ("drip",)
"""Faults that a client with a real clock sits out."""

_SEND = "eth_sendRawTransaction"
_RATE = {"sending": 0.7, "reorganised": 0.15, "answering": 0.06}
_LAST = 12  # blocks that a node is asked for when something went wrong
_SPELL = 12  # requests for which a back end stays behind
_BOMB: Final = gzip.compress(b'{"jsonrpc": "2.0", "id": 1, "result": "' + bytes(40 << 20))
_SETTLED = 600.0  # seconds within which every connection of a dead client is seen to be closed


class Gateway:
    """What a test sees of the server.

    Attributes:
        url: where it listens.
        sent: every signed transaction that a client handed over, in order.
        strayed: how many requests came to where a redirect points.
        hits: how many requests were answered wrongly since ``trouble``.
        broken: whether the node has lost its state.
        witness: a contract that is there in every state of the node; "" if nobody knows one.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = urlsplit(upstream)
        self.url = ""
        self.sent: list[bytes] = []
        self.strayed = 0
        self.hits = 0
        self.witness, self.broken = "", False
        self._lock = threading.Lock()
        self._links = threading.local()
        self._open = 0
        self.calm()

    def trouble(self, fault: str, seed: int, *, most: int = 3, rate: float | None = None) -> None:
        """Err in one way from now on, a few times.

        Args:
            fault: one of ``FAULTS``; "" for none.
            seed: of the dice.
            most: how often at most.
            rate: how often a request meets it that can; by default, what suits the fault.
        """
        if fault and fault not in FAULTS:
            raise ValueError(f"a gateway knows no fault {fault!r}")
        kind = "sending" if fault in SENDING else "answering"
        self.calm()
        self.fault, self._dice, self.left = fault, random.Random(seed), most
        self._rate = _RATE.get(fault, _RATE[kind]) if rate is None else rate
        self._base = int(self.ask("eth_blockNumber"), 16)

    def calm(self) -> None:
        """Pass everything on, as it is, from now on."""
        self.fault, self.left, self.hits = "", 0, 0
        self._dice, self._rate = random.Random(0), 0.0
        self._lag = self._spell = self._base = 0
        self._held: list[tuple[int, bytes]] = []
        self._asked = 0
        self._earlier = b""
        self._hidden: dict[str, int] = {}

    def reorganise(self, depth: int, wanted: Sequence[tuple[str, int]]) -> bool:
        """Let the node, an anvil, take back its last blocks and make others.

        Anvil now and then has an empty state afterwards. Then the node is ``broken`` until it goes
        back to a snapshot, and False is returned.

        Args:
            depth: how many blocks.
            wanted: signed transactions of the new blocks, each with the block's place in them.
        """
        self.ask("anvil_reorg", depth, [list(one) for one in wanted])
        self.broken = bool(self.witness) and self.ask("eth_getCode", self.witness, "latest") == "0x"
        return not self.broken

    def lost(self) -> bool:
        """Return whether the node has lost its state, or one of its last blocks."""
        head = int(self.ask("eth_blockNumber"), 16)
        last = range(max(0, head - _LAST), head + 1)
        self.broken = self.broken or any(
            self.ask("eth_getBlockByNumber", hex(number), False) is None for number in last
        )
        return self.broken

    def release(self) -> None:
        """Deliver now what was held back, and all else that was ever sent: bytes may come late."""
        for raw in self.sent:
            with suppress(RuntimeError):
                self.ask(_SEND, "0x" + raw.hex())

    def ask(self, method: str, *parameters: object) -> Any:
        """Ask the node itself.

        Raises:
            RuntimeError: if the node refuses.
        """
        reply = json.loads(self._forward(_document(method, *parameters)))
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    def settle(self) -> None:
        """Wait until all that a client sent before it died has been dealt with."""
        # What was accepted before this connection is counted once this one is.
        with socket.create_connection(
            (urlsplit(self.url).hostname, urlsplit(self.url).port)
        ) as ours:
            ours.sendall(b"POST /still HTTP/1.1\r\n\r\n")
            ours.recv(1)
        deadline = time.monotonic() + _SETTLED
        while self._open:
            if time.monotonic() > deadline:
                raise AssertionError("a connection of a dead client stays open")
            time.sleep(0.0005)

    # --- one request ------------------------------------------------------------------------------

    def serve(self, path: str, body: bytes, out: Any) -> bool:
        """Answer one request; False if the connection ends with it."""
        if path == "/still":
            return _answer(out, b"204 No Content", b"")
        with self._lock:
            if path != "/":
                self.strayed += 1
            request = json.loads(body)
            self._asked += 1
            self._deliver()
            if request["method"] == _SEND:
                self.sent.append(bytes.fromhex(request["params"][0][2:]))
            act = self._act(request)
            if act is None:
                reply = self._seen_from(request, self._spell_of())
                self._earlier = reply
            else:
                self.hits += 1
        if act is not None:
            return act(request, out)
        _ok(out, reply)
        return True

    def _act(self, request: dict[str, Any]) -> Callable[[dict[str, Any], Any], bool] | None:
        fault, sends = self.fault, request["method"] == _SEND
        if not fault or self.left <= 0 or sends != (fault in SENDING):
            return None
        if fault == "reorganised" and self._reach() < 1:
            return None
        if fault in ("receipts lag", "behind", "two back ends") and self._spell:
            return None
        if self._dice.random() >= self._rate:
            return None
        self.left -= 1
        found: Callable[[dict[str, Any], Any], bool] = getattr(self, "_" + fault.replace(" ", "_"))
        return found

    def _reach(self) -> int:
        return int(self.ask("eth_blockNumber"), 16) - self._base

    # --- what happens to a transaction that is sent -----------------------------------------------

    def _request_lost(self, _request: dict[str, Any], _out: Any) -> bool:
        return False

    def _reply_lost(self, request: dict[str, Any], _out: Any) -> bool:
        self._pass(request)
        return False

    def _taken_and_refused(self, request: dict[str, Any], out: Any) -> bool:
        self._pass(request)
        return _error(request, out, self._dice.choice(LISTED))

    def _taken_and_failed(self, request: dict[str, Any], out: Any) -> bool:
        self._pass(request)
        return _error(request, out, self._dice.choice(UNKNOWN))

    def _refused(self, request: dict[str, Any], out: Any) -> bool:
        return _error(request, out, self._dice.choice(LISTED))

    def _failed(self, request: dict[str, Any], out: Any) -> bool:
        return _error(request, out, self._dice.choice(UNKNOWN))

    def _forgotten(self, request: dict[str, Any], out: Any) -> bool:
        return _result(request, out, "0x" + keccak256(self.sent[-1]).hex())

    def _late(self, request: dict[str, Any], out: Any) -> bool:
        self._held.append((self._asked + self._dice.randrange(2, 30), self.sent[-1]))
        return self._forgotten(request, out)

    def _delivered_twice(self, request: dict[str, Any], out: Any) -> bool:
        self._pass(request)
        with suppress(RuntimeError):  # old bytes come back, too
            self.ask(_SEND, "0x" + self._dice.choice(self.sent).hex())
        return _ok(out, self._pass(request))

    def _deliver(self) -> None:
        for entry in [one for one in self._held if one[0] <= self._asked]:
            self._held.remove(entry)
            with suppress(RuntimeError):
                self.ask(_SEND, "0x" + entry[1].hex())

    # --- answers ----------------------------------------------------------------------------------

    def _receipts_lag(self, request: dict[str, Any], out: Any) -> bool:
        self._lag, self._spell = -1, self._dice.randrange(2, _SPELL)
        return _ok(out, self._seen_from(request, self._spell_of()))

    def _behind(self, request: dict[str, Any], out: Any) -> bool:
        self._lag, self._spell = self._dice.randrange(1, 4), self._dice.randrange(2, _SPELL)
        return _ok(out, self._seen_from(request, self._spell_of()))

    _two_back_ends = _behind

    def _spell_of(self) -> int:
        """How far behind the back end is that answers now: -1 means with its receipts only."""
        if self._spell == 0:
            return 0
        self._spell -= 1
        if self.fault == "two back ends" and self._dice.random() < 0.5:
            return 0
        return self._lag

    def _reordered(self, request: dict[str, Any], out: Any) -> bool:
        earlier, self._earlier = self._earlier, self._pass(request)
        return _ok(out, earlier or self._earlier)

    def _too_many_requests(self, _request: dict[str, Any], out: Any) -> bool:
        after = self._dice.choice([b"", b"Retry-After: 1\r\n", b"Retry-After: 3600\r\n"])
        return _answer(out, b"429 Too Many Requests", b"slow down", after)

    def _broken(self, request: dict[str, Any], out: Any) -> bool:
        if self._dice.random() < 0.5:
            return _error(request, out, self._dice.choice(UNKNOWN))
        status = self._dice.choice([b"500 Internal Server Error", b"502 Bad Gateway"])
        return _answer(out, status, b"<html>sorry</html>")

    def _redirected(self, _request: dict[str, Any], out: Any) -> bool:
        where = f"Location: {self.url}/elsewhere\r\n".encode()
        return _answer(out, b"307 Temporary Redirect", b"", where)

    def _garbled(self, request: dict[str, Any], out: Any) -> bool:
        right = self._pass(request)
        wrong = self._dice.choice([b"", b"{", b"null", b"[]", b'{"jsonrpc": "2.0"}', right[:-3]])
        if self._dice.random() < 0.3:
            out.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(right) + right[:-1])
            return False
        return _ok(out, wrong)

    def _flood(self, _request: dict[str, Any], out: Any) -> bool:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
        with suppress(OSError):  # the client gives up: that is the point
            if self._dice.random() < 0.5:
                out.sendall(head + b"Content-Encoding: gzip\r\n\r\n" + _BOMB)
                return False
            out.sendall(head + b'\r\n{"jsonrpc": "2.0", "id": 1, "result": "')
            piece = b"0" * (1 << 18)
            while True:
                out.sendall(piece)
        return False

    def _drip(self, _request: dict[str, Any], out: Any) -> bool:
        with suppress(OSError):
            out.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
            while True:
                out.sendall(b" ")
                time.sleep(0.0001)
        return False

    def _reorganised(self, request: dict[str, Any], out: Any) -> bool:
        self.reorganise(self._dice.randrange(1, min(self._reach(), 3) + 1), [])
        return _ok(out, self._pass(request))

    # --- the node behind --------------------------------------------------------------------------

    def _seen_from(self, request: dict[str, Any], lag: int) -> bytes:
        """The reply of a back end that is some blocks behind."""
        if lag == 0:
            return self._pass(request)
        method, parameters = request["method"], request["params"]
        if lag < 0:
            null = method == "eth_getTransactionReceipt"
            return _reply(request, None) if null else self._pass(request)
        head = max(int(self.ask("eth_blockNumber"), 16) - lag, 0)
        if method == "eth_blockNumber":
            return _reply(request, hex(head))
        asked = [_block_of(one) for one in parameters]
        if any(number is not None and number > head for number in asked):
            if method.startswith("eth_getBlock"):
                return _reply(request, None)
            return _reply(request, None, error="header not found")
        moved = [hex(head) if one in ("latest", "pending") else one for one in parameters]
        reply = json.loads(self._pass(request | {"params": moved}))
        found = reply.get("result")
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") and found:
            number = found.get("blockNumber")
            if number is not None and int(number, 16) > head:
                reply["result"] = None
        if method == "eth_getLogs" and isinstance(found, list):
            reply["result"] = [one for one in found if int(one["blockNumber"], 16) <= head]
        return json.dumps(reply).encode()

    def _pass(self, request: dict[str, Any]) -> bytes:
        return self._forward(json.dumps(request).encode())

    def _forward(self, body: bytes) -> bytes:
        link = getattr(self._links, "link", None)
        if link is None:
            link = http.client.HTTPConnection(str(self._upstream.hostname), self._upstream.port)
            self._links.link = link
        link.request("POST", "/", body, {"Content-Type": "application/json"})
        return bytes(link.getresponse().read())

    def opened(self, more: int) -> None:
        """Count the connections that are open."""
        with self._lock:
            self._open += more


@contextmanager
def gateway(upstream: str) -> Iterator[Gateway]:
    """Run a gateway in front of a node at a URL."""
    made = Gateway(upstream)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                with suppress(OSError), self.request.makefile("rb") as source:
                    while (got := _request(source)) and made.serve(*got, self.request):
                        pass
            finally:
                made.opened(-1)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True
        disable_nagle_algorithm = True

        def process_request(self, request: Any, client_address: Any) -> None:
            made.opened(1)
            super().process_request(request, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _request(source: Any) -> tuple[str, bytes] | None:
    first = source.readline()
    if not first:
        return None
    length = 0
    while (line := source.readline()) not in (b"\r\n", b""):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = source.read(length)
    if len(body) < length:
        return None
    return first.split()[1].decode(), body


def _block_of(parameter: object) -> int | None:
    if isinstance(parameter, dict):
        parameter = parameter.get("toBlock")
    if not isinstance(parameter, str) or not parameter.startswith("0x") or len(parameter) > 18:
        return None
    return int(parameter, 16)


def _document(method: str, *parameters: object) -> bytes:
    return json.dumps(
        {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(parameters)}
    ).encode()


def _reply(request: dict[str, Any], result: object, error: str = "") -> bytes:
    head = {"jsonrpc": "2.0", "id": request["id"]}
    last = {"error": {"code": -32000, "message": error}} if error else {"result": result}
    return json.dumps({**head, **last}).encode()


def _result(request: dict[str, Any], out: Any, result: object) -> bool:
    return _ok(out, _reply(request, result))


def _error(request: dict[str, Any], out: Any, words: str) -> bool:
    return _ok(out, _reply(request, None, words))


def _ok(out: Any, body: bytes) -> bool:
    return _answer(out, b"200 OK", body, b"Content-Type: application/json\r\n")


def _answer(out: Any, status: bytes, body: bytes, more: bytes = b"") -> bool:
    head = b"HTTP/1.1 " + status + b"\r\n" + more + b"Content-Length: %d\r\n\r\n" % len(body)
    out.sendall(head + body)
    return True
