"""Proved entries: for one place, of one account, by one issuer."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak
from support.ledger.ledger_desk import (
    ACCOUNT,
    BANK,
    EMPLOYER,
    PLACE,
    SALARY,
    ledger_card,
    toy_proved,
)
from support.ledger.proved_entries import entry_key, proved_entry
from support.protocol.nouns import seed

from zkcredit.circuits import get_circuit
from zkcredit.errors import InvalidInput, InvalidProof, OutOfRange, ZkCreditError
from zkcredit.gadgets.elgamal import encrypt, require_plaintext
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.ledger import EntryPlace, ProvedEntry, issuers_hash, prove_entry
from zkcredit.ledger.sealed import open_envelope

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")


@pytest.fixture(scope="module")
def proved() -> ProvedEntry:
    return prove_entry(ACCOUNT, ledger_card(), PLACE, proving_key=entry_key())


def check(proved: ProvedEntry) -> None:
    proved.verify(entry_key().verifying_key)


def test_an_entry_is_sealed_and_proved(proved):
    check(proved)
    sealed = proved.sealed
    opened = open_envelope(
        seed().envelope_key, account=sealed.account, issuer=sealed.issuer,
        ciphertext=sealed.ciphertext, envelope=sealed.envelope,
    )  # fmt: skip
    assert opened == ACCOUNT
    require_plaintext(seed().account_key, sealed.ciphertext, ACCOUNT.slots())


def test_the_context_is_keccak_of_abi_encode(proved):
    types = ["uint256", "address", "uint256", "address", "uint256"]
    values = [PLACE.chain_id, PLACE.ledger, proved.sealed.number, BANK, PLACE.count]
    expected = int.from_bytes(keccak(encode(types, values)), "big") >> 8
    assert PLACE.context(proved.sealed.number, BANK) == proved.public_inputs[0] == expected


@pytest.mark.parametrize(
    "change", [{"chain_id": 1}, {"ledger": BANK}, {"count": 2}, {"count": 4}], ids=str
)
def test_a_proof_is_for_one_place(proved, change):
    with pytest.raises(InvalidProof):
        check(replace(proved, place=replace(PLACE, **change)))


def test_a_proof_is_for_one_issuer_account_and_ciphertext(proved):
    sealed = proved.sealed
    other = seed(2).account_key.public
    for change in (
        {"issuer": EMPLOYER},
        {"account": other},
        {"ciphertext": encrypt(sealed.account, ACCOUNT.slots(), 5)},
    ):
        with pytest.raises(InvalidProof):
            check(replace(proved, sealed=replace(sealed, **change)))
    check(replace(proved, sealed=replace(sealed, envelope=bytes(73))))  # not what is proved


def test_every_entry_has_randomness_of_its_own():
    made = [prove_entry(SALARY, ledger_card(), PLACE, proving_key=entry_key()) for _ in range(3)]
    assert len({one.sealed.ciphertext.c1.y for one in made}) == 3


def test_an_entry_travels_as_json(proved):
    assert ProvedEntry.from_json(proved.to_json()) == proved
    assert ProvedEntry.from_json(toy_proved().to_json()).place == PLACE


@pytest.mark.parametrize(
    "members",
    [
        {"type": "x"}, {"entry": None}, {"entry": {}}, {"entry": "x"}, {"chainId": 31337},
        {"chainId": "-1"}, {"chainId": "07"}, {"ledger": "0x12"}, {"ledger": PLACE.ledger.lower()},
        {"count": -1}, {"count": "3"}, {"count": 2**24}, {"proof": {}}, {"proof": None},
        {"more": 1},
    ],
)  # fmt: skip
def test_other_documents_are_refused(members):
    text = json.dumps({**json.loads(toy_proved().to_json()), **members})
    with pytest.raises(ZkCreditError):
        ProvedEntry.from_json(text)


def test_other_arguments_are_refused(proved):
    card, key = ledger_card(), entry_key()
    wrong = load_or_create_dev_key(get_circuit("ledger_eligibility"))
    for arguments, proving_key in (
        ((None, card, PLACE), key), ((ACCOUNT, None, PLACE), key), ((ACCOUNT, card, None), key),
        ((ACCOUNT, card, PLACE), None), ((ACCOUNT, card, PLACE), wrong),
    ):  # fmt: skip
        with pytest.raises(InvalidInput):
            prove_entry(*arguments, proving_key=proving_key)
    for change in ({"sealed": None}, {"place": (1, 2, 3)}, {"proof": (1,) * 8}):
        with pytest.raises(InvalidInput):
            replace(proved, **change)
    with pytest.raises(InvalidInput):
        proved.verify(wrong.verifying_key)
    with pytest.raises(InvalidInput):
        proved.verify(None)


def test_other_places_are_refused():
    for change in ({"chain_id": "1"}, {"ledger": "bank"}, {"ledger": None}, {"count": True}):
        with pytest.raises(InvalidInput):
            replace(PLACE, **change)
    for change in ({"chain_id": -1}, {"chain_id": 2**256}, {"count": -1}, {"count": 2**24}):
        with pytest.raises(OutOfRange):
            replace(PLACE, **change)
    with pytest.raises(OutOfRange):
        EntryPlace(1, PLACE.ledger, 0).context(2**248, BANK)


def test_randomness_of_another_form_is_not_proved():
    with pytest.raises(ZkCreditError):
        proved_entry(seed().account_key.public, BANK, SALARY.slots(), PLACE, randomness=4711)


def test_a_list_of_issuers_is_hashed_in_ascending_order():
    ascending = sorted([BANK, EMPLOYER], key=str.lower)
    expected = keccak(encode(["address[]"], [ascending]))[:26].hex()
    assert issuers_hash([BANK, EMPLOYER]) == issuers_hash([EMPLOYER, BANK.lower()]) == expected
    for bad in ([], [BANK, BANK.lower()], ["bank"], [None], [f"0x{n:040x}" for n in range(257)]):
        with pytest.raises(InvalidInput):
            issuers_hash(bad)
