"""Tools that the project does not depend on, the units of this machine, the compiler's name."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from typing import Final

import platformdirs

OUT: Final = Path(__file__).parent / "out"
UNITS: Final = ("ifma", "avx2", "adx", "portable")
"""The kernel's instruction-set units, the fastest first."""


@cache
def units_here() -> tuple[str, ...]:
    """Return the units that this machine runs, the fastest first."""
    return tuple(unit for unit in UNITS if _runs(unit))


def _runs(unit: str) -> bool:
    done = subprocess.run(
        [sys.executable, "-c", "from zkcredit import _kernel; print(_kernel.kernel_name())"],
        env={**os.environ, "ZKCREDIT_KERNEL": unit},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 and f"ZKCREDIT_KERNEL={unit} does not run" not in done.stderr:
        raise SystemExit(done.stderr)
    return done.returncode == 0


def interpreter(name: str, *requirements: str) -> Path:
    """Return the Python of the environment ``name``, made again if its packages differ."""
    folder = OUT / f"{name}-venv"
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    wanted = "\n".join(requirements)
    if not stamp.exists() or stamp.read_text() != wanted:
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *requirements], check=True)
        stamp.write_text(wanted)
    return python


def compiler_of(build: Path) -> str:
    """Return name and version of the C++ compiler of a folder that cmake made."""
    told = next(build.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")).read_text()
    found = dict(re.findall(r'set\(CMAKE_CXX_COMPILER_(ID|VERSION) "(.*)"\)', told))
    return f"{found['ID']} {found['VERSION']}"


def built(source: Path, toolchain: str, command: list[str], **environment: str) -> Path | None:
    """Return the folder where a foreign driver was built, or None if the toolchain is missing.

    The folder is in the user's cache. Sources and command decide whether to build again.

    Args:
        source: the folder with the driver's sources, which are copied first.
        toolchain: the program that builds, in PATH.
        command: its arguments; it runs in the copied folder.
        environment: variables beside those of this process.
    """
    if shutil.which(toolchain) is None:
        return None
    caches = Path(os.environ.get("ZKCREDIT_CACHE") or platformdirs.user_cache_dir("zkcredit"))
    folder = caches / "benchmarks" / source.name
    files = sorted(path for path in source.rglob("*") if path.is_file())
    wanted = "\n".join([*command, *map(str, environment.items()), *map(Path.read_text, files)])
    stamp = folder / "built"
    if not stamp.exists() or stamp.read_text() != wanted:
        stamp.unlink(missing_ok=True)
        shutil.copytree(source, folder, dirs_exist_ok=True)
        variables = {**os.environ, **environment}
        subprocess.run(
            [toolchain, *command], cwd=folder, env=variables, check=True, stdout=sys.stderr
        )
        stamp.write_text(wanted)
    return folder
