"""Opening by m arbiters: each gives x_i·R with a proof, and the parts are combined.

The proof shows that the public share P_i = x_i·B8 and the part D_i = x_i·R have the same x_i
(Chaum, Pedersen, "Wallet databases with observers", 1992, §3.2). A challenge that binds group,
context, arbiter, R, P_i, D_i and both announcements makes it non-interactive. m arbiters together
can compute x_i, so the proof does not say who made the part. The signature of the arbiter's account
does (``escrow/signed.py``): this library signs every part, and refuses parts without a signature. A
part that an arbiter makes without this library and does not sign still opens. Opening computes
K = Σ λ_i·D_i = x·R for one escrowed reference; x itself never appears.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal import json, secp256k1
from zkcredit._internal.checks import require_field, require_instance, require_int
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput, TooFewOpenings, WrongOpening
from zkcredit.escrow.curve import (
    challenge,
    is_sum,
    point_from_text,
    require_scalar,
    scalar_from_text,
    scalar_text,
    tag,
)
from zkcredit.escrow.group import ArbiterGroup
from zkcredit.escrow.polynomial import interpolate_at_zero
from zkcredit.escrow.signed import SeenDefault, opening_digest
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import (
    BASE8,
    SUBGROUP_ORDER,
    Point,
    fresh_scalar,
    require_prime_order,
    to_text,
)
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, decrypt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.escrow.evidence import DefaultEvidence

__all__ = ["PartialOpening", "attribute", "combine", "partial_opening"]

_TYPE: Final = "zkcredit/partial-opening/2"
_MEMBERS: Final = ("group", "context", "point", "arbiter", "part", "proof", "seen", "signature")
_MOST_BYTES: Final = 1 << 12
_OPENING: Final = tag("opening")


@dataclass(frozen=True, slots=True)
class PartialOpening:
    """One arbiter's part of an opening, signed by its account. Anybody may see it; m parts open.

    Attributes:
        group: digest of the group.
        context: context of the escrowed reference.
        point: R of the escrowed reference.
        arbiter: the arbiter's number.
        part: D_i = x_i·R.
        announced: k·B8 and k·R of the proof.
        answer: z = k + c·x_i, below l.
        seen: the loan, and the block after which the arbiter saw it in default.
        signature: the account's signature of group, seen, context, arbiter and part; 65 bytes.
    """

    group: int
    context: int
    point: Point
    arbiter: int
    part: Point
    announced: tuple[Point, Point]
    answer: int
    seen: SeenDefault
    signature: bytes

    __repr__ = short_repr

    def check(self, group: ArbiterGroup) -> None:
        """Check that the arbiter made and signed this part, for a reference escrowed to this group.

        Raises:
            InvalidInput: if R or the context is not acceptable.
            WrongOpening: if the part is for another group, its arbiter is not in the group, D_i or
                an announcement is not a point of prime order, the proof fails, or the arbiter's
                account did not sign the part.
        """
        require_prime_order(self.point, "the escrowed point")
        require_field("the context", self.context)
        require_int("the arbiter's number", self.arbiter)
        if not self._holds(require_instance("the group", group, ArbiterGroup)):
            raise WrongOpening(
                f"the partial opening of arbiter {self.arbiter} does not hold", (self.arbiter,)
            )
        if not self._is_signed(group):
            raise WrongOpening(
                f"the account of arbiter {self.arbiter} did not sign this partial opening",
                (self.arbiter,),
            )

    def _holds(self, group: ArbiterGroup) -> bool:
        if self.group != group.digest or not 1 <= self.arbiter <= group.size:
            return False
        share = group.share_of(self.arbiter)
        try:
            # an honest nonce is not 0, and the contract refuses an announcement of low order
            for point in (self.part, *self.announced):
                require_prime_order(point, "a point of the opening")
            answer = require_scalar(self.answer, "the proof's scalar")
        except InvalidInput:
            return False
        asked = _asked(self, share)
        return is_sum(self.announced[0], asked, share, babyjub.mul(answer, BASE8)) and is_sum(
            self.announced[1], asked, self.part, babyjub.mul(answer, self.point)
        )

    def _is_signed(self, group: ArbiterGroup) -> bool:
        signer = secp256k1.signer_of(self._digest(), self.signature)
        return signer == group.account_of(self.arbiter)

    def _digest(self) -> bytes:
        seen = require_instance("the default that was seen", self.seen, SeenDefault)
        return opening_digest(self.group, seen, self.context, self.arbiter, self.part)

    def to_json(self) -> str:
        """Return the part as JSON."""
        return json.canonical(self._members())

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a part; ``check`` decides whether it is acceptable.

        Raises:
            MalformedFile: if the text is not exactly such a document.
            OutOfRange: if a number is out of range.
        """
        what = "partial opening"
        document = json.open_document(text, what, _TYPE, _MEMBERS, _MOST_BYTES)
        proof = json.members(document["proof"], ("base", "point", "scalar"), what)
        return cls(
            group=int.from_bytes(json.hex_bytes(document["group"], 32, "group"), "big"),
            context=json.field(document["context"], "context"),
            arbiter=json.integer(document["arbiter"], "arbiter"),
            answer=scalar_from_text(proof["scalar"], "scalar"),
            seen=SeenDefault.from_members(document["seen"]),
            signature=json.hex_bytes(document["signature"], 65, "signature"),
            point=point_from_text(document["point"], "point"),  # last, because points are slow
            part=point_from_text(document["part"], "part"),
            announced=(
                point_from_text(proof["base"], "base"),
                point_from_text(proof["point"], "point"),
            ),
        )

    def _members(self) -> dict[str, Any]:
        base, other = self.announced
        return {
            "type": _TYPE,
            "group": f"{self.group:064x}",
            "context": json.field_text(self.context),
            "point": to_text(self.point),
            "arbiter": self.arbiter,
            "part": to_text(self.part),
            "proof": {
                "base": to_text(base),
                "point": to_text(other),
                "scalar": scalar_text(self.answer),
            },
            "seen": self.seen.members(),
            "signature": self.signature.hex(),
        }


def partial_opening(
    group: ArbiterGroup,
    arbiter: int,
    share: int,
    escrowed: EscrowedValue,
    *,
    context: int,
    evidence: DefaultEvidence,
    account_key: bytes,
) -> PartialOpening:
    """Return one arbiter's signed part of the opening of a reference whose loan is in default.

    Args:
        group: the group to which the reference was encrypted.
        arbiter: the arbiter's number.
        share: x_i, secret.
        escrowed: the borrower's escrowed reference.
        context: context of the borrower's application.
        evidence: the evidence that this loan is in default.
        account_key: private key of the arbiter's account, secret.

    Raises:
        NotInDefault: if the evidence does not show a default, or shows that of another loan.
        InvalidInput: if R does not have prime order, or the share or the account is not this
            arbiter's.
        OutOfRange: if the context is not a field element.
    """
    evidence.require(group, escrowed, context)
    point = require_prime_order(escrowed.point, "the escrowed point")
    if babyjub.mul(require_scalar(share, "the share"), BASE8) != group.share_of(arbiter):
        raise InvalidInput("the share does not belong to this arbiter in this group")
    if secp256k1.address_of(account_key) != group.account_of(arbiter):
        raise InvalidInput("the account does not belong to this arbiter in this group")
    nonce = fresh_scalar()
    announced = (babyjub.mul(nonce, BASE8), babyjub.mul(nonce, point))
    part = babyjub.mul(share, point)
    made = PartialOpening(
        group.digest, context, point, arbiter, part, announced, 0, evidence.seen, b""
    )
    answer = (nonce + _asked(made, group.share_of(arbiter)) * share) % SUBGROUP_ORDER
    return replace(made, answer=answer, signature=secp256k1.sign(made._digest(), account_key))


def attribute(group: ArbiterGroup, opening: PartialOpening) -> str:
    """Return the name of the arbiter whose account signed a partial opening.

    Raises:
        InvalidInput: if R or the context is not acceptable.
        WrongOpening: if the part is not acceptable, see ``PartialOpening.check``; it then proves
            nothing.
    """
    require_instance("the opening", opening, PartialOpening).check(group)
    return group.name_of(opening.arbiter)


def combine(
    group: ArbiterGroup,
    escrowed: EscrowedValue,
    context: int,
    openings: Sequence[PartialOpening],
) -> int:
    """Return the escrowed reference, from at least m partial openings.

    Args:
        group: the group to which the reference was encrypted.
        escrowed: the borrower's escrowed reference.
        context: context of the borrower's application.
        openings: partial openings of different arbiters.

    Raises:
        WrongOpening: if a part's proof fails, or it is for another reference, context or group; the
            error names all such arbiters.
        InvalidInput: if two parts are from one arbiter, R does not have prime order, or the
            decrypted value is not a reference under this context.
        TooFewOpenings: if there are fewer than m parts.
    """
    require_prime_order(
        require_instance("the escrowed reference", escrowed, EscrowedValue).point,
        "the escrowed point",
    )
    arbiters = [
        require_instance("an opening", opening, PartialOpening).arbiter for opening in openings
    ]
    if len(set(arbiters)) != len(arbiters):
        raise InvalidInput("two partial openings are from the same arbiter; give one of each")
    wrong = sorted(o.arbiter for o in openings if not _answers(o, group, escrowed, context))
    if wrong:
        named = ", ".join(
            group.name_of(i) if 1 <= i <= group.size else f"nobody (number {i})" for i in wrong
        )
        raise WrongOpening(
            f"these partial openings do not hold, or are not signed: {named}", tuple(wrong)
        )
    if len(openings) < group.threshold:
        raise TooFewOpenings(
            f"{len(openings)} partial openings are too few: {group.threshold} are needed",
            len(openings),
            group.threshold,
        )
    chosen = {opening.arbiter: opening.part for opening in openings[: group.threshold]}
    return decrypt(interpolate_at_zero(chosen), escrowed, context)


def _answers(
    opening: PartialOpening, group: ArbiterGroup, escrowed: EscrowedValue, context: int
) -> bool:
    if (opening.point, opening.context) != (escrowed.point, context):
        return False
    try:
        opening.check(group)
    except (WrongOpening, InvalidInput):
        return False
    return True


def _asked(opening: PartialOpening, share: Point) -> int:
    # the contract's OpeningVerifier computes the same
    base, other = opening.announced
    return challenge(
        _OPENING,
        opening.group,
        opening.context,
        opening.arbiter,
        *opening.point,
        *share,
        *opening.part,
        *base,
        *other,
    )
