"""Contributions and beacons made here, and what is left of their secrets."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import ceremony_case as case
from support.groth16 import groth16_toy as g

from zkcredit import _kernel
from zkcredit.bn254 import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, UnsafeKey
from zkcredit.formats import zkey
from zkcredit.groth16 import (
    apply_beacon,
    contribute,
    keyfile,
    prove,
    verify,
)
from zkcredit.groth16.ceremony import contribute as module

if TYPE_CHECKING:
    from zkcredit.formats.zkey import ZKeyFile


def test_contributions_follow_and_the_key_proves() -> None:
    first = contribute(case.initial(), name="Åsa", entropy=b"typed", threads=1)
    second = contribute(first.key, threads=2)
    ended = apply_beacon(second.key, b"\1" * 32, 10, name="the end")
    ceremony = case.verified(ended.key)
    assert [step.digest for step in ceremony.phase2] == [
        first.digest, second.digest, ended.digest,
    ]  # fmt: skip
    assert [step.name for step in ceremony.phase2] == ["Åsa", "", "the end"]
    assert (ceremony.origin, ceremony.parties) == ("ceremony", (2, 2))
    key = keyfile.loads(zkey.dumps(ended.key))
    verify(ceremony.verifying_key, g.PUBLIC, prove(key, g.WITNESS, system=g.SYSTEM))


def test_a_beacon_is_the_same_for_everybody() -> None:
    one, other = (apply_beacon(case.initial(), b"\1\2\3", 11, threads=n) for n in (1, 2))
    assert one.digest == other.digest
    assert zkey.dumps(one.key) == zkey.dumps(other.key)
    assert apply_beacon(case.initial(), b"\1\2\3", 10).digest != one.digest


def test_the_same_words_make_another_secret_each_time() -> None:
    digests = {contribute(case.initial(), entropy=b"the same").digest for _ in range(5)}
    assert len(digests) == 5


def test_what_was_typed_takes_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a machine whose random numbers are known."""
    monkeypatch.setattr(module.os, "urandom", bytes)

    def fill(array: Any) -> None:
        array[:] = to_limbs([5])

    monkeypatch.setattr(module, "_fill", fill)
    digests = [contribute(case.initial(), entropy=typed).digest for typed in (b"a", b"b", b"a")]
    assert digests[0] == digests[2] != digests[1]


def test_a_secret_is_in_the_field_and_not_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    offers = iter([0, R, R + 5, (1 << 254) - 1, 0, 7])
    seen: list[Any] = []

    def fill(array: Any) -> None:
        array[:] = to_limbs([next(offers)])
        seen.append(array)

    monkeypatch.setattr(module, "_fill", fill)
    secret = np.zeros((1, 4), dtype=np.uint64)
    module._draw(secret, b"typed")
    assert next(offers, None) is None  # only the last was taken
    (value,) = from_limbs(secret)
    assert 0 < value < R
    assert not any(array.any() for array in seen)


def test_the_secret_is_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    genuine, inverse = module.extended, _kernel.fr_inv

    def spying(key: ZKeyFile, secret: Any, *arguments: Any, **options: Any) -> Any:
        assert secret.any()
        kept.append(secret)
        return genuine(key, secret, *arguments, **options)

    def spying_inverse(values: Any) -> Any:
        kept.append(inverse(values))
        return kept[-1]

    monkeypatch.setattr(module, "extended", spying)
    monkeypatch.setattr(_kernel, "fr_inv", spying_inverse)
    contribute(case.initial())
    assert len(kept) == 2
    assert not any(array.any() for array in kept)
    bad = dataclasses.replace(case.initial(), delta1_mont=case.initial().alpha1_mont)
    with pytest.raises(UnsafeKey):
        contribute(bad)
    assert not kept[-1].any()


# --- what nobody contributes to -----------------------------------------------------------------


def test_a_key_whose_contributions_do_not_follow_is_left_alone() -> None:
    with pytest.raises(UnsafeKey, match="contribution 2: the transcript"):
        contribute(zkey.loads(case.listed_twice()))
    with pytest.raises(UnsafeKey, match="contribution 2: the transcript"):
        apply_beacon(zkey.loads(case.listed_twice()), b"x", 10)


def test_a_key_with_another_delta_is_left_alone() -> None:
    honest = zkey.loads(case.honest())
    other = case.with_delta(case.initial(), 99)
    for changed in (
        other,
        dataclasses.replace(honest, contributions=honest.contributions[:1]),
        dataclasses.replace(honest, delta2_mont=other.delta2_mont),
    ):
        with pytest.raises(UnsafeKey, match="lead to the key's delta"):
            contribute(changed)


def test_a_dev_key_is_left_alone() -> None:
    dev = zkey.loads(keyfile.dumps(g.dev_key()))
    plain = dataclasses.replace(
        case.initial(), alpha1_mont=dev.alpha1_mont, contributions=(), mark=b""
    )
    with pytest.raises(UnsafeKey, match="dev key"):
        contribute(plain)


@pytest.mark.parametrize("name", ["c_mont", "h_mont"])
def test_points_off_their_curve_are_not_multiplied(name: str) -> None:
    array = np.array(getattr(case.initial(), name))
    array[-1, 0] ^= np.uint64(1)
    with pytest.raises(UnsafeKey, match="is not on its curve"):
        contribute(dataclasses.replace(case.initial(), **{name: array}))


@pytest.mark.parametrize("name", ["x" * 65, "two\nlines", "\x1b[31mred", "🙂" * 64, 5, None, b"x"])
def test_a_name_that_does_not_fit_is_refused(name: Any) -> None:
    with pytest.raises(InvalidInput, match="name"):
        contribute(case.initial(), name=name)


@pytest.mark.parametrize("beacon", [b"", bytes(256), "00", None, 5])
def test_a_beacon_that_does_not_fit_is_refused(beacon: Any) -> None:
    with pytest.raises(InvalidInput, match="beacon"):
        apply_beacon(case.initial(), beacon, 10)


@pytest.mark.parametrize("iterations", [-1, 0, 9, 25, 63, 2**40, True, "10", None])
def test_iterations_that_others_cannot_compute_are_refused(iterations: Any) -> None:
    with pytest.raises(InvalidInput, match="iterations"):
        apply_beacon(case.initial(), b"x", iterations)


@pytest.mark.parametrize("typed", ["text", None, 5])
def test_what_was_typed_is_bytes(typed: Any) -> None:
    with pytest.raises(InvalidInput):
        contribute(case.initial(), entropy=typed)


def test_the_mark_does_not_outlive_a_contribution() -> None:
    marked = dataclasses.replace(case.initial(), mark=b'{"origin": "single-party"}')
    assert contribute(marked).key.mark == b""
    assert zkey.MARK_SECTION not in dict(toy.sections(zkey.dumps(contribute(marked).key)))
