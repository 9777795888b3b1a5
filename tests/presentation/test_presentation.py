"""A presentation proves what the verifier expects, or is refused; it carries nothing private."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from support.protocol.nouns import NOW, record, seed

from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1_INFINITY
from zkcredit.errors import InvalidInput, InvalidProof, MalformedFile, OutOfRange
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy
from zkcredit.presentation import PUBLIC_INPUTS, Presentation, verify


def test_it_verifies_for_the_verifier_that_it_was_made_for(good, expected):
    assert verify(good, **expected) is None
    verify(Presentation.from_json(good.to_json()), **expected)


def test_the_public_inputs_are_in_the_statements_order(good, registry):
    nullifier = poseidon([seed().holder_secret, 5678], domain_tag("nullifier"))
    word = Policy.unpack(good.public_inputs[0])
    assert good.public_inputs[1:] == (1234, registry.root, 5678, nullifier)
    assert word.min_score == 650


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("policy", Policy.score_range(651).at(NOW)),
        ("policy", Policy().at(NOW)),
        ("context", 1235),
        ("context", R - 1234),
        ("scope", 5679),
        ("registry_root", 1),
    ],
)
def test_another_expectation_is_an_invalid_proof(good, expected, name, other):
    with pytest.raises(InvalidProof, match=name):
        verify(good, **{**expected, name: other})


@pytest.mark.parametrize("name", PUBLIC_INPUTS)
def test_a_changed_public_input_is_an_invalid_proof(good, expected, name):
    changed = replace(good, **{name: (getattr(good, name) + 1) % R})
    with pytest.raises(InvalidProof):
        verify(changed, **expected)
    # even when the verifier were to expect the changed one
    if name not in ("policy", "nullifier"):
        with pytest.raises(InvalidProof):
            verify(changed, **{**expected, name: getattr(changed, name)})


def test_the_verifier_never_takes_the_presentations_own_policy(make, expected):
    lenient = make(policy=Policy().at(NOW), score=0, monthly_income=0)
    with pytest.raises(InvalidProof, match="policy"):
        verify(lenient, **expected)
    verify(lenient, **{**expected, "policy": Policy().at(NOW)})


def test_two_proofs_of_one_thing_differ_and_have_one_nullifier(good, make, expected):
    again = make()
    assert again.proof != good.proof
    assert again.nullifier == good.nullifier
    verify(again, **expected)


def test_nullifiers_differ_between_scopes_and_between_borrowers(good, make):
    assert make(scope=1).nullifier != good.nullifier
    assert make(holder=2).nullifier != good.nullifier


def test_proofs_cannot_be_mixed(good, make, expected):
    other = make(context=1)
    with pytest.raises(InvalidProof):
        verify(replace(good, proof=other.proof), **expected)
    a, b, c = good.proof.a, good.proof.b, good.proof.c
    for wrong in (Proof(c, b, a), Proof(a, b, other.proof.c), Proof(G1_INFINITY, b, c)):
        with pytest.raises(InvalidProof):
            verify(replace(good, proof=wrong), **expected)


def test_a_proof_in_another_encoding_is_refused(good, expected):
    a = good.proof.a
    shifted = replace(good.proof, a=type(a)(a.x + Q, a.y))
    with pytest.raises(InvalidProof):
        verify(replace(good, proof=shifted), **expected)


@pytest.mark.parametrize("name", PUBLIC_INPUTS)
@pytest.mark.parametrize("value", [-1, R, R + 1, 2**256, None, "1", True, 1.0])
def test_public_inputs_that_are_no_field_elements_are_refused(good, name, value):
    with pytest.raises(InvalidInput):
        replace(good, **{name: value})


@pytest.mark.parametrize(
    "change",
    [
        {"context": R},
        {"context": -1},
        {"context": "1234"},
        {"scope": None},
        {"registry_root": True},
        {"policy": 0},
        {"policy": None},
    ],
)
def test_expectations_must_be_well_formed(good, expected, change):
    with pytest.raises(InvalidInput):
        verify(good, **{**expected, **change})


@pytest.mark.parametrize("thing", [None, "{}", {}, (1, 2)])
def test_only_presentations_are_verified(thing, expected):
    with pytest.raises(InvalidInput):
        verify(thing, **expected)


def test_a_presentation_needs_a_proof(good):
    with pytest.raises(InvalidInput):
        replace(good, proof=None)


def test_it_carries_nothing_private(good):
    words = re.findall(r"\w+", good.to_json() + repr(good))  # whole: digits are in any number
    secret = seed().holder_secret
    for private in (secret, *[v for v in record().values() if v > 99_999]):
        assert str(private) not in words
        assert f"{private:x}" not in words
    assert set(json.loads(good.to_json())) == {"type", "statement", "publicSignals", "proof"}


def test_json_survives_a_round_trip(good):
    assert Presentation.from_json(good.to_json()) == good
    assert Presentation.from_json(good.to_json()).to_json() == good.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zkcredit/presentation/2"},
        {"statement": "ledger_eligibility"},
        {"statement": None},
        {"publicSignals": []},
        {"publicSignals": ["1"] * 4},
        {"publicSignals": ["1"] * 6},
        {"publicSignals": [1, 2, 3, 4, 5]},
        {"publicSignals": ["01", "2", "3", "4", "5"]},
        {"publicSignals": ["+1", "2", "3", "4", "5"]},
        {"publicSignals": ["١", "2", "3", "4", "5"]},
        {"publicSignals": ["0x1", "2", "3", "4", "5"]},
        {"publicSignals": ["1", "2", "3", "4", "9" * 81]},
        {"publicSignals": {}},
        {"proof": {}},
        {"proof": None},
        {"nullifier": "1"},
    ],
)
def test_other_documents_are_refused(good, change):
    with pytest.raises(MalformedFile):
        Presentation.from_json(json.dumps({**json.loads(good.to_json()), **change}))


def test_public_signals_beyond_the_field_are_refused(good):
    document = json.loads(good.to_json())
    for index in range(5):
        signals = list(document["publicSignals"])
        signals[index] = str(int(signals[index]) + R)
        with pytest.raises(OutOfRange):
            Presentation.from_json(json.dumps({**document, "publicSignals": signals}))
