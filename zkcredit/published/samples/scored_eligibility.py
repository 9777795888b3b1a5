"""Worked examples of ``scored_eligibility``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zkcredit.bn254.fields import R
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.published.samples.cases import DEMANDING, NEUTRAL, Refused, Samples, single, stricter
from zkcredit.published.samples.eligibility import BORROWER, eligibility_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zkcredit.published.samples.cases import Values

__all__ = ["scored_samples"]

_TABLE: Final = BUNDLED_SCORECARD
_FEATURES: Final = (0, 8, 0, 4, 1400, 0, 3, 0, 1, 1)
"""Each at the upper end of its bin, if the bin has one."""

_LOWEST: Final = (1, 2**32 - 1, 1, 7, 2**32 - 1, 4, 4, 3, 0, 0)
_BASE: Final = "score-exactly"


def scored_samples() -> Samples:
    """Return the examples of the statement."""
    score = _TABLE.score(_FEATURES)
    terms = {**DEMANDING, "min_score": score, "max_score": score}
    exact = _values(_FEATURES, terms)

    def feature(place: int, value: int) -> Values:
        changed = (*_FEATURES[:place], value, *_FEATURES[place + 1 :])
        return {"features": changed}

    def signed(place: int, value: int) -> Values:
        # The hash is that of the changed features: the policy alone refuses.
        changed = (*_FEATURES[:place], value, *_FEATURES[place + 1 :])
        return _values(changed, terms)

    cases: dict[str, Values] = {
        "score-one-below-the-range": stricter(terms, min_score=score + 1, max_score=850),
        "score-one-above-the-range": stricter(terms, min_score=300, max_score=score - 1),
        "other-category-than-signed": feature(0, 1),
        "other-number-than-signed": feature(1, 7),
        "number-in-the-next-bin-than-signed": feature(1, 9),
        "code-beyond-the-names": feature(0, 4),
        "number-in-the-next-bin": signed(1, 9),
        "other-category": signed(0, 1),
        "score-in-place-of-the-hash": eligibility_values(BORROWER, terms),
        "other-nullifier": {"nullifier": (single(exact["nullifier"]) + 1) % R},
    }
    return Samples(
        satisfied={_BASE: exact, "lowest-score-under-no-condition": _values(_LOWEST, NEUTRAL)},
        refused=[Refused(name, _BASE, changes) for name, changes in cases.items()],
    )


def _values(features: Sequence[int], terms: Mapping[str, int]) -> Values:
    attributes = (_TABLE.features_hash(features), *BORROWER[1:])
    return {**eligibility_values(attributes, terms), "features": tuple(features)}
