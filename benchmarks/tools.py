"""Environments of tools that the project does not depend on, and the compiler's name."""

from __future__ import annotations

import re
import subprocess
import venv
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).parent / "out"


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
