"""iden3 once compiled a public input away (`requestID`): it was in the key and in no constraint.

For each statement, a proof holds for its own public inputs and for no others.
"""

from __future__ import annotations

import pytest

from zkcredit.bn254.curve import G1_INFINITY
from zkcredit.bn254.fields import R
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.errors import InvalidProof
from zkcredit.groth16.prover import prove
from zkcredit.groth16.setup import dev_setup
from zkcredit.groth16.verification import verify
from zkcredit.published.samples import samples


@pytest.mark.slow
@pytest.mark.parametrize("statement", circuit_names())
def test_a_proof_holds_for_its_own_public_inputs_alone(statement: str) -> None:
    circuit = get_circuit(statement)
    key = dev_setup(circuit.system)
    verifying = key.verifying_key
    values = next(iter(samples(statement).satisfied.values()))
    public = [values[name] for name in circuit.public_names]
    proof = prove(key, circuit.witness(values))
    verify(verifying, public, proof)
    assert len(verifying.ic) == len(public) + 1
    for index, value in enumerate(public):
        assert verifying.ic[1 + index] != G1_INFINITY
        for other in {(value + 1) % R, -value % R, 0, 1} - {value}:
            with pytest.raises(InvalidProof):
                verify(verifying, [*public[:index], other, *public[index + 1 :]], proof)
    swapped = [public[1], public[0], *public[2:]]
    with pytest.raises(InvalidProof):
        verify(verifying, swapped, proof)
