"""Worked examples of ``escrow_eligibility``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.circuits.eligibility import SUBJECT_REF
from zkcredit.circuits.escrow_eligibility import escrow_fields
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, SUBGROUP_ORDER, TORSION
from zkcredit.published.samples.cases import (
    DEMANDING,
    NEUTRAL,
    Refused,
    Samples,
    pair,
    single,
    stricter,
)
from zkcredit.published.samples.eligibility import BORROWER, CONTEXT, eligibility_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.published.samples.cases import Values

__all__ = ["escrow_samples"]

_ARBITERS: Final = babyjub.mul(3**150, BASE8)
_OTHERS: Final = babyjub.mul(5**100, BASE8)
_SCALAR: Final = 2**250 + 31337
_LARGEST: Final = (*BORROWER[:SUBJECT_REF], 2**64 - 1, BORROWER[SUBJECT_REF + 1])
_BASE: Final = "every-condition-exactly"


def escrow_samples() -> Samples:
    """Return the examples of the statement."""
    exact = _values(BORROWER, DEMANDING)
    masked, k = single(exact["sealed_value"]), single(exact["seal_scalar"])
    sealed = babyjub.Point(single(exact["sealed_x"]), single(exact["sealed_y"]))
    root_u, root_v = pair(exact["arbiters_eighth"])
    low = TORSION[1]
    mixed = babyjub.add(_ARBITERS, low)
    elsewhere = escrow_fields(BORROWER[SUBJECT_REF], CONTEXT + 1, _ARBITERS, _SCALAR)
    other_person = escrow_fields(BORROWER[SUBJECT_REF] + 1, CONTEXT, _ARBITERS, _SCALAR)
    cases: dict[str, Values] = {
        "score-one-below-the-range": stricter(DEMANDING, min_score=701, max_score=800),
        "other-nullifier": {"nullifier": single(exact["nullifier"]) + 1},
        "other-context": {"context": CONTEXT + 1},
        "sealed-for-another-context": elsewhere,
        "reference-of-another-person": other_person,
        "other-sealed-value": {"sealed_value": (masked + 1) % R},
        "sealed-value-of-nothing": {"sealed_value": BORROWER[SUBJECT_REF]},
        "opposite-sealed-point": {"sealed_x": R - sealed.x},
        "sealed-point-the-identity": {"sealed_x": 0, "sealed_y": 1},
        "seal-scalar-plus-the-group-order": {"seal_scalar": k + SUBGROUP_ORDER},
        "opposite-seal-scalar": {"seal_scalar": SUBGROUP_ORDER - k},
        "other-seal-scalar": {"seal_scalar": k + 2},
        "key-of-other-arbiters": {
            "arbiters_x": _OTHERS.x,
            "arbiters_y": _OTHERS.y,
            "arbiters_eighth": babyjub.to_montgomery(babyjub.eighth(_OTHERS)),
        },
        "arbiters-key-with-torsion": {"arbiters_x": mixed.x, "arbiters_y": mixed.y},
        "arbiters-key-of-low-order": {
            "arbiters_x": low.x,
            "arbiters_y": low.y,
            "arbiters_eighth": babyjub.to_montgomery(low),
        },
        "arbiters-key-the-identity": {"arbiters_x": 0, "arbiters_y": 1},
        "arbiters-key-off-the-curve": {"arbiters_eighth": (root_u, root_v + 1)},
    }
    return Samples(
        satisfied={_BASE: exact, "largest-reference": _values(_LARGEST, NEUTRAL)},
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def _values(attributes: Sequence[int], terms: Mapping[str, int]) -> Values:
    return {
        **eligibility_values(attributes, terms),
        **escrow_fields(attributes[SUBJECT_REF], CONTEXT, _ARBITERS, _SCALAR),
    }
