"""The scanner finds what is planted, in every place and form, and nothing in what is encrypted."""

from __future__ import annotations

import pytest
from support.ledger.proved_entries import entry_key, proved_entry

from zkcredit.chain import (
    EmbeddedNode,
    Outbox,
    RevmNode,
    TransactionSender,
    deploy_ledger,
    deploy_test_token,
)
from zkcredit.chain.sending.transactions import Call
from zkcredit.demo.failure import StoryFailed
from zkcredit.demo.plaintext_scan import needles, scan, written
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.elgamal import AccountKey, Ciphertext, pack_slots
from zkcredit.ledger import LedgerEntry
from zkcredit.ledger.sealed import ENVELOPE_BYTES

INCOME, DEBT, SCORE = 4_123_456_789, 387_654_321, 617
SLOTS = (SCORE, INCOME, 2_111_222_333, DEBT, 2)
SECRET = {"somebody": [SLOTS]}
WORD = 32


def found(data, where="calldata", public=()):
    return {hit.form for hit in scan({where: [data]}, SECRET, public).findings}


@pytest.fixture(scope="module")
def chain():
    """Three encrypted entries with sealed envelopes, and nothing else of anybody's."""
    with RevmNode(accounts=2) as node:
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        ledger = deploy_ledger(node, entry_key().verifying_key, currency=360, by=me)
        ledger.accept_issuer(me.address, by=me)
        key = AccountKey.generate()
        for _ in range(3):
            place = ledger.place(key.public, me.address)
            ledger.post(proved_entry(key.public, me.address, SLOTS, place), by=me)
        node.advance(90_000)
        ledger.snapshot(key.public, by=me)
        yield node, me, ledger, key


@pytest.fixture
def world(chain):
    node, _, ledger, key = chain
    snapshot = node.snapshot()
    yield node, TransactionSender(node, node.accounts[1], Outbox(None)), ledger, key
    node.restore(snapshot)


def test_an_encrypted_ledger_is_clean(chain):
    node = chain[0]
    result = scan(written(node), SECRET)
    assert result.findings == ()
    result.require_clean()
    assert result.amounts == 4
    assert result.searched.keys() == {"calldata", "events", "storage"}
    assert all(size > 300 for size in result.searched.values())


# --- planted in each place ----------------------------------------------------------------------


def test_an_amount_in_calldata_is_found(world):
    node, stranger, ledger, _ = world
    data = ledger.abi.encode("hasRole", bytes(32), stranger.address) + INCOME.to_bytes(32, "big")
    stranger.send(Call(stranger.address, data, 60_000))
    result = scan(written(node), SECRET)
    assert {(hit.where, hit.form) for hit in result.findings} == {("calldata", "bytes")}
    with pytest.raises(StoryFailed, match="somebody is in calldata") as caught:
        result.require_clean()
    assert str(INCOME) not in str(caught.value)
    assert str(INCOME) not in repr(result)


def test_an_amount_in_an_event_is_found(world):
    node, _, ledger, key = world
    owner = TransactionSender(node, node.accounts[0], Outbox(None))
    envelope = LedgerEntry(*SLOTS).to_bytes().ljust(ENVELOPE_BYTES, b"\1")
    place = ledger.place(key.public, owner.address)
    made = proved_entry(key.public, owner.address, SLOTS, place, envelope=envelope)
    ledger.post(made, by=owner)
    places = {(hit.where, hit.form) for hit in scan(written(node), SECRET).findings}
    assert {("events", "an envelope's content"), ("calldata", "an envelope's content")} <= places


def test_an_amount_in_storage_is_found_even_after_it_was_replaced(world):
    node, stranger, _, _ = world
    token = deploy_test_token(node, by=stranger)
    token.mint(stranger.address, DEBT, by=stranger)
    token.mint(stranger.address, 1, by=stranger)
    places = {(hit.where, hit.form) for hit in scan(written(node), SECRET).findings}
    assert ("storage", "bytes") in places


def test_an_entry_without_blinding_is_found(world):
    node, stranger, _, _ = world
    naked = babyjub.mul(pack_slots(SLOTS), BASE8)
    words = b"".join(value.to_bytes(32, "big") for value in Ciphertext(BASE8, naked).c2)
    stranger.send(Call(stranger.address, words, 60_000))
    assert {hit.form for hit in scan(written(node), SECRET).findings} == {"in the exponent"}


# --- each form ----------------------------------------------------------------------------------

PACKED = pack_slots(SLOTS)


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (INCOME.to_bytes(32, "big"), "bytes"),
        (b"\xff" * 7 + DEBT.to_bytes(5, "big") + b"\xff" * 7, "bytes"),
        (DEBT.to_bytes(6, "big"), "bytes"),
        (PACKED.to_bytes(32, "big"), "packed"),
        (PACKED.to_bytes(30, "little"), "packed, little-endian"),
        (LedgerEntry(*SLOTS).to_bytes(), "an envelope's content"),
        (b"income: 4123456789", "decimal digits"),
        (f"{INCOME:x}".encode(), "hexadecimal digits"),
        (f"0x{INCOME:X}".encode(), "hexadecimal digits"),
        (INCOME.to_bytes(32, "little"), "a little-endian word"),
        (SCORE.to_bytes(32, "big"), "a word"),
        (b"\x01\x02\x03\x04" + SCORE.to_bytes(32, "big"), "a word"),
        (babyjub.mul(SCORE, BASE8).x.to_bytes(32, "big"), "in the exponent"),
        (babyjub.mul(2, BASE8).y.to_bytes(32, "big"), "in the exponent"),
        (babyjub.mul(PACKED, BASE8).x.to_bytes(32, "big"), "in the exponent"),
    ],
)
def test_every_form_is_found(data, form):
    assert form in found(data)
    assert form in found(b"\x7f" * 64 + data + b"\x7f" * 64, "events")


def test_a_small_number_before_a_hash_is_not_a_score():
    """The last byte of one word and the first of the next are not a word."""
    high, low = divmod(SCORE, 256)
    event = high.to_bytes(32, "big") + bytes([low]) + b"\x7f" * 31
    assert SCORE.to_bytes(32, "big") in event[1:] + bytes(31)
    assert found(event, "events") == found(b"\x01\x02\x03\x04" + event) == set()


def test_a_packed_plaintext_of_small_slots_with_one_large_one_is_found():
    only = {"x": [(SCORE, 70_000, 0, 0, 1)]}
    packed = pack_slots((SCORE, 70_000, 0, 0, 1)).to_bytes(30, "big")
    assert {hit.form for hit in scan({"events": [packed]}, only).findings} == {"bytes", "packed"}


@pytest.mark.parametrize("small", [0, 1, 2, 255])
def test_small_numbers_are_not_looked_for_as_words(small):
    assert found(small.to_bytes(32, "big")) == set()


def test_public_numbers_and_offsets_are_not_looked_for():
    assert found(SCORE.to_bytes(32, "big"), public=(SCORE,)) == set()
    assert not any(len(data) == WORD and int.from_bytes(data, "big") == 640
                   for data in needles({"x": [(640, 0, 0, 0, 0)]}))  # fmt: skip
    assert found(SCORE.to_bytes(32, "big"), "storage") == set()


def test_neighbours_are_not_found():
    for amount in (INCOME + 1, DEBT - 1, INCOME // 2, SCORE + 1):
        assert found(amount.to_bytes(32, "big")) == set()


def test_nobodys_zeros_are_looked_for():
    assert needles({"x": [(0, 0, 0, 0, 0)]}) == {}


@pytest.mark.parametrize("kind", [RevmNode, EmbeddedNode])
def test_every_embedded_chain_shows_what_it_received(kind):
    with kind(accounts=2) as node:
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        for data in (b"", b"\1\2"):
            me.send(Call(node.accounts[1].address, data, 30_000))
        assert written(node) == {"calldata": [b"", b"\1\2"], "events": [], "storage": []}
