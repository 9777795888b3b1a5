"""The credit ledger on chain: issuers' encrypted entries, their sum, and when it takes effect.

The contract stores a digest of each account's state. The state follows from the ledger's events:
this client adds the ciphertexts and compares the digest, and so detects a node that hides or
invents an entry. See ``ICreditLedger.sol`` for what the contract guarantees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import keccak256, words
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.contracts.events import EntryAdded, EntryReplaced
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, LedgerError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import (
    EMPTY,
    Ciphertext,
    require_account_key,
    require_ciphertext,
)
from zkcredit.ledger.account import PostedEntry
from zkcredit.ledger.card import account_number
from zkcredit.ledger.sealed import SealedEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["AccountState", "CreditLedgerClient", "account_number", "deploy_ledger"]

_DAY: Final = 86_400
_DIGEST_BYTES: Final = 26
_MAX_ENVELOPE: Final = 1024
_READINGS: Final = 3
_OTHER_STATE: Final = "the node's events do not lead to the ledger's state; use another node"


@dataclass(frozen=True, slots=True)
class AccountState:
    """An account's state according to the ledger's events.

    Attributes:
        account: its number.
        entries: each issuer's address → its present entry, in the order of the first entries.
        base: the total before the epoch of the last entry.
        latest: the total of all entries.
        last_epoch: epoch of the last entry; 0 without entries.
    """

    account: int
    entries: Mapping[str, Ciphertext]
    base: Ciphertext
    latest: Ciphertext
    last_epoch: int

    def in_effect(self, epoch: int) -> Ciphertext:
        """Return the total that counts in an epoch, which must not precede the last entry's."""
        return self.latest if self.last_epoch < epoch else self.base

    def opening(self) -> tuple[int, Ciphertext, Ciphertext]:
        """``ICreditLedger.Opening``."""
        return len(self.entries), self.base, self.latest

    def digest(self) -> bytes:
        """Return the digest that the contract stores: 26 bytes, all zero without entries."""
        if not self.entries:
            return bytes(_DIGEST_BYTES)
        ciphertexts = (*_coordinates(self.base), *_coordinates(self.latest))
        return keccak256(words(len(self.entries), *ciphertexts))[:_DIGEST_BYTES]


class CreditLedgerClient(ContractClient):
    """A ``CreditLedger`` contract."""

    contract = "CreditLedger"

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

    def account(self, account: Point) -> AccountState:
        """Return the state of a borrower's account from its events, checked with the contract.

        Raises:
            InvalidInput: if it is not a point of prime order.
            ChainError: if the node's events do not lead to the contract's digest.
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

    def total_in_effect(self, account: Point) -> Ciphertext:
        """Return the account's total in effect from the ledger's events, for a request.

        Raises:
            LedgerError: if no entry of the account counts yet.
            InvalidInput, ChainError: if ``account`` raises it.
        """
        _, state, epoch = self.read(account)
        total = state.in_effect(epoch)
        if total == EMPTY:
            raise LedgerError("the account has no entry that counts yet")
        return total

    def in_effect(self, account: Point) -> Ciphertext:
        """Return the ciphertext that the gates use, from the contract's last snapshot.

        Raises:
            TransactionReverted: if the contract answers with NoSnapshot; call ``snapshot`` first.
        """
        _, (c1, c2) = self._read("inEffect", account_number(account))
        return Ciphertext(Point(*c1), Point(*c2))

    def enter(
        self,
        account: Point,
        entry: Ciphertext,
        envelope: bytes,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> EntryAdded:
        """Make or replace the sender's entry in an account. Issuers only.

        Args:
            account: the borrower's account.
            entry: the ciphertext, with fresh randomness.
            envelope: the amounts, sealed to the borrower's wallet; 1 to 1024 bytes.
            by: the issuer.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if the account, the entry or the envelope is not acceptable, or an entry
                of the account has the same randomness.
            TransactionReverted: if the contract answers with OpeningStale because another issuer
                was faster (try again under a new idempotency key), RandomnessReused or AccountFull,
                or the sender is not an issuer.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            # The checks below would find the entry itself.
            return self._one(by.wait(idempotency_key), EntryAdded)
        require_ciphertext(entry)
        if not isinstance(envelope, bytes) or not 0 < len(envelope) <= _MAX_ENVELOPE:
            raise InvalidInput(f"an envelope must have 1 to {_MAX_ENVELOPE} bytes")
        posted, state, _ = self.read(account)
        # the contract compares only with the issuer's own entry
        if any(entry.c1.y == known.ciphertext.c1.y for known in posted):
            raise InvalidInput(
                "another entry of the account has the same randomness, so everybody could compute "
                "the difference of the two; encrypt again"
            )
        previous = state.entries.get(by.address)
        total = _moved(state.latest, previous, entry)
        function = "addEntry" if previous is None else "replaceEntry"
        entries = [entry] if previous is None else [previous, entry]
        receipt = self._send(
            by,
            function,
            account,
            *entries,
            state.opening(),
            total,
            envelope,
            idempotency_key=idempotency_key,
        )
        return self._one(receipt, EntryAdded)

    def post(
        self, sealed: SealedEntry, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> EntryAdded:
        """Post an entry that an issuer sealed (``zkcredit.Issuer.ledger``). Issuers only.

        Raises:
            InvalidInput: if the entry was sealed for another sender, so that its envelope would not
                open, or ``enter`` raises it.
            TransactionReverted: if ``enter`` raises it.
        """
        require_instance("the entry", sealed, SealedEntry)
        if sealed.issuer != by.address:
            raise InvalidInput(f"this entry is for {sealed.issuer} to post, not for {by.address}")
        ciphertext, envelope = sealed.ciphertext, sealed.envelope
        return self.enter(
            sealed.account, ciphertext, envelope, by=by, idempotency_key=idempotency_key
        )

    def snapshot(
        self, account: Point, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Ciphertext:
        """Write the ciphertext in effect into storage for the gates, and return it.

        Anybody may do this.

        Raises:
            TransactionReverted: if the contract answers with NothingInEffect, or with OpeningStale
                because an entry was faster.
        """
        opening = self.account(account).opening()
        self._send(by, "snapshot", account, opening, idempotency_key=idempotency_key)
        return self.in_effect(account)

    def accept_issuer(
        self, address: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Allow an account to make entries. Admin only."""
        role = self._read("ISSUER_ROLE")
        return self._send(by, "grantRole", role, checksum(address), idempotency_key=idempotency_key)

    def dismiss_issuer(
        self, address: str, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Refuse further entries from an account; those that it made stay. Admin only."""
        role = self._read("ISSUER_ROLE")
        return self._send(
            by, "revokeRole", role, checksum(address), idempotency_key=idempotency_key
        )

    def _proven(self, number: int, events: Iterable[EntryAdded]) -> AccountState | None:
        last_epoch, _prior, digest = self._read("headOf", number)
        state = _replay(number, events)
        return state if (state.last_epoch, state.digest()) == (last_epoch, digest) else None


def deploy_ledger(
    node: Node,
    *,
    currency: int,
    by: TransactionSender,
    admin: str | None = None,
    epoch_length: int = _DAY,
    idempotency_key: str | None = None,
) -> CreditLedgerClient:
    """Deploy a ledger.

    Args:
        node: the chain.
        currency: ISO 4217 number of the currency of all amounts.
        by: the account that pays, and the admin by default.
        admin: names the issuers; a multisig in production.
        epoch_length: seconds, ten minutes to thirty days. A proof is valid for at most this time,
            and an entry waits for at most this time.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        TransactionReverted: if the contract answers with EpochLengthInvalid.
    """
    address, receipt = deploy_contract(
        "CreditLedger",
        checksum(admin or by.address),
        require_uint("epoch_length", epoch_length, 256),
        require_uint("currency", currency, 16),
        by=by,
        idempotency_key=idempotency_key,
    )
    return CreditLedgerClient(node, address, since=receipt.block)


def _posted(event: EntryAdded) -> PostedEntry:
    c1, c2 = event.entry
    return PostedEntry(
        issuer=checksum(event.issuer),
        epoch=event.epoch,
        ciphertext=Ciphertext(Point(*c1), Point(*c2)),
        envelope=event.envelope,
    )


def _replay(number: int, events: Iterable[EntryAdded]) -> AccountState:
    entries: dict[str, Ciphertext] = {}
    base = latest = EMPTY
    last_epoch = 0
    for event in events:
        entry = Ciphertext(Point(*event.entry[0]), Point(*event.entry[1]))
        known = event.issuer in entries
        if isinstance(event, EntryReplaced) != known:
            raise ChainError("the node's events of the account do not follow from each other")
        if event.epoch != last_epoch:
            base, last_epoch = latest, event.epoch
        try:
            latest = _moved(latest, entries.get(event.issuer), entry)
        except InvalidInput:
            raise ChainError("the node reports an entry that a ledger would refuse") from None
        entries[event.issuer] = entry
    return AccountState(number, entries, base, latest, last_epoch)


def _moved(total: Ciphertext, previous: Ciphertext | None, entry: Ciphertext) -> Ciphertext:
    # Not elgamal.add: the statement refuses a torsion part in an issuer's entry, but it must not
    # prevent others from reading the account or adding to it.
    moved = Ciphertext(*(babyjub.add(p, q) for p, q in zip(total, entry, strict=True)))
    if previous is None:
        return moved
    pairs = zip(moved, previous, strict=True)
    return Ciphertext(*(babyjub.add(p, babyjub.neg(q)) for p, q in pairs))


def _coordinates(ciphertext: Ciphertext) -> tuple[int, ...]:
    return (*ciphertext.c1, *ciphertext.c2)
