"""Through a gateway that errs in every way, a payment to a real node happens once."""

from __future__ import annotations

import json

import pytest
from support.chain.gateway import FAULTS, gateway
from support.chain.scripted_node import scripted_node
from support.cli.town import quickly

from zkcredit.chain import AnvilNode, Outbox, TransactionSender, connect
from zkcredit.chain.nodes.node import Node
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import ChainError, NodeUnavailable

PAYEE = "0x00000000000000000000000000000000000000BB"
TRIES = 40


def paid(node, signer, outbox, key):
    """Ask for a payment until it is said to be done."""
    for _ in range(TRIES):
        try:
            with connect(node.url) as reached:
                sender = TransactionSender(reached, signer, outbox)
                return sender.send(Call(PAYEE, b"", 21_000, 1), idempotency_key=key)
        except ChainError:
            continue
    raise AssertionError(f"{key}: never done")


@pytest.mark.node
@pytest.mark.slow
def test_a_payment_through_each_fault_happens_once():
    with AnvilNode() as node, gateway(node.url) as gate, Outbox(None) as outbox, quickly():
        met = 0
        for number, fault in enumerate(FAULTS, 1):
            gate.trouble(fault, number, most=2, rate=0.5)
            paid(gate, node.accounts[0], outbox, fault)
            met += gate.hits > 0
            gate.calm()
            paid(gate, node.accounts[0], outbox, fault)  # after a reorganisation, too
            gate.release()
            assert node.balance(PAYEE) == number, fault
        assert met > len(FAULTS) // 2
        assert gate.strayed == 0


@pytest.mark.node
def test_a_closed_node_leaves_no_connection_open():
    with AnvilNode() as node, gateway(node.url) as gate:
        reached = connect(gate.url)
        reached.close()
        reached.close()
        gate.settle()
        assert reached.block_number() == 0  # it connects again when it is asked
        reached.close()
        gate.settle()


@pytest.mark.parametrize("other", [None, 0, "another", [], True])
def test_a_reply_to_another_request_is_refused(other):
    with scripted_node() as server, connect(server.url) as node:
        assert node.balance(PAYEE) == 5
        reply = server.reply
        server.reply = lambda request: reply(request) | {"id": other}
        with pytest.raises(NodeUnavailable):
            node.balance(PAYEE)


def test_the_id_of_a_request_may_come_back_as_text():
    with scripted_node() as server, connect(server.url) as node:
        reply = server.reply
        server.reply = lambda request: json.loads(
            json.dumps(reply(request) | {"id": str(request["id"])})
        )
        assert node.balance(PAYEE) == 5


def test_an_error_about_no_request_is_the_nodes_word():
    with scripted_node() as server, connect(server.url) as node:
        server.reply = lambda _: {
            "jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}
        }  # fmt: skip
        with pytest.raises(ChainError, match="parse error"):
            node.balance(PAYEE)
        assert isinstance(node, Node)
