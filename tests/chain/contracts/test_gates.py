"""Which client fits a gate, and what each kind of gate adds to a request."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.chain.loan_world import PRODUCT
from support.escrow.arbiter_case import ACCOUNTS, GROUP, NAMES

from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.gates import (
    EligibilityGateClient,
    EscrowGateClient,
    GateClient,
    LedgerGateClient,
)
from zkcredit.chain.deploying import deploy_around, deploy_ledger_system, deploy_system
from zkcredit.chain.loans.gate_kinds import open_gate
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import TransactionSender
from zkcredit.errors import ChainError, InvalidInput, LedgerError, NodeUnavailable
from zkcredit.escrow import ArbiterGroup
from zkcredit.escrow.polynomial import commit
from zkcredit.gadgets.babyjub import BASE8, IDENTITY, TORSION, Point
from zkcredit.published import dev_verifying_key
from zkcredit.request import Arbiters
from zkcredit.schema import PUBLIC_INPUTS

ROOT = 0xC0FFEE


@pytest.fixture(scope="module")
def operator():
    with RevmNode(accounts=1) as node:
        yield TransactionSender(node, node.accounts[0], Outbox(None))


@pytest.fixture(scope="module")
def deployments(operator):
    node = operator.node
    mock, _ = deploy_contract("MockVerifier", by=operator)
    plain = deploy_around(node, mock, by=operator)
    plain.open(node).registry.post(ROOT, bytes(32), "", by=operator)
    key = dev_verifying_key("escrow_eligibility")
    escrow = deploy_system(node, key, by=operator, arbiters=GROUP.key)
    escrow.open(node).registry.post(ROOT, bytes(32), "", by=operator)
    key = dev_verifying_key("ledger_eligibility")
    entry_key = dev_verifying_key("ledger_entry")
    ledger = deploy_ledger_system(node, key, entry_key, currency=978, by=operator)
    return {"eligibility": plain, "escrow": escrow, "ledger": ledger}


@pytest.fixture(scope="module")
def gates(operator, deployments):
    return {name: made.open(operator.node).gate for name, made in deployments.items()}


def test_the_contract_decides_which_client_it_gets(operator, gates):
    kinds = {
        "eligibility": (EligibilityGateClient, "eligibility"),
        "escrow": (EscrowGateClient, "escrow_eligibility"),
        "ledger": (LedgerGateClient, "ledger_eligibility"),
    }
    for name, (kind, statement) in kinds.items():
        gate = open_gate(operator.node, gates[name].address)
        assert type(gate) is type(gates[name]) is kind
        assert statement in gate.statements
        assert all(gate.n_inputs == len(PUBLIC_INPUTS[name]) for name in gate.statements)


def test_what_is_not_a_gate_has_no_client(operator, deployments):
    node, plain = operator.node, deployments["eligibility"]
    for address in (plain.market, plain.registry, plain.verifier):
        with pytest.raises(ChainError, match="not a gate"):
            open_gate(node, address)
    with pytest.raises(InvalidInput, match="no contract"):
        open_gate(node, "0x" + "11" * 20)


def test_a_node_that_cannot_be_reached_is_not_a_gate_of_another_kind(operator, gates, monkeypatch):
    def unreachable(*_, **__):
        raise NodeUnavailable("no route")

    monkeypatch.setattr(operator.node, "call", unreachable)
    with pytest.raises(NodeUnavailable):
        open_gate(operator.node, gates["ledger"].address)


def test_a_credentials_gate_adds_the_newest_root(gates):
    assert gates["eligibility"].parts(PRODUCT, None, None, None) == {"registry_root": ROOT}
    assert gates["eligibility"].parts(PRODUCT, ROOT, None, None) == {"registry_root": ROOT}
    for name in ("eligibility", "escrow"):
        with pytest.raises(InvalidInput, match="does not accept this registry root"):
            gates[name].parts(PRODUCT, ROOT + 1, None, None)
        with pytest.raises(InvalidInput, match="not about a ledger account"):
            gates[name].parts(PRODUCT, None, BASE8, None)
    with pytest.raises(InvalidInput, match="does not escrow"):
        gates["eligibility"].parts(PRODUCT, None, None, GROUP)
    with pytest.raises(InvalidInput, match="names issuers"):
        gates["eligibility"].parts(replace(PRODUCT, issuers="5c" * 26), None, None, None)


def test_an_escrow_gate_adds_its_own_arbiters(gates):
    unnamed = gates["escrow"].parts(PRODUCT, None, None, None)
    assert unnamed == {"registry_root": ROOT, "arbiters": Arbiters(GROUP.key)}
    named = gates["escrow"].parts(PRODUCT, None, None, GROUP)["arbiters"]
    assert (named.key, named.names, named.threshold) == (GROUP.key, NAMES, 3)
    other = ArbiterGroup(NAMES, commit((1, 2, 3)), bytes(32), ACCOUNTS)
    with pytest.raises(InvalidInput, match="does not escrow to the arbiters"):
        gates["escrow"].parts(PRODUCT, None, None, other)


@pytest.mark.parametrize("key", [IDENTITY, TORSION[1], Point(1, 1)])
def test_a_node_that_invents_the_arbiters_key_is_noticed(gates, operator, monkeypatch, key):
    gate = EscrowGateClient(operator.node, gates["escrow"].address)
    monkeypatch.setattr(gate, "_read", lambda _: tuple(key))
    with pytest.raises(ChainError, match="prime order"):
        _ = gate.arbiters


def test_a_ledgers_gate_wants_an_account_with_entries(gates):
    gate = gates["ledger"]
    with pytest.raises(InvalidInput, match="name the account"):
        gate.parts(PRODUCT, None, None, None)
    for root, group in ((ROOT, None), (None, GROUP)):
        with pytest.raises(InvalidInput, match="not about a credential"):
            gate.parts(PRODUCT, root, BASE8, group)
    with pytest.raises(LedgerError, match="no entry"):
        gate.parts(PRODUCT, None, BASE8, None)
    with pytest.raises(InvalidInput):
        gate.parts(PRODUCT, None, IDENTITY, None)
    with pytest.raises(LedgerError, match="nobody published"):
        gate.parts(replace(PRODUCT, issuers="5c" * 26), None, BASE8, None)


def test_the_ledgers_events_are_read_from_its_first_block(gates, deployments):
    assert gates["ledger"].ledger.since == deployments["ledger"].block > 0


def test_every_kind_is_a_gate(gates):
    for gate in gates.values():
        assert isinstance(gate, GateClient)
        assert gate.max_clock_age() == 900
        assert gate.verifier().startswith("0x")
