"""The Solidity tests with other seeds and more runs, in rounds: the long form of ``test_forge``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any, Final

from support.contracts.forge_output import suites

ROOT = Path(__file__).parents[3]
INVARIANT_RUNS, INVARIANT_CALLS = 200, 20_000
"""Sequences of calls of each invariant, and calls in all of them, a round."""
DICTIONARY: Final = 1_000
"""Values that forge remembers of what it saw, to call with them. Handlers bound their arguments, so
that more would only be dearer: without a limit, most calls would add to the list."""

INVARIANTS: Final = {
    "Admin": 16,
    "Consents": 16,
    "CreditBureau": 225,
    "CreditLedger": 16,
    "FloorTimelock": 16,
    "FxQuotes": 16,
    "HistoryTree": 16,
    "IssuerRegistry": 16,
    "LoanMarket": 16,
    "Opening": 16,
    "ProductBook": 225,
    "RecordGates": 16,
    "Relay": 16,
    "Town": 16,
    "Treasury": 16,
}
"""What a file of invariants is about → its rounds. Sixteen are 320,000 calls of each invariant, and
all of them together are 25 million calls: the quickest make up the number."""

GROUPS: Final = {
    "proofs": ("Groth16", "Bn254", "BabyJubJub", "DataContract", "EligibilityProofs"),
    "openings": ("Opening",),
    "ledger": ("CreditLedger", "LedgerGate"),
    "registry": ("IssuerRegistry",),
    "gates": (
        "EligibilityGate",
        "Escrow",
        "Foreign",
        "Record",
        "Constructors",
        "ContractKinds",
        "Casts",
        "Admins",
    ),
    "market": ("LoanMarket", "LoanMath", "LoanLens", "Relay", "Application"),
    "edges": ("MarketEdges",),
    "tables": ("LoanEngine", "Product", "CreditBureau", "Bureau", "Consents"),
    "history": ("History",),
    "custody": ("Treasury", "FloorTimelock", "Governed", "FxQuotes", "ChainlinkFx"),
}
"""Group of files of tests → how their names begin."""

_INVARIANT: Final = "invariant.*"


def files_of(group: str) -> list[str]:
    """Names of a group's files of tests, without those of invariants, sorted."""
    names = (path.name.removesuffix(".t.sol") for path in (ROOT / "contracts/test").glob("*.t.sol"))
    return sorted(n for n in names if n.startswith(GROUPS[group]) and not n.endswith("Invariant"))


def forge_test(
    forge: Path, *options: str, profile: str = "default", seed: int = 0, **settings: str | int
) -> dict[str, Any]:
    """What each Solidity test did, by ``file:contract:test``.

    Args:
        forge: the program.
        options: further options of ``forge test``.
        profile: section of ``foundry.toml``.
        seed: of all of them; 0 is the one of ``foundry.toml``.
        settings: settings of forge instead of the profile's, such as ``fuzz_runs``.
    """
    chosen = {f"FOUNDRY_{name.upper()}": str(value) for name, value in settings.items()}
    if seed:
        chosen["FOUNDRY_FUZZ_SEED"] = hex(seed)
    done = subprocess.run(
        [forge, "test", "--json", *options],
        cwd=ROOT / "contracts", env=os.environ | {"FOUNDRY_PROFILE": profile} | chosen,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return {
        f"{suite}:{name}": outcome
        for suite, content in suites(done).items()
        for name, outcome in content["test_results"].items()
    }


def failures(results: dict[str, Any]) -> dict[str, str]:
    """The tests that did not succeed, with the reasons."""
    return {n: r["reason"] for n, r in results.items() if r["status"] != "Success"}


def _forge() -> Path:
    packages = ROOT / "node_modules" / "@foundry-rs"
    (forge,) = packages.glob("forge-*/bin/forge")
    return forge


def fuzzed(group: str, number: int) -> dict[str, int]:
    """A group's tests but its invariants, with the round's seed, 2,000 cases a fuzzed test."""
    only = ("--match-path", f"test/{{{','.join(files_of(group))}}}.t.sol")
    results = forge_test(_forge(), *only, profile="pr", seed=number + 1)
    assert failures(results) == {}, failures(results)
    return {"tests": len(results), "cases": sum(_runs(result) for result in results.values())}


def _runs(result: dict[str, Any]) -> int:
    return int(result["kind"].get("Fuzz", {}).get("runs", 0))


def invariants(about: str, number: int) -> dict[str, int]:
    """Every invariant of a file after each of 20,000 calls, with the seed of this round.

    In every second round forge keeps the calls that reached new code, and goes on from these.
    """
    guided = {"invariant_corpus_dir": "cache/corpus"} if number % 2 else {}
    results = forge_test(
        _forge(), "--match-path", f"test/{about}Invariant.t.sol", "--match-test", _INVARIANT,
        seed=number + 1, invariant_runs=INVARIANT_RUNS,
        invariant_max_fuzz_dictionary_values=DICTIONARY, **guided,
    )  # fmt: skip
    assert failures(results) == {}, failures(results)
    calls = {name: calls_of(result) for name, result in results.items()}
    assert calls
    assert min(calls.values()) >= INVARIANT_CALLS, calls
    counts = {"calls": sum(calls.values()), "calls of each": min(calls.values())}
    return counts | {"guided by coverage": counts["calls"] * (number % 2)}


def calls_of(result: dict[str, Any]) -> int:
    """Number of calls of an invariant's campaign."""
    return int(result["kind"]["Invariant"]["calls"])
