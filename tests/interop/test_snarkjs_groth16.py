"""Both directions with snarkjs and circom: what one side makes, the other takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.formats import snarkjs_toy as toy
from support.groth16 import groth16_toy as g
from support.interop.snarkjs_tool import ceremony, circom, powers_of_tau, snarkjs, snarkjs_accepts

from zkcredit._internal import files
from zkcredit.bn254 import Q, R
from zkcredit.bn254.curve import add, mul, neg
from zkcredit.bn254.limbs import from_limbs
from zkcredit.errors import UnsafeKey
from zkcredit.formats import calldata, r1cs, wtns
from zkcredit.formats import snarkjs as documents
from zkcredit.groth16 import (
    Endorsement,
    Proof,
    VerifyingKey,
    keyfile,
    load_proving_key,
    load_ptau,
    prove,
    require_deployable,
    save_proving_key,
    verify,
    verify_ceremony,
)

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

    from zkcredit.groth16 import ProvingKey
    from zkcredit.r1cs.system import ConstraintSystem

pytestmark = pytest.mark.node


def write(folder: Path, **texts: str | bytes) -> None:
    for name, content in texts.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / name.replace("_", ".")).write_bytes(data)


def accepts(folder: Path, key: VerifyingKey, public: list[int], proof: Proof) -> bool:
    write(
        folder,
        key_json=key.to_json(),
        public_json=documents.dump_public(public),
        proof_json=proof.to_json(),
    )
    return snarkjs_accepts(folder, "groth16", "verify", "key.json", "public.json", "proof.json")


def both_ways(
    folder: Path, key: ProvingKey, system: ConstraintSystem, witness: np.ndarray[Any, Any]
) -> None:
    """snarkjs verifies our proof; we verify snarkjs's, made with our files; the keys agree."""
    public = from_limbs(witness[1 : system.n_public + 1])
    vk = key.verifying_key
    assert accepts(folder, vk, public, prove(key, witness, system=system))

    save_proving_key(folder / "ours.zkey", key)
    write(folder, ours_wtns=wtns.dumps(witness), ours_r1cs=r1cs.dumps(system))
    snarkjs(folder, "groth16", "prove", "ours.zkey", "ours.wtns", "theirs.json", "inputs.json")
    assert documents.load_public((folder / "inputs.json").read_bytes()) == public
    verify(vk, public, Proof.from_json((folder / "theirs.json").read_bytes()))

    snarkjs(folder, "zkey", "export", "verificationkey", "ours.zkey", "exported.json")
    ours = json.loads(vk.to_json())
    del ours["zkcredit"]
    assert json.loads((folder / "exported.json").read_text()) == ours

    info = snarkjs(folder, "r1cs", "info", "ours.r1cs")
    assert f"# of Constraints: {system.n_constraints}" in info
    assert f"# of Wires: {system.n_wires}" in info
    assert f"# of Public Inputs: {system.n_public}" in info
    assert "WITNESS IS CORRECT" in snarkjs(folder, "wtns", "check", "ours.r1cs", "ours.wtns")


@pytest.mark.slow
@pytest.mark.parametrize("key", [g.ceremony_key, g.dev_key], ids=["ceremony", "dev"])
def test_toy_both_ways(tmp_path: Path, key: Any) -> None:
    both_ways(tmp_path, key(), g.SYSTEM, g.WITNESS)


@pytest.mark.slow
def test_eligibility_both_ways_with_its_dev_key(tmp_path: Path) -> None:
    from support.circuits.eligibility_case import Case

    from zkcredit.circuits.catalogue import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key

    circuit = get_circuit("eligibility")
    both_ways(
        tmp_path, load_or_create_dev_key(circuit), circuit.system, circuit.witness(Case().values())
    )


@pytest.mark.slow
def test_snarkjs_takes_our_circuit_through_a_ceremony_and_we_take_the_key(tmp_path: Path) -> None:
    write(tmp_path, ours_r1cs=r1cs.dumps(g.SYSTEM))
    snarkjs_key = ceremony(tmp_path, "ours.r1cs", powers_of_tau(tmp_path, 5, parties=2))
    key = load_proving_key(tmp_path / snarkjs_key)
    assert key.origin == "claimed"
    with pytest.raises(UnsafeKey, match="nobody vouches for it"):
        require_deployable(key.verifying_key, 1)
    verified = verify_ceremony(key, g.SYSTEM, load_ptau(tmp_path / "final.ptau"))
    assert (verified.origin, verified.parties) == ("ceremony", (2, 2))
    mine = (verified.phase1[0].digest, verified.phase2[1].digest)
    require_deployable(key.verifying_key, 1, Endorsement(verified, mine))
    both_ways(tmp_path, key, g.SYSTEM, g.WITNESS)
    assert "ZKey Ok!" in snarkjs(tmp_path, "zkey", "verify", "ours.r1cs", "final.ptau", snarkjs_key)
    # and so does the file as we write it: our mark does not disturb the verification
    assert "ZKey Ok!" in snarkjs(tmp_path, "zkey", "verify", "ours.r1cs", "final.ptau", "ours.zkey")


@pytest.mark.slow
def test_a_new_circom_circuit_with_keys_and_witness_of_snarkjs(tmp_path: Path) -> None:
    write(
        tmp_path,
        more_circom="""pragma circom 2.0.0;
template Bits(n) {
    signal input x;
    signal output out[n];
    var sum = 0;
    for (var i = 0; i < n; i++) {
        out[i] <-- (x >> i) & 1;
        out[i] * (out[i] - 1) === 0;
        sum += out[i] * 2**i;
    }
    sum === x;
}
template Main() {
    signal input a; signal input b; signal input unused;
    signal output product;
    component bits = Bits(8);
    bits.x <== a;
    product <== a * b + bits.out[3];
}
component main {public [b, unused]} = Main();
""",
        input_json='{"a": "200", "b": "-1", "unused": "5"}',
    )
    for optimisation in ("--O0", "--O1", "--O2"):
        circom(tmp_path, "more.circom", "--r1cs", "--wasm", optimisation)
        system = r1cs.loads((tmp_path / "more.r1cs").read_bytes())
        snarkjs(tmp_path, "wtns", "calculate", "more_js/more.wasm", "input.json", "more.wtns")
        witness = wtns.loads((tmp_path / "more.wtns").read_bytes())
        assert system.first_unsatisfied(from_limbs(witness)) == -1
        ptau = "final.ptau" if (tmp_path / "final.ptau").exists() else powers_of_tau(tmp_path, 6)
        key = load_proving_key(tmp_path / ceremony(tmp_path, "more.r1cs", ptau))
        public = from_limbs(witness[1:4])
        assert public == [(1 - 200) % R, R - 1, 5]
        assert accepts(tmp_path, key.verifying_key, public, prove(key, witness, system=system))


@pytest.mark.slow
def test_a_dev_key_that_is_contributed_to_stays_a_dev_key(tmp_path: Path) -> None:
    save_proving_key(tmp_path / "dev.zkey", g.dev_key())
    for before, after in (("dev", "one"), ("one", "two")):
        snarkjs(tmp_path, "zkey", "contribute", f"{before}.zkey", f"{after}.zkey", "-n=x", "-e=y")
    key = load_proving_key(tmp_path / "two.zkey")
    assert len(key.contributions) == 2
    assert key.origin == "dev"
    with pytest.raises(UnsafeKey):
        require_deployable(key.verifying_key, 1)


@pytest.mark.slow
def test_snarkjs_accepts_the_forgery_that_we_refuse(tmp_path: Path) -> None:
    write(tmp_path, forgeable_zkey=toy.data("uncontributed.zkey"))
    snarkjs(tmp_path, "zkey", "export", "verificationkey", "forgeable.zkey", "key.json")
    document = documents.load_verification_key((tmp_path / "key.json").read_bytes())
    public = [1, 2, 3]
    total = document.ic[0]
    for value, point in zip(public, document.ic[1:], strict=True):
        total = add(total, mul(value, point))
    forged = Proof(document.alpha1, document.beta2, neg(total))
    write(tmp_path, proof_json=forged.to_json(), public_json=documents.dump_public(public))
    assert snarkjs_accepts(tmp_path, "groth16", "verify", "key.json", "public.json", "proof.json")
    with pytest.raises(UnsafeKey):
        VerifyingKey.from_json((tmp_path / "key.json").read_bytes())
    with pytest.raises(UnsafeKey):
        keyfile.loads((tmp_path / "forgeable.zkey").read_bytes())


@pytest.mark.slow
def test_snarkjs_refuses_what_we_refuse_or_is_known_not_to(tmp_path: Path) -> None:
    write(tmp_path, key_json=g.verifying_key().to_json(), public_json=toy.text("public.json"))
    verdicts = {}
    for name, change in {
        "negated": {"pi_c": [str(g.PROOF.c.x), str(Q - g.PROOF.c.y), "1"]},
        "swapped": {"pi_c": [str(g.PROOF.a.x), str(g.PROOF.a.y), "1"]},
        "plus q": {"pi_a": [str(g.PROOF.a.x + Q), str(g.PROOF.a.y), "1"]},
    }.items():
        write(tmp_path, proof_json=json.dumps({**json.loads(toy.text("proof.json")), **change}))
        verdicts[name] = snarkjs_accepts(
            tmp_path, "groth16", "verify", "key.json", "public.json", "proof.json"
        )
    # The last line is why our parser insists on canonical coordinates.
    assert verdicts == {"negated": False, "swapped": False, "plus q": True}


def test_calldata_is_what_snarkjs_exports(tmp_path: Path) -> None:
    proof = prove(g.ceremony_key(), g.WITNESS)
    write(tmp_path, proof_json=proof.to_json(), public_json=documents.dump_public(g.PUBLIC))
    theirs = snarkjs(tmp_path, "zkey", "export", "soliditycalldata", "public.json", "proof.json")
    assert theirs.strip() == calldata.snarkjs_text((proof.a, proof.b, proof.c), g.PUBLIC)


def test_a_witness_file_is_private(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "w.wtns", wtns.dumps(g.WITNESS), mode=files.PRIVATE)
    assert (tmp_path / "w.wtns").stat().st_mode & 0o077 == 0
