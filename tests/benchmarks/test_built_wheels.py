"""The record of the wheels: what was built, audited and tried, and what the page says of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "release.md").read_text()
RECORD = json.loads((ROOT / "benchmarks" / "results" / "built_wheels.json").read_text())
WHEELS: dict[str, dict[str, Any]] = {
    name: row for name, row in RECORD["results"].items() if name.endswith(".whl")
}
NAME = re.compile(r"zkcredit-[\d.]+-(cp311-cp311|cp312-abi3)-(many|musl)linux_\d+_\d+_(\w+)\.whl")


def kind(name: str) -> tuple[str, ...]:
    """Python, C library and processor of a wheel."""
    found = NAME.fullmatch(name)
    assert found is not None, name
    return found.groups()


def test_there_is_a_wheel_for_each_python_library_and_processor() -> None:
    assert sorted(map(kind, WHEELS)) == sorted(
        (python, library, processor)
        for python in ("cp311-cp311", "cp312-abi3")
        for library in ("many", "musl")
        for processor in ("aarch64", "x86_64")
    )


@pytest.mark.parametrize("name", WHEELS)
def test_two_builds_gave_one_hash_of_what_the_name_claims(name: str) -> None:
    row = WHEELS[name]
    assert row["twice"] == "one hash"
    assert re.fullmatch(r"[0-9a-f]{64}", row["sha256"])
    assert row["system"].endswith(kind(name)[2])
    assert row["system"].startswith(f"{kind(name)[1]}linux_")


@pytest.mark.parametrize("name", WHEELS)
def test_each_was_tried_as_far_as_it_can_be(name: str) -> None:
    _, library, processor = kind(name)
    (seen,) = WHEELS[name]["tried"]
    if library == "musl":
        how = "emulated, " if processor == "aarch64" else ""
        assert re.fullmatch(
            f"loaded by musl's own loader, {how}beside stand-ins for [0-9]+ names of Python", seen
        )
    elif processor == "aarch64":
        assert seen["where"].endswith("for arm64, emulated")
        assert seen["proof_s"] > 0
    else:
        assert seen["where"].endswith("without a compiler")
        assert seen["units"].split()[-1] == "portable"
        assert 0 < seen["install_s"] < seen["install_and_proof_s"] <= 20


def test_the_page_says_when_and_from_what_they_were_built() -> None:
    told = " ".join(PAGE.split())
    assert f"On {RECORD['machine']['date']} all eight wheels" in told
    assert f"commit `{RECORD['results']['commit']}`" in told
    slowest = max(
        seen["install_and_proof_s"]
        for row in WHEELS.values()
        for seen in row["tried"]
        if isinstance(seen, dict) and "install_and_proof_s" in seen
    )
    assert f"{slowest} seconds" in told
    assert RECORD["machine"]["cpu"] in told
