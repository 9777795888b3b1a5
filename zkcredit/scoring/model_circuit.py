"""The circuit of a published model, and the keys for that circuit.

Whoever relies on a model compiles it: ``circuit_of`` takes the scorecard from the published JSON,
and ``require_model_key`` refuses a key that carries the digest of another circuit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.circuits import get_circuit
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.circuits.scored_eligibility import (
    ScoredEligibility,
    ScoredWitness,
    scored_eligibility,
)
from zkcredit.errors import UnsafeKey
from zkcredit.formats import r1cs
from zkcredit.groth16.keys import VerifyingKey
from zkcredit.r1cs import compile_statement
from zkcredit.scoring.circuit_table import circuit_table
from zkcredit.scoring.scorecard import Scorecard

if TYPE_CHECKING:
    from zkcredit.circuits.eligibility import EligibilityWitness
    from zkcredit.gadgets.scorecard import ScoreTable
    from zkcredit.r1cs import Circuit
    from zkcredit.scoring.scored_record import Features

__all__ = ["circuit_of", "require_model_key", "witness_of"]


def circuit_of(scorecard: Scorecard | None = None) -> Circuit:
    """Return the circuit of ``scored_eligibility`` with this scorecard.

    Building it takes 0.5 s; the last ones that were built are kept.

    Args:
        scorecard: the published model; the bundled one by default.

    Raises:
        InvalidInput: if the argument is not a scorecard.
        CircuitError: if a circuit cannot hold the model.
    """
    table = circuit_table(scorecard)
    if table == BUNDLED_SCORECARD:
        return get_circuit(ScoredEligibility.name)
    return _compiled(table)


def witness_of(
    eligibility: EligibilityWitness, features: Features, scorecard: Scorecard | None = None
) -> ScoredWitness:
    """Return the witness of ``scored_eligibility`` with this scorecard.

    Args:
        eligibility: the witness of the part that is ``eligibility``.
        features: those that the credential names by their hash.
        scorecard: the published model; the bundled one by default.

    Raises:
        InvalidInput: if the last argument is not a scorecard.
        CircuitError: if a circuit cannot hold the model.
    """
    return ScoredWitness(eligibility, features.codes, circuit_table(scorecard))


def require_model_key(verifying_key: VerifyingKey, scorecard: Scorecard) -> None:
    """Require that a verification key is for proofs about the scores of this model.

    Raises:
        UnsafeKey: if the key is for another circuit, or does not say for which.
        CircuitError: if a circuit cannot hold the model.
        InvalidInput: if an argument has the wrong type.
    """
    digest = require_instance("the key", verifying_key, VerifyingKey).circuit_digest
    circuit = circuit_of(require_instance("the scorecard", scorecard, Scorecard))
    if digest != r1cs.digest(circuit.system):
        raise UnsafeKey("the key is not for this model's circuit, or does not say for which it is")


@lru_cache(maxsize=4)
def _compiled(table: ScoreTable) -> Circuit:
    return compile_statement(scored_eligibility(table))
