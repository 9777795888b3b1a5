"""A node whose every answer the test says, on a loopback port of this machine."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["Answer", "ScriptedNode", "block", "scripted_node"]

ZERO = "0x" + 64 * "0"
_BLOCK = {
    "number": "0x10", "hash": "0x" + 64 * "1", "parentHash": ZERO, "timestamp": "0x6b49d200",
    "extraData": "0x", "baseFeePerGas": "0x3b9aca00", "gasLimit": "0x1c9c380", "gasUsed": "0x0",
    "difficulty": "0x2", "miner": "0x" + 40 * "0", "logsBloom": "0x" + 512 * "0",
    "nonce": "0x0000000000000000", "receiptsRoot": ZERO, "sha3Uncles": ZERO, "size": "0x300",
    "stateRoot": ZERO, "transactions": [], "transactionsRoot": ZERO, "uncles": [],
    "mixHash": ZERO,
}  # fmt: skip

Answer = object
"""A result; or a dictionary with "error"; or a function of the parameters that returns one."""


def block(**changes: object) -> dict[str, object]:
    """A block as a node reports it."""
    return _BLOCK | changes


DEFAULTS: dict[str, object] = {
    "eth_chainId": "0x89",
    "eth_blockNumber": "0x10",
    "eth_getBlockByNumber": block(),
    "eth_maxPriorityFeePerGas": "0x3b9aca00",
    "eth_getBalance": "0x5",
}


class ScriptedNode:
    """What a test sees of the server.

    Attributes:
        url: where it listens.
        asked: method and parameters of every request so far.
        batch: makes the reply to a batch of requests; it reverses their order.
        before: called with the handler and the method before the answer is sent; if it returns
            True, it has sent an answer itself.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers: dict[str, Any] = DEFAULTS | dict(answers)
        self.asked: list[tuple[str, list[Any]]] = []
        self.before: Callable[[BaseHTTPRequestHandler, str], bool] = lambda _handler, _method: False
        self.batch: Callable[[list[dict[str, Any]]], object] = lambda requests: [
            self.reply(request) for request in reversed(requests)
        ]
        self.url = ""

    def reply(self, request: dict[str, Any]) -> dict[str, object]:
        """The JSON-RPC reply to one request."""
        answer = self.answers.get(request["method"])
        if callable(answer):
            answer = answer(request["params"])
        head = {"jsonrpc": "2.0", "id": request["id"]}
        if isinstance(answer, dict) and answer.keys() == {"error"}:
            return head | answer
        return {**head, "result": answer}


@contextmanager
def scripted_node(answers: Mapping[str, Answer] | None = None) -> Iterator[ScriptedNode]:
    """A server that gives these answers, and sensible ones to a few other methods."""
    script = ScriptedNode(answers or {})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if isinstance(request, list):
                script.asked.append(("batch", request))
                reply = script.batch(request)
            else:
                method = request.get("method", "")
                script.asked.append((method, request.get("params", [])))
                if script.before(self, method):
                    return
                reply = script.reply(request)
            body = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
