"""The kernel on 64-bit ARM, under musl and with another compiler gives the same bits as here.

CMakeLists.txt makes each build, without Python. Its programs are ``cpp/check/kernel_check.cpp``
(sums, transforms, rows) and ``cpp/check/proof_check.cpp`` (witness program, setup, proofs,
verification), run in every instruction-set unit that the processor has. They stop at a wrong
result and print a digest of all, which must be the same everywhere; a missing unit must be refused.
The compiler for musl is zig's clang, in a separate environment under ``benchmarks/out/``. ARM is
emulated. Needs cmake, ninja, clang and ``qemu-aarch64`` (in Debian's package qemu-user). The exit
code is 1 if something differs.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from measure import arguments, report
from tools import OUT, UNITS, compiler_of, interpreter, units_here

ROOT: Final = Path(__file__).parent.parent
ZIG: Final = "ziglang==0.17.1"
EMULATOR: Final = "qemu-aarch64"
NEEDED: Final = {
    "cmake": "cmake",
    "ninja": "ninja-build",
    "clang++": "clang",
    EMULATOR: "qemu-user",
}
CHECKS: Final = ("kernel_check", "proof_check")


@dataclass(frozen=True)
class System:
    """A build of the kernel, and how it is run."""

    units: tuple[str, ...]  # that must run
    compiler: str = ""  # instead of the usual one
    target: str = ""  # zig's name for another system
    emulator: tuple[str, ...] = ()

    def build(self) -> tuple[Path, str]:
        """Return the folder with the programs, and the compiler's name."""
        folder = OUT / "systems" / (self.target or self.compiler or "usual")
        command = ["cmake", "-S", str(ROOT), "-B", str(folder), "-G", "Ninja"]
        command += ["-DZKCREDIT_CHECKS_ONLY=ON"]
        environment = dict(os.environ)
        if self.compiler:
            environment["CXX"] = self.compiler
        if self.target:
            # zig builds the C library for each level, and cmake's own tests do not name a level
            environment["CXX"] += f" -target {self.target} -O2"
            processor = self.target.partition("-")[0]
            command += ["-DCMAKE_SYSTEM_NAME=Linux", f"-DCMAKE_SYSTEM_PROCESSOR={processor}"]
            command += ["-DCMAKE_EXE_LINKER_FLAGS=-static"]
        for step in (command, ["cmake", "--build", str(folder), "-j", "2"]):
            subprocess.run(step, env=environment, check=True, stdout=sys.stderr)
        return folder, compiler_of(folder)

    def run(self, folder: Path, check: str, unit: str) -> subprocess.CompletedProcess[str]:
        """Return one program in one unit."""
        return subprocess.run(
            [*self.emulator, folder / check],
            env={**os.environ, "ZKCREDIT_KERNEL": unit},
            capture_output=True,
            text=True,
            check=False,
        )

    def examine(self) -> dict[str, Any]:
        """Return the units with right results, and the digest of these."""
        folder, compiler = self.build()
        row: dict[str, Any] = {"compiler": compiler, "emulated": bool(self.emulator)}
        digests: dict[str, set[str]] = {check: set() for check in CHECKS}
        right, refused = list(UNITS), True
        for unit in UNITS:
            for check in CHECKS:
                done = self.run(folder, check, unit)
                said, _, digest = done.stdout.strip().partition(" ")
                if unit not in self.units:
                    refused &= done.returncode == 2
                    refused &= f"ZKCREDIT_KERNEL={unit} does not run" in done.stderr
                elif done.returncode == 0 and said == unit:
                    digests[check].add(digest)
                    continue
                if unit in right:
                    right.remove(unit)
        row |= {"units": ", ".join(right), "as_expected": tuple(right) == self.units}
        row["lacking_units_refused"] = refused
        return row | {check: " ".join(sorted(found)) for check, found in digests.items()}


def compared(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the rows, each with whether its digests are those of the first."""
    first = next(iter(rows.values()))
    wanted = [first[check] for check in CHECKS]
    one_each = all(digest and " " not in digest for digest in wanted)
    return {
        name: row | {"same_results": one_each and [row[check] for check in CHECKS] == wanted}
        for name, row in rows.items()
    }


def passed(row: dict[str, Any]) -> bool:
    """Return whether a row does not show a fault."""
    return all(row[name] for name in ("as_expected", "lacking_units_refused", "same_results"))


def main() -> int:
    """Build, run, compare and report."""
    options = arguments(__doc__)
    if platform.machine() != "x86_64":
        raise SystemExit("the builds for x86-64 run on such a machine only")
    for tool, package in NEEDED.items():
        if shutil.which(tool) is None:
            raise SystemExit(f"{tool} is not installed (Debian: apt-get install {package})")
    python = interpreter("zig", ZIG)
    (zig,) = python.parent.parent.glob("lib/python*/site-packages/ziglang/zig")
    here = units_here()
    cross = f"{zig} c++"
    systems = {
        "x86-64, glibc": System(here),
        "x86-64, glibc, clang": System(here, "clang++"),
        "x86-64, musl": System(here, cross, "x86_64-linux-musl"),
        "aarch64, musl": System(("portable",), cross, "aarch64-linux-musl", (EMULATOR,)),
    }
    rows = compared({name: system.examine() for name, system in systems.items()})
    report("the kernel on other systems", rows, options.json)
    return 0 if all(passed(row) for row in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
