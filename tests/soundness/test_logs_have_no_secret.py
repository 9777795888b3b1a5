"""What the library logs, at the lowest level, has no secret and no word about a person."""

from __future__ import annotations

import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from zkcredit import (
    CreditRecord,
    Issuer,
    Policy,
    RegistrySnapshot,
    RequestBook,
    Wallet,
    unsafe_dev_key,
    verify,
)
from zkcredit.errors import NotEligible, WrongPassword
from zkcredit.groth16 import prove_many
from zkcredit.storage.password_lock import KdfCost
from zkcredit.wallet.proving import credential_witness

if TYPE_CHECKING:
    from pathlib import Path

OPEN, LOCKED = "the bureau's own words", "what only Ana knows"
RECORD = {
    "score": 731, "monthly_income": 301_777, "monthly_expenses": 121_333,
    "monthly_debt_service": 31_999, "delinquencies_24m": 0, "history_months": 37, "currency": 978,
}  # fmt: skip


def whole_run(folder: Path) -> set[str]:
    """Issue, receive, ask, prove, fail to prove, verify; returns what nobody may log."""
    cost = KdfCost.light_unsafe()
    issuer = Issuer.create(folder / "bureau", password=OPEN, cost=cost)
    wallet = Wallet.create(folder / "ana", password=LOCKED, cost=cost)
    record = CreditRecord(**RECORD)
    envelope = issuer.issue(record, person="Ana of Kisumu", to=wallet.card)
    credential = wallet.receive(envelope)
    registry = RegistrySnapshot.of(issuer.publish())
    key = unsafe_dev_key("eligibility")
    parts: dict[str, Any] = {"verifier": "the clinic", "purpose": "an operation", "valid_for": 600,
                             "scope": 5678, "registry_root": registry.root}  # fmt: skip
    with RequestBook.open(folder / "book") as book:
        asked = book.new(policy=Policy.score_range(650), **parts)
        shown = wallet.prove(asked, credential, registry=registry, proving_key=key)
        verify(shown, asked, key.verifying_key, book=book)
        strict = book.new(policy=Policy.score_range(800), **parts)
        with pytest.raises(NotEligible):
            wallet.prove(strict, credential, registry=registry, proving_key=key)
    seed = wallet._seed
    signed = wallet.credential(credential)
    circuit, values = credential_witness(asked, seed.holder_secret, signed, registry, None)
    prove_many(key, [circuit.witness(values)])
    with pytest.raises(WrongPassword):
        Wallet.open(folder / "ana", "what only Ann knows")
    secrets = [seed.holder_secret, int.from_bytes(seed.entropy, "big"), shown.nullifier]
    secrets += [asked.nonce, signed.holder, *(value for value in RECORD.values() if value > 1_000)]
    written = {form.format(value) for value in secrets for form in ("{}", "{:x}", "{:,}", "{:_}")}
    texts = {OPEN, LOCKED, "what only Ann knows", "Ana of", "Kisumu", "clinic", "operation"}
    words = seed.words().split()
    pairs = {f"{one} {other}" for one, other in pairwise(words)}
    return written | texts | pairs | {credential, str(folder)}


def test_a_whole_run_logs_what_it_does_and_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        forbidden = whole_run(tmp_path)
    ours = [record for record in caplog.records if record.name.split(".")[0] == "zkcredit"]
    logged = [record.getMessage() for record in ours]
    for part in ("answered a request for eligibility", "accepted a presentation of eligibility",
                 "dev key of circuit", "proved 1 witnesses", "wires on"):  # fmt: skip
        assert any(part in line for line in logged), part
    everything = "\n".join([*logged, *(repr(record.args) for record in ours)])
    assert [secret for secret in forbidden if secret in everything] == []


def test_nothing_is_printed_if_no_program_asks_for_logs(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole_run(tmp_path)
    assert capfd.readouterr() == ("", "")
