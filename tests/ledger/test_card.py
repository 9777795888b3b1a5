"""The card: whose account it is, and for which issuer; nobody else can make one."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.ledger.ledger_desk import BANK, EMPLOYER, ledger_card
from support.protocol.nouns import seed

from zkcredit.errors import InvalidInput, InvalidSignature, MalformedFile, ZkCreditError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.eddsa import Signature
from zkcredit.ledger import LedgerCard, account_number

CARD = ledger_card()


def changed(**members):
    return json.dumps({**json.loads(CARD.to_json()), **members})


def test_a_card_travels_as_json():
    assert LedgerCard.from_json(CARD.to_json()) == CARD
    assert CARD.account == seed().account_key.public
    assert CARD.number == account_number(CARD.account)


def test_equal_keys_make_equal_cards_and_issuers_different_ones():
    assert ledger_card() == CARD
    other = ledger_card(EMPLOYER)
    assert (other.account, other.envelope_key) == (CARD.account, CARD.envelope_key)
    assert other.signature.r8 != CARD.signature.r8


def test_an_address_in_any_spelling_makes_the_same_card():
    key, public = seed().account_key, CARD.envelope_key
    assert LedgerCard.make(key, public, BANK.lower()) == CARD


def test_a_card_does_not_show_the_key():
    assert str(seed().account_key.scalar) not in CARD.to_json() + repr(CARD)


def test_a_card_for_another_issuer_is_refused():
    with pytest.raises(InvalidSignature):
        replace(CARD, issuer=EMPLOYER)
    with pytest.raises(InvalidSignature):
        LedgerCard.from_json(changed(issuer=EMPLOYER))


def test_another_persons_account_is_refused():
    victim = seed(2).account_key.public
    with pytest.raises(InvalidSignature):
        replace(CARD, account=victim)


def test_another_envelope_key_is_refused():
    with pytest.raises(InvalidSignature):
        replace(CARD, envelope_key=ledger_card(borrower=2).envelope_key)


@pytest.mark.parametrize("torsion", TORSION)
def test_points_outside_the_subgroup_are_no_account(torsion):
    bad = [torsion] if torsion == IDENTITY else [torsion, babyjub.add(CARD.account, torsion)]
    for account in bad:
        with pytest.raises(InvalidInput):
            replace(CARD, account=account)
    if torsion != IDENTITY:
        r8 = babyjub.add(CARD.signature.r8, torsion)
        with pytest.raises(InvalidSignature):
            replace(CARD, signature=Signature(r8, CARD.signature.s))


@pytest.mark.parametrize("account", [Point(1, 2), Point(-1, 1), Point(2**256, 1), None, (1,), 7])
def test_what_is_no_point_is_no_account(account):
    with pytest.raises(InvalidInput):
        replace(CARD, account=account)
    if account != Point(1, 2):
        with pytest.raises(InvalidInput):
            account_number(account)


def test_other_signatures_are_refused():
    r8, s = CARD.signature
    for forged in (
        Signature(r8, (s + 1) % SUBGROUP_ORDER),
        Signature(r8, s + SUBGROUP_ORDER),
        Signature(BASE8, s),
        Signature(r8, SUBGROUP_ORDER - s),
    ):
        with pytest.raises(InvalidSignature):
            replace(CARD, signature=forged)
    with pytest.raises(InvalidInput):
        replace(CARD, signature=(r8, s))


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(32), "0" * 32, None])
def test_unacceptable_envelope_keys_are_refused(key):
    with pytest.raises(InvalidInput):
        replace(CARD, envelope_key=key)


@pytest.mark.parametrize("issuer", ["", "0x12", BANK.lower(), BANK[:-1] + "d", None, 7])
def test_an_issuer_in_another_spelling_is_refused(issuer):
    with pytest.raises(InvalidInput):
        replace(CARD, issuer=issuer)


@pytest.mark.parametrize(
    "text",
    [
        "", "{}", "[]", changed(type="zkcredit/holder-card/1"), changed(extra=1),
        changed(account="00" * 32), changed(account=1), changed(envelopeKey="AA" * 32),
        changed(signature="00" * 63), changed(signature="ff" * 64), changed(issuer=5),
        CARD.to_json() + " " * 2048,
    ],
)  # fmt: skip
def test_other_documents_are_no_card(text):
    with pytest.raises(ZkCreditError) as caught:
        LedgerCard.from_json(text)
    assert isinstance(caught.value, MalformedFile | InvalidInput | InvalidSignature)
