"""A request says in words what a proof's context stands for, hashes to it, and has one text."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from eth_abi import encode
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from zkcredit import Policy, ProofRequest, units
from zkcredit.bn254.fields import R
from zkcredit.circuits.bundled_scorecard import BUNDLED_SCORECARD
from zkcredit.errors import (
    ExpiredRequest,
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    MalformedFile,
    OutOfRange,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.policy import policy_words
from zkcredit.request import Arbiters, LoanRequest, RequestKey, bureau_scope
from zkcredit.request.proof_request import CONTEXT_TYPE, QR_BYTES, SIGNED_CONTEXT_TYPE

END = 1_790_000_600
CONTEXT = 0x2081C92CE6902DC39535A2F93202576CA0975E14E3B633F6FEAA6D96EC773B
POLICY = Policy(min_score=650).at(END - 600)
ASKED = ProofRequest(
    "Farm Credit Union", "a seed loan", END, 7, policy=POLICY, scope=5678, registry_root=99
)
POINT, OTHER = babyjub.mul(3, BASE8), babyjub.mul(5, BASE8)
ARBITERS = Arbiters(POINT, 2, ("Ada", "Ben", "Cai"))
LEDGER = replace(ASKED, scope=0, registry_root=0, account=POINT, total=Ciphertext(POINT, OTHER))
KINDS = {
    "eligibility": ASKED,
    "scored_eligibility": replace(ASKED, scorecard=BUNDLED_SCORECARD.model),
    "escrow_eligibility": replace(ASKED, arbiters=ARBITERS),
    "ledger_eligibility": LEDGER,
}
KEY = RequestKey.generate()
SIGNED = replace(ASKED, addressee="ab" * 32, reply_to="https://fcu.example/answers").signed(KEY)

# --- the hash -----------------------------------------------------------------------------------


@given(st.sampled_from(["Bank", "Ζωή", "a b"]), st.integers(1, units.MAX_TIME),
       st.integers(0, 2**128 - 1))  # fmt: skip
def test_the_context_is_eip_712s_struct_hash(text, expires_at, nonce):
    encoded = encode(
        ["bytes32", "bytes32", "bytes32", "uint256", "uint256"],
        [keccak(text=CONTEXT_TYPE), keccak(text=text), keccak(text="a loan"), expires_at, nonce],
    )
    context = ProofRequest(text, "a loan", expires_at, nonce, policy=POLICY).context
    assert context == int.from_bytes(keccak(encoded), "big") >> 8
    assert 0 <= context < 2**248 < R


def test_the_hash_never_changes():
    assert ASKED.context == CONTEXT
    assert all(request.context == CONTEXT for request in KINDS.values())


@given(st.sampled_from(["ab" * 32, "Ana", "Ζωή"]))
def test_a_signed_requests_context_has_its_key_and_its_addressee(addressee):
    signed = replace(ASKED, addressee=addressee).signed(KEY)
    words = [*(keccak(text=text) for text in (SIGNED_CONTEXT_TYPE, ASKED.verifier, ASKED.purpose)),
             END, 7, KEY.public, keccak(text=addressee)]  # fmt: skip
    types = ["uint256" if isinstance(word, int) else "bytes32" for word in words]
    assert signed.context == int.from_bytes(keccak(encode(types, words)), "big") >> 8
    assert (
        CONTEXT_TYPE.replace("Consent", "Request").replace(
            ")", ",bytes32 signedBy,string addressee)"
        )
        == SIGNED_CONTEXT_TYPE
    )


@pytest.mark.parametrize(
    "change",
    [{"verifier": "Farm Credit Unions"}, {"purpose": "a seed loan."}, {"expires_at": END + 1},
     {"nonce": 8}, {"verifier": "a seed loan", "purpose": "Farm Credit Union"},
     {"verifier": "Farm Credit Uniona", "purpose": " seed loan".strip()}],
)  # fmt: skip
def test_every_field_takes_part(change):
    assert replace(ASKED, **change).context != ASKED.context


def test_the_context_is_not_that_of_a_scope():
    """The first word differs: a type's hash, the number of a chain, an offset."""
    assert int.from_bytes(keccak(text=CONTEXT_TYPE), "big") > 2**64  # EIP-2294 bounds chains
    assert bureau_scope(chain_id=1, bureau="0x" + "11" * 20) != ASKED.context


# --- what it asks for ---------------------------------------------------------------------------


@pytest.mark.parametrize("statement", KINDS)
def test_the_parts_say_which_statement_answers(statement):
    request = KINDS[statement]
    assert request.statement == statement
    expected = request.expected()
    assert expected["policy"] == POLICY.pack()
    assert expected["context"] == CONTEXT
    if statement == "ledger_eligibility":
        assert list(expected.values())[2:] == [*POINT, *POINT, *OTHER]
    else:
        assert (expected["scope"], expected["registry_root"]) == (5678, 99)
    if statement == "escrow_eligibility":
        assert (expected["arbiters_x"], expected["arbiters_y"]) == POINT


@pytest.mark.parametrize(
    "change",
    [{"arbiters": ARBITERS, "scorecard": "0" * 64}, {"arbiters": ARBITERS, "account": POINT},
     {"account": POINT}, {"total": Ciphertext(POINT, OTHER)}, {"arbiters": POINT},
     {"scorecard": "0" * 63}, {"scorecard": "G" * 64}, {"scorecard": 7}, {"policy": None},
     {"policy": Policy()}, {"scope": R}, {"scope": -1}, {"scope": "1"}, {"registry_root": R},
     {"registry_root": None}],
)  # fmt: skip
def test_parts_that_do_not_fit_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(ASKED, **change)


@pytest.mark.parametrize(
    "change",
    [{"account": IDENTITY}, {"account": TORSION[1]}, {"account": babyjub.add(POINT, TORSION[1])},
     {"account": (1, 2)}, {"total": None, "account": None, "scope": 1, "arbiters": 1},
     {"total": (POINT, OTHER)}, {"scope": 1}, {"registry_root": 1}],
)  # fmt: skip
def test_accounts_that_nobody_can_prove_about_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(LEDGER, **change)


def test_a_total_may_come_later_but_is_needed_to_verify():
    request = replace(LEDGER, total=None)
    with pytest.raises(InvalidInput, match="which total"):
        request.expected()


@pytest.mark.parametrize(
    "arguments",
    [(IDENTITY,), (TORSION[1],), (babyjub.add(POINT, TORSION[1]),), ((1, 2),), (None,),
     (POINT, 4, ("a", "b", "c")), (POINT, -1, ("a",)), (POINT, True, ("a",)), (POINT, 1, ()),
     (POINT, 1, ["a"]), (POINT, 1, ("",)), (POINT, 1, (" ",)), (POINT, 1, ("\x1b",)),
     (POINT, 1, ("x" * 65,))],
)  # fmt: skip
def test_arbiters_who_could_not_open_are_refused(arguments):
    with pytest.raises(InvalidInput):
        Arbiters(*arguments)


# --- its fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["verifier", "purpose", "reply_to", "addressee"])
@pytest.mark.parametrize(
    "value",
    [" ", " x", "x ", "two\nlines", "\x1b[31mred", "x\u202ey", "x\u200by", "e\u0301",
     "x" * 257, None, 7, b"x", ["x"]],
)  # fmt: skip
def test_words_that_could_mislead_are_refused(name, value):
    with pytest.raises(InvalidInput):
        replace(ASKED, **{name: value})


@pytest.mark.parametrize("name", ["verifier", "purpose"])
def test_who_asks_and_what_for_must_be_said(name):
    with pytest.raises(InvalidInput):
        replace(ASKED, **{name: ""})


@pytest.mark.parametrize(
    "change",
    [{"expires_at": 0}, {"expires_at": -1}, {"expires_at": units.MAX_TIME + 1},
     {"expires_at": "x"}, {"expires_at": None}, {"expires_at": True}, {"expires_at": 1.0},
     {"nonce": -1}, {"nonce": 2**128}, {"nonce": None}, {"nonce": "7"}, {"nonce": True}],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(change):
    with pytest.raises(InvalidInput):
        replace(ASKED, **change)


def test_out_of_range_is_told_apart():
    with pytest.raises(OutOfRange):
        replace(ASKED, nonce=2**128)


def new(**parts):
    return ProofRequest.new(
        **{"verifier": "x", "purpose": "y", "policy": Policy(), "valid_for": 60, **parts}
    )


def test_what_is_asked_for_is_unlike_everything_before():
    one, other = (new(now=1000) for _ in range(2))
    assert one.nonce != other.nonce
    assert one.context != other.context
    assert (one.expires_at, one.policy.now) == (1060, 1000)
    assert new(policy=Policy().at(5)).policy.now == 5
    assert new().expires_at >= units.now() + 55
    for valid_for in (0, -1, 1.5, None):
        with pytest.raises(InvalidInput):
            new(valid_for=valid_for)
    with pytest.raises(InvalidInput):
        new(policy=None)


def test_it_ends_after_its_last_second():
    ASKED.require_open(END)
    with pytest.raises(ExpiredRequest):
        ASKED.require_open(END + 1)
    assert issubclass(ExpiredRequest, InvalidProof)
    with pytest.raises(InvalidInput):
        ASKED.require_open(None)


# --- signed -------------------------------------------------------------------------------------


def test_a_signature_is_of_every_part():
    assert SIGNED.signed_by == KEY.public
    for change in (
        {"verifier": "Farm Credit Onion"},
        {"purpose": "x"},
        {"expires_at": END + 1},
        {"nonce": 8},
        {"policy": POLICY.at(1)},
        {"scope": 1},
        {"registry_root": 1},
        {"arbiters": ARBITERS},
        {"scorecard": BUNDLED_SCORECARD.model},
        {"reply_to": "https://elsewhere.example"},
        {"reply_to": ""},
        {"addressee": "cd" * 32},
        {"signed_by": RequestKey.generate().public},
        {"signature": bytes(64)},
        {"signature": SIGNED.signature[:-1]},
        {"signed_by": bytes(32)},
        {"signature": b""},
        {"signed_by": b""},
    ):
        with pytest.raises(InvalidSignature):
            replace(SIGNED, **change)


def test_signing_again_replaces_the_signature():
    other = RequestKey.generate()
    again = SIGNED.signed(other)
    assert again.signed_by == other.public
    assert replace(again, signed_by=b"", signature=b"") == replace(
        SIGNED, signed_by=b"", signature=b""
    )


def test_a_signed_request_names_its_addressee():
    with pytest.raises(InvalidInput, match="addressee"):
        ASKED.signed(KEY)
    with pytest.raises(InvalidInput):
        replace(SIGNED, addressee="")


# --- as a document ------------------------------------------------------------------------------


@pytest.mark.parametrize("request_", [*KINDS.values(), SIGNED], ids=[*KINDS, "signed"])
def test_the_document_survives_a_round_trip(request_):
    text = request_.to_json()
    assert ProofRequest.from_json(text) == request_
    assert ProofRequest.from_json(json.dumps(json.loads(text), indent=2)).to_json() == text
    assert text.isascii()
    assert request_.fits_qr()


def test_a_request_of_many_words_does_not_fit_a_code():
    names = tuple(f"{i:02}" + "x" * 62 for i in range(32))
    long = replace(ASKED, verifier="ü" * 256, arbiters=Arbiters(POINT, 20, names))
    assert len(long.to_json()) > QR_BYTES
    assert not long.fits_qr()
    assert ProofRequest.from_json(long.to_json()) == long


@pytest.mark.parametrize(
    "change",
    [{"type": "zkcredit/proof-request/2"}, {"type": "zkcredit/consent/1"}, {"type": None},
     {"verifier": ""}, {"verifier": 7}, {"purpose": None}, {"expiresAt": END},
     {"expiresAt": "2026-09-21"}, {"nonce": 7}, {"nonce": "7"}, {"nonce": "0" * 31 + "G"},
     {"nonce": "0" * 33}, {"nonce": "A" * 32}, {"context": "1"}, {"policy": None},
     {"policy": []}, {"policy": {"score": 1}}, {"policy": {"now": "1"}}, {"policy": {}},
     {"policy": {"min_score": 0, "now": 5}}, {"scope": 5678}, {"scope": "0x0"},
     {"scope": "0x" + "0" * 64}, {"scope": f"0x{R:064x}"}, {"registryRoot": "0x" + "0" * 64},
     {"arbiters": None}, {"arbiters": {}}, {"arbiters": {"key": "00" * 32, "threshold": 0,
     "names": []}}, {"account": "zz"}, {"total": []}, {"scorecard": "x"}, {"scorecard": None},
     {"replyTo": ""}, {"addressee": ""}, {"addressee": 5}, {"signature": "00" * 64},
     {"signedBy": "00" * 32}, {"signedBy": "00" * 32, "signature": "00" * 64}],
)  # fmt: skip
def test_other_documents_are_refused(change):
    with pytest.raises((InvalidInput, InvalidSignature)):
        ProofRequest.from_json(json.dumps({**json.loads(ASKED.to_json()), **change}))


@pytest.mark.parametrize("text", ["", "{}", "[]", b"\xff", "{" * 9000, "7", "null"])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(MalformedFile):
        ProofRequest.from_json(text)


@pytest.mark.parametrize("name", ["type", "verifier", "purpose", "expiresAt", "nonce", "policy"])
def test_every_member_is_needed_once(name):
    document = json.loads(ASKED.to_json())
    text = json.dumps(document)
    twice = text[:-1] + f', "{name}": {json.dumps(document[name])}}}'
    del document[name]
    for wrong in (json.dumps(document), twice):
        with pytest.raises(MalformedFile):
            ProofRequest.from_json(wrong)


# --- in words -----------------------------------------------------------------------------------


def test_it_is_read_before_it_is_agreed_to():
    policy = Policy(650, 800, 80_000, 12_550, 4_000, 2, 12, 978, END, END - 100)
    words = replace(ASKED, policy=policy).in_words().splitlines()
    assert words[:4] == [
        "Shown to: Farm Credit Union",
        "Not signed: anybody could have written this request, or can pass it on.",
        "For: a seed loan",
        "Until: 2026-09-21T14:23:20Z",
    ]
    assert words[5:-2] == [
        "- your score is at least 650",
        "- your score is at most 800",
        "- what is left of a month's income after expenses and debts is at least 125.50 % of an "
        "instalment of 800.00 EUR",
        "- debts with a new instalment of 800.00 EUR take at most 40 % of your income",
        "- you paid late at most 2 times in 24 months",
        "- your history is 12 months or longer",
        "- your amounts are in EUR",
        "- the credential is from 2026-09-21T14:21:40Z or later",
        "- the credential is valid on 2026-09-21T14:23:20Z",
    ]


def test_each_statement_tells_what_its_borrower_must_know_first():
    escrow = KINDS["escrow_eligibility"].in_words()
    assert "If you default, 2 of these arbiters together can learn who you are:" in escrow
    assert all(f"- {name}" in escrow for name in ARBITERS.names)
    unknown = replace(ASKED, arbiters=Arbiters(POINT)).in_words()
    assert "arbiters whose names are not given here" in unknown
    assert "can be linked" in LEDGER.in_words()
    assert "pseudonym" not in LEDGER.in_words()
    assert BUNDLED_SCORECARD.model in KINDS["scored_eligibility"].in_words()
    told = SIGNED.in_words().splitlines()
    assert told[1].replace(" ", "") == f"Signedbythekey{KEY.public.hex()}"
    assert told[2] == "Send the answer to: https://fcu.example/answers"


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
    assert "80000 minor units" in policy_words(Policy(instalment=80_000, coverage_bps=1))[0]
    assert "500 JPY" in policy_words(Policy(instalment=500, coverage_bps=1), 392)[0]
    assert len(policy_words(Policy(instalment=500, coverage_bps=1), 392)) == 1
    assert "500 JPY" in policy_words(Policy(instalment=500, coverage_bps=1, currency=392))[0]
    far = Policy(now=2**40 - 1, min_issued_at=2**40 - 1)
    assert len(policy_words(far)) == 2


def test_a_loan_request_is_no_document():
    assert not hasattr(LoanRequest, "from_json")
