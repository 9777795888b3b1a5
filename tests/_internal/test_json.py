"""Every JSON document of ours, mutated at random: a typed error, or the same meaning."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.protocol.nouns import NOW, card, credential, signing_key

from zkcredit._internal.json import base64_bytes, base64_text, field, field_text, parse
from zkcredit.bn254.fields import R
from zkcredit.bn254.points import G1_GENERATOR, G2_GENERATOR
from zkcredit.envelope import Envelope
from zkcredit.errors import MalformedFile, ZkCreditError
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest, RequestKey

LIST = RevocationList.sign(signing_key(), [5, 4000], NOW)
PROOF = Proof(G1_GENERATOR, G2_GENERATOR, G1_GENERATOR)
REQUEST = ProofRequest(
    "a lender",
    "a loan",
    NOW + 60,
    7,
    policy=Policy(min_score=600, now=NOW),
    scope=5678,
    registry_root=9,
    addressee="ab" * 32,
)
DOCUMENTS = [
    credential(),
    card(),
    Envelope.seal(credential(), card()),
    LIST,
    RegistrySnapshot.of(LIST),
    Presentation("eligibility", (1, 2, 3, 4, 5), PROOF),
    REQUEST,
    REQUEST.signed(RequestKey.generate()),
]
NAMES = [type(document).__name__ for document in DOCUMENTS]
PIECES = ["", "0", "9", "-", ".", "e", '"', "[", "]", "{", "}", ",", ":", " ", "null", "true", "ä"]


@pytest.mark.slow
@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_mutated_text_is_refused_or_means_the_same(document, data):
    text = document.to_json()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 3))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[start + length :]
    try:
        again = type(document).from_json(text)
    except ZkCreditError:
        return
    # A presentation's numbers and an envelope's bytes carry no checksum: those may differ, and
    # then do not verify. Whatever was read is what the text says, in its one canonical form.
    assert json.loads(again.to_json()) == json.loads(text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
@given(st.binary(max_size=200) | st.text(max_size=200))
@settings(max_examples=50)
def test_noise_is_refused(document, noise):
    with pytest.raises(MalformedFile):
        type(document).from_json(noise)


@pytest.mark.parametrize("document", DOCUMENTS, ids=NAMES)
def test_repeated_members_are_refused(document):
    text = document.to_json()
    first = json.dumps(next(iter(json.loads(text))))
    with pytest.raises(MalformedFile):
        type(document).from_json("{" + first + ":1," + text[1:])


@pytest.mark.parametrize("value", [0, 1, R - 1])
def test_field_elements_survive_a_round_trip(value):
    assert field(field_text(value), "x") == value


@pytest.mark.parametrize(
    "text",
    ["", "0x", "0x0", "0" * 66, f"0x{R:064x}", "0x" + "F" * 64, f" 0x{1:064x}", 1, None, b"0x"],
)
def test_other_notations_of_field_elements_are_refused(text):
    with pytest.raises(MalformedFile):
        field(text, "x")


@given(st.binary(max_size=50))
def test_base64_survives_a_round_trip(data):
    assert base64_bytes(base64_text(data), "x") == data


@pytest.mark.parametrize("text", ["Q", "QQ", "QR==", "QQ==\n", "Q Q=", "-_==", "é", 7, None])
def test_other_base64_is_refused(text):
    with pytest.raises(MalformedFile):
        base64_bytes(text, "x")


DEEP = "[" * 40


@pytest.mark.parametrize(
    "text",
    [DEEP, '{"a":' * 40, f'["{"]" * 40}",{DEEP}', f'["\\"{"]" * 40}",{DEEP}',
     f'"{DEEP}\\"{DEEP}"]{DEEP}', f'["{"]" * 100_000}",{"[" * 100_000}'],
)  # fmt: skip
def test_a_document_that_is_nested_too_deep_is_refused(text):
    """Brackets that a string holds close nothing."""
    with pytest.raises(MalformedFile, match="nested deeper"):
        parse(text, "x", 1 << 20)


@pytest.mark.parametrize("held", ["{" * 256, "]" * 256, '\\"[' * 80, "\\\\[" * 80])
def test_brackets_inside_a_string_do_not_nest(held):
    assert parse(f'["{held}"]', "x", 1 << 10) == json.loads(f'["{held}"]')


@pytest.mark.parametrize("text", ['"' + '\\"' * 300_000 + "\\", '"' * 600_001, "\\" * 600_000])
def test_a_text_cannot_make_the_search_for_brackets_slow(text):
    """Each would take minutes if the search began anew at every quotation mark."""
    with pytest.raises(MalformedFile):
        parse(text, "x", 1 << 20)
