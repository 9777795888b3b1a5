"""Entries of three issuers, and a loan on a real proof about their encrypted sum."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hexbytes import HexBytes
from support.chain.ledger_world import ACCOUNT, AIRTIME, DAY, HIDDEN_DEBT, SALARY, LedgerWorld
from support.chain.market_world import EITHER_NODE, refused, taken_back

from zkcredit.chain.contracts.ledger import account_number, deploy_ledger
from zkcredit.chain.deploying import deploy_contract
from zkcredit.chain.history.bureau import CreditBureauClient
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    InvalidProof,
    LedgerError,
    TransactionReverted,
    UnsatisfiedWitness,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION
from zkcredit.gadgets.elgamal import (
    AccountKey,
    Ciphertext,
    add,
    encrypt,
    fresh_randomness,
    reencrypt,
    require_plaintext,
    subtract,
    sum_entries,
)
from zkcredit.groth16 import load_or_create_dev_key, verify
from zkcredit.ledger import issuers_hash
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
    asked = (request.product_address, request.principal, request.purpose_code)
    data = world.market.abi.encode("applyForLoan", *asked, evidence)
    return world.borrower.send(Call(world.market.address, data, 1_000_000))


# --- the way it is meant ------------------------------------------------------------------------


def test_a_loan_on_what_two_issuers_wrote(world):
    request = world.request()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    world.market.require_acceptable(request, presentation)
    loan = world.market.apply(request, presentation, by=world.borrower)
    assert loan.nullifier == account_number(world.account.public)
    world.market.fund(loan, 100_000, by=world.lender)
    world.market.draw(loan, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.ACTIVE
    assert world.token.balance_of(world.borrower.address) > 0


def test_the_ledgers_total_holds_the_sums(world):
    total = world.ledger.in_effect(world.account.public)
    require_plaintext(world.account, total, sum_entries([SALARY, ACCOUNT]))
    state = world.ledger.account(world.account.public)
    assert list(state.entries) == [world.employer.address, world.bank.address]
    assert state.latest == state.in_effect(world.ledger.current_epoch()) == total
    assert world.ledger.verifier() != world.deployment.verifier


def sibling(world):
    """Another market with the same gate, book, bureau and consents."""
    market = world.market
    parts = [market._read(name) for name in ("gate", "engine", "book", "bureau", "consents")]
    people = world.operator.address, world.operator.address
    place, _ = deploy_contract("LoanMarket", *parts, *people, by=world.operator)
    lens, _ = deploy_contract("LoanLens", place, by=world.operator)
    CreditBureauClient(world.node, market.bureau_address).add_member(place, by=world.operator)
    other = LoanMarketClient(world.node, place, lens, since=market.since)
    other.set_token_allowed(world.token.address, True, by=world.operator)
    return other


def test_a_proof_for_one_market_is_refused_at_another_with_the_same_gate(world):
    """A ledger's statement has no scope; until the context named the market, a proof fitted two."""
    other = sibling(world)
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
    assert world.enter(world.employer, raised).number == 1
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
    refused("ProofInvalid", send_evidence, world, world.request(), presentation)
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


# --- issuers among themselves -------------------------------------------------------------------


def test_an_issuer_cannot_erase_what_others_entered(world):
    """Enc(wanted) - latest, of public data alone, set a total to anything."""
    total = world.ledger.in_effect(world.account.public)
    wanted = world.encrypted((850, 900_000, 0, 0, 0))
    erasing = subtract(wanted, total)
    assert add(total, erasing) == wanted
    honest = world.proved(world.carrier.address, AIRTIME)
    refused("ProofInvalid", world.send_entry, honest, world.carrier, erasing)
    witness = EntryWitness(world.account.public, erasing, AIRTIME, fresh_randomness())
    with pytest.raises(UnsatisfiedWitness):
        get_circuit("ledger_entry").witness(witness.inputs(context=1))
    world.next_epoch()
    assert world.ledger.in_effect(world.account.public) == total


def test_a_total_that_an_issuer_rewrote_has_no_proof(world):
    """An issuer that wants another total, and a borrower that helps it: the ledger has its own."""
    rich = (850, 900_000, 0, 0, 0)
    wanted = world.encrypted(rich)
    erasing = subtract(wanted, world.ledger.in_effect(world.account.public))
    honest = world.proved(world.carrier.address, AIRTIME)
    refused("ProofInvalid", world.send_entry, honest, world.carrier, erasing)
    world.ledger.post(honest, by=world.carrier)
    world.next_epoch()
    world.ledger.snapshot(world.account.public, by=world.stranger)
    request = world.request()
    genuine = world.prove(request, [rich], wanted)
    verify(world.key.verifying_key, genuine.public_inputs, genuine.proof)
    refused("ProofInvalid", send_evidence, world, request, genuine)
    with pytest.raises(UnsatisfiedWitness):
        world.prove(request, [rich])
    world.market.apply(request, world.prove(request, [SALARY, ACCOUNT, AIRTIME]), by=world.borrower)


@pytest.mark.parametrize("torsion", TORSION)
def test_an_issuer_cannot_poison_an_account(world, torsion):
    """A point outside the subgroup closed an account for good."""
    honest = world.proved(world.carrier.address, AIRTIME)
    c1, c2 = honest.sealed.ciphertext
    bad = [Ciphertext(torsion, c2), Ciphertext(IDENTITY, c2)]
    if torsion != IDENTITY:
        bad += [Ciphertext(babyjub.add(c1, torsion), c2), Ciphertext(c1, babyjub.add(c2, torsion))]
    for entry in bad:
        refused("ProofInvalid", world.send_entry, honest, world.carrier, entry)
        with pytest.raises(InvalidInput):
            replace(honest.sealed, ciphertext=entry)
    # a slot of more than 40 bits, and a negative one
    for amount in (1 << 40, -1):
        moved = babyjub.add(c2, babyjub.mul(amount, BASE8))
        refused("ProofInvalid", world.send_entry, honest, world.carrier, Ciphertext(c1, moved))
    world.ledger.post(honest, by=world.carrier)


def test_an_issuer_in_front_keeps_nobody_out(world):
    """Until entries commuted, a replacement in front made every rival's entry stale."""
    debt = world.proved(world.bank.address, HIDDEN_DEBT)
    for number in range(3):
        world.enter(world.carrier, AIRTIME)
        world.enter(world.employer, (0, 300_000 + number, 0, 0, 0))
    refused("NotInPlaceOf", world.send_entry, debt, world.carrier)
    world.ledger.post(debt, by=world.bank)
    world.next_epoch()
    total = world.ledger.snapshot(world.account.public, by=world.stranger)
    entries = [(0, 300_002, 0, 0, 0), HIDDEN_DEBT, AIRTIME]
    require_plaintext(world.account, total, sum_entries(entries))


def test_a_proof_serves_for_one_entry_here_and_for_nobody_else(world):
    proved = world.proved(world.carrier.address, AIRTIME)
    for place in (
        replace(proved.place, chain_id=1),
        replace(proved.place, ledger=world.market.address),
        replace(proved.place, count=1),
    ):
        moved = replace(proved, place=place)
        assert moved.public_inputs[0] != proved.public_inputs[0]
        with pytest.raises(InvalidInput, match="another place"):
            world.ledger.post(moved, by=world.carrier)
    with pytest.raises(InvalidInput, match="to post"):
        world.ledger.post(proved, by=world.bank)
    proved.verify(world.entry_key.verifying_key)
    context = world.ledger._read("contextOf", proved.sealed.number, world.carrier.address)
    assert context == proved.public_inputs[0]
    world.ledger.post(proved, by=world.carrier)
    with pytest.raises(InvalidInput, match="another place"):
        world.ledger.post(proved, by=world.carrier)
    refused("ProofInvalid", world.send_entry, proved, world.carrier)


def test_many_entries_are_posted_at_once(world):
    address = world.carrier.address
    batch = [world.proved(address, AIRTIME), world.proved(address, SALARY, later=1)]
    made = world.ledger.post_many(batch, by=world.carrier, idempotency_key="batch")
    assert [event.number for event in made] == [0, 1]
    assert world.ledger.post_many(batch, by=world.carrier, idempotency_key="batch") == made
    world.next_epoch()
    total = world.ledger.snapshot(world.account.public, by=world.stranger)
    require_plaintext(world.account, total, sum_entries([SALARY, ACCOUNT, SALARY]))
    bad = replace(batch[0], place=replace(batch[0].place, count=2))
    with pytest.raises(InvalidInput, match="same randomness"):
        world.ledger.post_many([bad], by=world.carrier)
    with pytest.raises(InvalidInput, match="at least one"):
        world.ledger.post_many([], by=world.carrier)


@pytest.mark.parametrize("opposite", [False, True])
def test_the_client_uses_no_randomness_again(world, opposite):
    """The contract does not see the entry before; the proof of -k does not exist."""
    k = fresh_randomness()
    world.ledger.post(world.proved(world.carrier.address, AIRTIME, randomness=k), by=world.carrier)
    entry = encrypt(world.account.public, SALARY, SUBGROUP_ORDER - k if opposite else k)
    for issuer in (world.carrier, world.bank):
        proved = world.proved(issuer.address, SALARY)
        again = replace(proved, sealed=replace(proved.sealed, ciphertext=entry))
        with pytest.raises(InvalidInput, match="same randomness"):
            world.ledger.post(again, by=issuer)


def test_a_successor_replaces_what_a_dismissed_issuer_wrote(world):
    bank, carrier = world.bank.address, world.carrier
    refused(
        "IssuerNotDismissed",
        world.ledger.name_successor, bank, carrier.address, by=world.operator,
    )  # fmt: skip
    world.ledger.dismiss_issuer(bank, by=world.operator)
    assert world.ledger.successor_of(bank) is None
    world.ledger.name_successor(bank, carrier.address, by=world.operator)
    assert world.ledger.successor_of(bank) == carrier.address
    right = world.proved(bank, (650, 0, 90_000, 0, 0))
    with pytest.raises(InvalidInput, match="to post"):
        world.ledger.post(right, by=world.employer)
    assert world.ledger.post(right, by=carrier).issuer == bank
    world.next_epoch()
    total = world.ledger.snapshot(world.account.public, by=world.stranger)
    require_plaintext(world.account, total, sum_entries([SALARY, (650, 0, 90_000, 0, 0)]))


# --- the issuers that a product names -----------------------------------------------------------


def named_product(world, issuers):
    product = replace(world.product.product, issuers=issuers_hash(issuers))
    return world.market.book.publish(product, by=world.lender)


def test_a_product_counts_the_issuers_that_it_names(world):
    named = [world.employer.address, world.bank.address]
    world.enter(world.carrier, HIDDEN_DEBT)  # of an issuer that the lender does not believe
    world.next_epoch()
    state = named_product(world, named)
    with pytest.raises(LedgerError, match="nobody published the list"):
        world.request(product_address=state.address)
    assert world.ledger.name_issuers(named, by=world.stranger) == state.product.issuers
    assert set(world.market.issuers_for(state.address)) == set(named)
    assert world.market.issuers_for(world.product.address) is None
    request = world.request(product_address=state.address)
    assert "Only the entries of the issuers" in request.in_words()
    presentation = world.prove(request, [SALARY, ACCOUNT])
    refused("NoSnapshot", send_evidence, world, request, presentation)
    loan = world.market.apply(request, presentation, by=world.borrower)
    assert loan.product_address == state.address
    world.market.cancel(loan.loan_id, by=world.borrower)
    # the borrower does not choose the list: elsewhere everybody's entries count
    other = world.request()
    world.ledger.snapshot(world.account.public, by=world.borrower)
    refused("ProofInvalid", send_evidence, world, other, presentation)


def test_a_list_of_issuers_is_the_contracts(world):
    named = sorted([world.bank.address, world.employer.address], key=str.lower)
    assert world.ledger._read("issuersOf", named).hex() == issuers_hash(reversed(named))
    for bad in ([], [named[0], named[0].lower()], ["bank"], [f"0x{n:040x}" for n in range(257)]):
        with pytest.raises(InvalidInput):
            issuers_hash(bad)


# --- nodes --------------------------------------------------------------------------------------


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
        [second],
        [first, replace(second, number=1)],
        [first, replace(second, issuer=world.stranger.address)],
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
    address = world.market.book.publish(product, by=world.lender).address
    refused("PolicyNotJudged", world.request, product_address=address)


@pytest.mark.parametrize("length", [0, 599, 30 * DAY + 1])
def test_epochs_of_another_length_are_refused(world, length):
    with pytest.raises(TransactionReverted) as caught:
        deploy_ledger(
            world.node,
            world.entry_key.verifying_key,
            currency=978,
            by=world.operator,
            epoch_length=length,
        )
    assert caught.value.error == "EpochLengthInvalid"
    assert caught.value.arguments == {"length": length}
