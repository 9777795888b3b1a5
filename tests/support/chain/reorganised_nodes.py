"""anvil and go-ethereum as chains that a test drives: it makes their blocks and takes them back."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from support.chain.node_copies import GethCopy

from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.connect import provider_over, transport_to, web3_over
from zkcredit.chain.nodes.local_accounts import local_accounts_unsafe
from zkcredit.chain.nodes.node import LocalNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["AnvilChain", "GethChain", "LostState", "anvil_chain", "geth_chain"]

_SECONDS = 60.0  # for one call to go-ethereum


class LostState(Exception):
    """anvil has an empty state after a reorganisation, as it has now and then."""


class AnvilChain:
    """See ``Reorganised``."""

    def __init__(self, node: AnvilNode) -> None:
        self.node = node

    def bury(self, blocks: int) -> None:
        self.node._rpc("anvil_mine", hex(blocks))

    def raw(self, transaction: str) -> bytes:
        return bytes.fromhex(self.node._rpc("eth_getRawTransactionByHash", transaction)[2:])

    def reorganise(self, depth: int, first: Sequence[bytes]) -> None:
        head = self.node.block_number()
        wanted = [["0x" + raw.hex(), depth - 1] for raw in first]
        self.node._rpc("anvil_reorg", depth, wanted)
        assert self.node.block_number() == head
        if self.node.balance(self.node.accounts[9].address) == 0:
            raise LostState


@contextmanager
def anvil_chain() -> Iterator[AnvilChain]:
    """A new chain of anvil."""
    with AnvilNode() as node:
        yield AnvilChain(node)


class GethNode(LocalNode):
    """go-ethereum over HTTP, with a block for each transaction."""

    def __init__(self, copy: GethCopy) -> None:
        self.copy = copy
        self.accounts = local_accounts_unsafe(10)
        super().__init__(web3_over(provider_over(transport_to(copy.url, _SECONDS))), copy.name)

    def broadcast(self, raw: bytes) -> None:
        """Send a transaction, and make a block of what waits."""
        super().broadcast(raw)
        self.copy.commit(self.now() + 1, None)

    def advance(self, seconds: int) -> int:
        self.copy.commit(self.now() + seconds, ())
        return self.now()

    def snapshot(self) -> int:
        return self.block_number()

    def restore(self, snapshot: int) -> None:
        self.copy.ask("debug_setHead", hex(snapshot))
        self.restored += 1


class GethChain:
    """See ``Reorganised``."""

    def __init__(self, node: GethNode) -> None:
        self.node = node

    def bury(self, blocks: int) -> None:
        for _ in range(blocks):
            self.node.advance(1)

    def raw(self, transaction: str) -> bytes:
        return bytes.fromhex(self._ask("eth_getRawTransactionByHash", transaction)[2:])

    def reorganise(self, depth: int, first: Sequence[bytes]) -> None:
        head = self.node.block_number()
        times = [
            int(self._ask("eth_getBlockByNumber", hex(number), False)["timestamp"], 16)
            for number in range(head - depth + 1, head + 1)
        ]
        gone = self._ask("eth_getBlockByNumber", hex(head), False)["hash"]
        self.node.restore(head - depth)
        for at, when in enumerate(times, 1):
            # a second later, so that the new blocks are others even where nothing is in them
            self.node.copy.commit(when + 1, first if at == depth else ())
        assert self._ask("eth_getBlockByNumber", hex(head), False)["hash"] != gone

    def _ask(self, method: str, *parameters: object) -> Any:
        return self.node.copy.ask(method, *parameters)


@contextmanager
def geth_chain(binary: Path, folder: Path) -> Iterator[GethChain]:
    """A new chain of go-ethereum."""
    with GethCopy(binary, folder, genesis_time=int(time.time())) as copy, GethNode(copy) as node:
        yield GethChain(node)
