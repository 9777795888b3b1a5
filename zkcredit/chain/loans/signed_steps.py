"""What somebody without a coin for gas signed, as a document that anybody may carry to a market.

An application has the borrower's proof and consent, a holiday the borrower's consent, and a payment
a permit of the loan's token for the market's relay. Each serves once, until its deadline. Whoever
carries it cannot change it, and is paid nothing by it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

from zkcredit._internal.evm import address_in
from zkcredit._internal.json import (
    bytes_in,
    canonical,
    items,
    large_number_in,
    members,
    number_in,
    open_document,
)
from zkcredit.chain.contracts.gates import Evidence
from zkcredit.chain.contracts.token import Permit
from zkcredit.chain.loans.consents import SignedConsent
from zkcredit.errors import InvalidInput, MalformedFile
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import require_account_key
from zkcredit.schema import AMOUNT_BITS, PURPOSE_BITS, TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "SignedApplication",
    "SignedHoliday",
    "SignedPayment",
    "SignedStep",
    "consent_from",
    "consent_members",
]

_TYPE: Final = "zkcredit/signed-step/1"
_WHAT: Final = "signed step"
_MOST_BYTES: Final = 1 << 16
_PROOF_WORDS: Final = 8
_PERMIT_BYTES: Final = 65
_CONSENT: Final = ("signer", "nonce", "deadline", "signature")


@dataclass(frozen=True, slots=True)
class SignedApplication:
    """An application for a loan in the name of the borrower who proved and signed.

    Attributes:
        product_address: the product, an EIP-55 address.
        principal: minor currency units.
        purpose_code: number of the loan's purpose.
        evidence: the proof, as the market's gate takes it.
        consent: the borrower's, see ``ConsentsClient.sign_application``.
        account: the borrower's account on the market's ledger; None at other markets.
    """

    product_address: str
    principal: int
    purpose_code: int
    evidence: Evidence
    consent: SignedConsent
    account: Point | None = None

    @property
    def signer(self) -> str:
        """Whose application it is."""
        return self.consent.signer

    @property
    def deadline(self) -> int:
        """The last second at which it can be carried, Unix seconds."""
        return min(self.consent.deadline, self.evidence.deadline)

    def members(self) -> dict[str, Any]:
        """Return the members of the document; numbers above 2^53 are text."""
        proof, root, nullifier, now, deadline, extra = self.evidence
        return {
            "product": self.product_address,
            "principal": self.principal,
            "purpose": self.purpose_code,
            "evidence": {
                "proof": [str(word) for word in proof],
                "registry_root": str(root),
                "nullifier": str(nullifier),
                "policy_now": now,
                "deadline": deadline,
                "extra": extra.hex(),
            },
            "consent": consent_members(self.consent),
            "account": None if self.account is None else [str(part) for part in self.account],
        }

    @classmethod
    def from_members(cls, given: Mapping[str, Any]) -> Self:
        """Read the result of ``members``.

        Raises:
            MalformedFile: if a member is something else.
        """
        evidence = members(given["evidence"], Evidence._fields, f"{_WHAT}: evidence")
        proof = items(evidence["proof"], f"{_WHAT}: proof")
        if len(proof) != _PROOF_WORDS:
            raise MalformedFile(f"{_WHAT}: the proof has {_PROOF_WORDS} numbers")
        return cls(
            product_address=address_in(given["product"], "product", _WHAT),
            principal=number_in(given["principal"], "principal", AMOUNT_BITS, _WHAT),
            purpose_code=number_in(given["purpose"], "purpose", PURPOSE_BITS, _WHAT),
            evidence=Evidence(
                proof=tuple(large_number_in(word, "proof", _WHAT) for word in proof),
                registry_root=large_number_in(evidence["registry_root"], "registry_root", _WHAT),
                nullifier=large_number_in(evidence["nullifier"], "nullifier", _WHAT),
                policy_now=number_in(evidence["policy_now"], "policy_now", TIME_BITS, _WHAT),
                deadline=number_in(evidence["deadline"], "deadline", TIME_BITS, _WHAT),
                extra=bytes_in(evidence["extra"], "extra", _WHAT),
            ),
            consent=consent_from(given["consent"], _WHAT),
            account=None if given["account"] is None else _account(given["account"]),
        )


@dataclass(frozen=True, slots=True)
class SignedHoliday:
    """A payment holiday in the name of the loan's borrower, who signed.

    Attributes:
        loan_id: the loan's number.
        consent: the borrower's, see ``ConsentsClient.sign_holiday``.
    """

    loan_id: int
    consent: SignedConsent

    @property
    def signer(self) -> str:
        """Whose holiday it is."""
        return self.consent.signer

    @property
    def deadline(self) -> int:
        """The last second at which it can be carried, Unix seconds."""
        return self.consent.deadline

    def members(self) -> dict[str, Any]:
        """Return the members of the document."""
        return {"loan": self.loan_id, "consent": consent_members(self.consent)}

    @classmethod
    def from_members(cls, given: Mapping[str, Any]) -> Self:
        """Read the result of ``members``.

        Raises:
            MalformedFile: if a member is something else.
        """
        return cls(
            number_in(given["loan"], "loan", 63, _WHAT), consent_from(given["consent"], _WHAT)
        )


@dataclass(frozen=True, slots=True)
class SignedPayment:
    """A payment by the loan's borrower, who permitted the market's relay to take the tokens.

    Attributes:
        loan_id: the loan's number.
        permit: the borrower's, see ``RelayClient.sign_payment``.
    """

    loan_id: int
    permit: Permit

    @property
    def signer(self) -> str:
        """Who pays."""
        return self.permit.owner

    @property
    def deadline(self) -> int:
        """The last second at which it can be carried, Unix seconds."""
        return self.permit.deadline

    def members(self) -> dict[str, Any]:
        """Return the members of the document; numbers above 2^53 are text."""
        permit = self.permit
        return {
            "loan": self.loan_id,
            "permit": {
                "owner": permit.owner,
                "spender": permit.spender,
                "tokens": str(permit.tokens),
                "deadline": permit.deadline,
                "signature": permit.signature.hex(),
            },
        }

    @classmethod
    def from_members(cls, given: Mapping[str, Any]) -> Self:
        """Read the result of ``members``.

        Raises:
            MalformedFile: if a member is something else.
        """
        names = ("owner", "spender", "tokens", "deadline", "signature")
        permit = members(given["permit"], names, f"{_WHAT}: permit")
        signature = bytes_in(permit["signature"], "signature", _WHAT)
        if len(signature) != _PERMIT_BYTES:
            raise MalformedFile(f"{_WHAT}: the signature of a permit has {_PERMIT_BYTES} bytes")
        return cls(
            number_in(given["loan"], "loan", 63, _WHAT),
            Permit(
                owner=address_in(permit["owner"], "owner", _WHAT),
                spender=address_in(permit["spender"], "spender", _WHAT),
                tokens=large_number_in(permit["tokens"], "tokens", _WHAT),
                deadline=number_in(permit["deadline"], "deadline", TIME_BITS, _WHAT),
                signature=signature,
            ),
        )


Step: TypeAlias = SignedApplication | SignedHoliday | SignedPayment
_KINDS: Final[dict[str, tuple[type[Step], tuple[str, ...]]]] = {
    "application": (
        SignedApplication,
        ("product", "principal", "purpose", "evidence", "consent", "account"),
    ),
    "holiday": (SignedHoliday, ("loan", "consent")),
    "payment": (SignedPayment, ("loan", "permit")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SignedStep:
    """A signed step, and the market that it is for.

    Attributes:
        chain_id: EIP-155 number of the chain.
        market: EIP-55 address of the market.
        step: what was signed.
    """

    chain_id: int
    market: str
    step: Step

    @property
    def kind(self) -> str:
        """What it is: "application", "holiday" or "payment"."""
        return next(name for name, (kind, _) in _KINDS.items() if isinstance(self.step, kind))

    @property
    def digest(self) -> str:
        """SHA-256 of the document's content, 64 hexadecimal digits."""
        return sha256(canonical(self._content()).encode()).hexdigest()

    def to_json(self) -> str:
        """Return JSON text."""
        return json.dumps(self._content(), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of ``to_json``.

        Raises:
            MalformedFile: if the text is something else.
        """
        names = ("chain_id", "market", "kind", "step")
        given = open_document(text, _WHAT, _TYPE, names, _MOST_BYTES)
        if not isinstance(given["kind"], str) or given["kind"] not in _KINDS:
            raise MalformedFile(f"{_WHAT}: the kind is one of {', '.join(_KINDS)}")
        kind, inside = _KINDS[given["kind"]]
        return cls(
            number_in(given["chain_id"], "chain_id", 63, _WHAT),
            address_in(given["market"], "market", _WHAT),
            kind.from_members(members(given["step"], inside, f"{_WHAT}: {given['kind']}")),
        )

    def _content(self) -> dict[str, Any]:
        return {
            "type": _TYPE,
            "chain_id": self.chain_id,
            "market": self.market,
            "kind": self.kind,
            "step": self.step.members(),
        }


def consent_members(consent: SignedConsent) -> dict[str, Any]:
    """Return a consent as members of a document; the nonce is text, because it may exceed 2^53."""
    return {
        "signer": consent.signer,
        "nonce": str(consent.nonce),
        "deadline": consent.deadline,
        "signature": consent.signature.hex(),
    }


def consent_from(content: object, what: str) -> SignedConsent:
    """Read the result of ``consent_members``.

    Args:
        content: the members.
        what: name of the document in error messages.

    Raises:
        MalformedFile: if it is something else.
    """
    given = members(content, _CONSENT, f"{what}: a consent")
    signature = bytes_in(given["signature"], "signature", what)
    if not signature:
        raise MalformedFile(f"{what}: a signature is in hexadecimal digits")
    return SignedConsent(
        address_in(given["signer"], "signer", what),
        large_number_in(given["nonce"], "nonce", what),
        number_in(given["deadline"], "deadline", TIME_BITS, what),
        signature,
    )


def _account(value: object) -> Point:
    parts = items(value, f"{_WHAT}: account")
    if len(parts) != 2:
        raise MalformedFile(f"{_WHAT}: an account has two numbers")
    point = Point(*(large_number_in(part, "account", _WHAT) for part in parts))
    try:
        require_account_key(point)
    except InvalidInput as error:
        raise MalformedFile(f"{_WHAT}: {error}") from None
    return point
