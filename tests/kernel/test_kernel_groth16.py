"""Proofs: accepted by the kernel and by the pairing equation in py_ecc; everything else refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as ecc
from support.kernel.kernel_cases import Keys, Q, R, chain, g1, g2, keys, numbers, proving_key

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import from_limbs, to_limbs

Proof = tuple[Any, Any, Any]


def accepts(key: Keys, proof: Proof, public: list[int] | None = None) -> bool:
    inputs = to_limbs(key.toy.public if public is None else public)
    verdicts = {key.verifying.verify(*proof, inputs, threads) for threads in (1, 2)}
    assert len(verdicts) == 1, "one thread and two say different things"
    return verdicts.pop()


def ecc_g1(row: Any) -> Any:
    x, y = from_limbs(row)
    return (ecc.FQ(x), ecc.FQ(y), ecc.FQ.one()) if x or y else ecc.Z1


def ecc_g2(row: Any) -> Any:
    c = from_limbs(row)
    return (ecc.FQ2(c[:2]), ecc.FQ2(c[2:]), ecc.FQ2.one()) if any(c) else ecc.Z2


def equation_holds(key: Keys, proof: Proof, public: list[int]) -> bool:
    """e(A, B) = e(alpha, beta) e(sum of inputs, gamma) e(C, delta), all in py_ecc."""
    points = key.points
    inputs = ecc_g1(points["ic"][0])
    for value, row in zip(public, points["ic"][1:], strict=True):
        inputs = ecc.add(inputs, ecc.multiply(ecc_g1(row), value))
    right = (
        ecc.pairing(ecc_g2(points["beta2"]), ecc_g1(points["alpha1"]))
        * ecc.pairing(ecc_g2(points["gamma2"]), inputs)
        * ecc.pairing(ecc_g2(points["delta2"]), ecc_g1(proof[2]))
    )
    return bool(ecc.pairing(ecc_g2(proof[1]), ecc_g1(proof[0])) == right)


SIZES = [(1, 0), (1, 1), (2, 3), (7, 1), (60, 5)]


@pytest.mark.parametrize(("constraints", "n_public"), SIZES)
def test_proofs_verify_in_the_kernel(constraints: int, n_public: int) -> None:
    key = keys(constraints, n_public)
    assert accepts(key, key.proving.prove(to_limbs(key.toy.witness)))
    assert key.verifying.n_public == key.proving.n_public == n_public


@pytest.mark.parametrize("threads", [0, -1, 1025])
def test_a_number_of_threads_out_of_range_is_refused(threads: int) -> None:
    key = keys(1, 1)
    proof = key.proving.prove(to_limbs(key.toy.witness))
    with pytest.raises(ValueError, match="threads"):
        key.verifying.verify(*proof, to_limbs(key.toy.public), threads)


@pytest.mark.slow
def test_proofs_satisfy_the_pairing_equation_of_py_ecc() -> None:
    key = keys(7, 1)
    proof = key.proving.prove(to_limbs(key.toy.witness))
    assert equation_holds(key, proof, key.toy.public)
    assert not equation_holds(key, proof, [(key.toy.public[0] + 1) % R])


def test_a_and_b_equal_the_formula_for_given_blinding() -> None:
    """A = alpha + sum a w + r delta, B likewise with s; the equation then determines C."""
    key = keys(10, 5)
    witness = to_limbs(key.toy.witness)
    r, s = numbers(R, 2, 9)
    proof = key.proving.prove_with_blinding_unsafe(witness, *to_limbs([r, s]))
    a, b, _ = proof
    assert accepts(key, proof)
    blind = k.g1_mul(key.points["delta1"].reshape(1, 8), to_limbs([r]))
    total = k.g1_msm_naive(key.points["a"], witness).reshape(1, 8)
    want = k.g1_add(k.g1_add(total, blind), key.points["alpha1"].reshape(1, 8))
    assert (a == want[0]).all()
    blind = k.g2_mul(key.points["delta2"].reshape(1, 16), to_limbs([s]))
    total = k.g2_msm_naive(key.points["b2"], witness).reshape(1, 16)
    want = k.g2_add(k.g2_add(total, blind), key.points["beta2"].reshape(1, 16))
    assert (b == want[0]).all()


def test_proofs_do_not_depend_on_the_number_of_threads() -> None:
    key = keys(60, 5)
    witness, (r, s) = to_limbs(key.toy.witness), to_limbs(numbers(R, 2, 1))
    one = key.proving.prove_with_blinding_unsafe(witness, r, s)
    for threads in (2, 3, 7):
        many = key.proving.prove_with_blinding_unsafe(witness, r, s, threads)
        assert all((x == y).all() for x, y in zip(one, many, strict=True))
        assert accepts(key, key.proving.prove(witness, threads))


def test_blinding_differs_with_every_call() -> None:
    key = keys(2, 3)
    witness = to_limbs(key.toy.witness)
    proofs = [key.proving.prove(witness) for _ in range(20)]
    for part in range(3):
        assert len({proof[part].tobytes() for proof in proofs}) == 20
    assert all(accepts(key, proof) for proof in proofs)


# What must never verify


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 65), st.sampled_from([1, 2, R - 1, 2**64, R // 2]))
def test_a_witness_that_breaks_a_constraint_gives_no_valid_proof(wire: int, delta: int) -> None:
    key = keys(60, 5)
    w = list(key.toy.witness)
    w[wire] = (w[wire] + delta) % R
    assert key.toy.r1cs().first_unsatisfied(to_limbs(w)) >= 0
    proof = key.proving.prove(to_limbs(w))
    assert not accepts(key, proof)
    assert not accepts(key, proof, w[1:6])


@pytest.mark.parametrize("index", range(5))
def test_another_public_input_is_refused(index: int) -> None:
    key = keys(60, 5)
    proof = key.proving.prove(to_limbs(key.toy.witness))
    for change in (1, R - 1, 2**128):
        public = list(key.toy.public)
        public[index] = (public[index] + change) % R
        assert not accepts(key, proof, public)


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("alias", [R, 2 * R, 3 * R])
def test_a_public_input_plus_a_multiple_of_r_is_refused(index: int, alias: int) -> None:
    key = keys(60, 5)
    proof = key.proving.prove(to_limbs(key.toy.witness))
    public = list(key.toy.public)
    public[index] += alias
    assert not accepts(key, proof, public)


@pytest.mark.parametrize("part", range(3))
def test_tampered_proofs_are_refused(part: int) -> None:
    key = keys(7, 1)
    proof = list(key.proving.prove(to_limbs(key.toy.witness)))
    good = proof[part]
    group, negate = (g2, k.g2_neg) if part == 1 else (g1, k.g1_neg)
    others = [np.zeros_like(good), group([1])[0], group([R - 1])[0], group([12345])[0]]
    others.append(negate(good.reshape(1, -1))[0])
    for coordinate in range(len(good) // 4):
        limbs = slice(4 * coordinate, 4 * coordinate + 4)
        value = from_limbs(good)[coordinate]
        for new in ((value + 1) % Q, value + Q, (Q - value) % Q, 0, Q, 2**256 - 1):
            changed = good.copy()
            changed[limbs] = to_limbs([new])[0]
            others.append(changed)
    for bit in range(0, 64 * len(good), 37):
        changed = good.copy()
        changed[bit // 64] ^= np.uint64(1 << bit % 64)
        others.append(changed)
    for other in others:
        if (other != good).any():
            proof[part] = other
            assert not accepts(key, (proof[0], proof[1], proof[2]))


def test_proofs_of_another_key_and_mixed_proofs_are_refused() -> None:
    key = keys(7, 1)
    witness = to_limbs(key.toy.witness)
    other = keys(7, 1, 2)
    assert not accepts(key, other.proving.prove(to_limbs(other.toy.witness)), key.toy.public)
    first, second = key.proving.prove(witness), key.proving.prove(witness)
    assert not accepts(key, (first[0], first[1], second[2]))
    assert not accepts(key, (first[0], second[1], first[2]))


def test_b_outside_the_subgroup_is_refused() -> None:
    """x = 1 + u is on the twist but outside the subgroup, and pairing equations do not notice."""
    key = keys(7, 1)
    a, _, c = key.proving.prove(to_limbs(key.toy.witness))
    found = 0
    for x in range(1, 60):
        point = outside(x)
        if point is not None:
            found += 1
            assert k.g2_first_invalid(point.reshape(1, 16)) == 0
            assert not accepts(key, (a, point, c))
            with pytest.raises(ValueError, match="gamma2: not in the subgroup"):
                k.VerifyingKey(g1([1])[0], g2([1])[0], point, g2([2])[0], g1([1]))
    assert found > 5


def outside(x: int) -> Any | None:
    """The point of the twist over x + u, if there is one."""
    at = ecc.FQ2([x, 1])
    c0, c1 = (int(c) for c in (at * at * at + ecc.b2).coeffs)
    norm = pow(c0 * c0 + c1 * c1, (Q + 1) // 4, Q)
    for half in ((c0 + norm) * pow(2, -1, Q) % Q, (c0 - norm) * pow(2, -1, Q) % Q):
        y0 = pow(half, (Q + 1) // 4, Q)
        y1 = c1 * pow(2 * y0, -1, Q) % Q
        if y0 * y0 % Q == half and (y0 * y0 - y1 * y1 - c0) % Q == 0:
            return to_limbs([x, 1, y0, y1]).reshape(16)
    return None


# Arguments


@pytest.mark.parametrize("count", [0, 2])
def test_a_wrong_number_of_public_inputs_is_an_error(count: int) -> None:
    key = keys(7, 1)
    proof = key.proving.prove(to_limbs(key.toy.witness))
    with pytest.raises(ValueError, match="public: expected 1 rows"):
        accepts(key, proof, [1] * count)


def test_malformed_witnesses_are_refused() -> None:
    key = keys(2, 3)
    good = key.toy.witness
    for bad in (good[:-1], [*good, 0], [2, *good[1:]], [0, *good[1:]], [*good[:-1], R]):
        with pytest.raises(ValueError, match="witness"):
            key.proving.prove(to_limbs(bad))


@pytest.mark.parametrize("value", [0, R, R + 1, 2**256 - 1])
def test_blinding_out_of_range_is_refused(value: int) -> None:
    key = keys(2, 3)
    witness, (one, bad) = to_limbs(key.toy.witness), to_limbs([1, value])
    with pytest.raises(ValueError, match="r: expected 1 to r - 1"):
        key.proving.prove_with_blinding_unsafe(witness, bad, one)
    with pytest.raises(ValueError, match="s: expected 1 to r - 1"):
        key.proving.prove_with_blinding_unsafe(witness, one, bad)


def entries(index: int, value: Any) -> dict[str, Any]:
    parts = list(chain(2, 3).coeffs())
    array = parts[index].copy()
    array[0] = value
    parts[index] = array
    return {"coeffs": tuple(parts)}


def off_curve(width: int) -> Any:
    return to_limbs([1, 5, 0, 0][: width // 4]).reshape(width)


MALFORMED: dict[str, dict[str, Any]] = {
    "matrix": entries(0, 2),
    "row": entries(1, 8),
    "wire": entries(2, 8),
    "value": entries(3, to_limbs([R])[0]),
    "three arrays": {"coeffs": chain(2, 3).coeffs()[:3]},
    "domain no power of two": {"domain_size": 6},
    "domain 1": {"domain_size": 1},
    "domain 2^28": {"domain_size": 2**28},
    "domain of another size": {"domain_size": 16},
    "no wires": {"n_wires": 0},
    "more wires": {"n_wires": 9},
    "all public": {"n_public": 8},
    "other public count": {"n_public": 2},
    "alpha1": {"alpha1": off_curve(8)},
    "beta1": {"beta1": off_curve(8)},
    "delta1": {"delta1": off_curve(8)},
    "beta2": {"beta2": off_curve(16)},
    "delta2": {"delta2": off_curve(16)},
    "a": {"a": g1([1] * 7)},
    "b1": {"b1": g1([1] * 9)},
    "b2": {"b2": g2([1] * 7)},
    "b2 of G1": {"b2": g1([1] * 8)},
    "c": {"c": g1([1] * 3)},
    "h": {"h": g1([1] * 7)},
    "a off the curve": {"a": np.repeat(off_curve(8).reshape(1, 8), 8, axis=0)},
    "b2 off the curve": {"b2": np.repeat(off_curve(16).reshape(1, 16), 8, axis=0)},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_proving_keys_are_refused(name: str) -> None:
    key = keys(2, 3)
    assert (len(key.toy.witness), len(key.points["h"])) == (8, 8)
    with pytest.raises(ValueError, match=r"expected|differ|range|domain|canonical|modulus"):
        proving_key(key.toy, key.points, **MALFORMED[name])


@pytest.mark.parametrize("name", ["alpha1", "beta2", "gamma2", "delta2", "ic"])
def test_malformed_verifying_keys_are_refused(name: str) -> None:
    points = keys(2, 3).points
    good: dict[str, Any] = {n: points[n] for n in ("alpha1", "beta2", "gamma2", "delta2", "ic")}
    k.VerifyingKey(**good)
    damaged = good[name].copy()
    damaged.reshape(-1)[0] ^= np.uint64(1)
    for bad in (damaged, good[name][..., :-4].copy()):
        with pytest.raises(ValueError, match=name):
            k.VerifyingKey(**(good | {name: bad}))


def test_a_verifying_key_without_ic_is_refused() -> None:
    points = keys(2, 3).points
    with pytest.raises(ValueError, match="ic"):
        k.VerifyingKey(
            points["alpha1"], points["beta2"], points["gamma2"], points["delta2"], points["ic"][:0]
        )


@pytest.mark.slow
def test_a_proof_of_infinity_is_judged_by_the_equation() -> None:
    zero = np.zeros(8, np.uint64), np.zeros(16, np.uint64), np.zeros(8, np.uint64)
    key = keys(2, 3)
    assert not accepts(key, zero)
    assert not equation_holds(key, zero, key.toy.public)
