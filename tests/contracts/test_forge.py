"""The Solidity tests pass, and none of them is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.contracts.forge_rounds import failures, forge_test

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def results(foundry: dict[str, Path]) -> dict[str, Any]:
    """`make long PART=forge` runs them with thousands of cases, and other seeds."""
    return forge_test(foundry["forge"], runs=64, invariant_runs=6)


def test_every_solidity_test_succeeds(results: dict[str, Any]) -> None:
    assert failures(results) == {}


def test_every_test_file_was_run(results: dict[str, Any], contracts: Path) -> None:
    files = {str(path.relative_to(contracts)) for path in contracts.glob("test/*.t.sol")}
    assert files == {name.split(":")[0] for name in results}
    assert len(results) >= 195
