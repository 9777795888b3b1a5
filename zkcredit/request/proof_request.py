"""A request that a verifier without a chain makes, and its JSON.

The context of a ``ProofRequest`` is EIP-712's ``hashStruct`` of ::

    ZkcreditConsent(string verifier,string purpose,uint256 expiresAt,uint256 nonce)

shifted right by 8 bits. Its first word is the hash of that line, so it differs from the context of
a loan, whose first word is the number of a chain. Policy, scope, registry root, arbiters, account
and total are separate public inputs; the verifying key determines the scorecard.

The context of a signed request also has the key that signed it and the addressee::

    ZkcreditRequest(string verifier,string purpose,uint256 expiresAt,uint256 nonce,
                    bytes32 signedBy,string addressee)

(one line, without the spaces). So whoever removes the signature, to have somebody else's wallet
answer the request, gets an answer with another context.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import KW_ONLY, MISSING, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, Unpack

import zkcredit.units as units
from zkcredit._internal import ed25519, json
from zkcredit._internal.checks import require_instance, require_int, require_text, require_uint
from zkcredit._internal.evm import field_hash, keccak256, words
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.language import tr
from zkcredit.policy import Policy
from zkcredit.request.base import Arbiters, Parts, Request
from zkcredit.request.signing import RequestKey, require_signature
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Callable


__all__ = ["CONTEXT_TYPE", "QR_BYTES", "SIGNED_CONTEXT_TYPE", "ProofParts", "ProofRequest"]

CONTEXT_TYPE: Final = (
    "ZkcreditConsent(string verifier,string purpose,uint256 expiresAt,uint256 nonce)"
)
"""The struct whose EIP-712 hash is the context of a request without a chain."""

SIGNED_CONTEXT_TYPE: Final = (
    "ZkcreditRequest(string verifier,string purpose,uint256 expiresAt,uint256 nonce,"
    "bytes32 signedBy,string addressee)"
)
"""The struct of a signed request."""

QR_BYTES: Final = 2953
"""Bytes in the largest QR code (ISO/IEC 18004, version 40, level L)."""

NONCE_BITS: Final = 128
_TYPE: Final = "zkcredit/proof-request/1"
_WHAT: Final = "request"
_MAX_BYTES: Final = 1 << 14
_LONGEST: Final = 256


class ProofParts(Parts, total=False):
    """What a ``ProofRequest`` may have; see there."""

    scope: int
    scorecard: str | None
    reply_to: str
    addressee: str


@dataclass(frozen=True, slots=True)
class ProofRequest(Request):
    """A verifier's request for one proof. It is not secret between borrower and verifier.

    The verifier makes it (``new``, or ``RequestBook.new``), keeps it, and sends it; the borrower's
    wallet answers it. Two requests are equal if every part is. ``Request`` has the other parts.

    Attributes:
        verifier: who asks, by a name that the borrower knows.
        purpose: what the verifier may use the proof for.
        expires_at: last second of use, Unix.
        nonce: a number below 2^128 that no other request has; the verifier accepts one answer.
        reply_to: where the answer goes (an address, a web page), or "".
        addressee: the name of the borrower's wallet towards this verifier, or "". A wallet does
            not answer a signed request that is addressed to another name.
        signed_by: Ed25519 public key of the verifier, or empty if the request is not signed.
        signature: the signature of everything else, or empty.

    Raises:
        InvalidInput: if a text is empty, too long, contains control characters, has spaces at its
            ends, or is not in Unicode's normal form C (so that equal texts are equal bytes); or a
            part is not acceptable.
        InvalidSignature: if the named key did not sign this request.
        OutOfRange: if a number is out of its range.
    """

    verifier: str
    purpose: str
    expires_at: int
    nonce: int
    _: KW_ONLY
    reply_to: str = ""
    addressee: str = ""
    signed_by: bytes = b""
    signature: bytes = b""

    __repr__ = short_repr

    def __post_init__(self) -> None:
        for name in ("verifier", "purpose"):
            _require_words(name, getattr(self, name))
        for name in ("reply_to", "addressee"):
            if getattr(self, name) != "":
                _require_words(name, getattr(self, name))
        if not 0 < require_int("expires_at", self.expires_at) <= units.MAX_TIME:
            raise OutOfRange(f"expires_at must be above 0 and at most {units.MAX_TIME}")
        require_uint("nonce", self.nonce, NONCE_BITS)
        self._require_parts()
        for name in ("signed_by", "signature"):
            require_instance(name, getattr(self, name), bytes)
        if self.signed_by or self.signature:
            self._require_addressee()
            require_signature(self.signed_by, self.signature, self._text(signed=False))

    @classmethod
    def new(
        cls,
        *,
        verifier: str,
        purpose: str,
        policy: Policy,
        valid_for: int,
        now: int | None = None,
        **parts: Unpack[ProofParts],
    ) -> Self:
        """Make a request with a nonce from the operating system.

        Args:
            verifier: who asks.
            purpose: what the verifier may use the proof for.
            policy: the conditions; its time is ``now`` unless it has one.
            valid_for: seconds.
            now: Unix seconds; the present by default.
            parts: what the statement needs, and where the answer goes; see the class.

        Raises:
            InvalidInput: if a part is not acceptable.
            OutOfRange: if a number is out of its range, or ``valid_for`` is below 1.
        """
        require_uint("valid_for", valid_for, TIME_BITS, minimum=1)
        start = units.now() if now is None else require_int("now", now)
        if require_instance("the policy", policy, Policy).now == 0:
            policy = policy.at(start)
        return cls(
            verifier=verifier,
            purpose=purpose,
            expires_at=start + valid_for,
            nonce=secrets.randbits(NONCE_BITS),
            policy=policy,
            **parts,
        )

    @property
    def context(self) -> int:
        """The public input that binds a proof to this request, below 2^248."""
        kind = SIGNED_CONTEXT_TYPE if self.signed_by else CONTEXT_TYPE
        texts = (kind, self.verifier, self.purpose)
        encoded = b"".join(keccak256(text.encode()) for text in texts)
        encoded += words(self.expires_at, self.nonce)
        if self.signed_by:
            encoded += self.signed_by + keccak256(self.addressee.encode())
        return field_hash(encoded)

    def signed(self, key: RequestKey) -> Self:
        """Return the same request, signed by the verifier.

        A signed request names its addressee, so that a person who receives it cannot have somebody
        else answer it. Its context differs from that of the unsigned request.

        Raises:
            InvalidInput: if the request has no addressee, or the key is not a ``RequestKey``.
        """
        require_instance("the key", key, RequestKey)
        self._require_addressee()
        bare = replace(self, signed_by=b"", signature=b"")
        return replace(bare, signed_by=key.public, signature=key.sign(bare._text(signed=False)))

    def to_json(self) -> str:
        """Return the request as JSON, always the same text for the same request."""
        return self._text(signed=True)

    def fits_qr(self) -> bool:
        """Return whether the request's text fits in one QR code."""
        return len(self.to_json()) <= QR_BYTES

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a request, and check its signature.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidSignature: if the named key did not sign this request.
            InvalidInput: if a part is not acceptable.
            OutOfRange: if a number is out of its range.
        """
        required = [_MEMBERS[field.name].name for field in fields(cls) if field.default is MISSING]
        optional = [member.name for member in _MEMBERS.values() if member.name not in required]
        document = json.open_document(text, _WHAT, _TYPE, required, _MAX_BYTES, optional=optional)
        found = {
            field: member.read(document[member.name], f"{_WHAT}: {member.name}")
            for field, member in _MEMBERS.items()
            if member.name in document
        }
        request = cls(**found)
        if json.canonical(document) != request.to_json():
            raise MalformedFile(f"{_WHAT}: a member has its default value and must be left out")
        return request

    def _text(self, *, signed: bool) -> str:
        document: dict[str, object] = {"type": _TYPE}
        for field in fields(self):
            value, member = getattr(self, field.name), _MEMBERS[field.name]
            if value != field.default and (signed or field.name not in _SIGNATURE):
                document[member.name] = member.write(value)
        return json.canonical(document)

    def _require_addressee(self) -> None:
        if not self.addressee:
            raise InvalidInput(
                "a signed request must name its addressee; ask the borrower's wallet for its name"
            )

    def _origin_in_words(self) -> list[str]:
        if not self.signed_by:
            words = tr("Not signed: anybody could have written this request, or can pass it on.")
        else:
            words = tr("Signed by the key {key}", key=self.signed_by.hex(" ", -4))
        to = self.reply_to
        return [words, *([tr("Send the answer to: {address}", address=to)] if to else [])]


def _require_words(name: str, value: object) -> None:
    text = require_text(name, value, _LONGEST)
    if not text or text != text.strip() or text != unicodedata.normalize("NFC", text):
        raise InvalidInput(
            f"{name} must be text in Unicode's normal form C, not empty, without spaces at its ends"
        )


# --- JSON -----------------------------------------------------------------------------------------


class _Member(NamedTuple):
    """The member of a request's document that holds one field."""

    name: str
    write: Callable[[Any], object]
    read: Callable[[Any, str], Any]


def _as_it_is(value: object, _: str = "") -> object:
    return value  # the class checks it


def _arbiters_text(arbiters: Arbiters) -> dict[str, object]:
    return {
        "key": babyjub.to_text(arbiters.key),
        "threshold": arbiters.threshold,
        "names": list(arbiters.names),
    }


def _arbiters(value: object, what: str) -> Arbiters:
    parts = json.members(value, ("key", "threshold", "names"), what)
    key, names = babyjub.from_text(parts["key"], what), json.items(parts["names"], what)
    return Arbiters(key, json.integer(parts["threshold"], what), tuple(names))


def _total(value: object, what: str) -> Ciphertext:
    points = [babyjub.from_text(text, what) for text in json.items(value, what)]
    if len(points) != 2:
        raise MalformedFile(f"{what} has two points")
    return Ciphertext(*points)


def _hex(length: int) -> Callable[[Any, str], bytes]:
    return lambda value, what: json.hex_bytes(value, length, what)


_MEMBERS: Final = {
    "verifier": _Member("verifier", _as_it_is, _as_it_is),
    "purpose": _Member("purpose", _as_it_is, _as_it_is),
    "expires_at": _Member("expiresAt", units.format_time, lambda text, _: units.parse_time(text)),
    "nonce": _Member(
        "nonce",
        "{:032x}".format,
        lambda value, what: int.from_bytes(json.hex_bytes(value, NONCE_BITS // 8, what), "big"),
    ),
    "policy": _Member("policy", Policy.conditions, lambda value, _: Policy.from_values(value)),
    "scope": _Member("scope", json.field_text, json.field),
    "registry_root": _Member("registryRoot", json.field_text, json.field),
    "arbiters": _Member("arbiters", _arbiters_text, _arbiters),
    "account": _Member("account", babyjub.to_text, babyjub.from_text),
    "total": _Member("total", lambda total: [babyjub.to_text(point) for point in total], _total),
    "scorecard": _Member(
        "scorecard", _as_it_is, lambda value, what: json.hex_bytes(value, 32, what).hex()
    ),
    "reply_to": _Member("replyTo", _as_it_is, _as_it_is),
    "addressee": _Member("addressee", _as_it_is, _as_it_is),
    "signed_by": _Member("signedBy", bytes.hex, _hex(ed25519.KEY_BYTES)),
    "signature": _Member("signature", bytes.hex, _hex(ed25519.SIGNATURE_BYTES)),
}
_SIGNATURE: Final = ("signed_by", "signature")
