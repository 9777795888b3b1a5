"""The wallet receives, proves and remembers; it refuses early, by name, and shows no secret."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.protocol.nouns import (
    EXPIRES,
    ISSUED,
    NOW,
    PASSWORD,
    card,
    credential,
    record,
    signing_key,
)
from support.protocol.together import act_together

from zkcredit import units
from zkcredit.bn254.fields import R
from zkcredit.circuits import get_circuit
from zkcredit.credential import Credential, holder_of
from zkcredit.envelope import Envelope
from zkcredit.errors import (
    CredentialError,
    DamagedFile,
    ExpiredCredential,
    ExpiredRequest,
    InvalidInput,
    InvalidSignature,
    NotEligible,
    OutOfRange,
    RevokedCredential,
    UnknownIssuer,
    UnsafeKey,
    WalletError,
    WrongPassword,
)
from zkcredit.groth16.setup import load_or_create_dev_key
from zkcredit.policy import Policy
from zkcredit.presentation import verify
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.request import ProofRequest, RequestKey
from zkcredit.scoring import load_scorecard
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault
from zkcredit.wallet import Wallet

LIGHT = KdfCost.light_unsafe()
WORDS = "abandon " * 23 + "art"
END = 4_102_444_800


@pytest.fixture
def path(tmp_path):
    return tmp_path / "wallet"


@pytest.fixture
def wallet(path):
    with Wallet.restore(path, PASSWORD, WORDS, cost=LIGHT) as wallet:
        yield wallet


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("eligibility"))


def registry(*revoked, issuer=1):
    return RegistrySnapshot.of(RevocationList.sign(signing_key(issuer), revoked, NOW))


def own(wallet, issuer=1, **changes):
    fields = {"holder": wallet.card.holder, "revocation_id": 4242, "record": record()}
    fields |= {"issued_at": ISSUED, "expires_at": EXPIRES, **changes}
    return Credential.sign(signing_key(issuer), **fields)


def give(wallet, issuer=1, **changes):
    return wallet.receive(Envelope.seal(own(wallet, issuer, **changes), wallet.card))


# --- the file -----------------------------------------------------------------------------------


def test_what_is_received_is_there_after_opening_again(path, wallet):
    id_ = give(wallet)
    kept = wallet.credential(id_)
    wallet.close()
    with Wallet.open(path, PASSWORD) as again:
        assert again.credentials() == {id_: kept}
        assert again.card == wallet.card


def test_the_words_bring_back_the_keys(wallet, tmp_path):
    words = wallet.words(PASSWORD)
    assert words == WORDS
    with Wallet.restore(tmp_path / "other", "x", words, cost=LIGHT) as other:
        assert other.card == wallet.card
        assert other.evm_address == wallet.evm_address
        assert other.ledger_key() == wallet.ledger_key()
        assert other.evm_key() == wallet.evm_key()
        assert other.credentials() == {}


def test_new_wallets_differ(tmp_path):
    with (
        Wallet.create(tmp_path / "a", PASSWORD, cost=LIGHT) as one,
        Wallet.create(tmp_path / "b", PASSWORD, cost=LIGHT) as other,
    ):
        assert one.card != other.card
        assert len(one.words(PASSWORD).split()) == 24


def test_words_are_shown_for_the_password_only(wallet):
    with pytest.raises(WrongPassword):
        wallet.words("another")
    with pytest.raises(InvalidInput):
        wallet.words("")


def test_wrong_words_make_no_wallet(path):
    with pytest.raises(InvalidInput):
        Wallet.restore(path, PASSWORD, "abandon " * 24, cost=LIGHT)
    assert not path.exists()


def test_no_wallet_is_overwritten(path, wallet):
    with pytest.raises(InvalidInput):
        Wallet.create(path, PASSWORD, cost=LIGHT)
    with pytest.raises(InvalidInput):
        Wallet.restore(path, PASSWORD, WORDS, cost=LIGHT)


def test_wrong_password_and_damage_are_told_apart(path, wallet):
    wallet.close()
    with pytest.raises(WrongPassword):
        Wallet.open(path, "another")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DamagedFile):
        Wallet.open(path, PASSWORD)


@pytest.mark.parametrize("missing", ["entropy", "holder"])
def test_a_wallet_without_its_seed_is_damaged(path, wallet, missing):
    wallet.close()
    with Vault.open(path, "wallet", PASSWORD) as store:
        store.remove("seed", missing)
    with pytest.raises(DamagedFile):
        Wallet.open(path, PASSWORD)


def test_a_wallet_never_opens_to_other_keys(path, wallet):
    wallet.close()
    with Vault.open(path, "wallet", PASSWORD) as store:
        store.put([("seed", "entropy", bytes(31) + b"\1")])
    with pytest.raises(DamagedFile):
        Wallet.open(path, PASSWORD)


def test_a_changed_password_opens(path, wallet):
    wallet.change_password(PASSWORD, "new", cost=LIGHT)
    assert wallet.words("new") == WORDS
    wallet.close()
    with pytest.raises(WrongPassword):
        Wallet.open(path, PASSWORD)
    Wallet.open(path, "new").close()


def test_a_closed_wallet_is_a_typed_error(wallet):
    wallet.close()
    with pytest.raises(WalletError):
        wallet.credentials()


def test_nothing_shows_a_secret(path, wallet):
    id_ = give(wallet)
    shown = repr(wallet) + str(wallet) + repr(vars(wallet)) + repr(wallet.credentials())
    secret = wallet._seed.holder_secret
    for private in (str(secret), f"{secret:x}", wallet.evm_key().hex(), "abandon", "300000"):
        assert private not in shown
    raw = path.read_bytes()
    for private in (secret.to_bytes(32, "big"), wallet.evm_key(), b"monthly_income", b"300000"):
        assert private not in raw
    assert id_.encode() in raw


# --- credentials --------------------------------------------------------------------------------


def test_a_credential_is_kept_once(wallet):
    assert give(wallet) == give(wallet)
    assert len(wallet.credentials()) == 1
    assert give(wallet, revocation_id=1) != give(wallet)


def test_credentials_are_listed_latest_first(wallet):
    old, new = give(wallet, issued_at=ISSUED - 9), give(wallet)
    assert list(wallet.credentials()) == [new, old]


def test_one_envelope_received_by_several_processes_is_kept_once(path, wallet, monkeypatch):
    envelope = Envelope.seal(own(wallet), wallet.card)
    # Each found nothing before any of them wrote: the worst order there is.
    with monkeypatch.context() as patch:
        patch.setattr(Wallet, "credentials", lambda _self: {})
        ids = set()
        for _ in range(4):
            with Wallet.open(path, PASSWORD) as process:
                ids.add(process.receive(envelope))
    assert list(wallet.credentials()) == list(ids)


RECEIVING = """
from zkcredit.wallet import Wallet
with patiently(lambda: Wallet.open(sys.argv[1], sys.argv[2])) as wallet:
    envelope = open(sys.argv[3]).read()
    ready()
    print(patiently(lambda: wallet.receive(envelope)))
"""


@pytest.mark.slow
def test_one_envelope_received_by_four_real_processes_is_kept_once(path, wallet, tmp_path):
    sent = tmp_path / "envelope"
    sent.write_text(Envelope.seal(own(wallet), wallet.card).to_json())
    told = act_together(RECEIVING, [[str(path), PASSWORD, str(sent)]] * 4)
    (kept,) = wallet.credentials()
    assert told == [[kept]] * 4


def test_a_credential_that_was_removed_comes_again_under_the_same_id(wallet):
    envelope = Envelope.seal(own(wallet), wallet.card)
    id_ = wallet.receive(envelope)
    wallet.remove(id_)
    assert wallet.receive(envelope) == id_


def test_json_envelopes_are_received(wallet):
    signed = own(wallet)
    envelope = Envelope.seal(signed, wallet.card)
    id_ = wallet.receive(envelope.to_json())
    assert wallet.receive(envelope.to_json().encode()) == id_
    assert wallet.credential(id_) == signed


def test_others_envelopes_are_refused(wallet):
    with pytest.raises(CredentialError):
        wallet.receive(Envelope.seal(credential(), card()))


def test_unsigned_credentials_are_refused(wallet):
    signed = own(wallet)
    forged = replace(signed, record=record(score=850))
    with pytest.raises(InvalidSignature):
        wallet.receive(Envelope.seal(forged, wallet.card))
    assert wallet.credentials() == {}


@pytest.mark.parametrize("text", ["", "{}", b"\xff", "[]"])
def test_what_is_no_envelope_is_refused(wallet, text):
    with pytest.raises(InvalidInput):
        wallet.receive(text)


def test_removed_credentials_are_gone(wallet):
    id_ = give(wallet)
    wallet.remove(id_)
    assert wallet.credentials() == {}
    with pytest.raises(InvalidInput):
        wallet.remove(id_)
    with pytest.raises(InvalidInput):
        wallet.credential(id_)


def test_entries_of_another_version_are_typed_errors(path, wallet):
    wallet.close()
    with Vault.open(path, "wallet", PASSWORD) as store:
        store.put([("credential", "x", b"{}"), ("consent", "x", b'{"time":1}')])
    with Wallet.open(path, PASSWORD) as again:
        for read in (again.credentials, again.consents, lambda: again.credential("x")):
            with pytest.raises(DamagedFile):
                read()


# --- proofs -------------------------------------------------------------------------------------

POLICY = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(NOW)


def asked(snapshot=None, policy=POLICY, **changes):
    root = (snapshot or registry()).root
    return replace(
        ProofRequest("Bank", "a bicycle", END, 1234, policy=policy, scope=5678, registry_root=root),
        **changes,
    )


def show(wallet, key, id_, snapshot=None, policy=POLICY):
    """Prove and verify."""
    request = asked(snapshot, policy)
    shown = wallet.prove(request, id_, registry=snapshot or registry(), proving_key=key)
    verify(shown, request, key.verifying_key)
    return shown


def test_it_proves_and_remembers_what_it_showed(wallet, key):
    id_ = give(wallet)
    before = units.now()
    shown = show(wallet, key, id_)
    (entry,) = wallet.consents()
    assert (entry.verifier, entry.purpose) == ("Bank", "a bicycle")
    assert before <= entry.time <= units.now()
    assert entry.credential_id == id_
    assert entry.conditions == POLICY.conditions()
    assert (entry.context, entry.scope) == (asked().context, 5678)
    assert (entry.nullifier, entry.expires_at) == (shown.nullifier, END)
    wallet.remove(id_)
    assert wallet.consents() == [entry]


@pytest.mark.slow
def test_it_proves_among_many_issuers_and_revocations(wallet, key):
    id_ = give(wallet, issuer=3)
    lists = [RevocationList.sign(signing_key(n), range(4242 + n, 4300), NOW) for n in range(1, 11)]
    lists[2] = RevocationList.sign(signing_key(3), [4241, 4243, 2**32 - 1], NOW)
    show(wallet, key, id_, RegistrySnapshot(tuple(lists)))


@pytest.mark.parametrize("revocation_id", [1, 2**32 - 1])
def test_it_proves_at_both_ends_of_the_revocation_ids(wallet, key, revocation_id):
    id_ = give(wallet, revocation_id=revocation_id)
    show(wallet, key, id_, registry(revocation_id ^ 3))


def test_it_proves_the_neutral_policy_for_the_hopeless(wallet, key):
    hopeless = record(
        score=0, monthly_income=0, monthly_expenses=2**48 - 1, delinquencies_24m=65_535
    )
    show(wallet, key, give(wallet, record=hopeless), policy=Policy().at(NOW))


def refused(wallet, key, error, *, request=None, id_=None, **changes):
    arguments = {"registry": registry(), "proving_key": key, **changes}
    id_ = id_ or next(iter(wallet.credentials()))
    with pytest.raises(error) as caught:
        wallet.prove(asked() if request is None else request, id_, **arguments)
    assert wallet.consents() == []
    return caught.value


def test_whoever_is_not_eligible_learns_it_first_and_alone(wallet, key):
    give(wallet, record=record(score=640, monthly_income=200_000))
    error = refused(wallet, key, NotEligible)
    assert error.shortfalls == {"min_score": 10, "coverage_bps": 50_000}


def test_expired_credentials_are_not_proved(wallet, key):
    give(wallet)
    for now in (EXPIRES, ISSUED - 1):
        refused(wallet, key, ExpiredCredential, request=asked(policy=Policy().at(now)))


def test_revoked_credentials_are_not_proved(wallet, key):
    give(wallet)
    snapshot = registry(4242)
    refused(wallet, key, RevokedCredential, request=asked(snapshot), registry=snapshot)


def test_unknown_issuers_credentials_are_not_proved(wallet, key):
    give(wallet)
    snapshot = registry(issuer=2)
    refused(wallet, key, UnknownIssuer, request=asked(snapshot), registry=snapshot)


@pytest.mark.parametrize("snapshot", [None, 5, "other"])
def test_the_registry_must_be_the_one_that_the_request_asks_for(wallet, key, snapshot):
    give(wallet)
    refused(wallet, key, InvalidInput, registry=registry(7) if snapshot == "other" else snapshot)


def test_a_list_that_was_not_signed_is_not_used(wallet, key):
    give(wallet)
    (honest,) = registry(4242).lists
    hidden = RegistrySnapshot.of(replace(honest, revoked=()))
    refused(wallet, key, InvalidSignature, request=asked(hidden), registry=hidden)


@pytest.mark.parametrize("value", [1234, "Bank", {"verifier": "Bank"}, (), POLICY])
def test_nothing_is_proved_without_a_request(wallet, key, value):
    give(wallet)
    refused(wallet, key, InvalidInput, request=value)


def test_nothing_is_proved_after_the_requests_time(wallet, key, monkeypatch):
    id_ = give(wallet)
    monkeypatch.setattr(units, "now", lambda: END + 1)
    refused(wallet, key, ExpiredRequest)
    refused(wallet, key, ExpiredRequest, now=END + 1)
    shown = wallet.prove(asked(), id_, registry=registry(), proving_key=key, now=END)
    assert shown.named["context"] == asked().context


def test_a_scorecard_is_for_requests_that_name_it(wallet, key):
    give(wallet)
    refused(wallet, key, InvalidInput, scorecard=load_scorecard())


@pytest.mark.parametrize("id_", ["missing", "../x", "0" * 300])
def test_credentials_that_are_not_there_are_not_proved(wallet, key, id_):
    refused(wallet, key, InvalidInput, id_=id_)


def test_a_key_of_another_circuit_is_refused(wallet, key):
    give(wallet)
    other = replace(key, verifying_key=replace(key.verifying_key, circuit_digest="0" * 64))
    refused(wallet, other, UnsafeKey)


# --- signed requests ----------------------------------------------------------------------------


def test_a_signed_request_is_answered_by_its_addressee_alone(wallet, key, tmp_path):
    """A borrower who passes a request on cannot have another answer in their place."""
    verifier = RequestKey.generate()
    id_ = give(wallet)
    mine = asked(addressee=wallet.addressee(verifier.public)).signed(verifier)
    with Wallet.create(tmp_path / "eve", PASSWORD, cost=LIGHT) as eve:
        eves = asked(addressee=eve.addressee(verifier.public)).signed(verifier)
    another = asked(addressee=wallet.addressee(RequestKey.generate().public)).signed(verifier)
    for passed_on in (eves, another):
        error = refused(wallet, key, InvalidInput, request=passed_on)
        assert "addressed to another wallet" in str(error)
    shown = wallet.prove(mine, id_, registry=registry(), proving_key=key)
    verify(shown, mine, key.verifying_key)


def test_an_addressee_is_one_for_each_verifier_and_says_nothing(wallet, tmp_path):
    keys = [RequestKey.generate().public for _ in range(2)]
    first, second = (wallet.addressee(key) for key in keys)
    assert first == wallet.addressee(keys[0]) != second
    assert len(first) == 64
    with Wallet.restore(tmp_path / "again", PASSWORD, WORDS, cost=LIGHT) as again:
        assert again.addressee(keys[0]) == first
    for wrong in (b"", bytes(31), "00" * 32, None):
        with pytest.raises(InvalidInput):
            wallet.addressee(wrong)


def test_what_is_shown_has_nothing_of_the_credential(wallet, key):
    id_ = give(wallet)
    shown = show(wallet, key, id_)
    values = set(json.loads(shown.to_json())["publicSignals"])
    signed = wallet.credential(id_)
    private = {
        wallet._seed.holder_secret,
        signed.holder,
        holder_of(wallet._seed.holder_secret),
        signed.revocation_id,
        signed.message(),
        *signed.record.values(),
    }
    assert not values & {str(value) for value in private}


def test_errors_are_ranges_not_values():
    with pytest.raises(OutOfRange):
        holder_of(R)


@pytest.mark.slow
def test_a_flipped_byte_never_opens_a_wallet_to_another_key(path, wallet):
    card_, words = wallet.card, wallet.words(PASSWORD)
    wallet.close()
    data = path.read_bytes()
    opened = 0
    for position in range(0, len(data), 101):
        changed = bytearray(data)
        changed[position] ^= 0xFF
        path.write_bytes(changed)
        try:
            with Wallet.open(path, PASSWORD) as again:
                assert (again.card, again.words(PASSWORD)) == (card_, words)
                opened += 1
        except (WalletError, InvalidInput):
            continue
    assert opened  # the unused parts of a page matter to nobody
