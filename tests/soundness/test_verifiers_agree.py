"""Native, py_ecc, the contract on two EVMs and snarkjs on one list of damaged proofs.

The recorded run takes every bit (``benchmarks/verifier_agreement.py``); these take a part of the
same list. Incidents: snarkjs accepts what is not canonical, a contract that reads other bytes than
the library, a pairing that takes points outside the subgroup.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from support.groth16 import groth16_toy as g
from support.soundness.json_mutants import mutants, verdict
from support.soundness.proof_mutants import (
    SELECTOR,
    Attempt,
    attempts,
    calldata_attempts,
    decode,
    encode,
)
from support.soundness.verdicts import (
    ACCEPTED,
    Anvil,
    Embedded,
    Snarkjs,
    native,
    py_ecc,
    snarkjs_proof,
)

from zkcredit.bn254.limbs import from_limbs
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.formats import snarkjs
from zkcredit.groth16 import Proof, load_or_create_dev_key, prove
from zkcredit.published.samples import samples
from zkcredit.schema import PUBLIC_INPUTS

NAMES = circuit_names()
RECORDED = Path(__file__).parents[2] / "benchmarks" / "results" / "verifier_agreement.json"
# What the contract says, beside what the library says, to the same numbers.
SAME = {
    ("InvalidProof", "ProofInvalid"),
    ("InvalidProof", "ProofPointInvalid"),
    ("InvalidProof", "PrecompileFailed"),
    ("OutOfRange", "InputOutOfField"),
    ("InvalidInput", "InputCountInvalid"),
    (ACCEPTED, ACCEPTED),
}
SNARKJS_REDUCES = {
    "coordinate + kq",
    "structured: word + q",
    "structured: word + 2q",
    "structured: word + 2^256",
}
BROKEN = "reverted without a reason"  # the ABI's own check of a call that is cut or bent


@cache
def case(name: str) -> tuple[Proof, list[int]]:
    circuit = get_circuit(name)
    key = load_or_create_dev_key(circuit)
    witness = circuit.witness(next(iter(samples(name).satisfied.values())))
    public = from_limbs(witness[1 : key.n_public + 1])
    return prove(key, witness, system=circuit.system), public


@cache
def keys() -> dict[str, Any]:
    return {
        name: load_or_create_dev_key(get_circuit(name)).verifying_key for name in circuit_names()
    }


def tried(name: str, step: int) -> list[Attempt]:
    return attempts(name, *case(name), keys(), 0, step=step, seed=step)


def library(attempt: Attempt) -> str:
    said = native(keys()[attempt.key], attempt.public, attempt.proof)
    assert (said == ACCEPTED) == attempt.genuine, attempt.kind
    assert not said.startswith("untyped"), attempt.kind
    return said


def agree(asked: list[Attempt], replies: list[str]) -> None:
    fitting = [attempt for attempt in asked if attempt.calldata is not None]
    for attempt, reply in zip(fitting, replies, strict=True):
        assert (library(attempt), reply) in SAME, attempt.kind


def calls(asked: list[Attempt]) -> list[tuple[str, bytes]]:
    return [(a.key, data) for a in asked if (data := a.calldata) is not None]


def meant(name: str, data: bytes) -> bool:
    """Whether the bytes mean a proof that holds, by an ABI decoder of our own."""
    found = decode(data)
    if found is None:
        return False
    return native(keys()[name], found[1], g.proof_of(list(found[0]))) == ACCEPTED


@pytest.fixture(scope="module")
def embedded():
    with Embedded(keys()) as contracts:
        yield contracts


@pytest.fixture(scope="module")
def anvil():
    with Anvil(keys()) as contracts:
        yield contracts


def test_calls_are_encoded_as_the_abi_does() -> None:
    proof, public = case("eligibility")
    words = tuple(g.words_of(proof))
    assert encode(words, tuple(public)) == abi_of("Groth16Verifier").encode(
        "verify", words, tuple(public)
    )
    assert decode(encode(words, tuple(public))) == (words, tuple(public))
    assert decode(SELECTOR) is None


@pytest.mark.slow
def test_the_library_and_the_contract_on_py_evm_agree(embedded: Embedded) -> None:
    asked = tried("ledger_eligibility", 311)[::3]
    agree(asked, embedded.ask(calls(asked)))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_py_ecc_and_py_evm_agree_on_every_circuit(name: str, embedded: Embedded) -> None:
    asked = tried(name, 307)[::3]
    agree(asked, embedded.ask(calls(asked)))
    for attempt in asked:
        if attempt.kind.startswith(("structured: word", "structured: input r", "B outside")):
            said = py_ecc(keys()[attempt.key], attempt.public, attempt.proof)
            assert said == library(attempt), attempt.kind


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("name", NAMES)
def test_the_library_and_the_contract_on_anvil_agree(name: str, anvil: Anvil) -> None:
    asked = tried(name, 41)
    agree(asked, anvil.ask(calls(asked)))


@pytest.mark.node
def test_a_call_that_is_cut_or_bent_means_nothing_and_one_that_is_longer_means_the_same(
    anvil: Anvil, embedded: Embedded
) -> None:
    name = "scored_eligibility"
    proof, public = case(name)
    made = list(calldata_attempts(tuple(g.words_of(proof)), tuple(public), step=7))
    said = anvil.ask([(name, data) for _, data in made])
    for (kind, data), reply in zip(made, said, strict=True):
        assert reply == (ACCEPTED if meant(name, data) else BROKEN), kind
    accepted = {kind for (kind, _), reply in zip(made, said, strict=True) if reply == ACCEPTED}
    assert accepted == {"long calldata", "inputs elsewhere"}
    few = [(name, data) for _, data in made[::10]]
    assert embedded.ask(few) == said[::10]


@pytest.mark.slow
def test_the_pairing_in_python_agrees(embedded: Embedded) -> None:
    asked = tried("eligibility", 1000)
    kinds = {"genuine", "in the groups: A elsewhere", "B outside the subgroup"}
    chosen = list({a.kind: a for a in asked if a.kind in kinds}.values())
    assert len(chosen) == len(kinds)
    with Embedded(keys(), "python") as pure:
        assert pure.ask(calls(chosen)) == embedded.ask(calls(chosen))
        agree(chosen, pure.ask(calls(chosen)))


def toy_texts() -> tuple[str, str, str]:
    return g.verifying_key().to_json(), g.PROOF.to_json(), snarkjs.dump_public(g.PUBLIC)


def test_damaged_json_is_refused_with_a_typed_error() -> None:
    assert verdict(toy_texts()) == ACCEPTED
    said = Counter(verdict(texts) for _, texts in mutants(toy_texts()))
    assert said.keys() == {"MalformedFile"}
    assert said.total() > 900


@pytest.mark.node
@pytest.mark.slow
def test_snarkjs_is_lax_where_it_is_known_to_be_and_nowhere_else() -> None:
    asked = tried("eligibility", 97)
    with Snarkjs() as tool:
        lax = set()
        for attempt in asked:
            texts = (
                keys()[attempt.key].to_json(),
                snarkjs_proof(attempt.proof),
                json.dumps([str(value) for value in attempt.public]),
            )
            said = tool.ask(*texts)
            assert said == ACCEPTED or not attempt.genuine
            if said == ACCEPTED and not attempt.genuine:
                lax.add(attempt.kind)
    # It reduces coordinates modulo q, so that a proof has many encodings. Nothing else passes.
    assert lax == SNARKJS_REDUCES


def test_the_recorded_run_tried_enough_and_found_no_fault() -> None:
    results = json.loads(RECORDED.read_text())["results"]
    assert results.keys() == set(NAMES)
    for name, found in results.items():
        # py-evm adds a multiplication for each public input, and 26 of them take it an hour
        least = 10_000 if len(PUBLIC_INPUTS[name]) < 20 else 1_000
        assert found["attempts"] - found["genuine_proofs"] >= least
        assert set(found["faults"].values()) == {0}
        assert found["first_faults"] == []
        assert found["verdicts"].keys() >= {
            "native", "py_ecc", "anvil", "py_evm", "py_evm_python_pairing", "snarkjs",
        }  # fmt: skip
        # snarkjs takes one proof in many encodings; it takes no other proof, and no other inputs
        lax = found["snarkjs_accepts_though_damaged"].keys()
        numbers = {kind for kind in lax if not kind.startswith(("key: ", "proof: ", "public "))}
        assert numbers <= SNARKJS_REDUCES | {"random words"}
