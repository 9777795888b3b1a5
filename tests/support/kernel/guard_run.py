"""Call every entry of the kernel that takes arrays, each array on the edge of an inaccessible page.

``python guard_run.py end|start`` writes the unit, a digest of all results, and the names of what
was called. ``python guard_run.py plain`` does the same with plain arrays.
"""

from __future__ import annotations

import hashlib
import random
import sys
from typing import Any

import numpy as np
from support.kernel.guard_pages import GuardedKernel
from support.kernel.kernel_cases import Q, R, Toy, chain, edges, g1, g2, matrix, numbers

from zkcredit import _kernel
from zkcredit.bn254.limbs import to_limbs

LENGTHS = (0, 1, 3, 7, 8, 9, 31, 33, 130)


def data(array: Any) -> Any:
    """The bytes of an array of numbers, as the functions take them that take bytes."""
    return np.ascontiguousarray(array).view(np.uint8).reshape(-1)


class Run:
    """The calls, and what they return."""

    def __init__(self, kernel: Any) -> None:
        self.k = kernel
        self.digest = hashlib.sha256()

    def note(self, *results: Any) -> None:
        """Add arrays and numbers to the digest."""
        for result in results:
            self.digest.update(np.ascontiguousarray(result).tobytes())

    def fields(self) -> None:
        """Element by element."""
        k = self.k
        for n in LENGTHS:
            for p, name in ((R, "fr"), (Q, "fq")):
                a, b = to_limbs((edges(p) * 2)[:n]), to_limbs(numbers(p, n, 1))
                for suffix in ("add", "sub", "mul"):
                    self.note(getattr(k, f"{name}_{suffix}")(a, b))
                self.note(getattr(k, f"{name}_first_not_below")(data(a)))
                for suffix in ("neg", "inv", "inv_naive"):
                    self.note(getattr(k, f"{name}_{suffix}")(a))
                if n % 8 == 0 and k.kernel_name() in {"ifma", "avx2"}:
                    getattr(k, f"{name}_lane_product")(a, b)
            scalars = to_limbs(numbers(R, n, 2))
            self.note(k.fr_mul_repeated(scalars, scalars, 3))
            self.note(k.fr_from_mont(scalars), k.fr_to_mont(scalars))
            wide = to_limbs(numbers(Q, 12 * n, 3))
            a2, b2 = wide[: 2 * n].reshape(n, 8), wide[2 * n : 4 * n].reshape(n, 8)
            a12 = wide.reshape(n, 48)
            self.note(k.fq2_add(a2, b2), k.fq2_mul(a2, b2), k.fq2_square(a2), k.fq2_inv(a2))
            self.note(k.fq12_mul(a12, a12), k.fq12_square(a12), k.fq12_inv(a12))
            self.note(k.fq12_cyclotomic_square(a12))
            self.note(*(k.fq12_frobenius(a12, power) for power in (1, 2, 3)))
        for log in (0, 1, 3, 6, 9):
            values = to_limbs(numbers(R, 1 << log, 4))
            self.note(k.ntt(values, False, 2), k.ntt(values, True), k.ntt_naive(values))

    def groups(self) -> None:
        """Points, and sums of many sizes."""
        k = self.k
        for rows, name, bases in ((g1, "g1", k.G1Bases), (g2, "g2", k.G2Bases)):
            call = {
                suffix: getattr(k, f"{name}_{suffix}")
                for suffix in (
                    "add", "add_naive", "add_repeated", "neg", "mul", "mul_naive",
                    "mul_generator", "msm", "msm_naive", "from_mont", "to_mont", "first_invalid",
                    "first_invalid_stored",
                )
            }  # fmt: skip
            for n in LENGTHS:
                p, q = rows(numbers(R, n, 5)), rows(numbers(R, n, 6))
                q[::4], q[1::8] = p[::4], 0  # doublings, and infinity
                scalars = to_limbs(numbers(R, n, 7))
                self.note(call["add"](p, q), call["add_naive"](p, q), call["neg"](p))
                self.note(call["add_repeated"](p, q, 2), call["mul_generator"](scalars, 2))
                self.note(call["mul"](p, scalars), call["from_mont"](call["to_mont"](p)))
                self.note(call["msm"](p, scalars, 2), call["first_invalid"](p, 2))
                self.note(call["first_invalid_stored"](data(call["to_mont"](p)), 2))
                if n < 10:
                    self.note(call["mul_naive"](p, scalars), call["msm_naive"](p, scalars))
                for memory in (0, 20_000, 10_000_000):
                    for threads in (1, 3):
                        self.note(bases(p, memory, threads).msm(scalars, threads))
        self.note(k.g2_first_invalid_naive(g2([1, 2, 3])), k.g2_first_invalid(g2(range(450)), 3))
        p, q = g1([3, 5]), g2([7, 11])
        self.note(k.pairing(p[0], q[0]), k.pairing_naive(p[1], q[1]))
        scaled = k.scaled_pairing(p[0], q[0], to_limbs([R - 1])[0])
        self.note(k.pairing_product_is_one(p, q), np.frombuffer(scaled, np.uint8))
        self.note(k.pairing_product_is_one(g1([2, R - 1]), g2([3, 6])))

    def programs(self) -> None:
        """Constraint systems with rows of all lengths, and a witness program."""
        k = self.k
        rng = random.Random(3)
        for n_wires in (1, 9, 41):
            wires = [1] + [rng.randrange(R) for _ in range(n_wires - 1)]
            parts: list[list[list[tuple[int, int]]]] = [[], [], []]
            for length in (0, 1, 2, 7, 8, 63, 64, 65, 129, 700, 1, 20, 64):
                rows = [
                    [(rng.randrange(n_wires), rng.randrange(R)) for _ in range(count)]
                    for count in (length, rng.choice((0, 1, 65)))
                ]
                left, right = (sum(wires[i] * x for i, x in row) for row in rows)
                for part, row in zip(parts, (*rows, [(0, left * right % R)]), strict=True):
                    part.append(row)
                system = k.R1cs(n_wires, 0, *map(matrix, parts))
                self.note(system.first_unsatisfied(to_limbs(wires)))
        for n in (1, 5, 33):
            # Products in a chain, their sum, bits, quotients, inverses, a look-up.
            code = [(0, i, i + 1, 0) for i in range(1, n)]
            code += [(1, 0, n, 0), (2, 1, 0, 0), (3, 1, 254, 0), (4, 2, 3, 0), (6, 1, 0, 0)]
            code += [(5, n + 1, 0, 4)]
            terms = np.array([(i + 1, i % 4) for i in range(n)], np.uint32).reshape(-1, 2)
            wires_of = np.arange(n + 3, dtype=np.uint32)
            constants = to_limbs([1, R - 1, 7, 2**64 + 13])
            arrays = np.array(code, np.uint32), terms, constants, wires_of
            tape = k.Tape(n + 1, *arrays)
            self.note(tape.run(to_limbs([*numbers(R, n, 8), 3])))

    def proofs(self) -> None:
        """Setup, proofs and verification."""
        for constraints, n_public in ((1, 1), (5, 3), (60, 30), (130, 1), (250, 4)):
            self._proof(chain(constraints, n_public))

    def _proof(self, toy: Toy) -> None:
        k = self.k
        parts = map(matrix, (toy.a, toy.b, toy.c))
        system = k.R1cs(len(toy.witness), toy.n_public, *parts)
        points = k.groth16_setup(system, to_limbs(numbers(R, 5, 9)), 2)
        self.note(*points.values())
        names = ("alpha1", "beta1", "beta2", "delta1", "delta2", "a", "b1", "b2", "c", "h")
        size = (len(toy.witness), toy.n_public, len(points["h"]))
        key = k.ProvingKey(*size, toy.coeffs(), *(points[name] for name in names))
        witness, public = to_limbs(toy.witness), to_limbs(toy.public)
        stored = key.from_file(*size, *self._stored(toy, points, size), 2)
        self.note(key.quotient(witness, 2))
        blinding = to_limbs(numbers(R, 2, 10))
        for memory in (0, 300_000, None):
            key.prepare(memory, 2)
            for threads in (1, 3):
                proof = key.prove_with_blinding_unsafe(witness, *blinding, threads)
                self.note(*proof)
        names = ("alpha1", "beta2", "gamma2", "delta2", "ic")
        verifying = k.VerifyingKey(*(points[name] for name in names))
        self.note(verifying.verify(*proof, public))
        self.note(verifying.verify(*key.prove(witness, 2), public))
        made = np.frombuffer(key.prove_bytes(data(witness), 2), np.uint8)
        self.note(verifying.verify_bytes(made, data(public)))
        self.note(stored.quotient(witness))
        for n in (0, 1, 3, 17):
            rows = [np.repeat(part[None], n, axis=0) for part in proof]
            inputs = np.repeat(public[None], n, axis=0).reshape(-1, 4)
            inputs[: len(public) * (n > 2), 0] ^= np.uint64(1)
            self.note(verifying.verify_many(*rows, inputs, 2))
            self.note(verifying.verify_many_naive(*rows, inputs))

    def _stored(self, toy: Toy, points: Any, size: tuple[int, int, int]) -> list[Any]:
        k = self.k
        matrix, row, wire, value = toy.coeffs()
        records = np.zeros((len(row), 11), np.uint32)
        records[:, 0], records[:, 1], records[:, 2] = matrix, row, wire
        records[:, 3:] = k.fr_to_mont(k.fr_to_mont(value)).view(np.uint32)
        self.note(*k.first_bad_coefficient(data(records), size[2], size[0]))
        out = [data(records)]
        for name in ("alpha1", "beta1", "beta2", "delta1", "delta2", "a", "b1", "b2", "c", "h"):
            of_g2 = name in {"beta2", "delta2", "b2"}
            rows = points[name].reshape(-1, 16 if of_g2 else 8)
            out.append(data(k.g2_to_mont(rows) if of_g2 else k.g1_to_mont(rows)))
        return out


def main(side: str) -> None:
    """Run all and write what came of it."""
    kernel = GuardedKernel(_kernel, side)
    run = Run(kernel)
    for part in (run.fields, run.groups, run.programs, run.proofs):
        part()
    words = (_kernel.kernel_name(), run.digest.hexdigest(), *sorted(kernel.called))
    sys.stdout.write(" ".join(words))


if __name__ == "__main__":
    main(sys.argv[1])
