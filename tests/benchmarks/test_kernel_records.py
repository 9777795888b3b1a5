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
UNITS = ["ifma", "avx2", "adx", "portable"]
AVX2_SINCE = date(2026, 11, 29)
"""A record that is older has the other three units, and says so."""

sys.path.insert(0, str(BENCHMARKS))
try:
    import kernel_records
    import old_processor
    import other_systems
    import sanitized
finally:
    sys.path.remove(str(BENCHMARKS))


def record(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((BENCHMARKS / "results" / f"{name}.json").read_text())
    return found


def has_avx2(name: str) -> bool:
    return date.fromisoformat(record(name)["machine"]["date"]) >= AVX2_SINCE


def units_of(name: str) -> list[str]:
    return UNITS if has_avx2(name) else [unit for unit in UNITS if unit != "avx2"]


@pytest.mark.parametrize("name", kernel_records.LISTED)
def test_a_record_says_when_and_on_what_and_is_on_the_page(name: str) -> None:
    machine = record(name)["machine"]
    assert date.fromisoformat(machine["date"]) <= date.today()
    assert machine["cpu"]
    assert f"| `{name}.json` | {machine['date']}, {machine['cpu']} |" in PAGE
    assert f"benchmarks/{name}.py --json > benchmarks/results/{name}.json" in PAGE


def test_a_record_names_its_units() -> None:
    for name in ("kernel_agreement", "other_systems", "sanitized"):
        assert list(kernel_records.units_of(name, record(name))) == units_of(name)
    taken = ["avx2", "portable"] if has_avx2("old_processor") else ["adx", "portable"]
    assert list(kernel_records.units_of("old_processor", record("old_processor"))) == taken


def test_the_list_of_records_tells_a_fault() -> None:
    """The list counts what is right; it does not repeat that all is."""
    for name in kernel_records.LISTED:
        faulty = json.loads(json.dumps(record(name)))
        before = kernel_records.line(name, faulty)
        row = next(iter(faulty["results"].values()))
        row |= {key: False for key, value in row.items() if value is True}
        assert kernel_records.line(name, faulty)[:3] == before[:3]
        assert kernel_records.line(name, faulty)[3] != before[3], name


def test_old_processors_take_what_they_have() -> None:
    results = record("old_processor")["results"]
    units = {name: row["unit"] for name, row in results.items()}
    if has_avx2("old_processor"):
        wanted = {name: unit for name, (unit, _) in old_processor.PROCESSORS.items()}
        assert set(wanted.values()) == {"portable", "avx2"}
    else:
        wanted = {"Nehalem": "portable", "Haswell": "portable", "Broadwell": "adx"}
    assert units == wanted
    for row in results.values():
        assert all(row.values())


def test_other_systems_compute_the_same_bits() -> None:
    results = record("other_systems")["results"]
    assert {name: row["units"].split(", ") for name, row in results.items()} == {
        "x86-64, glibc": units_of("other_systems"),
        "x86-64, glibc, clang": units_of("other_systems"),
        "x86-64, musl": units_of("other_systems"),
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
    assert list(results) == units_of("sanitized")
    for unit, row in results.items():
        assert row["clean"], unit
        assert row["passed"] >= 500
        assert row["failed"] == row["errors"] == 0
    assert len({row["compiler"] for row in results.values()}) == 1
    assert len({row["passed"] for row in results.values()}) == 1


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
