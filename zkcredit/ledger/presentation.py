"""A proof about an account of the ledger, and how a verifier checks it without a gate.

A presentation names the account and the total that it is about. Neither is believed: whoever
verifies takes both from the ledger (``CreditLedgerClient.verify`` does), because everybody can
make a ciphertext, and prove about it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import zkcredit.presented as presented
import zkcredit.units as units
from zkcredit._internal import json
from zkcredit._internal.checks import require_field, require_instance
from zkcredit.gadgets.babyjub import Point
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.groth16.keys import Proof, VerifyingKey
from zkcredit.ledger.card import account_number
from zkcredit.policy import Policy
from zkcredit.request import require_consent

if TYPE_CHECKING:
    from zkcredit.request import Consent, LoanConsent

__all__ = ["LEDGER_ELIGIBILITY", "LedgerPresentation", "verify_ledger"]

LEDGER_ELIGIBILITY: Final = "ledger_eligibility"

_SIGNALS: Final = 8


@dataclass(frozen=True, slots=True)
class LedgerPresentation:
    """A proof of `ledger_eligibility` with its public inputs. Anybody may see everything in it.

    Attributes:
        policy: the packed policy word.
        context: the use that the proof is bound to.
        account: key of the account that it is about: the borrower's pseudonym, everywhere.
        total: the ciphertext that it is about.
        proof: three points.

    Raises:
        InvalidInput: a part is of the wrong type.
        OutOfRange: a public input is not in [0, r).
    """

    policy: int
    context: int
    account: Point
    total: Ciphertext
    proof: Proof

    def __post_init__(self) -> None:
        """Check types and ranges."""
        require_instance("the account", self.account, Point)
        require_instance("the total", self.total, Ciphertext)
        for point in self.total:
            require_instance("a point of the total", point, Point)
        for value in self.public_inputs:
            require_field("a public input", value)
        require_instance("the proof", self.proof, Proof)

    @property
    def public_inputs(self) -> tuple[int, ...]:
        """The public inputs in the statement's order."""
        return (self.policy, self.context, *self.account, *self.total.c1, *self.total.c2)

    @property
    def number(self) -> int:
        """The account's number on the ledger; a market's pseudonym of the borrower."""
        return account_number(self.account)

    def to_json(self) -> str:
        """The presentation as JSON; ``proof`` and ``publicSignals`` are as snarkjs takes them."""
        return presented.write(LEDGER_ELIGIBILITY, self.public_inputs, self.proof)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a presentation. It is not verified.

        Raises:
            MalformedFile: not exactly such a document.
            OutOfRange: a public input is not below r.
        """
        document = json.parse(text, "presentation", presented.MAX_BYTES)
        signals, proof, _ = presented.read(document, LEDGER_ELIGIBILITY, _SIGNALS)
        policy, context, *rest = signals
        account, c1, c2 = (Point(*rest[i : i + 2]) for i in range(0, 6, 2))
        return cls(policy, context, account, Ciphertext(c1, c2), proof)


def verify_ledger(
    presentation: LedgerPresentation,
    *,
    policy: Policy,
    consent: Consent | LoanConsent,
    account: Point,
    total: Ciphertext,
    key: VerifyingKey,
    now: int | None = None,
) -> None:
    """Check that a presentation proves what this verifier demands. Returns nothing, or raises.

    Args:
        presentation: what the borrower showed.
        policy: the policy, with the time ``now`` that the verifier accepts.
        consent: the use that the verifier asked for, as it kept it.
        account: key of the account, as the ledger has it.
        total: the account's total in effect, as the ledger has it.
        key: the verification key of the statement.
        now: Unix seconds by which the consent must not have expired; the present where None.

    Warns:
        UnsafeKeyWarning: somebody can forge proofs under the key.

    Raises:
        ExpiredConsent: the time to use it is over.
        InvalidProof: the presentation is about something else, or its proof does not hold.
        InvalidInput, OutOfRange: an argument is not acceptable, or the key is another statement's.
    """
    from zkcredit.groth16.verify import verify as verify_proof

    require_instance("the presentation", presentation, LedgerPresentation)
    require_instance("the policy", policy, Policy)
    require_consent(consent).require_open(units.now() if now is None else now)
    expected: dict[str, object] = {
        "policy": policy.pack(),
        "context": consent.context(),
        "account": account,
        "total": total,
    }
    presented.require_expected(presentation, expected)
    verify_proof(key, presentation.public_inputs, presentation.proof)
