"""The whole way with real proofs: issuer, wallet, verifier contract, market."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from support.chain.loan_world import TABLE
from support.chain.market_world import DAY, EITHER_NODE, UNIT, refused, taken_back
from support.chain.real_people import RealWorld

from zkcredit._internal.evm import keccak256
from zkcredit.bn254.fields import Q, R
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier, verifying_key_bytes
from zkcredit.chain.deploying import deploy_around, deploy_system
from zkcredit.chain.loans.loan_flow import flow_of_funds
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.circuits import get_circuit
from zkcredit.errors import ChainError, InvalidInput, TransactionReverted, UnsafeKey
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.groth16.keys import Proof


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("eligibility"))


@pytest.fixture(scope="module", params=EITHER_NODE)
def people(request, key, tmp_path_factory):
    with request.param() as node:
        people = RealWorld(node, key, tmp_path_factory.mktemp(request.param.__name__))
        people.product = people.offer()
        yield people
        people.close()


@pytest.fixture
def world(people):
    with taken_back(people):
        yield people


def request_of(world, **changes):
    arguments = {
        "product_address": world.product.address,
        "principal": 100_000,
        "borrower": world.borrower.address,
    }
    return world.market.request(**(arguments | changes))


def test_from_a_signed_credential_to_the_last_withdrawal(world):
    before = world.money()
    request = request_of(world)
    loan = world.market.apply(request, world.present(request), by=world.borrower)
    assert loan.status is LoanStatus.REQUESTED
    world.market.fund(loan, 40_000, by=world.lender)
    world.market.fund(loan, 60_000, by=world.second)
    world.market.draw(loan, by=world.borrower)
    assert world.money()["borrower"] - before["borrower"] == 100_000 * UNIT
    assert world.pseudonym(loan.nullifier) == "open"
    for amount in TABLE.schedule(100_000).amounts:
        world.node.advance(30 * DAY)
        world.market.repay(loan, amount, by=world.borrower)
    assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    world.market.withdraw(1, by=world.lender)
    world.market.withdraw(2, by=world.second)
    after = world.money()
    assert after["market"] == 0
    assert sum(after.values()) == sum(before.values())
    assert flow_of_funds(world.market, loan.loan_id).held == 0


@pytest.mark.slow
def test_the_wallets_own_account_applies(world):
    signer = Signer(world.wallet.evm_key())
    assert signer.address == world.wallet.evm_address
    world.operator.send(Call(signer.address, b"", 21_000, 10**18))
    borrower = TransactionSender(world.node, signer, Outbox(None))
    request = request_of(world, borrower=signer.address)
    assert world.market.apply(request, world.present(request), by=borrower).borrower == (
        signer.address
    )


def test_a_copied_proof_is_worthless_to_everybody_else(world):
    request = request_of(world)
    presentation = world.present(request)
    other = world.offer()
    for by, changes in (
        (world.stranger, {}),
        (world.borrower, {"principal": 100_001}),
        (world.borrower, {"product": other.address}),
        (world.borrower, {"deadline": request.deadline + 1}),
        (world.borrower, {"policy_now": request.policy.now - 1}),
        (world.borrower, {"nullifier": presentation.nullifier + 1}),
    ):
        refused("ProofInvalid", world.force, request, presentation, by, **changes)
    assert world.market.apply(request, presentation, by=world.borrower)


@pytest.mark.slow
def test_a_proof_is_used_once_even_rerandomised(world):
    request = request_of(world)
    presentation = world.present(request)
    loan = world.market.apply(request, presentation, by=world.borrower)
    # -A and -B give other bytes and the same pairing product.
    proof = presentation.proof
    twin = Proof(
        proof.a._replace(y=Q - proof.a.y),
        proof.b._replace(y=(Q - proof.b.y[0], Q - proof.b.y[1])),
        proof.c,
    )
    world.verifier.verify(twin, presentation.public_inputs)
    again = replace(presentation, proof=twin)
    refused("ProofInvalid", world.market.apply, request, again, by=world.borrower)
    world.market.cancel(loan.loan_id, by=world.borrower)
    refused("ProofInvalid", world.market.apply, request, again, by=world.borrower)


@pytest.mark.slow
def test_the_pseudonym_is_the_persons_whatever_account_applies(world):
    request = request_of(world)
    loan = world.market.apply(request, world.present(request), by=world.borrower)
    elsewhere = request_of(world, borrower=world.stranger.address)
    presentation = world.present(elsewhere)
    assert presentation.nullifier == loan.nullifier
    refused("PseudonymTaken", world.market.apply, elsewhere, presentation, by=world.stranger)


@pytest.mark.slow
def test_two_people_have_two_pseudonyms_and_a_market_of_its_own_a_third(world):
    request = request_of(world)
    mine = world.present(request)
    theirs = world.other_wallet.prove(
        request, world.other_credential, registry=world.snapshot, proving_key=world.key
    )  # fmt: skip
    assert mine.nullifier != theirs.nullifier
    other = deploy_around(world.node, world.deployment.verifier, by=world.operator)
    market = other.open(world.node).market
    assert market.gate.scope_of(other.market) != request.scope


@pytest.mark.slow
def test_a_proof_for_another_gate_or_chain_is_refused(world, key, tmp_path):
    request = request_of(world)
    presentation = world.present(request)
    with RevmNode(chain_id=1337) as node:
        fork = RealWorld(node, key, tmp_path)
        fork.offer()
        fork.registry.post(request.registry_root, bytes(32), "", by=fork.operator)
        near = replace(request, policy=request.policy.at(node.now()))
        refused(
            "ProofInvalid", fork.force, near, presentation, fork.borrower,
            deadline=node.now() + 500,
        )  # fmt: skip
        fork.close()


def test_stale_roots_and_clocks_are_refused_before_the_pairing(world):
    request = request_of(world, lifetime=100_000)
    presentation = world.present(request)
    world.node.advance(901)
    refused("ClockNotFresh", world.market.apply, request, presentation, by=world.borrower)
    world.registry.withdraw_roots([request.registry_root], by=world.operator)
    fresh = replace(request, policy=request.policy.at(world.node.now()))
    refused("RootNotFresh", world.force, fresh, presentation, world.borrower)


@pytest.mark.slow
@pytest.mark.parametrize("change", [("a", "x"), ("a", "y"), ("c", "x"), ("c", "y")])
def test_a_damaged_proof_is_refused_with_a_typed_error(world, change):
    request = request_of(world)
    presentation = world.present(request)
    part, coordinate = change
    point = getattr(presentation.proof, part)
    for value, error in (
        ((getattr(point, coordinate) + 1) % Q, "ProofPointInvalid"),
        (getattr(point, coordinate) + Q, "ProofPointInvalid"),
    ):
        broken = replace(
            presentation.proof, **{part: point._replace(**{coordinate: type(point.x)(value)})}
        )
        damaged = SimpleNamespace(proof=_Words(broken), public_inputs=presentation.public_inputs)
        refused(error, world.force, request, damaged, world.borrower)


class _Words:
    # A proof whose coordinates are not held to the field, as an attacker would encode it.
    def __init__(self, proof):
        self.proof = proof

    def to_words(self):
        a, b, c = self.proof.a, self.proof.b, self.proof.c
        return [int(w) for w in (a.x, a.y, b.x[1], b.x[0], b.y[1], b.y[0], c.x, c.y)]


@pytest.mark.slow
def test_public_inputs_beyond_the_field_are_refused_at_every_index(world):
    request = request_of(world)
    presentation = world.present(request)
    world.verifier.verify(presentation.proof, presentation.public_inputs)
    for place in range(5):
        for value in (presentation.public_inputs[place] + R, R, 2**256 - 1):
            inputs = list(presentation.public_inputs)
            inputs[place] = value
            refused("InputOutOfField", world.verifier.verify, presentation.proof, inputs)


@pytest.mark.slow
def test_a_batch_holds_together_or_not_at_all(world):
    presentations = [world.present(request_of(world, principal=100_000 + n)) for n in range(3)]
    proofs = [p.proof for p in presentations]
    inputs = [p.public_inputs for p in presentations]
    world.verifier.verify_batch(proofs, inputs)
    bad = [*inputs[:2], (*inputs[2][:4], inputs[2][4] + 1)]
    refused("ProofInvalid", world.verifier.verify_batch, proofs, bad)
    refused("BatchEmpty", world.verifier.verify_batch, [], [])


def test_the_application_fits_into_the_stated_gas_and_not_much_less(world):
    request = request_of(world)
    presentation = world.present(request)
    world.market.apply(request, presentation, by=world.borrower)
    sent = world.borrower._outbox.history(world.node.network, world.borrower.address)[-1]
    used = world.node.receipt(sent.hash).gas_used
    assert 400_000 < used < 600_000


def test_the_deployed_key_is_the_one_that_was_meant(world, key):
    assert world.verifier.input_count() == 5
    assert world.verifier.key_digest() == keccak256(verifying_key_bytes(key.verifying_key))
    assert world.deployment.open(world.node, key.verifying_key)
    *first, last, other = key.verifying_key.ic
    mock = replace(key.verifying_key, ic=(*first, other, last))
    with pytest.raises(ChainError, match="another verification key"):
        world.deployment.open(world.node, mock)


def test_a_dev_key_is_refused_on_a_public_chain(key):
    with RevmNode(chain_id=1) as node:
        operator = TransactionSender(node, node.accounts[0], Outbox(None))
        with pytest.raises(UnsafeKey):
            deploy_verifier(node, key.verifying_key, by=operator)
        with pytest.raises(UnsafeKey):
            deploy_system(node, key.verifying_key, by=operator)
        unmarked = replace(key.verifying_key, origin="ceremony")  # its alpha gives it away
        with pytest.raises(UnsafeKey):
            deploy_verifier(node, unmarked, by=operator)
        assert node.transaction_count(operator.address) == 0


def test_a_verifier_of_another_statement_is_refused_by_the_gate(world, key):
    small = replace(key.verifying_key, ic=key.verifying_key.ic[:3])
    verifier = deploy_verifier(world.node, small, by=world.operator)
    with pytest.raises(TransactionReverted) as caught:
        deploy_around(world.node, verifier.address, by=world.operator)
    assert caught.value.error == "VerifierUnsuitable"
    assert caught.value.arguments == {"inputs": 2}


def test_a_verifier_client_needs_a_contract(world):
    with pytest.raises(InvalidInput):
        VerifierClient(world.node, "0x" + "11" * 20)
