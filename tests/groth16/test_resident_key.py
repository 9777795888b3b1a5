"""Keys that go from a file into the kernel: the same proofs, and the same refusals, as arrays."""

from __future__ import annotations

import hashlib
import json
import os
import struct
import subprocess
import sys
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g

from zkcredit import _kernel
from zkcredit.bn254 import R, packed
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey, UnsatisfiedWitness
from zkcredit.formats import wtns
from zkcredit.groth16 import (
    SinglePartyKeyWarning,
    load_proving_key,
    resident_key,
    save_proving_key,
    verify,
)
from zkcredit.groth16 import checked_keys as checked
from zkcredit.groth16.resident_key import load_resident_key, load_verifying_key

if TYPE_CHECKING:
    from pathlib import Path

GOOD = toy.data("ceremony.zkey")
PARTS = dict(toy.sections(GOOD))
VALUES = bytes(wtns.values(toy.data("toy.wtns")))
G1, G2, HEAD = 64, 128, 2 * 36 + 12


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZKCREDIT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    seen: list[object] = []
    real = resident_key.require_safe_stored_points

    def counting(file: Any, **rest: Any) -> None:
        seen.append(file)
        real(file, **rest)

    monkeypatch.setattr(resident_key, "require_safe_stored_points", counting)
    return seen


def file(folder: Path, data: bytes = GOOD) -> Path:
    path = folder / "key.zkey"
    path.write_bytes(data)
    return path


def other_g2() -> bytes:
    """A point of the twist outside the subgroup, as a file stores it."""
    row = packed.rows(packed.g2_bytes([g.outside_subgroup()]), 4)
    return _kernel.g2_to_mont(row).tobytes()


@pytest.mark.parametrize("threads", [None, 1, 3])
def test_a_proof_from_files_verifies(tmp_path: Path, threads: int | None) -> None:
    key = load_resident_key(file(tmp_path), threads)
    proof = key.prove(VALUES, threads)
    verify(key.verifying_key, g.PUBLIC, proof)
    verify(g.verifying_key(), g.PUBLIC, proof)
    assert proof != key.prove(memoryview(VALUES), threads)  # blinded
    assert repr(key) == f"ResidentKey(n_wires={len(VALUES) // 32}, origin='claimed')"


def test_the_key_is_that_of_the_other_reader(tmp_path: Path) -> None:
    for name in ("ceremony.zkey", "single.zkey"):
        path = file(tmp_path, toy.data(name))
        other = load_proving_key(path)
        key = load_resident_key(path)
        assert key.verifying_key == other.verifying_key == load_verifying_key(path)
        witness = wtns.loads(toy.data("toy.wtns"))
        assert (key.kernel.quotient(witness) == other.resident.quotient(witness)).all()
    path = tmp_path / "dev.zkey"
    save_proving_key(path, g.dev_key())
    assert load_verifying_key(path) == g.dev_key().verifying_key
    assert load_verifying_key(path).origin == "dev"


def test_an_unsafe_key_warns_when_it_proves(tmp_path: Path) -> None:
    one = PARTS[10][:64] + struct.pack("<I", 0)
    data = toy.join(GOOD, [*{**PARTS, 10: one}.items()])
    key = load_resident_key(file(tmp_path, data))
    with pytest.warns(SinglePartyKeyWarning):
        key.prove(VALUES)
    claimed = load_resident_key(file(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        claimed.prove(VALUES)


def test_a_file_is_checked_once_by_both_readers(tmp_path: Path, checks: list[object]) -> None:
    load_resident_key(file(tmp_path))
    load_resident_key(file(tmp_path))
    load_verifying_key(file(tmp_path))
    assert len(checks) == 1
    load_verifying_key(file(tmp_path, toy.join(GOOD, [*toy.sections(GOOD), (77, b"more")])))
    assert len(checks) == 2
    noted = [path.name for path in (tmp_path / "cache" / "checked").iterdir()]
    load_proving_key(file(tmp_path))
    assert noted == [path.name for path in (tmp_path / "cache" / "checked").iterdir()]


# Section, offset in it, and bytes: each makes one point bad.
BAD_POINTS = {
    "beta1 off its curve": (2, HEAD + G1, b"\1" + bytes(31)),
    "delta1 off its curve": (2, HEAD + 2 * G1 + 2 * G2, b"\1" + bytes(31)),
    "the last point of A": (5, len(PARTS[5]) - 32, bytes(31) + b"\1"),
    "the first point of B1": (6, 0, b"\1" + bytes(31)),
    "the last point of B2": (7, len(PARTS[7]) - 32, bytes(31) + b"\1"),
    "a point of C": (8, 32, bytes(31) + b"\1"),
    "a point of H": (9, len(PARTS[9]) - 64, b"\1" + bytes(31)),
    "beta1 of another secret": (2, HEAD + G1, PARTS[5][-G1:]),
    "delta1 of another secret": (2, HEAD + 2 * G1 + 2 * G2, PARTS[9][:G1]),
}


@pytest.mark.parametrize("name", BAD_POINTS)
@pytest.mark.parametrize("load", [load_resident_key, load_verifying_key])
def test_a_key_with_one_bad_point_is_refused_every_time(
    tmp_path: Path, load: Any, name: str
) -> None:
    data = toy.edited(GOOD, *BAD_POINTS[name])
    if "delta1" in name:  # else the contributions differ first
        data = toy.join(
            data, [*{**dict(toy.sections(data)), 10: PARTS[10][:64] + bytes(4)}.items()]
        )
    for _ in range(2):
        with pytest.raises(UnsafeKey):
            load(file(tmp_path, data))
    assert not list((tmp_path / "cache").rglob("*.v1"))
    with pytest.raises(UnsafeKey):
        load_proving_key(file(tmp_path, data))


@pytest.mark.parametrize("load", [load_resident_key, load_verifying_key])
def test_a_point_outside_the_subgroup_is_refused(tmp_path: Path, load: Any) -> None:
    data = toy.edited(GOOD, 7, 0, other_g2())
    with pytest.raises(UnsafeKey, match="a point of b2 is not in its group"):
        load(file(tmp_path, data))
    for offset in (HEAD + 2 * G1, HEAD + 2 * G1 + G2, HEAD + 3 * G1 + 2 * G2):  # β, γ, δ
        with pytest.raises(UnsafeKey):
            load(file(tmp_path, toy.edited(GOOD, 2, offset, other_g2())))


@pytest.mark.parametrize("load", [load_resident_key, load_verifying_key])
def test_a_file_that_was_checked_is_still_parsed(
    tmp_path: Path, checks: list[object], load: Any
) -> None:
    broken = GOOD[:-1]
    checked.remember(hashlib.sha256(broken).hexdigest())
    with pytest.raises(MalformedFile):
        load(file(tmp_path, broken))
    forgeable = toy.data("uncontributed.zkey")
    checked.remember(hashlib.sha256(forgeable).hexdigest())
    with pytest.raises(UnsafeKey):
        load(file(tmp_path, forgeable))
    assert not checks


def test_a_point_off_its_curve_does_not_reach_the_kernel_even_if_the_cache_vouches_for_it(
    tmp_path: Path,
) -> None:
    data = toy.edited(GOOD, *BAD_POINTS["a point of H"])
    checked.remember(hashlib.sha256(data).hexdigest())
    with pytest.raises(UnsafeKey, match="h: point"):
        load_resident_key(file(tmp_path, data))


@pytest.mark.parametrize(
    ("witness", "error"),
    [
        (b"", InvalidInput),
        (VALUES[:-32], InvalidInput),
        (VALUES + bytes(32), InvalidInput),
        (VALUES[:-1], InvalidInput),
        (bytes(32) + VALUES[32:], InvalidInput),  # wire 0 is not one
        (VALUES[:-32] + R.to_bytes(32, "little"), InvalidInput),
        (VALUES[:-32] + b"\xff" * 32, InvalidInput),
        (VALUES[:32] + bytes(len(VALUES) - 33) + b"\1", UnsatisfiedWitness),
    ],
)  # fmt: skip
def test_a_bad_witness_is_refused(tmp_path: Path, witness: bytes, error: type[Exception]) -> None:
    key = load_resident_key(file(tmp_path))
    with pytest.raises(error):
        key.prove(witness)


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_a_bad_number_of_threads_is_refused(tmp_path: Path, threads: Any) -> None:
    key = load_resident_key(file(tmp_path))
    for call in (load_resident_key, load_verifying_key):
        with pytest.raises(InvalidInput):
            call(file(tmp_path), threads)
    with pytest.raises(InvalidInput):
        key.prove(VALUES, threads)


def test_the_kernel_refuses_sections_that_do_not_fit(tmp_path: Path) -> None:
    from zkcredit.formats import zkey

    parts = zkey.sections(GOOD)
    sections = "coefficients alpha1 beta1 beta2 delta1 delta2 a b1 b2 c h"
    good = [getattr(parts, name) for name in sections.split()]
    size = (parts.n_wires, parts.n_public, parts.domain_size)
    _kernel.ProvingKey.from_file(*size, *good)
    for i, section in enumerate(good):
        for wrong in (section[:-1], bytes(section) + bytes(1), b"\xff" * len(section)):
            with pytest.raises(ValueError):  # noqa: PT011  # the text names the section
                _kernel.ProvingKey.from_file(*size, *good[:i], wrong, *good[i + 1 :])
    for wrong_size in (
        (0, 0, 2),
        (parts.n_wires, parts.n_wires, 8),
        (*size[:2], 3),
        (*size[:2], 1),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            _kernel.ProvingKey.from_file(*wrong_size, *good)


def test_the_kernel_refuses_bytes_that_are_not_a_proof() -> None:
    key = g.verifying_key().resident
    points = packed.g1_bytes([g.PROOF.a]) + packed.g2_bytes([g.PROOF.b])
    points += packed.g1_bytes([g.PROOF.c])
    inputs = packed.numbers(g.PUBLIC)
    assert key.verify_bytes(points, inputs)
    for proof, public in (
        (points[:-1], inputs),
        (points + bytes(1), inputs),
        (b"", inputs),
        (points, inputs[:-1]),
        (points, inputs + bytes(32)),
    ):
        with pytest.raises(ValueError, match="expected"):
            key.verify_bytes(proof, public)
    for mutant in g.structured_mutants():
        words = mutant.words
        if any(not 0 <= word < 2**256 for word in words):
            continue
        order = (0, 1, 3, 2, 5, 4, 6, 7)
        assert not key.verify_bytes(packed.numbers(words[i] for i in order), inputs) or (
            words == g.words_of(g.PROOF)
        ), mutant.name


WITHOUT_NUMPY = """
import json, sys
from zkcredit.cli import main
sys.argv = ["zkcredit", "groth16", *json.loads(sys.argv[1])]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted({"numpy", "py_ecc", "pydantic"} & set(sys.modules))))
"""


def test_the_command_line_proves_verifies_and_exports_without_numpy(tmp_path: Path) -> None:
    key, witness, vk = file(tmp_path), tmp_path / "w.wtns", tmp_path / "vk.json"
    witness.write_bytes(toy.data("toy.wtns"))
    proof, public = tmp_path / "proof.json", tmp_path / "public.json"
    for arguments in (
        ("prove", key, witness, proof, public),
        ("export", key, vk),
        ("verify", vk, public, proof),
        ("calldata", public, proof),
    ):
        done = subprocess.run(
            [sys.executable, "-c", WITHOUT_NUMPY, json.dumps([str(a) for a in arguments])],
            env={**os.environ},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-1] == "[]", arguments
