"""The dev key of a statement by the statement's name: to try things out, never for value."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_text
from zkcredit.circuits.catalogue import get_circuit

if TYPE_CHECKING:
    from zkcredit.groth16.keys import ProvingKey

__all__ = ["unsafe_dev_key"]


def unsafe_dev_key(statement: str) -> ProvingKey:
    """UNSAFE: load the dev key of a statement, under which everybody can forge proofs.

    It is the same on every machine and needs no ceremony, so it serves tests, demonstrations and
    local chains; deployment to a public chain refuses it. The first call computes it and keeps it
    in this user's cache.

    Args:
        statement: the statement's name, such as "eligibility".

    Returns:
        The proving key; its ``verifying_key`` is what a verifier needs.

    Raises:
        InvalidInput: if there is no such statement.
        OutOfMemory: if the machine has too little memory.
    """
    # the kernel is loaded by the first key, not by the first look at a record
    from zkcredit.groth16.setup import load_or_create_dev_key

    return load_or_create_dev_key(get_circuit(require_text("statement", statement)))
