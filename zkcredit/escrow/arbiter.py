"""An arbiter: takes part in one key generation, keeps one share, opens on default alone.

Everything secret is in one sealed file (:mod:`zkcredit.storage.vault`). A file serves one key
generation; another one needs a new file. When the share is there, the polynomial and the envelope
key are removed: what was dealt before cannot be opened again with what a thief finds later.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, Self

from zkcredit._internal.checks import require_instance, require_path
from zkcredit.errors import DamagedFile, EscrowError, InvalidInput
from zkcredit.escrow.commitment import Commitment, FirstRound
from zkcredit.escrow.deal import Complaint, Deal
from zkcredit.escrow.group import ArbiterGroup
from zkcredit.escrow.opening import PartialOpening, partial_opening
from zkcredit.escrow.polynomial import evaluate
from zkcredit.escrow.roster import ArbiterCard, Roster
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER, fresh_scalar
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkcredit.escrow.evidence import DefaultEvidence
    from zkcredit.gadgets.hashed_elgamal import SealedValue
    from zkcredit.storage.password_lock import KdfCost

__all__ = ["Arbiter"]

_SCALAR_BYTES: Final = 32


class Arbiter:
    """An arbiter whose file is open. Use it as a context manager, or call :meth:`close`.

    The rounds, in order: :attr:`card`, :meth:`commit`, :meth:`deal`, :meth:`finish`. Between
    them, everybody's messages go to everybody; the list and the commitments must reach all
    arbiters unchanged, so compare :attr:`ArbiterGroup.digest` at the end.
    """

    def __init__(self, store: Vault) -> None:
        """Take an open file; use :meth:`create` or :meth:`open`."""
        self._store = store

    @classmethod
    def create(
        cls, path: Path | str, password: str, name: str, *, cost: KdfCost | None = None
    ) -> Self:
        """Make an arbiter's file with new keys.

        Args:
            path: of the new file; it must not exist.
            password: seals the file. There is no backup but a copy of the file.
            name: how the others call this arbiter.
            cost: of one guess of the password; about half a second where None.

        Raises:
            InvalidInput: the path is taken or cannot be written, the password is empty, or the
                name is.
        """
        envelope, signing = secrets.token_bytes(32), secrets.token_bytes(32)
        card = ArbiterCard.of_seeds(name, envelope, signing)
        records = [
            ("key", "envelope", envelope),
            ("key", "signing", signing),
            ("card", "own", card.to_json().encode()),
        ]
        path = require_path("path", path)
        return cls(Vault.create(path, "arbiter", password, records, cost))

    @classmethod
    def open(cls, path: Path | str, password: str) -> Self:
        """Open an existing arbiter's file.

        Raises:
            WrongPassword, DamagedFile, InvalidInput, WalletError: as the sealed file.
        """
        return cls(Vault.open(require_path("path", path), "arbiter", password))

    def __repr__(self) -> str:
        """Show nothing of the content."""
        return "Arbiter(…)"

    def __enter__(self) -> Self:
        """Return the arbiter."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._store.close()

    # --- key generation -------------------------------------------------------------------------

    @property
    def card(self) -> ArbiterCard:
        """What the other arbiters need. Not secret."""
        return ArbiterCard.from_json(self._record("card", "own"))

    @property
    def index(self) -> int:
        """This arbiter's number. EscrowError: it has not committed for a list yet."""
        return self._roster.index_of(self.card)

    def commit(self, roster: Roster) -> Commitment:
        """First round: choose a polynomial and commit to it. Again gives the same message.

        Raises:
            InvalidInput: this arbiter is not on the list.
            EscrowError: this file has committed for another list; make a new file.
        """
        require_instance("the roster", roster, Roster)
        index, text = roster.index_of(self.card), roster.to_json().encode()
        known = self._store.get("session", "roster")
        if known is not None:
            if known != text:
                raise EscrowError("this file serves another list of arbiters; make a new file")
            return Commitment.from_json(self._record("session", "commitment"))
        coefficients = [fresh_scalar() for _ in range(roster.threshold)]
        made = Commitment.make(roster, index, coefficients, self._record("key", "signing"))
        self._store.put(
            [],
            new=[
                ("session", "roster", text),
                ("session", "commitment", made.to_json().encode()),
                ("session", "polynomial", b"".join(map(_scalar_bytes, coefficients))),
            ],
        )
        return made

    def deal(self, commitments: Sequence[Commitment]) -> list[Deal]:
        """Second round: a sealed share for each other arbiter. Again seals the same shares anew.

        Raises:
            WrongShare: a dealer's commitment is wrong; names the dealer.
            InvalidInput: a commitment is missing, unsigned, or for another list.
            EscrowError: it is not this round's turn, or the commitments are not those that this
                arbiter dealt over before.
        """
        first, index = self._first_round(commitments), self.index
        known = self._store.get("session", "transcript")
        if known not in (None, first.transcript):
            raise EscrowError("these are not the commitments that this arbiter dealt over")
        polynomial, signing = self._polynomial(), self._record("key", "signing")
        self._store.put([("session", "transcript", first.transcript)])
        return [
            Deal.seal(first, index, receiver, evaluate(polynomial, receiver), signing)
            for receiver in range(1, first.roster.size + 1)
            if receiver != index
        ]

    def finish(self, commitments: Sequence[Commitment], deals: Sequence[Deal]) -> ArbiterGroup:
        """Check every share, keep their sum, forget the rest; returns the group.

        Args:
            commitments: of the first round, all of them.
            deals: what the other arbiters sealed for this one.

        Raises:
            WrongShare: a dealer's share is wrong; names the dealer. :meth:`complain` proves it.
            InvalidInput: a share is missing, there twice, unsigned, or for another arbiter.
            EscrowError: a dealer saw other commitments, or it is not this round's turn.
        """
        first, index = self._first_round(commitments), self.index
        if self._store.get("session", "transcript") != first.transcript:
            raise EscrowError("deal first, and finish with the commitments that you dealt over")
        total, dealers = evaluate(self._polynomial(), index), [index]
        for deal in deals:
            require_instance("a deal", deal, Deal)
            total += deal.open(first, index, self._record("key", "envelope"))
            dealers.append(deal.dealer)
        if len(set(dealers)) != len(dealers):
            raise InvalidInput("a dealer's share is there twice")
        absent = [c.name for i, c in enumerate(first.roster.cards, 1) if i not in dealers]
        if absent:
            raise InvalidInput(f"no share yet of {', '.join(absent)}")
        share, group = total % SUBGROUP_ORDER, first.group()
        if babyjub.mul(share, BASE8) != group.share_of(index):
            raise EscrowError("the shares do not add up")  # each was checked: cannot happen
        self._store.put(
            [],
            new=[
                ("share", "own", _scalar_bytes(share)),
                ("share", "group", group.to_json().encode()),
            ],
        )
        self._forget()
        return group

    def complain(self, deal: Deal) -> Complaint:
        """Prove to everybody that a share is wrong. Gives this file's envelope key away.

        Raises:
            EscrowError: the key generation is finished: its shares were right.
        """
        require_instance("the deal", deal, Deal)
        if self._store.get("share", "own") is not None:
            raise EscrowError("this key generation is finished; there is nothing to complain of")
        return Complaint(deal, self._record("key", "envelope"))

    # --- opening --------------------------------------------------------------------------------

    @property
    def group(self) -> ArbiterGroup:
        """The group. EscrowError: the key generation is not finished."""
        text = self._store.get("share", "group")
        if text is None:
            raise EscrowError("this arbiter has no share yet: the key generation is not finished")
        return ArbiterGroup.from_json(text)

    def open_partially(
        self, sealed: SealedValue, context: int, evidence: DefaultEvidence
    ) -> PartialOpening:
        """This arbiter's part of the opening of a seal whose loan is in default.

        Raises:
            NotInDefault: the evidence is of no default, or of another loan's.
            InvalidInput, OutOfRange: the seal or the context is not acceptable.
            EscrowError: the key generation is not finished.
        """
        self._forget()
        group = self.group
        share = int.from_bytes(self._record("share", "own"), "big")
        return partial_opening(group, self.index, share, sealed, context=context, evidence=evidence)

    # --- the file -------------------------------------------------------------------------------

    @property
    def _roster(self) -> Roster:
        text = self._store.get("session", "roster")
        if text is None:
            raise EscrowError("commit first: this arbiter knows no list of arbiters yet")
        return Roster.from_json(text)

    def _first_round(self, commitments: Sequence[Commitment]) -> FirstRound:
        first = FirstRound(self._roster, commitments)
        own = Commitment.from_json(self._record("session", "commitment"))
        if first.commitments[self.index] != own:
            raise EscrowError("somebody replaced this arbiter's own commitment")
        if self._store.get("share", "own") is not None:
            raise EscrowError("this key generation is finished")
        return first

    def _polynomial(self) -> list[int]:
        data = self._record("session", "polynomial")
        parts = range(0, len(data), _SCALAR_BYTES)
        return [int.from_bytes(data[i : i + _SCALAR_BYTES], "big") for i in parts]

    def _forget(self) -> None:
        # after a crash between keeping the share and this, the next use does it
        if self._store.get("share", "own") is not None:
            self._store.remove("session", "polynomial")
            self._store.remove("key", "envelope")

    def _record(self, kind: str, id_: str) -> bytes:
        data = self._store.get(kind, id_)
        if data is None:
            raise DamagedFile("the arbiter's file is incomplete; restore it from a copy")
        return data


def _scalar_bytes(scalar: int) -> bytes:
    return scalar.to_bytes(_SCALAR_BYTES, "big")
