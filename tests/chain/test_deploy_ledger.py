"""The deployment file names a ledger, and files without one stay what they were."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around, deploy_ledger_system
from zkcredit.chain.deployment import Deployment, LedgerDeployment
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.circuits import get_circuit
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    TransactionReverted,
    UnsafeKey,
)
from zkcredit.groth16 import load_or_create_dev_key
from zkcredit.published import dev_verifying_key

pytestmark = pytest.mark.filterwarnings("ignore::zkcredit.groth16.UnsafeKeyWarning")

ENTRY_KEY = dev_verifying_key("ledger_entry")


@pytest.fixture(scope="module")
def node():
    with RevmNode(accounts=2) as node:
        yield node


@pytest.fixture(scope="module")
def operator(node):
    return TransactionSender(node, node.accounts[0], Outbox(None))


@pytest.fixture(scope="module")
def key():
    return load_or_create_dev_key(get_circuit("ledger_eligibility")).verifying_key


@pytest.fixture(scope="module")
def plain(node, operator):
    mock, _ = deploy_contract("MockVerifier", by=operator)
    return deploy_around(node, mock, by=operator)


@pytest.fixture(scope="module")
def deployment(node, operator, plain, key):
    return replace(
        plain, ledger=deploy_ledger_system(node, key, ENTRY_KEY, currency=978, by=operator)
    )


def test_the_ledger_comes_back_from_its_file(deployment, node, key, tmp_path):
    deployment.save(tmp_path / "deployment.json")
    loaded = Deployment.load(tmp_path / "deployment.json")
    assert loaded == deployment
    system = loaded.open_ledger(node, key)
    assert system.ledger.currency() == 978
    assert system.ledger.since == deployment.ledger.block
    assert system.gate is system.market.gate
    assert system.gate.ledger is system.ledger
    assert system.ledger.address == deployment.ledger.ledger
    with pytest.raises(InvalidInput, match="no registry"):
        _ = system.registry
    assert loaded.open(node).market.address == deployment.market != system.market.address


def test_a_file_without_a_ledger_is_what_it_was(plain, node):
    content = json.loads(plain.to_json())
    assert content.keys() == {
        "format", "chain_id", "network", "block", "verifier", "registry", "gate", "market",
        "lens", "relay", "bureau",
    }  # fmt: skip
    assert Deployment.from_json(json.dumps(content)) == plain
    with pytest.raises(InvalidInput, match="no credit ledger"):
        plain.open_ledger(node)


@pytest.mark.parametrize(
    "change",
    [
        {"block": "5"}, {"block": -1}, {"block": True}, {"ledger": "0x12"}, {"market": None},
        {"gate": "0x" + "g" * 40}, {"verifier": 5}, {"owner": "somebody"},
    ],
)  # fmt: skip
def test_a_ledger_of_another_form_is_refused(deployment, change):
    content = json.loads(deployment.to_json())
    content["ledger"] |= change
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


@pytest.mark.parametrize("ledger", [[], {}, "0x12", 5, False])
def test_what_is_no_ledger_is_refused(deployment, ledger):
    content = json.loads(deployment.to_json()) | {"ledger": ledger}
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


def test_a_missing_field_is_refused(deployment):
    for name in json.loads(deployment.to_json())["ledger"]:
        content = json.loads(deployment.to_json())
        del content["ledger"][name]
        if name == "bureau":  # older files do not name it
            assert Deployment.from_json(json.dumps(content)).ledger.bureau is None
            continue
        with pytest.raises(MalformedFile):
            Deployment.from_json(json.dumps(content))


def test_contracts_that_do_not_belong_together_are_refused(deployment, plain, node, operator, key):
    other = deploy_ledger_system(node, key, ENTRY_KEY, currency=978, by=operator)
    for name in ("ledger", "verifier", "gate", "market", "lens", "relay"):
        mixed = replace(deployment.ledger, **{name: getattr(other, name)})
        with pytest.raises(ChainError, match=r"refer to each other|another market"):
            mixed.open(node)
    for wrong in (plain.market, plain.registry):
        with pytest.raises(ChainError):
            replace(deployment.ledger, market=wrong).open(node)
    with pytest.raises(InvalidInput, match="no contract"):
        replace(deployment.ledger, ledger="0x" + "11" * 20).open(node)


def test_another_key_or_chain_is_refused(deployment, node, key):
    wrong = load_or_create_dev_key(get_circuit("eligibility")).verifying_key
    with pytest.raises(ChainError, match="another verification key"):
        deployment.open_ledger(node, wrong)
    with RevmNode(genesis_time=1_900_000_000) as other, pytest.raises(NodeUnavailable):
        deployment.open_ledger(other)
    with RevmNode(chain_id=8453, accounts=1) as public:
        sender = TransactionSender(public, public.accounts[0], Outbox(None))
        with pytest.raises(UnsafeKey):
            deploy_ledger_system(public, key, ENTRY_KEY, currency=978, by=sender)


def test_unusable_settings_are_refused(node, operator, key):
    wrong = load_or_create_dev_key(get_circuit("eligibility")).verifying_key
    with pytest.raises(TransactionReverted):  # five inputs are not eight
        deploy_ledger_system(node, wrong, ENTRY_KEY, currency=978, by=operator)
    with pytest.raises(TransactionReverted):  # five inputs are not seven
        deploy_ledger_system(node, key, wrong, currency=978, by=operator)
    with pytest.raises(TransactionReverted):
        deploy_ledger_system(node, key, ENTRY_KEY, currency=978, by=operator, epoch_length=60)
    for currency in (-1, 2**16, "EUR"):
        with pytest.raises(InvalidInput):
            deploy_ledger_system(node, key, ENTRY_KEY, currency=currency, by=operator)


def test_an_interrupted_deployment_goes_on_where_it_stopped(node, key):
    sender = TransactionSender(node, node.accounts[1], Outbox(None))
    made = deploy_ledger_system(
        node, key, ENTRY_KEY, currency=978, by=sender, idempotency_key="launch"
    )
    count = node.transaction_count(sender.address)
    again = deploy_ledger_system(
        node, key, ENTRY_KEY, currency=978, by=sender, idempotency_key="launch"
    )
    assert again == made
    assert isinstance(again, LedgerDeployment)
    assert node.transaction_count(sender.address) == count
