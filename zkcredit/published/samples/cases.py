"""What the worked examples of all statements share: their types, policies and dates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from zkcredit.policy import Policy
from zkcredit.schema import POLICY_FIELDS

__all__ = [
    "DEMANDING",
    "EXPIRES",
    "ISSUED",
    "NEUTRAL",
    "NOW",
    "Refused",
    "Samples",
    "Values",
    "pack_terms",
    "pair",
    "several",
    "single",
    "stricter",
]

Values: TypeAlias = Mapping[str, int | Sequence[int]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A change to a satisfying assignment after which no witness exists.

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


NOW: Final = 1_800_000_000
ISSUED: Final = NOW - 30 * 86_400
EXPIRES: Final = NOW + 335 * 86_400

DEMANDING: Final = {
    "min_score": 700,
    "max_score": 700,
    "instalment": 75_000,
    "coverage_bps": 20_000,
    "max_dti_bps": 3_500,
    "max_delinquencies": 1,
    "min_history_months": 36,
    "currency": 978,
    "now": NOW,
    "min_issued_at": ISSUED,
}
"""Every condition holds with nothing to spare."""

NEUTRAL: Final = {
    **dict.fromkeys(POLICY_FIELDS, 0),
    "max_score": 2**16 - 1,
    "max_dti_bps": 2**16 - 1,
    "max_delinquencies": 2**16 - 1,
    "now": NOW,
}


def pack_terms(terms: Mapping[str, int]) -> int:
    """Return the policy word of these thresholds, one for each field of a policy."""
    return Policy(**terms).pack()


def stricter(terms: Mapping[str, int], **changes: int) -> Values:
    """Return the change of a policy in some thresholds."""
    return {"policy": pack_terms({**terms, **changes})}


def single(value: int | Sequence[int]) -> int:
    """Return the element of a field of one.

    Raises:
        TypeError: if the field has several.
    """
    if isinstance(value, int):
        return value
    raise TypeError("the field must have one element")


def several(value: int | Sequence[int]) -> tuple[int, ...]:
    """Return the elements of a field of several.

    Raises:
        TypeError: if the field has one.
    """
    if isinstance(value, int):
        raise TypeError("the field must have several elements")
    return tuple(value)


def pair(value: int | Sequence[int]) -> tuple[int, int]:
    """Return the elements of a field of two.

    Raises:
        TypeError: if the field does not have two.
    """
    if isinstance(value, int) or len(value) != 2:
        raise TypeError("the field must have two elements")
    return value[0], value[1]
