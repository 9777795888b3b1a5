"""Circomlib's and zk-kit's templates and the known cases, with three random witnesses each."""

from __future__ import annotations

import json
import re
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from support.interop.snarkjs_tool import ROOT
from support.soundness.circom_cases import CASES
from support.soundness.circom_random_cases import (
    NOT_TRIED,
    PACKAGES,
    WITNESSES,
    Circuit,
    circom_random,
    circuits,
    main,
    row,
    with_libraries,
)

if TYPE_CHECKING:
    from pathlib import Path

CIRCUITS = {circuit.name: circuit for circuit in circuits()}
RECORDED = json.loads((ROOT / "benchmarks/results/circom-random.json").read_text())["results"]
VERDICTS = ("clean", "not proved", "free wires")
KNOWN = {"sound", "conditional", "broken", "broken, not visible"}
LIBRARIES = {name: ROOT / "node_modules" / inside for name, inside in PACKAGES.items()}
MADE = re.compile(r"=\s*([A-Z]\w*)\(")
QUICK = ("Mux1", "SafeLessThan(32)", "decoder", "slope_at_zero", "XOR")


# Which the record does not have yet: each takes minutes. Whoever brings one in with
# `python benchmarks/circom_random.py --into benchmarks/results/circom-random.json` takes it out.
UNFINISHED = {
    "Ecdh",
    "EdDSAMiMCSpongeVerifier",
    "EdDSAMiMCVerifier",
    "SMTProcessor(5)",
    "SMTVerifier(5)",
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


def test_a_circuit_that_does_not_compile_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One did, and all after it stayed without a row."""
    tried = [CIRCUITS["XOR"], CIRCUITS["decoder"], CIRCUITS["Mux1"]]

    def made(_: Path, circuit: Circuit) -> dict[str, int]:
        if circuit.name == "decoder":
            raise RuntimeError("Calling unknown symbol")
        return {"constraints": 1}

    monkeypatch.setattr(circom_random, "circuits", lambda: iter(tried))
    monkeypatch.setattr(circom_random, "with_libraries", lambda folder: folder)
    monkeypatch.setattr(circom_random, "row", made)
    into = tmp_path / "record.json"
    monkeypatch.setattr("sys.argv", ["circom_random.py", "--into", str(into)])
    with pytest.raises(SystemExit, match="decoder: Calling unknown symbol"):
        main()
    assert list(json.loads(into.read_text())["results"]) == ["XOR", "Mux1"]


@cache
def _read(path: Path) -> str:
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def _with_included(path: Path, found: dict[Path, str]) -> dict[Path, str]:
    """Add a file of the libraries and all that it includes: path → text without comments."""
    if path not in found:
        found[path] = _read(path)
        for name in re.findall(r'include "([^"]+)"', found[path]):
            beside = (folder / name for folder in (path.parent, *LIBRARIES.values()))
            _with_included(next(one for one in beside if one.exists()).resolve(), found)
    return found


@pytest.mark.node
def test_every_circuit_includes_what_it_is_made_of() -> None:
    """Some files of circomlib do not include the templates that they use."""
    for circuit in CIRCUITS.values():
        if circuit.package == "known cases":
            continue
        (file,) = re.findall(r'include "([^"]+)"', circuit.source)
        folder, _, name = file.rpartition("/")
        inside = LIBRARIES.get(folder, LIBRARIES["circomlib"] / folder) / name
        texts = "\n".join(_with_included(inside.resolve(), {}).values())
        made = set(MADE.findall(_templates(texts, circuit.source)))
        assert made <= set(re.findall(r"(?:template|function) (\w+)\s*\(", texts)), circuit.name


def _templates(texts: str, source: str) -> str:
    """The main template of a circuit and all that it is made of, as far as they are defined."""
    bodies = {part.partition("(")[0].strip(): part for part in texts.split("\ntemplate ")}
    wanted, text = re.findall(r"main = (\w+)\(", source), ""
    for name in wanted:
        body = bodies.get(name, "")
        text += body
        wanted += [one for one in MADE.findall(body) if one not in wanted]
    return text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_libraries(tmp_path_factory.mktemp("circom"))


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("name", QUICK)
def test_the_verdicts_are_the_recorded_ones(folder: Path, name: str) -> None:
    assert row(folder, CIRCUITS[name]) == RECORDED[name]
