"""Quotes as files: signed one after the other, joined, and refused when anything was changed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from zkcredit.chain.custody.quotes import FxQuote
from zkcredit.chain.custody.signed_quote import SignedQuote
from zkcredit.chain.sending.accounts import Signer
from zkcredit.errors import InvalidInput, MalformedFile, OutOfRange

PEOPLE = [Signer(bytes([n]) * 32) for n in (0x51, 0x52, 0x53)]
PLACE = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
QUOTE = FxQuote(840, 404, 129_500_000_000, 1_900_000_000, 1_900_003_600)
PLAIN = SignedQuote(QUOTE, 31_337, PLACE)


def test_two_sign_one_after_the_other_or_apart():
    after = PLAIN.signed_by(PEOPLE[0]).signed_by(PEOPLE[1])
    apart = PLAIN.signed_by(PEOPLE[1]).joined(PLAIN.signed_by(PEOPLE[0]))
    assert after == apart
    assert after.signed_by(PEOPLE[0]) == after
    assert SignedQuote.from_json(after.to_json()) == after
    exchange = after.exchange()
    assert (exchange.rate, exchange.until, exchange.source) == (QUOTE.rate, QUOTE.until, PLACE)
    assert exchange.evidence == QUOTE.evidence(after.signatures)


def test_words_name_rate_time_and_place():
    words = PLAIN.in_words()
    assert "1 USD = 129.5 KES." in words
    assert "From 2030-03-17T17:46:40Z until 2030-03-17T18:46:40Z." in words
    assert f"{PLACE} on chain 31337" in words
    assert PLAIN.digest.hex() in words


def test_another_quote_is_not_joined():
    with pytest.raises(InvalidInput, match="different quotes"):
        PLAIN.joined(replace(PLAIN, quote=replace(QUOTE, rate=1)))


def changed(**members: object) -> str:
    document = json.loads(PLAIN.signed_by(PEOPLE[0]).to_json())
    document["typed_data"]["message"] |= members
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (changed(rate="129500000001"), InvalidInput),
        (changed(base="978"), InvalidInput),
        (changed(until="1900003601"), InvalidInput),
        (changed(rate="0"), OutOfRange),
        (changed(rate=str((1 << 64) - 1)), OutOfRange),
        (changed(quote="840"), InvalidInput),
        (changed(rate=129), MalformedFile),
        (changed(more="1"), MalformedFile),
        (PLAIN.to_json().replace(PLACE, PLACE.lower()), InvalidInput),
        (PLAIN.to_json().replace("31337", "0"), OutOfRange),
        (PLAIN.to_json().replace("zkcredit fx quotes", "zkcredit fx quote"), MalformedFile),
        (PLAIN.to_json().replace('"Quote":[', '"Quota":['), MalformedFile),
        (PLAIN.to_json().replace("zkcredit-quote/1", "zkcredit-release/1"), MalformedFile),
        (PLAIN.to_json()[:-2], MalformedFile),
        ("[]", MalformedFile),
    ],
)
def test_a_changed_file_is_refused(text, error):
    with pytest.raises(error):
        SignedQuote.from_json(text)


def test_a_signature_counts_once_and_is_for_this_quote():
    pair = QUOTE.signed_by(PEOPLE[0], 31_337, PLACE)
    for signatures in ((pair, pair), ((pair[0], b"\1" * 65),), ((b"short", b""),)):
        with pytest.raises(InvalidInput):
            replace(PLAIN, signatures=signatures)
