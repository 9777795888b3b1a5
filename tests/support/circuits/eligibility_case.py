"""One honest borrower, and every knob that a test may turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from zkcredit.circuits.eligibility import EligibilityWitness
from zkcredit.circuits.hashes import (
    credential_message,
    holder_commitment,
    issuer_leaf,
    registry_tree,
)
from zkcredit.gadgets.eddsa import SigningKey, public_key, sign
from zkcredit.gadgets.eddsa_circuit import signature_inputs
from zkcredit.gadgets.gaps import GapTree
from zkcredit.schema import POLICY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NEUTRAL: dict[str, int] = {
    "min_score": 0,
    "max_score": 65535,
    "instalment": 0,
    "coverage_bps": 0,
    "max_dti_bps": 65535,
    "max_delinquencies": 65535,
    "min_history_months": 0,
    "currency": 0,
    "now": 1_800_000_000,
    "min_issued_at": 0,
}
GOOD = {
    "score": 700,
    "monthly_income": 300_000,
    "monthly_expenses": 120_000,
    "monthly_debt_service": 30_000,
    "delinquencies_24m": 1,
    "history_months": 36,
    "currency": 978,
    "employment_months": 40,
    "dependants": 2,
    "open_accounts": 3,
    "subject_ref": 123_456_789,
    "person_tag": 2**247 + 5,
}
STRICT = {
    "min_score": 600,
    "max_score": 850,
    "instalment": 25_000,
    "coverage_bps": 20_000,
    "max_dti_bps": 4_000,
    "max_delinquencies": 2,
    "min_history_months": 12,
    "currency": 978,
    "now": 1_800_000_000,
    "min_issued_at": 1_790_000_000,
}


def pack_policy(terms: Mapping[str, int]) -> int:
    """The word, packed independently of the library."""
    word = shift = 0
    for name, width in POLICY_FIELDS.items():
        assert 0 <= terms[name] < 1 << width
        word += terms[name] << shift
        shift += width
    return word


@dataclass(frozen=True)
class Case:
    """Everything that decides one proof.

    `gap_of` takes the gap of another id, and `prover_secret` proves with another secret than the
    one that the issuer signed.
    """

    secret: int = 987_654_321
    revocation_id: int = 70_000
    issued_at: int = 1_799_000_000
    expires_at: int = 1_900_000_000
    record: Mapping[str, int] = field(default_factory=lambda: dict(GOOD))
    terms: Mapping[str, int] = field(default_factory=lambda: dict(STRICT))
    revoked: Sequence[int] = (5, 69_000, 71_000, 2**32 - 1)
    context: int = 2**247 + 11
    scope: int = 2**246 + 77
    seed: bytes = b"\x07" * 32
    place: int = 9
    gap_of: int | None = None
    prover_secret: int | None = None

    def but(self, **changes: Any) -> Case:
        """The case with attributes, thresholds or own fields changed by name."""
        record = {**self.record, **{k: v for k, v in changes.items() if k in GOOD}}
        terms = {**self.terms, **{k: v for k, v in changes.items() if k in POLICY_FIELDS}}
        if "currency" in changes:  # a name of both: of the policy; see `paid_in` for the record
            record["currency"] = self.record["currency"]
        own = {k: v for k, v in changes.items() if k not in GOOD and k not in POLICY_FIELDS}
        return replace(self, record=record, terms=terms, **own)

    def paid_in(self, currency: int) -> Case:
        """The case with the record's currency changed."""
        return replace(self, record={**self.record, "currency": currency})

    def values(self) -> dict[str, int | Sequence[int]]:
        """The inputs of the statement."""
        witness, public = self.parts()
        return witness.inputs(**public)

    def parts(self) -> tuple[EligibilityWitness, dict[str, int]]:
        """What the holder knows, and the public inputs but the nullifier."""
        key = SigningKey(self.seed)
        public = public_key(key)
        attributes = list(self.record.values())
        message = credential_message(
            self.revocation_id,
            self.issued_at,
            self.expires_at,
            holder_commitment(self.secret),
            attributes,
        )
        gaps = GapTree(self.revoked)
        leaves = [0] * self.place + [issuer_leaf(public.x, public.y, gaps.root)]
        registry = registry_tree(leaves)
        witness = EligibilityWitness(
            secret=self.secret if self.prover_secret is None else self.prover_secret,
            revocation_id=self.revocation_id,
            issued_at=self.issued_at,
            expires_at=self.expires_at,
            attributes=attributes,
            signature=signature_inputs(public, sign(key, message)),
            gap=gaps.gap_for(self.revocation_id if self.gap_of is None else self.gap_of),
            registry_path=registry.path(self.place),
        )
        public = {
            "policy": pack_policy(self.terms),
            "context": self.context,
            "registry_root": registry.root,
            "scope": self.scope,
        }
        return witness, public
