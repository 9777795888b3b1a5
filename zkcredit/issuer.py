"""An issuer: signs credentials, keeps one holder for each person, revokes, publishes.

Everything that an issuer must remember is in one sealed file (:mod:`zkcredit.storage.vault`): its
signing key, the key of its person tags, who holds credentials, which ids were given out and
which are revoked. The attributes are not among it: the issuer has its own books.

A person is known by ``person_tag``: an HMAC of the issuer's own identifier of that person (a
customer number, an identity document) under a key that never leaves the file. One person has
one holder here, and one holder one person. Across issuers nothing ties holders together: a
person who finds a second issuer that does not know them can get a second holder. Registrars
admit issuers that see the same identity document, or accept this.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_path, require_text, require_uint
from zkcredit.credential import Credential, require_record
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import CredentialError, DamagedFile, InvalidInput
from zkcredit.gadgets import eddsa
from zkcredit.gadgets.eddsa import SigningKey
from zkcredit.registry import RevocationList
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.gadgets.babyjub import Point
    from zkcredit.ledger.book import LedgerBook
    from zkcredit.record import CreditRecord
    from zkcredit.scoring.scored_record import ScoredRecord
    from zkcredit.storage.password_lock import KdfCost

__all__ = ["LISTED_AFTER_EXPIRY", "IssuedCredential", "Issuer"]

LISTED_AFTER_EXPIRY: Final = units.DAY
"""Seconds for which a revoked id stays listed after its credential expired.

A proof may carry a time a little behind the verifier's; an id that left the list at the very
second of expiry could be proved with a time just before it.
"""


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """What an issuer remembers of one credential.

    Attributes:
        revocation_id: its id.
        person_tag: whose it is.
        issued_at, expires_at: Unix seconds.
        revoked_at: Unix seconds, or None.
    """

    revocation_id: int
    person_tag: int
    issued_at: int
    expires_at: int
    revoked_at: int | None = None


class Issuer:
    """An issuer whose file is open. Use it as a context manager, or call :meth:`close`."""

    def __init__(self, store: Vault, key: SigningKey, tag_key: bytes) -> None:
        """Take an open file and its keys; use :meth:`create` or :meth:`open`."""
        self._store = store
        self._key = key
        self._tag_key = tag_key

    @classmethod
    def create(cls, path: Path | str, password: str, *, cost: KdfCost | None = None) -> Self:
        """Make a new issuer with a new key.

        Args:
            path: of the new file; it must not exist.
            password: seals the file; there is no way round it.
            cost: of one guess of the password; about half a second where None.

        Raises:
            InvalidInput: the path is taken or cannot be written, or the password is empty.
        """
        seed, tag_key = secrets.token_bytes(32), secrets.token_bytes(32)
        records = [("key", "signing", seed), ("key", "person-tag", tag_key)]
        store = Vault.create(require_path("path", path), "issuer", password, records, cost)
        return cls(store, SigningKey(seed), tag_key)

    @classmethod
    def open(cls, path: Path | str, password: str) -> Self:
        """Open an existing issuer.

        Raises:
            WrongPassword, DamagedFile, InvalidInput, WalletError: as the sealed file.
        """
        store = Vault.open(require_path("path", path), "issuer", password)
        try:
            seed, tag_key = store.get("key", "signing"), store.get("key", "person-tag")
            if seed is None or tag_key is None or len(seed) != 32 or len(tag_key) != 32:
                raise DamagedFile("the issuer's keys are missing; restore the file")
        except BaseException:
            store.close()
            raise
        return cls(store, SigningKey(seed), tag_key)

    def __repr__(self) -> str:
        """Show the public key only."""
        return f"Issuer(public_key={self.public_key})"

    def __enter__(self) -> Self:
        """Return the issuer."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._store.close()

    @property
    def public_key(self) -> Point:
        """The key that registries list."""
        return eddsa.public_key(self._key)

    def change_password(self, old: str, new: str, *, cost: KdfCost | None = None) -> None:
        """Seal the file under another password. WrongPassword: ``old`` is not the present one."""
        self._store.change_password(old, new, cost)

    def person_tag(self, person: str) -> int:
        """This issuer's pseudonym of a person, below 2^248.

        Args:
            person: the issuer's identifier of the person, at most 256 characters. It is used as
                it stands: ``"DE-1"`` and ``"de-1"`` are two persons, so normalise it before.

        Raises:
            InvalidInput: no printable text, or empty.
        """
        if not require_text("person", person).strip():
            raise InvalidInput("person must not be empty")
        digest = hmac.new(self._tag_key, person.encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:31], "big")

    @property
    def ledger(self) -> LedgerBook:
        """What this issuer writes to credit ledgers, and for whom."""
        from zkcredit.ledger.book import LedgerBook

        return LedgerBook(self._store, self.person_tag)

    def issue(
        self,
        record: CreditRecord | ScoredRecord,
        *,
        person: str,
        to: HolderCard,
        valid_for: int = 90 * units.DAY,
        now: int | None = None,
    ) -> Envelope:
        """Sign what is known about a person and seal it to the person's wallet.

        Args:
            record: the attributes; ``person_tag`` is filled in here.
            person: the issuer's own identifier of the person.
            to: the card that the person's wallet shows.
            valid_for: seconds until the credential expires.
            now: time of issue in Unix seconds; the present where None.

        Raises:
            CredentialError: this person has another holder here, or this holder is another
                person's.
            InvalidInput, OutOfRange: an argument is not acceptable.
            WalletError, MachineError: the file cannot be written; nothing was issued.
        """
        return self.issue_recorded(record, person=person, to=to, valid_for=valid_for, now=now)[0]

    def issue_recorded(
        self,
        record: CreditRecord | ScoredRecord,
        *,
        person: str,
        to: HolderCard,
        valid_for: int = 90 * units.DAY,
        now: int | None = None,
    ) -> tuple[Envelope, IssuedCredential]:
        """As :meth:`issue`, with what the issuer remembers: the id to revoke it by."""
        require_record(record)
        require_instance("to", to, HolderCard)
        tag = self.person_tag(person)
        issued_at = _moment(now)
        require_uint("valid_for", valid_for, 40, minimum=1)
        credential = Credential.sign(
            self._key,
            replace(record, person_tag=tag),
            holder=to.holder,
            revocation_id=self._unused_id(),
            issued_at=issued_at,
            expires_at=issued_at + valid_for,
        )
        envelope = Envelope.seal(credential, to)
        entry = IssuedCredential(
            credential.revocation_id, tag, credential.issued_at, credential.expires_at
        )
        # Written before the envelope is handed over: what is out there can be revoked.
        self._store.put([], new=[*self._new_bond(tag, to.holder), _issued_record(entry)])
        return envelope, entry

    def revoke(self, revocation_id: int, *, now: int | None = None) -> None:
        """Revoke a credential; it counts from the next published list on. Again does nothing.

        Raises:
            InvalidInput: this issuer gave out no such id.
        """
        entry = self._entry(revocation_id)
        if entry.revoked_at is None:
            revoked = replace(entry, revoked_at=_moment(now))
            self._store.put([_issued_record(revoked), ("revoked", str(revocation_id), b"")])

    def issued(self, person: str | None = None) -> list[IssuedCredential]:
        """What was given out, to one person or to all, by time of issue."""
        tag = None if person is None else self.person_tag(person)
        entries = [_read_issued(id_, text) for id_, text in self._store.all("issued")]
        chosen = [entry for entry in entries if tag in (None, entry.person_tag)]
        return sorted(chosen, key=lambda entry: (entry.issued_at, entry.revocation_id))

    def publish(self, *, now: int | None = None) -> RevocationList:
        """The signed list of revoked credentials that are not long expired.

        Publish at least as often as anything is revoked, and never let the clock run back:
        registries take newer lists only.

        Raises:
            InvalidInput: more than 2^18 − 1 ids would be listed.
        """
        moment = _moment(now)
        entries = (self._entry(int(id_)) for id_, _ in self._store.all("revoked"))
        listed = [
            entry.revocation_id
            for entry in entries
            if entry.expires_at + LISTED_AFTER_EXPIRY > moment
        ]
        return RevocationList.sign(self._key, listed, moment)

    def _entry(self, revocation_id: int) -> IssuedCredential:
        require_uint("revocation_id", revocation_id, 32, minimum=1)
        text = self._store.get("issued", str(revocation_id))
        if text is None:
            raise InvalidInput("this issuer gave out no credential with this revocation id")
        return _read_issued(str(revocation_id), text)

    def _unused_id(self) -> int:
        # At random: consecutive ids would tell the readers of the list how many were issued.
        while True:
            candidate = secrets.randbelow((1 << 32) - 1) + 1
            if self._store.get("issued", str(candidate)) is None:
                return candidate

    def _new_bond(self, tag: int, holder: int) -> list[tuple[str, str, bytes]]:
        # Nothing to write for a bond that is there. A new one must still be new when it is
        # written, so that two processes cannot bind one person to two holders.
        person, holder_text = f"{tag:062x}", json.field_text(holder)
        known_holder = self._store.get("person", person)
        known_person = self._store.get("holder", holder_text)
        if known_holder not in (None, holder_text.encode()):
            raise CredentialError("this person has another holder here")
        if known_person not in (None, person.encode()):
            raise CredentialError("this holder is another person's here")
        if known_holder is not None and known_person is not None:
            return []
        return [
            ("person", person, holder_text.encode()),
            ("holder", holder_text, person.encode()),
        ]


def _moment(now: int | None) -> int:
    return units.now() if now is None else require_uint("now", now, 40)


def _issued_record(entry: IssuedCredential) -> tuple[str, str, bytes]:
    fields = {name: value for name, value in asdict(entry).items() if name != "revocation_id"}
    return "issued", str(entry.revocation_id), json.canonical(fields).encode()


def _read_issued(id_: str, text: bytes) -> IssuedCredential:
    with contextlib.suppress(TypeError):
        return IssuedCredential(int(id_), **json.parse(text, "issued credential", 4096))
    raise DamagedFile("the issuer's file was written by another version")
