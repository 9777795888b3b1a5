"""Sealed entries: fresh randomness, envelopes that open beside their own entry only."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.ledger.ledger_desk import ACCOUNT, BANK, EMPLOYER, SALARY, ledger_card, sealed_for
from support.protocol.nouns import seed

from zkcredit.errors import EnvelopeUnreadable, InvalidInput, ZkCreditError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import IDENTITY, TORSION, Point
from zkcredit.gadgets.elgamal import EMPTY, Ciphertext, require_plaintext
from zkcredit.ledger import SealedEntry, seal_entry
from zkcredit.ledger.sealed import ENVELOPE_BYTES, open_envelope

SEALED = sealed_for()


def opened(sealed=SEALED, borrower=1, **changes):
    parts = {
        "account": sealed.account, "issuer": sealed.issuer,
        "ciphertext": sealed.ciphertext, "envelope": sealed.envelope,
    }  # fmt: skip
    return open_envelope(seed(borrower).envelope_key, **(parts | changes))


def test_the_borrower_reads_what_was_sealed():
    assert opened() == ACCOUNT
    require_plaintext(seed().account_key, SEALED.ciphertext, ACCOUNT.slots())


def test_an_entry_travels_as_json():
    assert SealedEntry.from_json(SEALED.to_json()) == SEALED


@pytest.mark.slow
def test_every_entry_has_randomness_of_its_own():
    card = ledger_card()
    made = [seal_entry(ACCOUNT, card) for _ in range(20)]
    assert len({sealed.ciphertext.c1.y for sealed in made}) == 20
    assert len({sealed.envelope[:32] for sealed in made}) == 20


def test_randomness_cannot_be_given():
    with pytest.raises(TypeError):
        seal_entry(ACCOUNT, ledger_card(), randomness=5)


def test_the_length_says_nothing_about_the_amounts():
    largest = replace(ACCOUNT, monthly_income=2**40 - 1)
    for entry in (SALARY, largest):
        assert len(sealed_for(entry=entry).envelope) == ENVELOPE_BYTES == 73


def test_nobody_else_reads_it():
    with pytest.raises(EnvelopeUnreadable) as caught:
        opened(borrower=2)
    assert caught.value.issuer == BANK


def test_it_opens_beside_its_own_entry_only():
    other = sealed_for()
    for changes in (
        {"account": seed(2).account_key.public},
        {"issuer": EMPLOYER},
        {"ciphertext": other.ciphertext},
        {"ciphertext": Ciphertext(*reversed(SEALED.ciphertext))},
        {"envelope": other.envelope},
    ):
        with pytest.raises(EnvelopeUnreadable):
            opened(**changes)


@pytest.mark.parametrize("place", [0, 31, 32, 56, 57, 72])
def test_a_changed_envelope_does_not_open(place):
    envelope = bytearray(SEALED.envelope)
    envelope[place] ^= 1
    with pytest.raises(EnvelopeUnreadable):
        opened(envelope=bytes(envelope))


@pytest.mark.parametrize("envelope", [b"", b"\0", bytes(72), bytes(73), bytes(74), bytes(1024)])
def test_what_is_no_envelope_does_not_open(envelope):
    with pytest.raises(EnvelopeUnreadable, match="recover"):
        opened(envelope=envelope)


def test_other_arguments_are_refused():
    for entry, card in ((None, ledger_card()), (ACCOUNT, None), (ACCOUNT.slots(), ledger_card())):
        with pytest.raises(InvalidInput):
            seal_entry(entry, card)


@pytest.mark.parametrize("torsion", TORSION)
def test_no_point_outside_the_subgroup_is_sealed(torsion):
    c1, c2 = SEALED.ciphertext
    bad = [Ciphertext(torsion, c2)]
    if torsion != IDENTITY:
        bad += [Ciphertext(babyjub.add(c1, torsion), c2), Ciphertext(c1, babyjub.add(c2, torsion))]
    for ciphertext in bad:
        with pytest.raises(InvalidInput):
            replace(SEALED, ciphertext=ciphertext)
    with pytest.raises(InvalidInput):
        replace(SEALED, account=torsion)


def test_other_parts_make_no_sealed_entry():
    for changes in (
        {"ciphertext": EMPTY},
        {"ciphertext": tuple(SEALED.ciphertext)},
        {"ciphertext": Ciphertext(Point(1, 2), SEALED.ciphertext.c2)},
        {"envelope": SEALED.envelope[:-1]},
        {"envelope": SEALED.envelope.hex()},
        {"issuer": BANK.lower()},
        {"issuer": "bank"},
    ):
        with pytest.raises(InvalidInput):
            replace(SEALED, **changes)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "x"}, {"account": "00" * 32}, {"account": None}, {"ciphertext": []},
        {"ciphertext": ["00" * 32, "zz"]}, {"ciphertext": {}}, {"envelope": "!"},
        {"envelope": ""}, {"issuer": None}, {"more": 1},
    ],
)  # fmt: skip
def test_other_documents_are_no_sealed_entry(members):
    text = json.dumps({**json.loads(SEALED.to_json()), **members})
    with pytest.raises(ZkCreditError):
        SealedEntry.from_json(text)
