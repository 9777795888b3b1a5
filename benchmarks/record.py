"""Run benchmarks, and keep what each prints: ``python benchmarks/record.py prove prove:portable``.

A name is that of a script beside this one; after a colon comes the instruction-set unit to force,
whose record has the unit in its name (``prove-portable.json``). A unit that the machine lacks, and
the one that it takes by itself, are left out, and the command says so.

A script's record is replaced only by a whole one: a script that fails leaves the old record. Times
depend on the machine, so they are kept by its class: those of a machine with AVX-512 IFMA stand in
``benchmarks/results``, those of any other machine in a folder there that has the name of the best
unit of the machine. What does not depend on the machine always stands in ``benchmarks/results``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tools import UNITS, units_here

ROOT: Final = Path(__file__).parent.parent
SCRIPTS: Final = ROOT / "benchmarks"
RESULTS: Final = SCRIPTS / "results"
SAME_EVERYWHERE: Final = ("gas", "scorecard")
"""The scripts whose results do not depend on the machine."""


def main() -> None:
    """Run each named script and write its record; exit with 1 if one failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="+", metavar="NAME[:UNIT]")
    failed = [name for name in parser.parse_args().names if not record(name)]
    if failed:
        sys.exit(f"failed, and the old records stand: {', '.join(failed)}")


def record(name: str) -> bool:
    """Run one script and replace its record; return whether it ended well.

    Raises:
        SystemExit: if the script or the unit does not exist.
    """
    claim, _, unit = name.partition(":")
    script = SCRIPTS / f"{claim}.py"
    if not script.exists() or (unit and unit not in UNITS):
        sys.exit(f"{name}: the script or the unit does not exist; units are {', '.join(UNITS)}")
    best = units_here()[0]
    if unit and (unit == best or unit not in units_here()):
        why = "is what the machine takes by itself" if unit == best else "is not of this machine"
        print(f"{name}: left out, the unit {why}", flush=True)
        return True
    path = place(claim, unit, best)
    print(f"{name}: measuring for {path.relative_to(ROOT)}", flush=True)
    ran = subprocess.run(
        [sys.executable, str(script), "--json"],
        env={**os.environ, **({"ZKCREDIT_KERNEL": unit} if unit else {})},
        stdout=subprocess.PIPE,
        check=False,
    )
    return ran.returncode == 0 and written(path, ran.stdout)


def place(claim: str, unit: str, best: str) -> Path:
    """Return where a record belongs.

    Args:
        claim: the script's name.
        unit: the unit that was forced, or "".
        best: the unit that the machine takes by itself.
    """
    folder = RESULTS if best == UNITS[0] or claim in SAME_EVERYWHERE else RESULTS / best
    return folder / (f"{claim}-{unit}.json" if unit else f"{claim}.json")


def written(path: Path, content: bytes) -> bool:
    """Replace a record if the new one is whole; return whether it is."""
    try:
        document = json.loads(content)
    except ValueError:
        return False
    if not isinstance(document, dict) or document.keys() != {"claim", "machine", "results"}:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_bytes(content)
    beside.replace(path)
    return True


if __name__ == "__main__":
    main()
