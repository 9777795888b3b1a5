"""The units' vectors under AddressSanitizer and UndefinedBehaviorSanitizer, in their own program.

`cpp/check/sanitize.sh` runs all of these tests on a whole kernel built that way, which takes
minutes. Here the stack's variables are not watched, which would take most of the compiler's time.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support.kernel.kernel_cases import units_here

ROOT = Path(__file__).parents[2]
CPP = ROOT / "cpp"
RECORD = ROOT / "benchmarks" / "results" / "other_systems.json"
CMAKE = (ROOT / "CMakeLists.txt").read_text()
FLAGS = {
    unit: re.search(rf"set\(ZKC_{unit.upper()}_FLAGS ([^)]*)\)", CMAKE) for unit in ("ifma", "avx2")
}
SANITIZED = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
QUICKLY = ["--param", "asan-stack=0", "--param", "asan-instrumentation-with-call-threshold=0"]
COMMON = ["-std=c++20", "-O1", "-g1", "-pthread", "-w", f"-I{CPP}"]
HERE = [unit for unit in FLAGS if unit in units_here()]
"""Of the others, sources would be compiled for long and never run."""

FAULTS = {
    "heap-buffer-overflow": "int* volatile p = new int[8]; return p[argc + 7];",
    "heap-use-after-free": "int* p = new int[8]; delete[] p; return p[argc];",
    "shift exponent": "return argc << (argc + 31);",
    "misaligned address": "alignas(8) char b[16]; return *(int*)(b + argc);",
}


def compiler() -> str:
    found = shutil.which("g++") or shutil.which("c++")
    assert found is not None
    return found


def is_gcc() -> bool:
    said = subprocess.run([compiler(), "-v"], capture_output=True, text=True, check=True)
    return "gcc version" in said.stderr


def build(sources: list[tuple[Path, list[str]]], target: Path) -> Path:
    def compiled(source: Path, flags: list[str]) -> str:
        out = str(target / f"{source.parent.name}-{source.stem}.o")
        quickly = QUICKLY if is_gcc() else []
        command = [compiler(), *COMMON, *SANITIZED, *quickly, *flags, "-c", str(source), "-o", out]
        subprocess.run(command, check=True)
        return out

    with ThreadPoolExecutor(2) as pool:
        objects = list(pool.map(lambda item: compiled(*item), sources))
    program = target / "check"
    command = [compiler(), *SANITIZED, *objects, "-pthread", "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def run(program: Path, unit: str = "") -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ZKCREDIT_KERNEL": unit, "ASAN_OPTIONS": "detect_leaks=1"}
    return subprocess.run([program], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_every_unit_is_clean(tmp_path: Path) -> None:
    define = [f"-DZKC_BUILD_{unit.upper()}" for unit in HERE]
    sources = []
    for unit in HERE:
        flags = FLAGS[unit]
        assert flags is not None
        sources += [(source, flags[1].split()) for source in (CPP / unit).glob("*.cpp")]
    folders = ("system", "field", "curve", "msm", "transform", "witness", "dispatch")
    units = [unit for folder in folders for unit in sorted((CPP / folder).glob("*.cpp"))]
    sources += [(unit, define) for unit in (CPP / "check" / "kernel_check.cpp", *units)]
    program = build(sources, tmp_path)
    recorded = json.loads(RECORD.read_text())["results"]["x86-64, glibc"]["kernel_check"]
    for unit in units_here():
        done = run(program, unit)
        said = f"{unit} {recorded}\n"  # other systems computed the same
        assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
    for unit in ("fastest", "IFMA"):
        done = run(program, unit)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"ZKCREDIT_KERNEL={unit} is not a unit of the kernel: ")


@pytest.mark.slow
def test_the_check_of_proofs_compiles() -> None:
    source = CPP / "check" / "proof_check.cpp"  # its runs are recorded: benchmarks/other_systems.py
    subprocess.run([compiler(), *COMMON, "-fsyntax-only", source], check=True)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
def test_such_a_build_stops_at_a_fault(fault: str, tmp_path: Path) -> None:
    source = tmp_path / "fault.cpp"
    source.write_text(f"int main(int argc, char**) {{ {FAULTS[fault]} }}")
    done = run(build([(source, [])], tmp_path))
    assert done.returncode != 0
    assert fault in done.stderr
