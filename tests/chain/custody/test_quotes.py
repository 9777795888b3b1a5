"""Rates on a chain: quotes of two of three, a feed, and one arithmetic in both languages."""

from __future__ import annotations

import random
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.custody.quotes import ChainlinkFxClient, FxQuote, FxQuotesClient
from zkcredit.chain.custody.typed import account_signer
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import InvalidInput, OutOfRange, TransactionReverted
from zkcredit.request.exchange import FX_ONE, convert_up

if TYPE_CHECKING:
    from collections.abc import Iterator

START, DAY = 1_900_000_000, 86_400
KES, USD, EUR = 404, 840, 978
PEOPLE = [Signer(bytes([n]) * 32) for n in (0x51, 0x52, 0x53, 0x54)]
NOBODY = "0x" + 40 * "0"


class Bank:
    """A contract with two of three signers."""

    def __init__(self, node: RevmNode) -> None:
        self.node = node
        self.by = TransactionSender(node, node.accounts[0], Outbox(None))
        signers = [account_signer(one.address) for one in PEOPLE[:3]]
        address, _ = deploy_contract(
            "FxQuotes", self.by.address, signers, 2, by=self.by, work=400_000
        )
        self.fx = FxQuotesClient(node, address)
        self.quote = FxQuote(KES, USD, 7_700_000, node.now(), node.now() + 3_600)

    def evidence(self, who: str, quote: FxQuote | None = None, **place: Any) -> bytes:
        signed = quote or self.quote
        where = {"chain_id": self.node.chain_id, "contract": self.fx.address} | place
        pairs = [signed.signed_by(PEOPLE[int(digit)], **where) for digit in who]
        return signed.evidence(tuple(pairs))

    def rate(self, evidence: bytes, **changed: int) -> int:
        asked = {"base": KES, "quote": USD, "deadline": self.node.now()} | changed
        return self.fx.rate_of(**asked, evidence=evidence)


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    with RevmNode(genesis_time=START) as node:
        yield Bank(node)


@pytest.mark.parametrize("who", ["01", "10", "12", "20", "012"])
def test_a_quote_that_python_signed_is_accepted(bank: Bank, who: str) -> None:
    assert bank.rate(bank.evidence(who)) == 7_700_000
    assert bank.fx.threshold() == 2
    assert len(bank.fx.signers()) == 3
    assert bank.fx.governor() == bank.by.address


@pytest.mark.parametrize("who", ["", "0", "03", "013"])
def test_too_few_and_strangers_are_refused(bank: Bank, who: str) -> None:
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        bank.rate(bank.evidence(who))


def test_a_signer_does_not_count_twice(bank: Bank) -> None:
    pair = bank.quote.signed_by(PEOPLE[0], bank.node.chain_id, bank.fx.address)
    with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
        bank.rate(bank.quote.evidence((pair, pair)))


def test_another_chain_or_contract_is_refused(bank: Bank) -> None:
    for place in ({"chain_id": 1}, {"contract": PEOPLE[0].address}):
        with pytest.raises(TransactionReverted, match="SignaturesInvalid"):
            bank.rate(bank.evidence("01", **place))


def test_time_and_pair_are_the_contracts(bank: Bank) -> None:
    now = bank.node.now()
    with pytest.raises(TransactionReverted, match="QuoteNotCurrent"):
        bank.rate(bank.evidence("01"), deadline=now + 3_601)
    with pytest.raises(TransactionReverted, match="DeadlinePassed"):
        bank.rate(bank.evidence("01"), deadline=now - 1)
    later = replace(bank.quote, begins=now + 600)
    with pytest.raises(TransactionReverted, match="QuoteNotCurrent"):
        bank.rate(bank.evidence("01", later))
    old = replace(bank.quote, begins=now - DAY - 600)
    with pytest.raises(TransactionReverted, match="QuoteNotCurrent"):
        bank.rate(bank.evidence("01", old))
    for pair in ({"base": USD, "quote": KES}, {"base": KES, "quote": EUR}):
        with pytest.raises(TransactionReverted, match="WrongPair"):
            bank.rate(bank.evidence("01"), **pair)
    with pytest.raises(TransactionReverted, match="QuoteMissing"):
        bank.rate(b"")


def test_a_feeds_contract_without_feeds_answers_nothing(bank: Bank) -> None:
    address, _ = deploy_contract("ChainlinkFx", [], NOBODY, by=bank.by)
    fx = ChainlinkFxClient(bank.node, address)
    assert fx.feed_of(EUR, USD) is None
    with pytest.raises(TransactionReverted, match="WrongPair"):
        fx.rate_of(EUR, USD, deadline=bank.node.now())
    token, _ = deploy_contract("TestToken", "T", "T", 6, by=bank.by)
    with pytest.raises(TransactionReverted, match="WrongKind"):
        deploy_contract("ChainlinkFx", [(EUR, USD, token, DAY, 0)], NOBODY, by=bank.by)


def test_python_and_the_contract_round_alike(bank: Bank) -> None:
    rng = random.Random(7)
    cases = [(0, 1), (1, 1), ((1 << 48) - 1, (1 << 64) - 2), (10, FX_ONE), (10, FX_ONE + 1)]
    cases += [(rng.getrandbits(rng.randint(1, 48)), 1 + rng.getrandbits(rng.randint(1, 63)))
              for _ in range(40)]  # fmt: skip
    for amount, rate in cases:
        evidence = bank.evidence("01", replace(bank.quote, rate=rate))
        found = bank.fx.convert_up(amount, KES, USD, deadline=bank.node.now(), evidence=evidence)
        assert found == convert_up(amount, rate)


@given(st.integers(0, (1 << 48) - 1), st.integers(1, (1 << 64) - 2))
def test_a_conversion_is_the_least_that_covers(amount: int, rate: int) -> None:
    exact, found = Fraction(amount * rate, FX_ONE), convert_up(amount, rate)
    assert exact <= found < exact + 1


@pytest.mark.parametrize(
    ("amount", "rate"), [(1, 0), (1, (1 << 64) - 1), (1, 1 << 64), (-1, 1), (1 << 48, 1)]
)
def test_numbers_outside_their_range_are_refused(amount: int, rate: int) -> None:
    with pytest.raises(OutOfRange):
        convert_up(amount, rate)


@pytest.mark.parametrize(
    "changed", [{"base": USD}, {"until": 0}, {"rate": 0}, {"base": 1 << 16}, {"begins": -1}]
)
def test_a_quote_that_cannot_be_is_refused(changed: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        replace(FxQuote(KES, USD, 5, 10, 20), **changed)
