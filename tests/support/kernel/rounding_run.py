"""The kernel called in a floating-point mode of the caller's own, and what is left of that mode.

``python rounding_run.py COUNT`` writes one digest of all primitives (``unit_agreement``) and of the
entries of the proof system for each mode, and the names of those after which MXCSR was not what it
was before.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from itertools import islice
from typing import Any

import numpy as np
from support.kernel.kernel_cases import R, g1, g2, keys, numbers, proving_key
from support.kernel.unit_agreement import primitives

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

BATCHES = 8  # of each primitive, the first of them its edges
USUAL = 0x1F80  # all exceptions masked, none seen
ROUNDINGS = {"nearest": 0, "down": 1, "up": 2, "towards zero": 3}
FLUSH, DENORMALS, SEEN = 1 << 15, 1 << 6, 0x3F


class Environment(ctypes.Structure):
    """``fenv_t`` of x86-64: the x87 unit's, then MXCSR."""

    _fields_ = (("x87", ctypes.c_ubyte * 28), ("mxcsr", ctypes.c_uint32))


LIBM = ctypes.CDLL("libm.so.6")


def state() -> Environment:
    """Return this thread's environment."""
    out = Environment()
    LIBM.fegetenv(ctypes.byref(out))
    return out


def modes() -> dict[str, int]:
    """Return the values of MXCSR to try, by name."""
    out = {}
    for rounding, bits in ROUNDINGS.items():
        plain = USUAL | bits << 13
        out[rounding] = plain
        out[f"{rounding}, flushed, denormals as zero"] = plain | FLUSH | DENORMALS
    out["flushed"] = USUAL | FLUSH
    out["denormals as zero"] = USUAL | DENORMALS
    out["every exception seen"] = USUAL | SEEN
    return out


def entries() -> dict[str, Any]:
    """Calls of the proof system, and of what checks keys and witnesses, by name."""
    small = keys(150, 3)
    toy = small.toy
    witness, public = to_limbs(toy.witness), to_limbs(toy.public)
    blinding = to_limbs(numbers(R, 2, 5))
    wrong = witness.copy()
    wrong[-1, 0] ^= np.uint64(1)
    system = toy.r1cs()
    prepared = proving_key(toy, small.points)
    prepared.prepare()
    proof = prepared.prove_with_blinding_unsafe(witness, *blinding)
    many = [np.repeat(part[None], 9, axis=0) for part in proof]
    many[2][4] = many[0][4]
    code = np.array([(0, 0, 1, 0), (2, 2, 0, 0)], np.uint32)  # a product, and its inverse
    none = np.zeros((0, 2), np.uint32)
    tape = k.Tape(2, code, none, to_limbs([1]), np.array([1, 2, 3, 4], np.uint32))
    setup = to_limbs(small.toxic)
    points, twist = g1(numbers(R, 40, 1)), g2(numbers(R, 230, 1))

    def prove(key: Any, threads: int) -> bytes:
        parts = key.prove_with_blinding_unsafe(witness, *blinding, threads)
        return b"".join(part.tobytes() for part in parts)

    def grow() -> bytes:
        key = proving_key(toy, small.points)
        return b"".join(prove(key, threads) for threads in (1, 2, 3))

    return {
        "setup": lambda: np.concatenate(
            [part.ravel() for part in k.groth16_setup(system, setup, 2).values()]
        ),
        "tables": lambda: prepared.prepare(None, 2) or prove(prepared, 2),
        "proofs while tables grow": grow,
        "proof that blinds itself": lambda: small.verifying.verify_bytes(
            prepared.prove_bytes(witness.tobytes(), 2), public.tobytes()
        ),
        "verify": lambda: small.verifying.verify(*proof, public),
        "verify_many": lambda: small.verifying.verify_many(*many, np.tile(public, (9, 1)), 2),
        "check": lambda: (system.first_unsatisfied(witness), system.first_unsatisfied(wrong)),
        "tape": lambda: tape.run(to_limbs(numbers(R, 2, 6))),
        "pairing": lambda: k.pairing(points[0], twist[0]),
        "members": lambda: (k.g1_first_invalid(points, 2), k.g2_first_invalid(twist, 2)),
    }


def run(count: int) -> dict[str, dict[str, Any]]:
    """Compute everything in each mode."""
    work = [
        (name, compute, [arguments for _, arguments in islice(batches(count), BATCHES)])
        for name, (compute, batches) in primitives().items()
    ]
    work += [(name, call, [()]) for name, call in entries().items()]
    usual, out = state(), {}
    for mode, mxcsr in modes().items():
        digest, left = hashlib.sha256(), []
        for name, compute, batches in work:
            for arguments in batches:
                hostile = state()
                hostile.mxcsr = mxcsr
                LIBM.fesetenv(ctypes.byref(hostile))
                try:
                    result = compute(*arguments)
                    after = state().mxcsr
                finally:
                    LIBM.fesetenv(ctypes.byref(usual))
                if after != mxcsr:
                    left.append(name)
                digest.update(
                    result if isinstance(result, bytes) else np.ascontiguousarray(result).tobytes()
                )
        out[mode] = {"digest": digest.hexdigest(), "left": sorted(set(left))}
    return out


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"unit": k.kernel_name(), "modes": run(int(sys.argv[1]))}))
