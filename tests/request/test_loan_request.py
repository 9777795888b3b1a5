"""A loan's request is the proof that a market demands, with the context that its gate computes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkcredit import Policy
from zkcredit.errors import ExpiredRequest, InvalidInput
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.request import Arbiters, LoanRequest, bureau_scope, proof_context
from zkcredit.units import parts_per_billion

END = 1_790_000_600
GATE, BORROWER, MARKET, PUBLISHED = ("0x" + digits * 20 for digits in ("11", "22", "33", "55"))
PRODUCT = TableProduct(
    table=consumer(parts_per_billion("12"), months(12)), policy=Policy(min_score=600, currency=978),
    min_principal=10_000, max_principal=10**6, token=GATE, currency=978,
)  # fmt: skip
PARTS = {
    "chain_id": 31337,
    "gate": GATE,
    "market": MARKET,
    "borrower": BORROWER,
    "product_id": int(PUBLISHED, 16),
    "principal": 40_000,
    "purpose_code": 0,
    "terms_hash": PRODUCT.digest,
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


@pytest.mark.parametrize("name", sorted(PARTS.keys() - {"terms_hash"}))
def test_every_field_of_an_application_takes_part(name):
    other = dict.fromkeys(("gate", "market", "borrower"), "0x" + "44" * 20)
    assert replace(ASKED, **{name: other.get(name, 10_099)}).context != ASKED.context


def test_the_product_takes_part_by_its_hash():
    other = replace(PRODUCT, late_fee_cap=1)
    assert replace(ASKED, product=other, terms_hash=other.digest).context != ASKED.context
    for change in ({"product": other}, {"terms_hash": bytes(32)}):
        with pytest.raises(InvalidInput, match="not the hash of the product"):
            replace(ASKED, **change)


@pytest.mark.parametrize(
    "change",
    [{"gate": "0x1"}, {"market": "0x1"}, {"borrower": None}, {"purpose_code": 2**16},
     {"chain_id": -1}, {"deadline": 2**256}, {"product_id": 2**160}, {"product_id": -1},
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
    assert words[1] == f"For: a loan of 400.00 EUR from product {PUBLISHED}, paid to {BORROWER}"
    told = ASKED.costs()
    costs = [*told.in_words(), *told.payments_in_words()]
    assert words[2 : 2 + len(costs)] == costs
    assert f"{PRODUCT.schedule(40_000).total / 100:.2f} EUR" in "".join(costs)
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
        (0, f"from product {PUBLISHED}, paid to"),
        (7, f"from product {PUBLISHED} for irrigation (code 7), paid to"),
        (99, f"from product {PUBLISHED} for purpose 99, which has no name, paid to"),
    ],
)
def test_the_borrower_reads_what_the_loan_is_for(code, said):
    asked = replace(ASKED, purpose_code=code)
    assert said in asked.purpose
    assert said in asked.in_words()
