"""The wallet's account on a credit ledger: read its entries, and recover their amounts.

The seed gives the account's key, and the ledger's events give the amounts, so the backup words are
enough to use the account. The wallet's file keeps only amounts that an envelope did not contain and
that the owner entered; after a loss of the file, the owner must enter them again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from zkcredit._internal import hpke
from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import words
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.elgamal import AccountKey, Ciphertext
from zkcredit.ledger.account import LedgerAccount, read_account, recover_entry
from zkcredit.ledger.card import LedgerCard, account_number
from zkcredit.ledger.entry import LedgerEntry
from zkcredit.schema import ENTRY_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.ledger.account import PostedEntry
    from zkcredit.storage.vault import Vault
    from zkcredit.wallet.seed import Seed

__all__ = ["WalletLedger"]

_KIND: Final = "ledger-entry"


class WalletLedger:
    """A wallet's account on credit ledgers; see ``zkcredit.Wallet.ledger``."""

    def __init__(self, store: Vault, seed: Seed) -> None:
        self._store = store
        self._seed = seed

    def __repr__(self) -> str:
        return f"WalletLedger(number={self.number})"

    @property
    def key(self) -> Point:
        """The account's public key: a pseudonym, the same for every issuer and ledger."""
        return self._key.public

    @property
    def number(self) -> int:
        """The account's number on a ledger."""
        return account_number(self.key)

    def card(self, issuer: str) -> LedgerCard:
        """Return what one issuer needs to write to this account.

        Args:
            issuer: address that the issuer posts from.

        Raises:
            InvalidInput: if it is not an address.
        """
        return LedgerCard.make(self._key, hpke.public_bytes(self._seed.envelope_key), issuer)

    def read(self, posted: Sequence[PostedEntry], *, epoch: int) -> LedgerAccount:
        """Open every entry of the account that counts in an epoch.

        Args:
            posted: all entries ever posted to it, from the ledger's events.
            epoch: the ledger's current epoch.

        Raises:
            InvalidInput, OutOfRange: if an argument is not acceptable. The result reports entries
                that cannot be used.
            DamagedFile: if the file is corrupted.
        """
        known = {
            entry.ciphertext: LedgerEntry.from_bytes(kept)
            for entry in posted
            if (kept := self._store.get(_KIND, _identifier(entry.ciphertext))) is not None
        }
        return read_account(posted, self._key, self._seed.envelope_key, epoch=epoch, known=known)

    def check(self, account: LedgerAccount, total: Ciphertext) -> None:
        """Compare an account's sums with the total that the ledger has.

        Raises:
            LedgerError: if they differ, so that entries are missing; or if there are no entries, or
                one of them cannot be used.
            InvalidInput: if the account is not this wallet's.
        """
        if require_instance("the account", account, LedgerAccount).account != self.key:
            raise InvalidInput("the account is not this wallet's")
        account.check(self._key, require_instance("the total", total, Ciphertext))

    def recover(
        self, posted: PostedEntry, known: Sequence[int | None], *, bound: int = 1 << ENTRY_BITS
    ) -> LedgerEntry:
        """Find the amounts of an entry whose envelope does not open, and remember them.

        Args:
            posted: the entry.
            known: its five amounts in the order of ``LedgerEntry``; at most one is None, for an
                unknown amount.
            bound: the unknown amount is below it. 2^40 takes ten seconds, and 2^38 five.

        Raises:
            EnvelopeMismatch: if the entry holds other amounts.
            LedgerError: if nothing can be proved about the entry.
            InvalidInput, OutOfRange: if an argument is not acceptable.
            WalletError, MachineError: if the file cannot be written.
        """
        entry = recover_entry(posted, self._key, known, bound)
        self._store.put([(_KIND, _identifier(posted.ciphertext), entry.to_bytes())])
        return entry

    @property
    def _key(self) -> AccountKey:
        return self._seed.account_key


def _identifier(ciphertext: Ciphertext) -> str:
    return hashlib.sha256(words(*ciphertext.c1, *ciphertext.c2)).hexdigest()[:32]
