"""A borrower's account as its owner reads it: every entry opened and held against its ciphertext.

The ledger's events say who posted what; :func:`read_account` says what it means. Nothing is
believed: an envelope has to agree with its ciphertext, and the sum of all entries with the total
that the ledger holds (:meth:`LedgerAccount.check`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from zkcredit._internal.checks import require_instance, require_int, require_uint
from zkcredit.errors import EnvelopeMismatch, InvalidInput, LedgerError, OutOfRange
from zkcredit.gadgets.elgamal import (
    AccountKey,
    Ciphertext,
    recover_slot,
    require_ciphertext,
    require_plaintext,
)
from zkcredit.ledger.card import account_number
from zkcredit.ledger.entry import LedgerEntry, LedgerTotals
from zkcredit.ledger.sealed import open_envelope
from zkcredit.schema import ENTRY_BITS, N_SLOTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.gadgets.babyjub import Point

__all__ = ["LedgerAccount", "PostedEntry", "open_entry", "read_account", "recover_entry"]

_EPOCH_BITS = 24


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry as the ledger's events have it.

    Attributes:
        issuer: who posted it.
        epoch: when; it counts from the next epoch on.
        ciphertext: of the amounts.
        envelope: what was posted with it.
    """

    issuer: str
    epoch: int
    ciphertext: Ciphertext
    envelope: bytes


class _Read(NamedTuple):
    posted: PostedEntry
    entry: LedgerEntry | None
    fault: LedgerError | None


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """What an account holds in one epoch, in clear. Its owner alone can make this.

    Attributes:
        account: its key.
        epoch: the epoch; entries made before it count.
        entries: issuer → its entry, where it could be read.
        faults: issuer → what is wrong with its entry, for all others.
        exposed: issuers with an entry, present or past, that shares its randomness with another
            one of this account: everybody can see the difference of the two. Tell them.
    """

    account: Point
    epoch: int
    entries: Mapping[str, LedgerEntry]
    faults: Mapping[str, LedgerError]
    exposed: tuple[str, ...] = ()

    @property
    def number(self) -> int:
        """The account's number on the ledger."""
        return account_number(self.account)

    def totals(self) -> LedgerTotals:
        """The sums that proofs are about.

        Raises:
            EnvelopeUnreadable, EnvelopeMismatch, LedgerError: an entry cannot be used, or there
                is none.
        """
        for fault in self.faults.values():
            raise fault
        if not self.entries:
            raise LedgerError("the account has no entry that counts yet")
        return LedgerTotals.of(list(self.entries.values()))

    def check(self, key: AccountKey, total: Ciphertext) -> None:
        """Hold the sums against the total that the ledger has.

        Args:
            key: the account's.
            total: from the ledger, in effect in this account's epoch.

        Raises:
            LedgerError: they differ, so entries are missing, or as `totals`.
        """
        totals = self.totals()
        try:
            require_plaintext(key, total, totals.slots())
        except InvalidInput:
            raise LedgerError(
                "the entries do not add up to the ledger's total: some are missing, or the total "
                "is of another epoch; read the account again"
            ) from None


def open_entry(posted: PostedEntry, key: AccountKey, envelope_key: EccKey) -> LedgerEntry:
    """Open one entry of an account and hold its amounts against its ciphertext.

    Raises:
        LedgerError: the ciphertext is not one about which anything can be proved.
        EnvelopeUnreadable: the envelope is missing, changed, or for something else.
        EnvelopeMismatch: it says other amounts than the ciphertext holds.
    """
    _require_usable(posted)
    entry = open_envelope(
        envelope_key,
        account=key.public,
        issuer=posted.issuer,
        ciphertext=posted.ciphertext,
        envelope=posted.envelope,
    )
    _require_true(posted, key, entry)
    return entry


def recover_entry(
    posted: PostedEntry, key: AccountKey, known: Sequence[int | None], bound: int
) -> LedgerEntry:
    """An entry whose envelope is lost, from what its owner knows of it.

    Args:
        posted: the entry.
        key: the account's.
        known: five slots in order, None for at most one that is not known.
        bound: the unknown slot is below it, at most 2^40; the time grows as its root.

    Raises:
        LedgerError: the ciphertext is not one about which anything can be proved.
        EnvelopeMismatch: the known slots are not those of the ciphertext, or no value below the
            bound fits.
        InvalidInput, OutOfRange: not five slots, more than one unknown, or out of range.
    """
    _require_usable(posted)
    hint = tuple(known)
    missing = sum(slot is None for slot in hint)
    if len(hint) != N_SLOTS or missing > 1:
        raise InvalidInput(f"give {N_SLOTS} amounts, None for one of them at most")
    # refuses what is no entry before anything is searched for
    guess = LedgerEntry(*(0 if slot is None else slot for slot in hint))
    if not missing:
        _require_true(posted, key, guess)
        return guess
    if not 1 <= require_int("the bound", bound) <= 1 << ENTRY_BITS:
        raise OutOfRange(f"the bound is at least 1 and at most 2^{ENTRY_BITS}")
    try:
        slots = recover_slot(key, posted.ciphertext, hint, bound)
    except InvalidInput:
        raise EnvelopeMismatch(
            f"no amount below the bound fits the entry of {posted.issuer} and the other amounts",
            posted.issuer,
        ) from None
    return LedgerEntry(*slots)


def read_account(
    posted: Sequence[PostedEntry],
    key: AccountKey,
    envelope_key: EccKey,
    *,
    epoch: int,
    known: Mapping[Ciphertext, LedgerEntry] | None = None,
) -> LedgerAccount:
    """Read what an account holds in an epoch.

    Args:
        posted: every entry ever posted to it, in order.
        key, envelope_key: the owner's.
        epoch: the epoch; entries made in it or later do not count yet.
        known: amounts that the owner has from elsewhere, where an envelope cannot be opened; they
            are held against the ciphertext all the same.

    Raises:
        InvalidInput, OutOfRange: an argument is not acceptable. What is wrong with entries is in
            the result.
    """
    require_uint("the epoch", epoch, _EPOCH_BITS)
    require_instance("the key", key, AccountKey)
    latest = {entry.issuer: entry for entry in posted if entry.epoch < epoch}
    read = [_read(entry, key, envelope_key, known or {}) for entry in latest.values()]
    return LedgerAccount(
        account=key.public,
        epoch=epoch,
        entries={one.posted.issuer: one.entry for one in read if one.entry is not None},
        faults={one.posted.issuer: one.fault for one in read if one.fault is not None},
        exposed=_exposed(posted, set(latest)),
    )


def _read(
    posted: PostedEntry,
    key: AccountKey,
    envelope_key: EccKey,
    known: Mapping[Ciphertext, LedgerEntry],
) -> _Read:
    try:
        if posted.ciphertext in known:
            _require_usable(posted)
            entry = known[posted.ciphertext]
            _require_true(posted, key, entry)
        else:
            entry = open_entry(posted, key, envelope_key)
    except LedgerError as fault:
        return _Read(posted, None, fault)
    return _Read(posted, entry, None)


def _require_usable(posted: PostedEntry) -> None:
    try:
        require_ciphertext(posted.ciphertext)
    except InvalidInput as error:
        raise LedgerError(
            f"nothing can be proved about the entry of {posted.issuer}: {error}; the issuer has "
            "to replace it",
            posted.issuer,
        ) from None


def _require_true(posted: PostedEntry, key: AccountKey, entry: LedgerEntry) -> None:
    try:
        require_plaintext(key, posted.ciphertext, entry.slots())
    except InvalidInput:
        raise EnvelopeMismatch(
            f"the entry of {posted.issuer} holds other amounts than its envelope says; the issuer "
            "has to replace it",
            posted.issuer,
        ) from None


def _exposed(posted: Sequence[PostedEntry], issuers: set[str]) -> tuple[str, ...]:
    # Points with the same y are equal or opposite: k and -k. Under one key the difference (or sum)
    # of two such ciphertexts shows that of their amounts.
    users: dict[int, set[str]] = {}
    repeated: set[str] = set()
    for entry in posted:
        seen = users.setdefault(entry.ciphertext.c1.y, set())
        if seen:
            repeated |= seen | {entry.issuer}
        seen.add(entry.issuer)
    return tuple(sorted(repeated & issuers))
