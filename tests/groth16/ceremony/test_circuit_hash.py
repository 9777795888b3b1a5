"""snarkjs's circuit hash at the sizes where its source has to be followed to the letter.

The recorded hashes are those that snarkjs 0.7.6 wrote for this circuit and these powers;
tests/interop runs one of the cases again, and smaller circuits.
"""

from __future__ import annotations

import json

import pytest
from support.formats import ptau_case
from support.groth16.known_powers import ALPHA, BETA

from zkcredit import _kernel
from zkcredit.bn254.fields import R
from zkcredit.bn254.limbs import to_limbs
from zkcredit.groth16.ceremony.circuit_hash import snarkjs_circuit_hash
from zkcredit.groth16.kernel import resident
from zkcredit.r1cs.system import ConstraintSystem, Matrix

RECORDED = {
    (case["rows"], case["power"]): case["hash"]
    for case in json.loads((ptau_case.FOLDER / "circuit_hashes.json").read_text())
}


def circuit(rows: int) -> ConstraintSystem:
    matrix = Matrix.from_rows([{i % 7: 1} for i in range((1 << rows) - 100)])
    return ConstraintSystem(8, 2, matrix, matrix, matrix)


def hashed(rows: int, power: int) -> str:
    tau, n = 3**100 + power, 1 << rows
    toxic = to_limbs([tau % R, ALPHA % R, BETA % R, 1, 1])
    points = _kernel.groth16_setup(resident(circuit(rows)), toxic, 2)
    count = 2 * n if power > rows else 2 * n - 1
    powers, element = [], 1
    for _ in range(count):
        powers.append(element)
        element = element * tau % R
    elements = [points["alpha1"], points["beta1"], points["beta2"], points["gamma2"],
                points["delta1"], points["delta2"]]  # fmt: skip
    return snarkjs_circuit_hash(
        [point.reshape(1, -1) for point in elements],
        [points["ic"], points["c"], points["a"], points["b1"], points["b2"]],
        _kernel.g1_mul_generator(to_limbs(powers), 2),
        n,
    ).hex()


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "power"), RECORDED)
def test_it_is_snarkjs_hash(rows: int, power: int) -> None:
    assert hashed(rows, power) == RECORDED[rows, power]
