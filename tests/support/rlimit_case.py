"""Run a piece of Python in a process with a limit on its memory, and read what it prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_HEAD = """
import ctypes, resource, sys, warnings
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

def resident():
    "Bytes of memory in use, after what is free was given back."
    ctypes.CDLL(None).malloc_trim(0)
    for line in open("/proc/self/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) * 1024
"""


def run_limited(code: str, timeout: float = 300) -> list[str]:
    """The lines that the code prints; it has ``limit``, ``unlimited`` and ``resident``."""
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + code, str(Path(__file__).parent)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.splitlines()
