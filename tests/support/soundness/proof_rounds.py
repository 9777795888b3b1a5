"""Damaged proofs for two verifiers, in rounds: the long form of ``test_proofs_mutants``."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from support.circuits.eligibility_case import Case
from support.groth16 import groth16_toy as g

from zkcredit.bn254.limbs import from_limbs
from zkcredit.circuits.catalogue import get_circuit
from zkcredit.errors import InvalidInput, InvalidProof
from zkcredit.groth16 import load_or_create_dev_key, prove, reference, verify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.errors import ZkCreditError
    from zkcredit.groth16 import Proof, VerifyingKey

    Claim = tuple[VerifyingKey, list[int], Proof]

ROUND = 200
"""Random mutants in each round but the first."""


def outcome(
    verifier: Any, proof: Proof, public: list[int], key: VerifyingKey | None = None
) -> type[ZkCreditError] | None:
    """The typed error, or None where the proof is accepted; anything else is raised."""
    try:
        verifier(key or g.verifying_key(), public, proof)
    except (InvalidProof, InvalidInput) as error:
        return type(error)
    return None


@cache
def toy_claim() -> Claim:
    """The toy circuit's key, public inputs and proof."""
    return g.verifying_key(), g.PUBLIC, g.PROOF


@cache
def eligibility_claim() -> Claim:
    """The same of ``eligibility``."""
    circuit = get_circuit("eligibility")
    key = load_or_create_dev_key(circuit)
    witness = circuit.witness(Case().values())
    public = from_limbs(witness[1 : circuit.system.n_public + 1])
    return key.verifying_key, public, prove(key, witness, system=circuit.system)


def refused_alike(claim: Claim, mutants: Iterable[g.Mutant]) -> Counter[str]:
    """Assert that both verifiers refuse each mutant with the same error; count the errors."""
    key, _, _ = claim
    said: Counter[str] = Counter()
    for mutant in mutants:
        native = outcome(verify, mutant.proof, mutant.public, key)
        assert native is not None, mutant.name
        slow = outcome(reference.verify, mutant.proof, mutant.public, key)
        assert native is slow, mutant.name
        said[native.__name__] += 1
    return said


def _round(claim: Claim, number: int) -> Counter[str]:
    """Random mutants; the first round has the structured ones, many of which reach the pairing."""
    key, public, proof = claim
    verify(key, public, proof)
    if number == 0:
        return refused_alike(claim, g.structured_mutants(proof, public))
    return refused_alike(claim, g.random_mutants(ROUND, number, proof, public))


def toy(number: int) -> Counter[str]:
    """A round with the toy circuit."""
    return _round(toy_claim(), number)


def eligibility(number: int) -> Counter[str]:
    """A round with ``eligibility``."""
    return _round(eligibility_claim(), number)
