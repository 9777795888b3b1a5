"""What the compiler makes of the ifma unit: nothing shared with other files, nothing without flags.

Wide registers outside that unit, or one of its functions merged with another file's by the linker,
would stop processors that lack them.
"""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

import pytest

CPP = Path(__file__).parents[2] / "cpp"
UNIT = sorted((CPP / "ifma").glob("*.cpp"))
COMMON = ["-std=c++20", "-O2", "-DNDEBUG", "-fPIC", "-fvisibility=hidden", "-w"]
FLAGS = re.search(r"set\(ZKC_IFMA_FLAGS ([^)]*)\)", (CPP.parent / "CMakeLists.txt").read_text())


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
@pytest.mark.parametrize("source", UNIT, ids=lambda s: s.stem)
def test_the_unit_shares_no_function(source: Path, tmp_path: Path) -> None:
    assert FLAGS is not None
    if not ON_X86:
        return
    code = built(source, tmp_path, *FLAGS[1].split())
    assert uses_wide_registers(code)
    header = (CPP / "ifma" / "unit.hpp").read_text()
    for line in listing("nm", "-C", str(code)).splitlines():
        kind, name = re.fullmatch(r"[0-9a-f ]{16} (\S) (.*)", line).groups()  # type: ignore[union-attr]  # nm's form
        # W, V and u are what the linker merges; T must be declared for all.
        assert kind in "tTrRdDbBU", line
        if kind == "T":
            function = re.match(r"zkc::ifma::(\w+)\(", name)
            assert function is not None, line
            assert f" {function[1]}(" in header, line
        if kind == "U":
            assert name in {
                "memcpy",
                "memset",
                "abort",
                "__stack_chk_fail",
                "_GLOBAL_OFFSET_TABLE_",
            }


def test_the_unit_includes_nothing_of_the_others() -> None:
    allowed = {'"lanes.hpp"', '"unit.hpp"', "<immintrin.h>", "<cstddef>", "<cstdint>", "<cstdlib>"}
    for source in (*UNIT, *(CPP / "ifma").glob("*.hpp")):
        included = set(re.findall(r"#include (\S+)", source.read_text()))
        assert included <= allowed, source


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
