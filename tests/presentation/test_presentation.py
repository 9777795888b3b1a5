"""A presentation answers the request that it was made for, and no other; it hides the rest."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from support.protocol.nouns import NOW, record, seed

from zkcredit import units
from zkcredit.bn254.fields import Q, R
from zkcredit.bn254.points import G1_INFINITY
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.errors import (
    AnsweredRequest,
    ExpiredRequest,
    InvalidInput,
    InvalidProof,
    MalformedFile,
    OutOfRange,
)
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.groth16.keys import Proof
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation, verify
from zkcredit.request import Arbiters, ProofRequest, RequestBook, RequestKey
from zkcredit.schema import PUBLIC_INPUTS

NAMES = PUBLIC_INPUTS["eligibility"]
SCORECARD = BUNDLED_SCORECARD.model
POLICY_LATER = (
    (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW + 1).pack()
)


def changed(presentation, **inputs):
    named = {**presentation.named, **inputs}
    return replace(presentation, public_inputs=tuple(named.values()))


# --- what it answers ----------------------------------------------------------------------------


def test_whoever_asked_accepts_it_until_the_last_second(good, request_, key):
    assert verify(good, request_, key, now=NOW) is None
    verify(Presentation.from_json(good.to_json()), request_, key, now=NOW + 600)
    with pytest.raises(ExpiredRequest):
        verify(good, request_, key, now=NOW + 601)


def test_the_clock_is_the_verifiers_if_no_time_is_given(good, request_, key, monkeypatch):
    monkeypatch.setattr(units, "now", lambda: NOW + 600)
    verify(good, request_, key)
    monkeypatch.setattr(units, "now", lambda: NOW + 601)
    with pytest.raises(ExpiredRequest):
        verify(good, request_, key)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"verifier": "Farm Credit Onion"}, "verifier, purpose, expiry, nonce or signature"),
        ({"purpose": "a tractor"}, "verifier, purpose, expiry, nonce or signature"),
        ({"expires_at": NOW + 601}, "verifier, purpose, expiry, nonce or signature"),
        ({"nonce": 8}, "verifier, purpose, expiry, nonce or signature"),
        ({"policy": Policy.score_range(651).at(NOW)}, "policy"),
        ({"policy": Policy().at(NOW)}, "policy"),
        ({"scope": 5679}, "scope"),
        ({"registry_root": 1}, "registry_root"),
        ({"scorecard": SCORECARD}, "scored_eligibility"),
        ({"arbiters": Arbiters(BASE8)}, "escrow"),
    ],
)
def test_whoever_asked_for_something_else_refuses_it(good, request_, key, change, named):
    with pytest.raises(InvalidProof, match=named):
        verify(good, replace(request_, **change), key, now=NOW)


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({"verifier": "Farm Credit Onion"}, ("context",)),
        ({"nonce": 8}, ("context",)),
        ({"policy": Policy.score_range(651).at(NOW)}, ("min_score", "instalment", "coverage_bps")),
        ({"scope": 5679}, ("scope",)),
        ({"registry_root": 1}, ("registry_root",)),
        ({"scorecard": SCORECARD}, ("statement",)),
    ],
)
def test_the_error_names_what_differs(good, request_, key, change, differs):
    with pytest.raises(InvalidProof) as caught:
        verify(good, replace(request_, **change), key, now=NOW)
    assert caught.value.differs == differs
    assert all(name in str(caught.value) or name == "statement" for name in differs)


def test_a_word_that_is_no_policy_is_told(good, request_, key):
    for word in (R - 1, 1 << 15):  # too large; the least score above the greatest
        for max_age in (None, 60):
            with pytest.raises(InvalidProof, match="does not encode a policy") as caught:
                verify(changed(good, policy=word), request_, key, now=NOW, max_age=max_age)
            assert caught.value.differs == ("policy",)


# --- the time at which it judges ----------------------------------------------------------------


def test_another_time_is_named_and_max_age_is_offered(good, request_, key):
    later = replace(request_, policy=request_.policy.at(NOW + 30))
    with pytest.raises(InvalidProof, match=f"now is {NOW}, not {NOW + 30}.*pass max_age") as caught:
        verify(good, later, key, now=NOW + 30)
    assert caught.value.differs == ("now",)


@pytest.mark.parametrize("moment", [NOW, NOW + 1, NOW + 60])
def test_an_earlier_time_within_max_age_is_accepted(good, request_, key, moment):
    later = replace(request_, policy=request_.policy.at(NOW + 30))
    assert verify(good, later, key, now=moment, max_age=60) is None
    assert verify(good, request_, key, now=moment, max_age=60) is None


@pytest.mark.parametrize("moment", [NOW - 1, NOW + 61, NOW + 600])
def test_a_time_that_is_older_or_to_come_is_refused(good, request_, key, moment):
    for asked in (request_, replace(request_, policy=request_.policy.at(moment))):
        with pytest.raises(InvalidProof, match="at most 60 seconds before") as caught:
            verify(good, asked, key, now=moment, max_age=60)
        assert caught.value.differs == ("now",)


def test_max_age_relaxes_nothing_but_the_time(good, request_, key):
    other = replace(request_, policy=Policy.score_range(651).at(NOW + 30))
    with pytest.raises(InvalidProof, match="min_score is 650, not 651") as caught:
        verify(good, other, key, now=NOW, max_age=60)
    assert "now" not in caught.value.differs
    with pytest.raises(InvalidProof, match="verifier"):
        verify(good, replace(request_, nonce=8), key, now=NOW, max_age=60)
    with pytest.raises(ExpiredRequest):
        verify(good, request_, key, now=NOW + 601, max_age=10_000)
    with pytest.raises(InvalidProof, match="does not hold"):  # the proof binds the time
        verify(changed(good, policy=POLICY_LATER), request_, key, now=NOW + 30, max_age=60)


@pytest.mark.parametrize("max_age", [-1, 1 << 40, True, 1.5, "60"])
def test_a_max_age_that_is_not_a_number_of_seconds_is_refused(good, request_, key, max_age):
    with pytest.raises(InvalidInput, match="max_age"):
        verify(good, request_, key, now=NOW, max_age=max_age)


def test_an_answer_to_a_signed_request_is_judged_by_its_time_too(make, request_, key):
    signed = replace(request_, addressee="ab" * 32).signed(RequestKey.generate())
    verify(make(signed), signed, key, now=NOW + 5, max_age=5)
    with pytest.raises(InvalidProof, match="at most 4 seconds"):
        verify(make(signed), signed, key, now=NOW + 5, max_age=4)


def test_an_answer_to_an_unsigned_copy_does_not_answer_the_signed_request(make, request_, key):
    """Whoever passes a request on takes the signature off, so that another wallet answers it."""
    verifier = RequestKey.generate()
    signed = replace(request_, addressee="ab" * 32).signed(verifier)
    copies = [
        replace(signed, signed_by=b"", signature=b""),
        replace(signed, signed_by=b"", signature=b"", addressee=""),
        signed.signed(RequestKey.generate()),
        replace(request_, addressee="cd" * 32).signed(verifier),
    ]
    verify(make(signed), signed, key, now=NOW)
    for copy in copies:
        with pytest.raises(InvalidProof, match="nonce or signature"):
            verify(make(copy), signed, key, now=NOW)


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_public_input_is_an_invalid_proof(good, request_, key, name):
    wrong = changed(good, **{name: (good.named[name] + 1) % R})
    with pytest.raises(InvalidProof):
        verify(wrong, request_, key, now=NOW)
    # even if the verifier asked for the changed one
    if name in ("scope", "registry_root"):
        with pytest.raises(InvalidProof):
            verify(wrong, replace(request_, **{name: wrong.named[name]}), key, now=NOW)


def test_a_later_expiry_written_by_the_borrower_is_another_use(good, request_, key):
    late = replace(request_, expires_at=NOW + 10**6)
    with pytest.raises(InvalidProof):
        verify(changed(good, context=late.context), late, key, now=NOW)


def test_the_verifier_never_takes_the_presentations_own_policy(make, request_, key):
    neutral = replace(request_, policy=Policy().at(NOW))
    lenient = make(neutral, score=0, monthly_income=0)
    with pytest.raises(InvalidProof, match="policy"):
        verify(lenient, request_, key, now=NOW)
    verify(lenient, neutral, key, now=NOW)


def test_two_proofs_of_one_thing_differ_and_have_one_nullifier(good, make, request_, key):
    again = make(request_)
    assert again.proof != good.proof
    assert again.nullifier == good.nullifier == good.pseudonym
    verify(again, request_, key, now=NOW)


def test_nullifiers_differ_between_scopes_and_between_borrowers(good, make, request_):
    assert make(replace(request_, scope=1)).nullifier != good.nullifier
    assert make(request_, holder=2).nullifier != good.nullifier


def test_proofs_cannot_be_mixed(good, make, request_, key):
    other = make(replace(request_, nonce=9))
    a, b, c = good.proof.a, good.proof.b, good.proof.c
    for wrong in (
        other.proof,
        Proof(c, b, a),
        Proof(a, b, other.proof.c),
        Proof(G1_INFINITY, b, c),
        replace(good.proof, a=type(a)(a.x + Q, a.y)),
    ):
        with pytest.raises(InvalidProof):
            verify(replace(good, proof=wrong), request_, key, now=NOW)


@pytest.mark.parametrize("thing", [None, "{}", {}, (1, 2)])
def test_only_presentations_and_requests_are_verified(thing, good, request_, key):
    with pytest.raises(InvalidInput):
        verify(thing, request_, key, now=NOW)
    with pytest.raises(InvalidInput):
        verify(good, thing, key, now=NOW)


@pytest.mark.parametrize("now", ["today", 1.5, True])
def test_a_time_must_be_seconds(good, request_, key, now):
    with pytest.raises(InvalidInput):
        verify(good, request_, key, now=now)


# --- the book -----------------------------------------------------------------------------------


def test_a_book_accepts_one_answer_to_each_request(good, make, request_, key, tmp_path):
    with RequestBook.open(tmp_path / "book") as book:
        with pytest.raises(InvalidProof, match="not in the book"):
            verify(good, request_, key, now=NOW, book=book)
        book.keep(request_)
        verify(good, request_, key, now=NOW, book=book)
        for again in (good, make(request_), make(request_, holder=2)):
            with pytest.raises(AnsweredRequest):
                verify(again, request_, key, now=NOW, book=book)
        assert book.answer_to(request_).pseudonym == good.nullifier
    verify(good, request_, key, now=NOW)  # without the book nothing is remembered


def test_what_does_not_verify_leaves_the_request_open(good, make, request_, key, tmp_path):
    with RequestBook.open(tmp_path / "book") as book:
        book.keep(request_)
        other = make(replace(request_, nonce=9))
        for wrong in (other, replace(good, proof=other.proof)):
            with pytest.raises(InvalidProof):
                verify(wrong, request_, key, now=NOW, book=book)
        with pytest.raises(ExpiredRequest):
            verify(good, request_, key, now=NOW + 601, book=book)
        assert book.answer_to(request_) is None
        verify(good, request_, key, now=NOW, book=book)


def test_a_request_that_was_changed_on_the_way_is_not_in_the_book(good, request_, key, tmp_path):
    """Its context is the same: only the text tells them apart."""
    with RequestBook.open(tmp_path / "book") as book:
        book.keep(request_)
        other = replace(request_, reply_to="https://elsewhere.example")
        with pytest.raises(InvalidProof, match="not in the book"):
            verify(good, other, key, now=NOW, book=book)
        assert book.answer_to(request_) is None


# --- what it is ---------------------------------------------------------------------------------


def test_the_public_inputs_are_in_the_statements_order(good, registry, request_):
    nullifier = poseidon([seed().holder_secret, 5678], domain_tag("nullifier"))
    assert tuple(good.named) == NAMES
    assert good.public_inputs[1:] == (request_.context, registry.root, 5678, nullifier)
    assert Policy.unpack(good.named["policy"]) == request_.policy
    assert good.nullifier == nullifier


@pytest.mark.parametrize("name", ["account", "total", "arbiters", "escrowed"])
def test_what_another_statement_has_is_not_guessed(good, name):
    with pytest.raises(InvalidInput, match="a proof of eligibility has no public input"):
        getattr(good, name)


def test_each_statement_gives_its_own_parts(good):
    numbers = tuple(range(1, 11))
    escrow = Presentation("escrow_eligibility", numbers, good.proof)
    assert (escrow.arbiters, escrow.escrowed.point, escrow.escrowed.masked) == ((6, 7), (8, 9), 10)
    assert escrow.pseudonym == escrow.nullifier == 5
    ledger = Presentation("ledger_eligibility", numbers[:8], good.proof)
    assert (ledger.account, ledger.total) == ((3, 4), Ciphertext((5, 6), (7, 8)))
    for name in ("nullifier", "arbiters", "escrowed"):
        with pytest.raises(InvalidInput):
            getattr(ledger, name)


@pytest.mark.parametrize("index", range(5))
@pytest.mark.parametrize("value", [-1, R, R + 1, 2**256, None, "1", True, 1.0])
def test_public_inputs_that_are_no_field_elements_are_refused(good, index, value):
    inputs = list(good.public_inputs)
    inputs[index] = value
    with pytest.raises(InvalidInput):
        replace(good, public_inputs=tuple(inputs))


@pytest.mark.parametrize(
    "change",
    [
        {"proof": None},
        {"statement": "solvency"},
        {"statement": None},
        {"statement": "ledger_eligibility"},
        {"public_inputs": ()},
        {"public_inputs": [1, 2, 3, 4, 5]},
        {"public_inputs": (1, 2, 3, 4)},
        {"scorecard": SCORECARD},
        {"statement": "scored_eligibility"},
    ],
)
def test_parts_that_do_not_fit_are_refused(good, change):
    with pytest.raises(InvalidInput):
        replace(good, **change)


def test_it_carries_nothing_private_and_does_not_say_who_it_is_for(good, request_):
    words = re.findall(r"\w+", good.to_json() + repr(good))  # whole: digits are in any number
    secret = seed().holder_secret
    for private in (secret, *[v for v in record().values() if v > 99_999]):
        assert str(private) not in words
        assert f"{private:x}" not in words
    assert request_.verifier not in good.to_json()
    assert set(json.loads(good.to_json())) == {"type", "statement", "publicSignals", "proof"}


# --- as a document ------------------------------------------------------------------------------


def test_json_survives_a_round_trip(good):
    scored = replace(good, statement="scored_eligibility", scorecard=SCORECARD)
    for shown in (good, scored):
        assert Presentation.from_json(shown.to_json()) == shown
        assert Presentation.from_json(shown.to_json()).to_json() == shown.to_json()
    assert json.loads(scored.to_json())["model"] == SCORECARD


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zkcredit/presentation/2"},
        {"statement": "ledger_eligibility"},
        {"statement": "solvency"},
        {"statement": None},
        {"statement": []},
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
        {"model": SCORECARD},
        {"model": None},
        {"statement": "scored_eligibility"},
    ],
)
def test_other_documents_are_refused(good, change):
    with pytest.raises(MalformedFile):
        Presentation.from_json(json.dumps({**json.loads(good.to_json()), **change}))


@pytest.mark.parametrize(
    "model", ["", "00", SCORECARD[:-1], SCORECARD.upper(), f"{SCORECARD}\n", 7, True, None]
)
def test_scorecards_that_are_no_digest_are_refused(good, model):
    scored = replace(good, statement="scored_eligibility", scorecard=SCORECARD)
    with pytest.raises(InvalidInput):
        replace(scored, scorecard=model)
    with pytest.raises(MalformedFile):
        Presentation.from_json(json.dumps({**json.loads(scored.to_json()), "model": model}))


def test_public_signals_beyond_the_field_are_refused(good):
    document = json.loads(good.to_json())
    for index in range(5):
        signals = list(document["publicSignals"])
        signals[index] = str(int(signals[index]) + R)
        with pytest.raises(OutOfRange):
            Presentation.from_json(json.dumps({**document, "publicSignals": signals}))


def test_a_request_is_no_presentation(good, request_):
    with pytest.raises(MalformedFile):
        Presentation.from_json(request_.to_json())
    with pytest.raises(MalformedFile):
        ProofRequest.from_json(good.to_json())
