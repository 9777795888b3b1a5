"""The circuit that answers a request, and the check that a key belongs to it.

The statement's name determines the circuit, unless the request names a scorecard. Then the circuit
is compiled from the scorecard, so the borrower and the verifier must both have the one whose digest
the request names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_instance
from zkcredit.errors import InvalidInput
from zkcredit.request.base import SCORED_ELIGIBILITY, Request
from zkcredit.scoring.scorecard import Scorecard, load_scorecard

if TYPE_CHECKING:
    from zkcredit.groth16.keys import VerifyingKey
    from zkcredit.r1cs import Circuit

__all__ = ["circuit_of_request", "require_key_of_request", "scorecard_of"]


def scorecard_of(request: Request, scorecard: Scorecard | None) -> Scorecard | None:
    """Return the scorecard that a request asks for.

    Args:
        request: the verifier's request.
        scorecard: the caller's model; the bundled one by default.

    Returns:
        None if the request asks for a signed score.

    Raises:
        InvalidInput: if the request asks for another scorecard, or for none.
    """
    if require_instance("the request", request, Request).statement != SCORED_ELIGIBILITY:
        if scorecard is not None:
            raise InvalidInput("the request asks for a signed score, not for one by a scorecard")
        return None
    model = load_scorecard() if scorecard is None else scorecard
    if require_instance("the scorecard", model, Scorecard).digest != request.scorecard:
        raise InvalidInput(
            f"the request asks for the scorecard {request.scorecard}; this one is {model.digest}"
        )
    return model


def circuit_of_request(request: Request, scorecard: Scorecard | None = None) -> Circuit:
    """Return the circuit whose proofs answer a request; arguments as for ``scorecard_of``.

    Raises:
        InvalidInput: if the request asks for another scorecard, or for none.
        CircuitError: if the scorecard is too large for a circuit.
    """
    # numpy is loaded by the first circuit, not when a request is read
    from zkcredit.circuits import get_circuit
    from zkcredit.scoring.model_circuit import circuit_of

    model = scorecard_of(request, scorecard)
    return get_circuit(request.statement) if model is None else circuit_of(model)


def require_key_of_request(
    verifying_key: VerifyingKey, request: Request, scorecard: Scorecard | None = None
) -> None:
    """Require that a key belongs to the scorecard that a request names.

    For a request without a scorecard this does nothing: ``verify`` checks the key's statement. The
    other arguments are as for ``scorecard_of``.

    Raises:
        UnsafeKey: if the key belongs to another circuit, or does not name its circuit.
        InvalidInput: if the request asks for another scorecard, or for none.
    """
    from zkcredit.scoring.model_circuit import require_model_key

    if (model := scorecard_of(request, scorecard)) is not None:
        require_model_key(verifying_key, model)
