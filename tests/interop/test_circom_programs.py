"""Programs that circom makes today: our witness is snarkjs's, and snarkjs accepts our proof."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from support.circom.programs import CHECKS_INPUTS, FOLDER
from support.interop.snarkjs_tool import ceremony, circom, powers_of_tau, snarkjs, snarkjs_accepts

from zkcredit.circom import CircomProgram, full_prove
from zkcredit.formats import snarkjs as documents
from zkcredit.formats import wtns

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.node,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:zkcredit single-party key:UserWarning"),
]


@pytest.mark.parametrize("optimisation", ["--O0", "--O1", "--O2"])
def test_witness_and_proof_agree_with_snarkjs(tmp_path: Path, optimisation: str) -> None:
    """`make long PART=published-circom` does the same with keys and programs of others."""
    (tmp_path / "checks.circom").write_bytes((FOLDER / "checks.circom").read_bytes())
    (tmp_path / "input.json").write_text(json.dumps(CHECKS_INPUTS))
    circom(tmp_path, "checks.circom", "--r1cs", "--wasm", optimisation)
    program = tmp_path / "checks_js" / "checks.wasm"
    snarkjs(tmp_path, "wtns", "calculate", "checks_js/checks.wasm", "input.json", "theirs.wtns")
    ours = CircomProgram.load(program).witness(CHECKS_INPUTS)
    assert ours == wtns.values((tmp_path / "theirs.wtns").read_bytes())

    key = ceremony(tmp_path, "checks.r1cs", powers_of_tau(tmp_path, 6))
    snarkjs(tmp_path, "zkey", "export", "verificationkey", key, "vk.json")
    proof, public = full_prove(CHECKS_INPUTS, program, tmp_path / key)
    (tmp_path / "proof.json").write_text(proof.to_json())
    (tmp_path / "public.json").write_text(documents.dump_public(public))
    assert snarkjs_accepts(tmp_path, "groth16", "verify", "vk.json", "public.json", "proof.json")


def test_programs_of_circuits_of_circomlib_agree(tmp_path: Path) -> None:
    """A hash, a comparison and a signature's curve: thousands of wires."""
    library = FOLDER.parents[1] / "node_modules" / "circomlib" / "circuits"
    shutil.copytree(library, tmp_path / "library")  # circom reads below its folder alone
    (tmp_path / "large.circom").write_text(
        """pragma circom 2.0.0;
include "library/poseidon.circom";
include "library/comparators.circom";
include "library/escalarmulany.circom";
template Main() {
    signal input values[4]; signal input bits[64]; signal input point[2];
    signal output hash; signal output less; signal output x;
    component poseidon = Poseidon(4);
    component below = LessThan(64);
    component multiple = EscalarMulAny(64);
    for (var i = 0; i < 4; i++) { poseidon.inputs[i] <== values[i]; }
    below.in[0] <== values[0]; below.in[1] <== values[1];
    for (var i = 0; i < 64; i++) { multiple.e[i] <== bits[i]; }
    multiple.p[0] <== point[0]; multiple.p[1] <== point[1];
    hash <== poseidon.out; less <== below.out; x <== multiple.out[0];
}
component main = Main();
"""
    )
    inputs = {
        "values": [5, "77", "0x10", -1],
        "bits": [i % 3 % 2 for i in range(64)],
        "point": [
            "5299619240641551281634865583518297030282874472190772894086521144482721001553",
            "16950150798460657717958625567821834550301663161624707787222815936182638968203",
        ],
    }
    written = json.dumps(inputs | {"values": ["5", "77", "16", "-1"]})
    (tmp_path / "input.json").write_text(written)
    circom(tmp_path, "large.circom", "--wasm")
    snarkjs(tmp_path, "wtns", "calculate", "large_js/large.wasm", "input.json", "theirs.wtns")
    ours = CircomProgram.load(tmp_path / "large_js" / "large.wasm").witness(inputs)
    assert ours == wtns.values((tmp_path / "theirs.wtns").read_bytes())
    assert len(ours) > 32 * 1000
