"""No secret leaves through a representation, a copy, a pickle, a log line or an error.

Incidents: keys in crash reports and in argv; parsers whose errors quote the text that they could
not read; dataclass representations in logs.
"""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD, desk, run, shared_desk

from zkcredit import CreditRecord, Issuer, Policy, ProofRequest, Wallet, units
from zkcredit.circuits import get_circuit
from zkcredit.errors import ZkCreditError
from zkcredit.gadgets.eddsa import SigningKey
from zkcredit.published.samples import samples
from zkcredit.registry import RegistrySnapshot
from zkcredit.request import RequestKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.cli.cli_desk import Desk

    from zkcredit.wallet import Seed

__all__ = ["desk", "shared_desk"]

INCOME, PERSON = 271_828_182, "passport-X1234567"


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wallet, Issuer, str]]:
    from zkcredit.storage.password_lock import KdfCost

    folder, light = tmp_path_factory.mktemp("people"), KdfCost.light_unsafe()
    with (
        Wallet.create(folder / "w", PASSWORD, cost=light) as wallet,
        Issuer.create(folder / "i", PASSWORD, cost=light) as issuer,
    ):
        record = CreditRecord(700, INCOME, 120_000, 30_000, 0, 36, 978)
        yield wallet, issuer, wallet.receive(issuer.issue(record, person=PERSON, to=wallet.card))


def secrets_of(wallet: Wallet, issuer: Issuer) -> list[str]:
    seed: Seed = wallet._seed
    words = seed.words()
    signing, tags = issuer._vault.get("key", "signing"), issuer._vault.get("key", "person-tag")
    assert signing is not None
    assert tags is not None
    bare = [seed.entropy.hex(), f"{seed.holder_secret:x}", str(seed.holder_secret),
            str(seed.ledger_key), seed.evm_key.hex(), signing.hex(), tags.hex()]  # fmt: skip
    return [words, words.split()[0] + " " + words.split()[1], PASSWORD, PERSON, str(INCOME), *bare]


def _objects(wallet: Wallet, issuer: Issuer, credential_id: str) -> list[Any]:
    credential = wallet.credential(credential_id)
    return [wallet, issuer, wallet._seed, wallet._store, wallet._store._key, issuer._vault,
            issuer._key, credential, credential.record]  # fmt: skip


def test_representations_say_nothing(people: tuple[Wallet, Issuer, str]) -> None:
    secrets = secrets_of(*people[:2])
    for thing in _objects(*people):
        for text in (repr(thing), str(thing), f"{thing}", f"{thing!r:>10}", repr([thing])):
            assert not [secret for secret in secrets if secret in text], type(thing)


def test_logging_at_its_loudest_says_nothing(
    people: tuple[Wallet, Issuer, str], caplog: pytest.LogCaptureFixture, shared_desk: Desk
) -> None:
    wallet, issuer, credential = people
    with caplog.at_level(logging.DEBUG):
        issuer.issue(CreditRecord(1, INCOME, 0, 0, 0, 0, 978), person=PERSON, to=wallet.card)
        wallet.credential(credential)
        run("wallet", "show", shared_desk.path("wallet"), *shared_desk.password)
    assert not [secret for secret in secrets_of(wallet, issuer) if secret in caplog.text]


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_what_holds_a_key_is_not_pickled(
    people: tuple[Wallet, Issuer, str], duplicate: Callable[[object], object]
) -> None:
    wallet, issuer, _ = people
    keys = [wallet._seed, wallet._store._key, issuer._key]
    if duplicate is not copy.copy:  # a shallow copy is the same store under another name
        keys += [wallet, issuer]
    for holder in keys:
        with pytest.raises(TypeError):
            duplicate(holder)


def _failures(people: tuple[Wallet, Issuer, str], folder: Path) -> Iterator[Callable[[], object]]:
    wallet, issuer, credential = people
    words = wallet.words(PASSWORD)
    broken = " ".join([*words.split()[:-1], "zebra", "zoo"])
    path = wallet._store._path
    text = wallet.credential(credential).to_json()
    yield lambda: Wallet.restore(folder / "x", PASSWORD, broken)
    yield lambda: Wallet.restore(folder / "x", PASSWORD, words.replace(" ", "-"))
    yield lambda: Wallet.open(path, PASSWORD + "x")
    yield lambda: wallet.words(PASSWORD + "x")
    yield lambda: Issuer.open(path, PASSWORD)
    yield lambda: CreditRecord.from_values({"monthly_income": INCOME})
    yield lambda: CreditRecord(700, INCOME << 40, 0, 0, 0, 0, 978)
    yield lambda: wallet.receive(text)
    yield lambda: wallet.receive(text.replace('"', "'"))
    for cut in (1, len(text) // 2, len(text) - 1):
        yield lambda cut=cut: wallet.receive(text[:cut])  # type: ignore[misc]
    yield lambda: issuer.issue(
        CreditRecord(1, INCOME, 0, 0, 0, 0, 978), person=PERSON + "2", to=wallet.card
    )
    yield lambda: issuer.person_tag(PERSON + "\0")
    yield lambda: SigningKey(PASSWORD)  # type: ignore[arg-type]
    registry = RegistrySnapshot.of(issuer.publish())
    time = units.now()
    for policy in (Policy(max_score=1), Policy(instalment=INCOME, coverage_bps=10_000)):
        asked = ProofRequest(
            "x", "y", time + 600, 1, policy=policy.at(time), scope=2, registry_root=registry.root
        )
        yield lambda asked=asked: wallet.prove(  # type: ignore[misc]
            asked, credential, registry=registry, proving_key=None
        )
    signing = RequestKey.generate()
    pem = signing.to_pem(PASSWORD)
    yield lambda: RequestKey.from_pem(pem, PASSWORD + "x")
    yield lambda: RequestKey.from_pem(pem[: len(pem) // 2], PASSWORD)
    open_request = ProofRequest(
        "x", "y", time + 600, 1, policy=Policy().at(time), addressee="another"
    )
    signed = open_request.signed(signing)
    yield lambda: wallet.prove(signed, credential, proving_key=None)  # type: ignore[arg-type]


def test_errors_and_their_tracebacks_say_nothing(
    people: tuple[Wallet, Issuer, str], tmp_path: Path
) -> None:
    secrets = secrets_of(*people[:2])
    count = 0
    for fail in _failures(people, tmp_path):
        with pytest.raises(ZkCreditError) as caught:
            fail()
        lines = traceback.format_exception(caught.value, chain=True)
        shown = "".join(line for line in lines if not line.lstrip().startswith("File "))
        assert not [secret for secret in secrets if secret in shown], shown
        count += 1
    assert count > 16


def test_a_refused_witness_names_the_gadget_and_no_value() -> None:
    circuit, examples = get_circuit("eligibility"), samples("eligibility")
    for case in examples.refused:
        values = {**examples.satisfied[case.base], **case.changes}
        with pytest.raises(ZkCreditError) as caught:
            circuit.witness(values)
        private = {str(v) for name in values if name not in circuit.public_names
                   for v in ([values[name]] if isinstance(values[name], int) else values[name])
                   if v > 10**6}  # fmt: skip
        assert not [value for value in private if value in str(caught.value)]
