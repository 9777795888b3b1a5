"""A caller's floating-point mode changes no result of the kernel, which leaves the mode alone."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.kernel.kernel_cases import MODULE_PATH, units_here

SCRIPT = Path(__file__).parents[1] / "support" / "kernel" / "rounding_run.py"
GLIBC = platform.machine() == "x86_64" and platform.libc_ver()[0] == "glibc"  # whose fenv_t it is


def computed(unit: str, count: int) -> dict[str, dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, SCRIPT, str(count)],
        env={**os.environ, "ZKCREDIT_KERNEL": unit, "PYTHONPATH": MODULE_PATH},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["unit"] == unit
    modes: dict[str, dict[str, Any]] = document["modes"]
    return modes


@pytest.mark.slow
def test_every_mode_gives_the_same_bits_and_stays_as_it_was() -> None:
    if not GLIBC:
        return
    digests = set()
    for unit in units_here()[:2]:
        modes = computed(unit, 40)
        assert len(modes) == 11
        for mode, row in modes.items():
            assert row["left"] == [], mode
            digests.add(row["digest"])
    assert len(digests) == 1
