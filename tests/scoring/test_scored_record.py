"""A record with features in place of the score, and the credential over it."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, PASSWORD, card, seed, signing_key

from zkcredit.bn254.fields import R
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import InvalidInput, InvalidSignature, MalformedFile, OutOfRange
from zkcredit.gadgets.scorecard import NUMBER
from zkcredit.issuer import Issuer
from zkcredit.record import CreditRecord
from zkcredit.schema import ATTRIBUTES
from zkcredit.scoring import Scorecard, applicant, load_scorecard
from zkcredit.scoring.circuit_table import circuit_table
from zkcredit.scoring.scorecard import CategoryFeature, NumberFeature
from zkcredit.scoring.scored_record import Features, ScoredRecord
from zkcredit.storage.password_lock import KdfCost

OTHERS = {
    "monthly_income": 300_000,
    "monthly_expenses": 120_000,
    "monthly_debt_service": 30_000,
    "delinquencies_24m": 1,
    "history_months": 36,
    "currency": 978,
}
OWN = Scorecard(
    300, (NumberFeature("months", (5,), (1, 2)), CategoryFeature("kind", (("a",), ("b",)), (3, 4)))
)
ROW = {"months": 7, "kind": "b"}


def scored(row=None, scorecard=None, **changes) -> ScoredRecord:
    return ScoredRecord(
        Features.of(applicant(1) if row is None else row, scorecard), **OTHERS, **changes
    )


def signed(record, **changes) -> Credential:
    fields = {"holder": card().holder, "revocation_id": 4242, "issued_at": ISSUED}
    return Credential.sign(signing_key(), record, **{**fields, "expires_at": EXPIRES, **changes})


# --- features -----------------------------------------------------------------------------------


def test_features_are_named_and_coded():
    features = Features.of(ROW, OWN)
    assert features.codes == (7, 1)
    assert features.schema == (("months", (NUMBER,)), ("kind", ("a", "b")))
    assert features.named() == ROW
    assert features.hash() == circuit_table(OWN).features_hash((7, 1))
    assert repr(features) == "Features(…)"


def test_what_json_gives_is_read_back():
    for features in (Features.of(ROW, OWN), Features.of(applicant(1))):
        read = json.loads(json.dumps([features.schema, features.named()]))
        assert Features.from_named(*read) == features


@pytest.mark.parametrize(
    "row",
    [
        {"months": 7},
        {**ROW, "colour_of_hair": "x"},
        {**ROW, "sex": "x"},
        {**ROW, "Marital": "x"},
        {**ROW, "kind": "c"},
        {**ROW, "kind": 1},
        {**ROW, "months": "7"},
        {**ROW, "months": -1},
        {**ROW, "months": 2**32},
        {**ROW, 5: 5},
        None,
    ],
)
def test_rows_that_do_not_fit_the_model_are_refused(row):
    with pytest.raises(InvalidInput):
        Features.of(row, OWN)


MONTHS, KIND = ("months", (NUMBER,)), ("kind", ("a", "b"))


@pytest.mark.parametrize(
    "schema",
    [
        (),
        [MONTHS],
        (MONTHS, MONTHS),
        (MONTHS[:1],),
        (["months", (NUMBER,)],),
        (("months", [NUMBER]),),
        (("months", ()),),
        (("months", ("a",)),),
        (("months", ("b", "a")),),
        (("months", ("a", "a")),),
        (("months", ("", "a")),),
        (("", (NUMBER,)),),
        ((7, (NUMBER,)),),
        (("two\nlines", (NUMBER,)),),
        (("x" * 65, (NUMBER,)),),
        (("months", tuple(f"{i:03}" for i in range(257))),),
        (("age", (NUMBER,)),),
        (("marital_status", ("a", "b")),),
        tuple((f"f{i:02}", (NUMBER,)) for i in range(17)),
        None,
    ],
)
def test_schemas_of_another_form_are_refused(schema):
    count = len(schema) if isinstance(schema, tuple) else 1
    with pytest.raises(InvalidInput):
        Features(schema, (0,) * count)


@pytest.mark.parametrize(
    "codes", [(), (1,), (1, 1, 1), [7, 1], (7, 2), (7, -1), (2**32, 1), (-1, 1), (7, "b"),
              (7, True), (7.0, 1), (7, R)],
)  # fmt: skip
def test_codes_without_a_value_are_refused(codes):
    with pytest.raises(InvalidInput):
        Features((MONTHS, KIND), codes)


@pytest.mark.parametrize(
    ("schema", "values"),
    [
        ([["months", [NUMBER]]], {}),
        ([["months", [NUMBER]]], {"months": 7, "kind": "b"}),
        ([["months", [NUMBER]]], {"months": "7"}),
        ([["months", [NUMBER]]], {"months": None}),
        ([["months", [NUMBER]]], {"months": True}),
        ([["kind", ["a", "b"]]], {"kind": "c"}),
        ([["kind", ["a", "b"]]], {"kind": 0}),
        ([["kind", ["a", "b"]]], {"kind": ["a"]}),
        ([["kind", "ab"]], {"kind": "a"}),
        ([["kind", {"a": 1, "b": 2}]], {"kind": "a"}),
        ([["kind"]], {"kind": "a"}),
        ([[["kind"], ["a", "b"]]], {"kind": "a"}),
        ([["kind", ["a", 7]]], {"kind": "a"}),
        ({"kind": ["a", "b"]}, {"kind": "a"}),
        ([], {}),
        ([["months", [NUMBER]]], [7]),
        (None, None),
    ],
)
def test_documents_of_another_form_are_refused(schema, values):
    with pytest.raises(InvalidInput):
        Features.from_named(schema, values)


def test_errors_do_not_show_values():
    for call in (
        lambda: Features((MONTHS, KIND), (123_456, 654_321)),
        lambda: Features.from_named([["kind", ["a", "b"]]], {"kind": "a_secret"}),
    ):
        with pytest.raises(OutOfRange) as caught:
            call()
        for private in ("123456", "654321", "a_secret"):
            assert private not in str(caught.value)


# --- the record ---------------------------------------------------------------------------------


def test_the_hash_stands_in_the_scores_place():
    record = scored()
    assert len(record.values()) == 12
    assert record.values()[0] == record.features.hash()
    assert record.values()[1:] == CreditRecord(score=0, **OTHERS).values()[1:]
    names = [field.name for field in fields(ScoredRecord)]
    assert names == ["features", *(spec.name for spec in ATTRIBUTES[1:])]


def test_the_model_makes_the_score():
    record = scored()
    points = load_scorecard().score(applicant(1))
    assert record.judged_by() == CreditRecord(score=points, **OTHERS)


def test_another_models_features_are_not_judged():
    months, _ = OWN.features
    renamed = replace(OWN, features=(months, CategoryFeature("kind", (("a",), ("c",)), (3, 4))))
    swapped = replace(OWN, features=OWN.features[::-1])
    for scorecard in (None, load_scorecard(), renamed, swapped):
        with pytest.raises(InvalidInput, match="other features"):
            scored(ROW, OWN).judged_by(scorecard)
    retrained = replace(OWN, features=(months, CategoryFeature("kind", (("a",), ("b",)), (9, 8))))
    assert scored(ROW, OWN).judged_by(retrained).score == 310


@pytest.mark.parametrize("spec", ATTRIBUTES[1:], ids=lambda spec: spec.name)
def test_values_outside_the_width_are_refused(spec):
    for value in (-1, 2**spec.bits):
        with pytest.raises(OutOfRange, match=spec.name):
            replace(scored(), **{spec.name: value})
    for value in (1.0, "1", None, True):
        with pytest.raises(InvalidInput, match=spec.name):
            replace(scored(), **{spec.name: value})


@pytest.mark.parametrize("features", [None, (7, 1), {"months": 7}, 720])
def test_features_that_are_none_are_refused(features):
    with pytest.raises(InvalidInput):
        ScoredRecord(features, **OTHERS)


def test_a_mapping_becomes_a_record():
    rest = {spec.name: 0 for spec in ATTRIBUTES[7:]} | OTHERS
    record = ScoredRecord.from_values({"features": ROW, **rest}, OWN)
    assert record == scored(ROW, OWN)
    for wrong in (
        rest,
        {**rest, "features": None},
        {**rest, "features": {}},
        {**rest, "features": ROW, "score": 700},
        {**rest, "features": ROW, "height": 180},
        {"features": ROW},
        None,
    ):
        with pytest.raises(InvalidInput):
            ScoredRecord.from_values(wrong, OWN)


def test_a_record_shows_nothing():
    assert repr(scored()) == "ScoredRecord(…)"
    assert "300000" not in repr(signed(scored()))


# --- the credential -----------------------------------------------------------------------------


@pytest.mark.parametrize("record", [scored(), scored(ROW, OWN)], ids=["bundled", "own"])
def test_a_credential_survives_its_json_form(record):
    credential = signed(record)
    credential.verify()
    read = Credential.from_json(credential.to_json())
    assert read == credential
    read.verify()
    document = json.loads(credential.to_json())
    assert document["type"] == ["VerifiableCredential", "ScoredCreditCredential"]
    assert "score" not in document["credentialSubject"]


def test_the_features_are_signed():
    credential = signed(scored(ROW, OWN))
    document = json.loads(credential.to_json())
    for change in ({"months": 8}, {"kind": "a"}):
        subject = json.loads(json.dumps(document["credentialSubject"]))
        subject["features"] |= change
        forged = Credential.from_json(json.dumps({**document, "credentialSubject": subject}))
        with pytest.raises(InvalidSignature):
            forged.verify()


def test_the_schema_is_signed():
    document = json.loads(signed(scored(ROW, OWN)).to_json())
    for schema in (
        [["months", [NUMBER]], ["kind", ["a", "b", "c"]]],
        [["months", [NUMBER]], ["kind", ["b", "c"]]],
        [["kind", ["a", "b"]], ["months", [NUMBER]]],
    ):
        subject = {**document["credentialSubject"], "featureSchema": schema}
        forged = Credential.from_json(json.dumps({**document, "credentialSubject": subject}))
        with pytest.raises(InvalidSignature):
            forged.verify()


@pytest.mark.parametrize(
    "change",
    [
        {"score": 700},
        {"features": None},
        {"features": {"months": 7}},
        {"features": {"months": 7, "kind": "c"}},
        {"featureSchema": []},
        {"featureSchema": None},
        {"featureSchema": [["months", ["number below 2^33"]], ["kind", ["a", "b"]]]},
        {"monthly_income": "300000"},
    ],
)
def test_other_subjects_are_refused(change):
    document = json.loads(signed(scored(ROW, OWN)).to_json())
    subject = {**document["credentialSubject"], **change}
    with pytest.raises(InvalidInput):
        Credential.from_json(json.dumps({**document, "credentialSubject": subject}))


@pytest.mark.parametrize("types", ["CreditCredential", "VerifiableCredential", "Scored"])
def test_the_type_tells_which_kind_it_is(types):
    document = json.loads(signed(scored(ROW, OWN)).to_json())
    with pytest.raises(MalformedFile):
        Credential.from_json(json.dumps({**document, "type": ["VerifiableCredential", types]}))
    plain = json.loads(signed(CreditRecord(score=7, **OTHERS)).to_json())
    changed = {**plain, "type": ["VerifiableCredential", "ScoredCreditCredential"]}
    with pytest.raises(MalformedFile):
        Credential.from_json(json.dumps(changed))


def test_an_issuer_signs_it_and_the_envelope_opens(tmp_path):
    with Issuer.create(tmp_path / "issuer", PASSWORD, cost=KdfCost.light_unsafe()) as issuer:
        envelope = issuer.issue(scored(), person="one", to=card(), now=ISSUED)
        tag = issuer.person_tag("one")
        with pytest.raises(InvalidInput):
            issuer.issue(scored().features, person="one", to=card())
    opened = Envelope.from_json(envelope.to_json()).open(seed().envelope_key, card().holder)
    assert opened.record == replace(scored(), person_tag=tag)
