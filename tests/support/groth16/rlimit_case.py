"""Run a piece of Python in a process with a limit on its memory, and read what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_HEAD = """
import ctypes, gc, resource, sys, warnings
warnings.simplefilter("ignore")
sys.path.insert(0, sys.argv[1])

def used():
    for line in open("/proc/self/status"):
        if line.startswith("VmSize"):
            return int(line.split()[1]) * 1024

def limit(extra):
    "Allow this many bytes beyond what is in use now."
    ctypes.CDLL(None).malloc_trim(0)
    resource.setrlimit(resource.RLIMIT_AS, (used() + extra, resource.RLIM_INFINITY))

def unlimited():
    resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

class Mallinfo(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost").split()]

def allocated():
    "Bytes that malloc has given out; what the process keeps for later does not count."
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = Mallinfo
    gc.collect()
    now = mallinfo()
    return now.uordblks + now.hblkhd
"""

_MALLOC = {
    "MALLOC_ARENA_MAX": "1",  # else each thread maps 64 MiB of addresses
    # Fixed, else freed blocks raise it, later ones of up to 32 MiB stay with the process, and what
    # is needed next is there whatever the limit says.
    "MALLOC_MMAP_THRESHOLD_": "131072",
}


def run_limited(code: str) -> list[str]:
    """The lines that the code prints; it has ``limit``, ``unlimited``, ``allocated``."""
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + code, str(Path(__file__).parents[2])],
        capture_output=True,
        text=True,
        env=os.environ | _MALLOC,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()
