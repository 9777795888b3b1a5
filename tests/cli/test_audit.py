"""``audit``: exit codes, what it prints, and that γ = δ is refused by name everywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import run
from support.formats import ptau_case
from support.formats.snarkjs_toy import FOLDER
from support.groth16.phase2_step import contributed

from zkcredit.circuits import circuit_names
from zkcredit.groth16 import save_proving_key

if TYPE_CHECKING:
    from pathlib import Path

POWERS = ptau_case.FOLDER / "power4.ptau"
CEREMONY, UNCONTRIBUTED = FOLDER / "ceremony.zkey", FOLDER / "uncontributed.zkey"
VK, R1CS, WTNS = FOLDER / "verification_key.json", FOLDER / "toy.r1cs", FOLDER / "toy.wtns"


def gamma_is_delta(folder: Path) -> Path:
    document = json.loads(VK.read_text())
    document["vk_delta_2"] = document["vk_gamma_2"]
    path = folder / "vk.json"
    path.write_text(json.dumps(document))
    return path


@pytest.mark.slow
def test_a_statement_is_clean() -> None:
    ran = run("audit", "ledger_eligibility", "--json")
    assert ran.code == 0
    assert ran.json["findings"] == 0
    (circuit,) = ran.json["circuits"]
    assert (circuit["unproved"], circuit["free"], circuit["findings"]) == (0, 0, [])
    assert circuit["mutation"]["unexplained"] == []


@pytest.mark.slow
def test_all_statements_are_clean_and_every_annotation_has_reason_and_test() -> None:
    ran = run("audit", "--all", "--json")
    assert ran.code == 0
    assert [circuit["name"] for circuit in ran.json["circuits"]] == list(circuit_names())
    assert sum(circuit["unproved"] + circuit["free"] for circuit in ran.json["circuits"]) == 0
    used = [use for circuit in ran.json["circuits"] for use in circuit["annotations"]]
    assert used
    assert all(use["reason"] and "::test_" in use["test"] and use["wires"] for use in used)


def test_a_foreign_circuit_with_its_keys() -> None:
    ran = run("audit", R1CS, "--wtns", WTNS, "--zkey", CEREMONY, "--vk", VK, "--json")
    assert ran.code == 0
    assert [key["origin"] for key in ran.json["keys"]] == ["claimed", "single-party"]


def test_a_forgeable_key_is_a_finding() -> None:
    ran = run("audit", "--zkey", UNCONTRIBUTED)
    assert ran.code == 4
    assert "FINDING forgery: delta = gamma" in ran.out


def test_a_key_is_compared_with_its_powers_of_tau(tmp_path: Path) -> None:
    key = tmp_path / "key.zkey"
    save_proving_key(key, contributed(ptau_case.initial()))
    ran = run("audit", R1CS, "--wtns", WTNS, "--zkey", key, "--ptau", POWERS, "--json")
    texts = [finding["text"] for finding in ran.json["keys"][0]["findings"]]
    assert (ran.code, len(texts)) == (4, 1)  # nobody contributed, as far as the file says
    # made from powers of tau that are not these
    ran = run("audit", R1CS, "--wtns", WTNS, "--zkey", CEREMONY, "--ptau", POWERS, "--json")
    texts = [finding["text"] for finding in ran.json["keys"][0]["findings"]]
    assert (ran.code, texts) == (4, ["alpha differs from the initial key's"])


def test_a_key_with_gamma_equal_to_delta_is_named(tmp_path: Path) -> None:
    ran = run("audit", "--vk", gamma_is_delta(tmp_path), "--json")
    assert ran.code == 4
    texts = [finding["text"] for finding in ran.json["keys"][0]["findings"]]
    assert any("gamma2 = ±delta2" in text for text in texts)


def test_verify_refuses_gamma_equal_to_delta_and_names_the_reason(tmp_path: Path) -> None:
    vk = gamma_is_delta(tmp_path)
    proof, public = FOLDER / "proof.json", FOLDER / "public.json"
    ran = run("groth16", "verify", vk, public, proof)
    assert ran.code == 4
    assert "gamma2 = ±delta2: anybody can forge proofs under this key" in ran.err
    as_json = run("groth16", "verify", vk, public, proof, "--json")
    assert json.loads(as_json.err)["exit_code"] == 4


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("nonsense.r1cs",),
        ("eligibility", "--all"),
        ("ledger_eligibility", "--wtns", WTNS),
        ("ledger_eligibility", "--private", "3"),
        (R1CS, "--private", "1000000"),
        (R1CS, "--wtns", R1CS),
        (WTNS,),
        ("--zkey", VK),
        ("--vk", CEREMONY),
        (R1CS, "--ptau", POWERS),
        ("--ptau", POWERS),
        ("--zkey", CEREMONY, "--ptau", POWERS),
        (R1CS, "--zkey", CEREMONY, "--ptau", WTNS),
    ],
)
def test_what_cannot_be_audited_is_a_usage_error(arguments: tuple[object, ...]) -> None:
    assert run("audit", *arguments).code == 2


def test_a_witness_that_does_not_satisfy_the_circuit_is_refused(tmp_path: Path) -> None:
    data = bytearray(WTNS.read_bytes())
    data[-32] ^= 1
    (tmp_path / "bad.wtns").write_bytes(data)
    ran = run("audit", R1CS, "--wtns", tmp_path / "bad.wtns")
    assert ran.code == 2
    assert "does not satisfy constraint" in ran.err
