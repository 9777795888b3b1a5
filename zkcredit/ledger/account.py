"""A borrower's account as its owner reads it: every entry is opened and compared with the ledger.

The ledger's events say who posted what, and ``read_account`` opens it. It trusts nobody: each
envelope must agree with its ciphertext, and the sum of all entries must agree with the ledger's
total (``LedgerAccount.check``).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    from collections.abc import Iterable, Mapping, Sequence

    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.gadgets.babyjub import Point

__all__ = ["LedgerAccount", "PostedEntry", "open_entry", "read_account", "recover_entry"]

_EPOCH_BITS = 24


@dataclass(frozen=True, slots=True)
class PostedEntry:
    """An entry as the ledger's events report it.

    Attributes:
        issuer: address of the issuer that posted the entry.
        epoch: the epoch in which it was posted; the entry counts from the next epoch on.
        ciphertext: the encrypted amounts.
        envelope: the envelope that was posted with them.
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
    """The plaintext of an account in one epoch. Only the account's owner can make it.

    Attributes:
        account: the account's key.
        epoch: the epoch; entries made before it count.
        entries: issuer → its entry, if it could be read.
        faults: issuer → the error about its entry, if it could not be read.
        exposed: issuers with an entry, present or past, that has the same randomness as another
            entry of this account: everybody can see the difference of the two. Tell them.
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
        """Return the sums that proofs are about.

        Raises:
            EnvelopeUnreadable: if an envelope does not open.
            EnvelopeMismatch: if an envelope and its ciphertext have different amounts.
            LedgerError: if an entry cannot be used, or the account does not have one yet.
        """
        for fault in self.faults.values():
            raise fault
        if not self.entries:
            raise LedgerError("the account has no entry that counts yet")
        return LedgerTotals.of(list(self.entries.values()))

    def of_issuers(self, issuers: Iterable[str]) -> LedgerAccount:
        """Return the account as a product sees it that names the issuers whose entries count.

        Args:
            issuers: their addresses, in EIP-55 spelling.
        """
        named = set(issuers)
        return replace(
            self,
            entries={issuer: entry for issuer, entry in self.entries.items() if issuer in named},
            faults={issuer: fault for issuer, fault in self.faults.items() if issuer in named},
            exposed=tuple(issuer for issuer in self.exposed if issuer in named),
        )

    def check(self, key: AccountKey, total: Ciphertext) -> None:
        """Compare the sums with the ledger's total.

        Args:
            key: the account's secret key.
            total: the ledger's total in this account's epoch.

        Raises:
            LedgerError: if they differ, so that entries are missing; if an entry cannot be used; or
                if the account does not have one yet.
            EnvelopeUnreadable: if an envelope does not open.
            EnvelopeMismatch: if an envelope and its ciphertext have different amounts.
        """
        totals = self.totals()
        try:
            require_plaintext(key, total, totals.slots())
        except InvalidInput:
            raise LedgerError(
                "the entries do not add up to the ledger's total: some are missing, or the total "
                "belongs to another epoch; read the account again"
            ) from None


def open_entry(posted: PostedEntry, key: AccountKey, envelope_key: EccKey) -> LedgerEntry:
    """Open one entry of an account and compare its amounts with its ciphertext.

    Raises:
        LedgerError: if nothing can be proved about the ciphertext.
        EnvelopeUnreadable: if the envelope is missing, was changed, or belongs to something else.
        EnvelopeMismatch: if envelope and ciphertext have different amounts.
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
    """Return an entry whose envelope is lost, from the amounts that its owner knows.

    Args:
        posted: the entry.
        key: the account's secret key.
        known: the five slots in order, with None for at most one that is unknown.
        bound: a bound above the unknown slot, at most 2^40; the time grows like its square root.

    Raises:
        LedgerError: if nothing can be proved about the ciphertext.
        EnvelopeMismatch: if the ciphertext does not hold the known slots, or no value below the
            bound fits.
        InvalidInput: if there are not five slots, or more than one is unknown.
        OutOfRange: if a slot or the bound is out of range.
    """
    _require_usable(posted)
    hint = tuple(known)
    missing = sum(slot is None for slot in hint)
    if len(hint) != N_SLOTS or missing > 1:
        raise InvalidInput(f"give {N_SLOTS} amounts; at most one of them may be None")
    # refuse a malformed entry before searching anything
    guess = LedgerEntry(*(0 if slot is None else slot for slot in hint))
    if not missing:
        _require_true(posted, key, guess)
        return guess
    if not 1 <= require_int("the bound", bound) <= 1 << ENTRY_BITS:
        raise OutOfRange(f"the bound must be at least 1 and at most 2^{ENTRY_BITS}")
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
    """Read an account as it is in one epoch.

    Args:
        posted: every entry ever posted to the account, in order.
        key: the account's secret key.
        envelope_key: the owner's X25519 private key.
        epoch: the epoch; entries made in it or later do not count yet.
        known: amounts that the owner knows from elsewhere, for envelopes that do not open; they
            are compared with the ciphertext too.

    Returns:
        The account. Errors about entries are in it and are not raised.

    Raises:
        InvalidInput: if an argument has the wrong type.
        OutOfRange: if the epoch is out of range.
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
            f"nothing can be proved about the entry of {posted.issuer}: {error}; the issuer must "
            "replace it",
            posted.issuer,
        ) from None


def _require_true(posted: PostedEntry, key: AccountKey, entry: LedgerEntry) -> None:
    try:
        require_plaintext(key, posted.ciphertext, entry.slots())
    except InvalidInput:
        raise EnvelopeMismatch(
            f"the entry of {posted.issuer} and its envelope have different amounts; the issuer "
            "must replace it",
            posted.issuer,
        ) from None


def _exposed(posted: Sequence[PostedEntry], issuers: set[str]) -> tuple[str, ...]:
    # Points with the same y are equal or opposite: k and -k. Under one key, the difference (or sum)
    # of two such ciphertexts shows the difference (or sum) of their amounts.
    users: dict[int, set[str]] = {}
    repeated: set[str] = set()
    for entry in posted:
        seen = users.setdefault(entry.ciphertext.c1.y, set())
        if seen:
            repeated |= seen | {entry.issuer}
        seen.add(entry.issuer)
    return tuple(sorted(repeated & issuers))
