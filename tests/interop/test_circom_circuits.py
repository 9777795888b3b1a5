"""Circuits of circom, small and of benchmark size: our keys and proofs, and what is refused."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from typing import TYPE_CHECKING

import pytest
from support.interop.circom_chain import CHAIN, prepare_chain, prove_chain
from support.interop.snarkjs_tool import ROOT, circom, snarkjs, snarkjs_accepts

from zkcredit.bn254 import Q, R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.errors import InvalidInput, MalformedFile, UnsafeKey, UnsatisfiedWitness
from zkcredit.formats import r1cs, wtns
from zkcredit.formats import snarkjs as snarkjs_json
from zkcredit.groth16 import load_proving_key, prove, verify

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16 import ProvingKey

pytestmark = [pytest.mark.node, pytest.mark.slow]

BLS12_381 = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001


@pytest.fixture(scope="module")
def credit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The circuit of the benchmark, prepared by the benchmark's own code."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        from circom_credit import CircomCredit
    finally:
        sys.path.pop(0)
    return CircomCredit(tmp_path_factory.mktemp("credit")).prepare().folder


def parts(folder: Path) -> tuple[ProvingKey, Limbs]:
    return (
        load_proving_key(folder / "credit.zkey"),
        wtns.loads((folder / "credit.wtns").read_bytes()),
    )


def test_a_circuit_of_eleven_thousand_constraints(credit: Path) -> None:
    system = r1cs.loads((credit / "credit.r1cs").read_bytes())
    assert 11_000 < system.n_constraints < 11_500
    key, witness = parts(credit)
    proof = prove(key, witness, system=system)
    public = from_limbs(witness[1 : key.n_public + 1])
    verify(key.verifying_key, public, proof)
    (credit / "proof.json").write_text(proof.to_json())
    (credit / "public.json").write_text(snarkjs_json.dump_public(public))
    (credit / "vk.json").write_text(key.verifying_key.to_json())
    files = ("vk.json", "public.json", "proof.json")
    assert snarkjs_accepts(credit, "groth16", "verify", *files)
    (credit / "public.json").write_text(snarkjs_json.dump_public([public[0] + 1, *public[1:]]))
    assert not snarkjs_accepts(credit, "groth16", "verify", *files)


def test_each_flipped_wire_is_refused(credit: Path) -> None:
    system = r1cs.loads((credit / "credit.r1cs").read_bytes())
    key, witness = parts(credit)
    for wire in (1, 8, 9, 500, 5000, len(witness) - 1):
        changed = witness.copy()
        value = from_limbs(witness[wire])[0]
        changed[wire] = to_limbs([(value + 1) % R])[0]
        with pytest.raises(UnsatisfiedWitness) as caught:
            prove(key, changed, system=system)
        assert caught.value.constraint >= 0
        with pytest.raises(UnsatisfiedWitness):
            prove(key, changed)


def test_a_witness_of_another_circuit_is_refused(credit: Path) -> None:
    key, witness = parts(credit)
    with pytest.raises(InvalidInput, match="belong to different circuits"):
        prove(key, witness[:-1])


def test_the_circuit_of_another_key_is_refused(credit: Path, chain: Path) -> None:
    _, witness = parts(credit)
    key = load_proving_key(chain / "chain.zkey")
    with pytest.raises(InvalidInput, match="belong to different circuits"):
        prove(key, witness)
    system = r1cs.loads((credit / "credit.r1cs").read_bytes())
    own = wtns.loads((chain / "chain.wtns").read_bytes())
    with pytest.raises(UnsafeKey, match="not for this circuit"):
        prove(key, own, system=system)


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than 2^12 constraints."""
    folder = tmp_path_factory.mktemp("chain")
    prepare_chain(folder, 5_000)
    return folder


def test_a_domain_of_two_to_the_thirteen(chain: Path) -> None:
    """`make long PART=chain` takes one of 2^17, over which circom sits for most of a minute."""
    assert prove_chain(chain, 5_000) == 1 << 13


@pytest.mark.parametrize("section", range(4, 10))
def test_truncated_sections_are_refused(credit: Path, section: int, tmp_path: Path) -> None:
    data = bytearray((credit / "credit.zkey").read_bytes())
    position = 12
    while struct.unpack_from("<I", data, position)[0] != section:
        position += 12 + struct.unpack_from("<Q", data, position + 4)[0]
    for cut in (position + 6, position + 12, position + 100, len(data) - 1):
        (tmp_path / "cut.zkey").write_bytes(data[:cut])
        with pytest.raises(MalformedFile):
            load_proving_key(tmp_path / "cut.zkey")


def test_a_point_that_is_not_canonical_is_refused(credit: Path, tmp_path: Path) -> None:
    data = bytearray((credit / "credit.zkey").read_bytes())
    data[-96:-64] = Q.to_bytes(32, "little")
    (tmp_path / "bad.zkey").write_bytes(data)
    with pytest.raises((MalformedFile, UnsafeKey)):
        load_proving_key(tmp_path / "bad.zkey")


def test_circuits_over_other_fields_are_refused(tmp_path: Path) -> None:
    (tmp_path / "small.circom").write_text(CHAIN.replace("COUNT", "3"))
    for prime in ("bls12381", "goldilocks", "grumpkin", "pallas"):
        shutil.rmtree(tmp_path / "small_js", ignore_errors=True)
        circom(tmp_path, "small.circom", "--r1cs", "--wasm", "-p", prime)
        with pytest.raises(MalformedFile):
            r1cs.loads((tmp_path / "small.r1cs").read_bytes())
    (tmp_path / "input.json").write_text(json.dumps({"start": "5"}))
    circom(tmp_path, "small.circom", "--r1cs", "--wasm", "-p", "bls12381")
    snarkjs(tmp_path, "wtns", "calculate", "small_js/small.wasm", "input.json", "small.wtns")
    data = (tmp_path / "small.wtns").read_bytes()
    assert BLS12_381.to_bytes(32, "little") in data
    with pytest.raises(MalformedFile):
        wtns.loads(data)
    snarkjs(tmp_path, "powersoftau", "new", "bls12-381", "4", "0.ptau")
    snarkjs(tmp_path, "powersoftau", "contribute", "0.ptau", "1.ptau", "--name=a", "-e=abc")
    snarkjs(tmp_path, "powersoftau", "prepare", "phase2", "1.ptau", "2.ptau")
    snarkjs(tmp_path, "groth16", "setup", "small.r1cs", "2.ptau", "small.zkey")
    with pytest.raises(MalformedFile):
        load_proving_key(tmp_path / "small.zkey")
