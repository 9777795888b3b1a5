"""Batches: the same verdicts as one by one, whatever is wrong, wherever it is."""

from __future__ import annotations

import random
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.groth16.groth16_toy import outside_subgroup
from support.groth16.simulated_proofs import Rows, random_publics, simulate
from support.kernel.kernel_cases import Q, R, g1, g2, keys

from zkcredit import _kernel as k
from zkcredit.bn254.curve import add, in_subgroup, is_on_curve, mul
from zkcredit.bn254.limbs import g2_from_limbs, g2_to_limbs, to_limbs

if TYPE_CHECKING:
    from zkcredit.bn254.points import G2Point

N_PUBLIC = 3
TWIST_ORDER = (2 * Q - R) * R
SMALL_PRIMES = (10069, 5864401, 1875725156269)  # divide the twist's cofactor 2q - r


def key() -> k.VerifyingKey:
    return keys(4, N_PUBLIC).verifying


@cache
def _good(count: int, seed: int) -> Rows:
    source = keys(4, N_PUBLIC)
    return simulate(source.toxic, source.points["ic"], random_publics(count, N_PUBLIC, seed), seed)


def good(count: int, seed: int = 1) -> Rows:
    a, b, c, public = (rows.copy() for rows in _good(count, seed))
    return a, b, c, public


def invalid(rows: Rows, threads: int = 1) -> list[int]:
    """The verdict of the batch, which must be that of its slow twin."""
    found = key().verify_many(*rows, threads)
    assert found.dtype == np.uint64
    assert found.tolist() == key().verify_many_naive(*rows).tolist()
    return [int(i) for i in found]


@pytest.mark.slow
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 63, 64, 65, 130])
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_good_batches_pass(count: int, threads: int) -> None:
    assert invalid(good(count), threads) == []


def test_real_proofs_pass() -> None:
    source = keys(4, N_PUBLIC)
    proofs = [source.proving.prove(to_limbs(source.toy.witness)) for _ in range(5)]
    a, b, c = (np.array([proof[part] for proof in proofs]) for part in range(3))
    assert invalid((a, b, c, to_limbs(source.toy.public * 5))) == []


def test_a_key_without_public_inputs() -> None:
    source = keys(1, 0)
    a, b, c, public = simulate(source.toxic, source.points["ic"], [[]] * 3)
    assert source.verifying.verify_many(a, b, c, public).tolist() == []
    c[1] = c[0]
    assert source.verifying.verify_many(a, b, c, public).tolist() == [1]


@pytest.mark.parametrize("count", [1, 2, 9])
def test_one_bad_proof_is_found_at_each_position(count: int) -> None:
    for position in range(count):
        rows = good(count)
        rows[2][position] = g1([7])[0]
        assert invalid(rows, threads=1 + position % 2) == [position]


@pytest.mark.slow
def test_one_bad_proof_is_found_in_each_block() -> None:
    for position in (0, 31, 32, 63, 64, 100, 128, 129):
        rows = good(130)
        rows[3][N_PUBLIC * position] = to_limbs([1])[0]
        assert invalid(rows, threads=2) == [position]


@pytest.mark.slow
def test_any_set_of_bad_proofs_is_found() -> None:
    rng = random.Random(3)
    for count in (2, 3, 8, 64, 130):
        bad = sorted(rng.sample(range(130), count))
        rows = good(130)
        for i in bad:
            rows[2][i] = g1([rng.randrange(1, R)])[0]
        assert invalid(rows, threads=2) == bad


def test_all_bad() -> None:
    rows = good(70)
    rows[2][:] = g1([5])[0]
    assert invalid(rows, threads=2) == list(range(70))


def test_duplicates_are_judged_each() -> None:
    a, b, c, public = (np.concatenate([rows, rows]) for rows in good(4))
    assert invalid((a, b, c, public)) == []
    c[2] = c[6] = g1([3])[0]
    assert invalid((a, b, c, public)) == [2, 6]


# Proofs that are bad one by one and make up for each other in a sum without weights


def unweighted_sum_holds(rows: Rows) -> bool:
    """What a verifier with all weights one would find: prod e(A, B) against the sums."""
    source = keys(4, N_PUBLIC)
    a, b, c, public = rows
    n = len(a)
    ones = to_limbs([1] * n)
    totals = [n] + [
        sum(int.from_bytes(row.tobytes(), "little") for row in public[j::N_PUBLIC]) % R
        for j in range(N_PUBLIC)
    ]
    points = source.points
    alpha = k.g1_mul(points["alpha1"].reshape(1, 8), to_limbs([R - n]))
    inputs = k.g1_msm(points["ic"], to_limbs([(R - t) % R for t in totals]))
    minus_c = k.g1_mul(k.g1_msm(c, ones).reshape(1, 8), to_limbs([R - 1]))
    left = np.concatenate([a, alpha, inputs.reshape(1, 8), minus_c])
    right = np.concatenate(
        [b, *(points[name].reshape(1, 16) for name in ("beta2", "gamma2", "delta2"))]
    )
    return k.pairing_product_is_one(left, right)


def test_shifted_c_that_cancel_are_found() -> None:
    rows = good(6)
    shift = g1([123456789, R - 123456789])
    rows[2][1] = k.g1_add(rows[2][1:2], shift[:1])[0]
    rows[2][4] = k.g1_add(rows[2][4:5], shift[1:])[0]
    assert unweighted_sum_holds(rows)
    assert invalid(rows) == [1, 4]


def test_exchanged_inputs_are_found() -> None:
    rows = good(6)
    public = rows[3].reshape(6, N_PUBLIC, 4)
    public[[0, 5]] = public[[5, 0]]
    assert unweighted_sum_holds(rows)
    assert invalid(rows) == [0, 5]


def test_exchanged_c_are_found() -> None:
    rows = good(6)
    rows[2][[2, 3]] = rows[2][[3, 2]]
    assert unweighted_sum_holds(rows)
    assert invalid(rows) == [2, 3]


def test_shifted_inputs_that_cancel_are_found() -> None:
    rows = good(3)
    values = [int.from_bytes(row.tobytes(), "little") for row in rows[3]]
    values[0] = (values[0] + 99) % R
    values[N_PUBLIC] = (values[N_PUBLIC] - 99) % R
    bad = (*rows[:3], to_limbs(values))
    assert unweighted_sum_holds(bad)
    assert invalid(bad) == [0, 1]


def test_three_that_cancel_are_found() -> None:
    rows = good(5)
    for i, s in ((0, 5), (2, 7), (3, R - 12)):
        rows[2][i] = k.g1_add(rows[2][i : i + 1], g1([s]))[0]
    assert unweighted_sum_holds(rows)
    assert invalid(rows) == [0, 2, 3]


def test_two_claims_that_cancel_through_the_pairings_are_found() -> None:
    """A negated in one claim and a C moved by 2ab / delta in another."""
    source = keys(4, N_PUBLIC)
    rng = random.Random(1)  # the scalars that simulate() took
    a = [rng.randrange(1, R) for _ in range(4)]
    b = [rng.randrange(1, R) for _ in range(4)]
    rows = good(4)
    rows[0][0] = k.g1_mul(rows[0][:1], to_limbs([R - 1]))[0]
    moved = -2 * a[0] * b[0] * pow(source.toxic[4], -1, R) % R
    rows[2][1] = k.g1_add(rows[2][1:2], g1([moved]))[0]
    assert unweighted_sum_holds(rows)
    assert invalid(rows) == [0, 1]


# Points and numbers that are none


@pytest.mark.parametrize("column", range(3))
def test_unreadable_points_are_bad(column: int) -> None:
    rows = good(5)
    for i, row in ((1, to_limbs([Q])[0]), (3, to_limbs([5])[0])):
        rows[column][i, :4] = row
    assert invalid(rows) == [1, 3]


def test_inputs_that_are_not_canonical_are_bad() -> None:
    rows = good(5)
    values = [int.from_bytes(row.tobytes(), "little") for row in rows[3]]
    values[2 * N_PUBLIC + 1] += R
    assert invalid((*rows[:3], to_limbs(values))) == [2]


@pytest.mark.parametrize("column", range(3))
def test_infinity_is_judged_like_one_by_one(column: int) -> None:
    rows = good(5)
    rows[column][2] = 0
    assert invalid(rows) == [2]


def test_a_batch_of_infinities_only() -> None:
    rows = tuple(np.zeros_like(r) for r in good(3))
    assert invalid((rows[0], rows[1], rows[2], rows[3])) == [0, 1, 2]


@cache
def torsion() -> list[G2Point]:
    """Points of the twist whose orders are small primes, and one of the large remaining part."""
    found = [mul(TWIST_ORDER // p, outside_subgroup()) for p in SMALL_PRIMES]
    found.append(mul(R, outside_subgroup()))
    assert all(is_on_curve(t) and not in_subgroup(t) for t in found)
    return found


def strangers() -> list[G2Point]:
    """Points outside the subgroup of many kinds."""
    member = g2_from_limbs(g2([5]))[0]
    found = [outside_subgroup(), *torsion()]
    found += [add(member, t) for t in found]
    found += [mul(n, torsion()[0]) for n in (2, 3, 4, 5, 6, 10068)]
    return found


def test_points_outside_the_subgroup_are_never_members() -> None:
    rows = good(1)
    for stranger in strangers():
        b = g2_to_limbs([stranger])
        assert k.g2_first_invalid(b) == 0
        assert not key().verify(rows[0][0], b[0], rows[2][0], rows[3])
        assert key().verify_many(rows[0], b, rows[2], rows[3]).tolist() == [0]
    good_b = g2([*range(1, 40), R - 1, R - 2, R // 2])
    assert k.g2_first_invalid(good_b) == -1


def test_a_member_moved_by_torsion_is_found_among_good_proofs() -> None:
    for i, stranger in enumerate(torsion()):
        rows = good(9)
        b = g2_from_limbs(rows[1][i : i + 1])[0]
        rows[1][i] = g2_to_limbs([add(b, stranger)])[0]
        assert invalid(rows) == [i]


def test_a_stranger_with_a_at_infinity_is_found() -> None:
    rows = good(3)
    rows[0][1] = 0
    rows[1][1] = g2_to_limbs([outside_subgroup()])[0]
    assert invalid(rows) == [1]


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 19), max_size=20, unique=True), st.integers(0, 2**32))
def test_any_change_anywhere_is_found(places: list[int], seed: int) -> None:
    rng = random.Random(seed)
    rows = good(20)
    for i in places:
        kind = rng.randrange(5)
        if kind == 0:
            rows[0][i] = g1([rng.randrange(R)])[0]
        elif kind == 1:
            rows[1][i] = g2([rng.randrange(R)])[0]
        elif kind == 2:
            rows[2][i] = k.g1_mul(rows[2][i : i + 1], to_limbs([R - 1]))[0]
        elif kind == 3:
            rows[3][N_PUBLIC * i + rng.randrange(N_PUBLIC)] = to_limbs([rng.randrange(R)])[0]
        else:
            rows[rng.randrange(3)][i, rng.randrange(8)] ^= np.uint64(1 << rng.randrange(64))
    assert invalid(rows, threads=2) == sorted(places)


# The boundary


@pytest.mark.parametrize("column", range(4))
def test_arrays_of_other_lengths_are_refused(column: int) -> None:
    rows = list(good(3))
    rows[column] = rows[column][:-1]
    with pytest.raises(ValueError, match="expected"):
        key().verify_many(*rows)
    with pytest.raises(ValueError, match="expected"):
        key().verify_many_naive(*rows)


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_other_numbers_of_threads_are_refused(threads: int) -> None:
    with pytest.raises(ValueError, match="threads"):
        key().verify_many(*good(1), threads)


@pytest.mark.parametrize("column", range(4))
def test_arrays_of_other_types_are_refused(column: int) -> None:
    rows: list[Any] = list(good(2))
    for other in (rows[column].astype(np.int64), rows[column][:, ::-1], rows[column].tolist()):
        with pytest.raises(ValueError, match="expected"):
            key().verify_many(*(other if i == column else row for i, row in enumerate(rows)))
