"""The Solidity tests with other seeds and more runs, in rounds: the long form of ``test_forge``."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
RUNS, INVARIANT_RUNS = 2_000, 100
"""Cases of a fuzzed test and sequences of an invariant, a round."""


def forge_test(forge: Path, *, runs: int, invariant_runs: int, seed: int = 0) -> dict[str, Any]:
    """What each Solidity test did, by ``file:contract:test``.

    Args:
        forge: the program.
        runs: cases of each fuzzed test.
        invariant_runs: sequences of calls of each invariant.
        seed: of all of them; 0 is the one of ``foundry.toml``.
    """
    settings = {"FOUNDRY_FUZZ_RUNS": str(runs), "FOUNDRY_INVARIANT_RUNS": str(invariant_runs)}
    if seed:
        settings["FOUNDRY_FUZZ_SEED"] = hex(seed)
    done = subprocess.run(
        [forge, "test", "--json"],
        cwd=ROOT / "contracts", env=os.environ | settings,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.startswith("{"), done.stdout[-2000:] + done.stderr[-2000:]
    suites: dict[str, Any] = json.loads(done.stdout)
    return {
        f"{suite}:{name}": outcome
        for suite, content in suites.items()
        for name, outcome in content["test_results"].items()
    }


def failures(results: dict[str, Any]) -> dict[str, str]:
    """The tests that did not succeed, with the reasons."""
    return {n: r["reason"] for n, r in results.items() if r["status"] != "Success"}


def round_of(number: int) -> dict[str, int]:
    """All tests with the seed of this round."""
    packages = ROOT / "node_modules" / "@foundry-rs"
    (forge,) = packages.glob("forge-*/bin/forge")
    results = forge_test(forge, runs=RUNS, invariant_runs=INVARIANT_RUNS, seed=number + 1)
    assert failures(results) == {}
    return {"tests": len(results)}
