"""From a published model to its circuit, and to the keys for that circuit.

Whoever relies on a model compiles it: ``model_circuit`` takes the scorecard from the published
JSON, and ``require_model_key`` refuses a key that carries the digest of another circuit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.circuits import get_circuit
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.circuits.scored_eligibility import ScoredEligibility, scored_eligibility
from zkcredit.errors import UnsafeKey
from zkcredit.formats import r1cs
from zkcredit.gadgets.scorecard import ScoreTable
from zkcredit.groth16.keys import VerifyingKey
from zkcredit.r1cs import compile_statement
from zkcredit.scoring.circuit_table import circuit_table
from zkcredit.scoring.scorecard import Scorecard

if TYPE_CHECKING:
    from zkcredit.r1cs import Circuit

__all__ = ["circuit_of", "model_circuit", "require_model_key"]


def circuit_of(table: ScoreTable) -> Circuit:
    """Return the circuit of ``scored_eligibility`` with this table.

    Building it takes 0.5 s; the last one that was built is kept.

    Raises:
        InvalidInput: if the argument is not a table.
    """
    if require_instance("the table", table, ScoreTable) == BUNDLED_SCORECARD:
        return get_circuit(ScoredEligibility.name)
    return _compiled(table)


def model_circuit(scorecard: Scorecard) -> Circuit:
    """Return the circuit of a published model; see ``circuit_of``.

    Raises:
        CircuitError: if a circuit cannot hold the model.
        InvalidInput: if the argument is not a scorecard.
    """
    return circuit_of(circuit_table(require_instance("the model", scorecard, Scorecard)))


def require_model_key(verifying_key: VerifyingKey, scorecard: Scorecard) -> None:
    """Require that a verification key is for proofs about the scores of this model.

    Raises:
        UnsafeKey: if the key is for another circuit, or does not say for which.
        CircuitError: if a circuit cannot hold the model.
        InvalidInput: if an argument has the wrong type.
    """
    digest = require_instance("the key", verifying_key, VerifyingKey).circuit_digest
    if digest != r1cs.digest(model_circuit(scorecard).system):
        raise UnsafeKey("the key is not for this model's circuit, or does not say for which it is")


@lru_cache(maxsize=4)
def _compiled(table: ScoreTable) -> Circuit:
    return compile_statement(scored_eligibility(table))
