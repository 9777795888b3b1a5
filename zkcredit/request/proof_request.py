"""A request that a verifier without a chain makes, and its JSON.

The context of a ``ProofRequest`` is EIP-712's ``hashStruct`` of ::

    ZkcreditConsent(string verifier,string purpose,uint256 expiresAt,uint256 nonce)

shifted right by 8 bits. Its first word is the hash of that line, so it is not the context of a
loan, whose first word is the number of a chain. Policy, scope, registry root, arbiters, account and
total are public inputs of their own; the scorecard belongs to the key.

The context of a signed request also has the key that signed it and the addressee::

    ZkcreditRequest(string verifier,string purpose,uint256 expiresAt,uint256 nonce,
                    bytes32 signedBy,string addressee)

(one line, without the spaces). So whoever takes the signature off a request, to have somebody
else's wallet answer it, gets an answer to another request.
"""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

import zkcredit.units as units
from zkcredit._internal import ed25519, json
from zkcredit._internal.checks import require_instance, require_int, require_text, require_uint
from zkcredit._internal.evm import field_hash, keccak256, words
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.policy import Policy
from zkcredit.request.base import Arbiters, Request
from zkcredit.request.signing import RequestKey, require_signature
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from zkcredit.gadgets.babyjub import Point

__all__ = ["CONTEXT_TYPE", "QR_BYTES", "SIGNED_CONTEXT_TYPE", "ProofRequest"]

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
_ALWAYS: Final = ("verifier", "purpose", "expiresAt", "nonce", "policy")
_AT_TIMES: Final = (
    "scope", "registryRoot", "arbiters", "account", "total", "scorecard", "replyTo", "addressee",
    "signedBy", "signature",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProofRequest(Request):
    """A verifier's request for one proof. It is not secret between borrower and verifier.

    The verifier makes it (``new``, or ``RequestBook.new``), keeps it, and sends it; the borrower's
    wallet answers it. Two requests are equal if every part is.

    Attributes:
        verifier: who asks, in words that the borrower knows them by.
        purpose: what they may use the proof for.
        expires_at: last second of use, Unix.
        nonce: makes it unlike every other; the verifier accepts one answer. Below 2^128.
        policy: the conditions, with the time that the verifier judges at.
        scope: where the borrower's pseudonym holds, a field element.
        registry_root: root of the issuers that the verifier accepts.
        arbiters: to whom the borrower's reference is escrowed, or None.
        account: the ledger account that the proof is about, or None.
        total: the account's ciphertext in effect, or None.
        scorecard: sha256 of the scorecard that makes the score, or None.
        reply_to: where the answer goes (an address, a web page), or "".
        addressee: what the borrower's wallet told this verifier to call it, or "". A wallet
            answers no signed request that is addressed to another.
        signed_by: Ed25519 public key of the verifier, or empty if the request is not signed.
        signature: of everything else, or empty.

    Raises:
        InvalidInput: if a text is empty, too long, holds control characters, has spaces at its
            ends, or is not in Unicode's normal form C, so that two spellings of it would differ; or
            a part is not acceptable.
        InvalidSignature: if the named key did not sign this request.
        OutOfRange: if a number is out of its range.
    """

    verifier: str
    purpose: str
    expires_at: int
    nonce: int
    policy: Policy
    scope: int = 0
    registry_root: int = 0
    arbiters: Arbiters | None = None
    account: Point | None = None
    total: Ciphertext | None = None
    scorecard: str | None = None
    reply_to: str = ""
    addressee: str = ""
    signed_by: bytes = b""
    signature: bytes = b""

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
        scope: int = 0,
        registry_root: int = 0,
        valid_for: int,
        now: int | None = None,
        arbiters: Arbiters | None = None,
        account: Point | None = None,
        total: Ciphertext | None = None,
        scorecard: str | None = None,
        reply_to: str = "",
        addressee: str = "",
    ) -> Self:
        """Make a request with a nonce from the operating system.

        Args:
            verifier: who asks.
            purpose: what for.
            policy: the conditions; its time is ``now`` unless it has one.
            scope: where the pseudonym holds.
            registry_root: root of the accepted issuers.
            valid_for: seconds.
            now: Unix seconds; the present by default.
            arbiters: to whom the reference is escrowed.
            account: the ledger account to prove about.
            total: the account's ciphertext in effect.
            scorecard: sha256 of the scorecard that makes the score.
            reply_to: where the answer goes.
            addressee: what the borrower's wallet told this verifier to call it.

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
            scope=scope,
            registry_root=registry_root,
            arbiters=arbiters,
            account=account,
            total=total,
            scorecard=scorecard,
            reply_to=reply_to,
            addressee=addressee,
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

        A signed request names its addressee, so that whoever is handed it cannot let somebody else
        answer in their place. It has another context than the unsigned one.

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
        """Return whether the request's text fits one QR code."""
        return len(self.to_json()) <= QR_BYTES

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a request. Its signature is checked.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            InvalidSignature: if the named key did not sign this request.
            InvalidInput: if a part is not acceptable.
            OutOfRange: if a number is out of its range.
        """
        document = json.parse(text, _WHAT, _MAX_BYTES)
        at_times = [name for name in _AT_TIMES if isinstance(document, dict) and name in document]
        members = json.typed_members(document, _WHAT, _TYPE, (*_ALWAYS, *at_times))
        request = cls(**_fields(members))
        if json.canonical(document) != request.to_json():
            raise MalformedFile(f"{_WHAT}: a member says its default; leave it out")
        return request

    def _text(self, *, signed: bool) -> str:
        document: dict[str, Any] = {
            "type": _TYPE,
            "verifier": self.verifier,
            "purpose": self.purpose,
            "expiresAt": units.format_time(self.expires_at),
            "nonce": f"{self.nonce:032x}",
            "policy": self.policy.conditions(),
            "scope": json.field_text(self.scope) if self.scope else None,
            "registryRoot": json.field_text(self.registry_root) if self.registry_root else None,
            "scorecard": self.scorecard,
            "replyTo": self.reply_to or None,
            "addressee": self.addressee or None,
        }
        if self.arbiters is not None:
            document["arbiters"] = {
                "key": babyjub.to_text(self.arbiters.key),
                "threshold": self.arbiters.threshold,
                "names": list(self.arbiters.names),
            }
        if self.account is not None:
            document["account"] = babyjub.to_text(self.account)
        if self.total is not None:
            document["total"] = [babyjub.to_text(point) for point in self.total]
        if signed and self.signature:
            document["signedBy"] = self.signed_by.hex()
            document["signature"] = self.signature.hex()
        return json.canonical({k: v for k, v in document.items() if v is not None})

    def _require_addressee(self) -> None:
        if not self.addressee:
            raise InvalidInput(
                "a signed request names its addressee; ask the borrower's wallet for it"
            )

    def _origin_in_words(self) -> list[str]:
        if not self.signed_by:
            lines = ["Not signed: anybody can have written this, and can pass it on."]
        else:
            lines = [f"Signed by the key {_grouped(self.signed_by.hex())}"]
        return lines + ([f"Send the answer to: {self.reply_to}"] if self.reply_to else [])


def _fields(members: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "verifier": members["verifier"],
        "purpose": members["purpose"],
        "expires_at": units.parse_time(members["expiresAt"]),
        "nonce": int.from_bytes(json.hex_bytes(members["nonce"], NONCE_BITS // 8, "nonce"), "big"),
        "policy": Policy.from_values(members["policy"]),
    }
    for name, field in (("scope", "scope"), ("registryRoot", "registry_root")):
        if name in members:
            fields[field] = json.field(members[name], name)
    for name, field in (("replyTo", "reply_to"), ("addressee", "addressee")):
        if name in members:
            fields[field] = members[name]
    fields |= _statement_parts(members)
    for name, field, length in (
        ("signedBy", "signed_by", ed25519.KEY_BYTES),
        ("signature", "signature", ed25519.SIGNATURE_BYTES),
    ):
        if name in members:
            fields[field] = json.hex_bytes(members[name], length, name)
    return fields


def _statement_parts(members: dict[str, Any]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "arbiters" in members:
        parts = json.members(members["arbiters"], ("key", "threshold", "names"), "arbiters")
        names = tuple(json.items(parts["names"], f"{_WHAT}: the arbiters' names"))
        key = babyjub.from_text(parts["key"], f"{_WHAT}: the arbiters' key")
        fields["arbiters"] = Arbiters(key, json.integer(parts["threshold"], "threshold"), names)
    if "scorecard" in members:
        fields["scorecard"] = json.hex_bytes(members["scorecard"], 32, "scorecard").hex()
    if "account" in members:
        fields["account"] = babyjub.from_text(members["account"], f"{_WHAT}: account")
    if "total" in members:
        total = json.items(members["total"], f"{_WHAT}: total")
        if len(total) != 2:
            raise MalformedFile(f"{_WHAT}: a total has two points")
        fields["total"] = Ciphertext(
            *(babyjub.from_text(text, f"{_WHAT}: total") for text in total)
        )
    return fields


def _grouped(digits: str) -> str:
    return " ".join(digits[i : i + 8] for i in range(0, len(digits), 8))


def _require_words(name: str, value: object) -> None:
    text = require_text(name, value, _LONGEST)
    if not text or text != text.strip() or text != unicodedata.normalize("NFC", text):
        raise InvalidInput(
            f"{name} must not be empty, have spaces at its ends, or be other than Unicode's NFC"
        )
