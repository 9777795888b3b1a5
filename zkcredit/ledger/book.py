"""An issuer's side of the ledger: one account for each person, and fresh entries for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import checksum_address
from zkcredit.errors import CredentialError, InvalidInput
from zkcredit.ledger.card import LedgerCard
from zkcredit.ledger.entry import LedgerEntry
from zkcredit.ledger.proved import EntryPlace, prove_entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.ledger.proved import ProvedEntry
    from zkcredit.storage.vault import Vault

__all__ = ["LedgerBook"]


class LedgerBook:
    """An issuer's record of the accounts that it writes to; see ``zkcredit.Issuer.ledger``.

    A person with two accounts could have debts on one and borrow on the other. So an issuer keeps
    one account for each person, and one person for each account.
    """

    def __init__(self, store: Vault, person_tag: Callable[[str], int]) -> None:
        self._store = store
        self._person_tag = person_tag

    def seal(
        self,
        entry: LedgerEntry,
        *,
        person: str,
        to: LedgerCard,
        address: str,
        at: EntryPlace,
        proving_key: ProvingKey,
    ) -> ProvedEntry:
        """Make and prove this issuer's entry about a person, ready to be posted.

        Posting it replaces the issuer's earlier entry, so give everything that is known, not only
        what changed. Its randomness is fresh.

        Args:
            entry: the amounts.
            person: the issuer's own identifier of the person, as in ``Issuer.issue``.
            to: the card that the person's wallet made for this issuer.
            address: address of the account that will post the entry; for a dismissed issuer, the
                address in whose place its successor posts.
            at: where the entry is to stand, from ``CreditLedgerClient.place``.
            proving_key: of the statement ``ledger_entry``.

        Raises:
            CredentialError: if this issuer knows the person under another account, or the account
                as another person's.
            InvalidInput: if the card is for another issuer, an argument has the wrong type, or the
                key belongs to another statement.
            WalletError: if the vault cannot be written; nothing was made.
            MachineError: if the machine fails; nothing was made.
        """
        require_instance("the entry", entry, LedgerEntry)
        require_instance("the card", to, LedgerCard)
        require_instance("the place", at, EntryPlace)
        if checksum_address("the address", address) != to.issuer:
            raise InvalidInput(
                "the card was made for another issuer; ask the borrower for one for this address"
            )
        tag, account = f"{self._person_tag(person):062x}", f"{to.number:062x}"
        self._require_free(tag, account)
        proved = prove_entry(entry, to, at, proving_key=proving_key)
        # Another thread or process may have bound one of them meanwhile.
        with self._store.exclusive():
            if self._require_free(tag, account):
                bond = [("ledger-person", tag, account.encode())]
                self._store.put([], new=[*bond, ("ledger-account", account, tag.encode())])
        return proved

    def _require_free(self, tag: str, account: str) -> bool:
        """Return whether a person and an account are new; they may also be bound to each other."""
        known_account = self._store.get("ledger-person", tag)
        known_person = self._store.get("ledger-account", account)
        if known_account not in (None, account.encode()):
            raise CredentialError("this issuer knows the person under another account")
        if known_person not in (None, tag.encode()):
            raise CredentialError("this issuer knows the account as another person's")
        return known_account is None
