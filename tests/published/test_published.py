from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from zkcredit._internal import resources
from zkcredit.bn254.fields import R
from zkcredit.circuits import circuit_names, get_circuit
from zkcredit.errors import InvalidInput, MalformedFile, UnsatisfiedWitness
from zkcredit.formats import r1cs
from zkcredit.groth16.prover import prove
from zkcredit.groth16.setup import dev_setup
from zkcredit.groth16.verification import verify
from zkcredit.published import Manifest, dev_verifying_key, load_manifest
from zkcredit.published import record as published
from zkcredit.published.samples import samples

if TYPE_CHECKING:
    from pathlib import Path

STATEMENTS = circuit_names()


made = lru_cache(published.make_record)


def vectors(statement: str) -> dict[str, object]:
    return json.loads((resources.folder("circuits") / statement / "vectors.json").read_text())


def numbers(fields: dict[str, str | list[str]]) -> dict[str, int | list[int]]:
    return {k: int(v) if isinstance(v, str) else [int(e) for e in v] for k, v in fields.items()}


@pytest.mark.slow
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_record_is_fresh(statement: str) -> None:
    stale = published.stale_files(statement)
    assert not stale, f"run `python -m zkcredit.published`: {stale}"


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_folder_is_a_statement_and_has_a_record(statement: str) -> None:
    folder = resources.folder("circuits")
    assert {path.name for path in folder.iterdir() if path.is_dir()} == set(STATEMENTS)
    assert {path.name for path in (folder / statement).iterdir()} == set(published.FILES)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_manifest_describes_the_circuit(statement: str) -> None:
    manifest, circuit = load_manifest(statement), get_circuit(statement)
    assert manifest.public == circuit.public_names
    assert [*manifest.public, *manifest.private, *manifest.advice] == list(circuit.inputs)
    assert manifest.constraints == circuit.system.n_constraints
    assert sum(manifest.gadgets.values()) == manifest.constraints
    assert manifest.domain // 2 < manifest.constraints + circuit.system.n_public + 1
    assert manifest.constraints + circuit.system.n_public + 1 <= manifest.domain
    assert manifest.circuit == r1cs.digest(circuit.system)
    assert manifest.key == "dev"


@pytest.mark.slow
@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_published_key_verifies_proofs_of_every_satisfied_vector(statement: str) -> None:
    circuit, key = get_circuit(statement), dev_verifying_key(statement)
    assert key.origin == "dev"
    proving = dev_setup(circuit.system)
    for case in vectors(statement)["satisfied"]:
        proof = prove(proving, circuit.witness(numbers(case["inputs"])))
        verify(key, [int(value) for value in case["public"]], proof)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_every_refused_vector_is_refused_where_the_record_says(statement: str) -> None:
    circuit, document = get_circuit(statement), vectors(statement)
    bases = {case["name"]: case["inputs"] for case in document["satisfied"]}
    assert len(document["refused"]) > len(document["satisfied"])
    for case in document["refused"]:
        with pytest.raises(UnsatisfiedWitness) as caught:
            circuit.witness(numbers({**bases[case["base"]], **case["changes"]}))
        assert caught.value.gadget == case["gadget"], case["name"]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_vectors_hold_canonical_numbers(statement: str) -> None:
    for name, values in samples(statement).satisfied.items():
        assert name
        for value in values.values():
            for element in [value] if isinstance(value, int) else value:
                assert 0 <= element < R


@pytest.mark.slow
def test_writing_and_checking_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "make_record", made)
    folder = tmp_path / "eligibility"
    assert published.stale_files("eligibility", folder) == sorted(published.FILES)
    published.write_record("eligibility", folder)
    assert published.stale_files("eligibility", folder) == []
    (folder / "statement.md").write_text("something else")
    (folder / "vectors.json").unlink()
    (folder / "extra").touch()
    assert published.stale_files("eligibility", folder) == ["extra", "statement.md", "vectors.json"]


def test_unknown_statements() -> None:
    for attempt in (
        load_manifest,
        dev_verifying_key,
        published.make_record,
        published.stale_files,
        samples,
    ):
        with pytest.raises(InvalidInput):
            attempt("../eligibility")


@pytest.fixture
def forged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the record that a test may damage, in place of the published one."""
    folder = tmp_path / "eligibility"
    folder.mkdir()
    for name, data in made("eligibility").items():
        (folder / name).write_bytes(data)
    monkeypatch.setattr(resources, "folder", lambda _: tmp_path)
    return folder


def test_a_key_of_something_else_is_refused(forged: Path) -> None:
    dev_verifying_key("eligibility")
    path = forged / "verification_key.json"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(MalformedFile):
        dev_verifying_key("eligibility")


def test_a_key_that_does_not_fit_the_manifest_is_refused(forged: Path) -> None:
    path = forged / "manifest.json"
    document = json.loads(path.read_text())
    for change in ({"circuit": "0" * 64}, {"public": document["public"][:4]}):
        path.write_text(json.dumps({**document, **change}))
        with pytest.raises(MalformedFile):
            dev_verifying_key("eligibility")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "null",
        '{"format": 2}',
        '{"format": 1, "public": []}',
        '{"format": 1, "public": 5}',
    ],
)
def test_other_documents_are_no_manifest(text: str) -> None:
    with pytest.raises(MalformedFile):
        Manifest.from_json(text)


def test_a_manifest_of_another_statement_is_refused(forged: Path) -> None:
    path = forged / "manifest.json"
    path.write_text(path.read_text().replace('"eligibility"', '"other"'))
    with pytest.raises(MalformedFile):
        load_manifest("eligibility")
    path.unlink()
    with pytest.raises(InvalidInput):
        load_manifest("eligibility")


def test_a_sample_that_should_be_refused_and_holds_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    good = samples("eligibility")
    idle = [type(good.refused[0])("no-change", "every-condition-exactly", {})]
    monkeypatch.setattr(published, "samples", lambda _: type(good)(good.satisfied, idle))
    with pytest.raises(UnsatisfiedWitness):
        published.make_record("eligibility")


@pytest.mark.slow
def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "make_record", made)
    assert published.main(["--check"]) == 0
    monkeypatch.setattr(published, "stale_files", lambda _: ["vectors.json"])
    assert published.main(["--check", "eligibility"]) == 1
    assert "vectors.json" in capsys.readouterr().out
