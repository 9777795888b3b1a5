from __future__ import annotations

import random
from typing import Any

import pytest
from support.circuits.wire_mutation import unnoticed_wires
from support.gadgets.curve_vectors import failing_gadget, point, registers, signature, vectors
from support.gadgets.signature_case import HONEST, KEY, MESSAGE, SIGNATURE, circuit, inputs, refused
from support.published.vector_verdicts import cases, load

from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, InvalidSignature, OutOfRange, UnsatisfiedWitness
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.challenge import is_provable
from zkcredit.gadgets.eddsa import Signature, SigningKey, challenge, sign, verify
from zkcredit.gadgets.eddsa_circuit import signature_inputs, verify_gadget
from zkcredit.r1cs import Evaluator
from zkcredit.r1cs.tape import DIVMOD


def test_counts() -> None:
    counts = circuit().gadget_counts
    assert {
        name: counts[f"eddsa.{name}"] for name in ("key", "poseidon", "challenge", "nonce")
    } == {
        "key": 28,
        "poseidon": 321,
        "challenge": 1571,
        "nonce": 506,
    }
    assert counts["eddsa"] == 2426


@pytest.mark.slow
@pytest.mark.parametrize("case", vectors()["eddsa_poseidon"], ids=lambda c: c["privateKeyHex"][:8])
def test_signatures_of_other_libraries_satisfy_the_circuit(case: dict[str, Any]) -> None:
    values = inputs(point(case["publicKey"]), int(case["message"]), signature(case))
    assert not refused(values)


@pytest.mark.parametrize("seed", range(12))
def test_random_signatures(seed: int) -> None:
    generator = random.Random(seed)
    key, message = SigningKey(generator.randbytes(32)), generator.randrange(R)
    made = sign(key, message)
    values = inputs(key.public, message, made)
    assert not refused(values)
    assert refused([*values[:2], (message + 1) % R, *values[3:]])


def test_the_gadget_returns_the_key_on_integers() -> None:
    fed = signature_inputs(KEY.public, SIGNATURE)

    def run(message: int) -> tuple[int, int]:
        api = Evaluator()
        u, v, x, y = map(api.value, (*fed.key_eighth, *fed.nonce_point))
        key = verify_gadget(
            api,
            key_eighth=(u, v),
            nonce_point=(x, y),
            scalar=api.shadow(fed.scalar),
            message=api.value(message),
        )
        return int(key.x), int(key.y)  # type: ignore[call-overload]

    assert run(MESSAGE) == KEY.public
    with pytest.raises(UnsatisfiedWitness):
        run(MESSAGE + 1)


@pytest.mark.parametrize("case", vectors()["eddsa_negative"], ids=lambda c: c["name"])
def test_negative_vectors(case: dict[str, Any]) -> None:
    public, message, given = point(case["A"]), int(case["message"]), signature(case)
    if case["name"] in ("S+l", "m+r (alias)"):
        # Not expressible as another statement: both are the same field elements and digits.
        verify(public, message % R, given._replace(s=given.s % SUBGROUP_ORDER))
        assert not refused(inputs(public, message % R, given))
        return
    if case["name"].startswith("A"):
        root = (7, 7) if public == IDENTITY else babyjub.to_montgomery(public)
        with pytest.raises(InvalidInput):
            signature_inputs(public, given)
        assert refused([*public, message, *root, *given.r8, given.s])
        return
    assert refused(inputs(public, message, given))


def test_the_kernel_fills_the_same_witness() -> None:
    tape = circuit().tape
    assert from_limbs(tape.run(to_limbs(HONEST))) == tape.run_python(HONEST)


def test_s_plus_l_is_the_same_witness() -> None:
    run = circuit().tape.run_python
    assert run(HONEST) == run([*HONEST[:-1], SIGNATURE.s + SUBGROUP_ORDER])


@pytest.mark.parametrize("shift", [1, -1, 2**200, SUBGROUP_ORDER // 2])
def test_another_scalar_is_refused(shift: int) -> None:
    assert refused([*HONEST[:-1], (SIGNATURE.s + shift) % SUBGROUP_ORDER])


@pytest.mark.slow
@pytest.mark.parametrize("torsion", TORSION)
def test_torsion_is_refused_in_every_slot(torsion: Point) -> None:
    if torsion != IDENTITY:
        root = babyjub.to_montgomery(torsion)
        for public in (KEY.public, torsion, IDENTITY):
            assert refused([*public, MESSAGE, *root, *HONEST[5:]])
        mixed = babyjub.add(SIGNATURE.r8, torsion)
        assert refused([*HONEST[:5], *mixed, SIGNATURE.s])
        key = babyjub.add(KEY.public, torsion)
        for shift in TORSION:  # no T gives a key with torsion
            t = babyjub.to_montgomery(babyjub.add(babyjub.eighth(KEY.public), shift))
            assert refused([*key, MESSAGE, *t, *HONEST[5:]])
    assert refused([*HONEST[:5], *torsion, SIGNATURE.s])
    t = babyjub.to_montgomery(babyjub.add(babyjub.eighth(KEY.public), torsion))
    assert not refused([*KEY.public, MESSAGE, *t, *HONEST[5:]])  # the same key, the same A


@pytest.mark.slow
def test_an_identity_key_signs_nothing() -> None:
    # The forgery of tests/gadgets/test_eddsa.py: R8 = S·B8, A = identity. No T gives that A.
    r8 = babyjub.mul(5, BASE8)
    for t in ((0, 0), (1, 1), *(babyjub.to_montgomery(p) for p in TORSION[1:])):
        assert refused([*IDENTITY, MESSAGE, *t, *r8, 5])


def test_other_keys_and_points_are_refused() -> None:
    for public in (babyjub.neg(KEY.public), babyjub.double(KEY.public), BASE8):
        assert refused(inputs(public, MESSAGE, SIGNATURE))
    t = babyjub.to_montgomery(babyjub.eighth(babyjub.neg(KEY.public)))
    assert refused([*KEY.public, MESSAGE, *t, *HONEST[5:]])
    for r8 in (babyjub.neg(SIGNATURE.r8), babyjub.add(SIGNATURE.r8, BASE8), IDENTITY, Point(1, 1)):
        assert refused([*HONEST[:5], *r8, SIGNATURE.s])


@pytest.mark.parametrize("t", [(0, 0), (0, 1), (1, 1), (R - 1, 3), (5, 5)])
def test_roots_off_the_curve_are_refused(t: tuple[int, int]) -> None:
    failed = failing_gadget(circuit(), [*KEY.public, MESSAGE, *t, *HONEST[5:]])
    assert str(failed).startswith("eddsa.key.prime_order")


def test_a_shifted_quotient_is_refused() -> None:
    q, e = registers(circuit(), DIVMOD, SUBGROUP_ORDER)[0]
    h = challenge(SIGNATURE.r8, KEY.public, MESSAGE)
    quotient, residue = divmod(h, SUBGROUP_ORDER)
    assert not refused(HONEST, {q: quotient, e: residue})
    for shift in (-1, 1):
        lie = {q: quotient + shift, e: (residue - shift * SUBGROUP_ORDER) % R}
        assert refused(HONEST, lie)


def test_a_nonce_point_chosen_freely_is_refused() -> None:
    # R8 must equal S·B8 - 8h·A for the h that it hashes to: picking R8 fixes h, and so S.
    for k in range(2, 6):
        r8 = babyjub.mul(k, BASE8)
        h = challenge(r8, KEY.public, MESSAGE)
        assert is_provable(h)
        assert refused([*HONEST[:5], *r8, (k + 8 * h) % SUBGROUP_ORDER])


def test_every_wire_but_idle_comparison_hints_is_determined() -> None:
    built = circuit()
    witness = built.tape.run_python(HONEST)
    for wire in unnoticed_wires(built.system, witness):
        (index,) = built.system.wire_uses[wire]
        assert built.constraint_labels[index] == "eddsa.challenge.window"
        missing, hint, ones = built.system.row(index)
        assert list(hint) == [wire]
        for side in (missing, ones):
            assert sum(k * witness[w] for w, k in side.items()) % R == 0


@pytest.mark.slow
def test_native_and_circuit_agree_on_mutated_signatures() -> None:
    generator = random.Random(7)
    for _ in range(30):
        public, message, given = KEY.public, MESSAGE, SIGNATURE
        kind = generator.randrange(4)
        if kind == 0:
            message = generator.choice([message, generator.randrange(R)])
        elif kind == 1:
            given = given._replace(s=generator.randrange(SUBGROUP_ORDER))
        elif kind == 2:
            given = given._replace(r8=babyjub.mul(generator.randrange(1, 99), given.r8))
        else:
            public = babyjub.mul(generator.randrange(1, 3), public)
        try:
            verify(public, message, given)
        except (InvalidSignature, OutOfRange):
            assert refused(inputs(public, message, given))
        else:
            assert not refused(inputs(public, message, given))


@pytest.mark.slow
def test_the_circuit_agrees_with_the_published_vectors() -> None:
    """S and S + l give the same wires, so the circuit alone accepts what is bounded natively."""
    compiled = circuit()
    for _, test in cases(load("eddsa_poseidon_babyjubjub.json")):
        key, r8 = (Point(int(test[k]["x"]), int(test[k]["y"])) for k in ("publicKey", "R8"))
        message, s = int(test["message"]), int(test["S"])
        try:
            values = inputs(key, message, Signature(r8, s % SUBGROUP_ORDER))
            wires = compiled.tape.run(to_limbs(values, R))
            accepted = compiled.system.resident.first_unsatisfied(wires) == -1
        except (InvalidInput, OutOfRange):  # no key with an eighth, or no field element
            accepted = False
        expected = test["result"] == "valid" or test["flags"] == ["ScalarOutOfRange"]
        assert accepted == expected, test["tcId"]
