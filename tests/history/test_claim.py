"""A claim of a record: who accepts it, and what is refused when a part of it is exchanged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.history.lender import key_of
from support.protocol import nouns

from zkcredit.circuits.hashes import nullifier
from zkcredit.errors import (
    ExpiredRequest,
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    MalformedFile,
    OutOfRange,
    UnsafeKey,
)
from zkcredit.gadgets.eddsa import public_key
from zkcredit.history import RecordClaim
from zkcredit.history.claim import attestor_scope, claim_in_words
from zkcredit.request.loan_request import bureau_scope
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Iterator

BUREAU, OTHER = "0x" + 39 * "0" + "5", "0x" + 39 * "0" + "6"
ATTESTOR, ANOTHER = public_key(nouns.signing_key()), public_key(nouns.signing_key(2))
CHAIN, NOW, HOUR = 31337, nouns.NOW, 3600
pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")


@pytest.fixture(scope="module")
def wallet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wallet]:
    path = tmp_path_factory.mktemp("claims") / "wallet"
    with Wallet.create(path, nouns.PASSWORD, cost=KdfCost.light_unsafe()) as made:
        yield made


@pytest.fixture(scope="module")
def claim(wallet: Wallet) -> RecordClaim:
    return claimed(wallet)


def claimed(wallet: Wallet, bureau: str = BUREAU) -> RecordClaim:
    """A claim of a wallet, for an hour."""
    return wallet.claim_record(
        bureau,
        chain_id=CHAIN,
        attestor=ATTESTOR,
        proving_key=key_of("same_holder"),
        valid_for=HOUR,
        now=NOW,
    )


def accept(claim: RecordClaim, **changes: Any) -> None:
    """What an attestor does with it."""
    asked: dict[str, Any] = {
        "attestor": ATTESTOR, "chain_id": CHAIN, "bureau": BUREAU, "now": NOW, **changes,
    }  # fmt: skip
    claim.require_valid(key_of("same_holder").verifying_key, **asked)


def test_a_claim_names_both_pseudonyms_of_the_wallet(wallet: Wallet, claim: RecordClaim) -> None:
    accept(claim)
    accept(claim, now=NOW + HOUR)
    assert claim.pseudonym == wallet.pseudonym(bureau_scope(chain_id=CHAIN, bureau=BUREAU))
    assert claim.nullifier == wallet.pseudonym(attestor_scope(ATTESTOR)) != claim.pseudonym
    assert claim.card == wallet.card
    assert claimed(wallet, OTHER).nullifier == claim.nullifier, "one person at one attestor"
    assert attestor_scope(ATTESTOR) != attestor_scope(ANOTHER)


def test_it_comes_back_from_its_file(claim: RecordClaim) -> None:
    assert RecordClaim.from_json(claim.to_json()) == claim
    assert str(claim.proof.a) not in repr(claim)


def test_the_holder_is_told_and_finds_it_in_the_log(wallet: Wallet, claim: RecordClaim) -> None:
    words = claim_in_words(bureau=BUREAU, attestor=ATTESTOR, expires_at=NOW + HOUR)
    for fact in ("your pseudonym at the bureau", "also later ones", "seal the credential"):
        assert fact in words
    (entry,) = (one for one in wallet.consents() if one.context == claim.context)
    assert entry.credential_id == "record"
    assert (entry.nullifier, entry.expires_at) == (claim.nullifier, claim.expires_at)
    assert BUREAU in entry.purpose


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"attestor": ANOTHER}, "another attestor"),
        ({"bureau": OTHER}, "another bureau"),
        ({"chain_id": 1}, "another bureau"),
    ],
)
def test_another_attestor_bureau_or_fork_does_not_take_it(
    claim: RecordClaim, asked: dict[str, Any], says: str
) -> None:
    with pytest.raises(InvalidProof, match=says):
        accept(claim, **asked)


def test_it_expires(claim: RecordClaim) -> None:
    with pytest.raises(ExpiredRequest, match="ask for a new one"):
        accept(claim, now=NOW + HOUR + 1)


def test_no_part_can_be_exchanged(claim: RecordClaim) -> None:
    """Not the card, so that nobody gets the credential of another; not a pseudonym, nor a time."""
    stranger = nullifier(7, bureau_scope(chain_id=CHAIN, bureau=BUREAU))
    for change in (
        {"card": nouns.card()},
        {"card": replace(claim.card, envelope_key=nouns.card().envelope_key)},
        {"pseudonym": stranger},
        {"nullifier": nullifier(7, attestor_scope(ATTESTOR))},
        {"pseudonym": claim.nullifier, "nullifier": claim.pseudonym},
        {"expires_at": claim.expires_at + 1},
        {"proof": replace(claim.proof, a=claim.proof.c)},
    ):  # fmt: skip
        with pytest.raises(InvalidProof):
            accept(replace(claim, **change))
    with pytest.raises(InvalidProof):
        accept(replace(claim, bureau=OTHER), bureau=OTHER)
    with pytest.raises(InvalidProof):
        accept(replace(claim, chain_id=1), chain_id=1)
    with pytest.raises(InvalidProof):
        accept(replace(claim, attestor=ANOTHER), attestor=ANOTHER)


def test_a_key_of_another_statement_is_refused(wallet: Wallet, claim: RecordClaim) -> None:
    with pytest.raises(InvalidInput):
        claim.require_valid(
            key_of("history").verifying_key, attestor=ATTESTOR, chain_id=CHAIN, bureau=BUREAU,
            now=NOW,
        )  # fmt: skip
    with pytest.raises(UnsafeKey):
        wallet.claim_record(
            BUREAU, chain_id=CHAIN, attestor=ATTESTOR, proving_key=key_of("history"), now=NOW
        )


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zkcredit/record-claim/2"},
        {"bureau": BUREAU.upper()},
        {"bureau": "0x" + "ab" * 20},
        {"bureau": 5},
        {"chainId": "31337"},
        {"chainId": -1},
        {"attestor": "00" * 32},
        {"attestor": None},
        {"card": {}},
        {"nullifier": 5},
        {"pseudonym": "-1"},
        {"expiresAt": 1 << 41},
        {"proof": []},
        {"more": 1},
    ],
)
def test_documents_of_another_form_are_refused(claim: RecordClaim, change: dict[str, Any]) -> None:
    with pytest.raises((MalformedFile, InvalidInput, OutOfRange, InvalidSignature)):
        RecordClaim.from_json(json.dumps(json.loads(claim.to_json()) | change))


@pytest.mark.parametrize(
    "change",
    [
        {"chain_id": 1 << 64}, {"bureau": "0x12"}, {"attestor": 5}, {"card": 5}, {"expires_at": -1},
        {"nullifier": -1}, {"pseudonym": "5"}, {"proof": 5},
    ],
)  # fmt: skip
def test_parts_of_another_kind_are_refused(claim: RecordClaim, change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(claim, **change)
