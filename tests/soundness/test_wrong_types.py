"""Whatever is passed to the public API: a typed error, or a result; never Python's own error.

Each call of the table is made once as it should be, and then with one argument at a time
replaced by values of other types and ranges.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, desk, shared_desk
from support.escrow import arbiter_case
from support.formats import ptau_case
from support.groth16 import ceremony_case, endorsed_key, groth16_toy
from support.groth16.phase2_step import contributed

import zkcredit
from zkcredit import (
    Arbiters,
    Credential,
    CreditRecord,
    Envelope,
    HolderCard,
    Issuer,
    Policy,
    Presentation,
    ProofRequest,
    RegistrySnapshot,
    RequestBook,
    RevocationList,
    Scorecard,
    ScoredRecord,
    VerifyingKey,
    Wallet,
    units,
    unsafe_dev_key,
    verify,
)
from zkcredit.circuits import get_circuit
from zkcredit.errors import ZkCreditError
from zkcredit.formats import r1cs
from zkcredit.groth16 import (
    Proof,
    apply_beacon,
    contribute,
    initial_zkey,
    keyfile,
    load_ptau,
    require_deployable,
    require_made_from,
    verify_ceremony,
)
from zkcredit.groth16 import prove as groth16_prove
from zkcredit.groth16 import verify as groth16_verify
from zkcredit.loan import TableProduct, consumer, months
from zkcredit.published.samples import samples
from zkcredit.request import LoanRequest, RequestKey, bureau_scope, proof_context
from zkcredit.request.circuit import circuit_of_request, require_key_of_request
from zkcredit.scoring import applicant, load_scorecard
from zkcredit.scoring.model_circuit import circuit_of, require_model_key
from zkcredit.scoring.scored_record import Features
from zkcredit.storage.password_lock import KdfCost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.cli.cli_desk import Desk

__all__ = ["desk", "shared_desk"]


class Strange:
    """An object of a foreign class, that says nothing."""

    def __repr__(self) -> str:
        return "Strange()"


JUNK: list[Any] = [
    None, True, -1, 0, 1, 2**16, 2**64, 2**300, -(2**300), 1.5, float("nan"), float("inf"), 1j,
    "", "x", "\0", "\ud800", "é" * 300, b"", b"x", bytearray(b"x"), [], [None], {}, {"a": 1}, (),
    (1, 2), object, Strange(), range(3), "{}", "[]", "null", "1", "0x1", "NaN", "[" * 50_000,
    '{"a":1,"a":1}', "1" * 5000, b"\xff", "{" * 40,
]  # fmt: skip


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is created under a strange name is created here."""
    monkeypatch.chdir(tmp_path)


Call = tuple["Callable[..., object]", dict[str, Any]]
ADDRESS = "0x" + "11" * 20


@pytest.fixture(scope="module")
def table(shared_desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Call]]:
    path = shared_desk.path
    key = unsafe_dev_key("eligibility")
    request = shared_desk.request
    shown = Presentation.from_json(path("shown.json").read_text())
    record = CreditRecord(700, 300_000, 120_000, 30_000, 0, 36, 978)
    policy = request.policy
    registry = RegistrySnapshot.from_json(path("registry.json").read_text())
    product = TableProduct(
        table=consumer(18 * 10**7, months(6)), policy=Policy(min_score=600), min_principal=100,
        max_principal=10**6, token=ADDRESS,
    )  # fmt: skip
    offer = {f.name: getattr(product, f.name) for f in dataclasses.fields(product)}
    circuit = get_circuit("eligibility")
    values = next(iter(samples("eligibility").satisfied.values()))
    with (
        Wallet.open(path("wallet"), PASSWORD) as wallet,
        Issuer.open(path("issuer"), PASSWORD) as issuer,
        RequestBook.open(tmp_path_factory.mktemp("book") / "book") as book,
    ):
        credential = wallet.credential(shared_desk.credential)
        card = wallet.card
        envelope = issuer.issue(record, person="one", to=card)
        asked = {f.name: getattr(request, f.name) for f in dataclasses.fields(request)}
        signing = RequestKey.generate()
        addressed = dataclasses.replace(request, addressee=wallet.addressee(signing.public))
        signed = addressed.signed(signing)
        loan = {"chain_id": 1, "gate": ADDRESS, "market": ADDRESS, "borrower": ADDRESS,
                "product_id": 1, "principal": 100, "purpose_code": 0,
                "terms_hash": product.digest, "nonce": 0, "deadline": 1}  # fmt: skip
        features = Features.of(applicant(1))
        others = {n: v for n, v in dataclasses.asdict(record).items() if n != "score"}
        scored = ScoredRecord(features, **others)
        scored_key = unsafe_dev_key("scored_eligibility").verifying_key
        scored_request = dataclasses.replace(request, scorecard=load_scorecard().digest)
        loan_parts = {"product": product, "policy": policy, "scope": 1, "registry_root": 2}
        book.keep(signed)
        fields = {f.name: getattr(credential, f.name) for f in dataclasses.fields(credential)}
        yield {
            "Arbiters": (
                Arbiters, {"key": arbiter_case.GROUP.key, "threshold": 1, "names": ("A", "B")}),
            "Arbiters.of": (Arbiters.of, {"group": arbiter_case.GROUP}),
            "LoanRequest": (LoanRequest, {**loan, **loan_parts}),
            "ProofRequest": (ProofRequest, asked),
            "ProofRequest.new": (
                ProofRequest.new,
                {"verifier": "v", "purpose": "p", "policy": policy, "scope": 1,
                 "registry_root": 2, "valid_for": 5, "now": 6, "arbiters": None,
                 "account": None, "total": None, "scorecard": None, "reply_to": "",
                 "addressee": ""}),
            "ProofRequest.from_json": (ProofRequest.from_json, {"text": signed.to_json()}),
            "ProofRequest.require_open": (request.require_open, {"now": 5}),
            "ProofRequest.require_arbiters": (
                dataclasses.replace(
                    request, arbiters=Arbiters.of(arbiter_case.GROUP)).require_arbiters,
                {"group": arbiter_case.GROUP}),
            "ProofRequest.signed": (addressed.signed, {"key": signing}),
            "RequestBook.accept": (
                lambda request, pseudonym, now: (
                    book.accept(request, pseudonym, now)
                    if book.answer_to(request) is None else None),
                {"request": signed, "pseudonym": 5, "now": 6}),
            "RequestBook.answer_to": (book.answer_to, {"request": signed}),
            "RequestBook.forget": (book.forget, {"expired_before": 5}),
            "RequestBook.get": (book.get, {"nonce": signed.nonce}),
            "RequestBook.keep": (book.keep, {"request": signed}),
            "RequestBook.new": (
                book.new,
                {"key": signing, "verifier": "v", "purpose": "p", "policy": policy,
                 "valid_for": 5, "addressee": "x"}),
            "RequestBook.open": (RequestBook.open, {"path": "other.book"}),
            "RequestBook.open_requests": (book.open_requests, {"now": 5}),
            "RequestKey.from_pem": (
                RequestKey.from_pem,
                {"text": signing._key.export_key(format="PEM", use_pkcs8=True),
                 "password": None}),
            "RequestKey.sign": (signing.sign, {"text": "x"}),
            "Scorecard.from_json": (
                Scorecard.from_json, {"document": load_scorecard().to_json()}),
            "circuit_of_request": (
                circuit_of_request, {"request": scored_request, "scorecard": load_scorecard()}),
            "require_key_of_request": (
                require_key_of_request,
                {"verifying_key": scored_key, "request": scored_request,
                 "scorecard": load_scorecard()}),
            "unsafe_dev_key": (unsafe_dev_key, {"statement": "eligibility"}),
            "Features": (Features, {"schema": features.schema, "codes": features.codes}),
            "Features.of": (Features.of, {"row": applicant(1), "scorecard": load_scorecard()}),
            "Features.from_named": (
                Features.from_named,
                {"schema": [[n, list(v)] for n, v in features.schema],
                 "values": features.named()}),
            "ScoredRecord": (ScoredRecord, {"features": features, **others}),
            "ScoredRecord.from_values": (
                ScoredRecord.from_values,
                {"values": {"features": features.named(), **others},
                 "scorecard": load_scorecard()}),
            "ScoredRecord.judged_by": (scored.judged_by, {"scorecard": load_scorecard()}),
            "circuit_of": (circuit_of, {"scorecard": load_scorecard()}),
            "require_model_key": (
                require_model_key, {"verifying_key": scored_key, "scorecard": load_scorecard()}),
            "CreditRecord": (CreditRecord, dataclasses.asdict(record)),
            "CreditRecord.from_values": (
                CreditRecord.from_values, {"values": dataclasses.asdict(record)}),
            "Credential": (Credential, fields),
            "Credential.from_json": (Credential.from_json, {"text": credential.to_json()}),
            "Credential.verify": (
                credential.verify, {"issuer": credential.issuer, "at": policy.now}),
            "Credential.require_valid": (credential.require_valid, {"at": policy.now}),
            "Envelope.from_json": (Envelope.from_json, {"text": envelope.to_json()}),
            "Envelope.seal": (Envelope.seal, {"credential": credential, "to": card}),
            "HolderCard": (
                HolderCard, {"holder": card.holder, "envelope_key": card.envelope_key}),
            "HolderCard.from_json": (HolderCard.from_json, {"text": card.to_json()}),
            "Issuer.issue": (
                issuer.issue,
                {"record": record, "person": "one", "to": card, "valid_for": 100, "now": 10**9}),
            "Issuer.revoke": (
                issuer.revoke, {"revocation_id": shared_desk.revocation_id, "now": 10**9}),
            "Issuer.publish": (issuer.publish, {"now": 10**9}),
            "Issuer.issued": (issuer.issued, {"person": "one"}),
            "Issuer.open": (Issuer.open, {"path": path("issuer"), "password": PASSWORD}),
            "Policy": (Policy, dataclasses.asdict(policy)),
            "Policy.at": (policy.at, {"now": 5}),
            "Policy.unpack": (Policy.unpack, {"word": policy.pack()}),
            "Policy.score_range": (Policy.score_range, {"lo": 1, "hi": 2}),
            "Policy.repayment_capacity": (
                Policy.repayment_capacity, {"instalment": 1, "coverage_bps": 2}),
            "Policy.check": (
                policy.check,
                {"record": record, "issued_at": 0, "expires_at": policy.now + 1}),
            "Presentation": (
                Presentation,
                {f.name: getattr(shown, f.name) for f in dataclasses.fields(shown)}),
            "Presentation.from_json": (Presentation.from_json, {"text": shown.to_json()}),
            "TableProduct": (TableProduct, offer),
            "TableProduct.policy_for": (product.policy_for, {"principal": 5000, "now": 10**9}),
            "TableProduct.schedule": (product.schedule, {"principal": 5000}),
            "TableProduct.decode": (TableProduct.decode, {"data": product.encode()}),
            "Proof.from_json": (Proof.from_json, {"text": shown.proof.to_json()}),
            "RegistrySnapshot": (RegistrySnapshot, {"lists": registry.lists}),
            "RegistrySnapshot.update": (
                registry.update, {"newer": issuer.publish(now=policy.now + 10)}),
            "RegistrySnapshot.from_json": (
                RegistrySnapshot.from_json,
                {"text": registry.to_json(), "root": registry.root}),
            "RegistrySnapshot.membership": (registry.membership, {"credential": credential}),
            "RevocationList.from_json": (
                RevocationList.from_json, {"text": registry.lists[0].to_json()}),
            "RevocationList": (
                RevocationList,
                {n: getattr(registry.lists[0], n)
                 for n in ("issuer", "revoked", "root", "published_at", "signature")}),
            "VerifyingKey.from_json": (
                VerifyingKey.from_json, {"text": key.verifying_key.to_json()}),
            "Wallet.open": (Wallet.open, {"path": path("wallet"), "password": PASSWORD}),
            "Wallet.create": (
                Wallet.create,
                {"path": "other", "password": "x", "cost": KdfCost.light_unsafe()}),
            "Wallet.receive": (wallet.receive, {"envelope": envelope}),
            "Wallet.credential": (wallet.credential, {"credential_id": shared_desk.credential}),
            "Wallet.words": (wallet.words, {"password": PASSWORD}),
            "Wallet.prove": (
                wallet.prove,
                {"request": request, "source": shared_desk.credential, "proving_key": key,
                 "registry": registry, "scorecard": None, "threads": 2, "now": policy.now}),
            "Wallet.addressee": (wallet.addressee, {"verifier_key": signing.public}),
            "circuit.witness": (circuit.witness, {"values": values}),
            "groth16.prove": (
                groth16_prove,
                {"proving_key": key, "witness": circuit.witness(values), "threads": 2,
                 "system": circuit.system}),
            "groth16.initial_zkey": (
                initial_zkey,
                {"system": groth16_toy.SYSTEM, "ptau": ptau_case.file(), "threads": 2,
                 "written_as": r1cs.dumps(groth16_toy.SYSTEM)}),
            "groth16.require_made_from": (
                require_made_from,
                {"proving_key": contributed(ptau_case.initial()), "initial": ptau_case.initial(),
                 "threads": 2}),
            "groth16.verify_ceremony": (
                verify_ceremony,
                {"proving_key": keyfile.loads(ceremony_case.honest()),
                 "system": ceremony_case.system(), "ptau": ceremony_case.powers(), "threads": 2,
                 "max_iterations": 1 << 20}),
            "groth16.contribute": (
                contribute,
                {"key": ceremony_case.initial(), "name": "party", "entropy": b"typed",
                 "threads": 2}),
            "groth16.apply_beacon": (
                apply_beacon,
                {"key": ceremony_case.initial(), "beacon": b"beacon", "iterations": 10,
                 "name": "end", "threads": 2}),
            "groth16.load_ptau": (load_ptau, {"path": ptau_case.FOLDER / "power4.ptau"}),
            "require_deployable": (
                require_deployable,
                {"verifying_key": endorsed_key.ceremony(3).verifying_key, "chain_id": 31337,
                 "endorsement": endorsed_key.endorsement(3)}),
            "groth16.verify": (
                groth16_verify,
                {"verifying_key": key.verifying_key, "public_inputs": shown.public_inputs,
                 "proof": shown.proof}),
            "verify": (
                verify,
                {"presentation": shown, "request": request,
                 "verifying_key": key.verifying_key, "now": policy.now, "book": None}),
            "bureau_scope": (bureau_scope, {"chain_id": 1, "bureau": ADDRESS}),
            "proof_context": (proof_context, loan),
            "units.minor_units": (units.minor_units, {"amount": "1.50", "code": "EUR"}),
            "units.basis_points": (units.basis_points, {"percent": "4.5"}),
            "units.format_time": (units.format_time, {"seconds": 5}),
            "units.parse_time": (units.parse_time, {"text": "2026-11-23T18:00:00Z"}),
        }  # fmt: skip


NAMES = [
    "Arbiters", "Arbiters.of", "LoanRequest", "ProofRequest", "ProofRequest.new",
    "ProofRequest.from_json", "ProofRequest.require_open", "ProofRequest.require_arbiters",
    "ProofRequest.signed", "RequestBook.accept", "RequestBook.answer_to", "RequestBook.forget",
    "RequestBook.get", "RequestBook.keep", "RequestBook.new", "RequestBook.open",
    "RequestBook.open_requests", "RequestKey.from_pem", "RequestKey.sign",
    "Scorecard.from_json", "circuit_of_request", "require_key_of_request", "unsafe_dev_key",
    "Features", "Features.of", "Features.from_named", "ScoredRecord",
    "ScoredRecord.from_values", "ScoredRecord.judged_by", "circuit_of", "require_model_key",
    "CreditRecord", "CreditRecord.from_values", "Credential", "Credential.from_json",
    "Credential.verify", "Credential.require_valid", "Envelope.from_json", "Envelope.seal",
    "HolderCard", "HolderCard.from_json", "Issuer.issue", "Issuer.revoke", "Issuer.publish",
    "Issuer.issued", "Issuer.open", "Policy", "Policy.at", "Policy.unpack",
    "Policy.score_range", "Policy.repayment_capacity", "Policy.check", "Presentation",
    "Presentation.from_json", "TableProduct", "TableProduct.policy_for", "TableProduct.schedule",
    "TableProduct.decode", "Proof.from_json", "RegistrySnapshot", "RegistrySnapshot.update",
    "RegistrySnapshot.from_json", "RegistrySnapshot.membership", "RevocationList.from_json",
    "RevocationList", "VerifyingKey.from_json",
    "Wallet.open", "Wallet.create", "Wallet.receive", "Wallet.credential", "Wallet.words",
    "Wallet.prove", "Wallet.addressee", "circuit.witness", "groth16.prove",
    "groth16.initial_zkey", "groth16.require_made_from", "groth16.load_ptau",
    "groth16.verify_ceremony", "groth16.contribute", "groth16.apply_beacon",
    "require_deployable", "groth16.verify", "verify", "bureau_scope", "proof_context",
    "units.minor_units", "units.basis_points", "units.format_time", "units.parse_time",
]  # fmt: skip


def test_the_table_is_complete(table: dict[str, Call]) -> None:
    assert sorted(table) == sorted(NAMES)
    covered = {name.split(".")[0] for name in NAMES}
    assert set(zkcredit.__all__) - covered <= {"ZkCreditError", "Consent"}


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_call_as_it_should_be_works(table: dict[str, Call], name: str) -> None:
    function, arguments = table[name]
    with contextlib.closing(_Closing(function(**arguments))):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_an_argument_of_another_kind_is_a_typed_error(table: dict[str, Call], name: str) -> None:
    function, arguments = table[name]
    escaped = set()
    for argument in arguments:
        for junk in JUNK:
            try:
                with contextlib.closing(_Closing(function(**{**arguments, argument: junk}))):
                    pass
            except ZkCreditError:
                continue
            except Exception as error:
                escaped.add(f"{argument}={repr(junk)[:40]}: {type(error).__name__}: {error}"[:160])
    assert not escaped


class _Closing:
    """Closes what a call opened."""

    def __init__(self, result: object) -> None:
        self._result = result

    def close(self) -> None:
        if isinstance(self._result, Wallet | Issuer | RequestBook):
            self._result.close()
