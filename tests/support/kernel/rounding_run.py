"""The kernel called in a floating-point mode of the caller's own, and what is left of that mode.

``python rounding_run.py COUNT`` writes one digest of all primitives (``unit_agreement``) for each
mode, and the names of the primitives after which MXCSR was not what it was before.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import sys
from itertools import islice
from typing import Any

import numpy as np
from support.kernel.unit_agreement import primitives

from zkcredit import _kernel as k

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


def run(count: int) -> dict[str, dict[str, Any]]:
    """Compute everything in each mode."""
    work = [
        (name, compute, [arguments for _, arguments in islice(batches(count), BATCHES)])
        for name, (compute, batches) in primitives().items()
    ]
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
                digest.update(np.ascontiguousarray(result).tobytes())
        out[mode] = {"digest": digest.hexdigest(), "left": sorted(set(left))}
    return out


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"unit": k.kernel_name(), "modes": run(int(sys.argv[1]))}))
