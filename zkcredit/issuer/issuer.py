"""An issuer: it signs credentials, keeps one holder for each person, revokes and publishes.

One vault (``zkcredit.storage.vault``) holds everything that an issuer must remember: its signing
key, the key of its person tags, the holder of each person, and which revocation ids were issued
and revoked. It does not hold the attributes, which are in the issuer's own books.

Several threads may use one issuer, so a server opens it once.

The issuer knows a person by ``person_tag``: an HMAC of its own identifier of that person (a
customer number, an identity document) under a key that never leaves the vault. At one issuer a
person has one holder, and a holder belongs to one person. Nothing connects holders across issuers:
a person who finds a second issuer that does not know them can get a second holder. Registrars
allow only issuers that see the same identity document, or they accept this.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from dataclasses import asdict, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, Self

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_path, require_text, require_uint
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import (
    CredentialError,
    DamagedFile,
    ExpiredCredential,
    InvalidInput,
    OutOfRange,
    RevokedCredential,
    WalletError,
)
from zkcredit.gadgets import eddsa
from zkcredit.gadgets.eddsa import SigningKey
from zkcredit.issuer.orders import (
    VALID_FOR,
    IssuedCredential,
    IssueOrder,
    IssueOutcome,
    require_person,
)
from zkcredit.registry import RevocationList
from zkcredit.schema import ID_BITS, TIME_BITS
from zkcredit.shared_vault import SharedVault

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from pathlib import Path

    from zkcredit.envelope import HolderCard
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.ledger.book import LedgerBook
    from zkcredit.record import CreditRecord
    from zkcredit.scoring.scored_record import ScoredRecord
    from zkcredit.storage.password_lock import KdfCost
    from zkcredit.storage.vault import Record

__all__ = ["LISTED_AFTER_EXPIRY", "Issuer"]

_RESERVE: Final = 1 << 25  # bytes that only revocations may fill
_GROUP: Final = 64  # orders that one transaction writes down
_LAST_LIST: Final = ("published", "time")  # kind and id of the record
_ORDER: Final = "order"  # kind of the records of orders that a batch has issued for

LISTED_AFTER_EXPIRY: Final = units.DAY
"""Seconds for which a revoked id stays on the list after its credential expired.

The time in a proof may be a little behind the verifier's. If an id left the list at the second of
its expiry, a proof with a time just before that second would pass.
"""


class Issuer:
    """An issuer whose vault is open; make one with ``create`` or ``open``.

    Use it as a context manager, or call ``close``. Any thread of the process that opened it may use
    it; a forked process opens the file for itself. ``repr`` shows the public key only.
    """

    def __init__(self, vault: SharedVault, key: SigningKey, tag_key: bytes) -> None:
        self._vault = vault
        self._key = key
        self._tag_key = tag_key

    @classmethod
    def create(cls, path: Path | str, password: str, *, cost: KdfCost | None = None) -> Self:
        """Make a new issuer with a new key.

        Args:
            path: path of the new vault; it must not exist.
            password: opens the vault; without it the content is lost.
            cost: the cost of one guess of the password; about half a second if None.

        Raises:
            InvalidInput: if the path exists already or cannot be written, or the password is
                empty.
        """
        seed, tag_key = secrets.token_bytes(32), secrets.token_bytes(32)
        records = [("key", "signing", seed), ("key", "person-tag", tag_key)]
        vault = SharedVault.create(require_path("path", path), "issuer", password, records, cost)
        return cls(vault, SigningKey(seed), tag_key)

    @classmethod
    def open(cls, path: Path | str, password: str) -> Self:
        """Open an existing issuer.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not an issuer's vault, or it is corrupted.
            InvalidInput: if the file does not exist, or the password is empty.
            WalletError: if another process keeps the file locked.
        """
        vault = SharedVault.open(require_path("path", path), "issuer", password)
        try:
            seed, tag_key = vault.get("key", "signing"), vault.get("key", "person-tag")
            if seed is None or tag_key is None or len(seed) != 32 or len(tag_key) != 32:
                raise DamagedFile("the issuer's keys are missing; restore the file from a backup")
        except BaseException:
            vault.close()
            raise
        return cls(vault, SigningKey(seed), tag_key)

    def __repr__(self) -> str:
        return f"Issuer(public_key={self.public_key})"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._vault.close()

    @property
    def public_key(self) -> Point:
        """The key that registries list."""
        return eddsa.public_key(self._key)

    def change_password(self, old: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Change the password of the vault. Older copies of the file keep the old password.

        Raises:
            WrongPassword: if ``old`` does not open the file.
            InvalidInput: if ``new`` is empty.
        """
        self._vault.change_password(old, new, cost)

    def person_tag(self, person: str) -> int:
        """Return this issuer's tag of a person, below 2^248.

        Args:
            person: the issuer's identifier of the person, at most 256 characters. Normalise it
                before: ``"DE-1"`` and ``"de-1"`` are two persons.

        Raises:
            InvalidInput: if the identifier is empty or not printable text.
        """
        return int.from_bytes(self._keyed(require_person(person))[:31], "big")

    @property
    def ledger(self) -> LedgerBook:
        """The book of what this issuer writes to credit ledgers, and for whom."""
        from zkcredit.ledger.book import LedgerBook

        return LedgerBook(self._vault, self.person_tag)

    def issue(
        self,
        record: CreditRecord | ScoredRecord,
        *,
        person: str,
        to: HolderCard,
        valid_for: int = VALID_FOR,
        now: int | None = None,
    ) -> Envelope:
        """Sign a person's attributes and seal the credential to the person's wallet.

        Args:
            record: the attributes; this method fills in ``person_tag``.
            person: the issuer's own identifier of the person.
            to: the card that the person's wallet shows.
            valid_for: seconds until the credential expires.
            now: time of issue in Unix seconds; the current time if None.

        Raises:
            CredentialError: if this issuer knows the person under another holder, or the holder
                as another person.
            InvalidInput: if an argument has the wrong type.
            OutOfRange: if an argument is outside its range.
            WalletError: if the vault cannot be written, or is full; nothing was issued.
            MachineError: if the machine fails; nothing was issued.
        """
        return self.issue_recorded(record, person=person, to=to, valid_for=valid_for, now=now)[0]

    def issue_recorded(
        self,
        record: CreditRecord | ScoredRecord,
        *,
        person: str,
        to: HolderCard,
        valid_for: int = VALID_FOR,
        now: int | None = None,
    ) -> tuple[Envelope, IssuedCredential]:
        """Like ``issue``, and also return the issuer's own record, with the id for revoking."""
        order = IssueOrder(record, person, to, valid_for)
        moment = _moment(now)
        with self._vault.exclusive():
            entry = self._noted(order, moment)
        return self._envelope(order, entry), entry

    def issue_many(
        self,
        orders: Iterable[IssueOrder],
        *,
        batch: str,
        have: Container[int] = (),
        now: int | None = None,
    ) -> Iterator[IssueOutcome]:
        """Issue a batch of credentials, each once, however often the batch is begun again.

        The issuer remembers for which orders of a batch it issued. An order that equals one of them
        gets the same credential in a new envelope, so after a crash the same call continues where
        it stopped. A refused order does not stop the others.

        Args:
            orders: read as far as outcomes are taken, and up to 64 further.
            batch: the batch's name. Under another name, equal orders are issued anew.
            have: revocation ids of credentials whose envelopes you have; those that were issued
                before are not sealed again.
            now: time of issue in Unix seconds; the current time if None.

        Yields:
            One outcome for each order, in the same order. A refusal is a ``CredentialError``: the
            person is known under another holder, or the holder as another person; or the credential
            that was issued for an equal order has expired or is revoked.

        Raises:
            InvalidInput: if an argument has the wrong type, or the batch's name is empty.
            OutOfRange: if a credential would expire after the last time that fits.
            WalletError: if the vault cannot be written, or is full. What was issued before that
                stays.
            MachineError: if the machine fails. What was issued before that stays.
        """
        if not require_text("batch", batch).strip():
            raise InvalidInput("batch must not be empty")
        moment = None if now is None else _moment(now)
        return self._issued_many(iter(orders), batch, have, moment)

    def _issued_many(
        self, orders: Iterator[IssueOrder], batch: str, have: Container[int], now: int | None
    ) -> Iterator[IssueOutcome]:
        while group := list(islice(orders, _GROUP)):
            keys = [
                self._order_id(batch, require_instance("an order", order, IssueOrder))
                for order in group
            ]
            moment = _moment(now)
            with self._vault.exclusive():
                noted = [
                    self._once(order, key, moment) for order, key in zip(group, keys, strict=True)
                ]
            for outcome in noted:
                entry = outcome.issued
                if entry is None or (outcome.repeated and entry.revocation_id in have):
                    yield outcome
                else:
                    yield replace(outcome, envelope=self._envelope(outcome.order, entry))

    def _once(self, order: IssueOrder, key: str, moment: int) -> IssueOutcome:
        # inside of a transaction
        known = self._vault.get(_ORDER, key)
        try:
            if known is None:
                return IssueOutcome(order, self._noted(order, moment, key))
            entry = self._entry(int.from_bytes(known, "big"))
            if entry.revoked_at is not None:
                raise RevokedCredential(
                    "the credential that this batch issued for an equal order is revoked; "
                    "issue in another batch"
                )
            if entry.expires_at <= moment:
                raise ExpiredCredential(
                    "the credential that this batch issued for an equal order has expired; "
                    "issue in another batch"
                )
        except CredentialError as refusal:
            return IssueOutcome(order, refusal=refusal)
        return IssueOutcome(order, entry, repeated=True)

    def _noted(self, order: IssueOrder, moment: int, key: str | None = None) -> IssuedCredential:
        """Write down what is about to be issued, inside of a transaction.

        It is signed only after that, so that every credential that exists can be revoked.
        """
        if self._vault.room() < _RESERVE:
            raise WalletError(
                "the issuer's file is full; make another issuer, with a key of its own, for more "
                "credentials (this one can still revoke and publish)"
            )
        expires_at = moment + order.valid_for
        if expires_at > units.MAX_TIME:
            raise OutOfRange(f"the credential would expire after the time {units.MAX_TIME}")
        tag = self.person_tag(order.person)
        bond = self._new_bond(tag, order.to.holder)
        entry = IssuedCredential(self._unused_id(), tag, moment, expires_at)
        remembered: list[Record] = [_issued_record(entry)]
        if key is not None:
            remembered.append((_ORDER, key, entry.revocation_id.to_bytes(4, "big")))
        self._vault.put([], new=[*bond, *remembered])
        return entry

    def _envelope(self, order: IssueOrder, entry: IssuedCredential) -> Envelope:
        # A signature depends on nothing else, so that an equal order gives an equal credential.
        credential = Credential.sign(
            self._key,
            replace(order.record, person_tag=entry.person_tag),
            holder=order.to.holder,
            revocation_id=entry.revocation_id,
            issued_at=entry.issued_at,
            expires_at=entry.expires_at,
        )
        return Envelope.seal(credential, order.to)

    def _order_id(self, batch: str, order: IssueOrder) -> str:
        # Keyed, because whoever reads the file sees the ids of its records.
        named = {
            "batch": batch,
            "person": order.person,
            "card": order.to.to_json(),
            "values": [str(value) for value in order.record.values()],
            "valid_for": order.valid_for,
        }
        return self._keyed(f"\0order {json.canonical(named)}").hex()  # no person begins with a NUL

    def _keyed(self, text: str) -> bytes:
        return hmac.new(self._tag_key, text.encode(), hashlib.sha256).digest()

    def revoke(self, revocation_id: int, *, now: int | None = None) -> None:
        """Revoke a credential, with effect from the next published list.

        Revoking it a second time changes nothing.

        Raises:
            InvalidInput: if this issuer did not issue a credential with this id.
        """
        moment = _moment(now)
        with self._vault.exclusive():
            entry = self._entry(revocation_id)
            if entry.revoked_at is None:
                revoked = replace(entry, revoked_at=moment)
                self._vault.put([_issued_record(revoked), ("revoked", str(revocation_id), b"")])

    def issued(self, person: str | None = None) -> list[IssuedCredential]:
        """Return what was issued, to one person or to all, sorted by time of issue."""
        tag = None if person is None else self.person_tag(person)
        entries = [_read_issued(id_, text) for id_, text in self._vault.all("issued")]
        chosen = [entry for entry in entries if tag in (None, entry.person_tag)]
        return sorted(chosen, key=lambda entry: (entry.issued_at, entry.revocation_id))

    def publish(self, *, now: int | None = None) -> RevocationList:
        """Sign and return the list of revoked credentials that did not expire long ago.

        Publish a list after every revocation. A registry accepts only a list that is newer than the
        last, so the issuer's file keeps the last list's time: where the clock is behind it, the
        next second is taken, and a clock that was ahead once does not stop revocation.

        Raises:
            InvalidInput: if the list would have more than 2^18 − 1 ids.
            OutOfRange: if a list was published at the last second that fits, or at a later one.
        """
        moment = _moment(now)
        # In one transaction: of two processes that publish, the one with the higher number lists
        # all that the other lists.
        with self._vault.exclusive():
            kept = self._vault.get(*_LAST_LIST)
            number = moment if kept is None else max(moment, int.from_bytes(kept, "big") + 1)
            entries = (self._entry(int(id_)) for id_, _ in self._vault.all("revoked"))
            listed = [
                entry.revocation_id
                for entry in entries
                if entry.expires_at + LISTED_AFTER_EXPIRY > moment
            ]
            signed = RevocationList.sign(self._key, listed, number)
            # Kept before anybody sees it: two lists never have one number.
            self._vault.put([(*_LAST_LIST, number.to_bytes(8, "big"))])
        return signed

    def _entry(self, revocation_id: int) -> IssuedCredential:
        require_uint("revocation_id", revocation_id, ID_BITS, minimum=1)
        text = self._vault.get("issued", str(revocation_id))
        if text is None:
            raise InvalidInput("this issuer did not issue a credential with this revocation id")
        return _read_issued(str(revocation_id), text)

    def _unused_id(self) -> int:
        # Ids are random: consecutive ones would tell readers of the list how many were issued.
        while True:
            candidate = secrets.randbelow((1 << ID_BITS) - 1) + 1
            if self._vault.get("issued", str(candidate)) is None:
                return candidate

    def _new_bond(self, tag: int, holder: int) -> list[tuple[str, str, bytes]]:
        # An old bond needs no record. A new bond must still be new when it is written, so that
        # two processes cannot bind one person to two holders.
        person, holder_text = f"{tag:062x}", json.field_text(holder)
        known_holder = self._vault.get("person", person)
        known_person = self._vault.get("holder", holder_text)
        if known_holder not in (None, holder_text.encode()):
            raise CredentialError("this issuer knows the person under another holder")
        if known_person not in (None, person.encode()):
            raise CredentialError("this issuer knows the holder as another person")
        if known_holder is not None and known_person is not None:
            return []
        return [
            ("person", person, holder_text.encode()),
            ("holder", holder_text, person.encode()),
        ]


def _moment(now: int | None) -> int:
    return units.now() if now is None else require_uint("now", now, TIME_BITS)


def _issued_record(entry: IssuedCredential) -> tuple[str, str, bytes]:
    fields = {name: value for name, value in asdict(entry).items() if name != "revocation_id"}
    return "issued", str(entry.revocation_id), json.canonical(fields).encode()


def _read_issued(id_: str, text: bytes) -> IssuedCredential:
    with contextlib.suppress(TypeError):
        return IssuedCredential(int(id_), **json.parse(text, "issued credential", 4096))
    raise DamagedFile("another version of zkcredit wrote the issuer's file")
