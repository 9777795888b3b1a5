"""Several small integers in one field element, the first field in the lowest bits.

Only typed fields are packed. One field without a proven width makes every other field free:
x' = x + δ and y' = y − δ·2^−w pack to the same word. In our own prototype, a revoked credential
passed in that way.
"""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError
from zkcredit.gadgets.compare import typed
from zkcredit.gadgets.range import range_check
from zkcredit.r1cs import MAX_BITS, UInt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.r1cs import Api, Signal

__all__ = ["pack", "unpack"]


def pack(api: Api, fields: Sequence[UInt]) -> UInt:
    """Return Σ fieldᵢ·2^offsetᵢ.

    Adds no constraints: the widths are proved already, and together they stay below 2^253.

    Raises:
        CircuitError: if a field is untyped, or the word is wider than 253 bits.
    """
    widths = [typed(field, MAX_BITS).bits for field in fields]
    offsets = _offsets(widths)
    word = api.linear((1 << o, field.value) for o, field in zip(offsets, fields, strict=True))
    return UInt.unchecked(word, sum(widths))


def unpack(api: Api, word: Signal, widths: Sequence[int]) -> list[UInt]:
    """Prove that the word is made of fields of these widths, and return them.

    Adds w constraints for w bits in all.

    All fields but the last are hints. The last one is what remains: (word − Σ …) / 2^offset. Each
    field is range-checked, so the word equals the sum as integers, and the fields are unique.

    Raises:
        CircuitError: if the word is wider than 253 bits, or a width is below 1.
    """
    offsets = _offsets(widths)
    with api.gadget("unpack"):
        fields: list[Signal] = []
        rest = api.shadow(word)
        for width in widths[:-1]:
            rest, field = rest.divmod(1 << width)
            fields.append(api.witness(field))
        scale = pow(2, -offsets[-1], R)
        below = [(-scale << offset, f) for offset, f in zip(offsets, fields, strict=False)]
        fields.append(api.linear([(scale, word), *below]))
        return [range_check(api, f, width) for f, width in zip(fields, widths, strict=True)]


def _offsets(widths: Sequence[int]) -> list[int]:
    if not widths or min(widths) < 1 or sum(widths) > MAX_BITS:
        raise CircuitError(f"fields must have at least 1 bit each and at most {MAX_BITS} together")
    return list(accumulate(widths[:-1], initial=0))
