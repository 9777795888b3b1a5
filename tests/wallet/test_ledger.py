"""The wallet's account at a ledger: from the words alone, with what it was told, and its log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.ledger.ledger_desk import (
    ACCOUNT,
    BANK,
    EMPLOYER,
    EPOCH,
    OPERATOR,
    posted,
    sealed_for,
    sum_of,
    three_entries,
)
from support.protocol.nouns import PASSWORD, seed

from zkcredit.circuits import get_circuit
from zkcredit.errors import (
    EnvelopeMismatch,
    EnvelopeUnreadable,
    InvalidInput,
    LedgerError,
    NotEligible,
    UnsafeKey,
)
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.gadgets.elgamal import AccountKey, reencrypt
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.ledger import LedgerEntry, account_number
from zkcredit.policy import Policy
from zkcredit.request import ProofRequest
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Seed, Wallet

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")
LIGHT = KdfCost.light_unsafe()
END = 1_900_000_000
POLICY = Policy.score_range(650).at(1_800_000_000)
# The account of the all-zero words: it must never change.
ZERO_ACCOUNT = 0xC07798046252D8B347AE50CD3BD769CB65EF7DC5B51993B9DF7104F022D929


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("ledger_eligibility"))


@pytest.fixture
def wallet(tmp_path):
    with Wallet.restore(tmp_path / "wallet", PASSWORD, seed().words(), cost=LIGHT) as opened:
        yield opened


def asked(total, policy=POLICY, **changes):
    account = seed().account_key.public
    request = ProofRequest("a lender", "seed", END, 5, policy=policy, account=account, total=total)
    return replace(request, **changes)


def prove(wallet, entries, key, policy=POLICY):
    account = wallet.ledger.read(entries, epoch=EPOCH + 1)
    return wallet.prove(asked(sum_of(entries), policy), account, proving_key=key)


def test_the_account_is_a_function_of_the_words(wallet, tmp_path):
    assert wallet.ledger.key == seed().account_key.public
    assert wallet.ledger.number == account_number(wallet.ledger.key)
    assert Seed.from_words(seed().words()).account_key == seed().account_key
    with Wallet.create(tmp_path / "other", PASSWORD, cost=LIGHT) as other:
        assert other.ledger.key != wallet.ledger.key


def test_the_account_key_comes_from_the_ledger_key():
    zero = Seed(bytes(32))
    assert zero.account_key == AccountKey(zero.ledger_key.to_bytes(32, "big"))
    assert account_number(zero.account_key.public) == ZERO_ACCOUNT


def test_nothing_shows_the_key(wallet):
    shown = repr(wallet.ledger) + repr(wallet.ledger.card(BANK)) + repr(seed().account_key)
    for secret in (seed().account_key.scalar, seed().ledger_key):
        assert str(secret) not in shown
        assert f"{secret:x}" not in shown


def test_another_wallet_of_the_same_words_reads_the_same(wallet, tmp_path):
    entries = three_entries()
    with Wallet.restore(tmp_path / "again", "x", seed().words(), cost=LIGHT) as again:
        first, second = (w.ledger.read(entries, epoch=EPOCH + 1) for w in (wallet, again))
    assert first == second
    assert sorted(first.entries) == sorted((EMPLOYER, BANK, OPERATOR))


def test_another_persons_wallet_reads_nothing(tmp_path):
    with Wallet.create(tmp_path / "other", PASSWORD, cost=LIGHT) as other:
        account = other.ledger.read(three_entries(), epoch=EPOCH + 1)
    assert account.entries == {}
    assert {type(fault) for fault in account.faults.values()} == {EnvelopeUnreadable}


def test_a_proof_is_logged_before_it_is_handed_out(wallet, key):
    presentation = prove(wallet, three_entries(), key)
    (consent,) = wallet.consents()
    assert (consent.verifier, consent.purpose) == ("a lender", "seed")
    assert consent.nullifier == presentation.pseudonym == wallet.ledger.number
    assert consent.conditions == POLICY.conditions()


def test_whoever_does_not_qualify_is_told_alone(wallet, key):
    with pytest.raises(NotEligible) as caught:
        prove(wallet, three_entries(), key, Policy.score_range(700).at(5))
    assert caught.value.shortfalls == {"min_score": 37}
    assert wallet.consents() == []


def test_nothing_is_proved_without_all_entries(wallet, key):
    entries = three_entries()
    account = wallet.ledger.read(entries[:2], epoch=EPOCH + 1)
    with pytest.raises(LedgerError, match="do not add up"):
        wallet.prove(asked(sum_of(entries)), account, proving_key=key)
    entries[1] = replace(entries[1], envelope=b"\0")
    with pytest.raises(EnvelopeUnreadable):
        prove(wallet, entries, key)
    assert wallet.consents() == []


def test_another_randomness_of_the_same_total_is_accepted_as_the_ledgers(wallet, key):
    entries = three_entries()
    account = wallet.ledger.read(entries, epoch=EPOCH + 1)
    total = reencrypt(wallet.ledger.key, sum_of(entries), 5)
    assert wallet.prove(asked(total), account, proving_key=key).total == total


def test_a_lost_envelope_is_made_up_for_once(wallet, key, tmp_path):
    entries = three_entries()
    entries[1] = lost = replace(entries[1], envelope=b"\0")
    known = ACCOUNT.slots()
    assert wallet.ledger.recover(lost, (*known[:3], None, known[4]), bound=1 << 18) == ACCOUNT
    assert prove(wallet, entries, key)
    wallet.close()
    with Wallet.open(tmp_path / "wallet", PASSWORD) as again:
        assert again.ledger.read(entries, epoch=EPOCH + 1).entries[BANK] == ACCOUNT
    with Wallet.restore(tmp_path / "fresh", "x", seed().words(), cost=LIGHT) as fresh:
        assert BANK in fresh.ledger.read(entries, epoch=EPOCH + 1).faults


def test_wrong_knowledge_is_not_remembered(wallet):
    lost = replace(posted(sealed_for()), envelope=b"\0")
    with pytest.raises(EnvelopeMismatch):
        wallet.ledger.recover(lost, LedgerEntry().slots())
    assert wallet.ledger.read([lost], epoch=EPOCH + 1).entries == {}


def test_another_wallets_reading_is_refused(wallet, key, tmp_path):
    entries = three_entries()
    account = wallet.ledger.read(entries, epoch=EPOCH + 1)
    with (
        Wallet.create(tmp_path / "other", PASSWORD, cost=LIGHT) as other,
        pytest.raises(InvalidInput, match="than this wallet's"),
    ):
        other.prove(asked(sum_of(entries)), account, proving_key=key)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("changes", "source"),
    [({}, None), ({}, "an id"), ({"total": None}, ...), ({"account": BASE8}, ...),
     ({"policy": Policy(currency=978).at(5)}, ...),
     ({"account": None, "total": None, "scope": 5}, ...)],
)  # fmt: skip
def test_other_arguments_are_refused_and_not_logged(wallet, key, changes, source):
    entries = three_entries()
    account = wallet.ledger.read(entries, epoch=EPOCH + 1)
    request = replace(asked(sum_of(entries)), **changes)
    with pytest.raises(InvalidInput):
        wallet.prove(request, account if source is ... else source, proving_key=key)
    assert wallet.consents() == []


@pytest.mark.slow
def test_another_statements_key_is_refused(wallet):
    wrong = load_or_create_dev_key(get_circuit("eligibility"))
    with pytest.raises(UnsafeKey):
        prove(wallet, three_entries(), wrong)
    assert wallet.consents() == []


@pytest.mark.parametrize("issuer", ["", "0x12", None, BANK[:-1]])
def test_a_card_needs_an_issuers_address(wallet, issuer):
    with pytest.raises(InvalidInput):
        wallet.ledger.card(issuer)
