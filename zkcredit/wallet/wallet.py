"""The borrower's wallet: receives credentials, proves policies, remembers what it showed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Self, TypeVar

import zkcredit.units as units
from zkcredit._internal import hpke
from zkcredit._internal.checks import require_instance, require_path, require_text
from zkcredit.credential import Credential, holder_of
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import DamagedFile, InvalidInput
from zkcredit.ledger.account import LedgerAccount
from zkcredit.presentation import Presentation
from zkcredit.request.asked_history import HISTORY
from zkcredit.request.base import LEDGER_ELIGIBILITY, Request
from zkcredit.request.circuit import scorecard_of
from zkcredit.request.loan_request import LoanRequest
from zkcredit.request.proof_request import ProofRequest
from zkcredit.shared_vault import SharedVault
from zkcredit.wallet.limits import CostLimits, read_limits, write_limits
from zkcredit.wallet.log import Consent, costs_of, read_log, write_log
from zkcredit.wallet.proving import (
    credential_witness,
    history_witness,
    ledger_witness,
    public_inputs,
)
from zkcredit.wallet.seed import Seed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.groth16.keys import ProvingKey
    from zkcredit.history import HistoryTree, RecordClaim
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.scoring.scorecard import Scorecard
    from zkcredit.storage.password_lock import KdfCost
    from zkcredit.wallet.ledger import WalletLedger

__all__ = ["Wallet"]

_LOG: Final = logging.getLogger(__name__)

T = TypeVar("T")


class Wallet:
    """An open wallet. Use it as a context manager, or call ``close``.

    Make one with ``create``, ``open`` or ``restore``. Any thread of the process that opened it may
    use it; a forked process opens the file for itself.
    """

    def __init__(self, store: SharedVault, seed: Seed) -> None:
        self._store = store
        self._seed = seed

    # --- the file -------------------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path | str, password: str, *, cost: KdfCost | None = None) -> Self:
        """Make a new wallet with a new seed. Write down ``words`` before using it.

        Args:
            path: the new file, which must not exist.
            password: encrypts the file.
            cost: of one guess of the password; about half a second by default.

        Raises:
            InvalidInput: if the path is taken or cannot be written, or the password is empty.
        """
        return cls._create(require_path("path", path), password, Seed.generate(), cost)

    @classmethod
    def restore(
        cls, path: Path | str, password: str, words: str, *, cost: KdfCost | None = None
    ) -> Self:
        """Make a new wallet from backup words.

        The words restore the keys, and with them the ledger account, which is read from the chain.
        Issuers must send the credentials again.

        Raises:
            InvalidInput: if the words are wrong, the path is taken or cannot be written, or the
                password is empty.
        """
        return cls._create(require_path("path", path), password, Seed.from_words(words), cost)

    @classmethod
    def open(cls, path: Path | str, password: str) -> Self:
        """Open an existing wallet.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not a wallet, or it is corrupted.
            InvalidInput: if there is no such file, or the password is empty.
            WalletError: if another process keeps the file locked.
        """
        store = SharedVault.open(require_path("path", path), "wallet", password)
        try:
            entropy, holder = store.get("seed", "entropy"), store.get("seed", "holder")
            if entropy is None or holder is None:
                raise DamagedFile("the wallet's seed is missing; restore it from the words")
            seed = Seed(entropy)
            # A file whose keys are not those that it was made with must never be used.
            if holder_of(seed.holder_secret) != int.from_bytes(holder, "big"):
                raise DamagedFile(
                    "the wallet's keys are not those that it was made with; restore it from the "
                    "words"
                )
        except BaseException:
            store.close()
            raise
        return cls(store, seed)

    @classmethod
    def _create(cls, path: Path, password: str, seed: Seed, cost: KdfCost | None) -> Self:
        holder = holder_of(seed.holder_secret).to_bytes(32, "big")
        records = [("seed", "entropy", seed.entropy), ("seed", "holder", holder)]
        return cls(SharedVault.create(path, "wallet", password, records, cost), seed)

    def __repr__(self) -> str:
        return "Wallet(…)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._store.close()

    def check(self) -> int:
        """Decrypt every record, and return how many there are.

        Raises:
            DamagedFile: if a record was changed or put in the place of another.
        """
        return self._store.check()

    def backup(self, path: Path | str) -> int:
        """Copy the wallet to a new file, and return how many records were copied and checked.

        The same password opens the copy. An old copy must never replace a newer file, because it
        lacks the credentials and consents that came later.

        Raises:
            InvalidInput: if the path is taken or cannot be written.
            DamagedFile: if the wallet is corrupted.
            MachineError: if the machine fails.
        """
        return self._store.backup(require_path("path", path))

    def delete(self) -> None:
        """Remove the wallet's file for good, and close the wallet.

        ``deletion_in_words`` says what goes and what stays. The file is removed in one step: after
        a crash it is there with all that it had, or it is gone.

        Raises:
            WalletError: if another process keeps the file locked, or the wallet is closed.
            InvalidInput: if the file may not be removed.
            MachineError: if the machine fails.
        """
        self._store.delete()

    def change_password(self, old: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Encrypt the file with a new password.

        Older copies of the file still open with the old password.

        Raises:
            WrongPassword: if ``old`` is not the present password.
            InvalidInput: if ``new`` is empty.
        """
        self._store.change_password(old, new, cost)

    # --- keys -----------------------------------------------------------------------------------

    def words(self, password: str) -> str:
        """Return the backup words. Whoever has them has every key. Secret.

        Raises:
            WrongPassword: if the password is wrong. It is needed again, because the words are worth
                more than an open wallet.
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
        """The Ethereum account's address.

        Raises:
            MissingExtra: if ``zkcredit[chain]`` is not installed.
        """
        return self._seed.evm_address

    def evm_key(self) -> bytes:
        """Return the Ethereum account's key, 32 bytes. Secret.

        Raises:
            MissingExtra: if ``zkcredit[chain]`` is not installed.
        """
        return self._seed.evm_key

    def pseudonym(self, scope: int) -> int:
        """Return the holder's pseudonym in a scope, such as ``CreditBureauClient.scope``.

        Whoever learns it can follow what happens under it, and nothing else.

        Raises:
            OutOfRange: if the scope is not a field element.
        """
        from zkcredit.circuits.hashes import nullifier

        return nullifier(self._seed.holder_secret, scope)

    def ledger_key(self) -> int:
        """Return the number, 1 to 2^248 − 1, that gives the ledger account's key. Secret."""
        return self._seed.ledger_key

    @property
    def ledger(self) -> WalletLedger:
        """The account on credit ledgers."""
        from zkcredit.wallet.ledger import WalletLedger

        return WalletLedger(self._store, self._seed)

    # --- credentials ----------------------------------------------------------------------------

    def receive(self, envelope: Envelope | str | bytes) -> str:
        """Open an envelope, verify the credential and keep it.

        Args:
            envelope: as the issuer made it, or its JSON.

        Returns:
            The credential's id in this wallet; the same one if the wallet has it already.

        Raises:
            CredentialError: if the envelope was changed, or is for another wallet.
            InvalidSignature: if the credential inside is not properly signed.
            MalformedFile, InvalidInput: if it is not an envelope, or does not contain a credential.
        """
        if isinstance(envelope, str | bytes):
            envelope = Envelope.from_json(envelope)
        require_instance("the envelope", envelope, Envelope)
        secret = self._seed.holder_secret
        credential = envelope.open(self._seed.envelope_key, holder_of(secret))
        for known_id, known in self.credentials().items():
            if known == credential:
                return known_id
        text = credential.to_json().encode()
        # Every process that receives this envelope computes the same id: one of them keeps it.
        new_id = self._seed.record_id(text)
        try:
            self._store.put([], new=[("credential", new_id, text)])
        except InvalidInput:
            if self.credential(new_id) != credential:
                raise
        return new_id

    def credentials(self) -> dict[str, Credential]:
        """Return every credential by its id, the latest first.

        Raises:
            DamagedFile: if the file is corrupted.
        """
        found = {
            id_: _intact(Credential.from_json, text) for id_, text in self._store.all("credential")
        }
        return dict(sorted(found.items(), key=lambda item: (-item[1].issued_at, item[0])))

    def credential(self, credential_id: str) -> Credential:
        """Return one credential.

        Raises:
            InvalidInput: if the wallet has no credential with this id.
        """
        text = self._store.get("credential", require_text("credential_id", credential_id))
        if text is None:
            raise InvalidInput("there is no credential with this id in the wallet")
        return _intact(Credential.from_json, text)

    def remove(self, credential_id: str) -> None:
        """Forget a credential.

        Raises:
            InvalidInput: if the wallet has no credential with this id.
        """
        if not self._store.remove("credential", require_text("credential_id", credential_id)):
            raise InvalidInput("there is no credential with this id in the wallet")

    # --- limits ---------------------------------------------------------------------------------

    @property
    def limits(self) -> CostLimits:
        """What a loan may cost at most for this wallet to prove: 60 % a year if nothing was set.

        Raises:
            DamagedFile: if the file is corrupted.
        """
        return read_limits(self._store)

    def set_limits(self, limits: CostLimits) -> None:
        """Keep other limits from now on.

        Raises:
            InvalidInput: if the argument is not ``CostLimits``.
            WalletError: if another process keeps the file locked.
        """
        write_limits(self._store, require_instance("limits", limits, CostLimits))

    # --- proofs ---------------------------------------------------------------------------------

    def addressee(self, verifier_key: bytes) -> str:
        """Return this wallet's name in one verifier's signed requests, 64 hexadecimal digits.

        Each verifier's key gets another name, and nobody can link the names.

        Args:
            verifier_key: the verifier's Ed25519 public key, 32 bytes.

        Raises:
            InvalidInput: if it is not 32 bytes.
        """
        return self._seed.addressee(verifier_key)

    def prove(
        self,
        request: Request,
        source: str | LedgerAccount | HistoryTree,
        *,
        proving_key: ProvingKey,
        registry: RegistrySnapshot | None = None,
        scorecard: Scorecard | None = None,
        history: HistoryTree | None = None,
        threads: int | None = None,
        now: int | None = None,
    ) -> Presentation:
        """Answer a request.

        Show ``request.in_words()`` to the borrower first: to call this method is to agree. Every
        reason for which the proof would fail is found before proving, and only the borrower sees
        it. The log has the entry before the presentation is returned.

        Args:
            request: what the verifier asks for; ``LoanMarketClient.request`` makes a market's.
            source: id of a credential in this wallet, the account that ``ledger.read`` returned,
                or the history tree if the request is about a record alone (``TreeCopy.tree``).
            proving_key: the key of the request's statement, and of its scorecard if it names one.
            registry: the issuers that the verifier accepts; needed for a credential.
            scorecard: the model that the request names; the bundled one by default.
            history: the history tree, if the request is about a credential and a record.
            threads: the number of threads; all by default.
            now: the time of the check in Unix seconds. By default the present, or for a loan the
                time that the market named, because a chain has its own clock.

        Warns:
            UnsafeKeyWarning: if somebody can forge proofs under the key.

        Raises:
            ExpiredRequest: if the request has expired.
            CostAboveLimit: if the loan costs more than the holder's limits allow.
            ExpiredCredential: if the credential is not valid at the policy's time.
            NotEligible: if the data do not meet the policy; the error says by how much.
            UnknownIssuer: if the registry does not have the credential's issuer.
            RevokedCredential: if the issuer revoked the credential.
            LedgerError: if an entry of the account cannot be used, or entries are missing.
            UnsafeKey: if the key is broken, or belongs to another statement or scorecard.
            InvalidInput: if an argument is not acceptable, or a signed request is addressed to
                another wallet.
        """
        # numpy and the kernel are loaded by the first proof, not when a wallet is opened
        from zkcredit.groth16.prover import prove, require_circuit

        require_instance("the request", request, Request)
        if now is None:
            now = units.now() if isinstance(request, ProofRequest) else request.policy.now
        request.require_open(now)
        self._require_addressed(request)
        if (costs := request.costs()) is not None:
            self.limits.require_within(costs)
        if isinstance(source, LedgerAccount) != (request.statement == LEDGER_ELIGIBILITY):
            about = ["a credential", "a ledger account"]
            asked, given = about[::-1] if request.statement == LEDGER_ELIGIBILITY else about
            raise InvalidInput(
                f"the request asks for {request.statement}, about {asked}; it was given {given}"
            )
        model = scorecard_of(request, scorecard)
        if isinstance(source, LedgerAccount):
            name = "ledger account"
            circuit, values = ledger_witness(request, self._seed.account_key, source)
        elif request.statement == HISTORY:
            name = "record"
            if isinstance(source, str):
                raise InvalidInput("a proof about a record needs the history tree, no credential")
            circuit, values = history_witness(request, self._seed.holder_secret, source)
        else:
            name = require_text("credential_id", source)
            credential = self.credential(name)
            if registry is None:
                raise InvalidInput("a proof about a credential needs the verifier's registry")
            circuit, values = credential_witness(
                request, self._seed.holder_secret, credential, registry, model, history=history
            )
        require_circuit(proving_key, circuit.system)
        # prove() verifies the proof before it returns it
        proof = prove(proving_key, circuit.witness(values), threads)
        presentation = Presentation(
            request.statement, public_inputs(request.statement, values), proof, request.scorecard
        )
        write_log(
            self._store,
            Consent(
                time=units.now(),
                verifier=request.verifier,
                purpose=_purpose(request),
                credential_id=name,
                conditions=_conditions(request),
                context=request.context,
                scope=request.scope,
                nullifier=presentation.pseudonym,
                expires_at=request.expires_at,
                costs=costs_of(costs),
            ),
        )
        # not to whom or what about: a program's log is read by others than its user
        _LOG.info("answered a request for %s", request.statement)
        return presentation

    def claim_record(
        self,
        bureau: str,
        *,
        chain_id: int,
        attestor: Point,
        proving_key: ProvingKey,
        valid_for: int = units.DAY,
        now: int | None = None,
    ) -> RecordClaim:
        """Show an attestor which record at a bureau is this wallet's, for a credential about it.

        Show ``claim_in_words`` to the borrower first: to call this method is to agree. The log has
        the entry before the claim is returned.

        Args:
            bureau: address of the bureau.
            chain_id: EIP-155 number of its chain.
            attestor: public key of the issuer who will attest.
            proving_key: the key of ``same_holder``.
            valid_for: seconds for which the attestor may use it.
            now: time of the claim, Unix seconds; the present by default.

        Warns:
            UnsafeKeyWarning: if somebody can forge proofs under the key.

        Raises:
            InvalidInput: if an argument is not acceptable.
            OutOfRange: if a number is outside its range.
            UnsafeKey: if the key is broken, or belongs to another statement.
        """
        from zkcredit.wallet.claiming import claim_of, entry_of

        claim = claim_of(
            self._seed.holder_secret,
            self.card,
            bureau=bureau,
            chain_id=chain_id,
            attestor=attestor,
            expires_at=(units.now() if now is None else now) + valid_for,
            proving_key=proving_key,
        )
        write_log(self._store, entry_of(claim))
        _LOG.info("claimed a record")
        return claim

    def consents(self) -> list[Consent]:
        """Return the log of what was shown, oldest entry first.

        Raises:
            DamagedFile: if the file is corrupted.
        """
        return read_log(self._store)

    def _require_addressed(self, request: Request) -> None:
        if not isinstance(request, ProofRequest) or not request.signed_by:
            return
        if request.addressee != self.addressee(request.signed_by):
            raise InvalidInput(
                "this signed request is addressed to another wallet: whoever passed it on "
                "could show your answer as their own"
            )


def _conditions(request: Request) -> dict[str, int]:
    asked = request.history if isinstance(request, LoanRequest) else None
    return request.policy.conditions() | ({} if asked is None else asked.conditions())


def _purpose(request: Request) -> str:
    if request.arbiters is None:
        return request.purpose
    return f"{request.purpose}; your reference is escrowed to arbiters, who open it on default"


def _intact(read: Callable[[bytes], T], text: bytes) -> T:
    try:
        return read(text)
    except InvalidInput:
        raise DamagedFile("the wallet was written by another version of zkcredit") from None
