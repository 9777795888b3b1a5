"""medusa, a second fuzzer that coverage guides, with the handlers and invariants of forge's tests.

For a file of invariants a contract is written that offers each step of its handler, and each
invariant as medusa's property. A step that reverts is a failed assertion: handlers expect what they
call to be refused, and revert themselves only if something is wrong.

medusa is built from the module proxy if there is a Go toolchain. It compiles through
crytic-compile, which comes with slither. It has no seed, so no campaign is like another.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from support.chain.go_ethereum import find_go
from support.contracts.mutant_bench import copy_of, forge
from support.contracts.mutant_build import CACHE, ROOT, Sources
from support.contracts.tool_rounds import tool

CALLS: Final = 20_000
VERSION: Final = "v1.2.0"
BINARY: Final = ROOT / "build" / "medusa" / VERSION / "medusa"
"""Where the program is kept."""

NOT_MEASURED: Final = (
    "medusa: not measured here, because there is no Go toolchain to build it with."
)

CAMPAIGNS: Final = ("Consents", "FloorTimelock", "FxQuotes", "Treasury")
"""What the rounds are about; in the one after the last, medusa must find a fault. Other files of
invariants need more of forge than medusa has, or were not tried."""

FAULT: Final = ("FxQuotes", "src/treasury/SignerGroup.sol", "newThreshold < LEAST", "false")
"""File of invariants, source, and what is replaced in it by what."""

_MODULE: Final = "github.com/crytic/medusa"
_SUMS: Final = {
    f"{_MODULE}@{VERSION}": "h1:vPO3TBB64bQK6qo3XJfDRbBtDeKvJD4pXBjd/gm5LQw=",
    f"{_MODULE}-geth@v0.0.0-20250220164529-4bb0d2a5508f": (
        "h1:+VI70t4BxXylajCuLidRiLxDYOMD7C/pntIZNbdTqgU="
    ),
}
"""Modules that the public list of hashes does not have here → their files, as go.sum has them."""

_STEP: Final = """    function {name}({parameters}) external {{
        try subject.{name}({arguments}) {{}} catch (bytes memory why) {{ failed(why); }}
    }}
"""
_PROPERTY: Final = """    function property_{name}() external returns (bool) {{
        {name}();
        return true;
    }}
"""
_CAMPAIGN: Final = """// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {{{about}InvariantTest}} from "./{about}Invariant.t.sol";
import {{{handler}}} from "./support/{handler}.sol";

contract Campaign is {about}InvariantTest {{
    {handler} private immutable subject;

    event Failed(bytes why);

    constructor() {{
        setUp();
        subject = {handler}(targetContracts()[0]);
    }}

    function failed(bytes memory why) private {{
        emit Failed(why);
        assert(false);
    }}

{body}}}
"""


def built_medusa(go: Path) -> Path:
    """Build the program, unless it is there; some minutes the first time.

    Raises:
        AssertionError: if the module proxy has other files than when this was written.
    """
    if not BINARY.exists():
        BINARY.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory() as folder:
            Path(folder, "go.mod").write_text(
                f"module campaign\n\ngo 1.23.0\n\nrequire {_MODULE} {VERSION}\n"
            )
            own = {"GOFLAGS": "-mod=mod", "GONOSUMDB": ",".join(_modules())}
            for module, wanted in _SUMS.items():
                told = _go(go, folder, own, "mod", "download", "-json", module)
                found = json.loads(told)["Sum"]
                assert found == wanted, f"{module} has other files: {found}"
            _go(go, folder, own, "build", "-o", str(BINARY), _MODULE)
    return BINARY


def _modules() -> list[str]:
    return [module.partition("@")[0] for module in _SUMS]


def _go(go: Path, folder: str, own: dict[str, str], *arguments: str) -> str:
    return subprocess.run(
        [go, *arguments], cwd=folder, check=True, env=os.environ | own, text=True,
        stdout=subprocess.PIPE,
    ).stdout  # fmt: skip


def steps(sources: Sources, about: str) -> tuple[str, list[dict[str, Any]]]:
    """The handler of a file of invariants, and the entries of its ABI that change something."""
    test = f"test/{about}Invariant.t.sol"
    (handler,) = set(re.findall(r"new (\w+Handler)\(", sources.text[test]))
    unit = f"test/support/{handler}.sol"
    request = {
        "language": "Solidity",
        "sources": {name: {"content": sources.text[name]} for name in sources.reached([unit])},
        "settings": {"evmVersion": "cancun", "outputSelection": {unit: {handler: ["abi"]}}},
    }
    answer = json.loads(sources._build._compiler("--standard-json", json.dumps(request)))
    entries = answer["contracts"][unit][handler]["abi"]
    found = [entry for entry in entries if entry.get("stateMutability") == "nonpayable"]
    return handler, [entry for entry in found if entry["type"] == "function"]


def written(sources: Sources, about: str) -> tuple[str, list[str]]:
    """The contract of a campaign, and the signatures of its steps."""
    handler, entries = steps(sources, about)
    body, signatures = "", []
    for entry in entries:
        types = [parameter["type"] for parameter in entry["inputs"]]
        body += _STEP.format(
            name=entry["name"],
            parameters=", ".join(f"{kind} a{i}" for i, kind in enumerate(types)),
            arguments=", ".join(f"a{i}" for i in range(len(types))),
        )
        signatures.append(f"Campaign.{entry['name']}({','.join(types)})")
    text = sources.text[f"test/{about}Invariant.t.sol"]
    for name in re.findall(r"function (invariant\w+)\(", text):
        body += _PROPERTY.format(name=name)
    return _CAMPAIGN.format(about=about, handler=handler, body=body), signatures


def settings(signatures: list[str]) -> dict[str, Any]:
    """What medusa is told: time and blocks pass by the handlers' steps alone."""
    return {
        "fuzzing": {
            "workers": 1, "workerResetLimit": 50, "testLimit": CALLS, "callSequenceLength": 100,
            "coverageEnabled": True, "coverageFormats": [], "targetContracts": ["Campaign"],
            "deployerAddress": "0x30000", "senderAddresses": ["0x10000", "0x20000", "0x30000"],
            "blockNumberDelayMax": 1, "blockTimestampDelayMax": 1, "shrinkLimit": 500,
            "blockGasLimit": 30_000_000_000, "transactionGasLimit": 20_000_000_000,
            "testing": {
                "stopOnFailedTest": True, "stopOnNoTests": True, "verbosity": 1,
                "assertionTesting": {
                    "enabled": True, "panicCodeConfig": {"failOnAssertion": True},
                },
                "propertyTesting": {"enabled": True, "testPrefixes": ["property_"]},
                "optimizationTesting": {"enabled": False, "testPrefixes": ["optimize_"]},
                "targetFunctionSignatures": signatures, "excludeFunctionSignatures": [],
            },
            "chainConfig": {
                "codeSizeCheckDisabled": True, "skipAccountChecks": True,
                "cheatCodes": {"cheatCodesEnabled": True, "enableFFI": False},
            },
        },
        "compilation": {
            "platform": "crytic-compile",
            "platformConfig": {"target": ".", "args": ["--foundry-compile-all"]},
        },
        "slither": {"useSlither": False},
        "logging": {"level": "info", "noColor": True},
    }  # fmt: skip


def campaign(about: str, *, fault: tuple[str, str, str] | None = None) -> str:
    """What medusa says of a file of invariants, with a replacement in one of the sources."""
    go = find_go()
    if go is None:
        raise SystemExit(NOT_MEASURED)
    program, sources = built_medusa(go), Sources()
    test = f"test/{about}Invariant.t.sol"
    texts = {name: sources.text[name] for name in sources.reached([test]) if name[0] != "@"}
    if fault is not None:
        file, before, after = fault
        assert texts[file].count(before) == 1
        texts[file] = texts[file].replace(before, after)
    texts["test/Campaign.t.sol"], signatures = written(sources, about)
    directory = CACHE / "medusa"
    copy_of(texts, directory)
    (directory / "medusa.json").write_text(json.dumps(settings(signatures)))
    folders = (tool("slither").parent, forge().parent, os.environ.get("PATH", ""))
    return subprocess.run(
        [program, "fuzz"], cwd=directory, text=True, check=False, stderr=subprocess.STDOUT,
        env=os.environ | {"PATH": os.pathsep.join(map(str, folders))}, stdout=subprocess.PIPE,
    ).stdout  # fmt: skip


def counted(told: str) -> dict[str, int]:
    """Number of calls, of tests that passed, and of those that failed."""
    summary = re.search(r"(\d+) test\(s\) passed, (\d+) test\(s\) failed", told)
    assert summary is not None, told[-2000:]
    calls = [int(number) for number in re.findall(r"calls: (\d+)", told)]
    return {"calls": calls[-1], "passed": int(summary[1]), "failed": int(summary[2])}


def round_of(number: int) -> dict[str, int]:
    """20,000 calls of a file's handler; the last round looks for a fault that is there."""
    if number == len(CAMPAIGNS):
        about, *fault = FAULT
        told = campaign(about, fault=(fault[0], fault[1], fault[2]))
        assert counted(told)["failed"] > 0, told[-2000:]
        return {"faults found": 1}
    told = campaign(CAMPAIGNS[number])
    found = counted(told)
    assert found["failed"] == 0, told[-4000:]
    assert found["calls"] >= CALLS, found
    return {"calls": found["calls"], "steps and invariants": found["passed"]}
