"""Write the missing good files of the corpus. Files that once did harm are added by hand.

``python fuzz/make_corpus.py``; remove ``corpus/<parser>/good-*`` first to make them again.
Randomness comes from a fixed seed, so that the same library makes the same files.
"""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
import sys
import uuid
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from Crypto import Random
from Crypto.PublicKey import ECC
from Crypto.Signature import eddsa
from parsers import ACCOUNT, ASKED, CORPUS, NETWORK, OUTPUTS, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from Crypto.PublicKey.ECC import EccKey

    from zkcredit.chain.loans.receipts import PaymentReceipt
    from zkcredit.chain.loans.signed_steps import SignedStep
    from zkcredit.cli.loan.consent_file import Agreement
    from zkcredit.history import RecordClaim
    from zkcredit.request import ProofRequest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    """Fill ``corpus/<parser>/good-*``."""
    with fixed_randomness():
        made = {**documents(), **arbiters(), **from_the_chain()}
        made |= requests() | cold()
        for name, make in (
            ("wallet", wallet),
            ("outbox", outbox),
            ("keystore", keystore),
            ("request_book", request_book),
        ):
            path = CORPUS / name / "good-0"
            if not path.exists():
                path.parent.mkdir(exist_ok=True)
                make(path)
    for name, files in made.items():
        (CORPUS / name).mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(files):
            path = CORPUS / name / f"good-{i}"
            if not path.exists():
                path.write_bytes(data)


@contextmanager
def fixed_randomness() -> Iterator[None]:
    """Replace the system's randomness, for test data only."""
    rng = random.Random(1)
    with (
        mock.patch.object(secrets, "token_bytes", rng.randbytes),
        mock.patch.object(secrets, "randbelow", rng.randrange),
        mock.patch.object(ECC, "get_random_bytes", rng.randbytes),
        mock.patch.object(Random, "get_random_bytes", rng.randbytes),
        mock.patch.object(uuid, "uuid4", return_value=uuid.UUID(int=1, version=4)),
    ):
        yield


def documents() -> dict[str, list[bytes]]:
    """Files of circuits, proofs, credentials and the ledger."""
    from support.groth16 import groth16_toy as toy
    from support.groth16.known_powers import known_powers
    from support.ledger import ledger_desk
    from support.protocol import nouns

    from zkcredit.chain.deployment import Deployment, LedgerDeployment
    from zkcredit.envelope import Envelope
    from zkcredit.formats import calldata, ptau
    from zkcredit.groth16 import keyfile
    from zkcredit.loan import Kind, Row, Table, TableProduct
    from zkcredit.policy import Policy
    from zkcredit.registry import RegistrySnapshot, RevocationList
    from zkcredit.scoring import applicant
    from zkcredit.scoring.scorecard import CategoryFeature, NumberFeature, Scorecard
    from zkcredit.scoring.scored_record import Features, ScoredRecord
    from zkcredit.units import DAY

    vectors = ROOT / "vectors" / "snarkjs_toy"
    powers = (ROOT / "vectors" / "snarkjs_ptau" / "power4.ptau").read_bytes()
    credential = nouns.credential()
    features = Features.of(applicant(1))
    scored = nouns.credential(record=ScoredRecord(features, 300_000, 120_000, 30_000, 0, 36, 978))
    revoked = RevocationList.sign(nouns.signing_key(), [5, 9, 4000], nouns.NOW)
    proof = (toy.PROOF.a, toy.PROOF.b, toy.PROOF.c)
    one, two, three = ledger_desk.EMPLOYER, ledger_desk.BANK, ledger_desk.OPERATOR
    six = ACCOUNT, three, two, one, three, ACCOUNT
    policy = Policy(min_score=600, coverage_bps=12_500, max_dti_bps=3_500, now=nouns.NOW)
    rows = [Row(30 * DAY * (k + 1), 10**7, Kind.LEVEL) for k in range(11)]
    table = Table.of([*rows, Row(360 * DAY, 10**7, Kind.REST)])
    table_product = TableProduct(table, Policy(min_score=600), 10_000, 10**6, ACCOUNT)
    offer = {"policy": {"min_score": 600}, "min_principal": 10_000, "max_principal": 10**6}
    offer |= {"token": ACCOUNT, "burden": "average"}
    history = {"tree": ACCOUNT, "min_repaid": 2, "max_late": 0, "first_day_limit": "2025-12-31"}
    asked: dict[str, Any] = {"history": history}
    schedules: list[dict[str, Any]] = [
        {"kind": "consumer", "rate": "24", "weeks": 52, "rounding": "half up"},
        {"kind": "season", "rate": "12", "start": "2026-03-02", "shares": ["60"],
         "dates": ["2026-09-01", "2026-11-01"], "holidays": ["2026-09-01"]},
        {"kind": "education", "rate": "9.5", "start": "2026-01-31", "calendar_months": 12,
         "moratorium": 6, "interest": "pay", "working_days": "following", "day_count": "act/act"},
        {"kind": "rows", "rows": [[2592000, 10**7, "LEVEL", 0], [5184000, 10**7, "REST", 0]]},
    ]  # fmt: skip
    plain = asdict(nouns.record())
    amounts = {name: value for name, value in plain.items() if name != "score"}
    featured = {**amounts, "features": features.named()}
    score = Scorecard(
        500,
        (
            NumberFeature("duration", (12, 24), (60, 20, -40)),
            CategoryFeature("purpose", (("car", "other"), ("education",)), (10, -15)),
        ),
        {"seed": 1},
    )
    return {
        "r1cs": [(vectors / "toy.r1cs").read_bytes()],
        "wtns": [(vectors / "toy.wtns").read_bytes()],
        "zkey": [(vectors / f"{name}.zkey").read_bytes() for name in ("ceremony", "uncontributed")],
        "proving_key": [(vectors / "single.zkey").read_bytes(), keyfile.dumps(toy.dev_key())],
        "ptau": [powers, ptau.dumps(known_powers(1, prepared=False))],
        "phase1": [ptau.dumps(known_powers(1)), powers],
        "proof": [(vectors / "proof.json").read_bytes()],
        "public": [(vectors / "public.json").read_bytes(), b"[]"],
        "verification_key": [
            (vectors / "verification_key.json").read_bytes(),
            toy.verifying_key().to_json().encode(),
        ],
        "calldata": [calldata.to_bytes(proof)],
        "credential": [credential.to_json().encode(), scored.to_json().encode()],
        "holder_card": [nouns.card().to_json().encode()],
        "envelope": [Envelope.seal(credential, nouns.card()).to_json().encode()],
        "revocation_list": [revoked.to_json().encode()],
        "registry": [RegistrySnapshot.of(revoked).to_json().encode()],
        "manifest": [
            (ROOT / "circuits" / name / "manifest.json").read_bytes()
            for name in ("eligibility", "ledger_eligibility")
        ],
        "ledger_card": [ledger_desk.ledger_card().to_json().encode()],
        "sealed_entry": [ledger_desk.sealed_for().to_json().encode()],
        "proved_entry": [ledger_desk.toy_proved().to_json().encode()],
        "ledger_entry": [ledger_desk.ACCOUNT.to_bytes()],
        "policy": [json.dumps(asdict(policy)).encode()],
        "table_product": [table_product.encode()],
        "offer": [
            json.dumps({**offer, "schedule": schedule, **more}).encode()
            for schedule, more in zip(schedules + schedules[:1], (*[{}] * 4, asked), strict=True)
        ],
        "features": [json.dumps(values).encode() for values in (plain, featured)],
        "inputs": [b'{"x": "7", "path": ["1", 2, "3"]}'],
        "signals": [b'{"x": "7", "path": [["1", 2], "-3"], "bus": {"low": "0x1f"}}'],
        "record": [json.dumps(asdict(nouns.record())).encode()],
        "amounts": [json.dumps(asdict(ledger_desk.ACCOUNT)).encode()],
        "scorecard": [json.dumps(score.to_json()).encode()],
        "deployment": [
            Deployment(31337, NETWORK, 12, *six, ledger=ledger).to_json().encode()
            for ledger in (None, LedgerDeployment(15, *six))
        ],
        "record_claim": [_claim().to_json().encode()],
        "restructuring": [_agreement(*parts).to_json().encode() for parts in ((0,), (0, 3, 9))],
        "signed_step": [one.to_json().encode() for one in _signed_steps()],
        "payment_receipt": [_receipt(1_000).to_json().encode(), _receipt(-7).to_json().encode()],
        "order_table": [_order_table()],
        "symbols": [b"1,1,0,main.out\n2,2,0,main.in\n3,-1,1,main.inner.gone\n4,3,1,main.inner.y\n"],
    }


def _claim() -> RecordClaim:
    """A claim of a record, with a proof of something else."""
    from support.groth16 import groth16_toy as toy
    from support.protocol import nouns

    from zkcredit.gadgets.eddsa import public_key
    from zkcredit.history import RecordClaim

    return RecordClaim(
        chain_id=31337,
        bureau=ACCOUNT,
        attestor=public_key(nouns.signing_key()),
        card=nouns.card(),
        expires_at=nouns.NOW,
        nullifier=11,
        pseudonym=12,
        proof=toy.PROOF,
    )


def _agreement(*parts: int) -> Agreement:
    """Consents of the borrower, and of the lenders of positions."""
    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.cli.loan.consent_file import Agreement

    signed = {
        part: SignedConsent(ACCOUNT, 1 << 60 | part, 1_790_000_000, bytes(64) + b"\x1b")
        for part in parts
    }
    return Agreement(31337, ACCOUNT, 7, ACCOUNT, 90_000, signed)


def _signed_steps() -> list[SignedStep]:
    """An application at a ledger's market, a holiday and a payment."""
    from zkcredit.chain.contracts.gates import Evidence
    from zkcredit.chain.contracts.token import Permit
    from zkcredit.chain.loans.consents import SignedConsent
    from zkcredit.chain.loans.signed_steps import (
        SignedApplication,
        SignedHoliday,
        SignedPayment,
        SignedStep,
    )
    from zkcredit.gadgets.babyjub import BASE8

    consent = SignedConsent(ACCOUNT, 1 << 60, 1_790_000_000, bytes(64) + b"\x1b")
    evidence = Evidence(tuple(range(8)), 0, 11, 1_789_999_000, 1_789_999_900, b"\1\2")
    steps = (
        SignedApplication(ACCOUNT, 90_000, 3, evidence, consent, BASE8),
        SignedHoliday(7, consent),
        SignedPayment(7, Permit(ACCOUNT, ACCOUNT, 90_000, 1_790_000_000, bytes(65))),
    )
    return [SignedStep(31337, ACCOUNT, one) for one in steps]


def _receipt(credit: int) -> PaymentReceipt:
    """The receipt of a row that was paid, and of one to which an earlier part was added."""
    from zkcredit.chain.loans.receipts import PaidAmounts, PaymentReceipt

    return PaymentReceipt(
        chain_id=31337, genesis="ab" * 32, market=ACCOUNT, loan=7, borrower=ACCOUNT, payer=ACCOUNT,
        token=ACCOUNT, unit=10_000, currency=978, transaction="0x" + "cd" * 32, block=12,
        block_hash="0x" + "ef" * 32, time=1_790_000_000,
        amounts=PaidAmounts(2_000, 32_676, 500, credit), remaining=69_350, standing="active",
    )  # fmt: skip


def _order_table() -> bytes:
    names = "person,card,score,monthly_income,monthly_expenses,monthly_debt_service,"
    names += "delinquencies_24m,history_months,currency,dependants,valid_days"
    rows = ("customer 17,ana.json,720,300000,120000,30000,1,36,978,2,30",
            '"Ruiz, Ben",ben.json,655,250000,120000,0,0,18,978,,')  # fmt: skip
    return "\n".join([names, *rows, ""]).encode()


def arbiters() -> dict[str, list[bytes]]:
    """Return a group of three of five, and what two of three send each other to become one."""
    from support.escrow import arbiter_case

    from zkcredit.escrow import (
        ArbiterCard,
        Commitment,
        Complaint,
        Deal,
        FirstRound,
        Roster,
    )
    from zkcredit.escrow.polynomial import evaluate

    seeds = [(bytes([i]) * 32, bytes([16 + i]) * 32) for i in (1, 2, 3)]
    names = arbiter_case.NAMES[:3]
    cards = [ArbiterCard.of_seeds(name, *pair) for name, pair in zip(names, seeds, strict=True)]
    roster = Roster(2, tuple(cards))
    polynomials = [(3**100 + i, 5**80 + i) for i in (1, 2, 3)]
    commitments = [
        Commitment.make(roster, i, polynomials[i - 1], seeds[i - 1][1]) for i in (1, 2, 3)
    ]
    first = FirstRound(roster, commitments)
    deal = Deal.seal(first, 1, 2, evaluate(polynomials[0], 2), seeds[0][1])
    return {
        "arbiter_card": [cards[0].to_json().encode()],
        "arbiter_roster": [roster.to_json().encode()],
        "arbiter_commitment": [commitments[0].to_json().encode()],
        "arbiter_deal": [deal.to_json().encode()],
        "arbiter_complaint": [Complaint(deal, seeds[1][0]).to_json().encode()],
        "arbiter_group": [arbiter_case.GROUP.to_json().encode()],
        "partial_opening": [arbiter_case.opening(2).to_json().encode()],
    }


def requests() -> dict[str, list[bytes]]:
    """Return a request for each statement, and a signed one; an answer of each statement; a key."""
    from support.groth16 import groth16_toy as toy

    from zkcredit.presentation import Presentation
    from zkcredit.schema import PRESENTED, PUBLIC_INPUTS
    from zkcredit.standards import write_answer, write_verifiable_presentation

    digest = {"scored_eligibility": "5c" * 32}
    answers = [
        Presentation(
            name, tuple(range(1, len(PUBLIC_INPUTS[name]) + 1)), toy.PROOF, digest.get(name)
        )
        for name in PRESENTED
    ]
    expected = ASKED.request.expected()
    inputs = tuple(expected.get(name, 5) for name in PUBLIC_INPUTS["eligibility"])
    answer = write_answer(Presentation("eligibility", inputs, toy.PROOF), ASKED)
    return {
        "authorization_answer": [answer.encode()],
        "authorization_request": [json.dumps(ASKED.parameters()).encode()],
        "authorization_url": [ASKED.to_url().encode()],
        "request": [request.to_json().encode() for request in asked()],
        "verifiable_presentation": [
            write_verifiable_presentation(shown).encode() for shown in answers
        ],
        "presentation": [answer.to_json().encode() for answer in answers],
        "request_key": [signing_key().export_key(format="PEM", use_pkcs8=True).encode()],
    }


def asked() -> list[ProofRequest]:
    """Return a request for each statement, and a signed one."""
    from support.escrow import arbiter_case
    from support.protocol import nouns

    from zkcredit.gadgets.babyjub import BASE8
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.policy import Policy
    from zkcredit.request import Arbiters, ProofRequest, RequestKey

    def request(nonce: int, **parts: Any) -> ProofRequest:
        return ProofRequest("a lender", "a loan", nouns.NOW, nonce, policy=policy, **parts)

    policy = Policy(min_score=600, coverage_bps=12_500, max_dti_bps=3_500, now=nouns.NOW)
    credential = {"scope": 5678, "registry_root": 7**90}
    addressed = {**credential, "reply_to": "https://example.org", "addressee": "ab" * 32}
    return [
        request(1, **credential),
        request(2, **credential, scorecard="5c" * 32),
        request(3, **credential, arbiters=Arbiters.of(arbiter_case.GROUP)),
        request(4, account=BASE8, total=Ciphertext(BASE8, BASE8)),
        request(5, **addressed).signed(RequestKey(signing_key())),
    ]


def signing_key() -> EccKey:
    """Return a verifier's key."""
    return eddsa.import_private_key(bytes(range(32)))


def from_the_chain() -> dict[str, list[bytes]]:
    """Return what a node answers: outputs of calls, an event, errors."""
    from eth_abi import encode

    from zkcredit.chain.contracts.abi import signature_hash
    from zkcredit.loan import TableProduct, loan_words, release

    address, product = (
        ACCOUNT,
        TableProduct.decode((CORPUS / "table_product" / "good-0").read_bytes()),
    )
    words = (*loan_words(release(product, 500_000, 1_789_000_000), address), 77)
    party = int(address, 16) << 96 | 12 << 80 | 3  # the borrower, the purpose, "released"
    encoded = {
        "entry": encode(["(uint256,uint256,uint256,uint256,uint256)"], [(*words, party)]),
        "position": encode(
            ["(address,uint48,uint48,uint64,uint40,uint152)"],
            [(address, 100_000, 400_000, 1, 1_788_900_000, 5 * 10**9)],
        ),
        "quote": encode(
            ["(uint256,uint256,uint256,uint256,uint256,bool)"],
            [(45_000, 500, 540_000, 502_000, 1_791_600_000, False)],
        ),
    }
    types = [
        "uint256",
        "address",
        "uint256",
        "uint256",
        "((uint256,uint256),(uint256,uint256))",
        "bytes",
    ]
    topics = [signature_hash("EntryAdded", types), bytes(31) + b"\x07", bytes(12) + b"\x11" * 20]
    entry = encode(types[2:], [20_000, 1, ((1, 2), (3, 4)), b"sealed amounts" * 5])

    def error(signature: str, values: list[Any]) -> bytes:
        name, _, inside = signature.rstrip(")").partition("(")
        kinds = inside.split(",")
        return signature_hash(name, kinds)[:4] + encode(kinds, values)

    return {
        "call_output": [bytes([0, 0, 0, i]) + encoded[name] for i, name in enumerate(OUTPUTS)],
        "event": [b"".join([bytes([0, 0, 0, len(topics)]), *topics, entry])],
        "revert": [
            error("Error(string)", ["no such loan, or it is repaid already"]),
            error("Panic(uint256)", [0x11]),
            error("ERC20InsufficientBalance(address,uint256,uint256)", [address, 5, 7]),
        ],
    }


def wallet(path: Path) -> None:
    """A wallet of two records."""
    from zkcredit.storage.password_lock import KdfCost
    from zkcredit.storage.vault import Vault

    records = [("seed", "1", b"nothing"), ("credential", "a", b"x" * 300)]
    Vault.create(path, "wallet", PASSWORD, records, KdfCost(log2_n=1)).close()


def cold() -> dict[str, list[bytes]]:
    """A payment of tokens and one of coins, as they come and go from a machine without network."""
    from zkcredit.chain.contracts.abi import abi_of
    from zkcredit.chain.custody.cold import sign_cold
    from zkcredit.chain.custody.described import Unit, describe
    from zkcredit.chain.custody.proposal import Cancellation, Execution, Proposal, Release
    from zkcredit.chain.custody.quotes import FxQuote
    from zkcredit.chain.custody.signed_quote import SignedQuote
    from zkcredit.chain.custody.unsigned import UnsignedTransaction
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.outbox import Outbox

    signer, payee = Signer(b"\x05" * 32), "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
    data = abi_of("TestToken").encode("transfer", payee, 5_000_000)
    common: dict[str, Any] = {
        "chain_id": 31_337, "genesis": "ab" * 32, "sender": signer.address, "to": payee,
        "gas": 77_000, "max_fee_per_gas": 10**9, "max_priority_fee_per_gas": 10**6,
        "fee_limit": 10**16, "expires": 1_900_000_000,
    }  # fmt: skip
    files = [
        UnsignedTransaction(**common, nonce=0, value=0, data=data, unit=Unit("TUSD", 6),
                            call=describe("TestToken", data)),
        UnsignedTransaction(**common, nonce=1, value=10**18, data=b"", call=None),
    ]  # fmt: skip
    asked = [
        Proposal(31_337, payee, Release(payee, payee, 5, Unit("TUSD", 6)), 7, 1_900_000_000),
        Proposal(31_337, payee, Execution(payee, 0, data, describe("TestToken", data)), 8, 1),
        Proposal(31_337, payee, Cancellation(), 9, 0),
    ]
    quote = SignedQuote(FxQuote(840, 404, 129_500_000_000, 1, 3_600), 31_337, payee)
    signed = [sign_cold(file, signer, Outbox(None), now=0) for file in files]
    return {
        "proposal": [one.signed_by(signer).to_json().encode() for one in asked],
        "quote": [quote.signed_by(signer).to_json().encode()],
        "unsigned_transaction": [file.to_json().encode() for file in files],
        "signed_transaction": [file.to_json().encode() for file in signed],
    }


def outbox(path: Path) -> None:
    """An outbox of three transactions, one of them replaced."""
    from zkcredit.chain.sending.outbox import Outbox

    with Outbox(path) as box:
        for i, key in enumerate(("a loan", "instalment 1")):
            entry = box.add(NETWORK, ACCOUNT, key, i, lambda nonce: (b"signed", f"0x{nonce:064x}"))
        box.finish(1, "mined")
        box.replace(entry.id, b"signed again", "0x" + "ab" * 32)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE transactions SET created = 1790000000")


def keystore(path: Path) -> None:
    """An account under the cheapest derivation of a key."""
    from eth_keyfile import create_keyfile_json

    content = create_keyfile_json(
        b"\x01" * 32, PASSWORD.encode(), kdf="scrypt", iterations=2, salt_size=16
    )
    path.write_bytes(json.dumps(content).encode())
    content = create_keyfile_json(b"\x01" * 32, PASSWORD.encode(), kdf="pbkdf2", iterations=1)
    path.with_name("good-1").write_bytes(json.dumps(content).encode())


def request_book(path: Path) -> None:
    """A book of two requests, the first of them answered."""
    from zkcredit.request import RequestBook

    with RequestBook.open(path) as book:
        first, second, *_ = asked()
        for request in (first, second):
            book.keep(request)
        book.accept(first, 17**60, 1_790_000_000)


if __name__ == "__main__":
    main()
