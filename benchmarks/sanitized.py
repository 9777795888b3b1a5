"""The tests of the kernel under AddressSanitizer and UndefinedBehaviorSanitizer, in every unit.

``cpp/check/sanitize.sh`` builds the whole kernel in this way and runs the tests; this script counts
them. It takes about twenty minutes; progress goes to standard error. The exit code is 1 if a test
fails or a unit is missing.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from measure import arguments, report
from tools import UNITS, compiler_of

ROOT: Final = Path(__file__).parent.parent
WORDS: Final = ("passed", "failed", "errors", "skipped")


def counted(line: str) -> dict[str, int]:
    """Return the number of tests with each outcome, from pytest's last line."""
    found = {word.removesuffix("s"): int(n) for n, word in re.findall(r"(\d+) ([a-z]+)", line)}
    return {word: found.get(word.removesuffix("s"), 0) for word in WORDS}


def under_sanitizers(unit: str) -> dict[str, Any]:
    """Return all tests in one unit."""
    environment = {**os.environ, "ZKCREDIT_KERNEL": unit}
    lines = [""]
    with subprocess.Popen(
        [ROOT / "cpp" / "check" / "sanitize.sh"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            sys.stderr.write(line)
            lines.append(line)
    row: dict[str, Any] = {"clean": process.returncode == 0, **counted(lines[-1])}
    return row | {"compiler": compiler_of(ROOT / "build" / "sanitize")}


def main() -> int:
    """Run and report."""
    options = arguments(__doc__)
    results = {unit: under_sanitizers(unit) for unit in UNITS}
    report("the kernel under sanitizers", results, options.json)
    return 0 if all(row["clean"] and row["passed"] for row in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
