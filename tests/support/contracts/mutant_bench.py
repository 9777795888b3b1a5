"""A copy of the contracts in which the code of a mutant replaces the code of the original.

The tests are compiled once, with forge's dynamic linking: they deploy the contracts from forge's
artifacts. A mutant's code is put into the artifacts, and the tests are run until one fails.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from support.contracts.forge_output import suites
from support.contracts.mutant_build import CACHE, CONTRACTS, ROOT, Build, Sources, builder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

FIXTURES: Final = CONTRACTS / "test" / "fixtures"
SECONDS: Final = 600
"""A mutant under which the tests take longer is noticed."""

SETTINGS: Final = {
    "FOUNDRY_DYNAMIC_TEST_LINKING": "true",
    "FOUNDRY_FUZZ_RUNS": "24",
    "FOUNDRY_INVARIANT_RUNS": "2",
    "FOUNDRY_INVARIANT_DEPTH": "60",
    "FOUNDRY_GAS_LIMIT": "8000000000",
}
"""A few cases of each fuzzed test; a loop without end stops after some seconds."""

WRAPPER: Final = """#!/bin/sh
case "$*" in
  *--version*) printf 'solc, the solidity compiler commandline interface\\nVersion: {version}\\n' ;;
  *) exec node "$(dirname "$0")/compiler" "$@" ;;
esac
"""
"""The compiler of a copy: forge asks for its version in each run, and a program that only says it
is loaded sooner than the compiler."""


def forge() -> Path:
    """The program, from its npm package."""
    (found,) = (ROOT / "node_modules" / "@foundry-rs").glob("forge-*/bin/forge")
    return found


def copy_of(texts: Mapping[str, str], directory: Path) -> None:
    """Lay out a project of its own with these sources, beside nothing else that was there."""
    shutil.rmtree(directory, ignore_errors=True)
    for name, text in texts.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (directory / "bin").mkdir()
    shutil.copy(CONTRACTS / "bin" / "solc", directory / "bin" / "compiler")
    wrapper = directory / "bin" / "solc"
    wrapper.write_text(WRAPPER.format(version=builder().compiler_version()))
    wrapper.chmod(0o755)
    shutil.copytree(FIXTURES, directory / "test" / "fixtures")
    shutil.copy(CONTRACTS / "foundry.toml", directory)
    (directory / "node_modules").symlink_to((ROOT / "node_modules").resolve())


@dataclass(frozen=True)
class Bench:
    """A compiled copy of one file of tests and of what it reaches.

    Attributes:
        test: name of the file, without its endings.
        directory: where the copy is.
    """

    test: str
    directory: Path

    @classmethod
    def of(cls, sources: Sources, test: str) -> Bench:
        """Make the copy and compile it, or find the one of before."""
        reached = sources.reached([f"test/{test}.t.sol"])
        texts = {name: sources.text[name] for name in reached if not name.startswith("@")}
        digest = hashlib.sha256(json.dumps([SETTINGS, test, sorted(texts.items())]).encode())
        for path in (CONTRACTS / "foundry.toml", *sorted(FIXTURES.glob("*"))):
            digest.update(path.read_bytes())
        bench = cls(test, CACHE / f"bench-{test}-{digest.hexdigest()[:16]}")
        with bench._alone():
            if not (bench.directory / "ready").exists():
                copy_of(texts, bench.directory)
                bench._forge("build")
                (bench.directory / "ready").touch()
        return bench

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes off the copy."""
        CACHE.mkdir(parents=True, exist_ok=True)
        with self.directory.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _forge(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [forge(), *arguments], cwd=self.directory, env=os.environ | SETTINGS,
            capture_output=True, text=True, check=False, timeout=3600,
        )  # fmt: skip
        if arguments[0] == "build" and done.returncode:
            raise AssertionError(done.stdout[-2000:] + done.stderr[-2000:])
        return done

    def first_failure(self, build: Build) -> str | None:
        """Return the test that notices this code first, or None.

        The answer is kept: the name of the copy stands for all that the tests are made of.

        Args:
            build: code by ``file:contract``.
        """
        asked = hashlib.sha256(json.dumps([self.directory.name, sorted(build.items())]).encode())
        known = CACHE / "answers" / asked.hexdigest()
        if known.exists():
            return known.read_text() or None
        found = self._first_failure(build)
        known.parent.mkdir(exist_ok=True)
        unfinished = known.with_suffix(f".{os.getpid()}")
        unfinished.write_text(found or "")
        unfinished.replace(known)
        return found

    def _first_failure(self, build: Build) -> str | None:
        with self._alone():
            self._restore()  # an earlier run may have been killed
            changed = False
            for name, code in build.items():
                for path in self._artifacts(*name.split(":")):
                    shutil.copy(path, path.with_suffix(".kept"))
                    path.write_text(_with_code(path.read_text(), code))
                    changed = True
            try:
                return self._run() if changed else None
            finally:
                self._restore()

    def _restore(self) -> None:
        """Put the original artifacts back."""
        for kept in self.directory.glob("out/*/*.kept"):
            kept.replace(kept.with_suffix(".json"))

    def _artifacts(self, file: str, contract: str) -> Iterator[Path]:
        path = self.directory / "out" / file.rsplit("/", 1)[-1] / f"{contract}.json"
        if path.exists():
            yield path

    def _run(self) -> str | None:
        command = [str(forge()), "test", "--json", "--fail-fast"]
        try:
            done = subprocess.run(
                command, cwd=self.directory, env=os.environ | SETTINGS,
                capture_output=True, text=True, check=False, timeout=SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return f"{self.test}: no answer in {SECONDS} seconds"
        found = suites(done)
        if not found:
            raise AssertionError(f"forge ran nothing of {self.test}: {done.stderr[-2000:]}")
        for suite, content in found.items():
            for name, outcome in content["test_results"].items():
                if outcome["status"] != "Success":
                    return f"{suite}:{name}"
        return None


def _with_code(artifact: str, code: tuple[str, str]) -> str:
    document = json.loads(artifact)
    document["bytecode"]["object"] = "0x" + code[0]
    document["deployedBytecode"]["object"] = "0x" + code[1]
    return json.dumps(document)
