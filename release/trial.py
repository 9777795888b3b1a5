"""Try a wheel as far as this machine can run it.

- A wheel for this processor and glibc is installed in a new environment, with nothing else on PATH,
  so without a compiler. Then the README's first proof runs, in each unit that the machine has.
- A wheel for 64-bit ARM is put into a small Debian, with ``mmdebstrap``, and the proof runs there
  under ``qemu-aarch64-static``.
- No package has a Python for musl. So the loader of Debian's package ``musl`` loads the module into
  a program that has Python's names and nothing behind them: all that the module needs from the C
  library is found, and its start runs up to Python's part. No proof runs there. On 64-bit ARM the
  loader is emulated.

What cannot be tried says why. ``python release/trial.py`` runs the first proof with the zkcredit
that this Python has; cibuildwheel tries each of its wheels so.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parent.parent
EMULATOR: Final = "/usr/bin/qemu-aarch64-static"
DEBIAN: Final = {"cp311-cp311": ("bookworm", "3.11"), "cp312-abi3": ("trixie", "3.13")}
"""The release of Debian with a Python that takes a wheel, and the version of that."""
UNITS: Final = "from zkcredit import _kernel; print(*_kernel.kernel_units())"


def first_proof() -> str:
    """Return the first Python of README: a request, a proof, its verification."""
    found = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.M | re.S)
    assert found is not None, "README shows a proof"
    return found[1]


def tried(wheel: Path, pythons: list[str]) -> dict[str, Any]:
    """Try a wheel and return what was seen.

    Args:
        wheel: the wheel.
        pythons: the Pythons of this machine that take it.

    Raises:
        CalledProcessError: if what can be run fails.
    """
    here = platform.machine()
    if "-manylinux" in wheel.name and wheel.name.endswith(f"_{here}.whl"):
        return {"tried": [installed(wheel, python) for python in pythons]}
    if wheel.name.endswith("_aarch64.whl") and "-manylinux" in wheel.name:
        return {"tried": [emulated(wheel)]}
    if wheel.name.endswith(f"_{here}.whl"):
        return {"tried": [loaded(wheel, here)]}
    if wheel.name.endswith("_aarch64.whl"):
        return {"tried": [lacking() or loaded(wheel, "aarch64", debian("bookworm"))]}
    return {"tried": ["not tried: this machine has no such system"]}


def installed(wheel: Path, python: str) -> dict[str, Any]:
    """Install a wheel in a new environment without a compiler, and prove in each unit."""
    with TemporaryDirectory() as folder:
        subprocess.run([python, "-m", "venv", folder], check=True)
        start = time.monotonic()
        programs = Path(folder) / "bin"
        variables = {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
        variables |= {"PATH": str(programs), "HOME": folder}
        own = str(programs / "python")
        command = [own, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", str(wheel)]
        subprocess.run(command, env=variables, check=True)
        installing = time.monotonic() - start
        run([own, "-"], variables, folder)
        whole = time.monotonic() - start
        units = subprocess.check_output([own, "-c", UNITS], env=variables, cwd=folder, text=True)
        for unit in units.split():
            run([own, "-"], variables | {"ZKCREDIT_KERNEL": unit}, Path(folder) / unit)
        version = subprocess.check_output([own, "-V"], text=True).split()[1]
        return {
            "where": f"a new environment of Python {version}, without a compiler",
            "install_s": round(installing, 1),
            "install_and_proof_s": round(whole, 1),
            "units": units.strip(),
        }


def run(command: list[str], variables: dict[str, str], folder: str | Path) -> None:
    """Run the first proof in a folder of its own."""
    place = Path(folder) / "proof"
    place.mkdir(parents=True)
    proof = first_proof()
    subprocess.run(
        command, input=proof, env=variables, cwd=place, check=True, text=True, stdout=sys.stderr
    )


def emulated(wheel: Path) -> dict[str, Any] | str:
    """Run the first proof on an emulated 64-bit ARM, in a small Debian."""
    if why := lacking():
        return why
    abi = "-".join(wheel.name.split("-")[2:4])
    suite, version = DEBIAN[abi]
    root = debian(suite)
    site = root / "site"
    shutil.rmtree(site, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(site)]
    command += ["--python-version", version, "--implementation", "cp", "--only-binary", ":all:"]
    for oldest in ("2_17", "2_27", "2_28", "2_34"):
        command += ["--platform", f"manylinux_{oldest}_aarch64"]
    for tag in (f"cp{version.replace('.', '')}", "abi3", "none"):
        command += ["--abi", tag]
    subprocess.run([*command, str(wheel)], check=True)
    shutil.copy(EMULATOR, root / "emulator")
    (root / "tmp").mkdir(exist_ok=True)
    place = root / "proof"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    start = time.monotonic()
    inside = [str(shutil.which("chroot")), str(root), "/emulator", "/usr/bin/python3"]
    variables = {"PATH": "/usr/bin", "PYTHONPATH": "/site", "HOME": "/proof"}
    proof = f"import os; os.chdir('/proof')\n{first_proof()}"
    subprocess.run(
        [*inside, "-"], input=proof, env=variables, check=True, text=True, stdout=sys.stderr
    )
    return {
        "where": f"Python {version} of Debian {suite} for arm64, emulated",
        "proof_s": round(time.monotonic() - start, 1),
        "units": subprocess.check_output([*inside, "-c", UNITS], env=variables, text=True).strip(),
    }


def lacking() -> str:
    """Return why no other processor can be emulated here, or nothing."""
    for program in ("mmdebstrap", "chroot", EMULATOR):
        if shutil.which(program) is None:
            return f"not tried: {program} is not installed (Debian: mmdebstrap, qemu-user-static)"
    return ""


def debian(suite: str) -> Path:
    """Return the folder of a small Debian for 64-bit ARM, with Python and with musl's loader."""
    root = ROOT / "build" / "wheels" / f"debian-{suite}"
    needed = "usr/bin/python3", "lib/ld-musl-aarch64.so.1"
    if not all((root / name).exists() for name in needed):
        shutil.rmtree(root, ignore_errors=True)
        command = ["mmdebstrap", "--quiet", "--arch=arm64", "--variant=extract"]
        command += ["--mode=root", "--include=base-files,python3,libstdc++6,musl", suite, str(root)]
        subprocess.run(command, check=True)
    return root


PROGRAM: Final = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {{
    void* module = argc == 2 ? dlopen(argv[1], RTLD_NOW) : 0;
    void* start = module ? dlsym(module, "PyInit__kernel") : 0;
    puts(start ? "loaded" : dlerror());
    return start == 0;
}}
{names}
"""


def loaded(wheel: Path, processor: str, root: Path | None = None) -> str:
    """Load the module of a wheel for musl, with every name of the C library resolved.

    Args:
        wheel: the wheel.
        processor: its processor.
        root: folder of an emulated system; None for this one.
    """
    loader = (root or Path("/")) / "lib" / f"ld-musl-{processor}.so.1"
    if not loader.exists():
        return "not tried: musl's loader is not installed (Debian: musl)"
    from elftools.elf.elffile import ELFFile  # comes with auditwheel

    with TemporaryDirectory() as folder:
        with zipfile.ZipFile(wheel) as opened:
            (name,) = (name for name in opened.namelist() if name.endswith(".so"))
            module = Path(opened.extract(name, folder))
        with module.open("rb") as content:
            table = ELFFile(content).get_section_by_name(".dynsym")
            missing = [
                symbol.name
                for symbol in table.iter_symbols()
                if symbol["st_shndx"] == "SHN_UNDEF" and re.match(r"_?Py", symbol.name)
            ]
        source = Path(folder) / "load.c"
        names = "\n".join(f"char {name}[512];" for name in missing)
        source.write_text(PROGRAM.format(names=names))
        program = Path(folder) / "load"
        target = f"{processor}-linux-musl"
        command = [
            sys.executable,
            "-m",
            "ziglang",
            "cc",
            "-target",
            target,
            "-O2",  # without it, zig adds a checker that needs more of the C library
            "-dynamic",
            "-rdynamic",
        ]
        subprocess.run([*command, "-o", str(program), str(source)], check=True)
        started = [EMULATOR, "-L", str(root)] if root else []
        started += [str(loader), str(program), str(module)]
        subprocess.run(started, check=True, stdout=sys.stderr)
    how = "emulated, " if root else ""
    return f"loaded by musl's own loader, {how}beside stand-ins for {len(missing)} names of Python"


if __name__ == "__main__":
    with TemporaryDirectory() as place:
        run([sys.executable, "-"], dict(os.environ), place)
