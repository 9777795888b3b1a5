"""A loan's request is the proof that a market demands, with the context that its gate computes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkcredit import Policy, Product, Terms
from zkcredit.errors import ExpiredRequest, InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.request import Arbiters, LoanRequest, bureau_scope, proof_context

END = 1_790_000_600
GATE, BORROWER, MARKET = ("0x" + digits * 20 for digits in ("11", "22", "33"))
PRODUCT = Product(
    Terms(rate_bps=100, instalments=12), Policy(min_score=600, currency=978), 1, 10**6, GATE
)
PARTS = {
    "chain_id": 31337,
    "gate": GATE,
    "market": MARKET,
    "borrower": BORROWER,
    "product_id": 3,
    "principal": 40_000,
    "purpose_code": 0,
    "terms_hash": bytes(32),
    "nonce": 0,
    "deadline": END,
}
ASKED = LoanRequest(
    **PARTS,
    product=PRODUCT,
    policy=PRODUCT.policy_for(40_000, END - 600),
    scope=bureau_scope(chain_id=31337, bureau=MARKET),
    registry_root=7,
)


def test_its_context_is_the_gates():
    assert ASKED.context == proof_context(**PARTS)
    assert ASKED.statement == "eligibility"
    assert ASKED.expected() == {
        "policy": ASKED.policy.pack(),
        "context": ASKED.context,
        "registry_root": 7,
        "scope": ASKED.scope,
    }


@pytest.mark.parametrize("name", sorted(PARTS))
def test_every_field_of_an_application_takes_part(name):
    another = dict.fromkeys(("gate", "market", "borrower"), "0x" + "44" * 20)
    other = {**another, "terms_hash": b"\1" * 32}
    assert replace(ASKED, **{name: other.get(name, 99)}).context != ASKED.context


@pytest.mark.parametrize(
    "change",
    [{"gate": "0x1"}, {"market": "0x1"}, {"borrower": None}, {"purpose_code": 2**16},
     {"chain_id": -1}, {"deadline": 2**256},
     {"terms_hash": "00"}, {"nonce": True}, {"product": None}, {"policy": Policy()},
     {"scope": -1}, {"registry_root": "7"}, {"arbiters": (1, 2)}, {"scorecard": "x"}],
)  # fmt: skip
def test_malformed_applications_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(ASKED, **change)


def test_it_ends_after_its_deadline():
    ASKED.require_open(END)
    with pytest.raises(ExpiredRequest):
        ASKED.require_open(END + 1)


def test_the_borrower_reads_what_the_loan_costs():
    words = ASKED.in_words().splitlines()
    assert words[0] == f"Shown to: the loan market {MARKET} on chain 31337, by its gate {GATE}"
    assert words[1] == f"For: a loan of 400.00 EUR from product 3, paid to {BORROWER}"
    schedule = PRODUCT.schedule(40_000)
    assert words[2] == (
        f"You pay back 12 instalments of {schedule.level / 100:.2f} EUR, "
        f"{schedule.total / 100:.2f} EUR in all."
    )
    assert not any("signed" in line.casefold() for line in words)
    assert "Until: the end of time" in replace(ASKED, deadline=2**256 - 1).in_words()


def test_a_gate_with_arbiters_or_a_ledger_asks_for_its_statement():
    point = babyjub.mul(3, BASE8)
    assert replace(ASKED, arbiters=Arbiters(point)).statement == "escrow_eligibility"
    ledger = replace(ASKED, scope=0, registry_root=0, account=point)
    assert ledger.statement == "ledger_eligibility"


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (0, "from product 3, paid to"),
        (7, "from product 3 for irrigation (code 7), paid to"),
        (99, "from product 3 for purpose 99, which has no name, paid to"),
    ],
)
def test_the_borrower_reads_what_the_loan_is_for(code, said):
    asked = replace(ASKED, purpose_code=code)
    assert said in asked.purpose
    assert said in asked.in_words()
