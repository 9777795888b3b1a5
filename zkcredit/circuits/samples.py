"""Worked examples of each statement: inputs that satisfy it, and changes that must not.

They are fixed, so that the published vectors can be made again bit for bit, and they are
public: nothing in them belongs to anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from zkcredit.bn254.fields import R
from zkcredit.circuits.eligibility import Eligibility, EligibilityWitness
from zkcredit.circuits.hashes import (
    credential_message,
    holder_commitment,
    issuer_leaf,
    registry_tree,
)
from zkcredit.circuits.policy_conditions import POLICY_FIELDS
from zkcredit.errors import InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.eddsa import SigningKey, sign
from zkcredit.gadgets.eddsa_circuit import signature_inputs
from zkcredit.gadgets.gaps import GapTree

__all__ = ["Refused", "Samples", "samples"]

Values: TypeAlias = Mapping[str, int | Sequence[int]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A change to a satisfying assignment that no witness survives.

    Attributes:
        name: what is wrong, in words with dashes.
        base: name of the satisfying assignment.
        changes: field → value that replaces the assignment's.
    """

    name: str
    base: str
    changes: Values


@dataclass(frozen=True, slots=True)
class Samples:
    """The examples of one statement.

    Attributes:
        satisfied: name → inputs, the public ones included.
        refused: what must not hold.
    """

    satisfied: Mapping[str, Values]
    refused: Sequence[Refused]


def samples(statement: str) -> Samples:
    """The examples of a statement.

    Raises:
        InvalidInput: there is no such statement.
    """
    try:
        return _SAMPLES[statement]()
    except KeyError:
        raise InvalidInput(f"there are no samples of a statement '{statement}'") from None


_NOW: Final = 1_800_000_000
_ISSUED: Final = _NOW - 30 * 86_400
_EXPIRES: Final = _NOW + 335 * 86_400
_REVOCATION_ID: Final = 70_000
_REVOKED: Final = (5, 69_999, 70_002, 2**32 - 1)
_PLACE: Final = 9
"""The issuer's place in the registry."""

_BORROWER: Final = (700, 300_000, 120_000, 30_000, 1, 36, 978, 40, 2, 3, 123_456_789, 2**247 + 5)
_HOPELESS: Final = (0, 0, 2**48 - 1, 2**48 - 1, 2**16 - 1, 0, 0, 0, 0, 0, 0, 0)
_DEMANDING: Final = {
    "min_score": 700,
    "max_score": 700,
    "instalment": 75_000,
    "coverage_bps": 20_000,
    "max_dti_bps": 3_500,
    "max_delinquencies": 1,
    "min_history_months": 36,
    "currency": 978,
    "now": _NOW,
    "min_issued_at": _ISSUED,
}
"""Every condition holds with nothing to spare."""

_NEUTRAL: Final = {
    **dict.fromkeys(POLICY_FIELDS, 0),
    "max_score": 2**16 - 1,
    "max_dti_bps": 2**16 - 1,
    "max_delinquencies": 2**16 - 1,
    "now": _NOW,
}


def _eligibility() -> Samples:
    exact = _eligibility_values(_BORROWER, _DEMANDING)
    neutral = _eligibility_values(_HOPELESS, _NEUTRAL)
    torsion = babyjub.to_montgomery(babyjub.TORSION[1])
    key_u, key_v = _pair(exact["issuer_key_eighth"])
    nonce_x, nonce_y = _pair(exact["signature_nonce"])
    a = _BORROWER

    def stricter(**terms: int) -> Values:
        return {"policy": _pack({**_DEMANDING, **terms})}

    def forged(**changes: int | Sequence[int]) -> Values:
        return changes

    cases: dict[str, Values] = {
        "score-one-below-the-range": stricter(min_score=701, max_score=800),
        "score-one-above-the-range": stricter(min_score=600, max_score=699),
        "instalment-one-unit-too-high": stricter(instalment=75_001),
        "coverage-one-basis-point-too-high": stricter(coverage_bps=20_001),
        "debt-to-income-one-basis-point-too-low": stricter(max_dti_bps=3_499),
        "one-delinquency-too-many": stricter(max_delinquencies=0),
        "history-one-month-short": stricter(min_history_months=37),
        "other-currency": stricter(currency=840),
        "issued-one-second-too-early": stricter(min_issued_at=_ISSUED + 1),
        "issued-in-the-future": stricter(now=_ISSUED - 1, min_issued_at=0),
        "expires-this-second": stricter(now=_EXPIRES),
        "policy-word-with-a-bit-245": {"policy": _pack(_DEMANDING) + 2**244},
        "other-nullifier": forged(nullifier=_single(exact["nullifier"]) + 1),
        "other-scope": forged(scope=_single(exact["scope"]) + 1),
        "other-registry-root": forged(registry_root=_single(exact["registry_root"]) + 1),
        "other-secret": forged(secret=_single(exact["secret"]) + 1),
        "better-score-than-signed": forged(attributes=(701, *a[1:])),
        "higher-income-than-signed": forged(attributes=(a[0], a[1] + 1, *a[2:])),
        "later-expiry-than-signed": forged(expires_at=_EXPIRES + 1),
        "other-revocation-id-than-signed": forged(revocation_id=_REVOCATION_ID + 1),
        "gap-that-starts-at-the-id": forged(gap_lo=_REVOCATION_ID),
        "gap-that-ends-at-the-id": forged(gap_hi=_REVOCATION_ID),
        "wider-gap-than-published": forged(gap_lo=0),
        "other-signature-scalar": forged(signature_scalar=_single(exact["signature_scalar"]) + 1),
        "opposite-nonce-point": forged(signature_nonce=(R - nonce_x, nonce_y)),
        "opposite-issuer-key": forged(issuer_key_eighth=(key_u, R - key_v)),
        "issuer-key-of-low-order": forged(issuer_key_eighth=torsion),
        "issuer-key-off-the-curve": forged(issuer_key_eighth=(key_u, key_v + 1)),
    }
    return Samples(
        satisfied={"every-condition-exactly": exact, "no-condition-at-all": neutral},
        refused=[Refused(name, "every-condition-exactly", c) for name, c in cases.items()],
    )


def _eligibility_values(attributes: Sequence[int], terms: Mapping[str, int]) -> Values:
    key = SigningKey(b"zkcredit sample issuer".ljust(32, b"."))
    secret = 987_654_321
    message = credential_message(
        _REVOCATION_ID, _ISSUED, _EXPIRES, holder_commitment(secret), attributes
    )
    gaps = GapTree(_REVOKED)
    leaf = issuer_leaf(key.public.x, key.public.y, gaps.root)
    registry = registry_tree([0] * _PLACE + [leaf])
    return EligibilityWitness(
        secret=secret,
        revocation_id=_REVOCATION_ID,
        issued_at=_ISSUED,
        expires_at=_EXPIRES,
        attributes=attributes,
        signature=signature_inputs(key.public, sign(key, message)),
        gap=gaps.gap_for(_REVOCATION_ID),
        registry_path=registry.path(_PLACE),
    ).inputs(
        policy=_pack(terms), context=2**247 + 11, registry_root=registry.root, scope=2**246 + 77
    )


def _pack(terms: Mapping[str, int]) -> int:
    word = shift = 0
    for name, width in POLICY_FIELDS.items():
        word |= terms[name] << shift
        shift += width
    return word


def _single(value: int | Sequence[int]) -> int:
    if isinstance(value, int):
        return value
    raise TypeError("this field has several elements")


def _pair(value: int | Sequence[int]) -> tuple[int, int]:
    if isinstance(value, int) or len(value) != 2:
        raise TypeError("this field has not two elements")
    return value[0], value[1]


_SAMPLES: Final[dict[str, Callable[[], Samples]]] = {Eligibility.name: _eligibility}
