"""halmos and slither over the contracts, each in a virtual environment of its own.

Neither belongs to the project's environments: the commands make theirs below ``.setup``, from the
package index. Both read a copy of the sources, so that what forge keeps stays as it is.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

from support.contracts.mutant_bench import copy_of, forge
from support.contracts.mutant_build import CACHE, CONTRACTS, ROOT, Sources

PROPERTIES: Final = CONTRACTS / "test" / "symbolic"
PACKAGES: Final = {"halmos": "halmos==0.3.3", "slither": "slither-analyzer==0.11.6"}
SECONDS: Final = 900

REVIEWED: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "arbitrary-send-erc20": (
        "every caller of the library passes msg.sender, who pays or lends its own tokens",
        ("pullExactly",),
    ),
    "calls-loop": (
        "at most sixteen people sign, and whoever asks for the restructuring names them",
        ("_takeConsents",),
    ),
    "divide-before-multiply": (
        "a share, a discount and a fee are whole numbers by their formulas, which the Python"
        " reference rounds in the same places; a token's unit divides what is asked of it",
        ("_level", "_pull", "_release"),
    ),
    "incorrect-equality": (
        "what is compared are states, counts and amounts of the contracts' own books, and no"
        " balance that a stranger can change",
        (),
    ),
    "reentrancy-benign": (
        "the gate is fixed, has no owner and calls others by STATICCALL alone; the market's guard"
        " is on besides",
        ("applyForLoan", "_apply"),
    ),
    "reentrancy-no-eth": (
        "gate, bureau and consents are fixed and call others by STATICCALL alone; the market's"
        " guard is on besides",
        ("applyForLoan", "markDefault", "restructure"),
    ),
    "shadowing-local": (
        "a parameter in an interface hides nothing, because a declaration has no body",
        ("root",),
    ),
    "timestamp": (
        "terms of loans, epochs and freshness are times; the seconds that a block's proposer may"
        " choose move them by no more than these seconds",
        (),
    ),
    "uninitialized-local": (
        "a chain of hashes, a sum, a count and a flag begin with zero, and so do the fields of an"
        " application or a loan that are not set",
        (
            "chain",
            "application",
            "none",
            "amount",
            "asked",
            "before",
            "kinds",
            "last",
            "levelled",
            "onTime",
            "shares",
            "weights",
        ),
    ),
    "unused-return": (
        "what is left out is said otherwise: a loan that was brought up to the time, a signer who"
        " is zero after a fault, a call that reverts when the answer would be no; or it is asked"
        " elsewhere: what the loan would cost, and who opened it; or it says nothing of the price:"
        " the numbers of a feed's round",
        (
            "quote",
            "_isSigned",
            "accuse",
            "publish",
            "constructor",
            "lag",
            "renew",
            "statementOf",
            "_rate",
            "_requireFeed",
            "_requireSequencer",
        ),
    ),
}
"""Kinds of slither's findings → why they are not faults, and where; everywhere if not named."""

_CHECK = re.compile(r"^    function (check_\w+)\(", re.MULTILINE)


def properties() -> list[tuple[str, str]]:
    """Contract and function of each symbolic property, sorted."""
    found = []
    for path in sorted(PROPERTIES.glob("*Properties.sol")):
        found += [(path.stem, name) for name in _CHECK.findall(path.read_text())]
    return sorted(found)


@cache
def _tool(name: str) -> Path:
    """The program, installed into an environment of its own when it is first asked for."""
    place = ROOT / ".setup" / name
    program = place / "bin" / name
    if not program.exists():
        _run(sys.executable, "-m", "venv", str(place))
        _run(str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", PACKAGES[name])
    return program


@cache
def _copy(name: str, *folders: str) -> Path:
    """A project with the sources of some folders and what they import."""
    sources = Sources()
    roots = [unit for unit in sources.text if unit.startswith(folders)]
    units = (unit for unit in sources.reached(roots) if not unit.startswith("@"))
    directory = CACHE / name
    copy_of({unit: sources.text[unit] for unit in units}, directory)
    return directory


def _run(*command: str, cwd: Path = ROOT, fails: bool = False) -> str:
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
    directory = _copy("halmos", "test/symbolic/")
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    _run(
        str(_tool("halmos")), "--contract", contract, "--match-test", f"^{function}\\(",
        "--loop", "4", "--solver-timeout-assertion", "0", "--json-output", str(report),
        cwd=directory,
    )  # fmt: skip
    found = json.loads(report.read_text())["test_results"].values()
    (test,) = [test for tests in found for test in tests]
    assert test["exitcode"] == 0, test
    assert test["num_bounded_loops"] == 0, f"{function}: loops were cut"
    return {"properties": 1, "paths": test["num_paths"][0]}


def slither(number: int) -> dict[str, int]:
    """Find nothing in the contracts but what was reviewed."""
    assert number == 0
    directory = _copy("slither", "src/")
    report = directory / "report.json"
    report.unlink(missing_ok=True)
    _run(
        str(_tool("slither")), ".", "--filter-paths", "node_modules|src/mocks",
        "--exclude-informational", "--exclude-optimization", "--json", str(report),
        cwd=directory, fails=True,
    )  # fmt: skip
    found = json.loads(report.read_text())
    assert found["success"], found["error"]
    findings = found["results"].get("detectors", [])
    wrong = [finding["description"] for finding in findings if not is_reviewed(finding)]
    assert not wrong, "".join(wrong)
    return dict(Counter(finding["check"] for finding in findings))


def is_reviewed(finding: dict[str, Any]) -> bool:
    """Whether a finding of slither is of a kind that was reviewed, at its place."""
    if finding["check"] not in REVIEWED:
        return False
    _, places = REVIEWED[finding["check"]]
    return not places or finding["elements"][0]["name"] in places
