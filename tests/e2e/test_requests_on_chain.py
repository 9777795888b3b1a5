"""A request with and without a chain is one mechanism: the verifier computes the context itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.real_people import RealWorld

from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.circuits import get_circuit
from zkcredit.errors import ExpiredRequest, InvalidProof, TransactionReverted
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.presentation import verify
from zkcredit.request import LoanRequest, ProofRequest


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with RevmNode() as node:
        people = RealWorld(node, key, tmp_path_factory.mktemp("consent"))
        people.product = people.offer()
        yield people
        people.close()


@pytest.fixture(scope="module")
def request_(world):
    return world.market.request(world.product.address, 100_000, world.borrower.address)


def check(world, shown, request, now=None):
    """What a verifier off chain does."""
    when = request.policy.now if now is None else now
    verify(shown, request, world.key.verifying_key, now=when)


def test_the_gate_computes_the_context_of_the_request(world, request_):
    demanded = world.market.lens.statement(
        request_.borrower, request_.product_address, request_.principal,
        request_.purpose_code,
        request_.policy.now, request_.deadline,
    )  # fmt: skip
    assert (request_.policy.pack(), request_.context, request_.scope) == demanded
    assert request_.gate == world.market.gate.address
    assert request_.expires_at == request_.deadline


def test_the_borrower_reads_what_the_chain_binds(world, request_):
    words = request_.in_words()
    for said in (
        world.market.gate.address,
        "1000.00 EUR",
        f"product {world.product.address}",
        request_.borrower,
        "at least",
    ):
        assert said in words
    world.present(request_)
    entry = world.wallet.consents()[-1]
    assert (entry.verifier, entry.purpose) == (request_.verifier, request_.purpose)
    assert (entry.context, entry.expires_at) == (request_.context, request_.deadline)


def test_a_lender_off_chain_checks_what_the_gate_checks(world, request_):
    shown = world.present(request_)
    check(world, shown, request_)
    world.market.require_acceptable(request_, shown)


@pytest.mark.parametrize("name", ["chain_id", "gate", "market", "borrower", "product_id",
                                  "principal", "purpose_code", "nonce", "deadline"])  # fmt: skip
def test_another_use_of_the_chain_is_refused_by_the_library(world, request_, name):
    value = getattr(request_, name)
    address = world.stranger.address
    other = {int: lambda: value + 1, str: lambda: address}
    changed = replace(request_, **{name: other[type(value)]()})
    with pytest.raises(InvalidProof, match="verifier, purpose"):
        check(world, world.present(request_), changed)


def asked_elsewhere(request, verifier, purpose, nonce):
    """The same person, credential, policy, scope and time; agreed to for another use."""
    return ProofRequest(
        verifier, purpose, request.deadline, nonce, policy=request.policy, scope=request.scope,
        registry_root=request.registry_root,
    )  # fmt: skip


def test_what_was_shown_to_somebody_else_is_refused_by_the_gate(world, request_):
    asked = asked_elsewhere(request_, "a magazine", "a survey", 7)
    shown = world.wallet.prove(
        asked, world.credential, registry=world.snapshot, proving_key=world.key,
        now=request_.policy.now,
    )  # fmt: skip
    check(world, shown, asked)
    with pytest.raises(InvalidProof):
        check(world, shown, request_)
    with pytest.raises(InvalidProof):
        world.market.apply(request_, shown, by=world.borrower)
    with pytest.raises(TransactionReverted) as caught:
        world.force(request_, shown, world.borrower)
    assert caught.value.error == "ProofInvalid"


def test_what_was_shown_to_the_gate_is_refused_by_everybody_else(world, request_):
    asked = asked_elsewhere(request_, request_.verifier, request_.purpose, 0)
    with pytest.raises(InvalidProof):
        check(world, world.present(request_), asked)


def test_after_its_time_both_refuse(world, request_):
    shown = world.present(request_)
    with pytest.raises(ExpiredRequest):
        check(world, shown, request_, now=request_.deadline + 1)
    world.node.advance(request_.deadline + 1 - world.node.now())
    with pytest.raises(TransactionReverted) as caught:
        world.force(request_, shown, world.borrower)
    assert caught.value.error == "DeadlinePassed"


def test_both_kinds_answer_to_the_same_questions():
    names = {
        "verifier", "purpose", "expires_at", "context", "statement", "expected", "in_words",
        "require_open",
    }  # fmt: skip
    for kind in (ProofRequest, LoanRequest):
        assert names <= set(dir(kind))
