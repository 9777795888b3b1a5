"""An arbiter: it takes part in one key generation, keeps one share, and opens only on default.

One vault (``zkcredit.storage.vault``) holds everything secret. It serves one key generation;
another key generation needs a new vault. Once the arbiter has its share, the polynomial and the
envelope key are removed, so that a thief who comes later cannot open what was dealt before.
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
from zkcredit.escrow.signed import account_key
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER, fresh_scalar
from zkcredit.storage.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkcredit.escrow.evidence import DefaultEvidence
    from zkcredit.gadgets.hashed_elgamal import EscrowedValue
    from zkcredit.storage.password_lock import KdfCost

__all__ = ["Arbiter"]

_SCALAR_BYTES: Final = 32


class Arbiter:
    """An arbiter whose vault is open; make one with ``create`` or ``open``.

    Use it as a context manager, or call ``close``. The rounds are, in order: ``card``, ``commit``,
    ``deal`` and ``finish``. Between them, everybody's messages go to everybody. The list and the
    commitments must reach all arbiters unchanged, so compare ``ArbiterGroup.digest`` at the end.
    """

    def __init__(self, store: Vault) -> None:
        self._store = store

    @classmethod
    def create(
        cls, path: Path | str, password: str, name: str, *, cost: KdfCost | None = None
    ) -> Self:
        """Make an arbiter's vault with new keys.

        Args:
            path: path of the new vault; it must not exist.
            password: opens the vault. The only backup is a copy of the file.
            name: the name by which the others know this arbiter.
            cost: the cost of one guess of the password; about half a second if None.

        Raises:
            InvalidInput: if the path exists already or cannot be written, or the password or the
                name is empty.
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
        """Open an existing arbiter's vault.

        Raises:
            WrongPassword: if the password is wrong.
            DamagedFile: if the file is not an arbiter's vault, or it is corrupted.
            InvalidInput: if the file does not exist, or the password is empty.
            WalletError: if another process keeps the file locked.
        """
        return cls(Vault.open(require_path("path", path), "arbiter", password))

    def __repr__(self) -> str:
        return "Arbiter(…)"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        self._store.close()

    # --- key generation -------------------------------------------------------------------------

    @property
    def card(self) -> ArbiterCard:
        """The card that the other arbiters need. Not secret."""
        return ArbiterCard.from_json(self._record("card", "own"))

    @property
    def index(self) -> int:
        """This arbiter's number.

        Raises:
            EscrowError: if the arbiter has not committed for a list yet.
        """
        return self._roster.index_of(self.card)

    def commit(self, roster: Roster) -> Commitment:
        """Do the first round: choose a polynomial and commit to it.

        A second call returns the same message.

        Raises:
            InvalidInput: if this arbiter is not on the list.
            EscrowError: if this arbiter has committed for another list; make a new one.
        """
        require_instance("the roster", roster, Roster)
        index, text = roster.index_of(self.card), roster.to_json().encode()
        known = self._store.get("session", "roster")
        if known is not None:
            if known != text:
                raise EscrowError(
                    "this arbiter has committed for another list; make a new arbiter for this one"
                )
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
        """Do the second round: seal a share to each other arbiter.

        A second call seals the same shares again.

        Raises:
            WrongShare: if a dealer's commitment is wrong; the error names the dealer.
            InvalidInput: if a commitment is missing, unsigned, or for another list.
            EscrowError: if it is not yet time for this round, or this arbiter dealt before for
                other commitments.
        """
        first, index = self._first_round(commitments), self.index
        known = self._store.get("session", "transcript")
        if known not in (None, first.transcript):
            raise EscrowError("this arbiter dealt its shares for other commitments than these")
        polynomial, signing = self._polynomial(), self._record("key", "signing")
        self._store.put([("session", "transcript", first.transcript)])
        return [
            Deal.seal(first, index, receiver, evaluate(polynomial, receiver), signing)
            for receiver in range(1, first.roster.size + 1)
            if receiver != index
        ]

    def finish(self, commitments: Sequence[Commitment], deals: Sequence[Deal]) -> ArbiterGroup:
        """Check every share, keep their sum, forget the rest, and return the group.

        Args:
            commitments: all commitments of the first round.
            deals: the shares that the other arbiters sealed to this one.

        Raises:
            WrongShare: if a dealer's share is wrong; the error names the dealer, and ``complain``
                proves it.
            InvalidInput: if a share is missing, repeated, unsigned, or for another arbiter.
            EscrowError: if a dealer saw other commitments, or it is not yet time for this round.
        """
        first, index = self._first_round(commitments), self.index
        if self._store.get("session", "transcript") != first.transcript:
            raise EscrowError("deal first, and finish with the commitments that you dealt for")
        total, dealers = evaluate(self._polynomial(), index), [index]
        for deal in deals:
            require_instance("a deal", deal, Deal)
            total += deal.open(first, index, self._record("key", "envelope"))
            dealers.append(deal.dealer)
        if len(set(dealers)) != len(dealers):
            raise InvalidInput("two shares are from the same dealer")
        absent = [c.name for i, c in enumerate(first.roster.cards, 1) if i not in dealers]
        if absent:
            raise InvalidInput(f"the shares of {', '.join(absent)} are missing")
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
        """Prove to everybody that a share is wrong. This publishes the arbiter's envelope key.

        Raises:
            EscrowError: if the key generation is finished, because its shares were right.
        """
        require_instance("the deal", deal, Deal)
        if self._store.get("share", "own") is not None:
            raise EscrowError("this key generation is finished; there is nothing to complain about")
        return Complaint(deal, self._record("key", "envelope"))

    # --- opening --------------------------------------------------------------------------------

    @property
    def group(self) -> ArbiterGroup:
        """The group.

        Raises:
            EscrowError: if the key generation is not finished.
        """
        text = self._store.get("share", "group")
        if text is None:
            raise EscrowError("this arbiter has no share yet: the key generation is not finished")
        return ArbiterGroup.from_json(text)

    def open_partially(
        self, escrowed: EscrowedValue, context: int, evidence: DefaultEvidence
    ) -> PartialOpening:
        """Make and sign this arbiter's part of the opening of a reference whose loan is in default.

        The signature convicts this arbiter if the block that the evidence names is on the chain,
        and the loan was never in default there. So take the evidence from a node that you trust.

        Args:
            escrowed: the escrowed reference.
            context: the context of the loan's application.
            evidence: the evidence that this loan is in default.

        Raises:
            NotInDefault: if the evidence does not show a default, or shows that of another loan.
            InvalidInput: if the escrowed reference is not acceptable.
            OutOfRange: if the context is not a field element.
            EscrowError: if the key generation is not finished.
        """
        self._forget()
        group = self.group
        share = int.from_bytes(self._record("share", "own"), "big")
        return partial_opening(
            group,
            self.index,
            share,
            escrowed,
            context=context,
            evidence=evidence,
            account_key=account_key(self._record("key", "signing")),
        )

    # --- the file -------------------------------------------------------------------------------

    @property
    def _roster(self) -> Roster:
        text = self._store.get("session", "roster")
        if text is None:
            raise EscrowError("commit first: this arbiter does not have a list of arbiters yet")
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
        # after a crash between writing the share and this line, the next use does it
        if self._store.get("share", "own") is not None:
            self._store.remove("session", "polynomial")
            self._store.remove("key", "envelope")

    def _record(self, kind: str, id_: str) -> bytes:
        data = self._store.get(kind, id_)
        if data is None:
            raise DamagedFile("the arbiter's file is incomplete; restore it from a backup")
        return data


def _scalar_bytes(scalar: int) -> bytes:
    return scalar.to_bytes(_SCALAR_BYTES, "big")
