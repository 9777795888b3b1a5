"""A model of a chain that loses replies, drops and reorders, for tests of the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.replies import Receipt
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


LISTED = (
    "insufficient funds",
    "transaction underpriced",
    "intrinsic gas too low",
    "wrong chain id",
)
UNKNOWN = ("already known", "rate limit exceeded", "request timed out", "internal error", "Wer da?")
_FINAL = 6  # blocks on top of which nothing is reorganised


class HostileChain:
    """Two back ends of one chain behind a gateway that says what it likes.

    It takes transactions and answers with an error, refuses without taking them, delivers twice,
    brings old bytes back, mines either of two bytes with one nonce, answers from a back end that
    lags, with receipts that lag behind nonces, and with answers to earlier questions. With
    ``reorganises`` it also drops blocks, though none that was called final.
    """

    network = "model:hostile"

    def __init__(self, random: random.Random, *, trouble: float, reorganises: bool) -> None:
        self._random = random
        self.trouble = trouble
        self.reorganises = reorganises
        self.chain_id = 10 if reorganises else 31337
        self.blocks: list[list[bytes]] = [[]]
        self.pools: tuple[dict[int, bytes], dict[int, bytes]] = ({}, {})
        self.seen: list[bytes] = []
        self.final = 0
        self._earlier = 0  # the answer to an earlier question for the count

    # --- what a sender asks -----------------------------------------------------------------------

    def call(self, *_: object, **__: object) -> bytes:
        self._answering()
        return b""

    def fees(self) -> tuple[int, int]:
        return 10**9 + self._random.randrange(10**8), 10**8

    def block_number(self) -> int:
        return self._view() - 1

    def tagged_block(self, tag: str) -> int | None:
        view = self._view() - 1
        self.final = max(self.final, view - _FINAL)
        return self.final if tag == "finalized" else max(self.final, view - _FINAL // 2)

    def transaction_count(self, address: str, block: int | None = None) -> int:
        del address, block
        count = self._count(self._view())
        if self._hit():
            return self._earlier
        self._earlier = count
        return count

    def transaction_with(self, address: str, nonce: int) -> tuple[str, int] | None:
        del address
        for number, block in enumerate(self.blocks[: self._view()]):
            for raw in block:
                if nonce_of(raw) == nonce:
                    return hash_of(raw), number
        return None

    def receipt(self, transaction: str) -> Receipt | None:
        view = self._view()
        if self._hit():
            view -= self._random.randrange(3)
        for number, block in enumerate(self.blocks[: max(view, 0)]):
            for raw in block:
                if hash_of(raw) == transaction:
                    return Receipt(transaction, number, True, 21000, None, (), f"0x{number}")
        return None

    def broadcast(self, raw: bytes) -> None:
        self._maybe(Killed())
        self._maybe(NodeUnavailable("no route"))
        self._maybe(ChainError(self._random.choice(LISTED)))
        self._maybe(ChainError(self._random.choice(UNKNOWN)))
        self.seen.append(raw)
        taken = [self._take(pool, raw) for pool in self._some_pools()]
        self._mine()
        self._maybe(NodeUnavailable("time out"))
        self._maybe(Killed())
        self._maybe(ChainError(self._random.choice(LISTED)))
        self._maybe(ChainError(self._random.choice(UNKNOWN)))
        for words in taken:
            if words:
                raise ChainError(words)

    # --- what it does meanwhile -------------------------------------------------------------------

    def executed(self) -> list[bytes]:
        """The data of what the chain has executed, in order."""
        return [bytes(_fields(raw)["data"]) for block in self.blocks for raw in block]

    def _some_pools(self) -> list[dict[int, bytes]]:
        if self._hit():
            return [*self.pools, self.pools[0]]  # delivered twice
        return [self._random.choice(self.pools)]

    def _take(self, pool: dict[int, bytes], raw: bytes) -> str:
        nonce = nonce_of(raw)
        if nonce < self._count(len(self.blocks)):
            return "nonce too low"
        if nonce in pool and pool[nonce] == raw:
            return "already known"
        if nonce in pool and fee_of(raw) * 10 < fee_of(pool[nonce]) * 11:
            return "replacement transaction underpriced"
        pool[nonce] = raw
        return ""

    def _answering(self) -> None:
        self._maybe(NodeUnavailable("connection refused"))
        self._maybe(ChainError("HTTP 429"))
        if self.reorganises and self._hit():
            self._reorganise()
        self._mine()

    def _view(self) -> int:
        """How many blocks the back end that answers has."""
        self._answering()
        lag = self._random.randrange(3) if self._hit() else 0
        return max(1, len(self.blocks) - lag)

    def _count(self, view: int) -> int:
        return sum(map(len, self.blocks[:view]))

    def _mine(self) -> None:
        if self._hit():
            self._random.choice(self.pools).clear()
        if self._hit() and self.seen:  # old bytes come back
            raw = self._random.choice(self.seen)
            self._take(self._random.choice(self.pools), raw)
        if self._random.random() < 0.5:
            return
        block, pool = [], self._random.choice(self.pools)
        nonce = self._count(len(self.blocks))
        while nonce in pool and self._random.random() < 0.9:
            block.append(pool.pop(nonce))
            nonce += 1
        self.blocks.append(block)

    def _reorganise(self) -> None:
        depth = self._random.randrange(1, _FINAL)
        while depth and len(self.blocks) - 1 > max(self.final, 0):
            depth -= 1
            for raw in self.blocks.pop():
                if self._random.random() < 0.5:
                    self._random.choice(self.pools)[nonce_of(raw)] = raw

    def _maybe(self, error: BaseException) -> None:
        if self._hit():
            raise error

    def _hit(self) -> bool:
        return self._random.random() < self.trouble


def _fields(raw: bytes) -> dict[str, Any]:
    return TypedTransaction.from_bytes(HexBytes(raw)).as_dict()


def nonce_of(raw: bytes) -> int:
    """The nonce that a signed transaction has."""
    return int(_fields(raw)["nonce"])


def fee_of(raw: bytes) -> int:
    """The most that a signed transaction pays for gas."""
    return int(_fields(raw)["maxFeePerGas"])


def hash_of(raw: bytes) -> str:
    """The hash of a signed transaction."""
    return "0x" + keccak256(raw).hex()
