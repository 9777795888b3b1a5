"""Points of G1 and G2 against py_ecc and against the naive twins."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from py_ecc import optimized_bn128 as ecc
from support.kernel.kernel_cases import Q, R, edges, g1, g2, numbers

from zkcredit import _kernel as k
from zkcredit.bn254 import packed
from zkcredit.bn254.limbs import from_limbs, to_limbs

SCALARS = [0, 1, 2, 3, 15, 16, 255, 256, R - 1, R - 2, R >> 1, (R >> 1) + 1, 2**64, 2**253]
SCALARS += numbers(R, 6, 1)
MULTIPLES = {"g1": g1, "g2": g2}
COFACTOR = 2 * Q - R
SMALL_ORDER = 10069  # the smallest prime factor of the twist's cofactor


def row(point: Any) -> list[int]:
    """A py_ecc point of either group as the kernel's coordinates."""
    zero = ecc.is_inf(point)
    x, y = (point[0], point[0]) if zero else ecc.normalize(point)
    parts = [list(c.coeffs) if hasattr(c, "coeffs") else [c] for c in (x, y)]
    return [0 if zero else int(v) for part in parts for v in part]


def rows(points: list[Any]) -> Any:
    return to_limbs([v for point in points for v in row(point)]).reshape(len(points), -1)


def square_root(value: Any) -> Any | None:
    """In F_q2 by the complex method, as q = 3 mod 4; None for a non-square."""
    a, b = (int(c) for c in value.coeffs)
    norm = pow(a * a + b * b, (Q + 1) // 4, Q)
    for half in ((a + norm) * pow(2, -1, Q) % Q, (a - norm) * pow(2, -1, Q) % Q):
        x = pow(half, (Q + 1) // 4, Q)
        root = ecc.FQ2([x, b * pow(2 * x, -1, Q) if x else 0])
        if root * root == value:
            return root
    return None


@pytest.fixture(scope="module")
def torsion() -> list[Any]:
    """Points on the twist outside the subgroup: an arbitrary one, and one of order 10069."""
    for a in range(100):
        x = ecc.FQ2([a, 1])
        y = square_root(x * x * x + ecc.b2)
        if y is not None:
            point = (x, y, ecc.FQ2.one())
            low = ecc.multiply(ecc.multiply(point, R), COFACTOR // SMALL_ORDER)
            if not ecc.is_inf(low):
                return [point, low]
    raise AssertionError("no point found")


@pytest.mark.slow
@pytest.mark.parametrize(("group", "base"), [("g1", ecc.G1), ("g2", ecc.G2)])
def test_multiples_of_the_generator_equal_py_ecc(group: str, base: Any) -> None:
    want = rows([ecc.multiply(base, s) for s in SCALARS])
    generator = np.repeat(MULTIPLES[group]([1]), len(SCALARS), axis=0)
    scalars = to_limbs(SCALARS)
    assert (MULTIPLES[group](SCALARS) == want).all()
    assert (getattr(k, f"{group}_mul")(generator, scalars) == want).all()
    assert (getattr(k, f"{group}_mul_naive")(generator, scalars) == want).all()


@pytest.mark.parametrize("group", ["g1", "g2"])
def test_multiples_of_other_points_equal_the_naive_twin(group: str) -> None:
    pairs = list(product([0, 1, R - 1, 12345], SCALARS))
    points = MULTIPLES[group]([p for p, _ in pairs])
    scalars = to_limbs([s for _, s in pairs])
    want = MULTIPLES[group]([p * s for p, s in pairs])
    assert (getattr(k, f"{group}_mul")(points, scalars) == want).all()
    assert (getattr(k, f"{group}_mul_naive")(points, scalars) == want).all()


@pytest.mark.parametrize("group", ["g1", "g2"])
def test_addition_is_complete(group: str) -> None:
    """All pairs, so infinity, equal and opposite points are among them."""
    pairs = list(product(SCALARS, SCALARS))
    p = MULTIPLES[group]([a for a, _ in pairs])
    q = MULTIPLES[group]([b for _, b in pairs])
    want = MULTIPLES[group]([a + b for a, b in pairs])
    assert (getattr(k, f"{group}_add")(p, q) == want).all()
    assert (getattr(k, f"{group}_add_naive")(p, q) == want).all()
    assert (getattr(k, f"{group}_neg")(p) == MULTIPLES[group]([-a for a, _ in pairs])).all()


@pytest.mark.parametrize("group", ["g1", "g2"])
def test_generator_multiples_do_not_depend_on_threads(group: str) -> None:
    scalars = to_limbs(numbers(R, 700, 4) + SCALARS)
    function = getattr(k, f"{group}_mul_generator")
    assert all((function(scalars, t) == function(scalars)).all() for t in (2, 3))


@pytest.mark.parametrize("group", ["g1", "g2"])
def test_valid_points_and_infinity_are_found_valid(group: str) -> None:
    points = MULTIPLES[group](SCALARS)
    assert getattr(k, f"{group}_first_invalid")(points) == -1
    assert getattr(k, f"{group}_first_invalid")(points[:0]) == -1


def spoiled(points: Any, coordinate: int, value: int) -> Any:
    out = points.copy()
    out[2, 4 * coordinate : 4 * coordinate + 4] = to_limbs([value])[0]
    return out


@pytest.mark.parametrize(("group", "coordinates"), [("g1", 2), ("g2", 4)])
@pytest.mark.parametrize("change", ["plus q", "plus one", "zero", "all ones", "q"])
def test_damaged_points_are_found_and_refused(group: str, coordinates: int, change: str) -> None:
    points = MULTIPLES[group]([3, 5, 7, 0, 9])
    for i in range(coordinates):
        value = from_limbs(points[2])[i]
        new = {"plus q": value + Q, "plus one": (value + 1) % Q, "zero": 0, "q": Q}
        bad = spoiled(points, i, new.get(change, 2**256 - 1))
        assert getattr(k, f"{group}_first_invalid")(bad) == 2
        scalars = to_limbs([1] * 5)
        for call in ("mul", "mul_naive", "msm", "msm_naive"):
            with pytest.raises(ValueError, match="point 2"):
                getattr(k, f"{group}_{call}")(bad, scalars)
        for call in ("add", "add_naive"):
            with pytest.raises(ValueError, match="q: point 2"):
                getattr(k, f"{group}_{call}")(points, bad)


def test_the_first_of_many_invalid_points_is_named_on_any_number_of_threads() -> None:
    points = g2(numbers(R, 100, 3))
    for at in (97, 60, 59, 3):
        points[at] = spoiled(points, 0, 1)[2]
        for threads in (1, 2, 5):
            assert k.g2_first_invalid(points, threads) == at


def test_points_outside_the_subgroup_are_found(torsion: list[Any]) -> None:
    assert ecc.is_inf(ecc.multiply(torsion[1], SMALL_ORDER))
    assert not ecc.is_inf(torsion[1])
    good = [ecc.multiply(ecc.G2, 5), ecc.multiply(ecc.G2, R - 1)]
    bad = [*torsion, *(ecc.add(p, q) for p in good for q in torsion)]
    bad += [ecc.multiply(torsion[1], n) for n in (2, 3, SMALL_ORDER - 1)]
    for point in bad:
        points = rows([*good, point])
        assert k.g2_first_invalid(points) == 2
        assert k.g2_first_invalid_naive(points) == 2
    assert k.g2_first_invalid(rows(good)) == -1


MANY = 450  # points: enough for random sums, on one thread and on two


def outside(torsion: list[Any], copies: int) -> Any:
    """Points that are outside the subgroup, whose parts outside add up to nothing."""
    one = [*torsion[1:], *(ecc.neg(point) for point in torsion[1:])]
    return rows([ecc.add(ecc.multiply(ecc.G2, 7), point) for point in one] * copies)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_one_point_of_many_outside_the_subgroup_is_found(threads: int, torsion: list[Any]) -> None:
    good = g2(numbers(R, MANY, 8))
    assert k.g2_first_invalid(good, threads) == -1
    for point in outside(torsion, 1):
        for at in (0, 1, MANY // 2, MANY - 1):
            points = good.copy()
            points[at] = point
            assert k.g2_first_invalid(points, threads) == at
            assert k.g2_first_invalid_stored(k.g2_to_mont(points).tobytes(), threads) == at


def test_points_outside_the_subgroup_do_not_hide_each_other(torsion: list[Any]) -> None:
    for copies in (1, 100):
        points = g2(numbers(R, MANY, 8))
        bad = outside(torsion, copies)[: MANY - 9]
        points[9 : 9 + len(bad)] = bad
        assert k.g2_first_invalid(points, 2) == 9
    every = np.repeat(outside(torsion, 1)[:1], SMALL_ORDER, axis=0)  # their sum is in the subgroup
    assert k.g2_first_invalid(every, 2) == 0


def test_among_many_the_first_bad_point_is_named_whatever_is_bad(torsion: list[Any]) -> None:
    points = g2(numbers(R, MANY, 8))
    points[300] = outside(torsion, 1)[0]
    points[301] = spoiled(points, 0, 1)[2]
    assert k.g2_first_invalid(points, 2) == 300
    points[299] = spoiled(points, 0, 1)[2]
    assert k.g2_first_invalid(points, 2) == 299


@pytest.mark.parametrize("group", ["g1", "g2"])
def test_points_of_a_file_are_checked_as_they_are(group: str) -> None:
    first = getattr(k, f"{group}_first_invalid_stored")
    points = MULTIPLES[group]([3, 5, 7, 0, 9])
    stored = getattr(k, f"{group}_to_mont")(points)
    for data in (stored.tobytes(), memoryview(b"x" + stored.tobytes())[1:]):  # at any address
        assert first(data) == -1
    assert first(b"") == -1
    assert first(stored.tobytes()[:-1] + b"\xff") == 4
    assert first(points.tobytes()) == 0  # in another form
    wrong = stored.copy()
    wrong[2, :4] = to_limbs([from_limbs(stored[2])[0] + Q])[0]
    assert first(wrong.tobytes(), 2) == 2


NOT_BYTES = [b"1", b"x" * 63, "text", 5, None, [1, 2], np.zeros(8, np.uint64)]
NOT_BYTES += [np.zeros((2, 64), np.uint8), np.zeros(256, np.uint8)[::2]]


@pytest.mark.parametrize("bad", NOT_BYTES)
def test_what_is_not_bytes_of_whole_points_is_refused(bad: object) -> None:
    for call in (k.g1_first_invalid_stored, k.g2_first_invalid_stored, k.fr_first_not_below):
        with pytest.raises((ValueError, TypeError)):
            call(bad)  # type: ignore[arg-type]  # the test


@pytest.mark.parametrize(("p", "first"), [(R, k.fr_first_not_below), (Q, k.fq_first_not_below)])
def test_the_first_number_that_is_not_below_the_modulus(p: int, first: Any) -> None:
    good = [0, 1, p - 1]
    assert first(packed.numbers(good)) == -1
    assert first(b"") == -1
    for bad in (p, p + 1, 2 * p, 2**256 - 1):
        assert first(packed.numbers([*good, bad])) == 3
        assert first(packed.numbers([bad, *good, bad])) == 0
        assert first(memoryview(b"." + packed.numbers([0, bad]))[1:]) == 1


def test_addition_and_multiples_hold_outside_the_subgroup_too(torsion: list[Any]) -> None:
    pairs = list(product([*torsion, ecc.G2], repeat=2))
    want = rows([ecc.add(p, q) for p, q in pairs])
    assert (k.g2_add(rows([p for p, _ in pairs]), rows([q for _, q in pairs])) == want).all()
    multiples = k.g2_mul(rows([torsion[1]] * 3), to_limbs([SMALL_ORDER, 2, SMALL_ORDER + 1]))
    assert (multiples == rows([ecc.Z2, ecc.double(torsion[1]), torsion[1]])).all()


@pytest.mark.parametrize(("group", "width"), [("g1", 8), ("g2", 16)])
def test_montgomery_conversion_scales_coordinates(group: str, width: int) -> None:
    values = edges(Q)[: 10 * width // 4]
    array = to_limbs(values).reshape(-1, width)
    there = getattr(k, f"{group}_to_mont")(array)
    assert from_limbs(there) == [v * 2**256 % Q for v in values]
    assert (getattr(k, f"{group}_from_mont")(there) == array).all()


@pytest.mark.parametrize(("group", "width"), [("g1", 8), ("g2", 16)])
def test_montgomery_conversion_refuses_values_not_below_q(group: str, width: int) -> None:
    bad = to_limbs([0] * (width // 4 - 1) + [Q]).reshape(1, width)
    for call in ("to_mont", "from_mont"):
        with pytest.raises(ValueError, match="not below the modulus"):
            getattr(k, f"{group}_{call}")(bad)


@pytest.mark.parametrize("group", MULTIPLES)
@pytest.mark.parametrize("times", [0, 1, 2, 7])
def test_repeated_additions_are_multiples(group: str, times: int) -> None:
    # Doublings, opposites and infinity are met at the first addition or on the way.
    p = [1, 1, 0, 0, 5, R - 2, R - 7, R - 6, 2, *numbers(R, 60, 2)]
    q = [1, R - 1, 0, 9, 0, 1, 1, 3, 2, *numbers(R, 60, 3)]
    row = MULTIPLES[group]
    want = row([(x + times * y) % R for x, y in zip(p, q, strict=True)])
    got = getattr(k, f"{group}_add_repeated")(row(p), row(q), times)
    assert (got == want).all()


@pytest.mark.parametrize("group", MULTIPLES)
def test_repeated_additions_refuse_other_counts_and_points(group: str) -> None:
    add, row = getattr(k, f"{group}_add_repeated"), MULTIPLES[group]
    for times in (-1, (1 << 20) + 1):
        with pytest.raises(ValueError, match="times"):
            add(row([1]), row([2]), times)
    with pytest.raises(ValueError, match="rows"):
        add(row([1]), row([2, 3]), 1)
    with pytest.raises(ValueError, match="not on the curve"):
        add(row([1]), row([2]) + np.uint64(1), 1)
