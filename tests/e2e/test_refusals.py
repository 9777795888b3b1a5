"""What market, gate and clients refuse: nobody uses a proof for anything but what it was made for.

The prover is the mock; `test_real_proofs.py` repeats the central ones with real proofs.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.loan_world import World
from support.chain.market_world import DAY, MockProof, mock_present, refused

from zkcredit.bn254.fields import R
from zkcredit.chain.deploying import deploy_around, deploy_test_token
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    InvalidProof,
    OutOfRange,
    TransactionReverted,
)
from zkcredit.presentation import Presentation
from zkcredit.schema import PRESENTED, PUBLIC_INPUTS


def request_of(world, **changes):
    arguments = {
        "product_address": world.product.address,
        "principal": 100_000,
        "borrower": world.borrower.address,
    }
    return world.market.request(**(arguments | changes))


def test_a_proof_is_used_once(world):
    request = request_of(world)
    presentation = mock_present(request, 7)
    loan = world.market.apply(request, presentation, by=world.borrower)
    world.market.cancel(loan.loan_id, by=world.borrower)
    refused("ProofInvalid", world.market.apply, request, presentation, by=world.borrower)


def test_a_rerandomised_proof_does_not_open_a_second_loan(world):
    request = request_of(world)
    presentation = mock_present(request, 7)
    world.market.apply(request, presentation, by=world.borrower)
    words = presentation.proof.words
    again = replace(presentation, proof=MockProof.of((words[0], *[2] * 7)))
    # the application's number is used up, so the gate refuses before the bureau is asked
    refused("ProofInvalid", world.market.apply, request, again, by=world.borrower)


def test_the_client_does_not_send_another_accounts_application(world):
    request = request_of(world)
    with pytest.raises(InvalidInput, match="borrower"):
        world.market.apply(request, mock_present(request, 7), by=world.stranger)


def test_another_sender_cannot_use_a_copied_proof(world):
    request = request_of(world)
    refused("ProofInvalid", world.force, request, mock_present(request, 7), world.stranger)


def test_another_product_cannot_be_had_with_the_proof(world):
    other = world.offer()
    request = request_of(world)
    presentation = mock_present(request, 7)
    refused(
        "ProofInvalid", world.force, request, presentation, world.borrower,
        product=other.address,
    )  # fmt: skip


@pytest.mark.parametrize("principal", [99_999, 100_001])
def test_another_amount_cannot_be_had_with_the_proof(world, principal):
    request = request_of(world)
    presentation = mock_present(request, 7)
    refused("ProofInvalid", world.force, request, presentation, world.borrower, principal=principal)


@pytest.mark.parametrize("later", [-1, 1, 600])
def test_the_deadline_cannot_be_moved(world, later):
    request = request_of(world)
    presentation = mock_present(request, 7)
    deadline = request.deadline + later
    refused("ProofInvalid", world.force, request, presentation, world.borrower, deadline=deadline)


def test_the_proofs_time_and_pseudonym_cannot_be_changed(world):
    request = request_of(world)
    presentation = mock_present(request, 7)
    now = request.policy.now - 1
    refused("ProofInvalid", world.force, request, presentation, world.borrower, policy_now=now)
    refused("ProofInvalid", world.force, request, presentation, world.borrower, nullifier=8)


@pytest.mark.parametrize("value", [R, R + 7, 2**256 - 1])
def test_a_pseudonym_beyond_the_field_is_refused(world, value):
    request = request_of(world)
    presentation = mock_present(request, 7)
    arguments = refused(
        "InputOutOfField", world.force, request, presentation, world.borrower, nullifier=value
    )
    assert arguments == {"index": 4}


def test_a_proof_for_another_market_or_gate_is_refused(world):
    # A second system on the same chain, with the same verifier and registry root.
    other = World(
        world.node, deploy_around(world.node, world.deployment.verifier, by=world.operator)
    )
    other.post_root()
    other.product = other.offer()
    request = request_of(world)
    twin = other.product.address
    refused(
        "ProofInvalid", other.force, request, mock_present(request, 7), other.borrower, product=twin
    )


@pytest.mark.slow
def test_a_proof_for_a_forked_chain_is_refused(world):
    with RevmNode(chain_id=1337, genesis_time=world.node.now()) as node:
        fork = World(node)
        fork.post_root()
        fork.product = fork.offer()
        # Same addresses, same product, same nonce; only the chain id differs.
        assert fork.market.address == world.market.address
        request = request_of(world)
        refused("ProofInvalid", fork.force, request, mock_present(request, 7), fork.borrower)
        mine = request_of(fork)
        assert fork.market.apply(mine, mock_present(mine, 7), by=fork.borrower).loan_id == 1


def test_the_last_second_counts_and_the_next_does_not(world):
    request = request_of(world, lifetime=500)
    presentation = mock_present(request, 7)
    world.node.advance(499)
    snapshot = world.node.snapshot()
    assert world.market.apply(request, presentation, by=world.borrower)  # mined at +500
    world.node.restore(snapshot)
    world.new_senders()
    world.node.advance(2)
    refused("DeadlinePassed", world.market.apply, request, presentation, by=world.borrower)


def test_an_old_now_is_refused(world):
    request = request_of(world, lifetime=10_000)
    world.node.advance(901)
    presentation = mock_present(request, 7)
    refused("ClockNotFresh", world.market.apply, request, presentation, by=world.borrower)


def test_a_future_now_is_refused(world):
    request = request_of(world)
    later = replace(request, policy=request.policy.at(request.policy.now + 60))
    refused("ClockNotFresh", world.market.apply, later, mock_present(later, 7), by=world.borrower)


@pytest.mark.parametrize("root", [0, 1, R - 1])
def test_an_unknown_root_is_refused(world, root):
    request = request_of(world)
    presentation = mock_present(request, 7, root=root)
    refused("RootNotFresh", world.force, request, presentation, world.borrower)
    with pytest.raises(InvalidProof, match="registry_root"):
        world.market.apply(request, presentation, by=world.borrower)
    with pytest.raises(InvalidInput, match="does not accept this registry root"):
        request_of(world, registry_root=root)


@pytest.mark.slow
def test_a_replaced_root_is_accepted_for_a_day_whatever_is_posted(world):
    old = request_of(world).registry_root
    for root in range(1, 30):
        world.post_root(root)
    request = request_of(world, registry_root=old)
    assert world.market.apply(request, mock_present(request, 7), by=world.borrower)
    world.node.advance(DAY + 1)
    world.market.cancel(1, by=world.borrower)
    with pytest.raises(InvalidInput, match="no longer accepts this registry root"):
        request_of(world, registry_root=old)
    request = request_of(world)
    forged = mock_present(request, 7, root=old)
    refused("RootNotFresh", world.force, request, forged, world.borrower)


def test_a_withdrawn_root_is_refused_at_once(world):
    request = request_of(world)
    world.registry.withdraw_roots([request.registry_root], by=world.operator)
    presentation = mock_present(request, 7)
    refused("RootNotFresh", world.market.apply, request, presentation, by=world.borrower)
    assert world.registry.record(request.registry_root).withdrawn


def test_checking_costs_nothing_and_says_the_same(world):
    request = request_of(world)
    presentation = mock_present(request, 7)
    world.market.require_acceptable(request, presentation)
    assert world.market.loan_count() == 0
    world.registry.withdraw_roots([request.registry_root], by=world.operator)
    refused("RootNotFresh", world.market.require_acceptable, request, presentation)
    with pytest.raises(InvalidProof):
        world.market.require_acceptable(request, mock_present(request, 7, root=5))


@pytest.mark.parametrize("place", range(4))
def test_the_client_notices_a_presentation_of_something_else(world, place):
    request = request_of(world)
    presentation = mock_present(request, 7)
    inputs = list(presentation.public_inputs)
    inputs[place] += 1
    changed = replace(presentation, public_inputs=tuple(inputs))
    with pytest.raises(InvalidProof, match="than expected"):
        world.market.apply(request, changed, by=world.borrower)


@pytest.mark.parametrize("statement", sorted({*PRESENTED} - {"eligibility"}))
def test_the_client_notices_another_statements_presentation(world, statement):
    request = request_of(world)
    inputs = (1,) * len(PUBLIC_INPUTS[statement])
    scorecard = "0" * 64 if statement == "scored_eligibility" else None
    shown = Presentation(statement, inputs, MockProof.of((1,) * 8), scorecard)
    with pytest.raises(InvalidProof, match=f"the presentation proves {statement}"):
        world.market.apply(request, shown, by=world.borrower)


@pytest.mark.parametrize("shown", [None, "{}", b"", (1, 2)])
def test_the_client_wants_a_presentation(world, shown):
    with pytest.raises(InvalidInput, match="the presentation"):
        world.market.apply(request_of(world), shown, by=world.borrower)


def test_a_request_of_another_gate_is_not_sent(world):
    other = deploy_around(world.node, world.deployment.verifier, by=world.operator)
    market = other.open(world.node).market
    request = request_of(world)
    with pytest.raises(InvalidInput, match="another gate"):
        market.apply(request, mock_present(request, 7), by=world.borrower)


def test_principals_outside_the_range_are_refused(world):
    for principal in (9_999, 500_001):
        with pytest.raises(OutOfRange):
            request_of(world, principal=principal)
    request = request_of(world)
    presentation = mock_present(request, 7)
    refused(
        "PrincipalOutOfRange", world.force, request, presentation, world.borrower, principal=9_999
    )


def test_requests_that_make_no_sense_are_refused(world):
    with pytest.raises(InvalidInput):
        request_of(world, lifetime=0)
    with pytest.raises(InvalidInput):
        request_of(world, borrower="0x12")
    with pytest.raises(InvalidInput, match="was not published"):
        request_of(world, product_address=world.lender.address)
    with pytest.raises(InvalidInput):
        world.market.loan(99)
    with pytest.raises(InvalidInput):
        world.market.position(99)


def test_a_contract_that_demands_something_else_than_its_terms_is_noticed(world, monkeypatch):
    lens = world.market.lens
    read = lens._read
    for place in range(3):

        def other(function, *arguments, place=place):
            answer = read(function, *arguments)
            if function == "statementOf":
                answer = tuple(value + (n == place) for n, value in enumerate(answer))
            return answer

        monkeypatch.setattr(lens, "_read", other)
        with pytest.raises(ChainError, match="another proof"):
            request_of(world)


def test_a_closed_product_takes_no_applications(world):
    request = request_of(world)
    address = world.product.address
    refused("NotCreatorOfProduct", world.book.set_open, address, False, by=world.stranger)
    world.book.set_open(address, False, by=world.lender)
    with pytest.raises(InvalidInput, match="closed for applications"):
        request_of(world)
    presentation = mock_present(request, 7)
    refused("ProductNotOpen", world.market.apply, request, presentation, by=world.borrower)


@pytest.mark.slow
def test_without_a_registry_root_nobody_can_apply():
    with RevmNode() as node:
        fresh = World(node)
        fresh.product = fresh.offer()
        with pytest.raises(InvalidInput, match="no registry is in effect"):
            request_of(fresh)


def test_a_token_that_the_operator_did_not_allow_is_refused(world):
    other = deploy_test_token(world.node, by=world.stranger)
    product = world.offer(token=other.address)
    request = request_of(world, product_address=product.address)
    arguments = refused(
        "TokenNotAllowed", world.market.apply, request, mock_present(request, 7), by=world.borrower
    )
    assert arguments == {"token": other.address}


def test_lenders_and_borrowers_without_money_are_refused(world):
    loan = world.requested(world.product.address)
    world.token.approve(world.market.address, 10**30, by=world.stranger)
    refused("ERC20InsufficientBalance", world.market.fund, loan, 500, by=world.stranger)
    world.token.approve(world.market.address, 0, by=world.second)
    refused("ERC20InsufficientAllowance", world.market.fund, loan, 500, by=world.second)
    world.market.fund(loan, 100_000, by=world.lender)
    refused("ERC20InsufficientBalance", world.market.repay, loan, 500, by=world.stranger)


def test_amounts_that_make_no_sense_are_refused(world):
    loan = world.requested(world.product.address)
    refused("AmountZero", world.market.fund, loan, 0, by=world.lender)
    for amount in (-1, 2**48, 1.5, True):
        with pytest.raises(InvalidInput):
            world.market.fund(loan, amount, by=world.lender)


@pytest.mark.slow
def test_funding_a_released_or_expired_loan_is_refused(world):
    loan = world.released(world.product.address)
    refused("StageInvalid", world.market.fund, loan, 500, by=world.lender)
    other = world.market.request(world.product.address, 20_000, world.stranger.address)
    late = world.market.apply(other, mock_present(other, 8), by=world.stranger)
    world.node.advance(8 * DAY)
    refused("FundingClosed", world.market.fund, late, 500, by=world.lender)


@pytest.mark.slow
def test_withdrawals_belong_to_the_lender(world):
    loan = world.released(world.product.address)
    refused("NothingToWithdraw", world.market.withdraw, 1, by=world.lender)
    world.market.repay(loan, 5_000, by=world.borrower)
    refused("NotPositionOwner", world.market.withdraw, 1, by=world.stranger)
    nobody = "0x" + "00" * 20
    refused("RecipientInvalid", world.market.withdraw, 1, by=world.lender, to=nobody)


def test_roles_are_the_operators(world):
    token = world.token.address
    error = "AccessControlUnauthorizedAccount"
    refused(error, world.market.set_token_allowed, token, False, by=world.stranger)
    refused(error, world.market.set_new_loans_paused, True, by=world.stranger)
    refused(error, world.registry.post, 5, bytes(32), "", by=world.stranger)
    refused(error, world.registry.withdraw_roots, [5], by=world.stranger)


@pytest.mark.slow
def test_a_pause_stops_new_business_and_nothing_else(world):
    loan = world.released(world.product.address)
    world.market.set_new_loans_paused(True, by=world.operator)
    assert world.market.new_loans_paused()
    request = world.market.request(world.product.address, 20_000, world.stranger.address)
    refused(
        "NewLoansPaused", world.market.apply, request, mock_present(request, 9), by=world.stranger
    )
    world.market.repay(loan, 5_000, by=world.borrower)
    world.market.withdraw(1, by=world.lender)
    world.market.set_new_loans_paused(False, by=world.operator)
    assert world.market.apply(request, mock_present(request, 9), by=world.stranger)


def test_roots_that_make_no_sense_are_refused(world):
    for root in (0, R):
        refused("RootInvalid", world.registry.post, root, bytes(32), "", by=world.operator)
    current = world.registry.current_root()
    refused("RootUnchanged", world.registry.post, current, bytes(32), "", by=world.operator)
    for root in (-1, 2**256, "1"):
        with pytest.raises(InvalidInput):
            world.registry.post(root, bytes(32), "", by=world.operator)
    with pytest.raises(InvalidInput):
        world.registry.post(5, b"short", "", by=world.operator)
    with pytest.raises(InvalidInput):
        world.registry.post(5, bytes(32), "a" * 257, by=world.operator)


def test_a_refused_call_costs_nothing(world):
    before = world.node.balance(world.stranger.address)
    with pytest.raises(TransactionReverted):
        world.market.withdraw(1, by=world.stranger)
    assert world.node.balance(world.stranger.address) == before
