"""The wallet seals a reference: what is refused before anything is proved, and what is logged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.protocol.nouns import EXPIRES, ISSUED, NOW, PASSWORD, card, record, seed, signing_key

from zkcredit.circuits import get_circuit
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import (
    ExpiredCredential,
    ExpiredRequest,
    InvalidInput,
    InvalidProof,
    NotEligible,
    UnknownIssuer,
    UnsafeKey,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.hashed_elgamal import decrypt
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation, verify
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import Arbiters, ProofRequest
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.filterwarnings("ignore:zkcredit dev key")

SECRET = 3**150
ARBITERS = babyjub.mul(SECRET, BASE8)
REFERENCE = 77  # of the ordinary borrower
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


def asked(**changes: Any) -> ProofRequest:
    request = ProofRequest(
        "a lender",
        "a bicycle",
        EXPIRES,
        5,
        policy=POLICY,
        scope=9,
        registry_root=REGISTRY.root,
        arbiters=Arbiters(ARBITERS),
    )
    return replace(request, **changes)


def prove(holder: tuple[Wallet, str], key: Any, request: Any, **changes: Any) -> Presentation:
    wallet, credential = holder
    arguments = {"registry": REGISTRY, "proving_key": key, "now": NOW, **changes}
    return wallet.prove(request, credential, **arguments)


@pytest.fixture(scope="module")
def shown(holder: tuple[Wallet, str], key: Any) -> Presentation:
    return prove(holder, key, asked())


def test_what_is_sealed_is_the_signed_reference(
    shown: Presentation, holder: tuple[Wallet, str]
) -> None:
    shared = babyjub.mul(SECRET, shown.escrowed.point)
    assert decrypt(shared, shown.escrowed, asked().context) == REFERENCE
    logged = holder[0].consents()[0]
    assert (logged.verifier, logged.context) == ("a lender", asked().context)
    assert "escrowed to arbiters" in logged.purpose
    assert str(REFERENCE) not in (str(n) for n in shown.public_inputs)
    assert Presentation.from_json(shown.to_json()) == shown


def test_a_verifier_accepts_exactly_what_it_asked_for(shown: Presentation, key: Any) -> None:
    verify(shown, asked(), key.verifying_key, now=NOW)
    for changes in (
        {"policy": POLICY.at(NOW + 1)},
        {"verifier": "another"},
        {"scope": 8},
        {"registry_root": OTHERS.root},
        {"arbiters": Arbiters(BASE8)},
        {"arbiters": None},
    ):
        with pytest.raises(InvalidProof):
            verify(shown, asked(**changes), key.verifying_key, now=NOW)
    with pytest.raises(ExpiredRequest):
        verify(shown, asked(), key.verifying_key, now=EXPIRES + 1)
    for name in shown.named:
        named = {**shown.named, name: shown.named[name] + 1}
        wrong = replace(shown, public_inputs=tuple(named.values()))
        with pytest.raises(InvalidProof):
            verify(wrong, asked(), key.verifying_key, now=NOW)


@pytest.mark.parametrize(
    ("changes", "registry", "now", "error"),
    [
        ({"policy": Policy(min_score=800).at(NOW)}, REGISTRY, NOW, NotEligible),
        ({"policy": POLICY.at(ISSUED - 1)}, REGISTRY, NOW, ExpiredCredential),
        ({}, REGISTRY, EXPIRES + 1, ExpiredRequest),
        ({"registry_root": OTHERS.root}, OTHERS, NOW, UnknownIssuer),
        ({}, OTHERS, NOW, InvalidInput),
        ({}, 5, NOW, InvalidInput),
        ({"arbiters": None}, REGISTRY, NOW, UnsafeKey),
    ],
)
def test_nothing_is_proved_that_would_not_do(
    holder: tuple[Wallet, str],
    key: Any,
    changes: dict[str, Any],
    registry: Any,
    now: int,
    error: type[Exception],
) -> None:
    before = len(holder[0].consents())
    with pytest.raises(error):
        prove(holder, key, asked(**changes), registry=registry, now=now)
    assert len(holder[0].consents()) == before


def test_another_statements_key_is_refused(holder: tuple[Wallet, str]) -> None:
    with pytest.raises((UnsafeKey, InvalidInput)):
        prove(holder, load_or_create_dev_key(get_circuit("eligibility")), asked())
