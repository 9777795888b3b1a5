"""A credential says what was signed, in one W3C form, and nothing that was changed verifies."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, card, credential, record, signing_key

from zkcredit.bn254.fields import R
from zkcredit.credential import Credential, holder_of
from zkcredit.errors import (
    CredentialError,
    ExpiredCredential,
    InvalidInput,
    InvalidSignature,
    MalformedFile,
    OutOfRange,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.eddsa import Signature
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.schema import ATTRIBUTES

GOOD = credential()
DOCUMENT = json.loads(GOOD.to_json())


def test_a_signed_credential_verifies():
    GOOD.verify()
    GOOD.verify(issuer=signing_key().public, at=ISSUED)
    GOOD.verify(at=EXPIRES - 1)


def test_the_message_is_header_holder_attributes_under_the_credential_tag():
    values = [4242, ISSUED, EXPIRES, card().holder, *record(person_tag=99).values()]
    assert GOOD.message() == poseidon(values, domain_tag("credential"))
    assert card().holder != poseidon([1], 0)


@pytest.mark.parametrize("spec", ATTRIBUTES, ids=lambda spec: spec.name)
def test_every_attribute_is_signed(spec):
    value = getattr(GOOD.record, spec.name)
    changed = replace(GOOD, record=replace(GOOD.record, **{spec.name: value + 1}))
    with pytest.raises(InvalidSignature):
        changed.verify()


@pytest.mark.parametrize("field", ["revocation_id", "issued_at", "expires_at", "holder"])
def test_every_part_of_the_header_is_signed(field):
    with pytest.raises(InvalidSignature):
        replace(GOOD, **{field: getattr(GOOD, field) + 1}).verify()


def test_another_issuers_key_does_not_verify():
    with pytest.raises(InvalidSignature):
        replace(GOOD, issuer=signing_key(2).public).verify()
    with pytest.raises(InvalidSignature):
        GOOD.verify(issuer=signing_key(2).public)


@pytest.mark.parametrize("torsion", TORSION, ids=lambda point: f"y{point.y % 1000}")
def test_keys_of_low_order_and_keys_with_torsion_are_refused(torsion):
    with pytest.raises(InvalidSignature):
        replace(GOOD, issuer=torsion).verify()
    if torsion != IDENTITY:
        with pytest.raises(InvalidSignature):
            replace(GOOD, issuer=babyjub.add(GOOD.issuer, torsion)).verify()


def test_under_the_identity_as_key_nobody_signs():
    # With A = identity, R8 = S·B8 satisfies the equation for every message.
    forged = Signature(babyjub.mul(7, BASE8), 7)
    with pytest.raises(InvalidSignature):
        replace(GOOD, issuer=IDENTITY, signature=forged).verify()


def test_a_key_off_the_curve_is_refused():
    with pytest.raises(InvalidSignature):
        replace(GOOD, issuer=Point(1, 1)).verify()
    with pytest.raises(InvalidSignature):
        replace(GOOD, issuer=Point(GOOD.issuer.x + R, GOOD.issuer.y)).verify()


def test_an_s_beyond_the_subgroup_order_is_refused():
    r8, s = GOOD.signature
    with pytest.raises(InvalidSignature):
        replace(GOOD, signature=Signature(r8, s + SUBGROUP_ORDER)).verify()


@pytest.mark.parametrize(("at", "text"), [(ISSUED - 1, "not valid yet"), (EXPIRES, "expired")])
def test_outside_its_time_it_is_expired(at, text):
    with pytest.raises(ExpiredCredential, match=text):
        GOOD.verify(at=at)


@pytest.mark.parametrize(
    "change",
    [
        {"revocation_id": 0},
        {"revocation_id": 2**32},
        {"revocation_id": True},
        {"issued_at": -1},
        {"issued_at": EXPIRES},
        {"issued_at": "now"},
        {"expires_at": ISSUED},
        {"expires_at": 253_402_300_800},
        {"expires_at": None},
        {"holder": 0},
        {"holder": R},
        {"holder": "0x1"},
        {"record": None},
        {"record": {}},
    ],
)
def test_fields_outside_their_range_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(GOOD, **change)


@pytest.mark.parametrize("secret", [0, R, R + 1, -1])
def test_secrets_that_are_no_field_element_have_no_holder(secret):
    with pytest.raises(OutOfRange):
        holder_of(secret)


def test_it_neither_changes_nor_shows_itself():
    with pytest.raises(FrozenInstanceError):
        GOOD.revocation_id = 1
    assert repr(GOOD) == "Credential(…)"


# --- the W3C form -------------------------------------------------------------------------------


def test_json_survives_a_round_trip_and_is_canonical():
    assert Credential.from_json(GOOD.to_json()) == GOOD
    assert Credential.from_json(GOOD.to_json().encode()) == GOOD
    assert Credential.from_json(json.dumps(DOCUMENT, indent=2)).to_json() == GOOD.to_json()
    assert GOOD.to_json() == credential().to_json()


def test_the_form_is_that_of_the_data_model_2_0():
    assert DOCUMENT["@context"][0] == "https://www.w3.org/ns/credentials/v2"
    assert DOCUMENT["type"][0] == "VerifiableCredential"
    assert DOCUMENT["issuer"].startswith("urn:")
    assert DOCUMENT["credentialSubject"]["id"].startswith("urn:")
    assert DOCUMENT["validFrom"].endswith("Z")
    assert DOCUMENT["validUntil"] > DOCUMENT["validFrom"]
    assert DOCUMENT["proof"]["verificationMethod"] == DOCUMENT["issuer"]


def test_wide_attributes_are_text_because_json_numbers_are_not_exact():
    big = credential(record=record(person_tag=2**248 - 1, subject_ref=2**64 - 1))
    subject = json.loads(big.to_json())["credentialSubject"]
    assert subject["person_tag"] == str(2**248 - 1)
    assert Credential.from_json(big.to_json()) == big


def altered(path, value):
    document = json.loads(GOOD.to_json())
    place = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["@context"], "https://www.w3.org/ns/credentials/v2"),
        (["@context", 0], "https://www.w3.org/2018/credentials/v1"),
        (["@context", 1], {"@vocab": "https://example.org/"}),
        (["type"], ["CreditCredential", "VerifiableCredential"]),
        (["type"], "VerifiableCredential"),
        (["issuer"], "did:example:1"),
        (["issuer"], {"id": DOCUMENT["issuer"]}),
        (["issuer"], DOCUMENT["issuer"].upper()),
        (["issuer"], DOCUMENT["issuer"][:-2]),
        (["issuer"], "urn:zkcredit:issuer:" + "ff" * 32),
        (["validFrom"], "2026-11-23"),
        (["validFrom"], 1_790_000_000),
        (["validUntil"], None),
        (["validUntil"], "9999-12-31T23:59:60Z"),
        (["extra"], 1),
        (["credentialStatus"], None),
        (["credentialStatus", "revocationId"], "4242"),
        (["credentialStatus", "revocationId"], 4242.0),
        (["credentialStatus", "revocationId"], True),
        (["credentialStatus", "revocationId"], 2**32),
        (["credentialStatus", "type"], "BitstringStatusListEntry"),
        (["credentialStatus", "extra"], 1),
        (["credentialSubject"], []),
        (["credentialSubject", "id"], "urn:zkcredit:holder:0x1"),
        (["credentialSubject", "id"], "urn:zkcredit:holder:0x" + "f" * 64),
        (["credentialSubject", "score"], "720"),
        (["credentialSubject", "score"], 720.0),
        (["credentialSubject", "score"], -1),
        (["credentialSubject", "score"], 65_536),
        (["credentialSubject", "score"], None),
        (["credentialSubject", "person_tag"], 99),
        (["credentialSubject", "person_tag"], "099"),
        (["credentialSubject", "person_tag"], "٩٩"),
        (["credentialSubject", "person_tag"], "9" * 81),
        (["credentialSubject", "nationality"], "x"),
        (["proof", "type"], "DataIntegrityProof"),
        (["proof", "proofPurpose"], "authentication"),
        (["proof", "verificationMethod"], "urn:zkcredit:issuer:other"),
        (["proof", "proofValue"], ""),
        (["proof", "proofValue"], DOCUMENT["proof"]["proofValue"][:-2]),
        (["proof", "proofValue"], "00" * 63 + "ff"),
        (["proof", "proofValue"], DOCUMENT["proof"]["proofValue"].upper()),
        (["proof", "created"], "2026-11-23T18:00:00Z"),
    ],
)
def test_every_other_document_is_refused(path, value):
    with pytest.raises((InvalidInput, CredentialError)):
        Credential.from_json(altered(path, value))


@pytest.mark.parametrize("name", sorted(DOCUMENT))
def test_documents_without_a_member_are_refused(name):
    document = {key: value for key, value in DOCUMENT.items() if key != name}
    with pytest.raises(MalformedFile):
        Credential.from_json(json.dumps(document))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "[]",
        "{}",
        "{",
        "NaN",
        b"\xff\xfe",
        "[" * 100_000,
        "9" * 5_000,
        GOOD.to_json() + " x",
        GOOD.to_json().replace('"type"', '"type":["x"],"type"', 1),
        " " * (1 << 17),
        None,
        7,
    ],
    ids=repr,
)
def test_what_is_no_document_is_refused(text):
    with pytest.raises(MalformedFile):
        Credential.from_json(text)


def test_errors_about_documents_quote_nothing_private():
    with pytest.raises(MalformedFile) as caught:
        Credential.from_json(GOOD.to_json()[:-1])
    assert "300000" not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("torsion", TORSION, ids=lambda point: f"y{point.y % 1000}")
def test_a_document_with_an_unusable_key_is_refused(torsion):
    text = "urn:zkcredit:issuer:" + babyjub.encode(torsion).hex()
    with pytest.raises((InvalidSignature, MalformedFile)):
        Credential.from_json(altered(["issuer"], text))
