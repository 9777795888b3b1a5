"""The archive of an embedded chain: its logs, and every word that was ever in storage.

eth-tester searches for logs by making the receipt of every transaction of the chain, and recovers
the sender from the signature: about 20 ms each. ``LogArchive`` reads the receipts in the blocks,
and each block only once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["LogArchive", "storage_words"]

_BRANCH = 17  # items of a branch node; leaves and extensions have two
_STORAGE_ROOT = 2  # place in an account


class LogArchive:
    """Answers ``eth_getLogs``, in eth-tester's names.

    Args:
        backend: eth-tester's backend, whose chain can change when it restores a snapshot.
    """

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._blocks: dict[bytes, list[dict[str, Any]]] = {}  # by hash, so never out of date

    def find(self, wanted: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the logs that a filter wants: ``from_block``, ``to_block``, ``address``,
        ``topics``.

        Raises:
            ValueError, TypeError: if it is not a filter.
        """
        if not isinstance(wanted.get("topics") or (), list | tuple):
            raise TypeError("topics must be a list")
        head = self._chain.get_canonical_head().block_number
        first = _number(wanted.get("from_block"), head)
        last = min(_number(wanted.get("to_block"), head), head)
        addresses = _lower(wanted.get("address"))
        topics = [_lower(topic) for topic in wanted.get("topics") or ()]
        return [
            log
            for number in range(first, last + 1)
            for log in self._of_block(number)
            if (not addresses or log["address"].lower() in addresses)
            and _fits(log["topics"], topics)
        ]

    @property
    def _chain(self) -> Any:
        return self._backend.chain

    def _of_block(self, number: int) -> list[dict[str, Any]]:
        header = self._chain.get_canonical_block_header_by_number(number)
        if not header.bloom:  # no logs
            return []
        if header.hash not in self._blocks:
            self._blocks[header.hash] = list(self._read(number))
        return self._blocks[header.hash]

    def _read(self, number: int) -> Iterator[dict[str, Any]]:
        from eth_utils import to_checksum_address

        block = self._chain.get_canonical_block_by_number(number)
        receipts = block.get_receipts(self._chain.chaindb)
        index = 0
        for place, (transaction, receipt) in enumerate(
            zip(block.transactions, receipts, strict=True)
        ):
            for log in receipt.logs:
                yield {
                    "type": "mined",
                    "log_index": index,
                    "transaction_index": place,
                    "transaction_hash": _hex(transaction.hash),
                    "block_hash": _hex(block.hash),
                    "block_number": number,
                    "address": to_checksum_address(log.address),
                    "data": _hex(log.data),
                    "topics": tuple(_hex(topic.to_bytes(32, "big")) for topic in log.topics),
                }
                index += 1


def storage_words(chain: Any) -> Iterator[bytes]:
    """Yield every word that was ever in a contract's storage, replaced ones included, 32 bytes
    each.

    py-evm keeps all nodes of all state tries (yellow paper, appendix D). This function visits the
    tries of every block, and each node once.

    Args:
        chain: py-evm's chain.
    """
    rlp: Any = import_module("rlp")  # py-evm's; it has no types
    database = chain.chaindb.db
    seen: set[bytes] = set()

    def leaves(node: Any) -> Iterator[bytes]:
        if isinstance(node, bytes):  # the hash of a node, or empty
            if node in seen or node not in database:
                return
            seen.add(node)
            node = rlp.decode(database[node])
        if len(node) == _BRANCH:
            for child in node[:-1]:
                yield from leaves(child)
            return  # all keys are hashes of one length, so a branch never has a value
        if not node:
            return
        path, value = node
        if path[0] & 0x20:  # the flag of a leaf (hex prefix encoding)
            yield value
        else:
            yield from leaves(value)

    for number in range(chain.get_canonical_head().block_number + 1):
        root = chain.get_canonical_block_header_by_number(number).state_root
        for account in leaves(root):
            for word in leaves(rlp.decode(account)[_STORAGE_ROOT]):
                yield bytes(rlp.decode(word)).rjust(32, b"\0")


def _number(block: object, head: int) -> int:
    if block in (None, "latest", "pending", "safe", "finalized"):
        return head
    if isinstance(block, str):
        block = 0 if block == "earliest" else int(block, 16)
    if type(block) is not int or block < 0:
        raise ValueError("a block must be a number")  # ``Node.reaching`` makes it a typed error
    return block


def _lower(wanted: Any) -> set[str]:
    # one value, several, or none; none matches anything
    several = [wanted] if isinstance(wanted, str) else wanted or ()
    if not all(isinstance(text, str) for text in several):
        raise TypeError("topics and addresses must be text")
    return {text.lower() for text in several}


def _fits(topics: Sequence[str], wanted: Sequence[set[str]]) -> bool:
    return len(topics) >= len(wanted) and all(
        not allowed or topic in allowed for topic, allowed in zip(topics, wanted, strict=False)
    )


def _hex(data: bytes) -> str:
    return "0x" + data.hex()
