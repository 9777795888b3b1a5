from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.groth16 import groth16_toy as g

from zkcredit.bn254.curve import G1_GENERATOR, G2_GENERATOR, mul
from zkcredit.bn254.limbs import g1_from_limbs
from zkcredit.errors import InvalidInput
from zkcredit.formats import r1cs
from zkcredit.groth16 import (
    dev_setup,
    keyfile,
    load_or_create_dev_key,
    prove,
    setup,
    verify,
)
from zkcredit.groth16.trust import DEV_ALPHA1
from zkcredit.r1cs.system import ConstraintSystem

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path))


def test_everybody_makes_the_same_key() -> None:
    assert keyfile.dumps(dev_setup(g.SYSTEM, threads=1)) == keyfile.dumps(g.dev_key())


def test_another_circuit_has_another_key_but_the_same_alpha() -> None:
    other = ConstraintSystem(12, 3, g.SYSTEM.a, g.SYSTEM.b, g.SYSTEM.c)
    key, toy = dev_setup(other).verifying_key, g.dev_key().verifying_key
    assert (key.alpha1, key.beta2) == (toy.alpha1, toy.beta2)
    assert key.gamma2 != toy.gamma2
    assert key.delta2 != toy.delta2


def test_the_trapdoor_is_public_and_the_key_is_made_of_it() -> None:
    _, alpha, beta, gamma, delta = setup.dev_trapdoor(r1cs.digest(g.SYSTEM))
    key = g.dev_key()
    vk = key.verifying_key
    assert vk.alpha1 == DEV_ALPHA1 == mul(alpha, G1_GENERATOR)
    assert vk.beta2 == mul(beta, G2_GENERATOR)
    assert vk.gamma2 == mul(gamma, G2_GENERATOR)
    assert vk.delta2 == mul(delta, G2_GENERATOR)
    assert g1_from_limbs(key.beta1.reshape(1, 8)) == [mul(beta, G1_GENERATOR)]


def test_the_cache_is_filled_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load_or_create_dev_key(g.SYSTEM)
    (file,) = (tmp_path / "keys").iterdir()
    assert "unsafe-dev" in file.name
    monkeypatch.setattr(setup, "dev_setup", pytest.fail)
    second = load_or_create_dev_key(g.SYSTEM)
    assert keyfile.dumps(first) == keyfile.dumps(second)
    verify(second.verifying_key, g.PUBLIC, prove(second, g.WITNESS, system=g.SYSTEM))


@pytest.mark.parametrize("damage", ["empty", "short", "flipped", "folder", "other circuit"])
def test_a_damaged_cache_is_made_again(tmp_path: Path, damage: str) -> None:
    expected = keyfile.dumps(load_or_create_dev_key(g.SYSTEM))
    (file,) = (tmp_path / "keys").iterdir()
    data = file.read_bytes()
    if damage == "folder":
        file.unlink()
        file.mkdir()
    elif damage == "other circuit":
        other = ConstraintSystem(12, 3, g.SYSTEM.a, g.SYSTEM.b, g.SYSTEM.c)
        load_or_create_dev_key(other)
        (theirs,) = (p for p in (tmp_path / "keys").iterdir() if p != file)
        file.write_bytes(theirs.read_bytes())
    else:
        flipped = bytearray(data)
        flipped[len(data) // 2] ^= 1
        file.write_bytes({"empty": b"", "short": data[:-1], "flipped": bytes(flipped)}[damage])
    assert keyfile.dumps(load_or_create_dev_key(g.SYSTEM)) == expected
    if damage != "folder":
        assert file.read_bytes() == data


def test_without_a_cache_the_key_is_made_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path / "file"))
    assert load_or_create_dev_key(g.SYSTEM).origin == "dev"


def test_the_default_cache_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZKCREDIT_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert "zkcredit" in str(setup.dev_cache_folder())
    assert str(setup.dev_cache_folder()).startswith(os.path.expanduser("~"))


def test_a_strange_number_of_threads_is_refused() -> None:
    with pytest.raises(InvalidInput):
        dev_setup(g.SYSTEM, threads=0)
