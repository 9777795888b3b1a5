"""Nothing public tells more than the statement: proofs are fresh, and say nothing of the witness.

Incidents: blinding from a seed, a nonce used twice, commitments to small values that can be tried
out. Fresh randomness cannot be repeated, so the test of frequencies has a bound beyond which chance
alone goes with a probability below 2^-40.
"""

from __future__ import annotations

import ast
import inspect
import math
import multiprocessing
import random
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from support.circuits.eligibility_case import Case
from support.groth16 import groth16_toy as g
from support.soundness.hidden_witness import Exponents, proof_with

import zkcredit
from zkcredit.bn254 import R
from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits import get_circuit
from zkcredit.gadgets.compare import assert_between
from zkcredit.gadgets.range import range_check
from zkcredit.groth16 import dev_setup, load_or_create_dev_key, prove, prove_many, verify
from zkcredit.r1cs import Api, Circuit, Inputs, compile_gadget

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16 import ProvingKey

PACKAGE = Path(zkcredit.__file__).parent
LOW, HIGH = 650, 849


def score_in_range(api: Api, x: Inputs) -> None:
    low, high = range_check(api, x.low, 10), range_check(api, x.high, 10)
    assert_between(api, low, x.score, high)


@cache
def toy() -> tuple[Circuit, ProvingKey]:
    circuit = compile_gadget(score_in_range, public={"low": 1, "high": 1}, private={"score": 1})
    return circuit, dev_setup(circuit.system)


@cache
def eligibility() -> tuple[Circuit, ProvingKey]:
    circuit = get_circuit("eligibility")
    return circuit, load_or_create_dev_key(circuit)


def witness_of(score: int) -> Limbs:
    return toy()[0].witness({"low": LOW, "high": HIGH, "score": score})


def coordinates(key: ProvingKey, witness: Limbs, count: int) -> np.ndarray[Any, Any]:
    """(count, 32) limbs of A, B, C of fresh proofs."""
    return np.array([np.concatenate(key.resident.prove(witness, 1)) for _ in range(count)])


def public_of(circuit: Circuit, witness: Limbs) -> list[int]:
    return from_limbs(witness[1 : circuit.system.n_public + 1])


# --- proofs of one witness have nothing in common ---------------------------------------------


def shares(rows: np.ndarray[Any, Any]) -> bool:
    """Whether any coordinate occurs twice, in whatever place of whatever proofs."""
    values = {tuple(four) for four in rows.reshape(-1, 4).tolist()}
    return len(values) != rows.size // 4


@pytest.mark.slow
def test_ten_thousand_proofs_of_one_witness_share_no_element() -> None:
    _, key = toy()
    rows = coordinates(key, witness_of(700), 10_000)
    assert rows.shape == (10_000, 32)
    assert not shares(rows)


@pytest.mark.slow
def test_many_proofs_of_eligibility_share_no_element() -> None:
    circuit, key = eligibility()
    assert not shares(coordinates(key, circuit.witness(Case().values()), 60))


def test_a_shared_element_would_be_seen() -> None:
    rows = coordinates(toy()[1], witness_of(700), 20)
    assert not shares(rows)
    rows[3, 4:8] = rows[17, 28:32]
    assert shares(rows)


# --- blinding comes from the operating system alone -------------------------------------------


def test_no_function_that_proves_takes_a_seed() -> None:
    for function in (prove, prove_many):
        names = set(inspect.signature(function).parameters)
        assert names <= {
            "proving_key", "witness", "witnesses", "threads", "system", "executor", "on_progress",
        }  # fmt: skip


def test_given_blinding_is_called_unsafe_and_the_library_never_uses_it() -> None:
    for path in PACKAGE.rglob("*.py"):
        named = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and "with_blinding" in node.attr
        }  # fmt: skip
        assert not named, path
    key = toy()[1].resident
    assert [name for name in dir(key) if "blind" in name] == ["prove_with_blinding_unsafe"]


def test_the_kernel_has_one_source_of_randomness() -> None:
    kernel = PACKAGE.parent / "cpp"
    sources = {path for path in kernel.rglob("*") if path.suffix in {".hpp", ".cpp"}}
    sources -= set((kernel / "check").iterdir())  # programs that try the kernel, not part of it
    text = "".join(path.read_text() for path in sources)
    assert text.count("getrandom(out, n, 0)") == 1
    assert text.count("getentropy(out, part)") == 1  # on macOS, which has no getrandom
    for other in ("<random>", "mt19937", "std::rand", "srand", "random_device", "rdrand", "time("):
        assert other not in text, other


def test_seeding_python_repeats_nothing() -> None:
    _, key = toy()
    seen = set()
    for _ in range(3):
        random.seed(1)
        np.random.seed(1)
        seen.add(prove(key, witness_of(700)))
    assert len(seen) == 3


def _prove_in_child(send: Any) -> None:
    send.send(prove(toy()[1], witness_of(700)).to_words())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_processes_do_not_share_blinding() -> None:
    toy()[1].resident.prove(witness_of(700), 1)  # whatever state there is, it is there now
    context = multiprocessing.get_context("fork")
    words = []
    for _ in range(3):
        receive, send = context.Pipe(duplex=False)
        child = context.Process(target=_prove_in_child, args=(send,))
        child.start()
        words += receive.recv()
        child.join()
    assert len(set(words)) == len(words) == 24


# --- what is public does not depend on what is private ----------------------------------------


def test_every_score_in_the_range_gives_every_proof() -> None:
    """For each score there is a blinding that gives the proof of 700, point for point."""
    circuit, key = toy()
    exponents = Exponents(circuit.system, key.domain_size)
    shown = witness_of(700)
    r, s = random.Random(5).randrange(1, R), random.Random(6).randrange(1, R)
    proof = proof_with(key, shown, r, s)
    for score in range(LOW, HIGH + 1):
        other = witness_of(score)
        assert public_of(circuit, other) == public_of(circuit, shown)
        blinding = exponents.shifted(r, s, shown, other)
        assert proof_with(key, other, *blinding) == proof
        assert (blinding == (r, s)) == (score == 700)


def test_a_witness_of_other_public_inputs_gives_another_proof() -> None:
    circuit, key = toy()
    exponents = Exponents(circuit.system, key.domain_size)
    shown = witness_of(700)
    other = circuit.witness({"low": LOW - 1, "high": HIGH, "score": 700})
    a, b, c = proof_with(key, shown, 3, 4)
    a2, b2, c2 = proof_with(key, other, *exponents.shifted(3, 4, shown, other))
    assert (a, b) == (a2, b2)
    assert c != c2


@pytest.mark.slow
def test_two_borrowers_of_one_policy_could_have_made_the_same_proof() -> None:
    circuit, key = eligibility()
    exponents = Exponents(circuit.system, key.domain_size)
    poor = circuit.witness(Case().values())
    rich = circuit.witness(
        Case().but(score=845, monthly_income=9_000_000, monthly_expenses=1, subject_ref=1).values()
    )
    assert public_of(circuit, poor) == public_of(circuit, rich)
    assert (poor != rich).any()
    proof = proof_with(key, poor, 12345, 67890)
    assert proof_with(key, rich, *exponents.shifted(12345, 67890, poor, rich)) == proof


@pytest.mark.slow
@pytest.mark.parametrize(
    "attribute", ["score", "monthly_income", "history_months", "open_accounts"]
)
def test_public_inputs_are_those_of_the_use_whatever_is_signed(attribute: str) -> None:
    circuit, _ = eligibility()
    case = Case()
    expected = public_of(circuit, circuit.witness(case.values()))
    for more in (1, 2, 50):
        values = case.but(**{attribute: case.record[attribute] + more}).values()
        assert public_of(circuit, circuit.witness(values)) == expected


@pytest.mark.slow
def test_the_bits_of_proofs_are_as_frequent_for_one_witness_as_for_another() -> None:
    _, key = toy()
    count = 500
    frequencies = []
    for score in (LOW, HIGH):
        rows = np.ascontiguousarray(coordinates(key, witness_of(score), count))
        bits = np.unpackbits(rows.view(np.uint8), axis=1)
        frequencies.append(bits.mean(axis=0))
    # Hoeffding: two means of n fair or unfair bits differ by t or more with probability at most
    # 2 exp(-n t^2); over all places together below 2^-40.
    places = len(frequencies[0])
    bound = math.sqrt(math.log(2 * places * 2**40) / count)
    assert bound < 0.27
    assert np.abs(frequencies[0] - frequencies[1]).max() < bound


def test_proofs_verify_and_have_one_length() -> None:
    circuit, key = toy()
    lengths = set()
    for score in (LOW, 700, HIGH):
        proof = prove(key, witness_of(score), system=circuit.system)
        verify(key.verifying_key, [LOW, HIGH], proof)
        lengths.add(len(proof.to_words()))
    assert lengths == {8}
    assert g.PROOF.to_words() != proof.to_words()
