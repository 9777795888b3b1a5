"""Key generation against its formulas over Python integers, and refused inputs."""

from __future__ import annotations

import pytest
from support.kernel.kernel_cases import R, Toy, chain, g1, g2, keys, matrix, numbers

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

NAMES = {"alpha1", "beta1", "delta1", "beta2", "gamma2", "delta2"}
NAMES |= {"ic", "a", "b1", "b2", "c", "h"}


def lagrange(tau: int, n: int) -> list[int]:
    """L_j(tau) = (tau^n - 1) w^j / (n (tau - w^j))."""
    root = pow(5, (R - 1) // n, R)
    return [
        (pow(tau, n, R) - 1) * pow(root, j, R) * pow(n * (tau - pow(root, j, R)), -1, R) % R
        for j in range(n)
    ]


def columns(rows: list[list[tuple[int, int]]], values: list[int], n_wires: int) -> list[int]:
    out = [0] * n_wires
    for row, value in zip(rows, values, strict=False):
        for wire, c in row:
            out[wire] = (out[wire] + c * value) % R
    return out


@pytest.mark.parametrize(("constraints", "n_public"), [(1, 0), (1, 1), (3, 2), (10, 5), (11, 4)])
def test_every_point_is_the_one_that_the_formula_gives(constraints: int, n_public: int) -> None:
    key = keys(constraints, n_public)
    toy, (tau, alpha, beta, gamma, delta), points = key.toy, key.toxic, key.points
    n = 2
    while n < constraints + n_public + 1:
        n *= 2
    at, wires = lagrange(tau, n), len(toy.witness)
    extra = [[(wire, 1)] for wire in range(n_public + 1)]
    a = columns(toy.a + extra, at, wires)
    b = columns(toy.b, at, wires)
    c = columns(toy.c, at, wires)
    mixed = [(beta * x + alpha * y + z) % R for x, y, z in zip(a, b, c, strict=True)]
    odd = lagrange(tau, 2 * n)[1::2]
    by_gamma, by_delta = pow(gamma, -1, R), pow(delta, -1, R)

    assert set(points) == NAMES
    assert (points["a"] == g1(a)).all()
    assert (points["b1"] == g1(b)).all()
    assert (points["b2"] == g2(b)).all()
    assert (points["ic"] == g1([v * by_gamma for v in mixed[: n_public + 1]])).all()
    assert (points["c"] == g1([v * by_delta for v in mixed[n_public + 1 :]])).all()
    assert (points["h"] == g1([v * by_delta for v in odd])).all()
    for name, want in zip(("alpha1", "beta1", "delta1"), g1([alpha, beta, delta]), strict=True):
        assert (points[name] == want).all()
    for name, want in zip(("beta2", "gamma2", "delta2"), g2([beta, gamma, delta]), strict=True):
        assert (points[name] == want).all()


def test_keys_do_not_depend_on_the_number_of_threads() -> None:
    r1cs, toxic = chain(300, 3).r1cs(), to_limbs(numbers(R, 5, 1))
    one = k.groth16_setup(r1cs, toxic)
    for threads in (2, 3, 8):
        many = k.groth16_setup(r1cs, toxic, threads)
        assert all((one[name] == many[name]).all() for name in NAMES)


@pytest.mark.parametrize(("needed", "domain"), [(2, 2), (3, 4), (4, 4), (5, 8), (8, 8), (9, 16)])
def test_domain_is_the_next_power_of_two(needed: int, domain: int) -> None:
    toy = chain(needed - 2, 1) if needed > 2 else chain(1, 0)
    assert len(k.groth16_setup(toy.r1cs(), to_limbs([7] * 5))["h"]) == domain


def test_wires_in_no_constraint_get_points_at_infinity() -> None:
    toy = Toy([1, 2, 4, 9], 1, [[(1, 1)]], [[(1, 1)]], [[(2, 1)]])
    points = k.groth16_setup(toy.r1cs(), to_limbs([7, 8, 9, 10, 11]))
    for name in ("a", "b1", "b2"):
        assert not points[name][3].any()
    assert not points["c"][1].any()
    assert points["c"][0].any()


@pytest.mark.parametrize("zero", range(5))
def test_a_zero_in_the_trapdoor_is_refused(zero: int) -> None:
    toxic = [7, 8, 9, 10, 11]
    toxic[zero] = 0
    with pytest.raises(ValueError, match="toxic: zero"):
        k.groth16_setup(chain(1, 1).r1cs(), to_limbs(toxic))


@pytest.mark.parametrize("order", [1, 2, 4, 8, 16])
def test_a_tau_inside_the_doubled_domain_is_refused(order: int) -> None:
    tau = pow(5, (R - 1) // order, R)
    with pytest.raises(ValueError, match="root of unity"):
        k.groth16_setup(chain(4, 2).r1cs(), to_limbs([tau, 8, 9, 10, 11]))


@pytest.mark.parametrize("toxic", [[], [1] * 4, [2] * 6, [2, 2, 2, 2, R], [2**256 - 1, 2, 2, 2, 2]])
def test_malformed_trapdoors_are_refused(toxic: list[int]) -> None:
    with pytest.raises(ValueError, match="toxic"):
        k.groth16_setup(chain(1, 1).r1cs(), to_limbs(toxic))


def test_rows_of_one_constraint_may_name_a_wire_twice() -> None:
    twice = matrix([[(1, 2), (1, 3)]])
    once = matrix([[(1, 5)]])
    toxic = to_limbs([7, 8, 9, 10, 11])
    first, second = (k.groth16_setup(k.R1cs(2, 0, m, m, m), toxic) for m in (twice, once))
    assert all((first[name] == second[name]).all() for name in NAMES)
