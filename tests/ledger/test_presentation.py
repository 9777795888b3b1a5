"""A proof about an account, shown and checked without a chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.ledger.ledger_desk import ACCOUNT, AIRTIME, EPOCH, SALARY, sum_of, three_entries
from support.protocol.nouns import PASSWORD, seed

from zkcredit.circuits import get_circuit
from zkcredit.errors import ExpiredRequest, InvalidInput, InvalidProof, UnsafeKey, ZkCreditError
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import TORSION, Point
from zkcredit.gadgets.elgamal import Ciphertext, encrypt, reencrypt
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key
from zkcredit.ledger import LedgerPresentation, LedgerTotals, account_number, verify_ledger
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.request import Consent
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet
from zkcredit.wallet.proving import prove_ledger_eligibility

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")
POLICY = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(1_800_000_000)
CONSENT = Consent("a lender", "a loan for seed", 1_900_000_000, 5)


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("ledger_eligibility"))


@pytest.fixture(scope="module")
def entries():
    return three_entries()


@pytest.fixture(scope="module")
def shown(key, entries, tmp_path_factory):
    path = tmp_path_factory.mktemp("shown") / "wallet"
    words = seed().words()
    with Wallet.restore(path, PASSWORD, words, cost=KdfCost.light_unsafe()) as wallet:
        account = wallet.ledger.read(entries, epoch=EPOCH + 1)
        return wallet.ledger.prove(account, sum_of(entries), POLICY, consent=CONSENT, key=key)


@pytest.fixture
def verify(key, entries):
    def check(presentation, **changes):
        arguments = {
            "policy": POLICY, "consent": CONSENT, "account": seed().account_key.public,
            "total": sum_of(entries), "key": key.verifying_key, "now": POLICY.now,
        }  # fmt: skip
        verify_ledger(presentation, **(arguments | changes))

    return check


def test_what_is_shown_verifies(shown, verify):
    verify(shown)
    verify(LedgerPresentation.from_json(shown.to_json()))
    assert shown.number == account_number(seed().account_key.public)


def test_a_forgeable_key_warns(shown, key, entries):
    with pytest.warns(UnsafeKeyWarning):
        verify_ledger(
            shown, policy=POLICY, consent=CONSENT, account=shown.account, total=sum_of(entries),
            key=key.verifying_key, now=POLICY.now,
        )  # fmt: skip


def test_nothing_shown_tells_an_amount(shown):
    totals = LedgerTotals.of([SALARY, ACCOUNT, AIRTIME])
    assert not set(totals.slots()) & set(shown.public_inputs)
    assert json.loads(shown.to_json()).keys() == {"type", "statement", "publicSignals", "proof"}


def test_expectations_are_the_verifiers_own(shown, verify, entries):
    other = seed(2).account_key.public
    for changes in (
        {"policy": replace(POLICY, min_score=651)},
        {"policy": POLICY.at(POLICY.now + 1)},
        {"consent": replace(CONSENT, verifier="another lender")},
        {"consent": replace(CONSENT, purpose="a loan for a car")},
        {"consent": replace(CONSENT, expires_at=CONSENT.expires_at + 1)},
        {"consent": replace(CONSENT, nonce=6)},
        {"account": other},
        {"total": reencrypt(shown.account, sum_of(entries), 5)},
        {"total": sum_of(entries[:2])},
    ):
        with pytest.raises(InvalidProof, match="for another"):
            verify(shown, **changes)


def test_a_ciphertext_of_the_provers_own_is_refused(shown, verify, key):
    rich = LedgerTotals(800, 900_000)
    own = encrypt(shown.account, rich.slots(), 7)
    forged = prove_ledger_eligibility(
        seed().account_key, own, rich, policy=POLICY, context=CONSENT.context(), key=key
    )
    verify(forged, total=own)  # a sound proof, about nothing that anybody holds
    with pytest.raises(InvalidProof, match="another total"):
        verify(forged)
    for changes in ({"total": shown.total}, {"total": shown.total, "account": shown.account}):
        with pytest.raises(InvalidProof, match="does not"):
            verify(replace(forged, **changes))


def test_every_public_input_is_bound(shown, verify):
    c1, c2 = shown.total
    torsion = Ciphertext(c1, babyjub.add(c2, TORSION[3]))
    with pytest.raises(InvalidProof, match="does not"):
        verify(replace(shown, total=torsion), total=torsion)
    other = seed(2).account_key.public
    with pytest.raises(InvalidProof, match="does not"):
        verify(replace(shown, account=other), account=other)
    later = replace(CONSENT, nonce=6)
    with pytest.raises(InvalidProof, match="does not"):
        verify(replace(shown, context=later.context()), consent=later)
    assert c1 != c2


def test_another_statements_key_or_presentation_is_refused(shown, verify, key):
    wrong = load_or_create_dev_key(get_circuit("eligibility"))
    with pytest.raises((InvalidInput, UnsafeKey)):
        verify(shown, key=wrong.verifying_key)
    with pytest.raises(UnsafeKey):
        prove_ledger_eligibility(
            seed().account_key, shown.total, LedgerTotals(), policy=POLICY, context=1, key=wrong
        )
    with pytest.raises(ZkCreditError):
        Presentation.from_json(shown.to_json())


@pytest.mark.parametrize(
    "changes",
    [
        {"policy": -1}, {"context": "5"}, {"context": None}, {"account": (1, 2)},
        {"account": Point(-1, 0)}, {"total": None}, {"total": Ciphertext((0, 1), (0, 1))},
        {"proof": None}, {"context": babyjub.SUBGROUP_ORDER * 9},
    ],
)  # fmt: skip
def test_other_parts_make_no_presentation(shown, changes):
    with pytest.raises(InvalidInput):
        replace(shown, **changes)


def test_other_arguments_are_refused(shown, verify):
    for presentation in (None, shown.to_json(), shown.proof):
        with pytest.raises(InvalidInput):
            verify(presentation)
    with pytest.raises(InvalidInput):
        verify(shown, policy=None)
    for consent in (None, CONSENT.context(), CONSENT.to_json()):
        with pytest.raises(InvalidInput):
            verify(shown, consent=consent)


def test_an_expired_consent_is_refused_on_both_sides(shown, verify, key, entries, tmp_path):
    verify(shown, now=CONSENT.expires_at)
    with pytest.raises(ExpiredRequest):
        verify(shown, now=CONSENT.expires_at + 1)
    with Wallet.restore(
        tmp_path / "wallet", PASSWORD, seed().words(), cost=KdfCost.light_unsafe()
    ) as wallet:
        account = wallet.ledger.read(entries, epoch=EPOCH + 1)
        late = POLICY.at(CONSENT.expires_at + 1)
        with pytest.raises(ExpiredRequest):
            wallet.ledger.prove(account, sum_of(entries), late, consent=CONSENT, key=key)


@pytest.mark.parametrize(
    "members",
    [
        {"type": "x"}, {"statement": "eligibility"}, {"publicSignals": []},
        {"publicSignals": ["1"] * 9}, {"publicSignals": ["01"] * 8}, {"publicSignals": [1] * 8},
        {"publicSignals": None}, {"proof": {}}, {"more": 1},
    ],
)  # fmt: skip
def test_other_documents_are_no_presentation(shown, members):
    text = json.dumps({**json.loads(shown.to_json()), **members})
    with pytest.raises(ZkCreditError):
        LedgerPresentation.from_json(text)
