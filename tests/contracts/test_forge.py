"""The Solidity tests pass, and none of them is left out."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def results(contracts: Path, foundry: dict[str, Path]) -> dict[str, Any]:
    run = subprocess.run(
        [foundry["forge"], "test", "--json"],
        cwd=contracts,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.stdout.startswith("{"), run.stdout[-2000:] + run.stderr[-2000:]
    suites: dict[str, Any] = json.loads(run.stdout)
    return {
        f"{suite}:{name}": outcome
        for suite, content in suites.items()
        for name, outcome in content["test_results"].items()
    }


def test_every_solidity_test_succeeds(results: dict[str, Any]) -> None:
    failed = {n: r["reason"] for n, r in results.items() if r["status"] != "Success"}
    assert failed == {}


def test_every_test_file_was_run(results: dict[str, Any], contracts: Path) -> None:
    files = {str(path.relative_to(contracts)) for path in contracts.glob("test/*.t.sol")}
    assert files == {name.split(":")[0] for name in results}
    assert len(results) >= 195
