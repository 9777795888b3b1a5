"""From a published model to the circuit that it is compiled into, and to the key that proves it.

Whoever relies on a model compiles it: `model_circuit` takes the scorecard of the published JSON,
and `require_model_key` refuses a key that carries another circuit's digest.
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
    """The circuit of `scored_eligibility` with this table: built (0.5 s), or as it was built last.

    Raises:
        InvalidInput: it is no table.
    """
    if require_instance("the table", table, ScoreTable) == BUNDLED_SCORECARD:
        return get_circuit(ScoredEligibility.name)
    return _compiled(table)


def model_circuit(scorecard: Scorecard) -> Circuit:
    """The circuit of a published model; see :func:`circuit_of`.

    Raises:
        CircuitError: a circuit cannot hold the model.
        InvalidInput: it is no scorecard.
    """
    return circuit_of(circuit_table(require_instance("the model", scorecard, Scorecard)))


def require_model_key(key: VerifyingKey, scorecard: Scorecard) -> None:
    """Insist that a verification key is for proofs about the scores of this model.

    Raises:
        UnsafeKey: the key is another circuit's, or does not say whose it is.
        CircuitError, InvalidInput: as :func:`model_circuit`.
    """
    digest = require_instance("the key", key, VerifyingKey).circuit_digest
    if digest != r1cs.digest(model_circuit(scorecard).system):
        raise UnsafeKey("the key is not that of this model's circuit, or does not say which it is")


@lru_cache(maxsize=4)
def _compiled(table: ScoreTable) -> Circuit:
    return compile_statement(scored_eligibility(table))
