"""From features that an issuer signs to a proof about the score that a published model gives."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, NOW, PASSWORD, card, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import (
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    NotEligible,
    OutOfRange,
    UnsafeKey,
)
from zkcredit.gadgets.scorecard import NumberColumn
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation, verify
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest
from zkcredit.scoring import Scorecard, applicant, load_scorecard
from zkcredit.scoring.model_circuit import circuit_of, require_model_key
from zkcredit.scoring.scorecard import CategoryFeature, NumberFeature
from zkcredit.scoring.scored_record import Features, ScoredRecord
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

MODEL = load_scorecard()
POINTS = MODEL.score(applicant(1))
EXACT = Policy(POINTS, POINTS, instalment=80_000, coverage_bps=12_500).at(NOW)
OWN = Scorecard(
    300,
    (
        NumberFeature("months", (5,), (1, 2)),
        CategoryFeature("kind", (("a",), ("b",)), (3, 4)),
    ),
)


def record(row=None, scorecard=None, **changes) -> ScoredRecord:
    features = Features.of(applicant(1) if row is None else row, scorecard)
    return ScoredRecord(features, 300_000, 120_000, 30_000, 0, 36, 978, **changes)


@pytest.fixture
def wallet(tmp_path):
    path, light = tmp_path / "wallet", KdfCost.light_unsafe()
    with Wallet.restore(path, PASSWORD, "abandon " * 23 + "art", cost=light) as opened:
        yield opened


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("scored_eligibility"))


@pytest.fixture(scope="module")
def plain_key():
    return load_or_create_dev_key(get_circuit("eligibility"))


@pytest.fixture(scope="module")
def registry():
    return RegistrySnapshot.of(RevocationList.sign(signing_key(), [7], NOW))


def own(wallet, signed) -> Credential:
    return Credential.sign(
        signing_key(), signed, holder=wallet.card.holder, revocation_id=4242,
        issued_at=ISSUED, expires_at=EXPIRES,
    )  # fmt: skip


def give(wallet, signed=None) -> str:
    return wallet.receive(Envelope.seal(own(wallet, signed or record()), wallet.card))


def asked(registry, **changes):
    request = ProofRequest(
        "Bank", "a bicycle", 4_102_444_800, 1234, policy=EXACT,
        scope=5678, registry_root=registry.root, scorecard=MODEL.digest,
    )  # fmt: skip
    return replace(request, **changes)


def test_features_are_received_proved_and_verified(wallet, key, registry):
    id_ = give(wallet)
    shown = wallet.prove(asked(registry), id_, registry=registry, proving_key=key)
    assert shown.scorecard == MODEL.digest
    verify(shown, asked(registry), key.verifying_key)
    verify(Presentation.from_json(shown.to_json()), asked(registry), key.verifying_key)
    require_model_key(key.verifying_key, MODEL)
    (entry,) = wallet.consents()
    assert (entry.verifier, entry.nullifier) == ("Bank", shown.nullifier)
    values = set(json.loads(shown.to_json())["publicSignals"])
    private = {*record().values(), *record().features.codes, POINTS, record().features.hash()}
    assert not values & {str(value) for value in private}


@pytest.mark.slow
def test_another_model_or_statement_refuses_it(wallet, key, plain_key, registry):
    shown = wallet.prove(asked(registry), give(wallet), registry=registry, proving_key=key)
    for change, verifier in (
        ({"scorecard": "00" * 32}, key),
        ({"scorecard": None}, key),
        ({}, plain_key),
        ({"scorecard": None}, plain_key),
        ({"policy": replace(EXACT, min_score=POINTS - 1)}, key),
    ):
        with pytest.raises(InvalidProof):
            verify(shown, asked(registry, **change), verifier.verifying_key)
    renamed = replace(shown, scorecard="00" * 32)
    with pytest.raises(InvalidProof):
        verify(renamed, asked(registry), key.verifying_key)


def test_a_plain_presentation_named_after_a_model_is_refused(wallet, plain_key, key, registry):
    """A score of the issuer's own does not pass as the model's."""
    id_ = give(wallet, record().judged_by())
    plain = asked(registry, scorecard=None)
    shown = wallet.prove(plain, id_, registry=registry, proving_key=plain_key)
    named = replace(shown, statement="scored_eligibility", scorecard=MODEL.digest)
    with pytest.raises(InvalidProof):
        verify(named, asked(registry), key.verifying_key)
    with pytest.raises(UnsafeKey):
        require_model_key(plain_key.verifying_key, MODEL)


@pytest.mark.parametrize(
    ("low", "high", "missing"),
    [(POINTS + 1, 850, "min_score"), (300, POINTS - 1, "max_score")],
)
def test_whoever_scores_otherwise_learns_it_alone(wallet, key, registry, low, high, missing):
    policy = replace(EXACT, min_score=low, max_score=high)
    with pytest.raises(NotEligible) as caught:
        wallet.prove(
            asked(registry, policy=policy), give(wallet), registry=registry, proving_key=key
        )
    assert caught.value.shortfalls == {missing: 1}
    assert wallet.consents() == []


def test_features_that_were_not_signed_are_not_received(wallet):
    signed = own(wallet, record())
    for number in (2, 3):
        forged = replace(signed, record=record(applicant(number)))
        with pytest.raises(InvalidSignature):
            wallet.receive(Envelope.seal(forged, wallet.card))
    assert wallet.credentials() == {}


@pytest.mark.parametrize("place", range(len(BUNDLED_SCORECARD.columns)))
def test_features_outside_every_bin_are_not_signed(place):
    features = record().features
    column = BUNDLED_SCORECARD.columns[place]
    beyond = 2**32 if isinstance(column, NumberColumn) else len(column.names)
    codes = (*features.codes[:place], beyond, *features.codes[place + 1 :])
    with pytest.raises(OutOfRange):
        replace(features, codes=codes)


def test_keys_and_credentials_of_other_statements_are_refused(wallet, key, plain_key, registry):
    scored, plain = give(wallet), give(wallet, record().judged_by())
    for id_, scorecard, wrong in (
        (scored, MODEL.digest, plain_key),
        (plain, None, key),
    ):
        with pytest.raises(UnsafeKey):
            wallet.prove(
                asked(registry, scorecard=scorecard), id_, registry=registry, proving_key=wrong
            )
    for id_, scorecard in ((scored, None), (plain, MODEL.digest)):
        with pytest.raises(InvalidInput):
            wallet.prove(
                asked(registry, scorecard=scorecard), id_, registry=registry, proving_key=key
            )
    assert wallet.consents() == []


def test_a_model_that_the_request_does_not_name_is_refused(wallet, key, registry):
    ids = give(wallet), give(wallet, record({"months": 7, "kind": "b"}, OWN))
    for id_, request, scorecard, said in (
        (ids[0], asked(registry), OWN, "asks for the scorecard"),
        (ids[0], asked(registry, scorecard=OWN.digest), None, "asks for the scorecard"),
        (ids[0], asked(registry, scorecard=OWN.digest), OWN, "other features"),
        (ids[1], asked(registry), None, "other features"),
        (ids[1], asked(registry), MODEL, "other features"),
        (ids[0], asked(registry), BUNDLED_SCORECARD, "must be a Scorecard"),
    ):
        with pytest.raises(InvalidInput, match=said):
            wallet.prove(request, id_, registry=registry, proving_key=key, scorecard=scorecard)


def test_features_survive_the_wallets_file(wallet, tmp_path):
    id_ = give(wallet)
    wallet.close()
    with Wallet.open(tmp_path / "wallet", PASSWORD) as again:
        assert again.credential(id_).record == record()


@pytest.mark.slow
def test_a_lenders_own_model_has_a_circuit_and_keys_of_its_own(wallet, registry):
    own_key = load_or_create_dev_key(circuit_of(OWN))
    id_ = give(wallet, record({"months": 7, "kind": "b"}, OWN))
    request = asked(registry, policy=Policy(306, 306).at(NOW), scorecard=OWN.digest)
    shown = wallet.prove(request, id_, registry=registry, proving_key=own_key, scorecard=OWN)
    verify(shown, request, own_key.verifying_key)
    with pytest.raises(InvalidProof):
        verify(shown, asked(registry, policy=request.policy), own_key.verifying_key)
    with pytest.raises(UnsafeKey):
        require_model_key(own_key.verifying_key, MODEL)


def test_the_published_model_is_compiled_from_its_json_again(key):
    published = Scorecard.from_json(json.loads(json.dumps(MODEL.to_json())))
    assert circuit_of(published) is get_circuit("scored_eligibility")
    unnamed = replace(key.verifying_key, circuit_digest=None)
    for wrong in (unnamed, replace(unnamed, circuit_digest="0" * 64)):
        with pytest.raises(UnsafeKey):
            require_model_key(wrong, MODEL)
    for args in ((None, MODEL), (key.verifying_key, None)):
        with pytest.raises(InvalidInput):
            require_model_key(*args)


def test_another_holders_features_are_refused(wallet):
    signed = replace(own(wallet, record()), holder=card(2).holder)
    with pytest.raises(InvalidInput):
        Envelope.seal(signed, wallet.card)
