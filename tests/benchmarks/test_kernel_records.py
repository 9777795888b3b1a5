"""Recorded runs of the kernel: other processors, other systems, sanitizers; and what the page says.

The runs themselves take minutes, emulators and compilers.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"
PAGE = (ROOT / "docs" / "explanation" / "kernel-checks.md").read_text()
UNITS = ["ifma", "adx", "portable"]

sys.path.insert(0, str(BENCHMARKS))
try:
    import other_systems
    import sanitized
finally:
    sys.path.remove(str(BENCHMARKS))


def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCHMARKS / "results" / f"{name}.json").read_text())
    return found


@pytest.mark.parametrize("name", ["old_processor", "other_systems", "sanitized"])
def test_a_record_says_when_and_on_what_and_is_on_the_page(name: str) -> None:
    machine = record(name)["machine"]
    assert date.fromisoformat(machine["date"]) <= date.today()
    assert machine["cpu"]
    assert f"`benchmarks/results/{name}.json`" in PAGE


def test_old_processors_take_what_they_have() -> None:
    results = record("old_processor")["results"]
    units = {name: row["unit"] for name, row in results.items()}
    assert units == {"Nehalem": "portable", "Haswell": "portable", "Broadwell": "adx"}
    for row in results.values():
        assert all(row.values())


def test_other_systems_compute_the_same_bits() -> None:
    results = record("other_systems")["results"]
    assert {name: row["units"].split(", ") for name, row in results.items()} == {
        "x86-64, glibc": UNITS,
        "x86-64, glibc, clang": UNITS,
        "x86-64, musl": UNITS,
        "aarch64, musl": ["portable"],
    }
    assert [name for name, row in results.items() if row["emulated"]] == ["aarch64, musl"]
    for name, row in results.items():
        assert other_systems.passed(row), name
    for check in other_systems.CHECKS:
        (digest,) = {row[check] for row in results.values()}
        assert len(digest) == 16
    compilers = {name: row["compiler"].split()[0] for name, row in results.items()}
    assert compilers.pop("x86-64, glibc") == "GNU"
    assert set(compilers.values()) == {"Clang"}


GOOD = {"units": "portable", "as_expected": True, "lacking_units_refused": True,
        "kernel_check": "aa", "proof_check": "bb"}  # fmt: skip


@pytest.mark.parametrize(
    "other",
    [
        {"kernel_check": "ab"},
        {"proof_check": "bc"},
        {"proof_check": ""},  # no unit gave a result
        {"kernel_check": "aa ab"},  # two units disagree
        {"as_expected": False},
        {"lacking_units_refused": False},
    ],
)
def test_a_system_that_differs_is_noticed(other: dict[str, Any]) -> None:
    rows = other_systems.compared({"first": GOOD, "second": {**GOOD, **other}})
    assert other_systems.passed(rows["first"])
    assert not other_systems.passed(rows["second"])


@pytest.mark.parametrize("digest", ["", "aa ab"])
def test_systems_that_are_wrong_alike_are_noticed(digest: str) -> None:
    row = {**GOOD, "kernel_check": digest}
    rows = other_systems.compared({"first": row, "second": row})
    assert not any(other_systems.passed(row) for row in rows.values())


def test_sanitizers_are_silent_in_every_unit() -> None:
    results = record("sanitized")["results"]
    assert list(results) == UNITS
    for unit, row in results.items():
        assert row["clean"], unit
        assert row["passed"] >= 500
        assert row["failed"] == row["errors"] == 0
    (compiler,) = {row["compiler"] for row in results.values()}
    (passed,) = {row["passed"] for row in results.values()}
    assert f"{passed} tests in each unit, none failed" in " ".join(PAGE.split())
    assert compiler.replace("GNU", "gcc") in PAGE


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("== 565 passed, 11 deselected in 221.54s (0:03:41) ==", (565, 0, 0, 0)),
        ("== 1 failed, 564 passed, 2 skipped in 9.10s ==", (564, 1, 0, 2)),
        ("== 3 passed, 1 error in 2.00s ==", (3, 0, 1, 0)),
        ("== 2 errors in 0.20s ==", (0, 0, 2, 0)),
        ("== no tests ran in 0.01s ==", (0, 0, 0, 0)),
        ("==1234==ERROR: AddressSanitizer: heap-use-after-free", (0, 0, 0, 0)),
        ("", (0, 0, 0, 0)),
    ],
)
def test_tests_are_counted_by_the_last_line(line: str, wanted: tuple[int, ...]) -> None:
    assert tuple(sanitized.counted(line).values()) == wanted
