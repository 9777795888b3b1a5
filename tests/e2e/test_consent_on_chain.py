"""Consent with and without a chain is one mechanism: the verifier computes the context itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.real_people import RealWorld

from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.circuits import get_circuit
from zkcredit.errors import ExpiredRequest, InvalidProof, TransactionReverted
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.presentation import verify
from zkcredit.request import Consent, LoanConsent


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    key = load_or_create_dev_key(get_circuit("eligibility"))
    with EmbeddedNode() as node:
        people = RealWorld(node, key, tmp_path_factory.mktemp("consent"))
        people.product = people.offer()
        yield people
        people.close()


@pytest.fixture(scope="module")
def request_(world):
    return world.market.application_request(1, 100_000, world.borrower.address)


@pytest.fixture(scope="module")
def expected(world, request_):
    """What the gate expects, for a verifier off chain."""
    return {
        "policy": request_.policy,
        "scope": request_.scope,
        "registry_root": request_.registry_root,
        "key": world.key.verifying_key,
        "now": request_.policy.now,
    }


def test_the_gate_computes_the_context_of_the_consent(world, request_):
    demanded = world.market._read(
        "statementOf", request_.borrower, request_.product_id, request_.principal,
        request_.policy.now, request_.deadline,
    )  # fmt: skip
    assert request_.consent.context() == demanded[1] == request_.context
    assert request_.consent.gate == world.market.gate.address
    assert request_.consent.expires_at == request_.deadline


def test_the_borrower_reads_what_the_chain_binds(world, request_):
    words = request_.consent.in_words(request_.policy)
    for said in (world.market.gate.address, "100000", "product 1", request_.borrower, "at least"):
        assert said in words
    world.present(request_)
    entry = world.wallet.consents()[-1]
    assert (entry.verifier, entry.purpose) == (request_.consent.verifier, request_.consent.purpose)
    assert (entry.context, entry.expires_at) == (request_.context, request_.deadline)


def test_a_lender_off_chain_checks_what_the_gate_checks(world, request_, expected):
    shown = world.present(request_)
    verify(shown, **expected, consent=request_.consent)
    world.market.check_application(request_, shown)


@pytest.mark.parametrize("name", ["chain_id", "gate", "borrower", "product_id", "principal",
                                  "terms_hash", "nonce", "deadline"])  # fmt: skip
def test_another_use_of_the_chain_is_refused_by_the_library(world, request_, expected, name):
    value = getattr(request_, name)
    address = world.stranger.address
    other = {int: lambda: value + 1, str: lambda: address, bytes: lambda: value[::-1]}
    consent = replace(request_.consent, **{name: other[type(value)]()})
    with pytest.raises(InvalidProof, match="verifier, purpose"):
        verify(world.present(request_), **expected, consent=consent)


def test_what_was_shown_to_somebody_else_is_refused_by_the_gate(world, request_, expected):
    """The same person, credential, policy and time; agreed to for another use."""
    asked = Consent("a magazine", "a survey", request_.deadline, 7)
    shown = world.wallet.prove(
        world.credential, request_.policy, consent=asked, scope=request_.scope,
        registry=world.snapshot, key=world.key,
    )  # fmt: skip
    verify(shown, **expected, consent=asked)
    with pytest.raises(InvalidProof):
        verify(shown, **expected, consent=request_.consent)
    with pytest.raises(TransactionReverted) as caught:
        world.force(request_, shown, world.borrower)
    assert caught.value.error == "ProofInvalid"


def test_what_was_shown_to_the_gate_is_refused_by_everybody_else(world, request_, expected):
    asked = Consent(request_.consent.verifier, request_.consent.purpose, request_.deadline, 0)
    with pytest.raises(InvalidProof):
        verify(world.present(request_), **expected, consent=asked)


def test_after_its_time_both_refuse(world, request_, expected):
    shown = world.present(request_)
    late = expected | {"now": request_.deadline + 1}
    with pytest.raises(ExpiredRequest):
        verify(shown, **late, consent=request_.consent)
    world.node.advance(request_.deadline + 1 - world.node.now())
    with pytest.raises(TransactionReverted) as caught:
        world.force(request_, shown, world.borrower)
    assert caught.value.error == "DeadlinePassed"


def test_both_kinds_answer_to_the_same_questions():
    names = {"verifier", "purpose", "expires_at", "context", "in_words", "require_open"}
    for kind in (Consent, LoanConsent):
        assert names <= set(dir(kind))
