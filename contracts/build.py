#!/usr/bin/env python3
"""Compile the contracts and write ``contracts/abi/*.json``, the artifacts that the wheel ships.

Usage: ``python contracts/build.py [--check]``. Needs node and the npm packages of
``package.json``; reads no clock, no absolute path and no environment, so that the same sources
give the same bytes everywhere. ``--check`` writes nothing and fails when an artifact is stale.

An artifact is ``{contractName, abi, bytecode, deployedBytecode, compiler: {version, settings}}``;
interfaces and abstract contracts have the bytecode ``"0x"``. In ``deployedBytecode`` the values
of immutables are zero.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parent
ARTIFACTS = CONTRACTS / "abi"
COMPILER = CONTRACTS / "bin" / "solc"
PACKAGES = CONTRACTS.parent / "node_modules"
SETTINGS: dict[str, Any] = {
    "evmVersion": "cancun",
    "optimizer": {"enabled": True, "runs": 200},
    "viaIR": False,
}
# libraries and common parts are compiled into their users; odd tokens serve the Solidity tests
# alone
UNPUBLISHED = (
    "src/libraries/",
    "src/gates/ApplicationGate.sol",
    "src/gates/RecordGate.sol",
    "src/gates/RegistryGate.sol",
    "src/market/MarketApplications.sol",
    "src/market/MarketBase.sol",
    "src/mocks/OddTokens.sol",
    "src/treasury/Aggregator.sol",
    "src/treasury/FxSource.sol",
    "src/treasury/SignerGroup.sol",
)
_IMPORT = re.compile(r"^\s*import\s[^;]*?[\"']([^\"']+)[\"']\s*;", re.MULTILINE)


class BuildError(Exception):
    """The compiler refused the sources."""


def _resolve(importer: str, target: str) -> str:
    """Return the source unit name of an import, as solc resolves it."""
    if not target.startswith("."):
        return target
    parts = importer.split("/")[:-1]
    for step in target.split("/"):
        if step == "..":
            parts.pop()
        elif step != ".":
            parts.append(step)
    return "/".join(parts)


def _sources() -> dict[str, dict[str, str]]:
    """Collect ``src/**`` and everything that it imports, keyed by source unit name."""
    pending = sorted(str(path.relative_to(CONTRACTS)) for path in CONTRACTS.glob("src/**/*.sol"))
    found: dict[str, dict[str, str]] = {}
    while pending:
        name = pending.pop()
        if name in found:
            continue
        path = PACKAGES / name if name.startswith("@") else CONTRACTS / name
        text = path.read_text(encoding="utf-8")
        found[name] = {"content": text}
        pending.extend(_resolve(name, target) for target in _IMPORT.findall(text))
    return dict(sorted(found.items()))


def _compiler(flag: str, text: str = "") -> str:
    command = [str(COMPILER), flag]
    run = subprocess.run(  # noqa: S603 - a fixed script of this repository
        command, check=True, capture_output=True, text=True, input=text
    )
    return run.stdout


def compiler_version() -> str:
    """Return the compiler's version, for example ``0.8.37+commit.f401782d``."""
    run = _compiler("--version")
    match = re.search(r"Version: (\d+\.\d+\.\d+\+commit\.[0-9a-f]+)", run)
    if match is None:
        raise BuildError(f"no version in the compiler's answer {run!r}")
    return match.group(1)


def _compiled(selection: dict[str, list[str]]) -> dict[str, Any]:
    """Compile everything under ``src`` and return the compiler's answer."""
    request = {
        "language": "Solidity",
        "sources": _sources(),
        "settings": SETTINGS | {"outputSelection": {"*": selection}},
    }
    answer: dict[str, Any] = json.loads(_compiler("--standard-json", json.dumps(request)))
    # a warning about a package is its makers' matter; an error there is ours too
    complaints = [
        entry["formattedMessage"]
        for entry in answer.get("errors", [])
        if entry["severity"] == "error"
        or not entry.get("sourceLocation", {}).get("file", "").startswith("@")
    ]
    if complaints:
        raise BuildError("\n".join(complaints))
    return answer


def syntax_trees() -> dict[str, Any]:
    """Return the syntax tree of each of our own sources: source unit name → tree.

    Raises:
        BuildError: the compiler reported an error or a warning in our own sources.
    """
    units = _compiled({"": ["ast"]})["sources"]
    return {name: unit["ast"] for name, unit in units.items() if name.startswith("src/")}


def build() -> dict[str, str]:
    """Compile everything under ``src`` and return the artifacts: file name → JSON text.

    Raises:
        BuildError: the compiler reported an error or a warning in our own sources.
    """
    answer = _compiled({"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]})
    version = compiler_version()
    artifacts: dict[str, str] = {}
    for unit, contracts in answer["contracts"].items():
        if not unit.startswith("src/") or unit.startswith(UNPUBLISHED):
            continue
        for name, contract in contracts.items():
            evm = contract["evm"]
            artifact = {
                "contractName": name,
                "abi": contract["abi"],
                "bytecode": "0x" + evm["bytecode"]["object"],
                "deployedBytecode": "0x" + evm["deployedBytecode"]["object"],
                "compiler": {"version": version, "settings": SETTINGS},
            }
            artifacts[f"{name}.json"] = json.dumps(artifact, indent=1) + "\n"
    return dict(sorted(artifacts.items()))


def stale(artifacts: dict[str, str]) -> list[str]:
    """Return the names of committed artifacts that differ from, miss from or exceed these."""
    committed = {path.name: path.read_text(encoding="utf-8") for path in ARTIFACTS.glob("*.json")}
    names = committed.keys() | artifacts.keys()
    return sorted(name for name in names if committed.get(name) != artifacts.get(name))


def main(arguments: list[str]) -> int:
    """Run the command; return its exit status."""
    try:
        artifacts = build()
    except BuildError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    changed = stale(artifacts)
    if arguments == ["--check"]:
        sys.stderr.writelines(f"stale: contracts/abi/{name}\n" for name in changed)
        return 1 if changed else 0
    ARTIFACTS.mkdir(exist_ok=True)
    for name in changed:
        if name in artifacts:
            (ARTIFACTS / name).write_text(artifacts[name], encoding="utf-8")
        else:
            (ARTIFACTS / name).unlink()
    sys.stdout.write(f"{len(artifacts)} artifacts, {len(changed)} changed\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
