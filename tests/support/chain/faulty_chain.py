"""A model of a chain that loses replies, drops and reorders, for tests of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.node import Receipt
from zkcredit.errors import ChainError, NodeUnavailable

if TYPE_CHECKING:
    import random


class Killed(BaseException):
    """The process died here; nothing after this point ran."""


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class FaultyChain:
    """The part of `Node` that a sender uses, with one account and faults drawn from `random`."""

    chain_id = 31337
    network = "31337:model"

    def __init__(self, random: random.Random, *, trouble: float) -> None:
        self._random = random
        self.trouble = trouble
        self.pool: dict[int, bytes] = {}
        self.mined: list[bytes] = []
        self.executed: list[bytes] = []

    def call(self, *_: object, **__: object) -> bytes:
        self._maybe_unreachable()
        return b""

    def fees(self) -> tuple[int, int]:
        return 10**9, 10**8

    def block_number(self) -> int:
        return len(self.mined)

    def transaction_count(self, address: str, block: int | None = None) -> int:
        del address, block
        self._maybe_unreachable()
        return len(self.mined)

    def transaction_with(self, address: str, nonce: int) -> tuple[str, int] | None:
        del address
        self._maybe_unreachable()
        if nonce >= len(self.mined):
            return None
        return "0x" + keccak256(self.mined[nonce]).hex(), nonce

    def receipt(self, transaction: str) -> Receipt | None:
        self._maybe_unreachable()
        self._mine_something()
        for number, raw in enumerate(self.mined):
            if "0x" + keccak256(raw).hex() == transaction:
                return Receipt(transaction, number, True, 21000, None, ())
        return None

    def broadcast(self, raw: bytes) -> None:
        self._maybe("killed before sending", Killed())
        self._maybe("request lost", NodeUnavailable("no route"))
        fields = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
        nonce = int(fields["nonce"])
        if raw in self.pool.values():
            raise ChainError("already known")
        if nonce < len(self.mined):
            raise ChainError("nonce too low")
        if not self._hit():  # else: accepted, and forgotten at once
            self.pool[nonce] = raw
        self._mine_something()
        self._maybe("reply lost", NodeUnavailable("time out"))
        self._maybe("killed after sending", Killed())

    def _mine_something(self) -> None:
        if self._hit():
            self.pool.clear()  # the node restarted with an empty pool
        while len(self.mined) in self.pool and self._random.random() < 0.7:
            raw = self.pool.pop(len(self.mined))
            self.mined.append(raw)
            self.executed.append(
                bytes(TypedTransaction.from_bytes(HexBytes(raw)).as_dict()["data"])
            )

    def _maybe_unreachable(self) -> None:
        self._maybe("unreachable", NodeUnavailable("connection refused"))

    def _maybe(self, _what: str, error: BaseException) -> None:
        if self._hit():
            raise error

    def _hit(self) -> bool:
        return self._random.random() < self.trouble
