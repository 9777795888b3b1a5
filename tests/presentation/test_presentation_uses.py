"""A presentation is for one verifier, purpose, time and model; every other one refuses it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.protocol.nouns import NOW

from zkcredit import units
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.errors import ExpiredRequest, InvalidInput, InvalidProof, MalformedFile
from zkcredit.presentation import Presentation, verify
from zkcredit.request import Consent, LoanConsent

ASKED = Consent("Farm Credit Union", "a seed loan", NOW + 600, 7)
MODEL = BUNDLED_SCORECARD.model


@pytest.fixture(scope="module")
def shown(make):
    return make(context=ASKED.context())


@pytest.fixture(scope="module")
def asked(expected):
    """What the verifier that asked expects."""
    kept = {name: value for name, value in expected.items() if name != "context"}
    return {**kept, "consent": ASKED, "now": NOW + 600}


def test_whoever_asked_accepts_it_until_the_last_second(shown, asked):
    verify(shown, **asked)
    verify(Presentation.from_json(shown.to_json()), **asked)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, verifier="Farm Credit Onion"),
        replace(ASKED, purpose="a tractor"),
        replace(ASKED, expires_at=NOW + 601),
        replace(ASKED, nonce=8),
        LoanConsent(1, "0x" + "11" * 20, "0x" + "22" * 20, 1, 1, bytes(32), 7, NOW + 600),
    ],
    ids=["verifier", "purpose", "expiry", "nonce", "kind"],
)
def test_whoever_asked_for_something_else_refuses_it(shown, asked, other):
    with pytest.raises(InvalidProof, match="verifier, purpose, expiry or nonce"):
        verify(shown, **{**asked, "consent": other})


def test_it_is_refused_after_its_time(shown, asked):
    with pytest.raises(ExpiredRequest):
        verify(shown, **{**asked, "now": NOW + 601})


def test_the_clock_is_the_verifiers_where_no_time_is_given(shown, asked, monkeypatch):
    kept = {name: value for name, value in asked.items() if name != "now"}
    for clock, refused in ((NOW + 600, False), (NOW + 601, True)):
        monkeypatch.setattr(units, "now", lambda clock=clock: clock)
        if refused:
            with pytest.raises(ExpiredRequest):
                verify(shown, **kept)
        else:
            verify(shown, **kept)


def test_a_later_expiry_written_by_the_borrower_is_another_use(shown, asked):
    late = replace(ASKED, expires_at=NOW + 10**6)
    with pytest.raises(InvalidProof):
        verify(replace(shown, context=late.context()), **{**asked, "consent": late})


def test_it_does_not_say_who_it_is_for(shown):
    """So there is nothing that a verifier could take from it by mistake."""
    text = shown.to_json()
    assert ASKED.verifier not in text
    assert set(json.loads(text)) == {"type", "statement", "publicSignals", "proof"}


@pytest.mark.parametrize(
    "change",
    [
        {"consent": None},
        {"context": ASKED.context()},
        {"consent": ASKED.to_json()},
        {"consent": ASKED.context()},
        {"now": "today"},
        {"model": ""},
        {"model": MODEL.upper()},
        {"model": 7},
    ],
)
def test_expectations_must_be_well_formed(shown, asked, change):
    with pytest.raises(InvalidInput):
        verify(shown, **{**asked, **change})


# --- the model ----------------------------------------------------------------------------------


def test_a_signed_score_is_none_of_a_model(shown, asked):
    with pytest.raises(InvalidProof, match="model"):
        verify(shown, **{**asked, "model": MODEL})
    with pytest.raises(InvalidProof):
        verify(replace(shown, model=MODEL), **asked)


def test_the_model_is_in_the_document(shown):
    scored = replace(shown, model=MODEL)
    assert scored.statement == "scored_eligibility"
    assert Presentation.from_json(scored.to_json()) == scored
    assert shown.statement == "eligibility"


@pytest.mark.parametrize("model", ["", "00", MODEL[:-1], MODEL.upper(), f"{MODEL}\n", 7, b"", True])
def test_models_that_are_no_digest_are_refused(shown, model):
    with pytest.raises(InvalidInput):
        replace(shown, model=model)
    document = json.loads(replace(shown, model=MODEL).to_json())
    if not isinstance(model, bytes):
        with pytest.raises(MalformedFile):
            Presentation.from_json(json.dumps({**document, "model": model}))


def test_statement_and_model_go_together(shown):
    plain, scored = (json.loads(one.to_json()) for one in (shown, replace(shown, model=MODEL)))
    for wrong in (
        {**plain, "model": MODEL},
        {**plain, "model": None},
        {**plain, "statement": "scored_eligibility"},
        {**scored, "statement": "eligibility"},
        {**scored, "model": None},
    ):
        with pytest.raises(MalformedFile):
            Presentation.from_json(json.dumps(wrong))
