"""No read or write past a buffer: the caller's arrays and the kernel's own, in every unit.

The caller's arrays lie against inaccessible pages and are read-only. So do the kernel's own
blocks: cpp/check/guard_new.cpp replaces `new`, for the kernel as it is shipped, and fills what it
hands out, so that a result which depends on memory nobody wrote differs from the plain one.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.kernel.guard_pages import guarded
from support.kernel.kernel_cases import MODULE_PATH, units_here

from zkcredit import _kernel as k
from zkcredit.bn254.limbs import to_limbs

ROOT = Path(__file__).parents[2]
RUN = ROOT / "tests" / "support" / "kernel" / "guard_run.py"
FILL = {"end": "165", "start": "255"}
WITHOUT_ARRAYS = {"kernel_name", "kernel_choice", "kernel_units"}

OVERRUN = """
#include <cstdlib>
int main(int, char** arguments) {
    auto* block = static_cast<volatile unsigned char*>(operator new(std::atoi(arguments[1])));
    const int at = std::atoi(arguments[2]);
    if (arguments[3][0] == 'r') {
        static_cast<void>(block[at]);
    } else {
        block[at] = 1;
    }
    operator delete(const_cast<unsigned char*>(block));
}
"""


def compiled(source: Path, out: Path, *flags: str) -> Path:
    compiler = shutil.which("c++")
    assert compiler is not None
    command = [compiler, "-std=c++20", "-O1", *flags, str(source), "-o", str(out)]
    subprocess.run(command, check=True)
    return out


@pytest.fixture(scope="module")
def guard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("guard") / "guard_new.so"
    return compiled(ROOT / "cpp" / "check" / "guard_new.cpp", target, "-fPIC", "-shared")


@pytest.fixture(scope="module")
def overrun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = tmp_path_factory.mktemp("overrun") / "overrun.cpp"
    source.write_text(OVERRUN)
    return compiled(source, source.with_suffix(""))


def run(code: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        code,
        env=os.environ | {"PYTHONPATH": MODULE_PATH} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@cache
def plain() -> list[str]:
    """Unit, digest and names of the calls without any guard."""
    done = run([sys.executable, str(RUN), "plain"])
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def stays_inside(guard: Path, unit: str, side: str) -> None:
    done = run(
        [sys.executable, str(RUN), side],
        LD_PRELOAD=str(guard),
        ZKC_GUARD=side,
        ZKC_GUARD_FILL=FILL[side],
        ZKCREDIT_KERNEL=unit,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == unit
    assert done.stdout.split()[1] == plain()[1]


@pytest.mark.slow
@pytest.mark.parametrize("side", ["end", "start"])
def test_the_unit_in_use_stays_inside_every_buffer(guard: Path, side: str) -> None:
    stays_inside(guard, units_here()[0], side)


@pytest.mark.slow
@pytest.mark.parametrize("side", ["end", "start"])
def test_the_other_units_stay_inside_every_buffer(guard: Path, side: str) -> None:
    for unit in units_here()[1:]:
        stays_inside(guard, unit, side)


def test_every_entry_that_takes_arrays_was_called() -> None:
    entries = set()
    for name in dir(k):
        value = getattr(k, name)
        if name.startswith("_") or not callable(value):
            continue
        entries.add(name)
        if isinstance(value, type):
            methods = [member for member in dir(value) if not member.startswith("_")]
            entries |= {f"{name}.{m}" for m in methods if callable(getattr(value, m))}
    with_lanes = units_here()[0] in {"ifma", "avx2"}
    lanes = set() if with_lanes else {"fr_lane_product", "fq_lane_product"}
    assert entries - WITHOUT_ARRAYS - lanes == set(plain()[2:]) - WITHOUT_ARRAYS


@pytest.mark.parametrize("side", ["end", "start"])
def test_the_guard_stops_a_step_too_far(side: str) -> None:
    code = f"""
import ctypes
import numpy as np
from support.kernel.guard_pages import guarded
array = guarded(np.zeros((5, 4), np.uint64), {side!r})
step = {"array.nbytes" if side == "end" else "-1"}
ctypes.string_at(array.ctypes.data + array.nbytes - 1, 1)
ctypes.string_at(array.ctypes.data, 1)
ctypes.string_at(array.ctypes.data + step, 1)
"""
    assert run([sys.executable, "-c", code]).returncode == -signal.SIGSEGV


def test_the_guarded_array_cannot_be_written() -> None:
    code = """
import numpy as np
from support.kernel.guard_pages import guarded
guarded(np.zeros(3, np.uint64), "end")[1] = 5
"""
    assert run([sys.executable, "-c", code]).returncode == -signal.SIGSEGV


@pytest.mark.parametrize(
    ("side", "size", "at", "how", "ends"),
    [
        ("end", 64, 63, "read", 0),
        ("end", 64, 64, "read", -signal.SIGSEGV),
        ("end", 64, 64, "write", -signal.SIGSEGV),
        ("end", 4096, 4096, "read", -signal.SIGSEGV),
        ("end", 40, 40, "write", -signal.SIGABRT),  # within the alignment: seen when given back
        ("end", 40, 48, "read", -signal.SIGSEGV),
        ("start", 40, 0, "write", 0),
        ("start", 40, -1, "read", -signal.SIGSEGV),
        ("start", 5000, -1, "write", -signal.SIGSEGV),
    ],
)
def test_the_guarded_new_stops_a_step_too_far(
    guard: Path, overrun: Path, side: str, size: int, at: int, how: str, ends: int
) -> None:
    command = [str(overrun), str(size), str(at), how]
    assert run(command, LD_PRELOAD=str(guard), ZKC_GUARD=side).returncode == ends


def test_the_kernel_allocates_by_the_guarded_new(guard: Path) -> None:
    code = """
from pathlib import Path
from support.kernel.kernel_cases import g1
from zkcredit import _kernel as k
def fences():
    return Path("/proc/self/maps").read_text().count("---p")
before = fences()
bases = k.G1Bases(g1(range(1, 100)), 10**6)
print(fences() - before)
"""
    assert int(run([sys.executable, "-c", code], LD_PRELOAD=str(guard)).stdout) >= 2
    assert int(run([sys.executable, "-c", code]).stdout) == 0


def test_arrays_of_no_bytes_have_a_place_too() -> None:
    for side in ("end", "start"):
        empty = guarded(np.zeros((0, 4), np.uint64), side)
        assert k.fr_neg(empty).shape == (0, 4)
        assert (guarded(to_limbs([1, 2]), side) == to_limbs([1, 2])).all()
