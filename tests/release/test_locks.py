"""The lists of exact versions hold what pyproject.toml demands, and pip needs nothing else."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ROOT / "release" / "locks"
NAMES = sorted(path.stem for path in LOCKS.glob("*.txt"))
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]


def demanded(name: str) -> list[Requirement]:
    """What pyproject.toml demands of a list, with what its extras demand."""
    own = PROJECT["project"]["dependencies"]
    texts = {
        "demo": [*own, *EXTRAS["tester"]],
        "test": [*own, *EXTRAS["tester"], *GROUPS["dev"]],
        "docs": [*GROUPS["docs"], *GROUPS["charts"]],
        "build": GROUPS["build"],
        "tools": GROUPS["tools"],
        "wheels": GROUPS["wheels"],
    }[name]
    found: list[Requirement] = []
    for requirement in map(Requirement, texts):
        if requirement.name == "zkcredit":
            found += [Requirement(text) for extra in requirement.extras for text in EXTRAS[extra]]
        else:
            found.append(requirement)
    return found


@dataclass(frozen=True)
class Entry:
    """A line of a list; a package has several where no version fits all Pythons."""

    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def version(self) -> str:
        (exact,) = self.requirement.specifier
        assert exact.operator == "=="
        return exact.version

    def holds_here(self) -> bool:
        return self.requirement.marker is None or self.requirement.marker.evaluate()


def entries(name: str) -> dict[str, list[Entry]]:
    """The entries of a list by package."""
    text = (LOCKS / f"{name}.txt").read_text().replace("\\\n", " ")
    found: dict[str, list[Entry]] = defaultdict(list)
    for line in text.splitlines():
        if not line.startswith("#"):
            requirement, *hashes = re.split(r"\s+--hash=", line)
            parsed = Requirement(requirement)
            found[canonicalize_name(parsed.name)].append(
                Entry(parsed, tuple(map(str.strip, hashes)))
            )
    return found


def test_every_list_is_one_that_this_test_knows() -> None:
    assert NAMES == ["build", "demo", "docs", "test", "tools", "wheels"]


@pytest.mark.parametrize("name", NAMES)
def test_every_demand_is_met(name: str) -> None:
    found = entries(name)
    for requirement in demanded(name):
        locked = found[canonicalize_name(requirement.name)]
        assert locked, f"{requirement}: run make lock"
        for entry in locked:
            assert requirement.specifier.contains(entry.version, prereleases=True), requirement
        if len(locked) == 1 and locked[0].requirement.marker is not None:
            assert requirement.marker is not None, f"{requirement} is needed everywhere"


@pytest.mark.parametrize("name", NAMES)
def test_every_entry_is_exact_and_has_hashes(name: str) -> None:
    for package, locked in entries(name).items():
        assert sum(entry.holds_here() for entry in locked) <= 1, package
        for entry in locked:
            assert entry.version
            assert entry.requirement.url is None
            assert entry.hashes
            assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", text) for text in entry.hashes)


@pytest.mark.parametrize("name", NAMES)
def test_no_list_names_an_address(name: str) -> None:
    text = (LOCKS / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE), "options such as an index are the user's"


@pytest.mark.parametrize("name", NAMES)
def test_what_a_locked_package_needs_here_is_locked_too(name: str) -> None:
    found = entries(name)
    here = {package: e for package, locked in found.items() for e in locked if e.holds_here()}
    missing = []
    for package, entry in here.items():
        try:
            installed = importlib.metadata.distribution(package)
        except importlib.metadata.PackageNotFoundError:
            continue  # of another list
        if installed.version != entry.version:
            continue
        for needed in map(Requirement, installed.requires or ()):
            extras = entry.requirement.extras or {""}
            if needed.marker and not any(needed.marker.evaluate({"extra": e}) for e in extras):
                continue
            other = here.get(canonicalize_name(needed.name))
            if other is None or not needed.specifier.contains(other.version, prereleases=True):
                missing.append(f"{package} needs {needed}")
    assert not missing


@pytest.mark.parametrize(
    ("name", "other"),
    [("demo", "test"), ("docs", "test"), ("build", "demo"), ("build", "test")],
)
def test_lists_of_one_environment_agree(name: str, other: str) -> None:
    one, two = entries(name), entries(other)
    for package in one.keys() & two.keys():
        versions = {entry.version for entry in one[package] if entry.holds_here()}
        assert versions == {entry.version for entry in two[package] if entry.holds_here()}, package


def test_the_demo_needs_a_part_of_what_the_tests_need() -> None:
    assert entries("demo").keys() <= entries("test").keys()


def test_the_build_group_says_what_the_build_system_needs() -> None:
    group = {Requirement(text).name: Requirement(text) for text in GROUPS["build"]}
    for text in PROJECT["build-system"]["requires"]:
        requirement = Requirement(text)
        assert group[requirement.name].specifier == requirement.specifier


def test_the_makefile_installs_only_what_is_locked() -> None:
    text = (ROOT / "Makefile").read_text()
    for line in text.replace("\\\n", " ").splitlines():
        for arguments in re.findall(r"pip install (.*)", line):
            assert "--require-hashes" in arguments or "--no-deps" in arguments, line
    named = set(re.findall(r"release/locks/(\w+)\.txt", text))
    assert named == set(NAMES)
