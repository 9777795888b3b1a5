"""A repaid loan at one bureau opens a market of another: real proofs, and who is refused, and how.

The records are those of a bureau with a tree of its own; the lenders' markets are members of
another bureau. Every proof is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.chain.market_world import DAY, EITHER_NODE, refused, taken_back
from support.history.lender import CLOCK, NO_POLICY, Lender, key_of
from support.history.town import AGE, LAG

from zkcredit.chain.history.record_gates import (
    HistoryEligibilityGateClient,
    HistoryGateClient,
)
from zkcredit.chain.loans.gate_kinds import open_gate
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.errors import ChainError, InvalidInput, InvalidProof, NotEligible
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.history import HistoryTerms, HistoryTree
from zkcredit.presentation import verify
from zkcredit.request.asked_history import AskedHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.presentation import Presentation
    from zkcredit.request import LoanRequest
    from zkcredit.wallet import Wallet

TERMS = HistoryTerms(min_repaid=1, min_on_time=3, max_late=0, max_defaults=0)
LATER = 4 * 3_600
pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")


@pytest.fixture(scope="module", params=EITHER_NODE[:2])
def shared(request, tmp_path_factory) -> Iterator[Lender]:
    with request.param() as node:
        world = Lender(node, tmp_path_factory.mktemp("people"))
        town = world.town
        world.late, world.defaulted = world.person("late"), world.person("defaulted")
        world.running = world.person("running")
        good, late, defaulted, running = (
            world.pseudonym(who)
            for who in (world.wallet, world.late, world.defaulted, world.running)
        )
        for who in (good, late, defaulted, running):
            town.start(who)
        due = node.now() + 60 * DAY
        for who in (good, late, defaulted):
            town.report("progress", who, 3, int(who == late), due)
        for who in (good, late, defaulted):
            town.report("close", who, int(who == defaulted))
        town.advance([good, late, late])
        town.advance([defaulted, running, running])
        world.keep()
        world.product = world.asked(world.history, TERMS, policy=NO_POLICY)
        world.strict = world.asked(world.both, TERMS)
        yield world
        for wallet in (world.late, world.defaulted, world.running):
            wallet.close()
        world.close()


@pytest.fixture
def world(shared) -> Iterator[Lender]:
    with taken_back(shared):
        yield shared


def asked(world: Lender, product: str = "", **more: int) -> LoanRequest:
    """The request of the market of records."""
    where = product or world.product
    return world.history.request(where, 100_000, world.borrower.address, **more)


def proved(world: Lender, request: LoanRequest, wallet: Wallet | None = None) -> Presentation:
    """The answer of a wallet that reads the tree now."""
    who = world.wallet if wallet is None else wallet
    return who.prove(request, world.read_tree(), proving_key=key_of("history"))


def test_a_repaid_loan_opens_another_bureaus_market(world):
    market = world.history
    assert world.tree.bureau.address != market.bureau_address
    request = asked(world)
    presentation = proved(world, request)
    assert presentation.statement == request.statement == "history"
    verify(presentation, request, key_of("history").verifying_key, now=request.policy.now)
    market.require_acceptable(request, presentation)
    loan = market.apply(request, presentation, by=world.borrower)
    assert loan.nullifier == presentation.nullifier != world.pseudonym(world.wallet)
    market.fund(loan, 100_000, by=world.lender)
    assert market.loan(loan.loan_id).status is LoanStatus.ACTIVE


def test_an_application_is_renewed_with_the_record_of_today(world):
    market, request = world.history, asked(world)
    loan = market.apply(request, proved(world, request), by=world.borrower)
    world.node.advance(600)
    later = market.request_renewal(loan)
    assert market.renew(loan, later, proved(world, later), by=world.stranger).loan_id == 1


def test_the_borrower_reads_what_is_shown_and_finds_it_in_the_log(world):
    request = asked(world)
    words = request.in_words()
    for fact in (
        "loans that you repaid: 1 or more",
        "paid late: at most 0",
        "not which record it was",
    ):
        assert fact in words
    assert "credential" not in words
    proved(world, request)
    entry = world.wallet.consents()[-1]
    assert entry.credential_id == "record"
    assert entry.conditions["min_repaid"] == 1
    assert entry.conditions["max_late"] == 0


def test_two_borrowers_of_one_product_differ_in_nothing_but_the_nullifier(world):
    """One has repaid a loan, the other has one that runs; the lender sees no difference."""
    product = world.asked(world.history, HistoryTerms(max_late=0), policy=NO_POLICY)
    request = asked(world, product)
    first, second = (proved(world, request, who) for who in (world.wallet, world.running))
    tree = world.read_tree()
    records = [tree.record(world.pseudonym(who)) for who in (world.wallet, world.running)]
    assert records[0] != records[1]
    differing = {name for name in first.named if first.named[name] != second.named[name]}
    assert differing == {"nullifier"}
    for shown in (first, second):
        world.history.require_acceptable(request, shown)
    again = proved(world, request, world.wallet)
    assert again.public_inputs == first.public_inputs
    assert again.proof != first.proof, "a proof is made anew each time"


def test_the_day_of_the_proof_is_never_behind_the_chains(world):
    request = asked(world)
    assert request.history.fields()["today"] == (request.policy.now + CLOCK) // DAY


@pytest.mark.parametrize(("who", "term"), [("late", "max_late"), ("defaulted", "max_defaults")])
def test_a_bad_record_is_refused(world, who, term):
    with pytest.raises(NotEligible, match=f"does not meet the terms.*{term}") as caught:
        proved(world, asked(world), getattr(world, who))
    assert caught.value.shortfalls[term] == 1


def test_a_lateness_that_nobody_reported_is_refused(world):
    """The record was good; its row fell due, and no contract heard of it."""
    product = world.asked(world.history, HistoryTerms(max_late=0), policy=NO_POLICY)
    proved(world, asked(world, product), world.running)
    world.node.advance(40 * DAY)
    with pytest.raises(NotEligible, match="today"):
        proved(world, asked(world, product), world.running)


def test_a_stranger_is_refused(world):
    with pytest.raises(InvalidInput, match="no record of this wallet: repay a first loan"):
        proved(world, asked(world), world.other_wallet)


def test_an_old_copy_of_the_tree_is_refused(world):
    request = asked(world)
    for tree in (HistoryTree(), world.town.copy):
        if tree.root == request.history.root:
            continue
        with pytest.raises(InvalidInput, match="another state of the history tree"):
            world.wallet.prove(request, tree, proving_key=key_of("history"))
    for other in ("credential", world.credential):
        with pytest.raises(InvalidInput, match="needs the history tree, no credential"):
            world.wallet.prove(request, other, proving_key=key_of("history"))


def test_a_replaced_root_is_refused_when_it_is_too_old(world):
    request = asked(world, lifetime=LATER)
    presentation = proved(world, request)
    world.town.start(1_001)
    world.town.advance([1_001] * 3)
    world.history.require_acceptable(request, presentation)  # replaced just now
    world.node.advance(AGE + 1)
    with pytest.raises(InvalidInput, match=r"no longer accepts the root.*make a new request"):
        world.history.apply(request, presentation, by=world.borrower)
    arguments = refused("HistoryNotFresh", world.history.require_acceptable, request, presentation)
    assert arguments["historyRoot"] == request.history.root


def test_nothing_is_proved_while_a_loan_waits_for_too_long(world):
    request = asked(world, lifetime=LATER)
    presentation = proved(world, request)
    world.town.start(1_001)
    world.node.advance(LAG + 1)
    with pytest.raises(InvalidInput, match=r"waits for the history tree since .*advance"):
        asked(world)
    with pytest.raises(InvalidInput, match="waits for too long"):
        world.history.apply(request, presentation, by=world.borrower)
    world.town.advance([1_001] * 3)
    again = asked(world)
    world.history.apply(again, proved(world, again), by=world.borrower)


def test_easier_terms_and_another_bureau_are_noticed(world):
    """By the client, and by the contract from whoever goes round the client."""
    request = asked(world)
    easier = replace(
        request.history,
        terms=HistoryTerms(min_repaid=1, today=request.history.fields()["today"]).pack(),
    )
    softer = replace(request, history=easier)
    shown = proved(world, softer, world.late)
    with pytest.raises(InvalidProof, match="another terms of the record"):
        world.history.require_acceptable(request, shown)
    refused("ProofInvalid", world.history.require_acceptable, softer, shown)
    elsewhere = replace(request.history, scope=request.history.scope + 1)
    shown = proved(world, request)
    with pytest.raises(InvalidProof, match="another bureau of the record"):
        world.history.require_acceptable(replace(request, history=elsewhere), shown)


# --- record and credential ------------------------------------------------------------------------


def test_a_credential_and_a_record_of_one_person_are_proved_together(world):
    market = world.both
    request = market.request(world.strict, 100_000, world.borrower.address)
    assert request.statement == "history_eligibility"
    words = request.in_words()
    assert "your score is at least 600" in words
    assert "loans that you repaid: 1 or more" in words
    key = key_of("history_eligibility")

    def answer(wallet: Wallet, credential: str, tree: HistoryTree | None) -> Presentation:
        return wallet.prove(
            request, credential, registry=world.snapshot, history=tree, proving_key=key
        )

    tree = world.read_tree()
    presentation = answer(world.wallet, world.credential, tree)
    verify(presentation, request, key.verifying_key, now=request.policy.now)
    loan = market.apply(request, presentation, by=world.borrower)
    assert loan.status is LoanStatus.REQUESTED
    with pytest.raises(InvalidInput, match="no record of this wallet"):
        answer(world.other_wallet, world.other_credential, tree)
    with pytest.raises(InvalidInput, match="the history"):
        answer(world.wallet, world.credential, None)


# --- gates and products ---------------------------------------------------------------------------


def test_each_gate_gets_its_client(world):
    for market, kind in (
        (world.history, HistoryGateClient),
        (world.both, HistoryEligibilityGateClient),
    ):
        assert type(open_gate(world.node, market.gate.address)) is type(market.gate) is kind
    assert world.both.registry.address == world.registry.address
    with pytest.raises(InvalidInput):
        _ = world.history.registry


def test_products_and_gates_that_do_not_fit_are_refused(world):
    who = world.borrower.address
    plain = replace(world.book.product(world.offer().address).product, policy=NO_POLICY)
    address = world.history.book.publish(plain, by=world.lender).address
    with pytest.raises(InvalidInput, match="does not name a history tree"):
        world.history.request(address, 100_000, who)
    judged = world.asked(world.history, TERMS)
    with pytest.raises(InvalidInput, match="conditions on a credential"):
        world.history.request(judged, 100_000, who)
    asking = world.asked(world.market, TERMS)
    with pytest.raises(InvalidInput, match="which this gate does not judge"):
        world.market.request(asking, 100_000, who)
    for more in ({"registry_root": 1}, {"account": BASE8}):
        with pytest.raises(InvalidInput, match="about nothing else"):
            world.history.request(world.product, 100_000, who, **more)


@pytest.mark.parametrize("name", ["historyTermsWord", "historyScopeOf"])
def test_a_contract_that_computes_other_terms_is_noticed(world, monkeypatch, name):
    gate = world.history.gate
    read = gate._read

    def changed(function, *arguments, **more):
        found = read(function, *arguments, **more)
        return found + 1 if function == name else found

    monkeypatch.setattr(gate, "_read", changed)
    with pytest.raises(ChainError, match="another record than its terms imply"):
        asked(world)


def test_malformed_terms_are_refused(world):
    request = asked(world)
    asked_for = request.history
    for change in ({"terms": 0}, {"terms": 1 << 164}, {"root": -1}, {"scope": "1"}):
        with pytest.raises(InvalidInput):
            replace(asked_for, **change)
    with pytest.raises(InvalidInput, match="no conditions on a credential: min_score"):
        replace(request, policy=replace(request.policy, min_score=1))
    with pytest.raises(InvalidInput, match="not asked together"):
        replace(request, scorecard="5c" * 32)
    with pytest.raises(InvalidInput, match="the history"):
        replace(request, history=asked_for.terms)
    assert AskedHistory(asked_for.terms, 0, 0).conditions()["min_on_time"] == 3


def test_a_record_does_not_answer_a_request_without_one(world):
    request = world.market.request(world.offer().address, 100_000, world.borrower.address)
    shown = proved(world, asked(world))
    with pytest.raises(InvalidProof, match="proves history"):
        world.market.require_acceptable(request, shown)
    with pytest.raises(InvalidProof):
        verify(shown, request, key_of("history").verifying_key, now=request.policy.now, max_age=9)
    with pytest.raises(InvalidInput, match="credential_id"):
        world.wallet.prove(
            request, world.read_tree(), registry=world.snapshot, proving_key=world.key
        )
