"""Mistakes in gadgets on numbers: bits, comparisons, zero tests, packing, trees, scorecards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from support.soundness.seeded_bugs import SeededBug

from zkcredit.bn254.fields import R as FR
from zkcredit.circuits.hashes import NULLIFIER_TAG
from zkcredit.gadgets import gaps, merkle, poseidon, scorecard
from zkcredit.gadgets import range as bits
from zkcredit.gadgets.compare import (
    assert_at_least,
    assert_at_most_constant,
    assert_between,
    assert_less,
    assert_run,
    is_zero,
)
from zkcredit.gadgets.pack import pack, unpack
from zkcredit.gadgets.range import assert_bool, range_check, to_bits
from zkcredit.gadgets.select import select
from zkcredit.r1cs import UInt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from zkcredit.r1cs import Api, Signal


def _half_power(count: int) -> int:
    """2^-count in the field of the moment."""
    return pow(2, -count, bits.R)


def _bits(api: Api, x: Signal, count: int, *, unchecked: Sequence[int] = ()) -> list[Signal]:
    """`to_bits` where some bits are not constrained to be booleans."""
    low = count - 1
    hints = [api.witness(s) for s in api.shadow(x).bits(low)]
    scale = _half_power(low)
    top = api.linear([(scale, x), *((-scale << i, bit) for i, bit in enumerate(hints))])
    for i, bit in enumerate([*hints, top]):
        if i not in unchecked:
            assert_bool(api, bit)
    return [*hints, top]


def _untied_bits(api: Api, x: Signal) -> list[Signal]:
    return [assert_bool(api, api.witness(s)).value for s in api.shadow(x).bits(3)]


def _num2bits(api: Api, x: Signal) -> list[Signal]:
    """circomlib's decomposition with one bit more than is unique."""
    count = bits.MAX_BITS + 1
    found = [assert_bool(api, api.witness(s)).value for s in api.shadow(x).bits(count)]
    api.assert_equal(api.linear((1 << i, bit) for i, bit in enumerate(found)), x)
    return found


def _unique_bits(api: Api, x: Signal) -> list[Signal]:
    return [bit.value for bit in to_bits(api, x, bits.MAX_BITS)]


def _typed(api: Api, a: Signal, b: Signal) -> tuple[UInt, UInt]:
    return range_check(api, a, 2), range_check(api, b, 2)


def _zero_without_product(api: Api, x: Signal) -> list[Signal]:
    return [1 - x * api.witness(api.shadow(x).inverse())]


def _zero_without_inverse(api: Api, x: Signal) -> list[Signal]:
    z = assert_bool(api, api.witness(api.shadow(x).is_zero())).value
    api.assert_product(x, z, api.constant(0))
    return [z]


def _bound_without_last_run(api: Api, x: Signal) -> None:
    """At most 0b100, where the zeros after the last one are forgotten."""
    found = to_bits(api, x, 3)
    assert_run(api, api.constant(0) + found[1].value, 1 - found[2].value)


def _square_hint(api: Api, x: Signal) -> list[Signal]:
    s = api.shadow(x)
    return [api.witness(s * s)]


def _unpack_unchecked(api: Api, word: Signal) -> list[Signal]:
    quotient, remainder = api.shadow(word).divmod(2)
    low = api.witness(remainder)
    del quotient
    high = _half_power(1) * (word - low)
    range_check(api, high, 2)
    return [low, high]


def _one_of_without_the_last(api: Api, leaf: Signal, *children: Signal) -> None:
    product = children[0] - leaf
    for child in children[1:]:
        product = product * (child - leaf)


def _gap(api: Api, number: Signal, lo: Signal, hi: Signal) -> None:
    """The inequalities of `gap_root`, without the hash and the tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gaps, "poseidon_gadget", lambda api, inputs, tag: inputs[0])
        patch.setattr(gaps, "member_root", lambda api, leaf, path, tag: leaf)
        gaps.gap_root(api, range_check(api, number, gaps.ID_BITS), lo, hi, [])


def _gap_not_strict(api: Api, number: Signal, lo: Signal, hi: Signal) -> None:
    range_check(api, number, gaps.ID_BITS)
    range_check(api, number - lo, gaps.ID_BITS)
    range_check(api, hi - number - 1, gaps.ID_BITS)


def _gap_open_above(api: Api, number: Signal, lo: Signal, hi: Signal) -> None:
    range_check(api, number, gaps.ID_BITS)
    range_check(api, number - lo - 1, gaps.ID_BITS)
    api.assert_equal(hi, api.witness(api.shadow(hi)))


def _codes(api: Api, value: Signal, *, count: int = 3, first: bool = True) -> list[Signal]:
    """`CodeColumn.choose`, perhaps without the check of the bit that the others leave over."""
    s = api.shadow(value)
    others = [api.witness((s - code).is_zero()) for code in range(1, count)]
    chosen = [1 - api.sum(others), *others]
    for bit in chosen if first else others:
        assert_bool(api, bit)
    api.assert_equal(value, api.linear(enumerate(chosen)))
    return chosen


_COLUMN = scorecard.NumberColumn("n", (1,), (0, 1))


def _overlapping_bins(api: Api, value: Signal) -> list[Signal]:
    """`NumberColumn.choose` where the second bin begins with the bound of the first."""
    width = scorecard.NUMBER_BITS
    top = (1 << width) - 1
    second = assert_bool(api, api.witness((api.shadow(value) + (top - 1)).bits(width + 1)[-1]))
    low = UInt.unchecked(second.value, width)
    high = UInt.unchecked(1 + (top - 1) * second.value, width)
    assert_between(api, low, value, high)
    return [1 - second.value, second.value]


def _narrow(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(gaps, "ID_BITS", 2)
    patch.setattr(scorecard, "NUMBER_BITS", 2)
    patch.setattr(scorecard, "_MAX_NUMBER", 3)


def _nullifier(api: Api, secret: Signal, scope: Signal, _: Signal) -> list[Signal]:
    return [poseidon.poseidon_gadget(api, [secret, scope], NULLIFIER_TAG)]


def _nullifier_of_randomness(api: Api, secret: Signal, scope: Signal, r: Signal) -> list[Signal]:
    return [poseidon.poseidon_gadget(api, [secret + r, scope], NULLIFIER_TAG)]


def _digest(api: Api, x: Signal, digest: Signal, *, tag: int = 5) -> None:
    poseidon.assert_poseidon(api, [x], digest, tag)


def _context(api: Api, context: Signal) -> None:
    api.assert_equal(context, api.witness(api.shadow(context)))


def _none(*_: Any) -> None:
    return None


def _bug(
    name: str,
    mistake: str,
    sound: Any,
    broken: Any,
    honest: Sequence[int],
    refused: Sequence[Sequence[int]] = (),
    p: int = 13,
    **more: Any,
) -> SeededBug:
    numbers = [[value % FR for value in row] for row in refused]
    return SeededBug(
        name, mistake, sound, broken, lambda: honest, lambda: numbers,
        prime=p, prepare=_narrow, **more,
    )  # fmt: skip


FIELD_BUGS = [
    _bug(
        "bit-without-boolean",
        "one bit of a range is a hint that nothing makes a boolean",
        lambda api, x: [bit.value for bit in to_bits(api, x, 3)],
        lambda api, x: _bits(api, x, 3, unchecked=[0]),
        [5],
        [[8], [-1]],
    ),
    _bug(
        "range-without-top-bit",
        "the top bit of a range, a combination of the others, is not checked",
        lambda api, x: range_check(api, x, 3) and None,
        lambda api, x: _bits(api, x, 3, unchecked=[2]) and None,
        [5],
        [[8], [-1]],
    ),
    _bug(
        "bits-not-tied-to-the-value",
        "the sum of the bits is compared outside the constraints only",
        lambda api, x: [bit.value for bit in to_bits(api, x, 3)],
        _untied_bits,
        [5],
        [[8], [-1]],
    ),
    _bug(
        "one-bit-too-many",
        "a decomposition into 254 bits, which most values have two of",
        _unique_bits,
        _num2bits,
        [5],
        [[2**253]],
    ),
    _bug(
        "bits-beyond-the-bound",
        "254 bits are asked of the shipped decomposition",
        _unique_bits,
        lambda api, x: [bit.value for bit in to_bits(api, x, bits.MAX_BITS + 1)],
        [5],
    ),
    _bug(
        "untyped-operand",
        "a signal without a proven width is compared",
        lambda api, a, b: assert_at_least(api, *_typed(api, a, b)),
        assert_at_least,
        [3, 1],
    ),
    _bug(
        "untyped-field",
        "a signal without a proven width is packed",
        lambda api, x, y: [pack(api, [range_check(api, x, 1), range_check(api, y, 2)]).value],
        lambda api, x, y: [pack(api, [x, range_check(api, y, 2)]).value],
        [1, 2],
    ),
    _bug(
        "comparison-of-untyped-operands",
        "the operands of a comparison are not range-checked",
        lambda api, a, b: assert_at_least(api, *_typed(api, a, b)),
        lambda api, a, b: assert_at_least(api, UInt.unchecked(a, 2), UInt.unchecked(b, 2)),
        [3, 1],
        [[0, -1], [-2, -3]],
    ),
    _bug(
        "comparison-too-narrow",
        "the difference is checked with fewer bits than the operands have",
        lambda api, a, b: assert_at_least(api, *_typed(api, a, b)),
        lambda api, a, b: _typed(api, a, b) and range_check(api, a - b, 1) and None,
        [3, 0],
        [[0, 1]],
    ),
    _bug(
        "less-or-equal-for-less",
        "a strict comparison forgets the one",
        lambda api, a, b: assert_less(api, *_typed(api, a, b)),
        lambda api, a, b: assert_at_least(api, *_typed(api, b, a)),
        [1, 3],
        [[2, 2]],
    ),
    _bug(
        "between-without-upper-bound",
        "an interval is checked at its lower end only",
        lambda api, x: [assert_between(api, UInt.constant(api, 1), x, UInt.constant(api, 2)).value],
        lambda api, x: [range_check(api, x - 1, 2).value + 1],
        [2],
        [[3], [4]],
    ),
    _bug(
        "is-zero-without-product",
        "a zero test gives 1 - x·u and never asks for x·z = 0",
        lambda api, x: [is_zero(api, x).value],
        _zero_without_product,
        [5],
    ),
    _bug(
        "is-zero-without-inverse",
        "a zero test asks for x·z = 0 and never for an inverse where z = 0",
        lambda api, x: [is_zero(api, x).value],
        _zero_without_inverse,
        [0],
    ),
    _bug(
        "select-by-a-number",
        "the condition of a choice is not a boolean, so a third value is chosen",
        lambda api, c, x: [select(api, assert_bool(api, c), x, api.constant(0))],
        lambda api, c, x: [select(api, UInt.unchecked(c, 1), x, api.constant(0))],
        [1, 7],
        [[2, 7]],
    ),
    _bug(
        "bound-without-last-run",
        "a comparison with a constant stops before the constant's last zeros",
        lambda api, x: assert_at_most_constant(api, to_bits(api, x, 3), 0b100),
        _bound_without_last_run,
        [4],
        [[5]],
    ),
    _bug(
        "hint-without-constraint",
        "a product is computed beside the constraints (`<--` for `<==`)",
        lambda _, x: [x * x],
        _square_hint,
        [5],
    ),
    _bug(
        "packing-without-range",
        "one packed field has no proven width: a revoked credential passed",
        lambda api, x, y: [pack(api, [range_check(api, x, 1), range_check(api, y, 2)]).value],
        lambda api, x, y: [pack(api, [UInt.unchecked(x, 1), range_check(api, y, 2)]).value],
        [1, 2],
        [[3, 1], [-1, 3]],
    ),
    _bug(
        "remainder-without-range",
        "the remainder of a division has no bound (a score of 0 turned into 1)",
        lambda api, word: [f.value for f in unpack(api, word, (1, 2))],
        _unpack_unchecked,
        [5],
        [[8]],
    ),
    _bug(
        "membership-not-asserted",
        "the product over the children is computed and never set to zero",
        lambda api, leaf, *children: merkle._assert_one_of(api, leaf, children),
        _one_of_without_the_last,
        [4, 3, 4],
        [[5, 3, 4]],
    ),
    _bug(
        "gap-not-strict",
        "an id at the lower edge of its gap, which is a revoked id, passes",
        _gap,
        _gap_not_strict,
        [2, 1, 3],
        [[1, 1, 3]],
    ),
    _bug(
        "gap-open-above",
        "only the lower edge of a gap is compared",
        _gap,
        _gap_open_above,
        [2, 1, 3],
        [[3, 1, 3], [3, 1, 2]],
    ),
    _bug(
        "one-hot-with-two",
        "the bit that the others leave over is not a boolean: two bins are set",
        lambda api, x: scorecard.CodeColumn("c", ("a", "b", "c"), (0, 1, 2)).choose(api, x),
        lambda api, x: _codes(api, x, first=False),
        [2],
    ),
    _bug(
        "bins-that-overlap",
        "a bin begins with the upper bound of the one before",
        _COLUMN.choose,
        _overlapping_bins,
        [3],
    ),
    _bug(
        "nullifier-of-randomness",
        "the nullifier depends on something that the borrower draws",
        _nullifier,
        _nullifier_of_randomness,
        [7, 11, 0],
        given=lambda: np.indices((3, 3)).reshape(2, -1).T,
    ),
    _bug(
        "wrong-domain-tag",
        "a hash is taken under another domain than the issuer's",
        _digest,
        lambda api, x, digest: _digest(api, x, digest, tag=6),
        [7, poseidon.poseidon([7], 5)],
        [[7, poseidon.poseidon([7], 6)]],
    ),
    _bug(
        "context-unused",
        "the context of a proof is in no constraint",
        _context,
        _none,
        [7],
    ),
]
