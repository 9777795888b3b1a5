"""On a public chain: only a key whose ceremony was verified, and that somebody vouches for."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.groth16 import endorsed_key as case

from zkcredit.chain.contracts.verifier import deploy_verifier
from zkcredit.chain.deploying import deploy_ledger_beside, deploy_system
from zkcredit.chain.deployment import Deployment, LedgerDeployment, StoodFor
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import MalformedFile, UnsafeKey

INPUTS, LEDGER_INPUTS, ENTRY_INPUTS = 5, 8, 7


@pytest.fixture(scope="module")
def node():
    with RevmNode(chain_id=8453, accounts=2) as node:
        yield node


@pytest.fixture(scope="module")
def operator(node):
    return TransactionSender(node, node.accounts[0], Outbox(None))


@pytest.fixture(scope="module")
def deployment(node, operator):
    key, word = case.ceremony(INPUTS).verifying_key, case.endorsement(INPUTS)
    return deploy_system(node, key, by=operator, endorsement=word)


def test_the_record_keeps_who_stands_for_the_key(deployment, node, operator, tmp_path):
    word = case.endorsement(INPUTS)
    assert deployment.stood_for == StoodFor(
        operator.address,
        (word.phase1[0].digest.hex(),),
        (word.phase2[0].digest.hex(),),
    )
    deployment.save(tmp_path / "deployment.json")
    loaded = Deployment.load(tmp_path / "deployment.json")
    assert loaded == deployment
    loaded.open(node, case.ceremony(INPUTS).verifying_key)


def test_a_ledger_beside_it_has_a_record_of_its_own(deployment, node, operator):
    key, word = case.ceremony(LEDGER_INPUTS).verifying_key, case.endorsement(LEDGER_INPUTS)
    entry_key = case.ceremony(ENTRY_INPUTS).verifying_key
    entry_word, other = case.endorsement(ENTRY_INPUTS), case.endorsement(INPUTS)
    before = node.block_number()

    def deploy(**words):
        return deploy_ledger_beside(
            deployment, node, key, entry_key, currency=978, by=operator, **words
        )

    for words in ({}, {"endorsement": word}, {"entry_endorsement": entry_word}):
        with pytest.raises(UnsafeKey, match="nobody vouches for it"):
            deploy(**words)
    for words in ({"endorsement": other}, {"endorsement": word, "entry_endorsement": other}):
        with pytest.raises(UnsafeKey, match="another key"):
            deploy(**words)
    assert node.block_number() == before  # nothing was paid for
    both = deploy(endorsement=word, entry_endorsement=entry_word)
    assert both.ledger.stood_for.phase2 == (word.phase2[0].digest.hex(),)
    assert both.ledger.stood_for != both.stood_for
    assert both.ledger.entry_stood_for == StoodFor(
        operator.address,
        (entry_word.phase1[0].digest.hex(),),
        (entry_word.phase2[0].digest.hex(),),
    )
    assert Deployment.from_json(both.to_json()) == both


def test_without_a_word_nothing_is_deployed(node, operator):
    key, before = case.ceremony(INPUTS).verifying_key, node.block_number()
    assert key.origin == "ceremony"
    for word, match in ((None, "nobody vouches for it"), (case.endorsement(3), "another key")):
        with pytest.raises(UnsafeKey, match=match):
            deploy_verifier(node, key, by=operator, endorsement=word)
        with pytest.raises(UnsafeKey, match=match):
            deploy_system(node, key, by=operator, endorsement=word)
    assert node.block_number() == before


def test_on_a_local_chain_there_is_nothing_to_stand_for():
    with RevmNode(accounts=1) as local:
        sender = TransactionSender(local, local.accounts[0], Outbox(None))
        key = case.ceremony(INPUTS).verifying_key
        made = deploy_system(local, key, by=sender)
        assert made.stood_for is None
        assert "stood_for" not in json.loads(made.to_json())
        again = deploy_system(local, key, by=sender, endorsement=case.endorsement(INPUTS))
        assert again.stood_for is not None


HASH = "ab" * 64


@pytest.fixture(scope="module")
def with_ledger(deployment):
    """A deployment that also names a ledger, whose contracts nobody asks here."""
    ledger = LedgerDeployment(
        5, deployment.market, deployment.verifier, deployment.gate, deployment.market,
        deployment.lens, deployment.relay,
        deployment.stood_for, deployment.stood_for,
    )  # fmt: skip
    return replace(deployment, ledger=ledger)


@pytest.mark.parametrize(
    "change",
    [
        {"by": "0x12"},
        {"by": None},
        {"by": 5},
        {"phase1": []},
        {"phase2": []},
        {"phase1": HASH},
        {"phase1": None},
        {"phase1": [HASH[:-1]]},
        {"phase1": [HASH.upper()]},
        {"phase2": [5]},
        {"phase2": [HASH, None]},
        {"phase3": [HASH]},
    ],
)
@pytest.mark.parametrize("place", ["system", "ledger", "entries"])
def test_a_record_of_another_form_is_refused(with_ledger, change, place):
    content = json.loads(with_ledger.to_json())
    assert Deployment.from_json(json.dumps(content)) == with_ledger
    record = {
        "system": content["stood_for"],
        "ledger": content["ledger"]["stood_for"],
        "entries": content["ledger"]["entry_stood_for"],
    }[place]
    record.update(change)
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


def test_a_file_of_before_the_entries_had_a_record_is_read(with_ledger):
    content = json.loads(with_ledger.to_json())
    del content["ledger"]["entry_stood_for"]
    read = Deployment.from_json(json.dumps(content)).ledger
    assert read.entry_stood_for is None
    assert read.stood_for == with_ledger.ledger.stood_for


def test_only_a_ledger_has_a_record_for_entries(with_ledger):
    content = json.loads(with_ledger.to_json())
    content["entry_stood_for"] = content["stood_for"]
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


@pytest.mark.parametrize("name", ["by", "phase1", "phase2"])
def test_a_record_without_a_field_is_refused(deployment, name):
    content = json.loads(deployment.to_json())
    del content["stood_for"][name]
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


@pytest.mark.parametrize("value", [None, [], "0x12", 5, True])
def test_a_record_that_is_not_an_object_is_refused(deployment, value):
    content = json.loads(deployment.to_json()) | {"stood_for": value}
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))
