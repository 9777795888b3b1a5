"""A machine that lacks something is told in one sentence what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = 'case "$2" in *{missing}*) exit 1;; esac\nexec {python} "$@"\n'


def made(folder: Path, *, lacks: str = "", programs: tuple[str, ...] = ()) -> list[str]:
    """What ``make`` says on standard error where only these programs are on PATH.

    Args:
        folder: an empty one, the PATH.
        lacks: a word of the question to Python that it answers with no.
        programs: names of compilers that exist.
    """
    make = shutil.which("make")
    assert make is not None
    python = folder / "python3"
    script = PYTHON.format(missing=lacks or "nothing", python=sys.executable)
    python.write_text(f"#!/bin/sh\n{script}")
    for name in programs:
        (folder / name).write_text("#!/bin/sh\n")
    for file in folder.iterdir():
        file.chmod(0o755)
    (folder / "sh").symlink_to("/bin/sh")
    venv = folder / "venv"
    told = subprocess.run(
        [make, "--silent", f"VENV={venv}", f"{venv}/bin/python"],
        cwd=ROOT,
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    assert not venv.exists()
    return [line for line in told.stderr.splitlines() if not line.startswith("make")]


@pytest.mark.parametrize(
    ("lacks", "says"),
    [
        ("version_info", "must be Python 3.11 or later"),
        ("ensurepip", "lacks venv (Debian and Ubuntu: apt-get install python3-venv)"),
    ],
)
def test_an_unfit_python_is_told(tmp_path: Path, lacks: str, says: str) -> None:
    (line,) = made(tmp_path, lacks=lacks, programs=("g++",))
    assert says in line


def test_a_missing_compiler_is_told_before_anything_is_installed(tmp_path: Path) -> None:
    (line,) = made(tmp_path)
    assert "no C++ compiler was found (Debian and Ubuntu: apt-get install g++)" in line


@pytest.mark.parametrize("allowed", [False, True])
def test_a_missing_browser_is_asked_for(tmp_path: Path, allowed: bool) -> None:
    make = shutil.which("make")
    assert make is not None
    (tmp_path / "sh").symlink_to("/bin/sh")
    if allowed:  # and then apt-get fails
        (tmp_path / "id").write_text("#!/bin/sh\necho 0\n")
        (tmp_path / "apt-get").write_text("#!/bin/sh\necho no network >&2\nexit 100\n")
        (tmp_path / "id").chmod(0o755)
        (tmp_path / "apt-get").chmod(0o755)
    told = subprocess.run(
        [make, "--silent", "--always-make", ".setup/browser"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 2
    (line,) = [line for line in told.stderr.splitlines() if not line.startswith("make")]
    assert "chromium was not found (Debian and Ubuntu: apt-get install chromium)" in line


def configured(build: Path, compiler: str) -> subprocess.CompletedProcess[str]:
    """What cmake says when it looks for this compiler, for the programs that need no Python."""
    where = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    cmake = shutil.which("cmake", path=where)
    assert cmake is not None
    return subprocess.run(
        [cmake, "-S", str(ROOT), "-B", str(build), "-DZKCREDIT_CHECKS_ONLY=ON"],
        env={"PATH": where, "CXX": compiler},
        capture_output=True,
        text=True,
        check=False,
    )


def test_cmake_says_the_same_in_a_few_words(tmp_path: Path) -> None:
    told = configured(tmp_path, "/nowhere/c++")
    assert told.returncode == 1
    assert "zkcredit: no C++ compiler was found" in told.stderr
    assert "CMAKE_CXX_COMPILER" not in told.stderr
    assert len(told.stderr.split()) < 50


def test_a_compiler_may_be_a_program_with_arguments(tmp_path: Path) -> None:
    told = configured(tmp_path, "env WORD=1 c++")  # as "ccache g++" is
    assert told.returncode == 0, told.stderr
    (found,) = tmp_path.glob("CMakeFiles/*/CMakeCXXCompiler.cmake")
    assert 'set(CMAKE_CXX_COMPILER_ARG1 " WORD=1 c++")' in found.read_text()
