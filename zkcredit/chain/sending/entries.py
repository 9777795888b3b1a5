"""What an outbox keeps: signed transactions, and the intentions that they belong to."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

__all__ = ["CANCEL", "Entry", "Intention"]

CANCEL: Final = "cancel "
"""Begins the idempotency key of a transfer that cancels; the cancelled one's key follows."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored transaction.

    Attributes:
        id: row in the outbox.
        network: chain id and genesis hash.
        sender: EIP-55 address.
        nonce: the account's transaction number.
        idempotency_key: what the transaction is for. All transactions of one intention that can
            still execute have the same nonce.
        raw: signed bytes.
        hash: transaction hash, 0x-prefixed.
        sends: how often the bytes were sent to a node, counted before each time.
        state: ``pending``, ``mined``, ``safe``, ``final`` or ``superseded``.
        refusal: the node's words if it refused the bytes each time, for a reason after which the
            intention may be signed again with the same nonce; otherwise "".
        block: hash of the block with the transaction, or "".
        created: when it was signed, Unix seconds.
    """

    id: int
    network: str
    sender: str
    nonce: int
    idempotency_key: str
    raw: bytes
    hash: str
    sends: int
    state: str
    refusal: str
    block: str
    created: int

    @property
    def cancelled_key(self) -> str | None:
        """The idempotency key that this transaction cancels, or None if it cancels nothing."""
        key = self.idempotency_key.removeprefix(CANCEL)
        return None if key == self.idempotency_key else key


@dataclass(frozen=True, slots=True)
class Intention:
    """Something that an account wants once, and the transactions that it takes.

    Attributes:
        id: row in the outbox.
        network: chain id and genesis hash.
        sender: EIP-55 address.
        name: canonical text of the intention.
        ordinal: 1, or a higher number if the same thing is done again.
        details: details that were fixed before anything was signed, as JSON text.
        outcome: the outcome, as JSON text; "" while the intention has not ended.
        created: when it was stored, Unix seconds.
    """

    id: int
    network: str
    sender: str
    name: str
    ordinal: int
    details: str
    outcome: str
    created: int

    @property
    def idempotency_key(self) -> str:
        """The beginning of the idempotency keys of the intention's transactions."""
        return f"intention {hashlib.sha256(self.name.encode()).hexdigest()[:32]} #{self.ordinal}"

    def owns(self, entry: Entry) -> bool:
        """Return whether a transaction belongs to this intention."""
        return (self.network, self.sender) == (
            entry.network,
            entry.sender,
        ) and entry.idempotency_key.startswith(f"{self.idempotency_key}/")
