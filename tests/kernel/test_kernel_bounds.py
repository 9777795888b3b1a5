"""A build without NDEBUG stops before a limb of more than 52 bits becomes a factor.

The products of both units with vectors are right only for limbs below 2^52: ``vpmadd52`` ignores
the bits above, and a double would round them away.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from support.kernel.kernel_cases import units_here

CPP = Path(__file__).parents[2] / "cpp"
CMAKE = (CPP.parent / "CMakeLists.txt").read_text()

PROGRAM = """
#include <xmmintrin.h>
#include "lanes/unit.hpp"
#include "@/vector.hpp"
#include "lanes/lanes.hpp"
#include <cstdio>
#include <cstdlib>
using namespace zkc;
using V = @::Vector;

// Arguments: lane, limb, value; the other limbs are the largest that are allowed.
int main(int, char** arguments) {
    _mm_setcsr(_mm_getcsr() | 3u << 13);
    const int lane = std::atoi(arguments[1]), limb = std::atoi(arguments[2]);
    alignas(64) std::uint64_t words[5][8];
    for (int i = 0; i < 5; ++i) {
        for (int k = 0; k < 8; ++k) {
            words[i][k] = i < 4 ? lanes::kMask : 16 * lanes::Card<lanes::QModulus>::p.limb[4];
        }
    }
    words[limb][lane] = std::strtoull(arguments[3], nullptr, 10);
    const lanes::Lanes<V> x{V::load(words[0]), V::load(words[1]), V::load(words[2]),
                            V::load(words[3]), V::load(words[4])};
    const auto y = lanes::factor<lanes::QModulus>(x);
    alignas(64) unsigned char out[64];
    V::store_factor(out, y.a);
    std::puts("passed");
}
"""


@pytest.mark.slow
def test_a_limb_that_is_too_large_stops_the_program(tmp_path: Path) -> None:
    compiler = shutil.which("c++")
    assert compiler is not None
    for unit in [unit for unit in ("ifma", "avx2") if unit in units_here()]:
        found = re.search(rf"set\(ZKC_{unit.upper()}_FLAGS ([^)]*)\)", CMAKE)
        assert found is not None
        source = tmp_path / f"{unit}.cpp"
        source.write_text(PROGRAM.replace("@", unit))
        checked, unchecked = tmp_path / f"{unit}-checked", tmp_path / f"{unit}-unchecked"
        flags = [compiler, "-std=c++20", "-O1", "-w", f"-I{CPP}", *found[1].split()]
        subprocess.run([*flags, source, "-o", checked], check=True)
        subprocess.run([*flags, "-DNDEBUG", source, "-o", unchecked], check=True)

        def ends(program: Path, lane: int, limb: int, value: int) -> int:
            arguments = [str(program), str(lane), str(limb), str(value)]
            return subprocess.run(arguments, capture_output=True, check=False).returncode

        for limb in range(4):
            for lane in range(8):
                for value in (1 << 52, (1 << 52) + 1, 1 << 63, (1 << 64) - 1):
                    assert ends(checked, lane, limb, value) == -signal.SIGABRT, (limb, lane, value)
                for value in (0, 1, (1 << 52) - 1):
                    assert ends(checked, lane, limb, value) == 0, (limb, lane, value)
        for lane in range(8):  # the highest limb is bounded by 16 moduli
            assert ends(checked, lane, 4, (1 << 52) - 1) == -signal.SIGABRT
        assert ends(unchecked, 0, 0, 1 << 52) == 0  # releases do not look
