"""Entries of three issuers, and a loan on a real proof about their encrypted sum."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hexbytes import HexBytes
from support.chain.ledger_world import ACCOUNT, AIRTIME, DAY, HIDDEN_DEBT, SALARY, LedgerWorld
from support.chain.market_world import EITHER_NODE, refused, taken_back

from zkcredit.chain.contracts.events import EntryReplaced
from zkcredit.chain.contracts.ledger import account_number, deploy_ledger
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.contracts.market_state import LoanStatus
from zkcredit.chain.deploy import deploy_contract
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    InvalidProof,
    LedgerError,
    OutOfRange,
    TransactionReverted,
    UnsatisfiedWitness,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.elgamal import (
    EMPTY,
    AccountKey,
    Ciphertext,
    encrypt,
    reencrypt,
    require_plaintext,
    sum_entries,
)
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.presentation import Presentation
from zkcredit.schema import PUBLIC_INPUTS


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("ledger_eligibility"))


@pytest.fixture(scope="module", params=EITHER_NODE)
def people(request, key):
    with request.param() as node:
        people = LedgerWorld(node, key)
        people.next_epoch()
        people.enter(people.employer, SALARY)
        people.enter(people.bank, ACCOUNT)
        people.next_epoch()
        people.ledger.snapshot(people.account.public, by=people.borrower)
        yield people


@pytest.fixture
def world(people):
    with taken_back(people):
        yield people


def send_evidence(world, request, presentation, account=None):
    """Apply as an attacker would: without the client's own checks."""
    number = account_number(world.account.public) if account is None else account
    words = tuple(presentation.proof.to_words())
    evidence = (words, 0, number, request.policy.now, request.deadline, b"")
    asked = (request.product_id, request.principal, request.purpose_code)
    data = world.market.abi.encode("applyForLoan", *asked, evidence)
    return world.borrower.send(Call(world.market.address, data, 1_000_000))


# --- the way it is meant ------------------------------------------------------------------------


def test_a_loan_on_what_two_issuers_wrote(world):
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    world.market.require_acceptable(request, presentation)
    loan = world.market.apply(request, presentation, by=world.borrower)
    assert loan.nullifier == account_number(world.account.public)
    world.market.fund(loan.loan_id, 100_000, by=world.lender)
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE
    assert world.token.balance_of(world.borrower.address) > 0


def test_the_ledgers_total_holds_the_sums(world):
    total = world.ledger.in_effect(world.account.public)
    require_plaintext(world.account, total, sum_entries([SALARY, ACCOUNT]))
    state = world.ledger.account(world.account.public)
    assert list(state.entries) == [world.employer.address, world.bank.address]
    assert state.latest == state.in_effect(world.ledger.current_epoch()) == total


def test_a_proof_for_one_market_is_refused_at_another_with_the_same_gate(world):
    """A ledger's statement has no scope; until the context named the market, a proof fitted two."""
    people = world.operator.address, world.operator.address
    place, _ = deploy_contract("LoanMarket", world.market.gate.address, *people, by=world.operator)
    other = LoanMarketClient(world.node, place, since=world.market.since)
    other.set_token_allowed(world.token.address, True, by=world.operator)
    state = world.market.product(1)
    other.create_product(state.product, by=world.lender)
    assert other.product(1) == state
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    with pytest.raises(InvalidInput, match="another market"):
        other.require_acceptable(request, presentation)
    elsewhere = replace(request, market=other.address)
    assert elsewhere.context != request.context
    with pytest.raises(InvalidProof):
        other.require_acceptable(elsewhere, presentation)
    answer = replace(presentation, public_inputs=tuple(elsewhere.expected().values()))
    refused("ProofInvalid", other.require_acceptable, elsewhere, answer)
    refused("ProofInvalid", other.apply, elsewhere, answer, by=world.borrower)
    assert world.market.apply(request, presentation, by=world.borrower)


@pytest.mark.slow
def test_an_entry_counts_from_the_next_epoch_and_disturbs_no_proof(world):
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    made = world.enter(world.carrier, AIRTIME)
    assert made.epoch == world.ledger.current_epoch()
    loan = world.market.apply(request, presentation, by=world.borrower)
    world.market.cancel(loan.loan_id, by=world.borrower)
    world.next_epoch()
    refused("NoSnapshot", world.ledger.in_effect, world.account.public)
    total = world.ledger.snapshot(world.account.public, by=world.stranger)
    require_plaintext(world.account, total, sum_entries([SALARY, ACCOUNT, AIRTIME]))
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT, AIRTIME])
    assert world.market.apply(request, presentation, by=world.borrower)


def test_applying_writes_the_total_out_where_nobody_did(world):
    world.enter(world.carrier, AIRTIME)
    world.next_epoch()
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT, AIRTIME])
    refused("NoSnapshot", world.market.require_acceptable, request, presentation)
    count = world.node.transaction_count(world.borrower.address)
    loan = world.market.apply(request, presentation, by=world.borrower, idempotency_key="loan")
    assert world.ledger.in_effect(world.account.public) == request.total
    assert world.node.transaction_count(world.borrower.address) == count + 2
    # the same intention again, when the total is another one
    world.enter(world.carrier, SALARY)
    world.next_epoch()
    again = world.market.apply(request, presentation, by=world.borrower, idempotency_key="loan")
    assert again == loan


def test_an_issuer_replaces_its_entry(world):
    raised = (0, 350_000, 0, 0, 0)
    assert isinstance(world.enter(world.employer, raised), EntryReplaced)
    world.next_epoch()
    total = world.ledger.snapshot(world.account.public, by=world.borrower)
    require_plaintext(world.account, total, sum_entries([raised, ACCOUNT]))
    assert len(world.ledger.account(world.account.public).entries) == 2
    assert len(world.ledger.envelopes(world.account.public)) == 3


def test_what_a_dismissed_issuer_wrote_stays(world):
    world.ledger.dismiss_issuer(world.bank.address, by=world.operator)
    assert not world.ledger.is_issuer(world.bank.address)
    refused("AccessControlUnauthorizedAccount", world.enter, world.bank, AIRTIME)
    world.next_epoch()
    total = world.ledger.snapshot(world.account.public, by=world.borrower)
    require_plaintext(world.account, total, sum_entries([SALARY, ACCOUNT]))


def test_no_amount_reaches_the_chain_in_clear(world):
    amounts = tuple(0xA1B2C3D400 + n for n in range(5))
    start = world.node.block_number() + 1
    world.enter(world.carrier, amounts)
    world.enter(world.carrier, tuple(reversed(amounts)))
    world.next_epoch()
    world.ledger.snapshot(world.account.public, by=world.borrower)
    written = b"".join(
        bytes(HexBytes(transaction.get("input") or transaction["data"]))
        for number in range(start, world.node.block_number() + 1)
        for transaction in world.node.w3.eth.get_block(number, True)["transactions"]
    )
    assert len(written) > 1_500
    written += b"".join(log.data for log in world.node.logs(world.ledger.address, since=start))
    for amount in amounts:
        assert amount.to_bytes(5, "big") not in written
        assert amount.to_bytes(5, "little") not in written


def test_the_ledger_says_what_it_is(world):
    assert world.ledger.epoch_length() == DAY
    assert world.ledger.currency() == 978
    assert world.market.gate.ledger.address == world.ledger.address
    with pytest.raises(InvalidInput, match="no registry"):
        _ = world.market.registry
    assert account_number(BASE8) == world.ledger._read("accountOf", BASE8)


# --- what does not work -------------------------------------------------------------------------


@pytest.mark.slow
def test_a_debt_cannot_be_left_out(world):
    old = world.ledger.in_effect(world.account.public)
    asked = world.request()
    answered = world.prove(asked, [SALARY, ACCOUNT])
    world.enter(world.carrier, HIDDEN_DEBT)
    world.next_epoch()
    request = world.request()
    stale = world.prove(request, [SALARY, ACCOUNT], old)
    refused("NoSnapshot", send_evidence, world, request, stale)
    world.ledger.snapshot(world.account.public, by=world.lender)
    refused("ProofInvalid", send_evidence, world, request, stale)
    with pytest.raises(InvalidProof, match="another total"):
        world.market.apply(request, stale, by=world.borrower)
    with pytest.raises(InvalidInput, match="changed since the request"):
        world.market.apply(asked, answered, by=world.borrower)
    with pytest.raises(UnsatisfiedWitness):
        world.prove(request, [SALARY, ACCOUNT, HIDDEN_DEBT])
    with pytest.raises(UnsatisfiedWitness):
        world.prove(request, [SALARY, ACCOUNT])


@pytest.mark.slow
def test_a_ciphertext_of_the_provers_own_is_no_use(world):
    request = world.request()
    rich = (850, 900_000, 0, 0, 0)
    own = world.encrypted(rich)
    refused("ProofInvalid", send_evidence, world, request, world.prove(request, [rich], own))
    total = world.ledger.in_effect(world.account.public)
    same_amounts = reencrypt(world.account.public, total, 5)
    presentation = world.prove(request, [SALARY, ACCOUNT], same_amounts)
    refused("ProofInvalid", send_evidence, world, request, presentation)


def test_a_stranger_adds_nothing(world):
    refused("AccessControlUnauthorizedAccount", world.enter, world.stranger, (0, 10**6, 0, 0, 0))
    refused("AccessControlUnauthorizedAccount", world.enter, world.borrower, (0, 10**6, 0, 0, 0))
    refused(
        "AccessControlUnauthorizedAccount",
        world.ledger.accept_issuer, world.stranger.address, by=world.stranger,
    )  # fmt: skip


@pytest.mark.slow
def test_a_proof_is_used_once_and_by_its_borrower(world):
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    other = world.request(borrower=world.stranger.address)
    theirs = world.prove(other, [SALARY, ACCOUNT])
    refused("ProofInvalid", send_evidence, world, other, theirs)
    loan = world.market.apply(request, presentation, by=world.borrower)
    refused("PseudonymHasLoan", send_evidence, world, world.request(), presentation)
    world.market.cancel(loan.loan_id, by=world.borrower)
    refused("ProofInvalid", send_evidence, world, request, presentation)


def test_an_account_that_nobody_wrote_to_proves_nothing(world):
    stranger = AccountKey(b"an account that has no entries..")
    refused("NothingInEffect", world.ledger.snapshot, stranger.public, by=world.borrower)
    refused("NoSnapshot", world.ledger.in_effect, stranger.public)
    with pytest.raises(LedgerError, match="no entry that counts"):
        world.request(account=stranger.public)
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    number = account_number(stranger.public)
    refused("NoSnapshot", send_evidence, world, request, presentation, number)


@pytest.mark.parametrize("torsion", TORSION)
def test_the_client_enters_no_point_outside_the_subgroup(world, torsion):
    good = world.encrypted(AIRTIME)
    bad = [Ciphertext(torsion, good.c2), Ciphertext(IDENTITY, good.c2)]
    if torsion != IDENTITY:
        bad.append(Ciphertext(babyjub.add(good.c1, torsion), good.c2))
        bad.append(Ciphertext(good.c1, babyjub.add(good.c2, torsion)))
    for entry in bad:
        with pytest.raises(InvalidInput):
            world.ledger.enter(world.account.public, entry, b"sealed", by=world.carrier)
    with pytest.raises(InvalidInput):
        world.ledger.enter(torsion, good, b"sealed", by=world.carrier)


def test_the_client_enters_nothing_else_that_is_malformed(world):
    good, public = world.encrypted(AIRTIME), world.account.public
    for entry in (EMPTY, Ciphertext(Point(1, 2), good.c2), Ciphertext(good.c1, Point(0, 0))):
        with pytest.raises(InvalidInput):
            world.ledger.enter(public, entry, b"sealed", by=world.carrier)
    for envelope in (b"", bytes(1025), "text"):
        with pytest.raises(InvalidInput):
            world.ledger.enter(public, good, envelope, by=world.carrier)
    with pytest.raises(OutOfRange):
        encrypt(public, AIRTIME, 0)


@pytest.mark.slow
@pytest.mark.parametrize("again", [4711, SUBGROUP_ORDER - 4711])
def test_randomness_is_not_used_again(world, again, monkeypatch):
    public = world.account.public
    world.ledger.enter(public, encrypt(public, AIRTIME, 4711), b"sealed", by=world.carrier)
    entry = encrypt(public, SALARY, again)
    for issuer in (world.carrier, world.bank):
        with pytest.raises(InvalidInput, match="same randomness"):
            world.ledger.enter(public, entry, b"sealed", by=issuer)
    # an issuer that does without our client meets the contract
    client, read = world.ledger, world.ledger.read
    monkeypatch.setattr(client, "read", lambda key: ([], *read(key)[1:]))
    refused("RandomnessReused", client.enter, public, entry, b"sealed", by=world.carrier)


def test_a_node_that_hides_an_entry_is_noticed(world, monkeypatch):
    events = world.ledger.events
    for hidden in (0, 1):
        kept = [
            e for n, e in enumerate(world.ledger.envelopes(world.account.public)) if n != hidden
        ]
        monkeypatch.setattr(world.ledger, "events", lambda kept=kept, **_: kept)
        with pytest.raises(ChainError, match="do not lead to"):
            world.ledger.account(world.account.public)
        monkeypatch.setattr(world.ledger, "events", events)
    assert world.ledger.account(world.account.public)


def test_a_node_that_invents_entries_is_noticed(world, monkeypatch):
    first, second = world.ledger.envelopes(world.account.public)
    for invented in (
        [first, first],
        [first, replace(second, entry=first.entry)],
        [first, replace(second, entry=((1, 1), (1, 1)))],
        [first, replace(second, epoch=first.epoch + 1)],
    ):
        monkeypatch.setattr(world.ledger, "events", lambda invented=invented, **_: invented)
        with pytest.raises(ChainError):
            world.ledger.account(world.account.public)


@pytest.mark.slow
@pytest.mark.parametrize("statement", ["eligibility", "escrow_eligibility"])
def test_the_client_notices_another_statements_presentation(world, statement):
    proof = world.prove(world.request(), [SALARY, ACCOUNT]).proof
    other = Presentation(statement, (1,) * len(PUBLIC_INPUTS[statement]), proof)
    with pytest.raises(InvalidProof, match=f"the presentation proves {statement}"):
        world.market.apply(world.request(), other, by=world.borrower)


@pytest.mark.parametrize("place", range(8))
def test_the_client_notices_a_presentation_of_something_else(world, place):
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    inputs = list(presentation.public_inputs)
    inputs[place] += 1
    changed = replace(presentation, public_inputs=tuple(inputs))
    with pytest.raises(InvalidProof, match="than expected"):
        world.market.apply(request, changed, by=world.borrower)


@pytest.mark.parametrize(
    "changes", [{"account": None}, {"registry_root": 1}, {"arbiters": object()}]
)
def test_requests_for_another_gate_are_refused(world, changes):
    with pytest.raises(InvalidInput, match="this gate asks about a ledger account"):
        world.request(**changes)


def test_a_product_that_asks_for_more_than_a_ledger_knows_takes_no_applications(world):
    policy = replace(world.product.product.policy, currency=978)
    product = replace(world.product.product, policy=policy)
    number = world.market.create_product(product, by=world.lender).product_id
    refused("PolicyNotJudged", world.request, product_id=number)


@pytest.mark.parametrize("length", [0, 599, 30 * DAY + 1])
def test_epochs_of_another_length_are_refused(world, length):
    with pytest.raises(TransactionReverted) as caught:
        deploy_ledger(world.node, currency=978, by=world.operator, epoch_length=length)
    assert caught.value.error == "EpochLengthInvalid"
    assert caught.value.arguments == {"length": length}
