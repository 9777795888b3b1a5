"""Build the source archive and the wheels of a release, audit them, and try them.

``make wheels`` runs this. It takes what it needs from the package index: zig's clang compiles for
every system of the table here, on any Linux machine. There is one wheel for Python 3.11, and one of
the stable ABI for all later versions; so the command needs a Python of each kind, with its headers.

All wheels are built from the unpacked source archive, as whoever installs that archive would. They
are in ``dist/``, with ``SHA256SUMS``. Nothing of the machine is in them: a second build, in another
folder, gives the same bytes (``--twice`` does it, and compares). The time in the archives is that
of the last commit, or SOURCE_DATE_EPOCH.

Each wheel is audited: ``auditwheel`` must find the system that the name claims, ``abi3audit`` must
find nothing outside the stable ABI, and no path of this machine may stand in a file. Then the
wheels are tried, as far as the machine can run them (``release/trial.py``). The exit code is 1 if
something is not as it must be.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import trial

ROOT: Final = Path(__file__).resolve().parent.parent
BUILD: Final = ROOT / "build" / "wheels"
DIST: Final = ROOT / "dist"
TOOLS: Final = Path(sys.executable).parent


KEPT: Final = (
    *("PATH", "HOME", "LANG"),
    *("CMAKE_BUILD_PARALLEL_LEVEL", "CMAKE_CXX_COMPILER_LAUNCHER"),
)
"""The variables that a build may see."""


@dataclass(frozen=True)
class System:
    """A kind of machine that wheels are for."""

    processor: str
    platform: str  # in the wheel's name, without the processor
    libc: str  # in the module's name
    target: str  # zig's name, with the oldest C library

    @property
    def name(self) -> str:
        """The last part of the wheel's name."""
        return f"{self.platform}_{self.processor}"

    @property
    def musl(self) -> str:
        """How the system calls its C library, if that is musl."""
        return f"libc.musl-{self.processor}.so.1" if self.libc == "musl" else ""


SYSTEMS: Final = (
    System("x86_64", "manylinux_2_27", "gnu", "x86_64-linux-gnu.2.27"),
    System("aarch64", "manylinux_2_27", "gnu", "aarch64-linux-gnu.2.27"),
    System("x86_64", "musllinux_1_2", "musl", "x86_64-linux-musl"),
    System("aarch64", "musllinux_1_2", "musl", "aarch64-linux-musl"),
)


class Fault(Exception):
    """What is wrong with the machine or with a wheel, in one sentence."""


@dataclass(frozen=True)
class Interpreter:
    """A Python with headers, in an environment that has the build tools."""

    python: str
    version: tuple[int, int]

    @classmethod
    def of(cls, python: str) -> Interpreter:
        """Ask a Python for its version.

        Raises:
            Fault: if it does not run, or has no headers.
        """
        asked = (
            "import sys, sysconfig, pathlib;"
            "print(*sys.version_info[:2], sys.implementation.name,"
            "sysconfig.get_config_var('Py_GIL_DISABLED') or 0,"
            "(pathlib.Path(sysconfig.get_path('include')) / 'Python.h').exists())"
        )
        try:
            ran = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
        except (OSError, subprocess.CalledProcessError):
            raise Fault(f"{python} does not run; name others: make wheels PYTHONS=...") from None
        major, minor, kind, free_threaded, headers = ran.stdout.split()
        if (kind, free_threaded) != ("cpython", "0"):
            raise Fault(f"{python} is not CPython with the usual ABI")
        if headers != "True":
            raise Fault(f"{python} lacks its headers (Debian: apt-get install python3-dev)")
        return cls(python, (int(major), int(minor)))

    @property
    def abi(self) -> str:
        """The first two parts of the names of the wheels that it builds."""
        return "cp311-cp311" if self.version == (3, 11) else "cp312-abi3"

    @cached_property
    def tools(self) -> Path:
        """Programs of an environment of this Python with the locked build tools."""
        folder = BUILD / "python" / ".".join(map(str, self.version))
        wanted = ROOT / "release" / "locks" / "build.txt"
        stamp = folder / "installed"
        if not stamp.exists() or stamp.read_text() != wanted.read_text():
            subprocess.run([self.python, "-m", "venv", "--clear", str(folder)], check=True)
            command = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            subprocess.run([*command, "--require-hashes", "-r", str(wanted)], check=True)
            stamp.write_text(wanted.read_text())
        return folder / "bin"


def interpreters(pythons: list[str]) -> dict[str, list[Interpreter]]:
    """Return the Pythons of each kind of wheel; the first of a kind builds it, all try it.

    Raises:
        Fault: if a kind has none.
    """
    found: dict[str, list[Interpreter]] = {"cp311-cp311": [], "cp312-abi3": []}
    for python in map(Interpreter.of, pythons):
        if python.version >= (3, 11):
            found[python.abi].append(python)
    for abi, needed in (("cp311-cp311", "3.11"), ("cp312-abi3", "3.12 or later")):
        if not found[abi]:
            raise Fault(f"no Python {needed} was named: make wheels PYTHONS='python3.11 ...'")
    return found


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a build: nothing of the user's may decide what is built.

    Args:
        folder: where zig keeps what it has compiled.
    """
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return kept | {
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH") or last_commit(),
        "ZIG_GLOBAL_CACHE_DIR": str(folder),
        "ZIG_LOCAL_CACHE_DIR": str(folder),
    }


def last_commit() -> str:
    """Return the time of the last commit, in seconds since 1970."""
    command = ["git", "log", "-1", "--format=%ct"]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


def archive(python: Interpreter, into: Path) -> Path:
    """Write the source archive.

    Args:
        python: the Python that runs the build tools.
        into: the folder for it.
    """
    into.mkdir(parents=True, exist_ok=True)
    asked = "import sys; from scikit_build_core.build import build_sdist; build_sdist(sys.argv[1])"
    before = set(into.iterdir())
    subprocess.run(
        [str(python.tools / "python"), "-c", asked, str(into)],
        cwd=ROOT,
        env=environment(BUILD),
        check=True,
        stdout=subprocess.DEVNULL,
    )
    (made,) = set(into.iterdir()) - before or {next(into.glob("*.tar.gz"))}
    return made


def build(source: Path, folder: Path, python: Interpreter, system: System, into: Path) -> Path:
    """Build one wheel.

    Args:
        source: the unpacked source archive.
        folder: for what is compiled.
        python: the Python that it is for.
        system: the machines that it is for.
        into: the folder for the wheel.
    """
    zig = next((TOOLS.parent / "lib").glob("python*/site-packages/ziglang/zig"))
    variables = environment(folder / "zig") | {
        "PATH": f"{python.tools}:{os.environ['PATH']}",
        "ZKCREDIT_ZIG": str(zig),
        "ZKCREDIT_TARGET": system.target,
        "ZKCREDIT_PROCESSOR": system.processor,
        "ZKCREDIT_MUSL": system.musl,
        "ZKCREDIT_PATCHELF": str(TOOLS / "patchelf"),
        # the same for every Python, so that zig compiles the kernel once for each system
        "ZKCREDIT_PREFIXES": f"{source}:{zig.parent}:{folder}:{BUILD}",
    }
    if python.abi == "cp311-cp311":
        variables["SETUPTOOLS_EXT_SUFFIX"] = (
            f".cpython-311-{system.processor}-linux-{system.libc}.so"
        )
    tag = f"{python.abi}-{system.name}"
    settings = {
        "cmake.toolchain-file": str(ROOT / "release" / "zig.cmake"),
        "build-dir": str(folder / tag),
        "wheel.tags": tag,
        "install.strip": "false",
    }
    command = [str(python.tools / "python"), "-m", "pip", "wheel", "--verbose", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", str(into), str(source)]
    command += [f"--config-settings={name}={value}" for name, value in settings.items()]
    log = folder / f"{tag}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    told = [sys.executable, str(ROOT / "release" / "told.py"), str(log), r"\[\d+/\d+\] .*"]
    print(f"building {tag}", flush=True)
    subprocess.run([*told, *command], env=variables, check=True)
    (wheel,) = into.glob(f"*-{tag}.whl")
    return wheel


def audit(wheel: Path, system: System) -> dict[str, Any]:
    """Return what the auditors say of a wheel.

    Raises:
        Fault: if it is not what its name says.
    """
    shown = subprocess.run(
        [str(TOOLS / "auditwheel"), "show", "--json", str(wheel)],
        capture_output=True,
        text=True,
        check=False,
    )
    if shown.returncode:
        raise Fault(f"{wheel.name}: auditwheel: {shown.stderr.strip()}")
    found = json.loads(shown.stdout)
    if not older(found["overall_tag"], system.name) or found["unsupported_isa"]:
        raise Fault(f"{wheel.name}: auditwheel finds {found['overall_tag']}")
    if "-abi3-" in wheel.name:
        command = [str(TOOLS / "abi3audit"), "--strict", "--report", str(wheel)]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)
        if checked.returncode:
            raise Fault(f"{wheel.name}: abi3audit: {checked.stdout}{checked.stderr}")
    for path in (ROOT, BUILD, TOOLS.parent, Path.home()):
        if traces := mentions(wheel, f"{path}/".encode()):
            raise Fault(f"{wheel.name}: {', '.join(traces)} has the path {path}")
    return {"system": found["overall_tag"], "needs": symbols(found["versioned_symbols"])}


def older(found: str, claimed: str) -> bool:
    """Return whether a system that auditwheel found is the claimed one, or one before it."""
    form = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)")
    one, other = form.fullmatch(found), form.fullmatch(claimed)
    if one is None or other is None or one[1] != other[1] or one[4] != other[4]:
        return False
    return (int(one[2]), int(one[3])) <= (int(other[2]), int(other[3]))


def symbols(versions: dict[str, list[str]]) -> str:
    """Return the newest version of each library's symbols that a module needs."""
    newest = {
        name: max(entries, key=lambda text: [int(part) for part in re.findall(r"\d+", text)])
        for name, entries in sorted(versions.items())
        if entries
    }
    return ", ".join(f"{name} {version}" for name, version in newest.items())


def mentions(wheel: Path, text: bytes) -> list[str]:
    """Return the files of a wheel that contain a text."""
    with zipfile.ZipFile(wheel) as opened:
        return [name for name in opened.namelist() if text in opened.read(name)]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def unpacked(source: Path, into: Path) -> Path:
    """Unpack a source archive and return its folder."""
    shutil.rmtree(into, ignore_errors=True)
    with tarfile.open(source) as opened:
        opened.extractall(into, filter="data")
    (folder,) = into.iterdir()
    listed = folder / "release" / "sbom.cdx.json"
    listed.write_text(with_zig(listed.read_text()))
    return folder


def with_zig(parts: str) -> str:
    """Return a list of parts with zig's C++ library, which is compiled into these wheels only."""
    document = json.loads(parts)
    version = importlib.metadata.version("ziglang")
    part = {
        "type": "library",
        "bom-ref": f"ziglang=={version}",
        "name": "ziglang",
        "version": version,
        "description": "LLVM's C++ library, as zig has it, is compiled into the kernel",
        "purl": f"pkg:pypi/ziglang@{version}",
        "licenses": [{"expression": "MIT AND Apache-2.0 WITH LLVM-exception"}],
    }
    document["components"].append(part)
    own = document["metadata"]["component"]["bom-ref"]
    (needs,) = (entry for entry in document["dependencies"] if entry["ref"] == own)
    needs["dependsOn"].append(part["bom-ref"])
    document["dependencies"].append({"ref": part["bom-ref"]})
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def again(source: Path, folder: Path, wheel: Path, python: Interpreter, system: System) -> bool:
    """Build a wheel a second time and return whether it is the same.

    Args:
        source: the source archive, unpacked in another folder than before.
        folder: another folder for what is compiled. Nothing was in it before the second builds.
        wheel: the first one.
        python: the Python that it is for.
        system: the machines that it is for.
    """
    return digest(build(source, folder, python, system, folder / "dist")) == digest(wheel)


def main() -> None:
    """Build, audit, try, and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pythons", nargs="+", metavar="PYTHON", help="3.11, and later ones")
    parser.add_argument("--only", default="", metavar="TEXT", help="wheels with TEXT in the name")
    parser.add_argument("--twice", action="store_true", help="build each again, and compare")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the table there too")
    options = parser.parse_args()
    try:
        rows = release(options.pythons, options.only, twice=options.twice)
    except Fault as fault:
        sys.exit(f"make wheels: {fault}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


def release(pythons: list[str], only: str, *, twice: bool) -> dict[str, dict[str, Any]]:
    """Make everything in ``dist/``, and return a row for each file.

    Args:
        pythons: the Pythons that may be used.
        only: a text that stands in the names of the wanted wheels.
        twice: whether each wheel is built a second time.

    Raises:
        Fault: if something is not as it must be.
    """
    usable = interpreters(pythons)
    source = archive(usable["cp311-cp311"][0], DIST)
    folder = unpacked(source, BUILD / "source")
    rows: dict[str, dict[str, Any]] = {source.name: {"bytes": source.stat().st_size}}
    with TemporaryDirectory() as temporary:
        second = Path(temporary)
        other = unpacked(source, second / "source") if twice else folder
        for system, (abi, takers) in itertools.product(SYSTEMS, usable.items()):
            if only not in f"{abi}-{system.name}":
                continue
            wheel = build(folder, BUILD, takers[0], system, DIST)
            row = {"bytes": wheel.stat().st_size, "sha256": digest(wheel)} | audit(wheel, system)
            if twice:
                if not again(other, second, wheel, takers[0], system):
                    raise Fault(f"{wheel.name}: a second build gave other bytes")
                row["twice"] = "one hash"
            rows[wheel.name] = row | trial.tried(wheel, [taker.python for taker in takers])
            print(json.dumps({wheel.name: rows[wheel.name]}, indent=2), flush=True)
    files = sorted(DIST.glob("zkcredit-*"))
    (DIST / "SHA256SUMS").write_text("".join(f"{digest(path)}  {path.name}\n" for path in files))
    return rows


if __name__ == "__main__":
    main()
