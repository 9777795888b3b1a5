"""Answer JSON-RPC from a chain in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import address_word
from zkcredit.chain.nodes.revm.blocks import block_form, receipt_form, transaction_form
from zkcredit.chain.nodes.revm.chain import GAS_LIMIT
from zkcredit.chain.nodes.revm.machine import Message, Refusal
from zkcredit.chain.nodes.revm.raw import read_transaction
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence

    from web3.types import RPCEndpoint, RPCError, RPCResponse

    from zkcredit.chain.nodes.revm.blocks import Block
    from zkcredit.chain.nodes.revm.chain import Chain
    from zkcredit.chain.nodes.revm.machine import Outcome

__all__ = ["answering"]

_REVERTED: Final = 3  # JSON-RPC error code that geth uses for a revert with data
_REFUSED: Final = -32000
_INVALID: Final = -32602
_UNKNOWN: Final = -32601
_TIP: Final = 10**9  # wei; what the node proposes
_TAGS: Final = {"latest", "pending", "safe", "finalized"}
_NOBODY: Final = "0x" + "00" * 20
_MOST_TOPICS: Final = 4


def answering(chain: Chain, lock: threading.RLock) -> Any:
    """Return a web3 provider that answers from a chain in memory, one question at a time."""
    from web3.providers.base import BaseProvider

    answers = Answers(chain)

    class Provider(BaseProvider):
        def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
            with lock:
                return _answered(answers, method, params)

        def batch(self, requests: Sequence[tuple[RPCEndpoint, Any]]) -> list[RPCResponse]:
            return [self.make_request(*request) for request in requests]

        def is_connected(self, show_traceback: bool = False) -> bool:
            return True

    return Provider()


def _answered(answers: Answers, method: str, params: Any) -> RPCResponse:
    answer = answers.methods.get(method)
    if answer is None:
        return _error(_UNKNOWN, f"the method {method} does not exist")
    try:
        return {"jsonrpc": "2.0", "id": 1, "result": answer(*params)}
    except Refusal as refusal:
        return _error(_REFUSED if refusal.data is None else _REVERTED, str(refusal), refusal.data)
    except (InvalidInput, TypeError, ValueError, LookupError, AttributeError) as error:
        return _error(_INVALID, f"invalid parameters of {method}: {error}")


def _error(code: int, message: str, data: bytes | None = None) -> RPCResponse:
    detail: RPCError = {"code": code, "message": message}
    if data is not None:
        detail["data"] = "0x" + data.hex()
    return {"jsonrpc": "2.0", "id": 1, "error": detail}


class Answers:
    """What the node answers to each method.

    Attributes:
        methods: a function for each method of JSON-RPC, which takes its parameters.
    """

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.methods: Mapping[str, Callable[..., Any]] = {
            "eth_blockNumber": lambda: hex(chain.head.moment.number),
            "eth_call": self._call,
            "eth_chainId": lambda: hex(chain.chain_id),
            "eth_estimateGas": self._estimate,
            "eth_gasPrice": lambda: hex(_TIP),
            "eth_getBalance": lambda who, at="latest": hex(self._account(who, at).balance),
            "eth_getBlockByHash": self._block_by_hash,
            "eth_getBlockByNumber": self._block_by_number,
            "eth_getCode": self._code,
            "eth_getLogs": self._logs,
            "eth_getStorageAt": self._storage,
            "eth_getTransactionByHash": self._transaction,
            "eth_getTransactionCount": lambda who, at="latest": hex(self._account(who, at).nonce),
            "eth_getTransactionReceipt": self._receipt,
            "eth_maxPriorityFeePerGas": lambda: hex(_TIP),
            "eth_sendRawTransaction": self._send,
            "eth_syncing": lambda: False,
            "net_version": lambda: str(chain.chain_id),
            "web3_clientVersion": lambda: "zkcredit/revm/cancun",
        }

    def _send(self, raw: str) -> str:
        block = self._chain.send(read_transaction(_data(raw)))
        return "0x" + block.mined.sent.digest.hex() if block.mined else ""

    def _call(self, call: Mapping[str, Any], at: Any = "latest") -> str:
        block = self._required(at)
        return "0x" + _output(self._chain.call(_message(call), block)).hex()

    def _estimate(self, call: Mapping[str, Any], at: Any = "latest") -> str:
        block, message = self._required(at), _message(call)

        def ended(gas: int) -> Outcome:
            return self._chain.call(
                Message(message.sender, message.to, message.data, gas, message.value), block
            )

        first = ended(message.gas)
        _output(first)
        # A refund comes after the gas was there, and a call keeps back a 64th part of its gas.
        enough, little = message.gas, first.gas_used - 1
        while enough - little > 1:
            middle = min((enough + little) // 2, 2 * little)
            try:
                fits = ended(middle).succeeded
            except Refusal:
                fits = False
            enough, little = (middle, little) if fits else (enough, middle)
        return hex(enough)

    def _block_by_number(self, at: Any, full: bool = False) -> dict[str, Any] | None:
        block = self._found(at)
        return None if block is None else block_form(block, full=full)

    def _block_by_hash(self, digest: str, full: bool = False) -> dict[str, Any] | None:
        block = self._chain.block_with(_data(digest))
        return None if block is None else block_form(block, full=full)

    def _transaction(self, digest: str) -> dict[str, Any] | None:
        found = self._chain.mined(_data(digest))
        return None if found is None else transaction_form(*found)

    def _receipt(self, digest: str) -> dict[str, Any] | None:
        found = self._chain.mined(_data(digest))
        return None if found is None else receipt_form(*found)

    def _account(self, address: str, at: Any) -> Any:
        return self._chain.state_after(self._required(at)).account(_address(address))

    def _code(self, address: str, at: Any = "latest") -> str:
        return "0x" + self._chain.state_after(self._required(at)).code(_address(address)).hex()

    def _storage(self, address: str, slot: Any, at: Any = "latest") -> str:
        state = self._chain.state_after(self._required(at))
        value = state.slots.get((_address(address), _quantity(slot)), 0)
        return "0x" + value.to_bytes(32, "big").hex()

    def _logs(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        if "blockHash" in wanted:
            block = self._required({"blockHash": wanted["blockHash"]})
            since = until = block.moment.number
        else:
            head = self._chain.head.moment.number
            since = _place(wanted.get("fromBlock", "latest"), head)
            until = min(_place(wanted.get("toBlock", "latest"), head), head)
        addresses, topics = _addresses(wanted.get("address")), _topics(wanted.get("topics"))
        return [
            log
            for log in self._chain.logs(since, until)
            if (not addresses or log["address"].lower() in addresses)
            and len(log["topics"]) >= len(topics)
            and all(
                not wanted or topic in wanted
                for topic, wanted in zip(log["topics"], topics, strict=False)
            )
        ]

    def _found(self, at: Any) -> Block | None:
        chain = self._chain
        if isinstance(at, dict):
            if "blockHash" in at:
                return chain.block_with(_data(at["blockHash"]))
            at = at["blockNumber"]
        number = _place(at, chain.head.moment.number)
        return chain.blocks[number] if number < len(chain.blocks) else None

    def _required(self, at: Any) -> Block:
        block = self._found(at)
        if block is None:
            raise Refusal("header not found")
        return block


def _output(outcome: Outcome) -> bytes:
    if outcome.succeeded:
        return outcome.output
    if outcome.halted:
        raise Refusal(f"the call stopped: {outcome.halted}", b"")
    raise Refusal("execution reverted", outcome.output)


def _message(call: Mapping[str, Any]) -> Message:
    to = call.get("to")
    return Message(
        _address(call.get("from") or _NOBODY),
        _address(to) if to else None,
        _data(call.get("input") or call.get("data") or "0x"),
        min(_quantity(call.get("gas", GAS_LIMIT)), GAS_LIMIT),
        _quantity(call.get("value", 0)),
    )


def _place(at: Any, head: int) -> int:
    if at in _TAGS:
        return head
    return 0 if at == "earliest" else _quantity(at)


def _quantity(value: Any) -> int:
    number = int(value, 16) if isinstance(value, str) else value
    if type(number) is not int or not 0 <= number < 1 << 256:
        raise InvalidInput("a quantity must be a whole number from 0 to 2^256 - 1")
    return number


def _data(value: Any) -> bytes:
    if isinstance(value, bytes):
        return bytes(value)
    if not isinstance(value, str) or not value.startswith("0x"):
        raise InvalidInput("data must be 0x and hexadecimal digits")
    return bytes.fromhex(value[2:])


def _address(value: Any) -> str:
    return "0x" + address_word("the address", value)[-20:].hex()


def _addresses(wanted: Any) -> set[str]:
    if wanted is None:
        return set()
    return {_address(one) for one in (wanted if isinstance(wanted, list | tuple) else [wanted])}


def _topics(wanted: Any) -> list[set[str]]:
    if wanted is None:
        return []
    if not isinstance(wanted, list | tuple) or len(wanted) > _MOST_TOPICS:
        raise InvalidInput("topics must be a list of at most four")
    alternatives = [one if isinstance(one, list | tuple) else [one] for one in wanted]
    return [
        set() if None in each else {"0x" + _data(one).hex() for one in each}
        for each in alternatives
    ]
