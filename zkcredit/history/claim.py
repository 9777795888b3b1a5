"""What a holder shows an attestor: that a record at a bureau is theirs, and where the credential
goes.

A claim contains a proof of ``same_holder``: the pseudonym at the bureau and a pseudonym at the
attestor have one secret. The proof's context is the hash of everything else in the claim, so nobody
can put another card into it. Whoever passes a claim on gains nothing: the credential is sealed to
its card.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_field, require_instance, require_uint
from zkcredit._internal.evm import address_word, checksum_address, field_hash, words
from zkcredit._internal.text import short_repr
from zkcredit.credential import key_from_text
from zkcredit.envelope import HolderCard
from zkcredit.errors import ExpiredRequest, InvalidProof, MalformedFile
from zkcredit.gadgets.babyjub import Point, to_text
from zkcredit.groth16.keys import Proof
from zkcredit.language import tr
from zkcredit.request.loan_request import bureau_scope
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["RecordClaim", "attestor_scope", "claim_in_words"]

SAME_HOLDER: Final = "same_holder"

_TYPE: Final = "zkcredit/record-claim/1"
_WHAT: Final = "claim of a record"
_LABEL: Final = b"zkcredit.record-claim"
_ATTESTOR: Final = b"zkcredit.attestor"
_MAX_BYTES: Final = 1 << 14
_NAMES: Final = (
    "chainId", "bureau", "attestor", "card", "expiresAt", "nullifier", "pseudonym", "proof",
)  # fmt: skip


def attestor_scope(attestor: Point) -> int:
    """Return the scope in which a person has one pseudonym at an attestor, below 2^248."""
    require_instance("the attestor", attestor, Point)
    return field_hash(_ATTESTOR.ljust(32, b"\0") + words(*attestor))


@dataclass(frozen=True, slots=True)
class RecordClaim:
    """A claim. It links the pseudonym at the bureau to the card, for everybody who sees it.

    Attributes:
        chain_id: EIP-155 number of the bureau's chain.
        bureau: EIP-55 address of the bureau.
        attestor: public key of the issuer to whom it is made.
        card: the wallet that the credential is for.
        expires_at: last second (Unix) at which the attestor may use it.
        nullifier: the holder's pseudonym at the attestor.
        pseudonym: the holder's pseudonym at the bureau.
        proof: three points.

    Raises:
        InvalidInput: if a part has the wrong type or form.
        OutOfRange: if a number is outside its range.
    """

    chain_id: int
    bureau: str
    attestor: Point
    card: HolderCard
    expires_at: int
    nullifier: int
    pseudonym: int
    proof: Proof

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_uint("chain_id", self.chain_id, 64)
        object.__setattr__(self, "bureau", checksum_address("the bureau", self.bureau))
        require_instance("the attestor", self.attestor, Point)
        require_instance("the card", self.card, HolderCard)
        require_uint("expires_at", self.expires_at, TIME_BITS)
        require_field("nullifier", self.nullifier)
        require_field("pseudonym", self.pseudonym)
        require_instance("the proof", self.proof, Proof)

    @staticmethod
    def context_of(
        *, chain_id: int, bureau: str, attestor: Point, card: HolderCard, expires_at: int
    ) -> int:
        """Return the public input that binds the proof to the rest of the claim, below 2^248."""
        return field_hash(
            _LABEL.ljust(32, b"\0")
            + words(chain_id)
            + address_word("the bureau", bureau)
            + words(*attestor, card.holder)
            + card.envelope_key
            + words(expires_at)
        )

    @property
    def context(self) -> int:
        """The public input that binds the proof to the rest of the claim, below 2^248."""
        return self.context_of(
            chain_id=self.chain_id,
            bureau=self.bureau,
            attestor=self.attestor,
            card=self.card,
            expires_at=self.expires_at,
        )

    def require_valid(
        self,
        verifying_key: VerifyingKey,
        *,
        attestor: Point,
        chain_id: int,
        bureau: str,
        now: int | None = None,
    ) -> None:
        """Check the claim as an attestor does. Nothing in it is trusted.

        Args:
            verifying_key: the key of ``same_holder``.
            attestor: the attestor's own public key.
            chain_id: EIP-155 number of the chain of the bureau that the attestor reads.
            bureau: address of that bureau. The attestor chooses it: whoever likes deploys a bureau
                that says what they like.
            now: time of the check, Unix seconds; the present by default.

        Raises:
            ExpiredRequest: if the claim has expired.
            InvalidProof: if it is made to another attestor or about another bureau, or its proof is
                invalid.
        """
        from zkcredit.groth16.verification import verify

        if (units.now() if now is None else now) > self.expires_at:
            raise ExpiredRequest(
                f"the claim was valid until {units.format_time(self.expires_at)}; ask for a new one"
            )
        if self.attestor != attestor:
            raise InvalidProof("the claim is made to another attestor", differs=("attestor",))
        if (self.chain_id, self.bureau) != (chain_id, checksum_address("the bureau", bureau)):
            raise InvalidProof("the claim is about another bureau", differs=("bureau",))
        scopes = (
            attestor_scope(attestor),
            bureau_scope(chain_id=self.chain_id, bureau=self.bureau),
        )
        public = (self.context, scopes[0], self.nullifier, scopes[1], self.pseudonym)
        verify(verifying_key, public, self.proof)

    def to_json(self) -> str:
        """Return the claim as JSON."""
        return json.canonical(
            {
                "type": _TYPE,
                "chainId": self.chain_id,
                "bureau": self.bureau,
                "attestor": to_text(self.attestor),
                "card": json.parse(self.card.to_json(), _WHAT, _MAX_BYTES),
                "expiresAt": self.expires_at,
                "nullifier": json.field_text(self.nullifier),
                "pseudonym": json.field_text(self.pseudonym),
                "proof": json.parse(self.proof.to_json(), _WHAT, _MAX_BYTES),
            }
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a claim. It is not verified.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            OutOfRange: if a number is outside its range.
            InvalidInput: if the card is not acceptable.
            InvalidSignature: if the attestor's key is not acceptable.
        """
        given = json.open_document(text, _WHAT, _TYPE, _NAMES, _MAX_BYTES)
        bureau = given["bureau"]
        if not isinstance(bureau, str) or checksum_address("the bureau", bureau) != bureau:
            raise MalformedFile(f"{_WHAT}: the bureau is not an address with its checksum")
        return cls(
            chain_id=json.integer(given["chainId"], f"{_WHAT}: chainId"),
            bureau=bureau,
            card=HolderCard.from_json(json.canonical(given["card"])),
            expires_at=json.integer(given["expiresAt"], f"{_WHAT}: expiresAt"),
            nullifier=json.field(given["nullifier"], f"{_WHAT}: nullifier"),
            pseudonym=json.field(given["pseudonym"], f"{_WHAT}: pseudonym"),
            proof=Proof.from_json(json.canonical(given["proof"])),
            attestor=key_from_text(given["attestor"], f"{_WHAT}: attestor"),  # the slow one
        )


def claim_in_words(*, bureau: str, attestor: Point, expires_at: int) -> str:
    """Return what a holder reads before making a claim, one fact a line.

    Raises:
        InvalidInput: if the bureau is not an address.
    """
    return "\n".join(
        [
            tr("Shown to: {verifier}", verifier=to_text(attestor)),
            tr("For: {purpose}", purpose=tr("a credential about your record")),
            tr("Until: {time}", time=units.format_time(expires_at)),
            tr("They learn that:"),
            "- "
            + tr(
                "the record under your pseudonym at the bureau {bureau} is yours, with every loan "
                "and payment there that the chain shows, also later ones",
                bureau=checksum_address("the bureau", bureau),
            ),
            "- " + tr("which wallet you have: they seal the credential to its card"),
            tr("Lenders to whom you show the credential do not learn any of this."),
        ]
    )
