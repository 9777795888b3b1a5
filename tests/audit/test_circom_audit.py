"""Circom circuits that are known to be broken and known to be sound, audited again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.interop.snarkjs_tool import ROOT
from support.soundness.circom_cases import (
    CASES,
    LEVELS,
    Case,
    audited,
    summary,
    with_library,
)
from support.soundness.deletion_rounds import SAYS_NOTHING, compiled, deletions_missed

from zkcredit.audit.analysis import analyse

if TYPE_CHECKING:
    from pathlib import Path

PATHS = sorted(CASES.glob("*.circom"))
RECORDED = json.loads((ROOT / "benchmarks/results/circom-audit.json").read_text())["results"]
QUICK = (
    "num2bits_254", "two_bins", "montgomery_add", "less_than", "num2bits_strict", "baby_add",
    "baby_add_checked",
)  # fmt: skip
NOT_PROVED = {"baby_add", "escalar_mul_fix", "escalar_mul_any", "eddsa_poseidon"}
"""Sound circuits beyond the rules: two for want of premises, two for want of rules."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_library(tmp_path_factory.mktemp("circom"))


def verdicts(name: str) -> tuple[str, str]:
    """(what is known, what the recorded audit said before elimination)."""
    return RECORDED[name]["known"], RECORDED[name]["O0"]["verdict"]


def test_every_case_is_recorded_with_what_is_known_of_it() -> None:
    assert {path.stem for path in PATHS} == RECORDED.keys()
    for path in PATHS:
        case = Case.read(path)
        assert (case.known, case.why) == (RECORDED[case.name]["known"], RECORDED[case.name]["why"])


def test_every_broken_circuit_that_can_be_seen_is_shown_by_two_witnesses() -> None:
    broken = [name for name in RECORDED if verdicts(name)[0] == "broken"]
    assert len(broken) >= 10
    assert {verdicts(name)[1] for name in broken} == {"free wires"}


def test_no_sound_circuit_is_said_to_be_broken() -> None:
    sound = [name for name in RECORDED if verdicts(name)[0] == "sound"]
    assert {RECORDED[name][level]["verdict"] for name in sound for level in LEVELS} <= {
        "clean",
        "not proved",
    }
    assert {name for name in sound if verdicts(name)[1] != "clean"} == NOT_PROVED


def test_what_an_audit_cannot_see_is_recorded_too() -> None:
    blind = [name for name in RECORDED if verdicts(name)[0] == "broken, not visible"]
    assert sorted(blind) == ["assertion_missing", "comparator_unchecked"]
    assert {verdicts(name)[1] for name in blind} == {"clean"}


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("name", QUICK)
def test_a_circuit_before_elimination(folder: Path, name: str) -> None:
    case = Case.read(CASES / f"{name}.circom")
    assert summary(audited(folder, case, "O0")) == RECORDED[name]["O0"]


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in RECORDED if verdicts(name)[0] != "sound"])
def test_the_verdict_on_a_broken_circuit_is_the_recorded_one(folder: Path, name: str) -> None:
    case = Case.read(CASES / f"{name}.circom")
    for level in LEVELS:
        assert summary(audited(folder, case, level)) == RECORDED[name][level], level


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize("name", ["baby_pbk"])
def test_the_verdict_on_a_large_sound_circuit_is_the_recorded_one(folder: Path, name: str) -> None:
    case = Case.read(CASES / f"{name}.circom")
    assert summary(audited(folder, case, "O0")) == RECORDED[name]["O0"]


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "step"), [("baby_add_checked", 1), ("num2bits_strict", 150), ("baby_pbk", 1200)]
)
def test_a_constraint_that_is_deleted_is_missed(name: str, step: int) -> None:
    """`make long PART=deletions` and `PART=deletions-strict` delete hundreds, and all."""
    system, inputs = compiled(name)
    assert analyse(system, inputs).unproved == []
    places = {*range(0, system.n_constraints, step), *SAYS_NOTHING.get(name, ())}
    assert deletions_missed(name, system, inputs, places) == len(places)


@pytest.mark.slow
@pytest.mark.node
def test_a_finding_names_the_signal(folder: Path) -> None:
    report = audited(folder, Case.read(CASES / "montgomery_add.circom"), "O0")
    (finding,) = report.findings
    assert finding.kind == "free wire"
    assert "main.lamda" in finding.wires
    assert "can be" in finding.text
