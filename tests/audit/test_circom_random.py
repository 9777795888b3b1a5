"""Circomlib's and zk-kit's templates and the known cases, with three random witnesses each."""

from __future__ import annotations

import json
import re
from random import Random
from typing import TYPE_CHECKING

import pytest
from support.interop.snarkjs_tool import ROOT
from support.soundness.circom_cases import CASES
from support.soundness.circom_random_cases import (
    NOT_TRIED,
    PACKAGES,
    WITNESSES,
    circuits,
    row,
    with_libraries,
)

if TYPE_CHECKING:
    from pathlib import Path

CIRCUITS = {circuit.name: circuit for circuit in circuits()}
RECORDED = json.loads((ROOT / "benchmarks/results/circom-random.json").read_text())["results"]
VERDICTS = ("clean", "not proved", "free wires")
KNOWN = {"sound", "conditional", "broken", "broken, not visible"}
QUICK = ("Mux1", "SafeLessThan(32)", "decoder", "slope_at_zero", "XOR")


# Which the record does not have yet: their searches take minutes. Whoever brings one in with
# `python benchmarks/circom_random.py --into benchmarks/results/circom-random.json` takes it out.
UNFINISHED = {
    "Ecdh",
    "EdDSAMiMCSpongeVerifier",
    "EdDSAMiMCVerifier",
    "Pedersen(64)",
    "Poseidon(16)",
    "PoseidonEx(4, 5)",
    "SMTHash1",
    "SMTHash2",
    "SMTLevIns(5)",
    "SMTProcessor(5)",
    "SMTProcessorLevel",
    "SMTProcessorSM",
    "SMTVerifier(5)",
    "SMTVerifierLevel",
    "SMTVerifierSM",
    "SigmaPlus",
    "T1",
    "T2",
    "eddsa_poseidon",
    "escalar_mul_any",
    "escalar_mul_fix",
}


def verdicts(name: str) -> set[str]:
    return {verdict for verdict in VERDICTS if RECORDED[name].get(verdict)}


def of(known: str) -> list[str]:
    return [name for name in RECORDED if RECORDED[name]["known"] == known]


def test_every_circuit_is_recorded_with_three_witnesses() -> None:
    assert CIRCUITS.keys() - RECORDED.keys() == UNFINISHED
    assert RECORDED.keys() <= CIRCUITS.keys()
    for name, found in RECORDED.items():
        known = CIRCUITS[name]
        assert (found["library"], found["known"]) == (known.package, known.known)
        assert found["why"] == known.why
        assert sum(found.get(verdict, 0) for verdict in VERDICTS) == WITNESSES == 3
    assert {found["known"] for found in RECORDED.values()} == KNOWN
    assert {path.stem for path in CASES.glob("*.circom")} < RECORDED.keys() | UNFINISHED


def test_no_sound_circuit_is_said_to_be_broken_whatever_the_witness() -> None:
    assert len(of("sound")) > 70
    assert [name for name in of("sound") if "free wires" in verdicts(name)] == []


def test_no_broken_circuit_is_clean_whatever_the_witness() -> None:
    assert len(of("broken")) > 15
    for name in (*of("broken"), *of("conditional")):
        assert "clean" not in verdicts(name), name


def test_what_an_audit_cannot_see_stays_recorded() -> None:
    blind = of("broken, not visible")
    assert sorted(blind) == ["assertion_missing", "comparator_unchecked"]
    assert all(verdicts(name) == {"clean"} for name in blind)


def test_the_same_inputs_are_made_again() -> None:
    for circuit in CIRCUITS.values():
        first, second = (circuit.inputs(Random(circuit.name)) for _ in range(2))
        assert first == second
        assert circuit.inputs(Random("another")) != {}


@pytest.mark.node
def test_every_template_is_tried_or_says_why_not() -> None:
    tried = {name for one in CIRCUITS.values() for name in re.findall(r"\b(\w+)\(", one.source)}
    templates = {
        name
        for inside in PACKAGES.values()
        for path in (ROOT / "node_modules" / inside).rglob("*.circom")
        for name in re.findall(r"^template (\w+)\(", path.read_text(), re.MULTILINE)
    }
    assert len(templates) > 100
    assert templates - tried == NOT_TRIED.keys()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_libraries(tmp_path_factory.mktemp("circom"))


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("name", QUICK)
def test_the_verdicts_are_the_recorded_ones(folder: Path, name: str) -> None:
    assert row(folder, CIRCUITS[name]) == RECORDED[name]
