"""Worked examples of ``eligibility``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.circuits.eligibility import EligibilityWitness
from zkcredit.circuits.hashes import (
    credential_message,
    holder_commitment,
    issuer_leaf,
    registry_tree,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.eddsa import SigningKey, sign
from zkcredit.gadgets.eddsa_circuit import signature_inputs
from zkcredit.gadgets.gaps import GapTree
from zkcredit.published.samples.cases import (
    DEMANDING,
    EXPIRES,
    ISSUED,
    NEUTRAL,
    Refused,
    Samples,
    pack_terms,
    pair,
    single,
    stricter,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.published.samples.cases import Values

__all__ = ["BORROWER", "CONTEXT", "SECRET", "eligibility_samples", "eligibility_values"]

CONTEXT: Final = 2**247 + 11
SECRET: Final = 987_654_321
_REVOCATION_ID: Final = 70_000
_REVOKED: Final = (5, 69_999, 70_002, 2**32 - 1)
_PLACE: Final = 9
"""The issuer's place in the registry."""

BORROWER: Final = (700, 300_000, 120_000, 30_000, 1, 36, 978, 40, 2, 3, 123_456_789, 2**247 + 5)
_HOPELESS: Final = (0, 0, 2**48 - 1, 2**48 - 1, 2**16 - 1, 0, 0, 0, 0, 0, 0, 0)


def eligibility_samples() -> Samples:
    """Return the examples of the statement."""
    exact = eligibility_values(BORROWER, DEMANDING)
    neutral = eligibility_values(_HOPELESS, NEUTRAL)
    torsion = babyjub.to_montgomery(babyjub.TORSION[1])
    key_u, key_v = pair(exact["issuer_key_eighth"])
    nonce_x, nonce_y = pair(exact["signature_nonce"])
    a = BORROWER

    def forged(**changes: int | Sequence[int]) -> Values:
        return changes

    cases: dict[str, Values] = {
        "score-one-below-the-range": stricter(DEMANDING, min_score=701, max_score=800),
        "score-one-above-the-range": stricter(DEMANDING, min_score=600, max_score=699),
        "instalment-one-unit-too-high": stricter(DEMANDING, instalment=75_001),
        "coverage-one-basis-point-too-high": stricter(DEMANDING, coverage_bps=20_001),
        "debt-to-income-one-basis-point-too-low": stricter(DEMANDING, max_dti_bps=3_499),
        "one-delinquency-too-many": stricter(DEMANDING, max_delinquencies=0),
        "history-one-month-short": stricter(DEMANDING, min_history_months=37),
        "other-currency": stricter(DEMANDING, currency=840),
        "issued-one-second-too-early": stricter(DEMANDING, min_issued_at=ISSUED + 1),
        "issued-in-the-future": stricter(DEMANDING, now=ISSUED - 1, min_issued_at=0),
        "expires-this-second": stricter(DEMANDING, now=EXPIRES),
        "policy-word-with-a-bit-245": {"policy": pack_terms(DEMANDING) + 2**244},
        "other-nullifier": forged(nullifier=single(exact["nullifier"]) + 1),
        "other-scope": forged(scope=single(exact["scope"]) + 1),
        "other-registry-root": forged(registry_root=single(exact["registry_root"]) + 1),
        "other-secret": forged(secret=single(exact["secret"]) + 1),
        "better-score-than-signed": forged(attributes=(701, *a[1:])),
        "higher-income-than-signed": forged(attributes=(a[0], a[1] + 1, *a[2:])),
        "later-expiry-than-signed": forged(expires_at=EXPIRES + 1),
        "other-revocation-id-than-signed": forged(revocation_id=_REVOCATION_ID + 1),
        "gap-that-starts-at-the-id": forged(gap_lo=_REVOCATION_ID),
        "gap-that-ends-at-the-id": forged(gap_hi=_REVOCATION_ID),
        "wider-gap-than-published": forged(gap_lo=0),
        "other-signature-scalar": forged(signature_scalar=single(exact["signature_scalar"]) + 1),
        "opposite-nonce-point": forged(signature_nonce=(R - nonce_x, nonce_y)),
        "opposite-issuer-key": forged(issuer_key_eighth=(key_u, R - key_v)),
        "issuer-key-of-low-order": forged(issuer_key_eighth=torsion),
        "issuer-key-off-the-curve": forged(issuer_key_eighth=(key_u, key_v + 1)),
    }
    return Samples(
        satisfied={"every-condition-exactly": exact, "no-condition-at-all": neutral},
        refused=[Refused(name, "every-condition-exactly", c) for name, c in cases.items()],
    )


def eligibility_values(attributes: Sequence[int], terms: Mapping[str, int]) -> Values:
    """Return the inputs of a borrower with these attributes under these thresholds."""
    key = SigningKey(b"zkcredit sample issuer".ljust(32, b"."))
    message = credential_message(
        _REVOCATION_ID, ISSUED, EXPIRES, holder_commitment(SECRET), attributes
    )
    gaps = GapTree(_REVOKED)
    leaf = issuer_leaf(key.public.x, key.public.y, gaps.root)
    registry = registry_tree([0] * _PLACE + [leaf])
    return EligibilityWitness(
        secret=SECRET,
        revocation_id=_REVOCATION_ID,
        issued_at=ISSUED,
        expires_at=EXPIRES,
        attributes=attributes,
        signature=signature_inputs(key.public, sign(key, message)),
        gap=gaps.gap_for(_REVOCATION_ID),
        registry_path=registry.path(_PLACE),
    ).inputs(
        policy=pack_terms(terms), context=CONTEXT, registry_root=registry.root, scope=2**246 + 77
    )
