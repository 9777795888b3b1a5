"""A node that consists of several end points, which must agree, so that none must be trusted.

Every request goes to all of them. A request without a block number is made at one block: the
highest that any of them names, once all have it with the same hash. The quorum waits for an end
point that lags, and then names it in an error. If one answers differently, the request fails with
an error that names it; the quorum does not decide which of them is right.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from zkcredit._internal.checks import require_instance
from zkcredit.chain.nodes.connect import (
    CALL_SECONDS,
    opened,
    provider_over,
    transport_to,
    web3_over,
)
from zkcredit.chain.nodes.deadline import left
from zkcredit.chain.nodes.node import Node
from zkcredit.errors import InvalidInput, NodeUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web3.providers.base import JSONBaseProvider
    from web3.types import RPCEndpoint, RPCResponse

__all__ = ["PATIENCE", "QuorumNode", "connect_quorum", "quorum_provider"]

PATIENCE: Final = 20.0
"""Seconds to wait for an end point that lags."""

_PAUSE: Final = 0.2
_AT: Final = {  # position of the block in a method's parameters
    "eth_getBlockByNumber": 0,
    "eth_getBalance": 1,
    "eth_getCode": 1,
    "eth_getTransactionCount": 1,
    "eth_call": 1,
    "eth_getStorageAt": 2,
}
_SETTLED: Final = frozenset({"safe", "finalized"})
_LOG: Final = (
    "address", "topics", "data", "blockNumber", "blockHash", "transactionHash", "logIndex",
)  # fmt: skip
_BLOCK: Final = ("number", "hash", "parentHash", "timestamp", "baseFeePerGas")
_COMPARED: Final = {  # the members of an object that must be equal; others differ by program
    "eth_getBlockByNumber": _BLOCK,
    "eth_getBlockByHash": _BLOCK,
    "eth_getTransactionReceipt": (
        "transactionHash", "blockNumber", "blockHash", "status", "gasUsed", "contractAddress",
    ),
}  # fmt: skip


class QuorumNode(Node):
    """A chain reached through several end points that must agree; see ``connect_quorum``."""


def connect_quorum(
    urls: Sequence[str], *, expected_chain_id: int | None = None, timeout: float = CALL_SECONDS
) -> QuorumNode:
    """Connect to several end points of one chain.

    Args:
        urls: two or more end points of different operators. Messages show only their hosts.
        expected_chain_id: the chain that the nodes must belong to; any chain by default.
        timeout: seconds that one call may take, all requests to all of them together.

    Raises:
        InvalidInput: if there are fewer than two, one is named twice, or one is not a web address.
        NodeUnavailable: if one does not answer, belongs to another chain, or differs from another.
    """
    if isinstance(urls, str) or len(set(urls)) != len(urls) or len(urls) < 2:
        raise InvalidInput("a quorum needs two or more end points, each named once")
    transports = [transport_to(url, timeout) for url in urls]
    members = [
        (f"{transport.name} (number {number})", provider_over(transport))
        for number, transport in enumerate(transports, 1)
    ]
    hosts = ", ".join(str(transport.url.hostname) for transport in transports)
    return opened(
        QuorumNode,
        web3_over(quorum_provider(members)),
        f"nodes at {hosts}",
        expected_chain_id,
        timeout=timeout,
    )


def quorum_provider(
    members: Sequence[tuple[str, JSONBaseProvider]],
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> JSONBaseProvider:
    """Return one web3 provider made of several, each with the name that errors use."""
    from web3.providers.base import JSONBaseProvider

    quorum = _Quorum(tuple(members), clock, sleep)

    class Provider(JSONBaseProvider):
        def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
            return cast("RPCResponse", quorum.answer(method, list(params or [])))

        def close(self) -> None:
            for _, member in members:
                if hasattr(member, "close"):
                    member.close()

    return Provider()


@dataclass(frozen=True, slots=True)
class _Quorum:
    members: tuple[tuple[str, JSONBaseProvider], ...]
    clock: Callable[[], float]
    sleep: Callable[[float], None]

    def answer(self, method: str, params: list[Any]) -> Any:
        """Return the reply to a request, after comparing the replies of all members."""
        match method:
            case "eth_blockNumber":
                return {"jsonrpc": "2.0", "id": 0, "result": hex(self._head())}
            case "eth_getTransactionReceipt":
                return self._receipt(params)
            case "eth_sendRawTransaction":
                # A node that accepts a transaction passes it on, so one is enough.
                replies = self._ask_all(method, params)
                return next((one for one in replies if "error" not in one), replies[0])
            case "eth_gasPrice" | "eth_maxPriorityFeePerGas":
                replies = self._ask_all(method, params)
                named = [reply for reply in replies if "error" not in reply]
                return min(named, key=lambda one: _integer(one["result"]), default=replies[0])
            case _:
                return self._equal_answer(method, params)

    def _equal_answer(self, method: str, params: list[Any]) -> Any:
        where = _AT.get(method)
        if where is not None and isinstance(params[where], dict):  # a block by hash, EIP-1898
            self._require_all_have(str(params[where].get("blockHash")))
        elif where is not None and params[where] in _SETTLED:
            blocks = self._ask_all("eth_getBlockByNumber", [params[where], False])
            unknown = [reply for reply in blocks if "error" in reply or not reply["result"]]
            if unknown:
                return unknown[0]
            lowest = min(_integer(reply["result"]["number"]) for reply in blocks)
            params[where] = hex(lowest)
        elif where is not None:
            params[where] = self._pinned(params[where], wait=method != "eth_getBlockByNumber")
        elif method == "eth_getLogs" and "toBlock" in params[0]:
            params[0] = {**params[0], "toBlock": self._pinned(params[0]["toBlock"], wait=True)}
        replies = self._ask_all(method, params)
        failed = [reply for reply in replies if "error" in reply]
        if failed and (len(failed) == len(replies) or not _reverted(failed)):
            return failed[0]
        self._require_equal(method, [reply.get("result", "reverted") for reply in replies])
        return replies[0]

    def _receipt(self, params: list[Any]) -> Any:
        method = "eth_getTransactionReceipt"
        replies = self._ask_all(method, params)
        known = [_result(reply) for reply in replies if _result(reply)]
        if known and len(known) < len(replies):  # one lags
            self._require_all_have(max(_integer(one["blockNumber"]) for one in known))
            self._wait_until(lambda: self._missing(method, params), f"receipt of {params[0]}")
            replies = self._ask_all(method, params)
        self._require_equal(method, [_result(reply) for reply in replies])
        return replies[0]

    def _missing(self, method: str, params: list[Any]) -> list[str]:
        """Return the names of the members that have no result."""
        replies = self._ask_all(method, params)
        return [
            name
            for (name, _), reply in zip(self.members, replies, strict=True)
            if not _result(reply)
        ]

    def _pinned(self, block: Any, *, wait: bool) -> str:
        # "latest" can be a different block at each; a number is the same block.
        if block in {"latest", "pending"}:
            return hex(self._head())
        if wait:
            self._require_all_have(_integer(block))
        return hex(_integer(block))

    def _head(self) -> int:
        """Return the highest block that any member names, once all have it with the same hash."""
        top = max(_integer(_result(reply)) for reply in self._ask_all("eth_blockNumber", []))
        self._require_all_have(top)
        return top

    def _require_all_have(self, block: int | str) -> None:
        """Wait until all members have a block, named by its number or hash, and compare it."""
        if isinstance(block, int):
            method, params = "eth_getBlockByNumber", [hex(block), False]
        else:
            method, params = "eth_getBlockByHash", [block, False]
        self._wait_until(lambda: self._missing(method, params), f"block {block}")
        found = [_result(reply) for reply in self._ask_all(method, params)]
        self._require_equal(method, found)

    def _wait_until(self, missing: Callable[[], list[str]], what: str) -> None:
        patience = min(PATIENCE, max(left(), 0))
        deadline = self.clock() + patience
        while names := missing():
            if self.clock() + _PAUSE > deadline:
                raise NodeUnavailable(
                    f"{names[0]} lags: it has no {what}, {patience:g} s after another node named it"
                )
            self.sleep(_PAUSE)

    def _require_equal(self, method: str, results: Sequence[Any]) -> None:
        first = _essence(method, results[0])
        for (name, _), result in zip(self.members, results, strict=True):
            if _essence(method, result) != first:
                raise NodeUnavailable(
                    f"{name} answers {method} differently from {self.members[0][0]}; one of them "
                    "is wrong, or their chain is being reorganised"
                )

    def _ask_all(self, method: str, params: Any) -> list[Any]:
        endpoint = cast("RPCEndpoint", method)
        return [member.make_request(endpoint, params) for _, member in self.members]


def _result(reply: Any) -> Any:
    if "error" in reply:
        said = require_instance("the reply", reply["error"], dict).get("message", "no reason")
        raise NodeUnavailable(f"one of the nodes refuses the request: {str(said)[:200]}")
    return reply["result"]


def _reverted(failed: Sequence[Any]) -> bool:
    return all(
        one["error"].get("code") == 3 or "revert" in str(one["error"].get("message"))
        for one in failed
    )


def _integer(value: Any) -> int:
    return int(value, 16) if isinstance(value, str) else int(value)


def _essence(method: str, result: Any) -> Any:
    """Return the part of a result that must be equal, with hexadecimal digits in lower case."""
    if method == "eth_getLogs" and isinstance(result, list):
        return sorted(str(_chosen(log, _LOG)) for log in result)
    if isinstance(result, dict) and method in _COMPARED:
        chosen = _chosen(result, _COMPARED[method])
        if method == "eth_getTransactionReceipt":
            chosen.append(_essence("eth_getLogs", result.get("logs")))
        return chosen
    return _lower(result)


def _chosen(document: Any, names: Sequence[str]) -> list[Any]:
    return [_lower(document.get(name)) for name in names]


def _lower(value: Any) -> Any:
    if isinstance(value, str):
        return value.lower()
    return [_lower(one) for one in value] if isinstance(value, list) else value
