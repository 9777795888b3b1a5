"""Words in, keys out: known answers from BIP-39 and BIP-44, separation, and silence."""

from __future__ import annotations

import copy
import pickle
import sys

import pytest

from zkcredit.bn254.fields import R
from zkcredit.errors import InvalidInput, MissingExtra
from zkcredit.wallet.seed import Seed

# The all-zero vectors of BIP-39, and the first account that every Ethereum wallet shows for
# "test test … junk".
ABANDON = "abandon " * 23 + "art"
JUNK = "test test test test test test test test test test test junk"
HOLDER = "06d9603b32af64ab3d190794863d5df3d867a5ebaaead462c1c175b7eb2f61bd"
LEDGER = "006a3689432b8e2596109d082447b4cf1504220de69885c9eeb6fc1b2955fa06"
ENVELOPE = "888fb0fe937b030557870f1ea5f504659434c56b2ad81362905d57534fba652f"


def test_words_are_those_of_bip_39():
    assert Seed(bytes(32)).words() == ABANDON
    assert Seed.from_words(ABANDON).entropy == bytes(32)


@pytest.mark.parametrize(
    "text",
    ["\ufeff" + ABANDON, ABANDON.replace(" ", "\r\n") + "\r\n", ABANDON.upper(),
     ABANDON.replace(" ", "\u3000"), ABANDON.replace("a", "\uff41"), f"  {ABANDON}\n"],
)  # fmt: skip
def test_words_are_read_as_people_write_them(text):
    assert Seed.from_words(text).entropy == bytes(32)


@pytest.mark.slow
def test_the_ethereum_account_is_that_of_other_wallets():
    seed = Seed.from_words(JUNK)
    assert seed.evm_address == "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
    assert len(seed.evm_key) == 32


def test_keys_are_a_function_of_the_words():
    one, other = Seed.generate(), Seed.generate()
    again = Seed.from_words(one.words())
    for name in ("holder_secret", "ledger_key", "evm_key", "evm_address"):
        assert getattr(one, name) == getattr(again, name) != getattr(other, name)
    assert one.envelope_key.seed == again.envelope_key.seed != other.envelope_key.seed


def test_these_derivations_never_change():
    seed = Seed(bytes(32))
    assert f"{seed.holder_secret:064x}" == HOLDER
    assert f"{seed.ledger_key:064x}" == LEDGER
    assert seed.envelope_key.public_key().export_key(format="raw").hex() == ENVELOPE


def test_keys_are_in_range():
    for _ in range(20):
        seed = Seed.generate()
        assert 0 < seed.holder_secret < R
        assert 0 < seed.ledger_key < 2**248


@pytest.mark.parametrize(
    "words",
    [
        "",
        "abandon",
        "abandon " * 24,
        "abandon " * 22 + "art",
        "abandon " * 23 + "xylophone",
        "abandon " * 23 + "zebraish",
        None,
        7,
        b"abandon",
    ],
)
def test_wrong_words_are_refused(words):
    with pytest.raises(InvalidInput):
        Seed.from_words(words)


def test_words_may_come_with_capitals_and_spaces():
    assert Seed.from_words("  " + ABANDON.upper().replace(" ", "\n ")).words() == ABANDON


def test_the_error_repeats_no_word():
    with pytest.raises(InvalidInput) as caught:
        Seed.from_words("abandon " * 23 + "treasuremap")
    assert "treasuremap" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("entropy", [b"", bytes(15), bytes(33), bytes(64), "0" * 32, None])
def test_entropy_of_another_length_is_refused(entropy):
    with pytest.raises(InvalidInput):
        Seed(entropy)


def test_nothing_shows_or_copies_a_seed():
    seed = Seed(b"e" * 32)
    assert repr(seed) == str(seed) == "Seed(…)"
    for copier in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(seed)


def test_without_the_extra_the_ethereum_account_is_a_typed_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "eth_account.hdaccount", None)
    seed = Seed.generate()
    with pytest.raises(MissingExtra, match=r"zkcredit\[chain\]"):
        _ = seed.evm_key
    with pytest.raises(MissingExtra, match=r"zkcredit\[chain\]"):
        _ = seed.evm_address
