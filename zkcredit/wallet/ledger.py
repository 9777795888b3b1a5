"""The wallet's account at a credit ledger: read, recover, prove. Everything follows from the seed.

Nothing that is needed to use the account is kept in the wallet's file: the amounts come from the
ledger's events. Only amounts that an envelope did not give, and that their owner knew, are
remembered there; after a loss of the file they have to be told again.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal import hpke
from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import words
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.elgamal import AccountKey, Ciphertext
from zkcredit.ledger.account import LedgerAccount, read_account, recover_entry
from zkcredit.ledger.card import LedgerCard, account_number
from zkcredit.ledger.entry import LedgerEntry, require_eligible
from zkcredit.request import require_consent
from zkcredit.schema import ENTRY_BITS
from zkcredit.wallet.log import ConsentEntry, write_log
from zkcredit.wallet.proving import prove_ledger_eligibility

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.ledger.account import PostedEntry
    from zkcredit.ledger.presentation import LedgerPresentation
    from zkcredit.policy import Policy
    from zkcredit.request import Consent, LoanConsent
    from zkcredit.storage.vault import Vault
    from zkcredit.wallet.seed import Seed

__all__ = ["WalletLedger"]

_KIND: Final = "ledger-entry"


class WalletLedger:
    """The account at credit ledgers that belongs to a wallet; see `zkcredit.Wallet.ledger`."""

    def __init__(self, store: Vault, seed: Seed) -> None:
        """Take the wallet's open file and its seed."""
        self._store = store
        self._seed = seed

    def __repr__(self) -> str:
        """Show the account's number only."""
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
        """What one issuer needs to write to this account.

        Args:
            issuer: address that the issuer posts from.

        Raises:
            InvalidInput: it is no address.
        """
        return LedgerCard.make(self._key, hpke.public_bytes(self._seed.envelope_key), issuer)

    def read(self, posted: Sequence[PostedEntry], *, epoch: int) -> LedgerAccount:
        """Open every entry of the account that counts in an epoch.

        Args:
            posted: all entries ever posted to it, from the ledger's events.
            epoch: the ledger's current epoch.

        Raises:
            InvalidInput, OutOfRange: an argument is not acceptable. What is wrong with entries is
                in the result.
            DamagedFile: the file is not intact.
        """
        known = {
            entry.ciphertext: LedgerEntry.from_bytes(kept)
            for entry in posted
            if (kept := self._store.get(_KIND, _identifier(entry.ciphertext))) is not None
        }
        return read_account(posted, self._key, self._seed.envelope_key, epoch=epoch, known=known)

    def check(self, account: LedgerAccount, total: Ciphertext) -> None:
        """Hold an account's sums against the total that the ledger has.

        Raises:
            LedgerError and below: they differ, so entries are missing; or an entry cannot be
                used, or there is none.
            InvalidInput: the account is not this wallet's.
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
            known: its five amounts in the order of `LedgerEntry`, None for at most one that is
                not known.
            bound: the unknown one is below it. 2^40 takes ten seconds, a quarter of it five.

        Raises:
            EnvelopeMismatch: the entry holds other amounts.
            LedgerError: nothing can be proved about the entry.
            InvalidInput, OutOfRange: an argument is not acceptable.
            WalletError, MachineError: the file cannot be written.
        """
        entry = recover_entry(posted, self._key, known, bound)
        self._store.put([(_KIND, _identifier(posted.ciphertext), entry.to_bytes())])
        return entry

    def prove(
        self,
        account: LedgerAccount,
        total: Ciphertext,
        policy: Policy,
        *,
        consent: Consent | LoanConsent,
        key: ProvingKey,
        threads: int | None = None,
    ) -> LedgerPresentation:
        """Prove that the account's total meets a policy, for one use only.

        Show :meth:`zkcredit.Consent.in_words` first: calling this is agreeing to it. Whatever
        would make the proof fail is found here before, and told to the borrower alone. The log
        has the entry before the presentation is returned.

        Args:
            account: as `read` returned it.
            total: the account's ciphertext in effect, from the ledger.
            policy: what the verifier demands, with its time (`Policy.at`).
            consent: who will see the proof, what for and until when. At a market, the
                application's own (``request.consent``).
            key: the proving key of `ledger_eligibility`.
            threads: how many to prove with; all where None.

        Warns:
            UnsafeKeyWarning: somebody can forge proofs under the key.

        Raises:
            ExpiredConsent: the consent ends before the policy's time.
            LedgerError and below: an entry cannot be used, or the entries are not all.
            NotEligible: the totals do not meet the policy; says by how much.
            UnsafeKey: the key is broken or another statement's.
            InvalidInput, OutOfRange: an argument is not acceptable; a policy that asks for what a
                ledger does not know.
        """
        context = require_consent(consent).context()
        self.check(account, total)
        totals = account.totals()
        require_eligible(policy, totals)
        consent.require_open(policy.now)
        presentation = prove_ledger_eligibility(
            self._key, total, totals, policy=policy, context=context, key=key, threads=threads
        )
        entry = ConsentEntry(
            time=units.now(),
            verifier=consent.verifier,
            purpose=consent.purpose,
            credential_id="ledger account",
            conditions=policy.conditions(),
            context=context,
            scope=0,  # the account's number is its pseudonym in every scope
            nullifier=self.number,
            expires_at=consent.expires_at,
        )
        write_log(self._store, entry)
        return presentation

    @property
    def _key(self) -> AccountKey:
        return self._seed.account_key


def _identifier(ciphertext: Ciphertext) -> str:
    return hashlib.sha256(words(*ciphertext.c1, *ciphertext.c2)).hexdigest()[:32]
