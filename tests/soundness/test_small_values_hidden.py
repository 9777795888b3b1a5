"""What is published says nothing about small private values, even to who tries all of them.

Incident: gnark's CVE-2024-45040 (commitments without blinding); a hash of a score has 65,536
preimages.
"""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import PASSWORD

from zkcredit import (
    CreditRecord,
    Issuer,
    Policy,
    ProofRequest,
    RegistrySnapshot,
    Wallet,
    unsafe_dev_key,
)
from zkcredit.gadgets.poseidon import domain_tag, poseidon
from zkcredit.storage.password_lock import KdfCost

if TYPE_CHECKING:
    from pathlib import Path

RECORD = CreditRecord(700, 300_000, 120_000, 30_000, 2, 36, 978, 24, 1, 3)
RECORDS = [RECORD] + [
    dataclasses.replace(RECORD, **{field.name: getattr(RECORD, field.name) + 1})
    for field in dataclasses.fields(CreditRecord)
    if field.name not in {"currency", "person_tag"}
]
TIME = 1_800_000_000


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """One presentation for each record, of one person for one use, under a policy of no demands."""
    folder: Path = tmp_path_factory.mktemp("hidden")
    light = KdfCost.light_unsafe()
    key = unsafe_dev_key("eligibility")
    with (
        Wallet.create(folder / "w", PASSWORD, cost=light) as wallet,
        Issuer.create(folder / "i", PASSWORD, cost=light) as issuer,
    ):
        registry = RegistrySnapshot.of(issuer.publish(now=TIME))
        documents = []
        policy = Policy().at(TIME + 5)
        request = ProofRequest(
            "a lender", "a loan", TIME + 600, 1, policy=policy, scope=2, registry_root=registry.root
        )
        for record in RECORDS:
            id_ = wallet.receive(issuer.issue(record, person="one", to=wallet.card, now=TIME))
            presentation = wallet.prove(
                request, id_, registry=registry, proving_key=key, now=TIME + 6
            )
            documents.append(json.loads(presentation.to_json()))
    return documents


def test_what_is_published_does_not_depend_on_the_record(shown: list[dict[str, Any]]) -> None:
    assert len(shown) > 8
    assert len({tuple(document["publicSignals"]) for document in shown}) == 1
    # the points are blinded: nothing of one proof is in another
    points = [json.dumps(document["proof"]["pi_a"]) for document in shown]
    assert len(set(points)) == len(points)
    for document in shown:
        assert document.keys() == {"type", "statement", "publicSignals", "proof"}


@pytest.mark.slow
def test_no_hash_of_a_score_is_among_what_is_published(shown: list[dict[str, Any]]) -> None:
    published = {int(value) for document in shown for value in document["publicSignals"]}
    for tag in (0, *(domain_tag(name) for name in ("holder", "nullifier", "credential"))):
        for score in range(851):
            assert poseidon([score], tag) not in published
            assert poseidon([score, 2], tag) not in published
