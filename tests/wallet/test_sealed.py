"""The wallet seals a reference: what is refused before anything is proved, and what is logged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, NOW, PASSWORD, card, record, seed, signing_key

from zkcredit.bn254.fields import R
from zkcredit.circuits import get_circuit
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import (
    ExpiredConsent,
    ExpiredCredential,
    InvalidInput,
    InvalidProof,
    MalformedFile,
    NotEligible,
    OutOfRange,
    UnknownIssuer,
    UnsafeKey,
)
from zkcredit.escrow import SealedPresentation, verify_sealed
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION, Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue, decrypt
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import Consent
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit dev key")

SECRET = 3**150
ARBITERS = babyjub.mul(SECRET, BASE8)
REFERENCE = 77  # of the ordinary borrower
CONSENT = Consent("a lender", "a bicycle", EXPIRES, 5)
POLICY = Policy(min_score=650, currency=978).at(NOW)
REGISTRY = RegistrySnapshot.of(RevocationList.sign(signing_key(), [], ISSUED))
OTHERS = RegistrySnapshot.of(RevocationList.sign(signing_key(2), [], ISSUED))


@pytest.fixture(scope="module")
def key() -> Any:
    return load_or_create_dev_key(get_circuit("escrow_eligibility"))


@pytest.fixture(scope="module")
def holder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wallet, str]]:
    path = tmp_path_factory.mktemp("sealed") / "wallet"
    cost = KdfCost.light_unsafe()
    with Wallet.restore(path, PASSWORD, seed().words(), cost=cost) as wallet:
        signed = Credential.sign(
            signing_key(), record(person_tag=99), holder=card().holder, revocation_id=4242,
            issued_at=ISSUED, expires_at=EXPIRES,
        )  # fmt: skip
        yield wallet, wallet.receive(Envelope.seal(signed, wallet.card))


def prove(holder: tuple[Wallet, str], key: Any, **changes: Any) -> SealedPresentation:
    arguments = {
        "policy": POLICY, "consent": CONSENT, "scope": 9, "registry": REGISTRY,
        "arbiters": ARBITERS, "key": key,
    }  # fmt: skip
    wallet, credential = holder
    return wallet.prove_sealed(credential, **(arguments | changes))


@pytest.fixture(scope="module")
def shown(holder: tuple[Wallet, str], key: Any) -> SealedPresentation:
    return prove(holder, key)


def test_what_is_sealed_is_the_signed_reference(
    shown: SealedPresentation, holder: tuple[Wallet, str]
) -> None:
    shared = babyjub.mul(SECRET, shown.sealed.point)
    assert decrypt(shared, shown.sealed, CONSENT.context()) == REFERENCE
    logged = holder[0].consents()[0]
    assert (logged.verifier, logged.context) == ("a lender", CONSENT.context())
    assert "sealed to arbiters" in logged.purpose
    assert str(REFERENCE) not in (str(n) for n in shown.public_inputs)


def test_a_verifier_accepts_exactly_what_it_asked_for(shown: SealedPresentation, key: Any) -> None:
    expected: dict[str, Any] = {
        "policy": POLICY, "consent": CONSENT, "scope": 9, "registry_root": REGISTRY.root,
        "arbiters": ARBITERS, "key": key.verifying_key, "now": NOW,
    }  # fmt: skip
    verify_sealed(shown, **expected)
    for changes in (
        {"policy": POLICY.at(NOW + 1)},
        {"consent": Consent("another", "a bicycle", EXPIRES, 5)},
        {"scope": 8},
        {"registry_root": OTHERS.root},
        {"arbiters": BASE8},
    ):
        with pytest.raises(InvalidProof):
            verify_sealed(shown, **(expected | changes))
    with pytest.raises(ExpiredConsent):
        verify_sealed(shown, **(expected | {"now": EXPIRES + 1}))
    with pytest.raises(InvalidInput):
        verify_sealed("shown", **expected)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"arbiters": IDENTITY}, InvalidInput),
        ({"arbiters": TORSION[1]}, InvalidInput),
        ({"arbiters": babyjub.add(BASE8, TORSION[4])}, InvalidInput),
        ({"arbiters": Point(1, 1)}, InvalidInput),
        ({"arbiters": None}, InvalidInput),
        ({"policy": Policy(min_score=800).at(NOW)}, NotEligible),
        ({"policy": Policy(min_score=650)}, InvalidInput),
        ({"policy": POLICY.at(EXPIRES + 1)}, ExpiredConsent),
        ({"policy": POLICY.at(ISSUED - 1)}, ExpiredCredential),
        ({"registry": OTHERS}, UnknownIssuer),
        ({"scope": R}, OutOfRange),
        ({"consent": 5}, InvalidInput),
        ({"registry": 5}, InvalidInput),
    ],
)
def test_nothing_is_proved_that_would_not_do(
    holder: tuple[Wallet, str], key: Any, changes: dict[str, Any], error: type[Exception]
) -> None:
    before = len(holder[0].consents())
    with pytest.raises(error):
        prove(holder, key, **changes)
    assert len(holder[0].consents()) == before


def test_another_statements_key_is_refused(holder: tuple[Wallet, str]) -> None:
    with pytest.raises((UnsafeKey, InvalidInput)):
        prove(holder, load_or_create_dev_key(get_circuit("eligibility")))


def test_documents_and_what_is_none(shown: SealedPresentation) -> None:
    document = json.loads(shown.to_json())
    assert SealedPresentation.from_json(shown.to_json()) == shown
    signals = document["publicSignals"]
    for changes in (
        {"statement": "eligibility"},
        {"type": "x"},
        {"more": 1},
        {"publicSignals": signals[:9]},
        {"publicSignals": [*signals, "1"]},
        {"publicSignals": [*signals[:9], 1]},
        {"publicSignals": [*signals[:9], "01"]},
        {"publicSignals": [*signals[:9], "-1"]},
        {"publicSignals": None},
        {"proof": {}},
    ):
        with pytest.raises(MalformedFile):
            SealedPresentation.from_json(json.dumps(document | changes))
    with pytest.raises(OutOfRange):
        SealedPresentation.from_json(
            json.dumps(document | {"publicSignals": [*signals[:9], str(R)]})
        )
    for bad in ({"sealed": (1, 2)}, {"arbiters": (1, 2)}, {"proof": None}):
        with pytest.raises(InvalidInput):
            replace(shown, **bad)
    with pytest.raises(InvalidInput):
        replace(shown, sealed=EscrowedValue((1, 2), 3))  # type: ignore[arg-type]
