"""What the compiler makes of units with vectors: nothing shared, nothing without its flags or mode.

Wide registers outside a unit, or one of its functions merged with another file's by the linker,
would stop processors that lack them. A floating-point operation before the AVX2 unit has set its
mode would round in the caller's.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CPP = Path(__file__).parents[2] / "cpp"
CMAKE = (CPP.parent / "CMakeLists.txt").read_text()
UNITS = {"ifma": "ifma/unit.cpp", "avx2": "avx2/workers.cpp"}
TABLES = {"ifma": {"zkc::ifma::kUnit"}, "avx2": {"zkc::avx2::kWorkers"}}
FLOATS = r"\bv?(add|sub|mul|div|sqrt|min|max|round|fn?m(add|sub)\d*|u?comi|cmp\w*|cvt\w+)[ps][sd]\b"
COMMON = ["-std=c++20", "-O2", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-w"]


def flags(unit: str) -> list[str]:
    """How CMake compiles the unit's functions."""
    found = re.search(rf"set\(ZKC_{unit.upper()}_FLAGS ([^)]*)\)", CMAKE)
    assert found is not None
    return found[1].split()


def built(source: Path, target: Path, *flags: str) -> Path:
    compiler = shutil.which("c++")
    assert compiler is not None
    out = target / f"{source.stem}.o"
    subprocess.run(
        [compiler, *COMMON, *flags, f"-I{CPP}", "-c", str(source), "-o", str(out)],
        check=True,
    )
    return out


def listing(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def uses_wide_registers(code: Path) -> bool:
    wide = r"%[xyz]mm(1[6-9]|2\d|3[01])|%zmm|%k[1-7]"
    return re.search(wide, listing("objdump", "-d", str(code))) is not None


ON_X86 = platform.machine() in {"x86_64", "AMD64"}


@pytest.mark.slow
@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_shares_no_function(unit: str, tmp_path: Path) -> None:
    if not ON_X86:
        return
    code = built(CPP / UNITS[unit], tmp_path, *flags(unit))
    assert uses_wide_registers(code) == (unit == "ifma")
    assert re.search(r"%ymm", listing("objdump", "-d", str(code)))
    shown = set()
    for line in listing("nm", "-C", str(code)).splitlines():
        kind, name = re.fullmatch(r"[0-9a-f ]{16} (\S) (.*)", line).groups()  # type: ignore[union-attr]  # nm's form
        # W, V and u are what the linker merges; everything but the table is the file's own.
        assert kind in "trRdDbBU", line
        if kind in "RDB":
            shown.add(name)
        if kind == "U":
            assert name in {
                "memcpy",
                "memset",
                "abort",
                "__stack_chk_fail",
                "_GLOBAL_OFFSET_TABLE_",
            }
    assert shown == TABLES[unit]


def test_the_units_include_nothing_of_the_others() -> None:
    system = {"<immintrin.h>", "<xmmintrin.h>", "<cstddef>", "<cstdint>", "<cstdlib>"}
    for unit in ("lanes", *UNITS):
        for source in (CPP / unit).glob("*.?pp"):
            for included in set(re.findall(r"#include (\S+)", source.read_text())) - system:
                assert included.startswith(('"lanes/', f'"{unit}/')), source


@pytest.mark.slow
def test_the_mode_is_set_before_the_first_floating_point_instruction(tmp_path: Path) -> None:
    if not ON_X86:
        return
    code = listing(
        "objdump", "-d", "--no-show-raw-insn", str(built(CPP / "avx2/unit.cpp", tmp_path))
    )
    assert re.search(FLOATS, code) is None
    functions = code.split("\n\n")[1:]
    assert (
        len(functions) >= 11
    )  # what the unit offers, and perhaps paths that the compiler split off
    calls = 0
    for function in functions:
        modes = [m.start() for m in re.finditer(r"\bv?ldmxcsr\b", function)]
        for call in re.finditer(r"\b(call|jmp) +\*", function):
            calls += 1
            assert re.search(r"\bv?stmxcsr\b", function[: modes[0]]), function
            assert modes[0] < call.start() < modes[-1], function
    assert calls == 11


@pytest.mark.slow
def test_the_instructions_that_the_mode_is_for_are_known(tmp_path: Path) -> None:
    """The pattern of the test above finds those of the workers."""
    if not ON_X86:
        return
    code = listing("objdump", "-d", str(built(CPP / UNITS["avx2"], tmp_path, *flags("avx2"))))
    found = {match[0] for match in re.finditer(FLOATS, code)}
    assert {"vfmadd231pd", "vsubpd"} <= found
    assert {"-frounding-math", "-ffp-contract=off", "-fno-lto"} <= set(flags("avx2"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    ["dispatch/dispatch", "dispatch/processor", "field/field", "msm/buckets", "witness/tape"],
)
def test_other_files_use_no_wide_registers(name: str, tmp_path: Path) -> None:
    assert not uses_wide_registers(built(CPP / f"{name}.cpp", tmp_path))


def test_no_file_is_compiled_for_the_build_machine() -> None:
    for text in (CPP.parent / "CMakeLists.txt", *CPP.rglob("*.?pp")):
        code = re.sub(r"(#|//).*", "", text.read_text())
        assert "-march=" not in code, text
        assert "target_clones" not in code, text
        assert "ifunc" not in code, text
