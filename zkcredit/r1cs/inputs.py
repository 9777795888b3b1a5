"""Named inputs: how they are checked and put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, OutOfRange

__all__ = ["flatten"]


def flatten(
    shapes: Mapping[str, int], values: Mapping[str, int | Sequence[int]]
) -> dict[str, tuple[int, ...]]:
    """Return the values by field, in declared order, checked. Errors name fields, never values.

    Raises:
        InvalidInput: if a field is missing, unknown or of the wrong length.
        OutOfRange: if an element is not an integer in 0 .. r-1.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput("inputs must be a mapping from field to value")
    for name in values:
        if name not in shapes:
            raise InvalidInput(f"unknown input '{name}'")
    result: dict[str, tuple[int, ...]] = {}
    for name, length in shapes.items():
        if name not in values:
            raise InvalidInput(f"input '{name}' is missing")
        given = values[name]
        if not isinstance(given, int | Sequence):
            raise InvalidInput(f"input '{name}' must be an integer or a sequence of integers")
        elements = (given,) if isinstance(given, int) else tuple(given)
        if len(elements) != length:
            raise InvalidInput(f"input '{name}' must have {length} elements, not {len(elements)}")
        if not all(isinstance(v, int) and 0 <= v < R for v in elements):
            raise OutOfRange(f"every element of input '{name}' must be a field element")
        result[name] = elements
    return result
