"""Loans with a sealed reference on a chain: applying, defaulting, opening, and misconduct."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.escrow_world import REFERENCE, EscrowWorld
from support.chain.loan_world import MONTH, PRODUCT
from support.chain.market_world import DAY, EITHER_NODE, refused, taken_back
from support.escrow.arbiter_case import ACCOUNTS, GROUP, KEYS, NAMES, POLYNOMIAL, signed

from zkcredit.bn254.fields import R
from zkcredit.chain.contracts.events import Escrowed, SealPlaced
from zkcredit.chain.contracts.openings import (
    combine_openings,
    default_evidence,
    deploy_opening_verifier,
    judge_opening,
    misconduct,
)
from zkcredit.chain.deploying import deploy_system
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.nodes.embedded import EmbeddedNode
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.circuits import get_circuit
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    InvalidProof,
    NotInDefault,
    TransactionReverted,
    UnknownBlock,
    WrongOpening,
)
from zkcredit.escrow import ArbiterGroup, attribute, combine
from zkcredit.escrow.polynomial import commit
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, SUBGROUP_ORDER, TORSION, Point
from zkcredit.gadgets.hashed_elgamal import EscrowedValue
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.presentation import Presentation, verify
from zkcredit.published import dev_verifying_key
from zkcredit.request import Arbiters

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("escrow_eligibility"))


@pytest.fixture(scope="module", params=EITHER_NODE)
def people(request, key, tmp_path_factory):
    with request.param() as node:
        people = EscrowWorld(node, key, tmp_path_factory.mktemp(request.param.__name__))
        people.judge = deploy_opening_verifier(people.market, GROUP, by=people.operator)
        people.in_default = people.defaulted()
        yield people
        people.close()


@pytest.fixture
def world(people):
    with taken_back(people):
        yield people


@pytest.fixture
def evidence(world):
    return default_evidence(world.market, world.in_default)


# --- the way it is meant ------------------------------------------------------------------------


def test_a_default_is_opened_by_three_arbiters(world, evidence):
    parts = [world.open_partially(arbiter, evidence) for arbiter in (5, 1, 3)]
    for part in parts:
        world.judge.check(world.in_default, part)
    assert combine(GROUP, evidence.escrowed, evidence.context, parts) == REFERENCE
    assert combine_openings(world.market, world.in_default, GROUP, parts) == REFERENCE
    assert evidence.in_default is True
    seen = evidence.seen
    assert (seen.chain_id, seen.market) == (world.node.chain_id, world.market.address)
    assert (seen.block, seen.block_hash) == world.head()


def test_what_is_escrowed_for_a_loan_is_the_proven_reference(world):
    world.node.advance(1)
    events = world.gate.events()
    placed = next(event for event in events if isinstance(event, SealPlaced))
    kept = next(event for event in events if isinstance(event, Escrowed))
    escrow = world.gate.escrowed_of(world.market.address, world.in_default)
    assert (kept.loan_id, kept.context) == (world.in_default, escrow.context)
    assert placed.seal == kept.seal == (tuple(escrow.escrowed.point), escrow.escrowed.masked)
    assert placed.borrower == world.borrower.address
    assert world.gate.arbiters == GROUP.key


def test_the_chain_never_sees_the_reference(world):
    escrow = world.gate.escrowed_of(world.market.address, world.in_default)
    assert escrow.escrowed.masked != REFERENCE
    assert escrow.escrowed.masked.bit_length() > 200


# --- without a default --------------------------------------------------------------------------


def test_a_loan_that_does_not_exist_has_no_evidence(world):
    with pytest.raises(InvalidInput, match="no loan"):
        default_evidence(world.market, 99)
    refused("LoanNotEscrowed", world.gate.escrowed_of, world.market.address, 99)


@pytest.fixture
def early(key, tmp_path):
    """A chain of its own whose only loan runs as agreed, and whose contracts know block hashes."""
    with EmbeddedNode() as node:
        world = EscrowWorld(node, key, tmp_path)
        world.judge = deploy_opening_verifier(world.market, GROUP, by=world.operator)
        world.loan_id = world.running()
        yield world
        world.close()


def test_a_running_loan_is_not_opened_and_whoever_does_is_named(early):
    market, loan_id = early.market, early.loan_id
    with pytest.raises(NotInDefault, match="active"):
        default_evidence(market, loan_id)
    part = early.rogue(2, loan_id)
    assert attribute(GROUP, part) == NAMES[1]
    assert misconduct(market, loan_id, GROUP, part) == NAMES[1]
    refused("LoanNotInDefault", early.judge.check, loan_id, part)
    recorded = early.judge.accuse(loan_id, part, by=early.stranger)
    assert (recorded.arbiter, recorded.account) == (2, ACCOUNTS[1])
    assert (recorded.loan_id, recorded.status) == (loan_id, LoanStatus.ACTIVE)
    # once
    assert early.judge.is_accused(2, loan_id)
    assert not early.judge.is_accused(3, loan_id)
    assert not early.judge.is_accused(2, loan_id + 1)
    refused("AlreadyAccused", early.judge.accuse, loan_id, part, by=early.stranger)
    again = early.rogue(2, loan_id)
    refused("AlreadyAccused", early.judge.accuse, loan_id, again, by=early.stranger)
    forged = replace(part, arbiter=3)
    with pytest.raises(WrongOpening):
        misconduct(market, loan_id, GROUP, forged)
    refused("SignatureInvalid", early.judge.accuse, loan_id, forged, by=early.stranger)
    refused("ArbiterUnknown", early.judge.account_of, 6)
    assert [early.judge.account_of(i) for i in range(1, 6)] == list(ACCOUNTS)
    # an application that nobody funded is no default either
    request = early.request()
    with pytest.raises(TransactionReverted):
        market.apply(request, early.present(request), by=early.borrower)


def test_the_colluders_cannot_convict_an_honest_arbiter(early):
    """They have all secrets of four arbiters, and so the fifth's share; not the fifth's key."""
    market, loan_id = early.market, early.loan_id
    framed = early.rogue(5, loan_id)  # as if the fifth had made it
    for key in (KEYS[1], KEYS[2], KEYS[3], KEYS[4]):
        part = signed(framed, key)
        with pytest.raises(WrongOpening, match="account of arbiter 5 did not sign"):
            misconduct(market, loan_id, GROUP, part)
        refused("SignatureInvalid", early.judge.accuse, loan_id, part, by=early.stranger)
    # what the fifth signed for this loan's number on another chain or at another market
    for changes in ({"chain_id": 5}, {"market": early.stranger.address}):
        other = signed(framed, KEYS[5], seen=replace(framed.seen, **changes))
        with pytest.raises(InvalidInput, match="is signed for loan"):
            misconduct(market, loan_id, GROUP, other)
        refused("SignatureInvalid", early.judge.accuse, loan_id, other, by=early.stranger)
        moved = replace(other, seen=framed.seen)
        with pytest.raises(WrongOpening, match="did not sign"):
            misconduct(market, loan_id, GROUP, moved)
        refused("SignatureInvalid", early.judge.accuse, loan_id, moved, by=early.stranger)
    assert not early.judge.is_accused(5, loan_id)
    early.judge.accuse(loan_id, framed, by=early.stranger)  # with the fifth's own key


def test_a_default_that_a_reorganisation_undoes_convicts_nobody(early):
    node, market, loan_id = early.node, early.market, early.loan_id
    before = node.snapshot()
    node.advance(MONTH + PRODUCT.default_after + DAY)
    market.mark_default(market.loan(loan_id), by=early.second)
    parts = [early.open_partially(i, default_evidence(market, loan_id)) for i in (1, 2, 3)]
    assert combine_openings(market, loan_id, GROUP, parts) == REFERENCE
    seen = parts[0].seen
    node.restore(before)
    early.new_senders()
    refused("BlockUnknown", early.judge.accuse, loan_id, parts[0], by=early.stranger)
    while node.block_number() <= seen.block:
        node.advance(1)
    assert node.block_hash(seen.block) not in (None, seen.block_hash)
    assert market.loan(loan_id).status is LoanStatus.ACTIVE
    for part in parts:
        refused("BlockUnknown", early.judge.accuse, loan_id, part, by=early.stranger)
        for judge in (judge_opening, misconduct):
            with pytest.raises(UnknownBlock, match="not on this chain"):
                judge(market, loan_id, GROUP, part)
    with pytest.raises(UnknownBlock, match="ask this arbiter for a new partial opening"):
        combine_openings(market, loan_id, GROUP, parts)
    # a block that the chain has not reached
    later = replace(seen, block=node.block_number() + 9)
    part = signed(parts[0], KEYS[1], seen=later)
    with pytest.raises(UnknownBlock):
        misconduct(market, loan_id, GROUP, part)
    refused("BlockUnknown", early.judge.accuse, loan_id, part, by=early.stranger)


def test_a_block_that_is_replaced_while_the_loan_is_read_is_not_signed(world, monkeypatch):
    hashes = iter([b"\1" * 32, b"\2" * 32])
    monkeypatch.setattr(world.node, "block_hash", lambda _: next(hashes))
    with pytest.raises(ChainError, match="was replaced while the loan was read"):
        default_evidence(world.market, world.in_default)


def test_parts_of_another_loan_or_without_a_signature_are_not_combined(world, evidence):
    parts = [world.open_partially(arbiter, evidence) for arbiter in (5, 1, 3)]
    loan = world.in_default
    unsigned = replace(parts[0], signature=bytes(65))
    with pytest.raises(WrongOpening) as caught:
        combine_openings(world.market, loan, GROUP, [unsigned, *parts[1:]])
    assert caught.value.arbiters == (5,)
    other = signed(parts[0], KEYS[5], seen=replace(parts[0].seen, loan_id=loan + 1))
    with pytest.raises(InvalidInput, match=f"is signed for loan {loan + 1}"):
        combine_openings(world.market, loan, GROUP, [other, *parts[1:]])
    with pytest.raises(InvalidInput):
        combine_openings(world.market, loan, GROUP, [None])


def test_nobody_is_accused_of_opening_a_default(world, evidence):
    part = world.open_partially(1, evidence)
    with pytest.raises(InvalidInput, match="broke no rule"):
        misconduct(world.market, world.in_default, GROUP, part)
    refused("LoanDefaulted", world.judge.accuse, world.in_default, part, by=world.stranger)
    other = replace(part, context=part.context + 1)
    with pytest.raises(InvalidInput, match="does not belong to the escrow"):
        misconduct(world.market, world.in_default, GROUP, other)


def test_when_the_debt_is_paid_nothing_more_is_opened(world, evidence):
    part = world.open_partially(1, evidence)
    debt = world.market.loan(world.in_default).recovery_owed
    loan = world.market.loan(world.in_default)
    world.market.repay(loan, debt, by=world.borrower)
    with pytest.raises(NotInDefault, match="recovered"):
        default_evidence(world.market, world.in_default)
    refused("LoanNotInDefault", world.judge.check, world.in_default, part)
    refused("LoanDefaulted", world.judge.accuse, world.in_default, part, by=world.stranger)


def test_wrong_openings_are_refused_by_the_contract_too(world, evidence):
    part = world.open_partially(2, evidence)
    loan = world.in_default
    for changes in (
        {"part": babyjub.mul(2, part.part)},
        {"part": babyjub.add(part.part, TORSION[4])},
        {"part": IDENTITY},
        {"announced": part.announced[::-1]},
        {"answer": (part.answer + 1) % SUBGROUP_ORDER},
        {"answer": part.answer + SUBGROUP_ORDER},
        {"arbiter": 1},
    ):
        refused("OpeningInvalid", world.judge.check, loan, replace(part, **changes))
    for stranger in (0, 6):
        refused("ArbiterUnknown", world.judge.check, loan, replace(part, arbiter=stranger))
    refused("ArbiterUnknown", world.judge.share_of, 0)
    with pytest.raises(InvalidInput):
        world.judge.check(loan, replace(part, arbiter=-1))
    refused("LoanNotInDefault", world.judge.check, 0, part)
    with pytest.raises(InvalidInput):
        world.judge.check(-1, part)


# --- applying -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked(key, tmp_path_factory):
    """A chain of its own, a request and the answer to it, before anything was sent."""
    with RevmNode() as node:
        world = EscrowWorld(node, key, tmp_path_factory.mktemp("asked"))
        request = world.request()
        yield world, request, world.present(request)
        world.close()


@pytest.fixture
def fresh(asked):
    world, request, shown = asked
    snapshot = world.node.snapshot()
    world.new_senders()
    yield world, request, shown
    world.node.restore(snapshot)


def test_another_arbiters_key_is_refused(fresh):
    world, request, _ = fresh
    own = replace(request, arbiters=Arbiters(babyjub.mul(31337, BASE8)))
    shown = world.present(own)
    with pytest.raises(InvalidProof, match="arbiters' key"):
        world.market.apply(request, shown, by=world.borrower)
    with pytest.raises(InvalidInput, match="does not escrow to the arbiters"):
        world.market.apply(own, shown, by=world.borrower)
    assert world.gate.placed(world.borrower.address, request.context) is None
    # and without the client's own check
    world.gate.place(request.context, shown.escrowed, by=world.borrower)
    refused("ProofInvalid", world.force, request, shown, world.borrower)


def test_without_a_placed_seal_there_is_no_loan(fresh):
    world, request, shown = fresh
    refused("SealMissing", world.force, request, shown, world.borrower)
    refused("SealMissing", world.market.require_acceptable, request, shown)
    world.gate.place(request.context, shown.escrowed, by=world.stranger)
    refused("SealMissing", world.force, request, shown, world.borrower)


def test_a_seal_that_is_not_the_proven_one_is_refused(fresh):
    world, request, shown = fresh
    other = EscrowedValue(shown.escrowed.point, (shown.escrowed.masked + 1) % R)
    world.gate.place(request.context, other, by=world.borrower)
    refused("ProofInvalid", world.force, request, shown, world.borrower)
    with pytest.raises(InvalidInput, match="already escrowed for this application"):
        world.market.apply(request, shown, by=world.borrower)
    refused(
        "SealExists",
        world.gate.place,
        request.context,
        shown.escrowed,
        by=world.borrower,
    )


@pytest.mark.parametrize(
    "sealed",
    [
        EscrowedValue(IDENTITY, 1),
        EscrowedValue(TORSION[1], 1),
        EscrowedValue(Point(1, 1), 1),
        EscrowedValue(Point(BASE8.x + R, BASE8.y), 1),
        EscrowedValue(BASE8, R),
    ],
)
def test_bad_seals_are_not_placed(fresh, sealed):
    world, request, _ = fresh
    refused("SealInvalid", world.gate.place, request.context, sealed, by=world.borrower)


def test_a_seal_that_was_placed_is_used(fresh):
    world, request, shown = fresh
    world.gate.place(request.context, shown.escrowed, by=world.borrower)
    world.market.require_acceptable(request, shown)
    assert world.market.apply(request, shown, by=world.borrower).loan_id == 1


def test_an_application_is_carried_once_the_borrower_placed_the_reference(fresh):
    world, request, shown = fresh
    (key,) = (one for one in world.node.accounts if one.address == world.borrower.address)
    consent = world.market.consents.sign_application(
        world.market.address, request.product_address, request.principal, by=key,
        deadline=request.deadline, purpose_code=request.purpose_code,
    )  # fmt: skip
    with pytest.raises(InvalidInput, match="only the borrower's own account can write"):
        world.market.signed_application(consent, request, shown)
    world.gate.place(request.context, shown.escrowed, by=world.borrower)
    signed = world.market.signed_application(consent, request, shown)
    with pytest.raises(InvalidInput, match="the application is about an account"):
        world.market.carry_application(replace(signed, account=BASE8), by=world.stranger)
    loan = world.market.carry_application(signed, by=world.stranger)
    assert loan.borrower == world.borrower.address


def test_the_application_is_the_borrowers(fresh):
    world, request, shown = fresh
    with pytest.raises(InvalidInput, match="the borrower of the request"):
        world.market.apply(request, shown, by=world.stranger)
    stolen = replace(request, borrower=world.stranger.address)
    with pytest.raises(InvalidProof):
        world.market.apply(stolen, shown, by=world.stranger)
    refused("SealMissing", world.force, request, shown, world.stranger)


def test_answers_to_another_request_are_refused(fresh):
    world, request, shown = fresh
    for place, name in enumerate(("policy", "verifier, purpose", "registry_root", "scope")):
        inputs = list(shown.public_inputs)
        inputs[place] ^= 1
        changed = replace(shown, public_inputs=tuple(inputs))
        with pytest.raises(InvalidProof, match=name):
            world.market.apply(request, changed, by=world.borrower)
    short = Presentation("eligibility", shown.public_inputs[:5], shown.proof)
    with pytest.raises(InvalidProof, match="the presentation proves eligibility"):
        world.market.apply(request, short, by=world.borrower)


def test_an_application_that_is_repeated_is_sent_once(fresh):
    world, request, shown = fresh
    loan = world.market.apply(request, shown, by=world.borrower, idempotency_key="apply")
    count = world.node.transaction_count(world.borrower.address)
    world.node.advance(request.deadline - world.node.now() + 1)  # too late for another one
    again = world.market.apply(request, shown, by=world.borrower, idempotency_key="apply")
    assert again == loan
    assert world.node.transaction_count(world.borrower.address) == count


def test_an_application_goes_on_after_its_reference_was_placed(fresh, monkeypatch):
    world, request, shown = fresh
    send = world.market._send

    def killed(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(world.market, "_send", killed)
    with pytest.raises(KeyboardInterrupt):
        world.market.apply(request, shown, by=world.borrower, idempotency_key="apply")
    assert world.gate.placed(world.borrower.address, request.context) == shown.escrowed
    monkeypatch.setattr(world.market, "_send", send)
    loan = world.market.apply(request, shown, by=world.borrower, idempotency_key="apply")
    assert loan.loan_id == 1


def test_a_changed_public_input_is_refused_on_chain(fresh):
    world, request, shown = fresh
    world.gate.place(request.context, shown.escrowed, by=world.borrower)
    refused("ProofInvalid", world.force, request, shown, world.borrower, nullifier=1)
    refused("RootNotFresh", world.force, request, shown, world.borrower, root=1)


def test_off_chain_verification_takes_the_key_from_the_verifier(fresh):
    world, request, shown = fresh
    key, now = world.key.verifying_key, world.node.now()
    verify(shown, request, key, now=now)
    for changes in ({"arbiters": Arbiters(BASE8)}, {"scope": 1}, {"registry_root": 1}):
        with pytest.raises(InvalidProof):
            verify(shown, replace(request, **changes), key, now=now)
    moved = (*shown.public_inputs[:9], (shown.public_inputs[9] + 1) % R)
    with pytest.raises(InvalidProof):
        verify(replace(shown, public_inputs=moved), request, key, now=now)
    assert type(shown).from_json(shown.to_json()) == shown


# --- deployment ---------------------------------------------------------------------------------


def test_groups_that_are_not_the_gates_are_refused(fresh):
    world, _, _ = fresh
    other = ArbiterGroup(NAMES, commit((1, 2, 3)), bytes(32), ACCOUNTS)
    refused("GroupInvalid", deploy_opening_verifier, world.market, other, by=world.operator)
    small = ArbiterGroup(NAMES, commit((POLYNOMIAL[0], 5)), bytes(32), ACCOUNTS)
    made = deploy_opening_verifier(world.market, small, by=world.operator)
    assert (made.threshold(), made.group_digest()) == (2, small.digest)
    assert made.share_of(3) == small.share_of(3)


def test_keys_of_low_order_are_not_deployed(fresh):
    world, _, _ = fresh
    vk = world.key.verifying_key
    for bad in (IDENTITY, TORSION[1], babyjub.add(BASE8, TORSION[4])):
        refused("ArbitersInvalid", deploy_system, world.node, vk, by=world.operator, arbiters=bad)


def test_a_market_without_arbiters_is_noticed(fresh):
    world, _, _ = fresh
    plain = deploy_system(world.node, dev_verifying_key("eligibility"), by=world.operator)
    market = plain.open(world.node).market
    for action in (default_evidence, lambda market, loan: misconduct(market, loan, GROUP, None)):
        with pytest.raises(InvalidInput, match="no arbiters"):
            action(market, 1)
