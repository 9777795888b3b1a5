"""Headers of blocks, and JSON-RPC's forms of blocks, transactions, receipts and logs.

A block has at most one transaction, so its roots of transactions and receipts are those of a trie
with one leaf. The root of the state is not a trie's: it is a hash over the parent's root and the
block's changes, which tells two histories apart and proves nothing about one account.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import checksum_address, keccak256
from zkcredit.chain.nodes.revm.machine import COINBASE, Moment, Outcome
from zkcredit.chain.nodes.revm.state import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.revm.raw import Sent

__all__ = [
    "Block",
    "Mined",
    "block_form",
    "log_forms",
    "make_block",
    "receipt_form",
    "state_root_after",
    "transaction_form",
]

_EMPTY_TRIE: Final = keccak256(b"\x80")
_NO_UNCLES: Final = keccak256(b"\xc0")
_BLOOM: Final = 256  # bytes


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in its block, and how it ended."""

    sent: Sent
    outcome: Outcome
    price: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block.

    Attributes:
        moment: number, timestamp and randomness.
        digest: its hash.
        parent: the parent's hash.
        state_root: what stands for the state after it.
        mined: its transaction, if any.
        change: what it changed.
        header: the fields of JSON-RPC's form, without the transactions.
        logs: JSON-RPC's forms of its events.
    """

    moment: Moment
    digest: bytes
    parent: bytes
    state_root: bytes
    mined: Mined | None = None
    change: Change = field(default_factory=Change)
    header: dict[str, Any] = field(default_factory=dict)
    logs: list[dict[str, Any]] = field(default_factory=list)


def make_block(
    moment: Moment,
    parent: bytes,
    state_root: bytes,
    gas_limit: int,
    mined: Mined | None = None,
) -> Block:
    """Make a block: its header by Cancun's rules, with a base fee of 0.

    Args:
        moment: number, timestamp and randomness.
        parent: the parent's hash.
        state_root: what stands for the state after the block.
        gas_limit: gas limit of the block.
        mined: its transaction, if any.
    """
    change = mined.outcome.change if mined else Change()
    gas_used = mined.outcome.gas_used if mined else 0
    bloom = _bloom(mined.outcome) if mined else bytes(_BLOOM)
    transactions = _root(mined.sent.raw) if mined else _EMPTY_TRIE
    receipts = _root(_receipt_bytes(mined)) if mined else _EMPTY_TRIE
    coinbase = bytes.fromhex(COINBASE[2:])
    digest = keccak256(
        _rlp([
            parent, _NO_UNCLES, coinbase, state_root, transactions, receipts, bloom, 0,
            moment.number, gas_limit, gas_used, moment.timestamp, b"", moment.randomness, bytes(8),
            0, _EMPTY_TRIE, 0, 0, bytes(32),
        ])
    )  # fmt: skip
    header = {
        "number": hex(moment.number), "hash": _hex(digest), "parentHash": _hex(parent),
        "sha3Uncles": _hex(_NO_UNCLES), "miner": COINBASE, "stateRoot": _hex(state_root),
        "transactionsRoot": _hex(transactions), "receiptsRoot": _hex(receipts),
        "logsBloom": _hex(bloom), "difficulty": "0x0", "gasLimit": hex(gas_limit),
        "gasUsed": hex(gas_used), "timestamp": hex(moment.timestamp), "extraData": "0x",
        "mixHash": _hex(moment.randomness), "nonce": _hex(bytes(8)), "baseFeePerGas": "0x0",
        "withdrawalsRoot": _hex(_EMPTY_TRIE), "withdrawals": [], "blobGasUsed": "0x0",
        "excessBlobGas": "0x0", "parentBeaconBlockRoot": _hex(bytes(32)), "uncles": [],
    }  # fmt: skip
    made = Block(moment, digest, parent, state_root, mined, change, header)
    made.logs.extend(log_forms(made))
    return made


def state_root_after(root: bytes, change: Change) -> bytes:
    """Return what stands for the state after a change of the state that ``root`` stands for."""
    accounts = [
        [bytes.fromhex(address[2:]), new.nonce, new.balance, new.code]
        for address, (_, new) in sorted(change.accounts.items())
    ]
    slots = [
        [bytes.fromhex(address[2:]), slot, new]
        for (address, slot), (_, new) in sorted(change.slots.items())
    ]
    return keccak256(_rlp([root, accounts, slots]))


def block_form(block: Block, *, full: bool) -> dict[str, Any]:
    """Return JSON-RPC's form of a block, with transactions or their hashes."""
    mined = block.mined
    inside: list[Any] = []
    if mined:
        inside = [transaction_form(block, mined) if full else _hex(mined.sent.digest)]
    return {**block.header, "transactions": inside}


def transaction_form(block: Block, mined: Mined) -> dict[str, Any]:
    """Return JSON-RPC's form of a transaction in a block."""
    sent = mined.sent
    v, r, s = sent.signature
    form: dict[str, Any] = {
        "hash": _hex(sent.digest), "blockHash": _hex(block.digest),
        "blockNumber": hex(block.moment.number), "transactionIndex": "0x0",
        "type": hex(sent.kind), "from": _spelled(sent.sender), "nonce": hex(sent.nonce),
        "to": _spelled(sent.to) if sent.to else None, "value": hex(sent.value),
        "gas": hex(sent.gas), "gasPrice": hex(mined.price), "input": _hex(sent.data),
        "v": hex(v), "r": hex(r), "s": hex(s),
    }  # fmt: skip
    if sent.chain_id is not None:
        form["chainId"] = hex(sent.chain_id)
    if sent.kind:
        form["yParity"] = hex(v)
        form["accessList"] = [
            {"address": _spelled(a), "storageKeys": [_hex(s.to_bytes(32, "big")) for s in slots]}
            for a, slots in sent.access
        ]
    if sent.kind == 2:
        form |= {"maxFeePerGas": hex(sent.most), "maxPriorityFeePerGas": hex(sent.tip)}
    return form


def receipt_form(block: Block, mined: Mined) -> dict[str, Any]:
    """Return JSON-RPC's form of a receipt."""
    sent, outcome = mined.sent, mined.outcome
    return {
        "transactionHash": _hex(sent.digest), "transactionIndex": "0x0",
        "blockHash": _hex(block.digest), "blockNumber": hex(block.moment.number),
        "from": _spelled(sent.sender), "to": _spelled(sent.to) if sent.to else None,
        "type": hex(sent.kind), "status": hex(outcome.succeeded),
        "gasUsed": hex(outcome.gas_used), "cumulativeGasUsed": hex(outcome.gas_used),
        "effectiveGasPrice": hex(mined.price), "logs": block.logs,
        "logsBloom": block.header["logsBloom"],
        "contractAddress": _spelled(outcome.created) if outcome.created else None,
    }  # fmt: skip


def log_forms(block: Block) -> list[dict[str, Any]]:
    """Return JSON-RPC's forms of a block's events."""
    mined = block.mined
    if mined is None:
        return []
    return [
        {
            "removed": False, "logIndex": hex(index), "transactionIndex": "0x0",
            "transactionHash": _hex(mined.sent.digest), "blockHash": _hex(block.digest),
            "blockNumber": hex(block.moment.number), "address": _spelled(log.address),
            "data": _hex(log.data), "topics": [_hex(topic) for topic in log.topics],
        }
        for index, log in enumerate(mined.outcome.logs)
    ]  # fmt: skip


def _root(leaf: bytes) -> bytes:
    # The key is RLP's form of the index 0, 0x80; hex prefix 0x20 marks a leaf with an even path.
    return keccak256(_rlp([b"\x20\x80", leaf]))


def _receipt_bytes(mined: Mined) -> bytes:
    outcome = mined.outcome
    logs = [[bytes.fromhex(log.address[2:]), list(log.topics), log.data] for log in outcome.logs]
    body = _rlp([int(outcome.succeeded), outcome.gas_used, _bloom(outcome), logs])
    return bytes([mined.sent.kind]) + body if mined.sent.kind else body


def _bloom(outcome: Outcome) -> bytes:
    bits = 0
    for log in outcome.logs:
        for one in (bytes.fromhex(log.address[2:]), *log.topics):
            bits |= _bits(one)
    return bits.to_bytes(_BLOOM, "big")


@lru_cache(maxsize=4096)
def _bits(item: bytes) -> int:
    digest = keccak256(item)
    return sum(
        1 << place
        for place in {int.from_bytes(digest[i : i + 2], "big") % (8 * _BLOOM) for i in (0, 2, 4)}
    )


@lru_cache(maxsize=4096)
def _spelled(address: str) -> str:
    return checksum_address("the address", address)


def _rlp(items: Sequence[Any]) -> bytes:
    rlp: Any = import_module("rlp")  # eth-account's; it has no types
    return bytes(rlp.encode(list(items)))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
