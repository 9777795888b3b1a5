"""Build the wheels of a release twice, audit and try them, and report what was seen of each.

``make .setup/wheels`` makes the environment that this needs. The Pythons are ``python3.11`` and
``python3.12``, or those that PYTHONS names, as for ``make wheels``. It takes an hour and more, so
parts of it can be made one after another: ``release/wheels.py … --twice --only TEXT --json FILE``
writes the rows of some wheels, and ``python benchmarks/built_wheels.py --rows FILE FILE …`` reports
all of them. Bytes and hashes belong to one commit, which the result names.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from measure import report

ROOT: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = ROOT / "build" / "release" / "bin" / "python"
NAMED: Final = ("python3.11", "python3.12")


def main() -> None:
    """Build, or read what was built, and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rows", type=Path, nargs="+", metavar="FILE", help="what was built")
    parser.add_argument("--commit", default="", help="the commit that it was built from")
    args = parser.parse_args()
    rows = joined(args.rows) if args.rows else built()
    report("built_wheels", {"commit": args.commit or commit(), **rows}, args.json)


def built() -> dict[str, Any]:
    """Build every wheel twice, and return a row for each file.

    Raises:
        SystemExit: if something is not as it must be.
    """
    if not PYTHON.exists():
        sys.exit("wheels: run make .setup/wheels first")
    pythons = os.environ.get("PYTHONS", "").split() or NAMED
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.json"
        command = [str(PYTHON), str(ROOT / "release" / "wheels.py"), *pythons]
        ran = subprocess.run(
            [*command, "--twice", "--json", str(rows)], stdout=sys.stderr, check=False
        )
        if ran.returncode:
            sys.exit(ran.returncode)
        return joined([rows])


def joined(files: list[Path]) -> dict[str, Any]:
    """Return the rows of several runs.

    Raises:
        SystemExit: if a file is not one of rows, or two have other bytes under one name.
    """
    rows: dict[str, Any] = {}
    for file in files:
        try:
            found = json.loads(file.read_text())
        except (OSError, ValueError) as error:
            sys.exit(f"wheels: {file}: {error}")
        for name, row in found.items():
            if name.endswith(".whl") and rows.get(name, row)["sha256"] != row["sha256"]:
                sys.exit(f"wheels: {name} has other bytes in {file}")
            rows[name] = row
    return dict(sorted(rows.items()))


def commit() -> str:
    """Return the commit of this checkout."""
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    return subprocess.check_output(command, cwd=ROOT, text=True).strip()


if __name__ == "__main__":
    main()
