"""What an issuer is told to issue, what it remembers of it, and how an order ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import zkcredit.units as units
from zkcredit._internal.checks import require_instance, require_text, require_uint
from zkcredit.credential import require_record
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import InvalidInput
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from zkcredit.errors import CredentialError
    from zkcredit.record import CreditRecord
    from zkcredit.scoring.scored_record import ScoredRecord

__all__ = ["VALID_FOR", "IssueOrder", "IssueOutcome", "IssuedCredential", "require_person"]

VALID_FOR: Final = 90 * units.DAY
"""Seconds for which a credential is valid if nothing else is said."""


@dataclass(frozen=True, slots=True)
class IssuedCredential:
    """What an issuer remembers of one credential.

    Attributes:
        revocation_id: the credential's id.
        person_tag: the tag of the person who holds it.
        issued_at: Unix seconds.
        expires_at: Unix seconds.
        revoked_at: Unix seconds, or None if it is not revoked.
    """

    revocation_id: int
    person_tag: int
    issued_at: int
    expires_at: int
    revoked_at: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class IssueOrder:
    """One credential to be issued: for whom, and what it says. ``repr`` never shows the values.

    Attributes:
        record: the attributes; the issuer fills in ``person_tag``.
        person: the issuer's own identifier of the person, at most 256 characters.
        to: the card that the person's wallet shows.
        valid_for: seconds until the credential expires.

    Raises:
        InvalidInput: if a field has the wrong type, or the person is empty.
        OutOfRange: if ``valid_for`` is outside its range.
    """

    record: CreditRecord | ScoredRecord
    person: str
    to: HolderCard
    valid_for: int = VALID_FOR

    def __post_init__(self) -> None:
        require_record(self.record)
        require_person(self.person)
        require_instance("to", self.to, HolderCard)
        require_uint("valid_for", self.valid_for, TIME_BITS, minimum=1)

    def __repr__(self) -> str:
        return "IssueOrder(…)"


@dataclass(frozen=True, slots=True)
class IssueOutcome:
    """How one order of a batch ended: with a credential, or with a refusal.

    Attributes:
        order: the order.
        issued: what the issuer remembers of the credential; None after a refusal.
        envelope: the sealed credential; None after a refusal, and for a credential whose envelope
            the caller has.
        refusal: why nothing was issued; None if a credential was.
        repeated: whether the credential was issued before, for an equal order of the batch.
    """

    order: IssueOrder
    issued: IssuedCredential | None = None
    envelope: Envelope | None = None
    refusal: CredentialError | None = None
    repeated: bool = False


def require_person(person: str) -> str:
    """Return an issuer's identifier of a person.

    Raises:
        InvalidInput: if it is empty, too long or not printable text.
    """
    if not require_text("person", person).strip():
        raise InvalidInput("person must not be empty")
    return person
