"""The kernel's folders stand on each other: includes go down, and never in a circle."""

from __future__ import annotations

import re
from pathlib import Path

CPP = Path(__file__).parents[2] / "cpp"
FLOORS = (
    ("system", "lanes"),
    ("ifma", "avx2"),
    ("field",),
    ("curve",),
    ("msm", "transform", "pairing"),
    ("witness",),
    ("groth16",),
    ("dispatch",),
    ("bindings", "check"),
)
"""A file includes files of its own folder and of the lines above that folder's."""
FLOOR = {folder: at for at, folders in enumerate(FLOORS) for folder in folders}
FILES = sorted(CPP.rglob("*.?pp"))


def name(path: Path) -> str:
    return path.relative_to(CPP).as_posix()


def included(path: Path) -> list[Path]:
    """What a file includes in quotes: ``folder/file``."""
    return [CPP / line for line in re.findall(r'^ *# *include "(.*)"', path.read_text(), re.M)]


def may_include(folder: str, other: str) -> bool:
    return folder == other or FLOOR[other] < FLOOR[folder]


def circles(graph: dict[str, list[str]]) -> list[str]:
    """The names that can be reached from themselves."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = list(graph[start])
        while todo:
            at = todo.pop()
            if at not in seen:
                seen.add(at)
                todo += graph[at]
        return seen

    return [node for node in graph if node in reached(node)]


def test_every_folder_has_a_floor_and_a_line_in_the_readme() -> None:
    folders = {path.name for path in CPP.iterdir() if path.is_dir()}
    assert folders == set(FLOOR)
    readme = re.findall(r"^\| `(\w+)/` \|", (CPP / "README.md").read_text(), re.M)
    assert sorted(readme) == sorted(folders)
    assert [FLOOR[folder] for folder in readme] == sorted(FLOOR[folder] for folder in readme)
    assert {path.name for path in CPP.iterdir() if path.is_file()} == {"README.md"}


def test_includes_go_down() -> None:
    arrows = [(path, other) for path in FILES for other in included(path)]
    assert [other for _, other in arrows if not other.is_file()] == []
    assert [
        f"{name(path)} includes {name(other)}"
        for path, other in arrows
        if not may_include(path.parent.name, other.parent.name)
    ] == []


def test_no_circle() -> None:
    assert circles({name(path): [name(other) for other in included(path)] for path in FILES}) == []


def test_only_the_bindings_know_python() -> None:
    knowing = {p.parent.name for p in FILES if re.search("nanobind|Python.h", p.read_text())}
    assert knowing == {"bindings"}


def test_a_circle_and_an_include_upward_are_noticed() -> None:
    assert circles({"a": ["b"], "b": ["c"], "c": ["b"], "d": []}) == ["b", "c"]
    assert circles({"a": ["a"]}) == ["a"]
    assert may_include("groth16", "msm")
    assert not may_include("msm", "groth16")
    assert not may_include("msm", "transform")
    assert not may_include("witness", "bindings")
