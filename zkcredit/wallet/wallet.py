"""The borrower's wallet: receives credentials, proves policies, remembers what it showed."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self, TypeVar

import zkcredit.units as units
from zkcredit._internal import hpke
from zkcredit._internal.checks import require_field, require_instance, require_path, require_text
from zkcredit.credential import Credential, holder_of
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import DamagedFile, InvalidInput
from zkcredit.policy import Policy
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import require_consent
from zkcredit.storage.vault import Vault
from zkcredit.wallet.log import ConsentEntry, read_log, write_log
from zkcredit.wallet.proving import judged, prove_eligibility, table_for
from zkcredit.wallet.sealed import prove_sealed
from zkcredit.wallet.seed import Seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zkcredit.escrow.presentation import SealedPresentation
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.gadgets.scorecard import ScoreTable
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.presentation import Presentation
    from zkcredit.request import Consent, LoanConsent
    from zkcredit.storage.password_lock import KdfCost
    from zkcredit.wallet.ledger import WalletLedger

__all__ = ["Wallet"]

T = TypeVar("T")


class Wallet:
    """An open wallet. Use it as a context manager, or call :meth:`close`.

    Make one with :meth:`create`, :meth:`open` or :meth:`restore`. One thread at a time.
    """

    def __init__(self, store: Vault, seed: Seed) -> None:
        """Take an open file and its seed; use :meth:`create`, :meth:`open` or :meth:`restore`."""
        self._store = store
        self._seed = seed

    # --- the file -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path | str, password: str, *, cost: KdfCost | None = None) -> Self:
        """Make a new wallet with a new seed. Write down :meth:`words` before using it.

        Args:
            path: of the new file; it must not exist.
            password: seals the file.
            cost: of one guess of the password; about half a second where None.

        Raises:
            InvalidInput: the path is taken or cannot be written, or the password is empty.
        """
        return cls._create(require_path("path", path), password, Seed.generate(), cost)

    @classmethod
    def restore(
        cls, path: Path | str, password: str, words: str, *, cost: KdfCost | None = None
    ) -> Self:
        """Make a wallet anew from its words. Keys come back, and with them, from the chain, what
        is on a credit ledger; credentials must be sent again.

        Raises:
            InvalidInput: the words are not right, or as :meth:`create`.
        """
        return cls._create(require_path("path", path), password, Seed.from_words(words), cost)

    @classmethod
    def open(cls, path: Path | str, password: str) -> Self:
        """Open an existing wallet.

        Raises:
            WrongPassword: the password is another.
            DamagedFile: the file is not a wallet, or it is corrupted.
            InvalidInput: there is no such file, or the password is empty.
            WalletError: another process keeps the file locked.
        """
        store = Vault.open(require_path("path", path), "wallet", password)
        try:
            entropy, holder = store.get("seed", "entropy"), store.get("seed", "holder")
            if entropy is None or holder is None:
                raise DamagedFile("the wallet's seed is missing; restore it from the words")
            seed = Seed(entropy)
            # A file that opens to other keys than it was made with must never be used.
            if holder_of(seed.holder_secret) != int.from_bytes(holder, "big"):
                raise DamagedFile("the wallet's keys are not those that it was made with")
        except BaseException:
            store.close()
            raise
        return cls(store, seed)

    @classmethod
    def _create(cls, path: Path, password: str, seed: Seed, cost: KdfCost | None) -> Self:
        holder = holder_of(seed.holder_secret).to_bytes(32, "big")
        records = [("seed", "entropy", seed.entropy), ("seed", "holder", holder)]
        return cls(Vault.create(path, "wallet", password, records, cost), seed)

    def __repr__(self) -> str:
        """Show nothing of the content."""
        return "Wallet(…)"

    def __enter__(self) -> Self:
        """Return the wallet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._store.close()

    def change_password(self, old: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Seal the file under another password. WrongPassword: ``old`` is not the present one.

        Copies of the file that were made before still open with the old one.
        """
        self._store.change_password(old, new, cost)

    # --- keys -----------------------------------------------------------------------------------

    def words(self, password: str) -> str:
        """The backup words. Whoever has them has every key. Secret.

        Raises:
            WrongPassword: asked again, because this is worth more than an open wallet.
        """
        self._store.require_password(password)
        return self._seed.words()

    @property
    def card(self) -> HolderCard:
        """What issuers need to send credentials here. Not secret; the same for all issuers."""
        public = hpke.public_bytes(self._seed.envelope_key)
        return HolderCard(holder_of(self._seed.holder_secret), public)

    @property
    def evm_address(self) -> str:
        """The Ethereum account's address. WalletError: ``zkcredit[chain]`` is not installed."""
        return self._seed.evm_address

    def evm_key(self) -> bytes:
        """The Ethereum account's key, 32 bytes. Secret. WalletError: as :attr:`evm_address`."""
        return self._seed.evm_key

    def ledger_key(self) -> int:
        """What the account key at credit ledgers is made from, 1 to 2^248 − 1. Secret."""
        return self._seed.ledger_key

    @property
    def ledger(self) -> WalletLedger:
        """The account at credit ledgers."""
        from zkcredit.wallet.ledger import WalletLedger

        return WalletLedger(self._store, self._seed)

    # --- credentials ----------------------------------------------------------------------------

    def receive(self, envelope: Envelope | str | bytes) -> str:
        """Open an envelope, verify the credential and keep it.

        Args:
            envelope: as the issuer made it, or its JSON.

        Returns:
            The credential's id in this wallet; the same one if it is here already.

        Raises:
            CredentialError: the envelope was changed, or is for another wallet.
            InvalidSignature: the credential inside is not properly signed.
            MalformedFile, InvalidInput: it is no envelope, or what is inside is no credential.
        """
        if isinstance(envelope, str | bytes):
            envelope = Envelope.from_json(envelope)
        require_instance("the envelope", envelope, Envelope)
        secret = self._seed.holder_secret
        credential = envelope.open(self._seed.envelope_key, holder_of(secret))
        for known_id, known in self.credentials().items():
            if known == credential:
                return known_id
        new_id = secrets.token_hex(8)
        self._store.put([], new=[("credential", new_id, credential.to_json().encode())])
        return new_id

    def credentials(self) -> dict[str, Credential]:
        """Every credential by its id, the latest first. DamagedFile: the file is not intact."""
        found = {
            id_: _intact(Credential.from_json, text) for id_, text in self._store.all("credential")
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1].issued_at, item[0])))

    def credential(self, credential_id: str) -> Credential:
        """One credential. InvalidInput: there is none with this id."""
        text = self._store.get("credential", require_text("credential_id", credential_id))
        if text is None:
            raise InvalidInput("there is no credential with this id in the wallet")
        return _intact(Credential.from_json, text)

    def remove(self, credential_id: str) -> None:
        """Forget a credential. InvalidInput: there is none with this id."""
        if not self._store.remove("credential", require_text("credential_id", credential_id)):
            raise InvalidInput("there is no credential with this id in the wallet")

    # --- proofs ---------------------------------------------------------------------------------

    def prove(
        self,
        credential_id: str,
        policy: Policy,
        *,
        consent: Consent | LoanConsent,
        scope: int,
        registry: RegistrySnapshot,
        key: ProvingKey,
        scorecard: ScoreTable | None = None,
        threads: int | None = None,
    ) -> Presentation:
        """Prove that a credential meets a policy, for one use only.

        Show :meth:`zkcredit.Consent.in_words` first: calling this is agreeing to it. Whatever
        would make the proof fail is found here before, and told to the borrower alone. The log
        has the entry before the presentation is returned.

        Args:
            credential_id: which credential; one with features proves `scored_eligibility`.
            policy: what the verifier demands, with its time (:meth:`Policy.at`).
            consent: who will see the proof, what for and until when. At a market, the
                application's own (``request.consent``).
            scope: where the pseudonym holds, a field element.
            registry: the issuers that the verifier accepts.
            key: the statement's proving key.
            scorecard: table of the model that judges features; the bundled one where None.
            threads: how many to prove with; all where None.

        Warns:
            UnsafeKeyWarning: somebody can forge proofs under the key.

        Raises:
            ExpiredConsent: the consent ends before the policy's time.
            ExpiredCredential: not valid at the policy's time.
            NotEligible: the attributes do not meet the policy; says by how much.
            UnknownIssuer, RevokedCredential: the registry does not vouch for the credential.
            UnsafeKey: the key is broken or another statement's or model's.
            InvalidInput, OutOfRange: an argument is not acceptable.
        """
        context = require_consent(consent).context()
        require_field("scope", scope)
        require_instance("the policy", policy, Policy)
        require_instance("the registry", registry, RegistrySnapshot)
        credential = self.credential(credential_id)
        if policy.now == 0:
            raise InvalidInput("the policy has no time; use policy.at(now)")
        consent.require_open(policy.now)
        credential.require_valid(policy.now)
        table = table_for(credential, scorecard)
        policy.check(judged(credential, table), credential.issued_at, credential.expires_at)
        presentation = prove_eligibility(
            self._seed.holder_secret,
            credential,
            registry.membership(credential),
            policy=policy,
            context=context,
            scope=scope,
            key=key,
            threads=threads,
            table=table,
        )
        entry = ConsentEntry(
            time=units.now(),
            verifier=consent.verifier,
            purpose=consent.purpose,
            credential_id=credential_id,
            conditions=policy.conditions(),
            context=context,
            scope=scope,
            nullifier=presentation.nullifier,
            expires_at=consent.expires_at,
        )
        write_log(self._store, entry)
        return presentation

    def prove_sealed(
        self,
        credential_id: str,
        policy: Policy,
        *,
        consent: Consent | LoanConsent,
        scope: int,
        registry: RegistrySnapshot,
        arbiters: Point,
        key: ProvingKey,
        threads: int | None = None,
    ) -> SealedPresentation:
        """As :meth:`prove`, with the reference that the issuer signed sealed to arbiters.

        They can open it together, and are to do so only if this very loan defaults. Before
        agreeing to this a borrower asks who the arbiters are.

        Args:
            credential_id, policy, consent, scope, registry, threads: as :meth:`prove`.
            arbiters: their key, as the verifier published it (`ArbiterGroup.key`).
            key: the proving key of `escrow_eligibility`.

        Warns:
            UnsafeKeyWarning: somebody can forge proofs under the key.

        Raises:
            InvalidInput: the arbiters' key is no point of prime order, the credential has no
                signed score, or as :meth:`prove`; the rest as :meth:`prove`.
        """
        presentation, entry = prove_sealed(
            self._seed.holder_secret,
            credential_id,
            self.credential(credential_id),
            policy,
            consent=consent,
            scope=scope,
            registry=registry,
            arbiters=arbiters,
            key=key,
            threads=threads,
        )
        write_log(self._store, entry)
        return presentation

    def consents(self) -> list[ConsentEntry]:
        """What was shown so far, oldest first. DamagedFile: the file is not intact."""
        return read_log(self._store)


def _intact(read: Callable[[bytes], T], text: bytes) -> T:
    try:
        return read(text)
    except InvalidInput:
        raise DamagedFile("the wallet was written by another version of zkcredit") from None
