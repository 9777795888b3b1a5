"""A circuit of circom with as many constraints as are wanted: a chain of squares."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from support.interop.snarkjs_tool import circom, snarkjs

from zkcredit.bn254 import R
from zkcredit.formats import r1cs, wtns
from zkcredit.groth16 import dev_setup, load_proving_key, prove, save_proving_key, verify

CHAIN = """
pragma circom 2.1.0;
template Chain(n) {
    signal input start;
    signal output end;
    signal at[n + 1];
    at[0] <== start;
    for (var i = 0; i < n; i++) { at[i + 1] <== at[i] * at[i] + i; }
    end <== at[n];
}
component main = Chain(COUNT);
"""


def prepare_chain(folder: Path, count: int) -> None:
    """The circuit, its witness by its own program, and a key by our setup, as ``chain.*``."""
    (folder / "chain.circom").write_text(CHAIN.replace("COUNT", str(count)))
    circom(folder, "chain.circom", "--r1cs", "--wasm")
    (folder / "input.json").write_text(json.dumps({"start": "5"}))
    snarkjs(folder, "wtns", "calculate", "chain_js/chain.wasm", "input.json", "chain.wtns")
    key = dev_setup(r1cs.loads((folder / "chain.r1cs").read_bytes()))
    save_proving_key(folder / "chain.zkey", key)


def prove_chain(folder: Path, count: int) -> int:
    """Prove where the chain ends, and verify it; returns the size of the key's domain."""
    key = load_proving_key(folder / "chain.zkey")
    proof = prove(key, wtns.loads((folder / "chain.wtns").read_bytes()))
    end = 5
    for i in range(count):
        end = (end * end + i) % R
    verify(key.verifying_key, [end], proof)
    return key.domain_size


def round_of(number: int) -> dict[str, int]:
    """A chain of more than 2^16 constraints, another length each round."""
    count = 70_000 + 1_000 * number
    with TemporaryDirectory() as folder:
        prepare_chain(Path(folder), count)
        assert prove_chain(Path(folder), count) == 1 << 17
    return {"constraints": count}
