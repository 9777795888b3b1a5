"""Bytecode of mutants: many in one call of the compiler, each once.

A mutant's sources stand beside the unchanged ones under names of their own, so that the compiler
reads what they import once for all of them. What was compiled is kept by the digest of its sources.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from support.contracts.mutants import Mutant, mutants_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import ModuleType

ROOT: Final = Path(__file__).parents[3]
CONTRACTS: Final = ROOT / "contracts"
CACHE: Final = CONTRACTS / "cache" / "mutants"

_IMPORT = re.compile(r"(^\s*import\s[^;]*?[\"'])([^\"']+)([\"']\s*;)", re.MULTILINE)
_VARIANT = re.compile(r"mutant(\d+)/")

Build = dict[str, tuple[str, str]]
"""``file:contract`` → code that deploys it, and code that is deployed; hexadecimal."""


def builder() -> ModuleType:
    """``contracts/build.py`` as a module."""
    spec = importlib.util.spec_from_file_location("contracts_build", CONTRACTS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Sources:
    """All sources of contracts and tests, and what imports what."""

    def __init__(self, contracts: Path = CONTRACTS) -> None:
        self._build = builder()
        own = (*contracts.glob("src/**/*.sol"), *contracts.glob("test/**/*.sol"))
        self.text = {str(path.relative_to(contracts)): path.read_text() for path in sorted(own)}
        self._imports: dict[str, set[str]] = {}
        pending = list(self.text)
        while pending:
            name = pending.pop()
            if name not in self.text:
                self.text[name] = (self._build.PACKAGES / name).read_text()
            if name not in self._imports:
                targets = (found[1] for found in _IMPORT.findall(self.text[name]))
                self._imports[name] = {self._build._resolve(name, target) for target in targets}
                pending.extend(self._imports[name])

    def mutants(self, file: str) -> list[Mutant]:
        """The mutants of a source, sorted by rank."""
        return mutants_of(file, self.text[file], self._trees()[file])

    def _trees(self) -> dict[str, Any]:
        if not hasattr(self, "_kept"):
            self._kept: dict[str, Any] = self._build.syntax_trees()
        return self._kept

    def reached(self, roots: Iterable[str]) -> set[str]:
        """Everything that these sources import, and they themselves."""
        found: set[str] = set()
        pending = list(roots)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending.extend(self._imports[name])
        return found

    def between(self, roots: Iterable[str], file: str) -> set[str]:
        """What these sources import that in turn imports a file, and the file."""
        return {name for name in self.reached(roots) if file in self.reached([name])}

    def variant(self, mutant: Mutant | None, roots: Sequence[str], prefix: str) -> dict[str, str]:
        """The sources that a mutant changes, under a prefix; all others keep their names."""
        names = set(roots) if mutant is None else self.between(roots, mutant.file)
        result = {}
        for name in names:
            text = self.text[name]
            if mutant is not None and name == mutant.file:
                text = mutant.applied(text)

            def absolute(match: re.Match[str], importer: str = name) -> str:
                target = self._build._resolve(importer, match[2])
                return match[1] + (prefix if target in names else "") + target + match[3]  # type: ignore[no-any-return]

            result[prefix + name] = _IMPORT.sub(absolute, text)
        return result

    def compiled(
        self, mutants: Sequence[Mutant | None], roots: Sequence[str]
    ) -> list[Build | None]:
        """Compile these contracts with each of the mutants.

        Args:
            mutants: the mutants; None for the unchanged sources.
            roots: files of the contracts.

        Returns:
            Their code, or None where the mutant is not a program.
        """
        keys = [self._key(mutant, roots) for mutant in mutants]
        known = {key: _kept(key) for key in keys}
        missing = [i for i, key in enumerate(keys) if known[key] is None]
        fresh = self._compile({i: mutants[i] for i in missing}, roots)
        CACHE.mkdir(parents=True, exist_ok=True)
        for i, build in fresh.items():
            known[keys[i]] = {"build": build}
            (CACHE / f"{keys[i]}.json").write_text(json.dumps({"build": build}))
        return [_build_of(known[key]) for key in keys]

    def _key(self, mutant: Mutant | None, roots: Sequence[str]) -> str:
        digest = hashlib.sha256(json.dumps([self._settings(), sorted(roots)]).encode())
        for name in sorted(self.reached(roots)):
            changed = mutant is not None and name == mutant.file
            text = mutant.applied(self.text[name]) if mutant and changed else self.text[name]
            digest.update(f"{name}\0{text}\0".encode())
        return digest.hexdigest()[:24]

    def _settings(self) -> dict[str, Any]:
        metadata = {"bytecodeHash": "none", "appendCBOR": False}  # equal code has equal bytes
        return {**self._build.SETTINGS, "metadata": metadata}

    def _compile(
        self, mutants: dict[int, Mutant | None], roots: Sequence[str]
    ) -> dict[int, Build | None]:
        if not mutants:
            return {}
        sources = {name: self.text[name] for name in self.reached(roots)}
        wanted: dict[str, Any] = {}
        for i, mutant in mutants.items():
            prefix = f"mutant{i}/"
            sources |= self.variant(mutant, roots, prefix)
            outputs = ["evm.bytecode.object", "evm.deployedBytecode.object"]
            wanted |= {prefix + root: {"*": outputs} for root in roots}
        request = {
            "language": "Solidity",
            "sources": {name: {"content": text} for name, text in sorted(sources.items())},
            "settings": self._settings() | {"outputSelection": wanted},
        }
        answer = json.loads(self._build._compiler("--standard-json", json.dumps(request)))
        errors = [e for e in answer.get("errors", []) if e["severity"] == "error"]
        if errors:
            return self._without(mutants, roots, errors)
        return {i: _built(answer["contracts"], f"mutant{i}/", roots) for i in mutants}

    def _without(
        self, mutants: dict[int, Mutant | None], roots: Sequence[str], errors: list[dict[str, Any]]
    ) -> dict[int, Build | None]:
        """Compile again without those that have errors."""
        files = (str((error.get("sourceLocation") or {}).get("file", "")) for error in errors)
        bad = {int(match[1]) for name in files if (match := _VARIANT.match(name))}
        if not bad:
            if len(mutants) > 1:  # an error that names no file: one of them has it
                half = sorted(mutants)[: len(mutants) // 2]
                first = {i: mutants[i] for i in half}
                second = {i: mutants[i] for i in mutants if i not in first}
                return self._compile(first, roots) | self._compile(second, roots)
            bad = set(mutants)
        if any(mutants[i] is None for i in bad):
            raise AssertionError(errors[0]["formattedMessage"])
        rest = {i: mutant for i, mutant in mutants.items() if i not in bad}
        return dict.fromkeys(bad) | self._compile(rest, roots)


def _kept(key: str) -> dict[str, Any] | None:
    path = CACHE / f"{key}.json"
    if not path.is_file():
        return None
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _build_of(entry: dict[str, Any] | None) -> Build | None:
    if entry is None or entry["build"] is None:
        return None
    return {name: (code[0], code[1]) for name, code in entry["build"].items()}


def _built(contracts: dict[str, Any], prefix: str, roots: Sequence[str]) -> Build:
    build: Build = {}
    for root in roots:
        for name, contract in contracts[prefix + root].items():
            evm = contract["evm"]
            code = (evm["bytecode"]["object"], evm["deployedBytecode"]["object"])
            if code[0]:
                build[f"{root}:{name}"] = code
    return build
