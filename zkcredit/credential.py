"""A credential: what an issuer signed about a borrower, bound to the borrower's secret.

The message is the Poseidon hash of revocation id, times, holder and the twelve attributes under
the tag ``credential``. The signature is EdDSA-Poseidon over BabyJubJub as circomlib and zk-kit
define it, and it is verified strictly (``zkcredit.gadgets.eddsa``). The holder is the hash of the
borrower's secret: the issuer does not learn the secret and cannot compute the borrower's
pseudonyms.

The JSON form follows the W3C Verifiable Credentials Data Model 2.0. This module is stricter than
that recommendation: the members are exactly those written here, in any order; times are in UTC
with whole seconds; there is one subject, one issuer and one proof. An inline ``@vocab`` defines
our own terms, so that nothing is ever fetched.

A credential over a ``zkcredit.ScoredRecord`` is signed in the same way, with the hash of its
features in place of the score. Its JSON form has its own type, and has the features by name and
their schema in place of the score.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal import json
from zkcredit._internal.checks import require_instance, require_int, require_uint
from zkcredit.bn254.fields import R
from zkcredit.circuits.hashes import credential_message, holder_commitment
from zkcredit.errors import (
    ExpiredCredential,
    InvalidInput,
    InvalidSignature,
    MalformedFile,
    OutOfRange,
)
from zkcredit.gadgets import babyjub, eddsa
from zkcredit.record import CreditRecord
from zkcredit.schema import ATTRIBUTES, ID_BITS
from zkcredit.scoring.scored_record import Features, ScoredRecord
from zkcredit.units import MAX_TIME, format_time, parse_time

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.gadgets.eddsa import Signature, SigningKey

__all__ = ["Credential", "holder_of"]

MAX_BYTES: Final = 1 << 16
"""The longest JSON form that is read, in bytes."""

_CONTEXT: Final = ["https://www.w3.org/ns/credentials/v2", {"@vocab": "urn:zkcredit:v1#"}]
_TYPES: Final = ["VerifiableCredential", "CreditCredential"]
_SCORED_TYPES: Final = ["VerifiableCredential", "ScoredCreditCredential"]
_PROOF: Final = {"type": "EddsaPoseidonBabyJubJub", "proofPurpose": "assertionMethod"}
_WIDE: Final = frozenset({"subject_ref", "person_tag"})  # JSON numbers cannot hold them exactly
_ISSUER: Final = "urn:zkcredit:issuer:"
_HOLDER: Final = "urn:zkcredit:holder:"


def holder_of(secret: int) -> int:
    """Return the holder of a borrower's secret, which credentials contain: H(s) under its own tag.

    Raises:
        OutOfRange: if the secret is 0 or not a field element.
    """
    if not 0 < require_int("the holder secret", secret) < R:
        raise OutOfRange("the holder secret must be a non-zero field element")
    return holder_commitment(secret)


@dataclass(frozen=True, slots=True)
class Credential:
    """A signed credential. It is private to the borrower; ``repr`` never shows a value.

    The constructor does not check the signature; ``verify`` does.

    Attributes:
        revocation_id: 1 to 2^32 − 1, unique at the issuer.
        issued_at: Unix seconds; the credential is valid while ``issued_at ≤ now < expires_at``.
        expires_at: Unix seconds.
        holder: hash of the borrower's secret, a field element.
        record: the twelve attributes, or eleven attributes and features.
        issuer: the issuer's public key.
        signature: the issuer's signature over ``message``.

    Raises:
        InvalidInput: if a field has the wrong type.
        OutOfRange: if a field is outside its range.
    """

    revocation_id: int
    issued_at: int
    expires_at: int
    holder: int
    record: CreditRecord | ScoredRecord
    issuer: Point
    signature: Signature

    def __post_init__(self) -> None:
        require_uint("revocation_id", self.revocation_id, ID_BITS, minimum=1)
        issued, expires = require_int("issued_at", self.issued_at), self.expires_at
        if not 0 <= issued < require_int("expires_at", expires) <= MAX_TIME:
            raise OutOfRange(f"times must satisfy 0 ≤ issued_at < expires_at ≤ {MAX_TIME}")
        if not 0 < require_int("holder", self.holder) < R:
            raise OutOfRange("the holder must be a non-zero field element")
        require_record(self.record)
        require_instance("the issuer", self.issuer, babyjub.Point)
        require_instance("the signature", self.signature, eddsa.Signature)

    def __repr__(self) -> str:
        return "Credential(…)"

    @classmethod
    def sign(
        cls,
        key: SigningKey,
        record: CreditRecord | ScoredRecord,
        *,
        holder: int,
        revocation_id: int,
        issued_at: int,
        expires_at: int,
    ) -> Credential:
        """Make a credential with a signing key.

        ``zkcredit.Issuer`` does this with all the bookkeeping that revocation needs.

        Raises:
            InvalidInput: if an argument has the wrong type.
            OutOfRange: if an argument is outside its range.
        """
        issuer = eddsa.public_key(key)
        unsigned = cls(revocation_id, issued_at, expires_at, holder, record, issuer, _NO_SIGNATURE)
        return replace(unsigned, signature=eddsa.sign(key, unsigned.message()))

    def message(self) -> int:
        """Return the field element that is signed."""
        return credential_message(
            self.revocation_id,
            self.issued_at,
            self.expires_at,
            self.holder,
            self.record.values(),
        )

    def verify(self, *, issuer: Point | None = None, at: int | None = None) -> None:
        """Check the signature and, if they are given, the issuer and the time.

        This method does not check whether the issuer is on anybody's list or whether it revoked
        the credential: ask a ``zkcredit.RegistrySnapshot``.

        Args:
            issuer: the key that must have signed; any key if None.
            at: Unix seconds at which the credential must be valid; any time if None.

        Raises:
            InvalidSignature: if the signature does not verify, or the key is not the expected one
                or not acceptable (the identity, off the curve, of low order).
            ExpiredCredential: if the credential is not valid at that time.
        """
        if issuer is not None and issuer != self.issuer:
            raise InvalidSignature("the credential is not from the expected issuer")
        eddsa.verify(self.issuer, self.message(), self.signature)
        if at is not None:
            self.require_valid(at)

    def require_valid(self, at: int) -> None:
        """Check that ``issued_at ≤ at < expires_at``.

        Raises:
            ExpiredCredential: if it does not hold.
        """
        if require_int("at", at) < self.issued_at:
            raise ExpiredCredential("the credential is not valid yet: check the clock")
        if at >= self.expires_at:
            raise ExpiredCredential(
                f"the credential expired on {format_time(self.expires_at)}; ask for a new one"
            )

    def to_json(self) -> str:
        """Return the W3C form, always the same text for the same credential."""
        issuer = _ISSUER + babyjub.to_text(self.issuer)
        subject: dict[str, Any] = {"id": _HOLDER + json.field_text(self.holder)}
        for name in _names(self.record):
            value = getattr(self.record, name)
            subject[name] = str(value) if name in _WIDE else value
        types = _TYPES
        if isinstance(self.record, ScoredRecord):
            types = _SCORED_TYPES
            features = self.record.features
            subject |= {"features": features.named(), "featureSchema": features.schema}
        return json.canonical(
            {
                "@context": _CONTEXT,
                "type": types,
                "issuer": issuer,
                "validFrom": format_time(self.issued_at),
                "validUntil": format_time(self.expires_at),
                "credentialStatus": {
                    "type": "RevocationGapTree",
                    "revocationId": self.revocation_id,
                },
                "credentialSubject": subject,
                "proof": {
                    **_PROOF,
                    "verificationMethod": issuer,
                    "proofValue": signature_text(self.signature),
                },
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Credential:
        """Read the W3C form strictly; this method does not verify the signature.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidSignature: if the issuer's key is not acceptable.
            InvalidInput: if a value has the wrong type.
            OutOfRange: if a value is outside its range.
        """
        what = "credential"
        document = json.members(json.parse(text, what, MAX_BYTES), _MEMBERS, what)
        status = json.members(
            document["credentialStatus"], ("type", "revocationId"), f"{what} status"
        )
        proof = json.members(
            document["proof"], (*_PROOF, "verificationMethod", "proofValue"), f"{what} proof"
        )
        scored = document["type"] == _SCORED_TYPES
        record, holder = _read_subject(document["credentialSubject"], scored)
        credential = cls(
            revocation_id=json.integer(status["revocationId"], "revocationId"),
            issued_at=parse_time(document["validFrom"]),
            expires_at=parse_time(document["validUntil"]),
            holder=holder,
            record=record,
            issuer=key_from_text(_after(_ISSUER, document["issuer"]), "issuer"),
            signature=signature_from_text(proof["proofValue"], "proofValue"),
        )
        # A member that carries no information must have the one value that we write.
        if json.canonical(document) != credential.to_json():
            raise MalformedFile(f"{what}: a member does not have the only value that is accepted")
        return credential


_MEMBERS: Final = (
    "@context",
    "type",
    "issuer",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSubject",
    "proof",
)


def require_record(value: object) -> CreditRecord | ScoredRecord:
    """Return the value if it is a record of either kind.

    Raises:
        InvalidInput: if it is not a record.
    """
    if not isinstance(value, CreditRecord | ScoredRecord):
        raise InvalidInput("the attributes must be a CreditRecord or a ScoredRecord")
    return value


def key_from_text(value: object, what: str) -> Point:
    """Read a public key: on the curve, in the prime-order subgroup, not the identity.

    Raises:
        MalformedFile: if the notation is another one, or the point is not on the curve.
        InvalidSignature: if the point is not an acceptable key.
    """
    key = babyjub.from_text(value, what)
    eddsa.require_public_key(key)
    return key


def signature_text(signature: Signature) -> str:
    """Return a signature as 128 hexadecimal digits: packed R8, then S little-endian."""
    return signature.to_bytes().hex()


def signature_from_text(value: object, what: str) -> Signature:
    """Read a signature without verifying it.

    Raises:
        MalformedFile: if the notation is another one, R8 is not on the curve, or S is not below l.
    """
    data = json.hex_bytes(value, eddsa.SIGNATURE_BYTES, what)
    try:
        return eddsa.Signature.from_bytes(data)
    except InvalidInput as error:
        raise MalformedFile(f"{what}: {error}") from None


_NO_SIGNATURE: Final = eddsa.Signature(babyjub.IDENTITY, 0)


def _names(record: CreditRecord | ScoredRecord) -> list[str]:
    # the attributes that are written one by one, if a record of this kind has them
    return [spec.name for spec in ATTRIBUTES if hasattr(record, spec.name)]


def _read_subject(document: object, scored: bool) -> tuple[CreditRecord | ScoredRecord, int]:
    what = "credential subject"
    names = [spec.name for spec in ATTRIBUTES[int(scored) :]]
    features = ("features", "featureSchema") if scored else ()
    subject = json.members(document, ("id", *names, *features), what)
    values: dict[str, Any] = {name: _attribute(name, subject[name]) for name in names}
    holder = json.field(_after(_HOLDER, subject["id"]), "holder")
    if not scored:
        return CreditRecord.from_values(values), holder
    signed = Features.from_named(subject["featureSchema"], subject["features"])
    return ScoredRecord(signed, **values), holder


def _after(prefix: str, value: object) -> str:
    if not isinstance(value, str) or not value.startswith(prefix):
        raise MalformedFile(f"credential: an identifier must begin with {prefix}")
    return value[len(prefix) :]


def _attribute(name: str, value: object) -> object:
    if name not in _WIDE:
        return value
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 80:
        raise MalformedFile(f"credential: {name} must be decimal digits as text")
    return int(value)
