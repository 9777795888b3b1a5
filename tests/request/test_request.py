"""A consent says in words what a proof's context stands for, and hashes to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from zkcredit import Policy, units
from zkcredit._internal.evm import market_scope, proof_context
from zkcredit.bn254.fields import R
from zkcredit.errors import ExpiredRequest, InvalidInput, InvalidProof, MalformedFile, OutOfRange
from zkcredit.policy_words import policy_words
from zkcredit.request import CONSENT_TYPE, Consent, LoanConsent

END = 1_790_000_600
CONTEXT = 0x2081C92CE6902DC39535A2F93202576CA0975E14E3B633F6FEAA6D96EC773B
ASKED = Consent("Farm Credit Union", "a seed loan", END, 7)
LOAN = {
    "chain_id": 31337,
    "gate": "0x" + "11" * 20,
    "borrower": "0x" + "22" * 20,
    "product_id": 3,
    "principal": 40_000,
    "terms_hash": bytes(32),
    "nonce": 0,
    "deadline": END,
}

# --- the hash -----------------------------------------------------------------------------------


@given(st.sampled_from(["Bank", "Ζωή", "a b"]), st.integers(1, units.MAX_TIME),
       st.integers(0, 2**128 - 1))  # fmt: skip
def test_the_context_is_eip_712s_struct_hash(text, expires_at, nonce):
    encoded = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "uint256"],
        [keccak(text=CONSENT_TYPE), keccak(text=text), keccak(text="a loan"), expires_at, nonce],
    )
    context = Consent(text, "a loan", expires_at, nonce).context()
    assert context == int.from_bytes(keccak(encoded), "big") >> 8
    assert 0 <= context < 2**248 < R


def test_the_hash_never_changes():
    assert ASKED.context() == CONTEXT


@pytest.mark.parametrize(
    "change",
    [{"verifier": "Farm Credit Unions"}, {"purpose": "a seed loan."}, {"expires_at": END + 1},
     {"nonce": 8}, {"verifier": "a seed loan", "purpose": "Farm Credit Union"},
     {"verifier": "Farm Credit Uniona", "purpose": " seed loan".strip()}],
)  # fmt: skip
def test_every_field_takes_part(change):
    assert replace(ASKED, **change).context() != ASKED.context()


def test_no_context_of_a_loan_or_a_scope_is_one_of_a_consent():
    """The first word differs: a type's hash, the number of a chain, an offset."""
    first = keccak(text=CONSENT_TYPE)
    assert int.from_bytes(first, "big") > 2**64  # no chain has such a number (EIP-2294)
    loan = LoanConsent(**LOAN)
    scope = market_scope(chain_id=1, market=LOAN["gate"])
    assert len({loan.context(), ASKED.context(), scope}) == 3


# --- its fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["verifier", "purpose"])
@pytest.mark.parametrize(
    "value",
    ["", " ", " x", "x ", "two\nlines", "\x1b[31mred", "x\u202ey", "x\u200by", "e\u0301",
     "x" * 257, None, 7, b"x", ["x"]],
)  # fmt: skip
def test_words_that_could_mislead_are_refused(name, value):
    with pytest.raises(InvalidInput):
        replace(ASKED, **{name: value})


@pytest.mark.parametrize(
    "change",
    [{"expires_at": 0}, {"expires_at": -1}, {"expires_at": units.MAX_TIME + 1},
     {"expires_at": "x"}, {"expires_at": None}, {"expires_at": True}, {"expires_at": 1.0},
     {"nonce": -1}, {"nonce": 2**128}, {"nonce": None}, {"nonce": "7"}, {"nonce": True}],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(ASKED, **change)


def test_what_is_asked_for_is_unlike_everything_before():
    one, other = (Consent.ask("x", "y", valid_for=60, now=1000) for _ in range(2))
    assert one.nonce != other.nonce
    assert one.context() != other.context()
    assert one.expires_at == 1060
    assert Consent.ask("x", "y", valid_for=60).expires_at >= units.now() + 55
    for valid_for in (0, -1, 1.5, None):
        with pytest.raises(InvalidInput):
            Consent.ask("x", "y", valid_for=valid_for)


def test_it_ends_after_its_last_second():
    for consent in (ASKED, LoanConsent(**LOAN)):
        consent.require_open(END)
        with pytest.raises(ExpiredRequest):
            consent.require_open(END + 1)
    assert issubclass(ExpiredRequest, InvalidProof)
    with pytest.raises(InvalidInput):
        ASKED.require_open(None)


# --- as a document ------------------------------------------------------------------------------


def test_the_document_survives_a_round_trip():
    assert Consent.from_json(ASKED.to_json()) == ASKED
    assert Consent.from_json(json.dumps(json.loads(ASKED.to_json()), indent=2)) == ASKED


@pytest.mark.parametrize(
    "change",
    [{"type": "zkcredit/consent/2"}, {"type": None}, {"verifier": ""}, {"verifier": 7},
     {"purpose": None}, {"expiresAt": END}, {"expiresAt": "2026-09-21"}, {"nonce": 7},
     {"nonce": "7"}, {"nonce": "0" * 31 + "G"}, {"nonce": "0" * 33}, {"nonce": "A" * 32},
     {"context": "1"}],
)  # fmt: skip
def test_other_documents_are_refused(change):
    with pytest.raises(InvalidInput):
        Consent.from_json(json.dumps({**json.loads(ASKED.to_json()), **change}))


@pytest.mark.parametrize("text", ["", "{}", "[]", b"\xff", "{" * 9000])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(MalformedFile):
        Consent.from_json(text)


@pytest.mark.parametrize("name", ["type", "verifier", "purpose", "expiresAt", "nonce"])
def test_every_member_is_needed_once(name):
    document = json.loads(ASKED.to_json())
    text = json.dumps(document)
    twice = text[:-1] + f', "{name}": {json.dumps(document[name])}}}'
    del document[name]
    for wrong in (json.dumps(document), twice):
        with pytest.raises(MalformedFile):
            Consent.from_json(wrong)


# --- on chain -----------------------------------------------------------------------------------


def test_a_loans_consent_is_the_gates_context():
    loan = LoanConsent(**LOAN)
    assert loan.context() == proof_context(**LOAN)
    assert loan.expires_at == END
    assert LOAN["gate"] in loan.verifier
    assert "31337" in loan.verifier
    for said in ("40000", "product 3", LOAN["borrower"]):
        assert said in loan.purpose


@pytest.mark.parametrize("name", sorted(LOAN))
def test_every_field_of_an_application_takes_part(name):
    other = {"gate": "0x" + "33" * 20, "borrower": "0x" + "33" * 20, "terms_hash": b"\1" * 32}
    changed = LoanConsent(**{**LOAN, name: other.get(name, 99)})
    assert changed.context() != LoanConsent(**LOAN).context()


@pytest.mark.parametrize(
    "change", [{"gate": "0x1"}, {"borrower": None}, {"chain_id": -1}, {"deadline": 2**256},
               {"terms_hash": "00"}, {"nonce": True}],
)  # fmt: skip
def test_malformed_applications_are_refused(change):
    with pytest.raises(InvalidInput):
        LoanConsent(**{**LOAN, **change})


# --- in words -----------------------------------------------------------------------------------


def test_it_is_read_before_it_is_agreed_to():
    policy = Policy(650, 800, 80_000, 12_550, 4_000, 2, 12, 978, END, END - 100)
    words = ASKED.in_words(policy).splitlines()
    assert words[:3] == [
        "Shown to: Farm Credit Union", "For: a seed loan", "Until: 2026-09-21T14:23:20Z",
    ]  # fmt: skip
    assert words[4:-2] == [
        "- your score is at least 650",
        "- your score is at most 800",
        "- what is left of a month's income after expenses and debts is at least 125.50 % of an "
        "instalment of 800.00 EUR",
        "- debts with a new instalment of 800.00 EUR take at most 40 % of your income",
        "- you paid late 2 times or less in 24 months",
        "- your history is 12 months or longer",
        "- your amounts are in EUR",
        "- the credential is from 2026-09-21T14:21:40Z or later",
        "- the credential is valid on 2026-09-21T14:23:20Z",
    ]


def test_every_condition_that_is_not_neutral_is_told():
    """So that nothing is demanded that the borrower did not read."""
    singles = [
        Policy(min_score=1), Policy(max_score=7), Policy(coverage_bps=1), Policy(max_dti_bps=1),
        Policy(max_delinquencies=0), Policy(min_history_months=1), Policy(currency=392),
        Policy(currency=1), Policy(min_issued_at=1), Policy(now=1),
    ]  # fmt: skip
    told = [policy_words(policy) for policy in singles]
    assert [len(words) for words in told] == [1] * len(singles)
    assert len({words[0] for words in told}) == len(singles)
    assert policy_words(Policy()) == []
    assert "nothing but" in ASKED.in_words(Policy())
    assert "80000 minor units" in policy_words(Policy(instalment=80_000, coverage_bps=1))[0]
    assert "500 JPY" in policy_words(Policy(instalment=500, coverage_bps=1, currency=392))[0]


def test_the_end_of_time_has_words_too():
    assert "Until:" in LoanConsent(**{**LOAN, "deadline": 2**256 - 1}).in_words()
    far = Policy(now=2**40 - 1, min_issued_at=2**40 - 1)
    assert len(policy_words(far)) == 2


def test_only_policies_have_words():
    with pytest.raises(InvalidInput):
        ASKED.in_words({"min_score": 650})


def test_out_of_range_is_told_apart():
    with pytest.raises(OutOfRange):
        replace(ASKED, nonce=2**128)
