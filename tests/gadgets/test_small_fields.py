"""Each gadget over small primes: everything that any prover can have accepted, hints included, is
compared with the relation on integers."""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate, product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.gadgets.exhaustion import relation, same, study
from support.gadgets.small_field import PRIMES, small_field, widest

from zkcredit.bn254.fields import R
from zkcredit.errors import CircuitError, UnsatisfiedWitness
from zkcredit.gadgets import gaps, merkle, poseidon, scorecard, tree_update
from zkcredit.gadgets.compare import (
    assert_at_least,
    assert_at_most_constant,
    assert_between,
    assert_less,
    is_zero,
)
from zkcredit.gadgets.pack import pack, unpack
from zkcredit.gadgets.range import assert_bool, range_check, to_bits
from zkcredit.gadgets.select import gate, select
from zkcredit.r1cs import Evaluator, UInt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FEW = [13, 17, 31, 47]
"""Where three inputs take every value: primes just above and just below powers of two."""


def shows(
    define: Callable[..., Any],
    reference: Callable[..., Any],
    n_inputs: int,
    modulus: int,
    *,
    free_hints: bool = False,
    given: Any = None,
) -> None:
    """The gadget accepts what the reference does, with its outputs; and hints have one value."""
    found = study(define, n_inputs, modulus, given)
    assert same(found.rows, relation(reference, n_inputs, modulus, given))
    assert found.unique != free_hints


@pytest.mark.parametrize("p", PRIMES)
def test_bits_are_unique_and_ranges_end_where_they_say(p: int) -> None:
    with small_field(p):
        for k in range(1, widest(p) + 1):
            shows(
                lambda api, x, k=k: [bit.value for bit in to_bits(api, x, k)],
                lambda x, k=k: [x >> i & 1 for i in range(k)] if x < 2**k else None,
                1,
                p,
            )
        with pytest.raises(CircuitError):
            study(lambda api, x: range_check(api, x, widest(p) + 1) and None, 1, p)


@pytest.mark.parametrize("p", PRIMES)
def test_one_bit_more_than_the_bound_has_two_readings(p: int) -> None:
    with small_field(p, MAX_BITS=widest(p) + 1):
        bits = widest(p) + 1
        found = study(lambda api, x: [bit.value for bit in to_bits(api, x, bits)], 1, p)
        assert len(found.rows) == 2**bits > p


@pytest.mark.parametrize("p", PRIMES)
def test_booleans_choices_and_zero_tests(p: int) -> None:
    with small_field(p):
        shows(lambda api, x: [assert_bool(api, x).value], lambda x: [x] if x < 2 else None, 1, p)
        shows(lambda api, x: [is_zero(api, x).value], lambda x: [int(not x)], 1, p, free_hints=True)
        given = np.array([[0, y] for y in range(p)] + [[1, y] for y in range(p)])
        shows(
            lambda api, c, x: [
                select(api, assert_bool(api, c), x, 3 * x + 1),
                gate(api, UInt.unchecked(c, 1), x),
            ],
            lambda c, x: [x if c else (3 * x + 1) % p, c * x],
            2,
            p,
            given=given,
        )


@pytest.mark.parametrize("p", PRIMES)
def test_comparisons_hold_as_integers(p: int) -> None:
    a, b = np.indices((p, p))
    with small_field(p):
        for k in (2, widest(p) - 1):
            typed = (a < 2**k) & (b < 2**k)
            for compare, holds in ((assert_at_least, a >= b), (assert_less, a < b)):
                found = study(lambda api, *x, k=k, f=compare: _typed(api, f, k, *x), 2, p)
                assert same(found.rows, np.argwhere(typed & holds))
                assert found.unique


def _typed(api: Any, compare: Callable[..., None], k: int, a: Any, b: Any) -> None:
    compare(api, range_check(api, a, k), range_check(api, b, k))


@pytest.mark.parametrize("p", [13, 17, 29, 31, 37, 61, 67, 127, 131])
def test_a_comparison_as_wide_as_the_field_would_be_forgeable(p: int) -> None:
    """Why operands have at most 252 bits in a field of 253: 2^(k+1) must not pass p + 1."""
    k = widest(p)
    with small_field(p):
        found = study(lambda api, *x: _typed(api, assert_at_least, k, *x), 2, p).rows
    assert any(a < b for a, b in found.tolist()) == (2 ** (k + 1) > p + 1)


def _between(api: Any, low: Any, x: Any, high: Any, k: int) -> list[Any]:
    return [assert_between(api, range_check(api, low, k), x, range_check(api, high, k)).value]


@pytest.mark.slow
@pytest.mark.parametrize("p", FEW)
def test_between_needs_no_width_of_the_value(p: int) -> None:
    for k in range(1, widest(p)):
        if 3 * 2**k <= p + 2:
            with small_field(p):
                shows(
                    lambda api, *x, k=k: _between(api, *x, k),
                    lambda low, x, high, k=k: [x] if low <= x <= high < 2**k else None,
                    3,
                    p,
                )


@pytest.mark.parametrize("p", [17, 19, 37, 41])
def test_between_in_a_field_below_three_times_its_width_would_be_forgeable(p: int) -> None:
    """BN254's r is just above 3·2^252: an empty interval has nothing inside."""
    k = widest(p) - 1
    assert 3 * 2**k > p + 2
    assert R > 3 * 2**252
    with small_field(p):
        found = study(lambda api, *x: _between(api, *x, k), 3, p).rows
    assert any(low > high for low, _, high, _ in found.tolist())


@pytest.mark.parametrize("p", [13, 31, 37, 127, 131, 251])
def test_every_constant_bound_is_exact(p: int) -> None:
    width = widest(p)
    with small_field(p):
        for bound in range(0, 2**width, 1 if width < 5 else 5):
            found = study(
                lambda api, x, bound=bound: assert_at_most_constant(
                    api, to_bits(api, x, width), bound
                ),
                1,
                p,
            )
            assert same(found.rows, relation(lambda x, bound=bound: x <= bound, 1, p))


def _splits(total: int) -> list[tuple[int, ...]]:
    return [(total,), (1, total - 1), (total - 1, 1), (1, 1, total - 2), (2, total - 2)]


@pytest.mark.parametrize("p", PRIMES)
def test_a_word_has_one_reading(p: int) -> None:
    with small_field(p):
        for widths in _splits(widest(p)):
            offsets = list(accumulate(widths[:-1], initial=0))

            def read(
                word: int, widths: Sequence[int] = widths, offsets: Sequence[int] = offsets
            ) -> list[int] | None:
                parts = zip(offsets, widths, strict=True)
                fits = word >> sum(widths) == 0
                return [word >> o & (1 << w) - 1 for o, w in parts] if fits else None

            shows(
                lambda api, word, widths=widths: [f.value for f in unpack(api, word, widths)],
                read,
                1,
                p,
            )


@pytest.mark.parametrize("p", PRIMES)
def test_packing_is_injective(p: int) -> None:
    low = widest(p) // 2
    high = widest(p) - low
    with small_field(p):
        shows(
            lambda api, x, y: [
                pack(api, [range_check(api, x, low), range_check(api, y, high)]).value
            ],
            lambda x, y: [x + (y << low)] if x < 1 << low and y < 1 << high else None,
            2,
            p,
        )
        found = study(
            lambda api, x, y: [
                pack(api, [range_check(api, x, low), range_check(api, y, high)]).value
            ],
            2,
            p,
        )
        assert len({row[-1] for row in found.rows.tolist()}) == len(found.rows)


@pytest.mark.slow
@pytest.mark.parametrize(("p", "children"), [(13, 2), (31, 2), (61, 2), (13, 3), (17, 3)])
def test_one_of_several_children(p: int, children: int) -> None:
    with small_field(p):
        shows(
            lambda api, leaf, *others: merkle._assert_one_of(api, leaf, others),
            lambda leaf, *others: leaf in others,
            1 + children,
            p,
        )


def _permutation(p: int) -> Callable[..., int]:
    """Poseidon's rounds with its tables reduced mod p: no hash, but the same arithmetic."""
    assert poseidon.parameters(2).mix[0][0] % p, "the last mix is divided by this"

    @cache
    def first(*state: int) -> int:
        return poseidon.permute(state)[0]

    return first


@pytest.mark.parametrize("p", [13, 31, 61, 241])
def test_the_rounds_of_the_hash_compute_the_permutation(p: int) -> None:
    with small_field(p):
        permute = _permutation(p)
        shows(
            lambda api, x: [poseidon.poseidon_gadget(api, [x], 5)],
            lambda x: [permute(5, x)],
            1,
            p,
        )
        shows(
            lambda api, x, digest: poseidon.assert_poseidon(api, [x], digest, 5),
            lambda x, digest: digest == permute(5, x),
            2,
            p,
        )


@pytest.mark.parametrize("p", [13, 17, 23])
def test_two_levels_of_a_binary_tree(p: int) -> None:
    def climbs(leaf: int, a: int, b: int, c: int, d: int) -> list[int] | None:
        member = leaf in (a, b) and permute(5, a, b) in (c, d)
        return [permute(5, c, d)] if member else None

    with small_field(p, ARITY=2):
        permute = _permutation(p)
        given = np.array([[leaf, 1, b] for leaf in range(p) for b in range(p)])
        shows(
            lambda api, leaf, a, b, c, d: [merkle.member_root(api, leaf, [[a, b], [c, d]], 5)],
            climbs,
            5,
            p,
            given=given,
        )


@pytest.mark.parametrize("p", [17, 19])
@pytest.mark.parametrize("index", range(4))
def test_a_leaf_of_a_binary_tree_of_two_levels_is_replaced(p: int, index: int) -> None:
    low, high = index & 1, index >> 1

    def replaced(a: int, b: int, c: int, d: int) -> list[int] | None:
        if (c, d)[high] != permute(5, a, b):
            return None
        below = permute(5, *((9, b), (a, 9))[low])
        return [permute(5, *((below, d), (c, below))[high])]

    with small_field(p, ARITY=2, DIGIT_BITS=1):
        permute = _permutation(p)

        def define(api: Any, a: Any, b: Any, c: Any, d: Any) -> list[Any]:
            digits = [UInt.unchecked(api.constant(digit), 1) for digit in (low, high)]
            root = poseidon.poseidon_gadget(api, [c, d], 5)
            path = [[a, b], [c, d]]
            leaf = api.constant(9)
            return [tree_update.replace_leaf(api, leaf, digits, path, root=root, node_tag=5)]

        given = np.array([[3, b, c] for b in range(p) for c in range(p)])
        shows(define, replaced, 4, p, given=given)


@pytest.mark.slow
@pytest.mark.parametrize(("p", "bits"), [(13, 2), (31, 3), (61, 4), (67, 4)])
def test_an_id_lies_strictly_inside_its_gap(p: int, bits: int) -> None:
    def signed(value: int) -> int:
        return value - p if value > p // 2 else value

    with small_field(p, ID_BITS=bits) as patch:
        # The inequalities alone: what is hashed, and where it stands, is tested above.
        patch.setattr(gaps, "poseidon_gadget", lambda api, inputs, tag: inputs[0])
        patch.setattr(gaps, "member_root", lambda api, leaf, path, tag: leaf)

        def define(api: Any, number: Any, lo: Any, hi: Any) -> None:
            gaps.gap_root(api, range_check(api, number, bits), lo, hi, [])

        found = study(define, 3, p).rows.tolist()
        typed = [row for row in found if row[1] <= 1 << bits and row[2] <= 1 << bits]
        published = relation(
            lambda number, lo, hi: lo < number < hi <= 1 << bits and number < 1 << bits, 3, p
        )
        assert typed == published.tolist()
        assert all(signed(lo) < number < hi for number, lo, hi in found)


@pytest.mark.parametrize(("p", "bits"), [(13, 2), (31, 3), (61, 4), (251, 4)])
def test_a_number_has_the_points_of_its_bin_alone(p: int, bits: int) -> None:
    top = (1 << bits) - 1
    with small_field(p, NUMBER_BITS=bits, _MAX_NUMBER=top):
        for bounds in ((0,), (top - 1,), (0, 1), (1, top - 1), tuple(range(min(top, 4)))):
            column = scorecard.NumberColumn("n", bounds, tuple(range(5, 6 + len(bounds))))
            shows(
                lambda api, x, column=column: [
                    api.linear(zip(column.points, column.choose(api, x), strict=True))
                ],
                lambda x, column=column: [column.points[column.bin(x)]] if x <= top else None,
                1,
                p,
            )


@pytest.mark.parametrize("p", [13, 17, 61])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_code_is_one_of_its_names(p: int, count: int) -> None:
    with small_field(p):
        column = scorecard.CodeColumn("c", tuple("abcd"[:count]), tuple(range(count)))
        shows(column.choose, lambda x: _one_hot(x, count), 1, p)


def _one_hot(x: int, count: int) -> list[int] | None:
    return [int(x == i) for i in range(count)] if x < count else None


@pytest.mark.parametrize("p", [13, 17, 29, 31])
def test_the_evaluator_gives_the_same_verdicts(p: int) -> None:
    gadgets: list[tuple[int, Callable[..., Any]]] = [
        (1, lambda api, x: range_check(api, x, 3)),
        (1, lambda api, x: unpack(api, x, (1, 2))),
        (1, is_zero),
        (2, lambda api, a, b: assert_less(api, range_check(api, a, 2), range_check(api, b, 2))),
        (
            2,
            lambda api, a, b: assert_between(api, UInt.constant(api, 1), a, range_check(api, b, 2)),
        ),
    ]

    def holds(define: Callable[..., Any], *values: int) -> bool:
        api = Evaluator()
        try:
            define(api, *map(api.value, values))
        except UnsatisfiedWitness:
            return False
        return True

    with small_field(p):
        for n_inputs, define in gadgets:
            found = study(lambda api, *x, define=define: define(api, *x) and None, n_inputs, p)
            expected = relation(lambda *x, define=define: holds(define, *x), n_inputs, p)
            assert same(found.rows, expected)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_search_finds_what_plain_enumeration_finds(seed: int) -> None:
    """Random systems of two inputs and two hints over F_13, roots and free wires among them."""
    p, generator = 13, random.Random(seed)

    def side(wires: Sequence[Any], most: int) -> list[tuple[int, int]]:
        chosen = generator.sample(range(len(wires)), generator.randrange(most + 1))
        return [(generator.randrange(1, p), i) for i in chosen]

    plan = [(side("abcd", 2), side("abcd", 2), side("abcd", 3)) for _ in range(2)]
    plan = [(a or [(1, 0)], b or [(1, 2)], c) for a, b, c in plan]
    constants = [[generator.randrange(p) for _ in range(3)] for _ in plan]

    def define(api: Any, *x: Any) -> list[Any]:
        wires = [*x, api.witness(api.shadow(1)), api.witness(api.shadow(1))]
        for parts, extra in zip(plan, constants, strict=True):
            sums = (
                api.linear([(k, wires[i]) for k, i in part], constant)
                for part, constant in zip(parts, extra, strict=True)
            )
            api.assert_product(*sums)
        return wires[2:]

    def satisfied(values: tuple[int, ...]) -> bool:
        for parts, extra in zip(plan, constants, strict=True):
            a, b, c = (
                sum(k * values[i] for k, i in part) + constant
                for part, constant in zip(parts, extra, strict=True)
            )
            if (a * b - c) % p:
                return False
        return True

    with small_field(p):
        found = study(define, 2, p)
    expected = [list(v) for v in product(range(p), repeat=4) if satisfied(v)]
    assert found.rows.tolist() == expected
