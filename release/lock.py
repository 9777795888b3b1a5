"""Write the lists of exact versions and hashes in ``release/locks``, and the list of parts.

``make lock`` runs this after a change of dependencies in ``pyproject.toml``. A version that stands
in a list stays there if ``pyproject.toml`` still allows it; ``--upgrade`` takes the newest of all.
The lists hold for every Python and system that the project supports, and plain pip installs from
them.

- ``test.txt`` is for ``make test``; ``demo.txt``, a part of it, is for ``make demo``.
- ``docs.txt`` is for ``make docs`` and ``make page``.
- ``build.txt`` is what compiles the kernel.
- ``tools.txt`` is what writes these files; ``wheels.txt`` is what builds and audits wheels.

``sbom.cdx.json`` lists what a user gets: the packages that zkcredit needs, their
licences and what they need, and what is compiled into the kernel. ``cyclonedx-py`` makes it
(CycloneDX), and every installation has it (PEP 770).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LOCKS: Final = ROOT / "release" / "locks"
SBOM: Final = ROOT / "release" / "sbom.cdx.json"
OLDEST: Final = "3.11"
LISTS: Final = {
    "test": ("pyproject.toml", "--extra", "tester", "--group", "dev"),
    "demo": ("pyproject.toml", "--extra", "tester", "--constraints", "release/locks/test.txt"),
    "docs": ("--group", "docs", "--group", "charts", "--constraints", "release/locks/test.txt"),
    "build": ("--group", "build"),
    "tools": ("--group", "tools"),
    "wheels": ("--group", "wheels"),
}
"""What stands in each list, as options of ``uv pip compile``."""
USER: Final = ("pyproject.toml", "--constraints", "release/locks/test.txt")
COMPILED_IN: Final = ("nanobind",)
"""The packages whose code is in the kernel."""


def main() -> None:
    """Write all files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--upgrade", action="store_true", help="take the newest of all")
    upgrade = ["--upgrade"] if parser.parse_args().upgrade else []
    LOCKS.mkdir(exist_ok=True)
    for name, options in LISTS.items():
        compile_list(LOCKS / f"{name}.txt", *options, *upgrade)
    with TemporaryDirectory() as folder:
        SBOM.write_text(parts(Path(folder)))


def compile_list(into: Path, *options: str) -> None:
    """Write one list.

    Args:
        into: the file; its versions are kept if they may be.
        options: what is in it, as options of ``uv pip compile``.
    """
    command = [tool("uv"), "pip", "compile", "--universal", "--python-version", OLDEST]
    command += ["--generate-hashes", "--no-annotate", "--no-emit-index-url"]
    command += ["--no-emit-find-links", "--custom-compile-command", "make lock", "--quiet"]
    subprocess.run([*command, "--output-file", str(into), *options], cwd=ROOT, check=True)


def parts(folder: Path) -> str:
    """Return the list of parts of an environment that has what a user gets.

    Args:
        folder: an empty one, for that environment.
    """
    listed = folder / "user.txt"
    compile_list(listed, *USER)
    compiled = folder / "compiled.txt"
    entries = [entry for name in LISTS for entry in locked(LOCKS / f"{name}.txt")]
    found = {entry.partition("==")[0]: entry for entry in entries}
    compiled.write_text("".join(found[name] for name in COMPILED_IN))
    environment = folder / "environment"
    venv.create(environment)
    pip = [sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python")]
    for requirements in (listed, compiled):
        command = [*pip, "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
        subprocess.run([*command, "--require-hashes", "-r", str(requirements)], check=True)
    command = [tool("cyclonedx-py"), "environment", str(environment / "bin" / "python")]
    command += ["--pyproject", str(ROOT / "pyproject.toml"), "--mc-type", "library"]
    made = subprocess.run(
        [*command, "--output-reproducible"], check=True, stdout=subprocess.PIPE, text=True
    )
    return tidy(made.stdout)


def tidy(text: str) -> str:
    """Return the list of parts without addresses of registries, and with what is compiled in."""
    document = json.loads(text)
    for part in document["components"]:
        references = part.pop("externalReferences", [])
        kept = [entry for entry in references if entry["type"] in {"vcs", "website"}]
        if kept:
            part["externalReferences"] = kept
    for made_by in document["metadata"]["tools"]["components"]:
        made_by.pop("externalReferences", None)
    refs = {part["name"]: part["bom-ref"] for part in document["components"]}
    own = document["metadata"]["component"]["bom-ref"]
    (needs,) = (entry for entry in document["dependencies"] if entry["ref"] == own)
    needs["dependsOn"] = sorted([*needs["dependsOn"], *(refs[name] for name in COMPILED_IN)])
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def locked(path: Path) -> list[str]:
    """Return the entries of a list, each with its hashes."""
    entries: list[str] = []
    for line in path.read_text().splitlines(keepends=True):
        if line.startswith("#"):
            continue
        if line[0].isspace():
            entries[-1] += line
        else:
            entries.append(line)
    return entries


def tool(name: str) -> str:
    """Return a program that was installed beside this Python."""
    return str(Path(sys.executable).parent / name)


if __name__ == "__main__":
    main()
