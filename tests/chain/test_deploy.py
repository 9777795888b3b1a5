"""The deployment file, and deployments that were interrupted."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.deploying import deploy_around, deploy_ledger_system, deploy_system
from zkcredit.chain.deployment import Deployment
from zkcredit.chain.history.bureau import BureauKind, CreditBureauClient, deploy_bureau
from zkcredit.chain.history.record_gates import HistoryEligibilityGateClient, HistoryGateClient
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    TransactionReverted,
)
from zkcredit.gadgets.babyjub import BASE8
from zkcredit.published import dev_verifying_key
from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY


@pytest.fixture(scope="module")
def node():
    with RevmNode() as node:
        yield node


@pytest.fixture(scope="module")
def operator(node):
    return TransactionSender(node, node.accounts[0], Outbox(None))


@pytest.fixture(scope="module")
def deployment(node, operator):
    mock, _ = deploy_contract("MockVerifier", by=operator)
    return deploy_around(node, mock, by=operator)


def test_a_deployment_comes_back_from_its_file(deployment, node, tmp_path):
    path = tmp_path / "deployment.json"
    deployment.save(path)
    loaded = Deployment.load(path)
    assert loaded == deployment
    system = loaded.open(node)
    assert system.market.gate is system.gate
    assert system.gate.address == deployment.gate
    assert system.market.registry is system.registry
    with pytest.raises(InvalidInput, match="no ledger"):
        _ = system.ledger
    with pytest.raises(InvalidInput, match="no arbiters"):
        _ = system.market.escrow
    assert system.gate.max_root_age() == 86_400
    assert system.gate.max_clock_age() == 900
    assert system.registry.version() == 0
    assert system.registry.latest_posting() is None
    assert deployment.market in repr(system.market)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "zkcredit-deployment/1"},
        {"format": "zkcredit-deployment/3"},
        {"lens": "0x12"},
        {"relay": None},
        {"format": None},
        {"chain_id": "31337"},
        {"chain_id": True},
        {"block": 1.5},
        {"market": "0x12"},
        {"market": 12},
        {"market": None},
        {"gate": "0x" + "g" * 40},
        {"owner": "somebody"},
    ],
)
def test_a_file_of_another_form_is_refused(deployment, change):
    content = json.loads(deployment.to_json()) | change
    with pytest.raises(MalformedFile):
        Deployment.from_json(json.dumps(content))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", "[" * 10_000, b"\xff"])
def test_what_is_no_deployment_file_is_refused(text):
    with pytest.raises(MalformedFile):
        Deployment.from_json(text)


def test_a_missing_field_is_refused(deployment):
    for name in json.loads(deployment.to_json()):
        content = json.loads(deployment.to_json())
        del content[name]
        if name in {"registry", "bureau"}:  # not all markets have one; older files do not name it
            assert getattr(Deployment.from_json(json.dumps(content)), name) is None
            continue
        with pytest.raises(MalformedFile):
            Deployment.from_json(json.dumps(content))


def test_a_registry_that_is_left_out_is_noticed_and_a_bureau_is_read(deployment, node):
    with pytest.raises(ChainError, match="refer to each other"):
        replace(deployment, registry=None).open(node)
    older = replace(deployment, bureau=None)
    assert "bureau" not in json.loads(older.to_json())
    assert older.open(node).market.bureau_address == deployment.bureau


def test_a_huge_file_is_refused(tmp_path):
    path = tmp_path / "deployment.json"
    path.write_text(" " * 20_000)
    with pytest.raises(MalformedFile):
        Deployment.load(path)


def test_another_chain_is_refused(deployment):
    with RevmNode(genesis_time=1_900_000_000) as other, pytest.raises(NodeUnavailable):
        deployment.open(other)


def test_an_address_without_contract_is_refused(deployment, node):
    nowhere = replace(deployment, market="0x" + "11" * 20)
    with pytest.raises(InvalidInput, match="no contract"):
        nowhere.open(node)


def test_contracts_that_do_not_belong_together_are_refused(deployment, node, operator):
    other = deploy_around(node, deployment.verifier, by=operator)
    for name in ("registry", "gate", "market", "lens", "relay", "bureau"):
        mixed = replace(deployment, **{name: getattr(other, name)})
        with pytest.raises(ChainError, match=r"refer to each other|another market"):
            mixed.open(node)
    swapped = replace(deployment, market=deployment.registry)
    with pytest.raises(ChainError):
        swapped.open(node)


def test_roles_go_to_whom_they_were_given(node, operator, deployment):
    signers = node.accounts
    admin, registrar = signers[1].address, signers[2]
    own = deploy_around(
        node, deployment.verifier, by=operator, admin=admin, registrar=registrar.address
    ).open(node)
    with pytest.raises(TransactionReverted):
        own.registry.post(1, bytes(32), "", by=operator)
    own.registry.post(1, bytes(32), "", by=TransactionSender(node, registrar, Outbox(None)))
    assert own.registry.is_fresh(1, 0)
    assert not own.registry.is_fresh(2, 0)


def test_a_file_of_an_older_version_says_what_to_do(deployment):
    content = json.loads(deployment.to_json()) | {"format": "zkcredit-deployment/1"}
    with pytest.raises(MalformedFile, match="deploy the market again"):
        Deployment.from_json(json.dumps(content))


def test_only_the_admin_makes_the_market_a_member(node, operator, deployment):
    admin = TransactionSender(node, node.accounts[1], Outbox(None))
    made = deploy_around(node, deployment.verifier, by=operator, admin=admin.address)
    market = made.open(node).market
    bureau = CreditBureauClient(node, market.bureau_address)
    assert not bureau.is_member(made.market)
    with pytest.raises(TransactionReverted, match="NotMember"):
        market.gate.scope_of(made.market)
    with pytest.raises(TransactionReverted, match="AccessControlUnauthorizedAccount"):
        bureau.add_member(made.market, by=operator)
    bureau.add_member(made.market, by=admin)
    assert market.gate.scope_of(made.market) == bureau.scope


def test_markets_of_one_bureau_have_one_scope(node, operator, deployment):
    first = deployment.open(node).market
    shared = first.bureau_address
    made = deploy_around(node, deployment.verifier, by=operator, bureau=shared)
    second = made.open(node).market
    assert second.bureau_address == shared
    assert second.gate.scope_of(made.market) == first.gate.scope_of(deployment.market)
    with pytest.raises(InvalidInput):
        deploy_around(node, deployment.verifier, by=operator, bureau="0x12")


@pytest.mark.parametrize(
    ("history", "client"),
    [(HISTORY, HistoryGateClient), (HISTORY_ELIGIBILITY, HistoryEligibilityGateClient)],
)
@pytest.mark.filterwarnings("ignore::zkcredit.groth16.trust.UnsafeKeyWarning")
def test_a_market_that_asks_for_a_record_joins_a_bureau(
    node, operator, deployment, tmp_path, history, client
):
    key = dev_verifying_key(history)
    made = deploy_system(node, key, by=operator, history=history, bureau=deployment.bureau)
    assert made.bureau == deployment.bureau
    made.save(tmp_path / "deployment.json")
    system = Deployment.load(tmp_path / "deployment.json").open(node, key)
    assert type(system.gate) is client
    assert system.market.bureau_address == deployment.bureau
    assert CreditBureauClient(node, made.bureau).is_member(made.market)
    if history == HISTORY:
        assert made.registry is None
        with pytest.raises(InvalidInput):
            _ = system.registry
    else:
        assert system.registry.address == made.registry
    swapped = replace(made, registry=deployment.registry)
    with pytest.raises(ChainError, match="refer to each other"):
        swapped.open(node)


def test_a_bureau_or_gate_that_does_not_fit_is_refused_before_anything_is_paid(
    node, operator, deployment
):
    ledgers = deploy_bureau(node, by=operator, kind=BureauKind.LEDGER)
    key, before = dev_verifying_key(HISTORY), node.transaction_count(operator.address)
    for error, options in (
        ("kind ledger.*kind credential", {"bureau": ledgers.address, "history": HISTORY}),
        ("no contract", {"bureau": "0x" + "11" * 20}),
        ("a gate asks about a record by", {"history": "eligibility"}),
        ("escrows to arbiters", {"history": HISTORY, "arbiters": BASE8}),
    ):
        with pytest.raises(InvalidInput, match=error):
            deploy_system(node, key, by=operator, **options)
    for wrong in (deployment.bureau, deployment.market):
        with pytest.raises((InvalidInput, ChainError)):
            deploy_ledger_system(
                node,
                dev_verifying_key("ledger_eligibility"),
                dev_verifying_key("ledger_entry"),
                currency=978,
                by=operator,
                bureau=wrong,
            )
    assert node.transaction_count(operator.address) == before


def test_times_that_no_contract_accepts_are_refused(node, operator, deployment):
    for options, error in (
        ({"notice": 3600}, "NoticeInvalid"),
        ({"rehabilitation": 3600}, "RehabilitationInvalid"),
    ):
        with pytest.raises(TransactionReverted, match=error):
            deploy_around(node, deployment.verifier, by=operator, **options)
    made = deploy_around(
        node, deployment.verifier, by=operator, notice=86_400, rehabilitation=86_400
    )
    market = made.open(node).market
    assert market.book.notice() == 86_400
    assert CreditBureauClient(node, market.bureau_address).rehabilitation() == 86_400


def test_an_interrupted_deployment_goes_on_where_it_stopped(node, deployment, monkeypatch):
    sender = TransactionSender(node, node.accounts[5], Outbox(None))
    broadcast, calls = node.broadcast, []

    def flaky(raw):
        calls.append(raw)
        broadcast(raw)
        raise NodeUnavailable("reply lost")

    monkeypatch.setattr(node, "broadcast", flaky)
    for attempt in range(10):
        with pytest.raises(NodeUnavailable):
            deploy_around(node, deployment.verifier, by=sender, idempotency_key="launch")
        assert len(calls) == attempt + 1
    finished = deploy_around(node, deployment.verifier, by=sender, idempotency_key="launch")
    assert len(calls) == 10
    assert node.transaction_count(sender.address) == 10
    assert finished.open(node)


def test_a_contract_seen_through_another_chain_is_not_sent_to(deployment, node):
    market = deployment.open(node).market
    with RevmNode(chain_id=7) as other:
        stranger = TransactionSender(other, other.accounts[0], Outbox(None))
        with pytest.raises(NodeUnavailable, match="different chains"):
            market.set_new_loans_paused(True, by=stranger)


def test_a_gate_refuses_an_address_that_is_no_verifier(node, operator, deployment):
    with pytest.raises(TransactionReverted):
        deploy_around(node, deployment.market, by=operator)
    with pytest.raises(InvalidInput):
        deploy_around(node, "0x12", by=operator)
