"""halmos over the contracts, and what it shares with slither: an environment of its own.

Neither belongs to the project's environments: the commands make theirs below ``.setup``, from the
package index. Both read a copy of the sources, so that what forge keeps stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

from support.contracts.mutant_bench import copy_of, forge
from support.contracts.mutant_build import CACHE, CONTRACTS, ROOT, Sources

PROPERTIES: Final = CONTRACTS / "test" / "symbolic"
PACKAGES: Final = {"halmos": "halmos==0.3.3", "slither": "slither-analyzer==0.11.6"}
SECONDS: Final = 900

_CHECK = re.compile(r"^    function (check_\w+)\(", re.MULTILINE)


def properties() -> list[tuple[str, str]]:
    """Contract and function of each symbolic property, sorted."""
    found = []
    for path in sorted(PROPERTIES.glob("*Properties.sol")):
        found += [(path.stem, name) for name in _CHECK.findall(path.read_text())]
    return sorted(found)


@cache
def tool(name: str) -> Path:
    """The program, installed into an environment of its own when it is first asked for."""
    place = ROOT / ".setup" / name
    program = place / "bin" / name
    if not program.exists():
        run(sys.executable, "-m", "venv", str(place))
        run(str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", PACKAGES[name])
    return program


@cache
def copied(name: str, *folders: str) -> Path:
    """A project with the sources of some folders and what they import."""
    sources = Sources()
    roots = [unit for unit in sources.text if unit.startswith(folders)]
    units = (unit for unit in sources.reached(roots) if not unit.startswith("@"))
    directory = CACHE / name
    copy_of({unit: sources.text[unit] for unit in units}, directory)
    return directory


def run(*command: str, cwd: Path = ROOT, fails: bool = False) -> str:
    """What a command prints; it must succeed unless it ``fails`` when it finds something."""
    # halmos's solvers are beside it
    folders = (str(Path(command[0]).parent), str(forge().parent), os.environ.get("PATH", ""))
    path = os.pathsep.join(folders)
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | {"PATH": path}, timeout=SECONDS,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode and not fails:
        raise AssertionError(f"{command[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
    return done.stdout


def halmos(about: str, number: int) -> dict[str, int]:
    """Show one property of a file for all values of its parameters."""
    contract = f"{about}Properties"
    function = [function for name, function in properties() if name == contract][number]
    directory = copied("halmos", "test/symbolic/")
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    run(
        str(tool("halmos")), "--contract", contract, "--match-test", f"^{function}\\(",
        "--loop", "4", "--solver-timeout-assertion", "0", "--json-output", str(report),
        cwd=directory,
    )  # fmt: skip
    found = json.loads(report.read_text())["test_results"].values()
    (test,) = [test for tests in found for test in tests]
    assert test["exitcode"] == 0, test
    assert test["num_bounded_loops"] == 0, f"{function}: loops were cut"
    return {"properties": 1, "paths": test["num_paths"][0]}
