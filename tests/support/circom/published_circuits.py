"""Circuits that others published as a program and a key: our proofs, which snarkjs verifies.

npm has packages of them: 39 MB of Unirep's, and 109 MB of Semaphore's, one circuit for each depth
of its tree. A run of the long part fetches each once. iden3's are in no package of a registry.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import tarfile
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.interop.snarkjs_tool import snarkjs, snarkjs_accepts

from zkcredit.bn254.fields import R
from zkcredit.circom import CircomProgram, full_prove
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.formats import snarkjs as documents
from zkcredit.formats import wtns
from zkcredit.gadgets.babyjub import SUBGROUP_ORDER
from zkcredit.groth16 import UnsafeKeyWarning, verify
from zkcredit.groth16.resident_key import load_resident_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

UNIREP = "@unirep/circuits@2.0.0"
SEMAPHORE = "@zk-kit/semaphore-artifacts@4.13.0"
SHA256 = {
    UNIREP: "c1a94ee98720575ac48917c6d1ffb2a6736ef37cf12ff2086572dddaf9087d86",
    SEMAPHORE: "5e427eef1995c75bb82e4ba0a455956a657a56355cb8e67bf6e6e2572360f653",
}
DEPTHS = 32
"""Semaphore has a circuit for each depth from 1 on."""


@dataclass(frozen=True)
class Published:
    """A circuit that somebody published, with inputs for it.

    Attributes:
        files: path of its program and its key, without their endings.
        inputs: inputs that it accepts.
        wrong: inputs that it refuses.
    """

    files: Path
    inputs: Mapping[str, Any]
    wrong: Mapping[str, Any]


@cache
def fetched(package: str) -> Path:
    """The folder of a package."""
    folder = Path(tempfile.mkdtemp(prefix="zkcredit-published-"))
    subprocess.run(["npm", "pack", package, "--silent"], cwd=folder, check=True)
    archive = next(folder.glob("*.tgz"))
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256[package]
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package"


def unirep(rng: random.Random) -> Iterator[Published]:
    """Two circuits of Unirep; a number of too many bits is refused."""
    folder = fetched(UNIREP) / "zksnarkBuild"
    common = {
        "identity_secret": rng.randrange(R),
        "attester_id": hex(rng.randrange(1 << 160)),
        "epoch": rng.randrange(1 << 48),
        "chain_id": rng.randrange(1 << 36),
    }
    lite = {
        "reveal_nonce": rng.randrange(2),
        "nonce": rng.randrange(2),
        "sig_data": rng.randrange(R),
    }
    yield Published(folder / "signup", common, common | {"epoch": 1 << 161})
    yield Published(
        folder / "epochKeyLite", common | lite, common | lite | {"attester_id": 1 << 161}
    )


def semaphore(rng: random.Random, depth: int) -> Published:
    """Semaphore's circuit for a depth; it refuses a secret that is not below the order."""
    length = rng.randrange(depth + 1)
    siblings = [rng.randrange(R) if level < length else 0 for level in range(depth)]
    inputs = {
        "secret": rng.randrange(SUBGROUP_ORDER),
        "merkleProofLength": length,
        "merkleProofIndex": rng.randrange(1 << length),
        "merkleProofSiblings": siblings,
        "message": rng.randrange(R),
        "scope": rng.randrange(R),
    }
    files = fetched(SEMAPHORE) / f"semaphore-{depth}"
    return Published(files, inputs, inputs | {"secret": SUBGROUP_ORDER})


def round_of(number: int) -> Mapping[str, int]:
    """Prove each circuit for inputs of this round, and have snarkjs compute and verify the same."""
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    rng = random.Random(number)
    circuits = [*unirep(rng), semaphore(rng, 1 + number % DEPTHS)]
    for circuit in circuits:
        proved(circuit)
    return {"proofs": len(circuits), "refused": len(circuits)}


def proved(circuit: Published) -> None:
    """Prove one circuit, and have snarkjs compute and verify the same.

    Raises:
        AssertionError: if snarkjs sees something else, or a wrong input has a witness.
    """
    wasm = str(circuit.files.with_suffix(".wasm"))
    program = CircomProgram.load(wasm)
    key = load_resident_key(circuit.files.with_suffix(".zkey"))
    proof, public = full_prove(circuit.inputs, program, key)
    verify(key.verifying_key, public, proof)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "vk.json").write_text(key.verifying_key.to_json())
        (folder / "public.json").write_text(documents.dump_public(public))
        (folder / "proof.json").write_text(proof.to_json())
        (folder / "input.json").write_text(
            json.dumps({n: _texts(v) for n, v in circuit.inputs.items()})
        )
        assert snarkjs_accepts(folder, "groth16", "verify", "vk.json", "public.json", "proof.json")
        snarkjs(folder, "wtns", "calculate", wasm, "input.json", "theirs.wtns")
        theirs = wtns.values((folder / "theirs.wtns").read_bytes())
    assert program.witness(circuit.inputs) == theirs
    try:
        program.witness(circuit.wrong)
    except UnsatisfiedWitness:
        return
    raise AssertionError(f"{circuit.files.name} has a witness for a wrong input")


def _texts(value: Any) -> Any:
    """Numbers as snarkjs reads them without a loss: as texts."""
    return [_texts(one) for one in value] if isinstance(value, list) else str(value)
