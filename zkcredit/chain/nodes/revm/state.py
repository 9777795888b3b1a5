"""Accounts and storage of a chain, and the changes of one block.

Addresses are lower-case and 0x-prefixed. An account without nonce, balance and code does not exist
(EIP-161).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from zkcredit._internal.evm import keccak256

__all__ = ["EMPTY_CODE", "NOBODY", "Account", "Change", "State"]

EMPTY_CODE: Final = keccak256(b"")
"""The hash of no code."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account without its storage.

    Attributes:
        nonce: transactions sent, or contracts created.
        balance: in wei.
        code: Keccak-256 of the runtime code.
    """

    nonce: int = 0
    balance: int = 0
    code: bytes = EMPTY_CODE


NOBODY: Final = Account()
"""An account that does not exist."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a block changed: the values before and after, by account and by storage slot."""

    accounts: dict[str, tuple[Account, Account]] = field(default_factory=dict)
    slots: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def undone(self) -> Change:
        """Return the opposite change."""
        return Change(
            {address: (new, old) for address, (old, new) in self.accounts.items()},
            {slot: (new, old) for slot, (old, new) in self.slots.items()},
        )


@dataclass(slots=True)
class State:
    """Every account, storage slot and code of a chain.

    Attributes:
        accounts: by address.
        slots: values that are not zero, by address and number of the slot.
        codes: runtime code by its hash; codes are never removed.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    slots: dict[tuple[str, int], int] = field(default_factory=dict)
    codes: dict[bytes, bytes] = field(default_factory=lambda: {EMPTY_CODE: b""})

    def account(self, address: str) -> Account:
        """Return an account, which may not exist."""
        return self.accounts.get(address, NOBODY)

    def code(self, address: str) -> bytes:
        """Return the runtime code at an address."""
        return self.codes[self.account(address).code]

    def apply(self, change: Change) -> None:
        """Take over the values after a change."""
        for address, (_, new) in change.accounts.items():
            if new == NOBODY:
                self.accounts.pop(address, None)
            else:
                self.accounts[address] = new
        for slot, (_, value) in change.slots.items():
            if value:
                self.slots[slot] = value
            else:
                self.slots.pop(slot, None)

    def copy(self) -> State:
        """Return a state that changes separately. Both share the codes."""
        return State(dict(self.accounts), dict(self.slots), self.codes)
