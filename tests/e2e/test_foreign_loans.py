"""Loans in dollars on an income in shillings: real proofs, quotes of two of three, two tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from support.chain.foreign_world import EUR, KES, RATE, SIGNERS, USD, ForeignWorld
from support.chain.market_world import EITHER_NODE, refused, taken_back

from zkcredit.chain.contracts.gates import EligibilityGateClient
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.chain.sending.transactions import Call
from zkcredit.circuits import get_circuit
from zkcredit.errors import InvalidInput, InvalidProof, NotEligible, OutOfRange
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.loan.table_product import burden_of
from zkcredit.presentation import verify
from zkcredit.request import ExchangeRate, convert_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.request import LoanRequest

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")


@pytest.fixture(scope="module", params=EITHER_NODE[:2])
def shared(request, tmp_path_factory) -> Iterator[ForeignWorld]:
    with request.param() as node:
        key = load_or_create_dev_key(get_circuit("eligibility"))
        world = ForeignWorld(node, key, tmp_path_factory.mktemp("people"))
        world.product = world.lent_in(world.dollar(6), 6)
        yield world
        world.close()


@pytest.fixture
def world(shared) -> Iterator[ForeignWorld]:
    with taken_back(shared):
        yield shared


def sent(world: ForeignWorld, request: LoanRequest, extra: bytes, **changes: Any) -> Any:
    """Apply as an attacker would: without the client's checks, and with other evidence."""
    shown = world.present(request)
    members = world.gate.evidence(request, shown)
    evidence = (*members[:-1], extra)
    data = world.market.abi.encode(
        "applyForLoan", request.product_address, request.principal, request.purpose_code, evidence
    )
    return world.borrower.send(Call(world.market.address, data, 1_500_000))


def test_the_same_instalments_in_tokens_of_6_and_18_decimals(world):
    paid = {}
    for decimals in (6, 18):
        token = world.dollar(decimals)
        product = world.lent_in(token, decimals)
        request = world.asked(product, world.quote())
        burden = burden_of(request.product.burden, request.product.table,
                           request.product.schedule(100_000))  # fmt: skip
        assert request.policy.instalment == convert_up(burden, RATE)
        assert request.policy.currency == KES
        shown = world.present(request)
        verify(shown, request, world.key.verifying_key, now=request.policy.now)
        world.market.require_acceptable(request, shown)
        loan = world.market.apply(request, shown, by=world.borrower)
        world.market.fund(loan, 100_000, by=world.lender)
        world.market.draw(loan, by=world.borrower)
        running = world.market.loan(loan.loan_id)
        assert running.status is LoanStatus.ACTIVE
        paid[decimals] = running.product.schedule(100_000).amounts
        quote = world.market.quote(loan.loan_id)
        world.market.settle(running, quote.settlement, by=world.borrower)
        assert world.market.loan(loan.loan_id).status is LoanStatus.REPAID
    assert paid[6] == paid[18]


def test_the_borrower_reads_rate_expiry_both_amounts_and_who_carries_the_risk(world):
    quote = world.quote()
    request = world.asked(world.product, quote)
    words = request.in_words()
    burden = request.product.policy_for(100_000, request.policy.now).instalment
    assert f"{burden / 100:.2f} USD a month are judged as " in words
    judged = f"{request.policy.instalment // 100}.{request.policy.instalment % 100:02} KES"
    assert f"{judged}, rounded up, at 1 USD = 129.123456789 KES." in words
    assert "The rate holds until 20" in words
    assert "You owe USD, whatever it is worth later" in words
    assert "You carry this risk, and the lender does not." in words
    assert "- your amounts are in KES" in words
    world.present(request)
    told = world.wallet.consents()[-1].conditions
    assert (told["instalment"], told["currency"]) == (request.policy.instalment, KES)


def test_an_application_is_renewed_with_a_quote_of_then(world):
    request = world.asked(world.product, world.quote())
    loan = world.market.apply(request, world.present(request), by=world.borrower)
    world.node.advance(3_000)
    with pytest.raises(InvalidInput, match="bring a quote"):
        world.market.request_renewal(loan)
    later = world.market.request_renewal(loan, quote=world.quote("12", rate=RATE + 1))
    assert later.policy.instalment == later.exchange.convert_up(later._burden)
    world.market.renew(loan, later, world.present(later), by=world.stranger)


def test_who_cannot_afford_the_converted_instalment_is_refused(world):
    dear = world.quote(rate=400 * 10**9)
    with pytest.raises(NotEligible) as told:
        world.present(world.asked(world.product, dear))
    assert told.value.shortfalls.keys() == {"coverage_bps"}


# --- refused by the client, and by the contract without it -----------------------------------


def test_a_quote_that_expired_a_second_ago(world):
    now = world.node.now()
    request = world.asked(world.product, world.quote(until=now + 600), lifetime=600)
    evidence = request.exchange.evidence
    refused("QuoteNotCurrent", world.asked, world.product, world.quote(until=now + 599))
    short = world.quote(until=request.deadline - 1).exchange().evidence
    refused("QuoteNotCurrent", sent, world, request, short)
    world.node.advance(601)
    refused("DeadlinePassed", sent, world, request, evidence)
    refused("QuoteNotCurrent", world.asked, world.product, world.quote(until=now + 600, begins=now))


def test_the_wrong_pair(world):
    request = world.asked(world.product, world.quote())
    for base, quote in ((KES, USD), (EUR, KES), (USD, EUR)):
        other = world.quote(base=base, quote=quote)
        refused("WrongPair", world.asked, world.product, other)
        refused("WrongPair", sent, world, request, other.exchange().evidence)


@pytest.mark.parametrize("who", ["", "0", "2", "03"])
def test_fewer_signatures_than_the_threshold(world, who):
    request, short = world.asked(world.product, world.quote()), world.quote(who)
    with pytest.raises(InvalidInput, match=r"of 2 signatures|is not a signer"):
        world.asked(world.product, short)
    refused("SignaturesInvalid", sent, world, request, short.exchange().evidence)


def test_a_quote_of_a_fork_or_of_another_contract(world):
    request = world.asked(world.product, world.quote())
    for place in ({"chain_id": 1}, {"contract": SIGNERS[3].address}):
        other = world.quote(**place)
        with pytest.raises(InvalidInput, match="the quote is for the source"):
            world.asked(world.product, other)
        refused("SignaturesInvalid", sent, world, request, other.exchange().evidence)


@pytest.mark.parametrize("rate", [0, (1 << 64) - 1])
def test_rates_at_the_ends(world, rate):
    with pytest.raises(OutOfRange):
        world.quote(rate=rate)
    request = world.asked(world.product, world.quote())
    good = request.exchange.evidence
    refused(
        "SignaturesInvalid", sent, world, request,
        good[:64] + rate.to_bytes(32) + good[96:],
    )  # fmt: skip


def test_no_quote_and_one_that_is_not_needed(world):
    with pytest.raises(InvalidInput, match="bring a quote of the exchange rate"):
        world.asked(world.product, None)
    request = world.asked(world.product, world.quote())
    refused("QuoteMissing", sent, world, request, b"")
    plain = world.offer()
    with pytest.raises(InvalidInput, match="leave out the quote"):
        world.asked(plain.address, world.quote())


def test_another_quote_than_the_proof_was_made_with(world):
    request = world.asked(world.product, world.quote())
    cheaper = world.quote(rate=RATE // 2).exchange().evidence
    refused("ProofInvalid", sent, world, request, cheaper)
    other = replace(
        request, exchange=world.quote(rate=RATE * 2).exchange(),
        policy=replace(request.policy, instalment=convert_up(request._burden, RATE * 2)),
    )  # fmt: skip
    with pytest.raises(InvalidProof):
        verify(world.present(request), other, world.key.verifying_key, now=request.policy.now)


def test_a_loan_in_one_currency_is_applied_for_as_before(world):
    plain = world.offer()
    request = world.market.request(plain.address, 100_000, world.borrower.address)
    assert request.exchange is None
    assert isinstance(world.gate, EligibilityGateClient)
    assert world.gate.fx.address == world.fx.address
    answer = world.other_wallet.prove(
        request, world.other_credential, registry=world.snapshot, proving_key=world.key
    )
    refused_extra = (*world.gate.evidence(request, answer)[:-1], b"\0" * 32)
    data = world.market.abi.encode("applyForLoan", plain.address, 100_000, 0, refused_extra)
    refused("ExtraNotJudged", world.borrower.send, Call(world.market.address, data, 1_500_000))
    world.market.apply(request, answer, by=world.borrower)


# --- requests that do not fit themselves -------------------------------------------------------


def test_a_request_whose_rate_does_not_fit_is_not_made(world):
    request = world.asked(world.product, world.quote())
    exchange = request.exchange
    wrong = {
        "needs the rate": {"exchange": None},
        "not one from the loan's": {"exchange": replace(exchange, base=EUR)},
        "ends before": {"exchange": replace(exchange, until=request.deadline - 1)},
        "does not have the burden": {"exchange": replace(exchange, rate=RATE + 10**6)},
    }
    for message, changes in wrong.items():
        with pytest.raises(InvalidInput, match=message):
            replace(request, **changes)
    feed = replace(exchange, until=None)
    assert "is read again when you apply" in replace(request, exchange=feed).in_words()


def test_policy_word_and_burden_are_the_contracts(world):
    for rate in (1, 10**9, RATE, 3 * RATE + 1):
        quote = world.quote(rate=rate)
        request = world.asked(world.product, quote)
        judged = world.fx.convert_up(
            request._burden, USD, KES, deadline=request.deadline, evidence=quote.exchange().evidence
        )
        assert judged == request.policy.instalment
        policy = request.product.policy
        word = world.gate._read(
            "policyWord",
            (policy.min_score, policy.max_score, policy.coverage_bps, policy.max_dti_bps,
             policy.max_delinquencies, policy.min_history_months, KES, 0),
            judged,
            request.policy.now,
        )  # fmt: skip
        assert word == request.policy.pack()


def test_a_gate_without_a_source_judges_one_currency(world):
    gate = world.gate

    class Bare(type(gate)):
        fx = None

    bare = Bare(world.node, gate.address)
    with pytest.raises(InvalidInput, match="does not judge"):
        bare.exchange(world.book.terms(world.product), None, world.node.now())


def test_a_rate_is_typed():
    address = SIGNERS[0].address
    good = ExchangeRate(address, USD, KES, RATE)
    assert good.convert_up(8_885) == 1_147_262
    for changes, error in (
        ({"source": address.lower()}, InvalidInput),
        ({"source": "x"}, InvalidInput),
        ({"base": 0}, OutOfRange),
        ({"quote": USD}, InvalidInput),
        ({"rate": 0}, OutOfRange),
        ({"rate": 1.5}, InvalidInput),
        ({"until": -1}, OutOfRange),
        ({"evidence": "x"}, InvalidInput),
        ({"evidence": bytes(1 << 14) + b"x"}, OutOfRange),
    ):
        with pytest.raises(error):
            replace(good, **changes)
    with pytest.raises(OutOfRange, match=r"2\^48"):
        replace(good, rate=(1 << 64) - 2).convert_up(1 << 47)
