"""Circuits that others published as a program and a key: our proofs, which snarkjs verifies.

npm's package ``@unirep/circuits`` has 39 MB of them; a round of the long part fetches it once.
"""

from __future__ import annotations

import hashlib
import random
import subprocess
import tarfile
import tempfile
import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from support.interop.snarkjs_tool import snarkjs, snarkjs_accepts

from zkcredit.bn254.fields import R
from zkcredit.circom import CircomProgram, full_prove
from zkcredit.errors import UnsatisfiedWitness
from zkcredit.formats import snarkjs as documents
from zkcredit.formats import wtns
from zkcredit.groth16 import UnsafeKeyWarning, verify
from zkcredit.groth16.resident_key import load_resident_key

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "@unirep/circuits@2.0.0"
SHA256 = "c1a94ee98720575ac48917c6d1ffb2a6736ef37cf12ff2086572dddaf9087d86"


@cache
def fetched() -> Path:
    """The folder of the package's programs and keys."""
    folder = Path(tempfile.mkdtemp(prefix="zkcredit-published-"))
    subprocess.run(["npm", "pack", PACKAGE, "--silent"], cwd=folder, check=True)
    archive = next(folder.glob("*.tgz"))
    assert hashlib.sha256(archive.read_bytes()).hexdigest() == SHA256
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return folder / "package" / "zksnarkBuild"


def inputs_of(rng: random.Random) -> dict[str, tuple[dict[str, object], str]]:
    """Inputs of each circuit, and the input that is too large if 2^160 is added to it."""
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
    return {"signup": (common, "epoch"), "epochKeyLite": (common | lite, "attester_id")}


def round_of(number: int) -> Mapping[str, int]:
    """Prove each circuit for inputs of this round, and have snarkjs compute and verify the same."""
    warnings.simplefilter("ignore", UnsafeKeyWarning)
    made = refused = 0
    for name, (inputs, large) in inputs_of(random.Random(number)).items():
        program = CircomProgram.load(fetched() / f"{name}.wasm")
        key = load_resident_key(fetched() / f"{name}.zkey")
        proof, public = full_prove(inputs, program, key)
        verify(key.verifying_key, public, proof)
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            (folder / "vk.json").write_text(key.verifying_key.to_json())
            (folder / "public.json").write_text(documents.dump_public(public))
            (folder / "proof.json").write_text(proof.to_json())
            texts = ", ".join(f'"{one}": "{value}"' for one, value in inputs.items())
            (folder / "input.json").write_text(f"{{{texts}}}")
            files = ("vk.json", "public.json", "proof.json")
            assert snarkjs_accepts(folder, "groth16", "verify", *files)
            wasm = str(fetched() / f"{name}.wasm")
            snarkjs(folder, "wtns", "calculate", wasm, "input.json", "theirs.wtns")
            theirs = wtns.values((folder / "theirs.wtns").read_bytes())
        assert program.witness(inputs) == theirs
        made += 1
        try:
            program.witness(inputs | {large: 1 << 161})
        except UnsatisfiedWitness:
            refused += 1
    assert refused == made
    return {"proofs": made, "refused": refused}
