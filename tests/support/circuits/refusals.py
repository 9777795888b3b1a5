"""Which gadget refuses some inputs, asked in several ways that must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zkcredit.errors import UnsatisfiedWitness
from zkcredit.r1cs import evaluate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zkcredit.r1cs import Circuit, Statement


def gadget_refusing(
    circuit: Circuit, statement: Statement, values: Mapping[str, Any], holds: bool | None
) -> str | None:
    """The gadget whose constraint the values violate; None if they satisfy the statement.

    The compiled circuit and the evaluator must agree, and so must an oracle that says whether the
    relation holds, if there is one.
    """
    gadget = violated(lambda: circuit.witness(values))
    assert violated(lambda: evaluate(statement, values)) == gadget
    assert holds is None or holds == (gadget is None)
    return gadget


def violated(call: Callable[[], object]) -> str | None:
    """The gadget whose constraint a call finds violated; None if it finds none."""
    try:
        call()
    except UnsatisfiedWitness as error:
        return error.gadget
    return None
