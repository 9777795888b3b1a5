"""Connections to nodes over HTTP(S)."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, cast

from zkcredit._internal.checks import require_instance
from zkcredit._internal.extras import extra
from zkcredit._internal.json import require_depth
from zkcredit.chain.nodes.deadline import within
from zkcredit.chain.nodes.node import Node
from zkcredit.chain.nodes.transport import Transport
from zkcredit.errors import ChainError, InvalidInput, MalformedFile, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from web3 import Web3
    from web3.providers.base import JSONBaseProvider
    from web3.types import RPCEndpoint, RPCResponse

    N = TypeVar("N", bound="Node")

__all__ = [
    "CALL_SECONDS",
    "connect",
    "connect_over",
    "opened",
    "provider_over",
    "transport_to",
    "web3_over",
]

CALL_SECONDS = 30.0
"""Seconds that one call to a node may take by default."""


def connect(
    url: str, *, expected_chain_id: int | None = None, timeout: float = CALL_SECONDS
) -> Node:
    """Connect to a node over HTTP(S).

    Args:
        url: endpoint. It may contain an access token, so it never appears in messages.
        expected_chain_id: the chain that the node must belong to; any chain by default.
        timeout: seconds that one call may take, from the first to the last byte of all requests
            that it makes.

    Raises:
        InvalidInput: if the URL does not start with http:// or https://, or does not name a host;
            or the timeout is not positive.
        NodeUnavailable: if the node does not answer, or belongs to another chain.
        MissingExtra: if the extra ``zkcredit[chain]`` is not installed.
    """
    return connect_over(transport_to(url, timeout), expected_chain_id=expected_chain_id)


def transport_to(url: str, timeout: float) -> Transport:
    """Return the transport to an endpoint.

    Raises:
        InvalidInput: if ``connect`` raises it.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(require_instance("the URL", url, str))
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except InvalidInput:
        raise
    except ValueError:  # "http://[": the parser's error repeats the text
        usable = False
    if not usable:
        raise InvalidInput("a node's URL must start with http:// or https:// and name a host")
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout > 0:
        raise InvalidInput("the timeout must be a positive number of seconds")
    return Transport(parts, f"node at {parts.hostname}", timeout)


def connect_over(transport: Transport, *, expected_chain_id: int | None = None) -> Node:
    """Connect to the node that a transport reaches; for ``connect`` and its tests.

    Raises:
        NodeUnavailable: if the node does not answer, or belongs to another chain.
    """
    w3 = web3_over(provider_over(transport))
    return opened(
        Node,
        w3,
        transport.name,
        expected_chain_id,
        timeout=transport.timeout,
        clock=transport.clock,
    )


def provider_over(transport: Transport) -> JSONBaseProvider:
    """Return a web3 provider that sends requests over a transport.

    It never sends a request twice. The outbox does that; a provider that did it would hide lost
    replies.
    """
    with extra("chain", "a connection to a node"):
        from web3.providers.base import JSONBaseProvider

    class Provider(JSONBaseProvider):
        def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
            document = self.encode_rpc_request(method, params)
            reply = self.decode_rpc_response(_shallow(transport.post(document)))
            _require_own(reply, document)
            return reply

        def batch(self, requests: Sequence[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
            documents = [self.encode_rpc_request(*request) for request in requests]
            raw = _shallow(transport.post(b"[" + b",".join(documents) + b"]"))
            # In any order (JSON-RPC 2.0, section 6), so by the names of the requests.
            replies = {str(reply["id"]): reply for reply in cast("Any", json.loads(raw))}
            names = [str(json.loads(document)["id"]) for document in documents]
            if len(replies) != len(names):
                raise ValueError("the batch does not have one reply to each request")
            return [replies[name] for name in names]

        def close(self) -> None:
            transport.close()

    return Provider()


def _shallow(raw: bytes) -> bytes:
    """Return a reply, after a check of its depth: deep nesting would crash the interpreter."""
    try:
        require_depth(raw.decode("utf-8"))
    except MalformedFile as error:
        raise ValueError(str(error)) from None  # a bad reply, not the caller's mistake
    return raw


def _require_own(reply: Any, document: bytes) -> None:
    """Check that a reply is to this request: a gateway that mixes replies up answers with any."""
    # An error about a request that could not be read has no id (JSON-RPC 2.0, section 5).
    names = json.loads(document)["id"], *([None] if "error" in reply else [])
    if str(reply.get("id")) not in map(str, names):
        raise ValueError("the reply is to another request")


def web3_over(provider: JSONBaseProvider) -> Web3:
    """Return a web3 object for chains of every kind."""
    from web3 import Web3
    from web3.middleware import ExtraDataToPOAMiddleware

    w3 = Web3(provider)
    # Chains with proof of authority keep signatures in extraData, which we do not read. web3
    # refuses more than 32 bytes in it, unless this middleware gives the field another name.
    w3.middleware_onion.inject(ExtraDataToPOAMiddleware, layer=0)
    return w3


def opened(
    kind: type[N],
    w3: Web3,
    name: str,
    expected_chain_id: int | None,
    *,
    timeout: float = CALL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> N:
    """Return a node of this kind, after a check of its chain.

    Args:
        kind: the node's class.
        w3: the web3 object that reaches the node.
        name: the node's name in errors.
        expected_chain_id: the chain that the node must belong to; any chain by default.
        timeout: seconds for each call with all its requests, also for this call.
        clock: a monotonic clock, in seconds.

    Raises:
        NodeUnavailable: if the node does not answer, or belongs to another chain.
    """
    try:
        with within(timeout, clock):
            node = kind(w3, name)
    except NodeUnavailable:
        raise
    except ChainError as error:
        raise NodeUnavailable(f"the {name} does not answer as a node does") from error
    if expected_chain_id is not None and node.chain_id != expected_chain_id:
        raise NodeUnavailable(
            f"{node.name} is on chain {node.chain_id}, not {expected_chain_id} as expected"
        )
    node.timeout = timeout
    return node
