"""Issuer, ledger and wallet together: sealed entries on a chain, read back from words alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.ledger_world import LedgerWorld
from support.chain.market_world import taken_back

from zkcredit.chain.contracts.ledger import CreditLedgerClient
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.circuits import get_circuit
from zkcredit.errors import (
    ChainError,
    EnvelopeUnreadable,
    InvalidInput,
    InvalidProof,
    LedgerError,
    NotEligible,
)
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.issuer import Issuer
from zkcredit.ledger import LedgerEntry
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation, verify
from zkcredit.request import ProofRequest
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet import Seed, Wallet

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")
LIGHT = KdfCost.light_unsafe()
SEED = Seed(b"borrower of wallet and ledger...")
SALARY = LedgerEntry(monthly_income=300_017)
ACCOUNT = LedgerEntry(650, 0, 100_019, 30_011, 1)
UNTIL = 1_900_000_000


class Town(LedgerWorld):
    """The ledger's world with a wallet, and issuers that have books."""

    def __init__(self, node, key, folder):
        super().__init__(node, key)
        self.wallet = Wallet.restore(folder / "wallet", "x", SEED.words(), cost=LIGHT)
        self.books = [Issuer.create(folder / name, "x", cost=LIGHT) for name in "eb"]

    def issuers(self):
        return dict(zip((self.employer.address, self.bank.address), self.books, strict=True))

    def sealed(self, issuer, entry):
        card = self.wallet.ledger.card(issuer.address)
        book = self.issuers()[issuer.address].ledger
        place = self.ledger.place(card.account, issuer.address)
        return book.seal(
            entry, person="1", to=card, address=issuer.address, at=place,
            proving_key=self.entry_key,
        )  # fmt: skip

    def put(self, issuer, entry):
        return self.ledger.post(self.sealed(issuer, entry), by=issuer)

    def ask(self, policy):
        """A lender without a market asks about the total that counts now."""
        account = self.wallet.ledger.key
        return ProofRequest(
            "a lender", "a loan without a market", UNTIL, 77, policy=policy,
            account=account, total=self.ledger.total_in_effect(account),
        )  # fmt: skip

    def show(self, request, wallet=None):
        wallet = wallet or self.wallet
        posted, _, epoch = self.ledger.read(wallet.ledger.key)
        account = wallet.ledger.read(posted, epoch=epoch)
        return wallet.prove(request, account, proving_key=self.key, now=self.node.now())

    def verify(self, presentation, request):
        verify(presentation, request, self.key.verifying_key, now=self.node.now())


@pytest.fixture(scope="module")
def town_before(tmp_path_factory):
    with RevmNode() as node:
        key = load_or_create_dev_key(get_circuit("ledger_eligibility"))
        town = Town(node, key, tmp_path_factory.mktemp("town"))
        town.next_epoch()
        town.put(town.employer, SALARY)
        town.put(town.bank, ACCOUNT)
        town.next_epoch()
        yield town
        for file in (town.wallet, *town.books):
            file.close()


@pytest.fixture
def town(town_before):
    with taken_back(town_before):
        yield town_before


def policy_of(town):
    return Policy.score_range(600).at(town.node.now())


def test_a_wallet_is_rebuilt_from_its_words_and_the_chain_alone(town, tmp_path):
    words = town.wallet.words("x")
    with Wallet.restore(tmp_path / "rebuilt", "y", words, cost=LIGHT) as rebuilt:
        posted, state, epoch = town.ledger.read(rebuilt.ledger.key)
        account = rebuilt.ledger.read(posted, epoch=epoch)
        assert account.entries == {town.employer.address: SALARY, town.bank.address: ACCOUNT}
        account.check(SEED.account_key, state.in_effect(epoch))
        request = town.ask(policy_of(town))
        town.verify(town.show(request, rebuilt), request)


def test_a_proof_is_verified_off_chain_without_a_snapshot(town):
    request = town.ask(policy_of(town))
    presentation = town.show(request)
    town.verify(presentation, request)
    with pytest.raises(InvalidProof, match="another verifier, purpose"):
        town.verify(presentation, replace(request, verifier="another lender"))
    with pytest.raises(InvalidProof, match="another policy"):
        town.verify(presentation, replace(request, policy=replace(request.policy, min_score=0)))


def test_a_proof_ends_when_a_later_entry_counts(town):
    policy = policy_of(town)
    request = town.ask(policy)
    presentation = town.show(request)
    town.put(town.employer, replace(SALARY, monthly_income=400_000))
    assert town.ask(policy) == request  # to the end of the epoch
    town.next_epoch()
    later = town.ask(policy)
    with pytest.raises(InvalidProof, match="another total"):
        town.verify(presentation, later)
    with pytest.raises(LedgerError, match="do not add up"):
        town.show(request)
    town.verify(town.show(later), later)


def test_a_debt_that_is_left_out_is_noticed_by_wallet_and_verifier(town):
    policy = Policy.repayment_capacity(50_000).at(town.node.now())
    before = town.show(town.ask(policy))
    town.put(town.bank, replace(ACCOUNT, monthly_debt_service=260_023))
    town.next_epoch()
    request = town.ask(policy)
    posted, _, epoch = town.ledger.read(town.wallet.ledger.key)
    hidden = town.wallet.ledger.read(posted[:2], epoch=epoch)
    with pytest.raises(LedgerError, match="do not add up"):
        town.wallet.prove(request, hidden, proving_key=town.key, now=town.node.now())
    with pytest.raises(NotEligible):
        town.show(request)
    with pytest.raises(InvalidProof, match="another total"):
        town.verify(before, request)


def test_an_envelope_that_does_not_open_is_recovered_from_the_chain(town):
    made = town.sealed(town.bank, ACCOUNT)
    sealed = replace(made.sealed, envelope=bytes(73))
    town.ledger.post(replace(made, sealed=sealed), by=town.bank)
    town.next_epoch()
    request = town.ask(policy_of(town))
    with pytest.raises(EnvelopeUnreadable) as caught:
        town.show(request)
    assert caught.value.issuer == town.bank.address
    posted, _, _ = town.ledger.read(sealed.account)
    town.wallet.ledger.recover(posted[-1], (650, 0, 100_019, None, 1), bound=1 << 16)
    town.verify(town.show(request), request)


def test_an_entry_is_posted_by_the_issuer_it_was_sealed_for(town):
    sealed = town.sealed(town.bank, ACCOUNT)
    for other in (town.employer, town.stranger, town.borrower):
        with pytest.raises(InvalidInput, match="to post"):
            town.ledger.post(sealed, by=other)
    assert town.ledger.post(sealed, by=town.bank)
    with pytest.raises(InvalidInput, match="another place"):
        town.ledger.post(sealed, by=town.bank)
    with pytest.raises(InvalidInput):
        town.ledger.post(sealed.to_json(), by=town.bank)


def test_nothing_is_asked_about_an_account_without_entries(town):
    request = town.ask(policy_of(town))
    presentation = town.show(request)
    nobody = Seed(b"an account without any entries..").account_key.public
    with pytest.raises(LedgerError, match="no entry that counts"):
        town.ledger.total_in_effect(nobody)
    inputs = (*presentation.public_inputs[:2], *nobody, *presentation.public_inputs[4:])
    moved = Presentation(presentation.statement, inputs, presentation.proof)
    with pytest.raises(InvalidProof, match="another account"):
        town.verify(moved, request)


def test_the_verifier_is_not_deceived_by_a_node_that_hides_entries(town, monkeypatch):
    events = town.ledger.envelopes(town.wallet.ledger.key)
    monkeypatch.setattr(town.ledger, "envelopes", lambda _: events[:1])
    with pytest.raises(ChainError, match="do not lead to"):
        town.ask(policy_of(town))


def test_a_client_that_knows_the_first_block_asks_for_no_earlier_one(town):
    asked = []
    client = CreditLedgerClient(town.node, town.ledger.address, since=town.ledger.since)
    logs = town.node._logs

    def noting(address, since, until, topics):
        asked.append((since, topics))
        return logs(address, since, until, topics)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(town.node, "_logs", noting)
        assert len(client.envelopes(town.wallet.ledger.key)) == 2
    word = town.wallet.ledger.number.to_bytes(32, "big")
    assert asked == [(town.ledger.since, (None, word))]
    assert town.ledger.since > 0
