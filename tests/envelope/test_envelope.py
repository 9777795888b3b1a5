"""An envelope opens for its holder alone, and only as what its issuer sealed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from Crypto.Protocol import HPKE
from support.protocol.nouns import card, credential, record, seed, signing_key

from zkcredit.bn254.fields import R
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import CredentialError, InvalidInput, InvalidSignature, MalformedFile
from zkcredit.gadgets import babyjub

CREDENTIAL = credential()
ENVELOPE = Envelope.seal(CREDENTIAL, card())
KEY = seed().envelope_key
HOLDER = card().holder


def test_it_opens_for_its_holder():
    assert ENVELOPE.open(KEY, HOLDER) == CREDENTIAL
    assert Envelope.from_json(ENVELOPE.to_json()) == ENVELOPE


def test_it_does_not_open_for_others():
    with pytest.raises(CredentialError):
        ENVELOPE.open(seed(2).envelope_key, HOLDER)
    with pytest.raises(CredentialError):
        ENVELOPE.open(KEY, card(2).holder)


def test_it_is_never_sealed_to_another_holder():
    with pytest.raises(InvalidInput):
        Envelope.seal(CREDENTIAL, card(2))
    with pytest.raises(InvalidInput):
        Envelope.seal(CREDENTIAL, replace(card(), holder=card(2).holder))


def test_it_cannot_be_passed_off_as_another_issuers():
    with pytest.raises(CredentialError):
        replace(ENVELOPE, issuer=signing_key(2).public).open(KEY, HOLDER)


def test_every_changed_byte_is_noticed():
    for name in ("encapsulated", "ciphertext"):
        data = getattr(ENVELOPE, name)
        for position in range(0, len(data), max(1, len(data) // 40)):
            changed = bytearray(data)
            changed[position] ^= 1
            with pytest.raises(CredentialError):
                replace(ENVELOPE, **{name: bytes(changed)}).open(KEY, HOLDER)
        for cut in (b"", data[:-1], data + b"\0", data[: len(data) // 2]):
            with pytest.raises(CredentialError):
                replace(ENVELOPE, **{name: cut}).open(KEY, HOLDER)


def test_the_size_says_nothing_about_the_numbers():
    poor = credential(record=record(monthly_income=1, monthly_expenses=0))
    rich = credential(record=record(monthly_income=2**48 - 1, person_tag=2**248 - 1))
    sizes = {len(Envelope.seal(c, card()).ciphertext) for c in (poor, rich)}
    assert len(sizes) == 1


def test_it_shows_nothing_of_the_credential():
    text = ENVELOPE.to_json()
    assert f"{HOLDER:064x}" not in text
    assert Envelope.seal(CREDENTIAL, card()).ciphertext != ENVELOPE.ciphertext


def sealed(plaintext: bytes, issuer=None) -> Envelope:
    """What a hostile sender can seal: anything."""
    public = KEY.public_key()
    cipher = HPKE.new(
        receiver_key=public, aead_id=HPKE.AEAD.AES256_GCM, info=b"zkcredit/v1/envelope"
    )
    issuer = issuer or signing_key().public
    bound = b"".join(n.to_bytes(32, "big") for n in (*issuer, HOLDER))
    return Envelope(issuer, cipher.enc, cipher.seal(plaintext, bound))


def test_what_is_inside_is_believed_only_when_signed_for_this_holder():
    assert sealed(CREDENTIAL.to_json().encode()).open(KEY, HOLDER) == CREDENTIAL
    unsigned = replace(CREDENTIAL, record=record(score=850))
    with pytest.raises(InvalidSignature):
        sealed(unsigned.to_json().encode()).open(KEY, HOLDER)
    theirs = credential(holder=2)
    with pytest.raises(CredentialError):
        sealed(theirs.to_json().encode()).open(KEY, HOLDER)
    with pytest.raises(CredentialError):
        sealed(CREDENTIAL.to_json().encode(), signing_key(2).public).open(KEY, HOLDER)
    for nonsense in (b"", b"{}", b"\xff", b"[]"):
        with pytest.raises(MalformedFile):
            sealed(nonsense).open(KEY, HOLDER)


def test_another_suite_does_not_open():
    cipher = HPKE.new(
        receiver_key=KEY.public_key(), aead_id=HPKE.AEAD.AES128_GCM, info=b"zkcredit/v1/envelope"
    )
    bound = b"".join(n.to_bytes(32, "big") for n in (*signing_key().public, HOLDER))
    other = Envelope(
        signing_key().public, cipher.enc, cipher.seal(CREDENTIAL.to_json().encode(), bound)
    )
    with pytest.raises(CredentialError):
        other.open(KEY, HOLDER)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zkcredit/envelope/2"},
        {"type": None},
        {"issuer": "00"},
        {"issuer": None},
        {"issuer": "ff" * 32},
        {"enc": "not base64!"},
        {"enc": None},
        {"enc": "QQ"},
        {"enc": "QR=="},
        {"ciphertext": 7},
        {"extra": 1},
    ],
)
def test_other_documents_are_refused(change):
    document = {**json.loads(ENVELOPE.to_json()), **change}
    with pytest.raises(MalformedFile):
        Envelope.from_json(json.dumps(document))


def test_an_unusable_issuer_key_is_refused():
    document = json.loads(ENVELOPE.to_json())
    document["issuer"] = babyjub.encode(babyjub.IDENTITY).hex()
    with pytest.raises(InvalidSignature):
        Envelope.from_json(json.dumps(document))


# --- cards --------------------------------------------------------------------------------------


def test_cards_survive_a_round_trip():
    assert HolderCard.from_json(card().to_json()) == card()


LOW_ORDER = [bytes(32), b"\1" + bytes(31), (2**255 - 19).to_bytes(32, "little")]


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), "00" * 32, None])
def test_cards_with_another_key_are_refused(key):
    with pytest.raises(InvalidInput):
        HolderCard(1, key)


@pytest.mark.parametrize("key", LOW_ORDER, ids=["zero", "one", "p"])
def test_keys_of_low_order_seal_nothing(key):
    with pytest.raises(InvalidInput):
        Envelope.seal(CREDENTIAL, HolderCard(HOLDER, key))


@pytest.mark.parametrize("holder", [0, R, -1, None, "1"])
def test_cards_with_another_holder_are_refused(holder):
    with pytest.raises(InvalidInput):
        HolderCard(holder, card().envelope_key)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "zkcredit/holder-card/2"},
        {"holder": "1"},
        {"holder": 1},
        {"holder": "0x" + "0" * 64},
        {"holder": f"0x{R:064x}"},
        {"envelopeKey": "00"},
        {"envelopeKey": None},
        {"name": "x"},
    ],
)
def test_other_cards_are_refused(change):
    document = {**json.loads(card().to_json()), **change}
    with pytest.raises(InvalidInput):
        HolderCard.from_json(json.dumps(document))
