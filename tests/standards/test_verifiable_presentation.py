"""Presentations in W3C's form: valid by its schema, exact there and back, and nothing false."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from support.groth16 import groth16_toy as toy
from support.protocol.nouns import credential

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange
from zkcredit.presentation import Presentation
from zkcredit.schema import PRESENTED, PUBLIC_INPUTS
from zkcredit.standards import read_verifiable_presentation, write_verifiable_presentation

SCHEMAS = {
    path.name: json.loads(path.read_text())
    for path in (Path(__file__).parent / "schemas").glob("*.json")
}
REGISTRY: Registry[Any] = Registry().with_resources(
    [(schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values()]
)


def shown(statement: str) -> Presentation:
    """A presentation of a statement, of the right form."""
    inputs = tuple(range(1, len(PUBLIC_INPUTS[statement]) + 1))
    digest = "5c" * 32 if statement == "scored_eligibility" else None
    return Presentation(statement, inputs, toy.PROOF, digest)


PLAIN = json.loads(write_verifiable_presentation(shown("eligibility")))


def problems(schema: str, document: Any) -> list[str]:
    """What a schema of W3C says against a document."""
    validator = Draft202012Validator(SCHEMAS[schema], registry=REGISTRY)
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("statement", PRESENTED)
def test_it_is_valid_by_w3cs_schema_and_comes_back_to_the_byte(statement: str) -> None:
    presentation = shown(statement)
    text = write_verifiable_presentation(presentation)
    assert problems("verifiable-presentation-schema.json", json.loads(text)) == []
    back = read_verifiable_presentation(text)
    assert back == presentation
    assert back.to_json() == presentation.to_json()
    assert write_verifiable_presentation(read_verifiable_presentation(text.encode())) == text


def test_another_program_may_write_it_with_spaces_and_in_another_order() -> None:
    turned = dict(reversed(PLAIN.items()))
    assert read_verifiable_presentation(json.dumps(turned, indent=4)) == shown("eligibility")


def test_a_credential_is_valid_by_w3cs_schema_too() -> None:
    document = json.loads(credential().to_json())
    assert problems("verifiable-credential-schema.json", document) == []


@pytest.mark.parametrize(
    "change", [{"@context": []}, {"type": "Presentation"}, {"type": []}, {"proof": {"type": "x"}},
               {"verifiableCredential": [{}]}]
)  # fmt: skip
def test_the_schema_refuses_what_is_not_a_verifiable_presentation(change: dict[str, Any]) -> None:
    assert problems("verifiable-presentation-schema.json", {**PLAIN, **change})


def test_nothing_false_is_said() -> None:
    assert PLAIN.keys() == {"@context", "type", "creditPresentation"}
    assert "DataIntegrity" not in json.dumps(PLAIN)
    context = PLAIN["@context"][1]
    assert context["creditPresentation"]["@type"] == "@json"  # its members are no terms


@pytest.mark.parametrize(
    "change",
    [
        {"@context": PLAIN["@context"][:1]},
        {"@context": PLAIN["@context"][0]},
        {"@context": [PLAIN["@context"][0], {"@vocab": "urn:zkcredit:v1#"}]},
        {"@context": list(reversed(PLAIN["@context"]))},
        {"type": "VerifiablePresentation"},
        {"type": ["CreditPresentation", "VerifiablePresentation"]},
        {"type": [*PLAIN["type"], "EnvelopedVerifiablePresentation"]},
        {"holder": "did:example:mallory"},
        {"proof": {"type": "DataIntegrityProof", "proofValue": "z58"}},
        {"verifiableCredential": []},
        {"id": "urn:uuid:3978344f-8596-4c3a-a978-8fcaba3903c5"},
        {"creditPresentation": None},
        {"creditPresentation": json.dumps(PLAIN["creditPresentation"])},
        {"creditPresentation": [PLAIN["creditPresentation"]]},
        {"creditPresentation": {**PLAIN["creditPresentation"], "type": "zkcredit/presentation/2"}},
        {"creditPresentation": {**PLAIN["creditPresentation"], "statement": "history"}},
        {"creditPresentation": {**PLAIN["creditPresentation"], "nonce": 7}},
        {"creditPresentation": {**PLAIN["creditPresentation"], "publicSignals": ["1"]}},
    ],
    ids=str,
)
def test_other_documents_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(MalformedFile):
        read_verifiable_presentation(json.dumps({**PLAIN, **change}))


@pytest.mark.parametrize("missing", PLAIN)
def test_a_document_without_a_member_is_refused(missing: str) -> None:
    rest = {name: value for name, value in PLAIN.items() if name != missing}
    with pytest.raises(MalformedFile, match="lacks"):
        read_verifiable_presentation(json.dumps(rest))


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "7", "{}", b"\xff", "x" * (1 << 16), 5, None, '{"type": 1, "type": 1}'],
)  # fmt: skip
def test_what_is_not_such_a_text_is_refused(text: Any) -> None:
    with pytest.raises(MalformedFile):
        read_verifiable_presentation(text)


def test_a_public_input_outside_the_field_is_refused() -> None:
    inside = {**PLAIN["creditPresentation"], "publicSignals": ["1", "2", "3", "4", str(R)]}
    with pytest.raises(OutOfRange):
        read_verifiable_presentation(json.dumps({**PLAIN, "creditPresentation": inside}))


@pytest.mark.parametrize("other", [None, "x", PLAIN])
def test_only_a_presentation_is_written(other: Any) -> None:
    with pytest.raises(InvalidInput):
        write_verifiable_presentation(other)


def test_what_was_returned_can_be_changed_without_harm() -> None:
    from zkcredit.standards.verifiable_presentation import verifiable_presentation

    made = verifiable_presentation(shown("eligibility"))
    made["@context"][1].clear()
    made["type"].clear()
    assert verifiable_presentation(shown("eligibility")) == PLAIN
