"""For any proof, the blinding with which another witness gives the same proof.

Groth16's proof is A = α + u(τ) + rδ, B = β + v(τ) + sδ, and C follows from A, B and the public
inputs. So with r' = r + (u − u')/δ and s' = s + (v − v')/δ a second witness of the same public
inputs gives the very same points: perfect witness indistinguishability, as a computation. It needs
the trapdoor, which dev keys have in the open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit.bn254 import R
from zkcredit.bn254.limbs import from_limbs, to_limbs
from zkcredit.formats import r1cs
from zkcredit.groth16.setup import dev_trapdoor

if TYPE_CHECKING:
    from zkcredit.bn254.limbs import Limbs
    from zkcredit.groth16 import ProvingKey
    from zkcredit.r1cs.system import ConstraintSystem, Matrix

Points = tuple[list[int], list[int], list[int]]


class Exponents:
    """u(τ) and v(τ) of a witness under the dev key of a circuit."""

    def __init__(self, system: ConstraintSystem, domain: int) -> None:
        tau, _, _, _, self.delta = dev_trapdoor(r1cs.digest(system))
        root = pow(5, (R - 1) // domain, R)
        top = (pow(tau, domain, R) - 1) * pow(domain, -1, R) % R
        lagrange, power = [], 1
        for _ in range(domain):
            lagrange.append(top * power * pow(tau - power, -1, R) % R)
            power = power * root % R
        self._u = _columns(system.a, lagrange)
        self._v = _columns(system.b, lagrange)
        for i in range(system.n_public + 1):  # the rows that keep public wires apart
            more = lagrange[system.n_constraints + i]
            self._u[i] = (self._u.get(i, 0) + more) % R

    def of(self, witness: Limbs) -> tuple[int, int]:
        values = from_limbs(witness)
        u, v = (sum(k * values[w] for w, k in part.items()) % R for part in (self._u, self._v))
        return u, v

    def shifted(self, r: int, s: int, before: Limbs, after: Limbs) -> tuple[int, int]:
        """The blinding of ``after`` that gives the proof of ``before`` with (r, s)."""
        (u, v), (u2, v2) = self.of(before), self.of(after)
        inverse = pow(self.delta, -1, R)
        return (r + (u - u2) * inverse) % R, (s + (v - v2) * inverse) % R


def _columns(matrix: Matrix, lagrange: list[int]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for row, terms in enumerate(matrix.rows):
        for wire, coefficient in terms.items():
            sums[wire] = (sums.get(wire, 0) + coefficient * lagrange[row]) % R
    return sums


def proof_with(key: ProvingKey, witness: Limbs, r: int, s: int) -> Points:
    """The proof of a witness with a given blinding, as numbers."""
    blinding = (to_limbs([r])[0], to_limbs([s])[0])
    a, b, c = key.resident.prove_with_blinding_unsafe(witness, *blinding)
    return from_limbs(a), from_limbs(b), from_limbs(c)
