from __future__ import annotations

import copy
import pickle
import random
from typing import Any

import pytest
from support.gadgets.curve_vectors import point, signature, vectors

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, InvalidSignature, OutOfRange
from zkcredit.gadgets import babyjub, eddsa
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.eddsa import Signature, SigningKey, public_key, sign, verify

KEY = SigningKey(bytes(range(32)))
MESSAGE = 424242
SIGNATURE = sign(KEY, MESSAGE)


@pytest.mark.parametrize("case", vectors()["eddsa_poseidon"], ids=lambda c: c["privateKeyHex"][:8])
def test_signatures_of_circomlibjs_and_zk_kit_verify(case: dict[str, Any]) -> None:
    public, given = point(case["publicKey"]), signature(case)
    message = int(case["message"])
    verify(public, message, given)
    assert babyjub.mul(int(case["secretScalar"]), BASE8) == public
    assert int.from_bytes(babyjub.encode(public), "little") == int(case["packedPublicKey"])
    assert eddsa.challenge(given.r8, public, message) == int(case["challenge"])
    assert given.to_bytes().hex() == case["packedSignatureHex"]
    assert Signature.from_bytes(given.to_bytes()) == given


@pytest.mark.parametrize("case", vectors()["eddsa_negative"], ids=lambda c: c["name"])
def test_strict_verification_refuses_what_other_libraries_let_pass(case: dict[str, Any]) -> None:
    with pytest.raises((InvalidSignature, OutOfRange)):
        verify(point(case["A"]), int(case["message"]), signature(case))


@pytest.mark.parametrize("seed", range(12))
def test_signing_and_verifying(seed: int) -> None:
    generator = random.Random(seed)
    key = SigningKey(generator.randbytes(32))
    message = generator.randrange(R)
    made = key.sign(message)
    verify(public_key(key), message, made)
    assert key.sign(message) == made  # deterministic
    for other in ((message + 1) % R, 0, R - 1):
        with pytest.raises(InvalidSignature):
            verify(key.public, other, made)


@pytest.mark.parametrize("message", [0, 1, R - 1])
def test_edge_messages(message: int) -> None:
    verify(KEY.public, message, sign(KEY, message))


@pytest.mark.parametrize("message", [-1, R, R + 5, 2**256])
def test_messages_that_are_no_field_elements_are_refused(message: int) -> None:
    with pytest.raises(OutOfRange):
        sign(KEY, message)
    with pytest.raises(OutOfRange):
        verify(KEY.public, message, SIGNATURE)


def test_message_plus_r_is_no_alias() -> None:
    with pytest.raises(OutOfRange):
        verify(KEY.public, MESSAGE + R, SIGNATURE)


@pytest.mark.parametrize("message", [True, "5", 5.0, None, b"5"])
def test_messages_of_other_types_are_refused(message: Any) -> None:
    with pytest.raises(InvalidInput):
        sign(KEY, message)
    with pytest.raises(InvalidInput):
        verify(KEY.public, message, SIGNATURE)


@pytest.mark.parametrize("shift", [1, -1, SUBGROUP_ORDER, -SUBGROUP_ORDER, R, 1 << 256])
def test_another_scalar_is_refused(shift: int) -> None:
    with pytest.raises(InvalidSignature):
        verify(KEY.public, MESSAGE, SIGNATURE._replace(s=SIGNATURE.s + shift))


@pytest.mark.parametrize("value", [None, "1", 1.0, True, b"1"])
def test_values_of_other_types_are_refused(value: Any) -> None:
    for public, given in (
        (Point(value, 1), SIGNATURE),
        (Point(1, value), SIGNATURE),
        (KEY.public, SIGNATURE._replace(s=value)),
        (KEY.public, SIGNATURE._replace(r8=Point(value, value))),
    ):
        with pytest.raises(InvalidSignature):
            verify(public, MESSAGE, given)


@pytest.mark.parametrize("torsion", TORSION)
def test_torsion_is_refused_in_every_slot(torsion: Point) -> None:
    for public in (torsion, babyjub.add(KEY.public, torsion)):
        if public != KEY.public:
            with pytest.raises(InvalidSignature):
                verify(public, MESSAGE, SIGNATURE)
    for r8 in (torsion, babyjub.add(SIGNATURE.r8, torsion)):
        if r8 != SIGNATURE.r8:
            with pytest.raises(InvalidSignature):
                verify(KEY.public, MESSAGE, SIGNATURE._replace(r8=r8))


def test_an_identity_key_signs_nothing() -> None:
    # R8 = S·B8 satisfies the equation for every message when A is the identity.
    forged = Signature(babyjub.mul(5, BASE8), 5)
    with pytest.raises(InvalidSignature):
        verify(IDENTITY, MESSAGE, forged)


def test_other_points_are_refused() -> None:
    for public in (babyjub.neg(KEY.public), BASE8, Point(1, 1), Point(0, 0)):
        with pytest.raises(InvalidSignature):
            verify(public, MESSAGE, SIGNATURE)
    for r8 in (
        babyjub.neg(SIGNATURE.r8),
        babyjub.add(SIGNATURE.r8, BASE8),
        IDENTITY,
        Point(SIGNATURE.r8.x + R, SIGNATURE.r8.y),
        Point(SIGNATURE.r8.x - R, SIGNATURE.r8.y),
        Point(1, 1),
    ):
        with pytest.raises(InvalidSignature):
            verify(KEY.public, MESSAGE, SIGNATURE._replace(r8=r8))


def test_a_key_hides_its_secret() -> None:
    shown = f"{KEY!r} {KEY} {[KEY]}"
    assert KEY.seed.hex() not in shown
    assert str(KEY._scalar) not in shown
    for attempt in (lambda: pickle.dumps(KEY), lambda: copy.copy(KEY), lambda: copy.deepcopy(KEY)):
        with pytest.raises(TypeError):
            attempt()
    assert not hasattr(KEY, "__dict__")


def test_keys_come_from_seeds() -> None:
    assert SigningKey(KEY.seed) == KEY
    assert hash(SigningKey(KEY.seed)) == hash(KEY)
    assert SigningKey(bytes(32)) != KEY
    assert SigningKey.generate() != SigningKey.generate()
    eddsa.require_public_key(SigningKey.generate().public)
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(InvalidInput):
            SigningKey(seed)


def test_nonces_differ_by_key_message_and_attempt() -> None:
    other = SigningKey(bytes(32))
    nonces = {k.nonce(m, i) for k in (KEY, other) for m in (0, 1, R - 1) for i in range(4)}
    assert len(nonces) == 24


def test_signing_draws_another_nonce_where_a_challenge_cannot_be_proved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = eddsa.challenge(SIGNATURE.r8, KEY.public, MESSAGE)
    monkeypatch.setattr(eddsa, "is_provable", lambda h: h != refused)
    second = sign(KEY, MESSAGE)
    assert second.r8 != SIGNATURE.r8
    verify(KEY.public, MESSAGE, second)


def test_signature_bytes_are_strict() -> None:
    data = SIGNATURE.to_bytes()
    assert len(data) == eddsa.SIGNATURE_BYTES
    s = int.from_bytes(data[32:], "little")
    bad_s = (s + SUBGROUP_ORDER).to_bytes(32, "little")
    for bad in (b"", data[:-1], data + b"\0", data[:32] + bad_s, b"\xff" * 32 + data[32:]):
        with pytest.raises(InvalidInput):
            Signature.from_bytes(bad)
    with pytest.raises(OutOfRange):
        SIGNATURE._replace(s=SUBGROUP_ORDER).to_bytes()
    with pytest.raises(InvalidInput):
        SIGNATURE._replace(r8=Point(1, 1)).to_bytes()
