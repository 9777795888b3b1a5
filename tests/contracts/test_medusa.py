"""What medusa is given: each file of invariants as a campaign.

`make long PART=medusa` runs the campaigns, where there is a Go toolchain.
"""

from __future__ import annotations

import json
import re

import pytest
from support.contracts.forge_rounds import INVARIANTS
from support.contracts.medusa_rounds import CAMPAIGNS, FAULT, counted, settings, written
from support.contracts.mutant_build import Sources

pytestmark = pytest.mark.node

TOLD = """
fuzz: elapsed: 3s, calls: 537 (178/sec), seq/s: 1, branches hit: 823, corpus: 18, failures: 0/5
fuzz: elapsed: 6s, calls: 20101 (253/sec), seq/s: 2, branches hit: 823, corpus: 18, failures: 0/9
Test summary: 6 test(s) passed, 1 test(s) failed
"""


@pytest.fixture(scope="module")
def sources() -> Sources:
    return Sources()


@pytest.mark.parametrize("about", ["FxQuotes", "Treasury"])
def test_a_campaign_offers_each_step_and_each_invariant(about: str, sources: Sources) -> None:
    text, signatures = written(sources, about)
    unit = "test/Campaign.t.sol"
    names = sources.reached([f"test/{about}Invariant.t.sol"])
    units = {name: {"content": sources.text[name]} for name in names} | {unit: {"content": text}}
    request = {
        "language": "Solidity",
        "sources": units,
        "settings": {"evmVersion": "cancun", "outputSelection": {unit: {"Campaign": ["abi"]}}},
    }
    answer = json.loads(sources._build._compiler("--standard-json", json.dumps(request)))
    errors = [e["formattedMessage"] for e in answer.get("errors", []) if e["severity"] == "error"]
    assert errors == []
    offered = {
        f"Campaign.{entry['name']}({','.join(p['type'] for p in entry['inputs'])})"
        for entry in answer["contracts"][unit]["Campaign"]["abi"]
        if entry["type"] == "function"
    }
    invariants = re.findall(
        r"function (invariant\w+)", sources.text[f"test/{about}Invariant.t.sol"]
    )
    assert len(signatures) >= 5
    assert invariants
    assert offered >= {*signatures, *(f"Campaign.property_{name}()" for name in invariants)}
    assert settings(signatures)["fuzzing"]["testing"]["targetFunctionSignatures"] == signatures


def test_what_is_damaged_on_purpose_is_there(sources: Sources) -> None:
    about, file, before, after = FAULT
    assert about in CAMPAIGNS
    assert set(CAMPAIGNS) <= set(INVARIANTS)
    assert file in sources.reached([f"test/{about}Invariant.t.sol"])
    assert sources.text[file].count(before) == 1
    assert after not in before


def test_an_answer_is_counted() -> None:
    assert counted(TOLD) == {"calls": 20_101, "passed": 6, "failed": 1}


def test_an_answer_without_a_summary_is_a_fault() -> None:
    with pytest.raises(AssertionError, match="Failed to initialize"):
        counted("error Failed to initialize the test chain")
