"""A proof about an account of a ledger, shown and checked without a chain."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.ledger.ledger_desk import ACCOUNT, AIRTIME, EPOCH, SALARY, sum_of, three_entries
from support.protocol.nouns import PASSWORD, seed

from zkcredit.circuits import get_circuit
from zkcredit.errors import ExpiredRequest, InvalidInput, InvalidProof, UnsafeKey
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import TORSION
from zkcredit.gadgets.elgamal import Ciphertext, encrypt, reencrypt
from zkcredit.groth16 import UnsafeKeyWarning, load_or_create_dev_key, prove
from zkcredit.ledger import LedgerTotals, account_number
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation, verify
from zkcredit.request import ProofRequest
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Wallet

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")
POLICY = (Policy.score_range(650) & Policy.repayment_capacity(80_000, 12_500)).at(1_800_000_000)
END = 1_900_000_000


@pytest.fixture(scope="module")
def proving_key():
    return load_or_create_dev_key(get_circuit("ledger_eligibility"))


@pytest.fixture(scope="module")
def key(proving_key):
    return proving_key.verifying_key


@pytest.fixture(scope="module")
def entries():
    return three_entries()


@pytest.fixture(scope="module")
def asked(entries):
    return ProofRequest(
        "a lender", "a loan for seed", END, 5, policy=POLICY,
        account=seed().account_key.public, total=sum_of(entries),
    )  # fmt: skip


@pytest.fixture(scope="module")
def shown(proving_key, entries, asked, tmp_path_factory):
    path = tmp_path_factory.mktemp("shown") / "wallet"
    words = seed().words()
    with Wallet.restore(path, PASSWORD, words, cost=KdfCost.light_unsafe()) as wallet:
        account = wallet.ledger.read(entries, epoch=EPOCH + 1)
        return wallet.prove(asked, account, proving_key=proving_key, now=POLICY.now)


def changed(presentation, **inputs):
    named = {**presentation.named, **inputs}
    return replace(presentation, public_inputs=tuple(named.values()))


def test_what_is_shown_verifies_until_the_last_second(shown, asked, key):
    with pytest.warns(UnsafeKeyWarning):
        verify(shown, asked, key, now=POLICY.now)
    verify(Presentation.from_json(shown.to_json()), asked, key, now=END)
    with pytest.raises(ExpiredRequest):
        verify(shown, asked, key, now=END + 1)
    assert shown.pseudonym == account_number(seed().account_key.public)


def test_nothing_shown_tells_an_amount(shown):
    totals = LedgerTotals.of([SALARY, ACCOUNT, AIRTIME])
    assert not set(totals.slots()) & set(shown.public_inputs)
    assert json.loads(shown.to_json()).keys() == {"type", "statement", "publicSignals", "proof"}


def test_expectations_are_the_verifiers_own(shown, asked, entries, key):
    for changes in (
        {"policy": replace(POLICY, min_score=651)},
        {"policy": POLICY.at(POLICY.now + 1)},
        {"verifier": "another lender"},
        {"purpose": "a loan for a car"},
        {"expires_at": END + 1},
        {"nonce": 6},
        {"account": seed(2).account_key.public},
        {"total": reencrypt(shown.account, sum_of(entries), 5)},
        {"total": sum_of(entries[:2])},
    ):
        with pytest.raises(InvalidProof, match="for another"):
            verify(shown, replace(asked, **changes), key, now=POLICY.now)
    with pytest.raises(InvalidInput, match="which total"):
        verify(shown, replace(asked, total=None), key, now=POLICY.now)
    with pytest.raises(InvalidProof, match="asks for eligibility"):
        verify(shown, replace(asked, account=None, total=None), key, now=POLICY.now)


def test_a_ciphertext_of_the_provers_own_is_refused(shown, asked, proving_key, key):
    from zkcredit.circuits.ledger_eligibility import LedgerWitness

    rich = LedgerTotals(800, 900_000)
    own = encrypt(shown.account, rich.slots(), 7)
    witness = LedgerWitness(key=seed().account_key, ciphertext=own, slots=rich.slots())
    values = witness.inputs(policy=POLICY.pack(), context=asked.context)
    proof = prove(proving_key, get_circuit("ledger_eligibility").witness(values))
    inputs = tuple(values[name] for name in PUBLIC_INPUTS["ledger_eligibility"])
    forged = Presentation("ledger_eligibility", inputs, proof)
    # a sound proof, about nothing that anybody holds
    verify(forged, replace(asked, total=own), key, now=POLICY.now)
    with pytest.raises(InvalidProof, match="another total"):
        verify(forged, asked, key, now=POLICY.now)
    with pytest.raises(InvalidProof, match="does not"):
        verify(replace(shown, proof=proof), asked, key, now=POLICY.now)


def test_every_public_input_is_bound(shown, asked, key):
    c1, c2 = shown.total
    torsion = babyjub.add(c2, TORSION[3])
    with pytest.raises(InvalidProof, match="does not"):
        verify(
            changed(shown, c2_x=torsion.x, c2_y=torsion.y),
            replace(asked, total=Ciphertext(c1, torsion)), key, now=POLICY.now,
        )  # fmt: skip
    other = seed(2).account_key.public
    with pytest.raises(InvalidProof, match="does not"):
        verify(
            changed(shown, account_x=other.x, account_y=other.y),
            replace(asked, account=other), key, now=POLICY.now,
        )  # fmt: skip
    later = replace(asked, nonce=6)
    with pytest.raises(InvalidProof, match="does not"):
        verify(changed(shown, context=later.context), later, key, now=POLICY.now)


@pytest.mark.slow
def test_another_statements_key_is_refused(shown, asked):
    wrong = load_or_create_dev_key(get_circuit("eligibility")).verifying_key
    with pytest.raises((InvalidInput, UnsafeKey)):
        verify(shown, asked, wrong, now=POLICY.now)
