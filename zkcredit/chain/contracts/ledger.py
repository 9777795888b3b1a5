"""The credit ledger on chain: proved entries of issuers, their sum, and when it takes effect.

The contract keeps hash chains of an account's issuers and of each issuer's entries. The entries
themselves follow from the ledger's events; this client makes the chains again and compares them, so
that a node that hides or invents an entry is noticed. See ``ICreditLedger.sol`` for what the
contract guarantees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import account_address, address_word, keccak256, words
from zkcredit.chain.contracts.contract import AdministeredClient, deploy_contract
from zkcredit.chain.contracts.events import EntryAdded, IssuersNamed
from zkcredit.chain.contracts.verifier import deploy_verifier
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.chain.sending.transactions import step
from zkcredit.errors import ChainError, InvalidInput, LedgerError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import EMPTY, Ciphertext, require_account_key
from zkcredit.ledger.account import PostedEntry
from zkcredit.ledger.card import account_number
from zkcredit.ledger.proved import LEDGER_ENTRY, EntryPlace, ProvedEntry, issuers_hash
from zkcredit.schema import PUBLIC_INPUTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16 import Endorsement
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["AccountState", "CreditLedgerClient", "account_number", "deploy_ledger"]

_DAY: Final = 86_400
_CHAIN_BYTES: Final = 25
_HASH_BYTES: Final = 26
_READINGS: Final = 3
_OTHER_STATE: Final = "the node's events do not lead to the ledger's state; use another node"


class _Made(NamedTuple):
    """One entry of an issuer, with the issuer's hash chain before it."""

    epoch: int
    before: bytes
    ciphertext: Ciphertext

    def chain(self) -> bytes:
        return _link(self.before, self.epoch, _digest(self.ciphertext))


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account as the ledger's events give it.

    Attributes:
        account: its number.
        made: each issuer's address → all its entries, in the order of the first entries.
        last_epoch: epoch of the last entry; 0 without entries.
        prior_epoch: epoch of the last entry before that epoch; 0 without one.
    """

    account: int
    made: Mapping[str, tuple[_Made, ...]]
    last_epoch: int
    prior_epoch: int

    @property
    def entries(self) -> dict[str, Ciphertext]:
        """Each issuer's address → its entry at present, in the order of the first entries."""
        return {issuer: made[-1].ciphertext for issuer, made in self.made.items()}

    @property
    def latest(self) -> Ciphertext:
        """The total of all entries, those that do not count yet included."""
        return _sum(self.entries.values())

    def in_effect(self, epoch: int, issuers: Sequence[str] | None = None) -> Ciphertext:
        """Return the total that counts in an epoch that is not before the last entry's.

        Args:
            epoch: the epoch.
            issuers: whose entries count; all by default.
        """
        names = list(self.made) if issuers is None else issuers
        settled = (_settled(self.made.get(name, ()), epoch) for name in names)
        return _sum(made[-1].ciphertext for made in settled if made)

    def parts(self, epoch: int, issuers: Sequence[str] | None = None) -> list[tuple[Any, ...]]:
        """``ICreditLedger.Part`` of each issuer, as ``snapshot`` wants them in this epoch."""
        names = list(self.made) if issuers is None else sorted(issuers, key=str.lower)
        return [_part(name, self.made.get(name, ()), epoch) for name in names]

    def issuers_chain(self) -> bytes:
        """Return the hash chain of the issuers that the contract keeps: 25 bytes."""
        chain = bytes(_CHAIN_BYTES)
        for issuer in self.made:
            encoded = chain.ljust(32, b"\0") + address_word("the issuer", issuer)
            chain = keccak256(encoded)[:_CHAIN_BYTES]
        return chain


class CreditLedgerClient(AdministeredClient):
    """A ``CreditLedger`` contract."""

    contract = "CreditLedger"

    def verifier(self) -> str:
        """Address of the verifier of the statement ``ledger_entry``."""
        return str(self._read("verifier"))

    def epoch_length(self) -> int:
        """Length of an epoch in seconds."""
        return int(self._read("epochLength"))

    def currency(self) -> int:
        """ISO 4217 number of the currency of all amounts."""
        return int(self._read("currency"))

    def current_epoch(self) -> int:
        """Return the number of the epoch of the latest block."""
        return int(self._read("currentEpoch"))

    def is_issuer(self, address: str) -> bool:
        """Return whether this account may make entries."""
        return bool(self._read("hasRole", self._read("ISSUER_ROLE"), checksum(address)))

    def successor_of(self, issuer: str) -> str | None:
        """Return who makes entries in the place of a dismissed issuer, or None."""
        found = str(self._read("successorOf", checksum(issuer)))
        return found if int(found, 16) else None

    def place(self, account: Point, issuer: str) -> EntryPlace:
        """Return where an issuer's next entry in an account is to stand: what its proof is made
        for.

        Raises:
            InvalidInput: if the account is not a point of prime order, or the address is malformed.
        """
        require_account_key(account)
        count = self._slot(account_number(account), checksum(issuer))[0]
        return EntryPlace(self.node.chain_id, self.address, count)

    def account(self, account: Point) -> AccountState:
        """Return the state of a borrower's account from its events, checked with the contract.

        Raises:
            InvalidInput: if it is not a point of prime order.
            ChainError: if the node's events do not lead to the contract's chains.
        """
        require_account_key(account)
        for _ in range(_READINGS):  # an entry may arrive between the two requests
            state = self._proven(account_number(account), self.envelopes(account))
            if state is not None:
                return state
        raise ChainError(_OTHER_STATE)

    def envelopes(self, account: Point) -> list[EntryAdded]:
        """Return every entry ever made in an account, also the replaced ones, in order.

        Each has the envelope from which the borrower's wallet reads the amounts.
        """
        number = account_number(account)
        topics = (None, number.to_bytes(32, "big"))
        return [
            event
            for event in self.events(since=self.since, topics=topics)
            if isinstance(event, EntryAdded) and event.account == number
        ]

    def read(self, account: Point) -> tuple[list[PostedEntry], AccountState, int]:
        """Return all posted entries, the account's state and the epoch, for a borrower's wallet.

        The entries lead to the contract's state, so none is missing or invented.

        Raises:
            InvalidInput, ChainError: if ``account`` raises it.
        """
        require_account_key(account)
        for _ in range(_READINGS):
            epoch = self.current_epoch()
            events = self.envelopes(account)
            state = self._proven(account_number(account), events)
            if state is not None and epoch == self.current_epoch():
                return [_posted(event) for event in events], state, epoch
        raise ChainError(_OTHER_STATE)

    def total_in_effect(self, account: Point, issuers: Sequence[str] | None = None) -> Ciphertext:
        """Return the account's total in effect from the ledger's events, for a request.

        Args:
            account: the borrower's account.
            issuers: whose entries count; all by default.

        Raises:
            LedgerError: if no entry of those counts yet.
            InvalidInput, ChainError: if ``account`` raises it.
        """
        _, state, epoch = self.read(account)
        total = state.in_effect(epoch, issuers)
        if total == EMPTY:
            raise LedgerError("the account has no entry that counts yet")
        return total

    def in_effect(self, account: Point, issuers: str = "") -> Ciphertext:
        """Return the ciphertext that the gates use, from the contract's last snapshot.

        Args:
            account: the borrower's account.
            issuers: hash of the issuers whose entries count; everybody's by default.

        Raises:
            TransactionReverted: if the contract answers with NoSnapshot; call ``snapshot`` first.
        """
        _, (c1, c2) = self._read("inEffect", account_number(account), _hash_word(issuers))
        return Ciphertext(Point(*c1), Point(*c2))

    def issuers_named(self, issuers: str) -> tuple[str, ...]:
        """Return the issuers that a product names by their hash, from the ledger's events.

        Raises:
            LedgerError: if nobody published the list at this ledger.
        """
        for event in self.events(
            since=self.since, topics=(None, _hash_word(issuers).ljust(32, b"\0"))
        ):
            if isinstance(event, IssuersNamed):
                members = tuple(checksum(member) for member in event.members)
                if issuers_hash(members) == issuers:
                    return members
        raise LedgerError(
            "nobody published the list of issuers that the product names; ask the lender for it, "
            "and publish it at the ledger"
        )

    def post(
        self, proved: ProvedEntry, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> EntryAdded:
        """Post what an issuer proved (``zkcredit.Issuer.ledger``). Issuers only.

        Raises:
            InvalidInput: if it is for another sender to post, for another place, or has the
                randomness of another entry of the account; prove it again.
            TransactionReverted: if the contract answers with ProofInvalid, EntriesTooMany,
                AccountFull, or not an issuer.
        """
        return self.post_many([proved], by=by, idempotency_key=idempotency_key)[0]

    def post_many(
        self,
        proved: Sequence[ProvedEntry],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> list[EntryAdded]:
        """Post many entries in one transaction; cheaper from two on. Issuers only.

        One that the contract refuses refuses all of them. An EIP-7825 transaction holds about 130.

        Args:
            proved: the entries. If several are of one issuer in one account, each is for the place
                after the one before.
            by: the issuer, or the successor of a dismissed one.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput, TransactionReverted: if ``post`` raises it.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            # The checks below would find the entries themselves.
            return self._added(by.wait(idempotency_key))
        if not proved:
            raise InvalidInput("give at least one entry")
        self._require_places(proved, by)
        submissions = [_submission(one) for one in proved]
        own = gas.LIMITS["CreditLedger.addEntry"]
        if len(proved) == 1:
            limit = gas.proof_gas(len(PUBLIC_INPUTS[LEDGER_ENTRY]), own)
            call: tuple[str, Any] = ("addEntry", submissions[0])
        else:
            limit = gas.batch_gas(len(proved), own)
            call = ("addEntries", submissions)
        receipt = self._send(by, *call, idempotency_key=idempotency_key, gas_limit=limit)
        return self._added(receipt)

    def snapshot(
        self,
        account: Point,
        *,
        by: TransactionSender,
        issuers: Sequence[str] | None = None,
        idempotency_key: str | None = None,
    ) -> Ciphertext:
        """Write the ciphertext in effect into storage for the gates, and return it.

        Anybody may do this.

        Args:
            account: the borrower's account.
            by: who pays.
            issuers: whose entries are summed; everybody's by default.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with NothingInEffect, or with
                IssuersInvalid or PartInvalid when an entry came in between.
        """
        _, state, epoch = self.read(account)
        named = "" if issuers is None else issuers_hash(issuers)
        parts = state.parts(epoch, issuers)
        limit = gas.limit_for("CreditLedger.snapshot", rows=10 * len(parts))
        self._send(
            by,
            "snapshot",
            account,
            _hash_word(named),
            parts,
            idempotency_key=idempotency_key,
            gas_limit=limit,
        )
        return self.in_effect(account, named)

    def name_issuers(
        self,
        issuers: Sequence[str],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> str:
        """Publish a list of issuers, and return the hash by which products name it. Anybody may.

        Raises:
            InvalidInput: if an address is malformed or named twice, or there are none or more than
                256.
        """
        named = issuers_hash(issuers)
        ordered = sorted((checksum(issuer) for issuer in issuers), key=str.lower)
        limit = gas.limit_for("CreditLedger.nameIssuers", rows=2 * len(ordered))
        self._send(by, "nameIssuers", ordered, idempotency_key=idempotency_key, gas_limit=limit)
        return named

    def accept_issuer(
        self, address: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Allow an account to make entries. Admin only.

        Raises:
            InvalidInput: if the address is malformed or 0.
            TransactionReverted: if the sender is not the admin.
        """
        issuer = account_address("the issuer", address)
        role = self._read("ISSUER_ROLE")
        return self._send(by, "grantRole", role, issuer, idempotency_key=idempotency_key)

    def dismiss_issuer(
        self, address: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Refuse further entries from an account; those that it made stay. Admin only."""
        role = self._read("ISSUER_ROLE")
        return self._send(
            by, "revokeRole", role, checksum(address), idempotency_key=idempotency_key
        )

    def name_successor(
        self,
        issuer: str,
        successor: str,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Let an accepted issuer make entries in the place of a dismissed one. Admin only.

        Raises:
            TransactionReverted: if the contract answers with IssuerNotDismissed.
        """
        return self._send(
            by,
            "nameSuccessor",
            checksum(issuer),
            checksum(successor),
            idempotency_key=idempotency_key,
        )

    def _slot(self, number: int, issuer: str) -> tuple[int, int, int, bytes]:
        count, epoch, in_epoch, chain = self._read("slotOf", number, issuer)
        return int(count), int(epoch), int(in_epoch), bytes(chain)

    def _added(self, receipt: Receipt) -> list[EntryAdded]:
        self.node.has_seen(receipt)
        found = [event for event in self.events_of(receipt) if isinstance(event, EntryAdded)]
        if not found:
            raise ChainError("the transaction has no EntryAdded")
        return found

    def _require_places(self, proved: Sequence[ProvedEntry], by: TransactionSender) -> None:
        counts: dict[tuple[int, str], int] = {}
        seen: dict[int, set[int]] = {}
        for one in proved:
            sealed = require_instance("the entry", one, ProvedEntry).sealed
            issuer, number = sealed.issuer, sealed.number
            if issuer != by.address and self.successor_of(issuer) != by.address:
                raise InvalidInput(f"this entry is for {issuer} to post, not for {by.address}")
            known = counts.get((number, issuer))
            count = self._slot(number, issuer)[0] if known is None else known
            here = (self.node.chain_id, self.address, count)
            if (one.place.chain_id, one.place.ledger, one.place.count) != here:
                raise InvalidInput(
                    "the entry was proved for another place, or one was made since; prove it again"
                )
            counts[number, issuer] = count + 1
            if number not in seen:
                events = self.envelopes(sealed.account)
                seen[number] = {event.entry[0][1] for event in events}
            # points with the same y are equal or opposite; the contract does not see this
            if sealed.ciphertext.c1.y in seen[number]:
                raise InvalidInput(
                    "another entry of the account has the same randomness, so everybody could "
                    "compute the difference of the two; encrypt again"
                )
            seen[number].add(sealed.ciphertext.c1.y)

    def _proven(self, number: int, events: Iterable[EntryAdded]) -> AccountState | None:
        last, prior, others, chain = self._read("headOf", number)
        state = _replay(number, events)
        mine = (state.last_epoch, state.prior_epoch, max(len(state.made) - 1, 0))
        if mine != (last, prior, others) or state.issuers_chain() != bytes(chain):
            return None
        for issuer, made in state.made.items():
            count, _, _, chained = self._slot(number, issuer)
            if (len(made), made[-1].chain()) != (count, chained):
                return None
        return state


def deploy_ledger(
    node: Node,
    entry_key: VerifyingKey,
    *,
    currency: int,
    by: TransactionSender,
    admin: str | None = None,
    epoch_length: int = _DAY,
    endorsement: Endorsement | None = None,
    idempotency_key: str | None = None,
) -> CreditLedgerClient:
    """Deploy a ledger, and the verifier of its entries.

    Args:
        node: the chain.
        entry_key: verifying key of the statement ``ledger_entry``.
        currency: ISO 4217 number of the currency of all amounts.
        by: the account that pays, and the admin by default.
        admin: names the issuers; a multisig in production.
        epoch_length: seconds, ten minutes to thirty days. A proof is valid for at most this time,
            and an entry waits for at most this time.
        endorsement: see ``deploy_verifier``.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        UnsafeKey: if ``deploy_verifier`` raises it.
        TransactionReverted: if the contract answers with EpochLengthInvalid, VerifierUnsuitable.
    """
    require_uint("epoch_length", epoch_length, 256)
    require_uint("currency", currency, 16)
    verifier = deploy_verifier(
        node,
        entry_key,
        by=by,
        endorsement=endorsement,
        idempotency_key=step(idempotency_key, "entries"),
    )
    address, receipt = deploy_contract(
        "CreditLedger",
        verifier.address,
        account_address("the admin", by.address if admin is None else admin),
        epoch_length,
        currency,
        by=by,
        idempotency_key=idempotency_key,
    )
    return CreditLedgerClient(node, address, since=receipt.block)


def _hash_word(issuers: str) -> bytes:
    return bytes.fromhex(issuers).rjust(_HASH_BYTES, b"\0")


def _submission(proved: ProvedEntry) -> tuple[Any, ...]:
    sealed = proved.sealed
    proof = tuple(proved.proof.to_words())
    return (sealed.account, sealed.issuer, sealed.ciphertext, proof, sealed.envelope)


def _posted(event: EntryAdded) -> PostedEntry:
    c1, c2 = event.entry
    return PostedEntry(
        issuer=checksum(event.issuer),
        epoch=event.epoch,
        ciphertext=Ciphertext(Point(*c1), Point(*c2)),
        envelope=event.envelope,
    )


def _replay(number: int, events: Iterable[EntryAdded]) -> AccountState:
    made: dict[str, tuple[_Made, ...]] = {}
    last = prior = 0
    for event in events:
        before = made.get(event.issuer, ())
        if event.number != len(before) or event.epoch < last:
            raise ChainError("the node's events of the account do not follow from each other")
        if event.epoch != last:
            prior, last = last, event.epoch
        entry = Ciphertext(Point(*event.entry[0]), Point(*event.entry[1]))
        if not all(babyjub.is_on_curve(point) for point in entry):
            raise ChainError("the node reports an entry that a ledger would refuse")
        chain = before[-1].chain() if before else bytes(_CHAIN_BYTES)
        made[event.issuer] = (*before, _Made(event.epoch, chain, entry))
    return AccountState(number, made, last, prior)


def _settled(made: Sequence[_Made], epoch: int) -> list[_Made]:
    return [one for one in made if one.epoch < epoch]


def _part(issuer: str, made: Sequence[_Made], epoch: int) -> tuple[Any, ...]:
    settled = _settled(made, epoch)
    pending = [_digest(one.ciphertext) for one in made[len(settled) :]]
    if not settled:
        nothing = ((0, 0), (0, 0))
        return (issuer, 0, bytes(_CHAIN_BYTES), nothing, pending)
    present = settled[-1]
    return (issuer, present.epoch, present.before, present.ciphertext, pending)


def _link(chain: bytes, epoch: int, digest: bytes) -> bytes:
    return keccak256(chain.ljust(32, b"\0") + words(epoch) + digest)[:_CHAIN_BYTES]


def _digest(ciphertext: Ciphertext) -> bytes:
    return keccak256(words(*ciphertext.c1, *ciphertext.c2))


def _sum(entries: Iterable[Ciphertext]) -> Ciphertext:
    # Every entry was proved, so its points are in the subgroup: no need to look at each again.
    total = EMPTY
    for entry in entries:
        total = Ciphertext(*(babyjub.add(p, q) for p, q in zip(total, entry, strict=True)))
    return total
