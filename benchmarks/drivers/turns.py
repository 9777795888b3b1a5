"""Serve a prover to ``peers.py``: each line requests one piece of work, and a JSON line answers.

Plain Python, because it runs in environments that have only the prover.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["serve"]


def serve(work: dict[str, Callable[[], Any]], words: Callable[[Any], list[int]]) -> None:
    """Say "ready", then do the named work and time it until the input ends.

    Args:
        work: by name; it returns a proof, or None.
        words: a proof as the eight words of calldata; not timed.
    """
    print(json.dumps({"ready": sorted(work)}), flush=True)
    for line in sys.stdin:
        name = line.strip()
        start = time.perf_counter()
        proof = work[name]()
        milliseconds = (time.perf_counter() - start) * 1000
        shown = [] if proof is None else [str(word) for word in words(proof)]
        answer = {"ms": milliseconds, "words": shown, "peak_mib": _peak_mib()}
        print(json.dumps(answer), flush=True)


def _peak_mib() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0
