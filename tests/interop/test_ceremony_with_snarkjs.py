"""Ceremonies that begin here and go on there, and the other way round; both sides verify them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g
from support.interop.snarkjs_tool import powers_of_tau, snarkjs, snarkjs_accepts

from zkcredit.errors import UnsafeKey
from zkcredit.formats import zkey
from zkcredit.groth16 import (
    Contributed,
    apply_beacon,
    contribute,
    initial_zkey,
    load_proving_key,
    load_ptau,
    prove,
    verify,
    verify_ceremony,
)

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.groth16 import VerifiedCeremony

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Powers of tau of two parties and a beacon, the toy circuit, and both initial keys."""
    folder = tmp_path_factory.mktemp("ceremony")
    powers_of_tau(folder, 5, parties=2)
    snarkjs(folder, "powersoftau", "beacon", "2.ptau", "3.ptau", "0a" * 16, "10")
    snarkjs(folder, "powersoftau", "prepare", "phase2", "3.ptau", "final.ptau")
    (folder / "toy.r1cs").write_bytes(toy.data("toy.r1cs"))
    snarkjs(folder, "groth16", "setup", "toy.r1cs", "final.ptau", "theirs0.zkey")
    made = initial_zkey(g.SYSTEM, load_ptau(folder / "final.ptau"))
    (folder / "ours0.zkey").write_bytes(zkey.dumps(made))
    return folder


def step_here(folder: Path, old: str, new: str, name: str) -> Contributed:
    made = contribute(zkey.loads((folder / old).read_bytes()), name=name, entropy=b"typed")
    (folder / new).write_bytes(zkey.dumps(made.key))
    return made


def step_there(folder: Path, old: str, new: str, name: str) -> str:
    return " ".join(
        snarkjs(folder, "zkey", "contribute", old, new, f"--name={name}", "-e=typed").split()
    )


def verified(folder: Path, name: str) -> VerifiedCeremony:
    key = load_proving_key(folder / name)
    return verify_ceremony(key, g.SYSTEM, load_ptau(folder / "final.ptau"))


def accepted_there(folder: Path, name: str) -> bool:
    return snarkjs_accepts(folder, "zkey", "verify", "toy.r1cs", "final.ptau", name)


@pytest.mark.slow
def test_here_then_there_then_here_and_a_beacon_of_each(folder: Path) -> None:
    first = step_here(folder, "ours0.zkey", "a1.zkey", "Ångström 1")
    said = step_there(folder, "a1.zkey", "a2.zkey", "second")
    third = step_here(folder, "a2.zkey", "a3.zkey", "")
    ended = apply_beacon(third.key, bytes(range(1, 33)), 10, name="end")
    (folder / "a4.zkey").write_bytes(zkey.dumps(ended.key))
    snarkjs(folder, "zkey", "beacon", "a3.zkey", "b4.zkey", bytes(range(1, 33)).hex(), "10",
            "-n=end")  # fmt: skip
    # a beacon is the same whoever applies it
    assert (folder / "a4.zkey").read_bytes() == (folder / "b4.zkey").read_bytes()
    assert accepted_there(folder, "a4.zkey")
    ceremony = verified(folder, "a4.zkey")
    assert [step.name for step in ceremony.phase2] == ["Ångström 1", "second", "", "end"]
    assert [step.is_beacon for step in ceremony.phase2] == [False, False, False, True]
    digests = [step.digest for step in ceremony.phase2]
    assert digests[::2] == [first.digest, third.digest]
    assert digests[3] == ended.digest
    fours = " ".join(digests[1][i : i + 4].hex() for i in range(0, 64, 4))
    assert fours in said
    assert (ceremony.origin, ceremony.parties) == ("ceremony", (2, 3))


@pytest.mark.slow
def test_there_then_here(folder: Path) -> None:
    step_there(folder, "theirs0.zkey", "c1.zkey", "first")
    step_here(folder, "c1.zkey", "c2.zkey", "second")
    step_there(folder, "c2.zkey", "c3.zkey", "third")
    assert accepted_there(folder, "c3.zkey")
    ceremony = verified(folder, "c3.zkey")
    assert (ceremony.origin, ceremony.parties) == ("ceremony", (2, 3))
    key = load_proving_key(folder / "c3.zkey")
    verify(ceremony.verifying_key, g.PUBLIC, prove(key, g.WITNESS, system=g.SYSTEM))


@pytest.mark.slow
def test_another_phase_1_is_refused_on_both_sides(folder: Path) -> None:
    step_here(folder, "ours0.zkey", "d1.zkey", "one")
    snarkjs(folder, "powersoftau", "contribute", "2.ptau", "e3.ptau", "--name=x", "-e=y")
    snarkjs(folder, "powersoftau", "prepare", "phase2", "e3.ptau", "other.ptau")
    assert not snarkjs_accepts(folder, "zkey", "verify", "toy.r1cs", "other.ptau", "d1.zkey")
    with pytest.raises(UnsafeKey):
        verify_ceremony(
            load_proving_key(folder / "d1.zkey"), g.SYSTEM, load_ptau(folder / "other.ptau")
        )


def test_a_contribution_that_is_listed_twice_is_refused_on_both_sides(folder: Path) -> None:
    import dataclasses

    key = step_here(folder, "ours0.zkey", "e1.zkey", "one").key
    twice = dataclasses.replace(key, contributions=key.contributions * 2)
    (folder / "e2.zkey").write_bytes(zkey.dumps(twice))
    assert not accepted_there(folder, "e2.zkey")
    with pytest.raises(UnsafeKey, match="contribution 2: the transcript"):
        verified(folder, "e2.zkey")
