"""Embedded, anvil and remote nodes behave the same towards the rest of the package."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from zkcredit.chain.nodes import anvil, embedded
from zkcredit.chain.nodes.anvil import HARDFORK, AnvilNode, find_anvil
from zkcredit.chain.nodes.connect import connect
from zkcredit.chain.nodes.embedded import EMBEDDED_CHAIN_ID, GENESIS_TIME, EmbeddedNode
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MissingExtra,
    NodeUnavailable,
    TransactionReverted,
)

NOBODY = "0x00000000000000000000000000000000000000AA"
# Deploys a contract whose every call reverts with the four bytes 01020304.
REVERTING = bytes.fromhex("6c63010203046000526004601cfd600052600d6013f3")


@pytest.fixture(params=[RevmNode, EmbeddedNode, pytest.param(AnvilNode, marks=pytest.mark.node)])
def node(request):
    with request.param() as node:
        yield node


@pytest.fixture
def sender(node):
    return TransactionSender(node, node.accounts[0], Outbox(None))


def test_time_moves_by_the_second_and_only_forward(node):
    start = node.now()
    assert node.advance(1) == start + 1
    assert node.advance(86_400) == start + 86_401 == node.now()
    for seconds in (0, -5):
        with pytest.raises(InvalidInput):
            node.advance(seconds)


def test_money_moves_and_a_snapshot_brings_it_back(node, sender):
    snapshot, before = node.snapshot(), node.balance(NOBODY)
    receipt = sender.send(Call(NOBODY, b"", 21_000, 5))
    assert receipt.succeeded
    assert receipt.gas_used == 21_000
    assert node.balance(NOBODY) == before + 5
    node.restore(snapshot)
    assert node.balance(NOBODY) == before
    assert node.receipt(receipt.transaction) is None


def test_a_revert_is_decoded_before_and_after_a_block(node, sender):
    contract = sender.send(Call(None, REVERTING, 200_000)).contract
    for preflight in (True, False):
        with pytest.raises(TransactionReverted, match="0x01020304") as caught:
            sender.send(Call(contract, b"", 100_000), preflight=preflight)
        assert caught.value.error == ""
    assert node.transaction_count(sender.address) == 2  # the trial run cost nothing


def test_a_transaction_that_cannot_be_paid_leaves_nothing_behind(node, sender):
    with pytest.raises(ChainError):
        sender.send(Call(NOBODY, b"", 21_000, 10**30), preflight=False)
    assert sender.send(Call(NOBODY, b"", 21_000, 1)).succeeded


def test_a_node_refuses_what_is_no_address(node):
    for address in ("", "0x12", "vitalik.eth", "0x" + "g" * 40, NOBODY + "0", None, 5):
        with pytest.raises(InvalidInput):
            node.balance(address)


def test_a_repr_names_the_engine_and_the_chain(node):
    assert str(node.chain_id) in repr(node)
    assert node.name in repr(node)


@pytest.mark.parametrize("kind", [RevmNode, EmbeddedNode])
def test_an_embedded_chain_is_the_same_every_time(kind):
    hashes = []
    for _ in range(2):
        with kind() as node:
            sender = TransactionSender(node, node.accounts[0], Outbox(None))
            sender.send(Call(NOBODY, b"", 21_000, 1))
            hashes.append(bytes(node.w3.eth.get_block("latest")["hash"]))
            assert node.now() == GENESIS_TIME + 1
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("kind", [RevmNode, EmbeddedNode])
def test_embedded_chains_keep_their_chain_ids_apart(kind):
    with kind() as one, kind(chain_id=5) as other:
        assert (one.chain_id, other.chain_id) == (EMBEDDED_CHAIN_ID, 5)
        assert one.network != other.network
        foreign = one.accounts[0].sign_transaction(
            {"type": 2, "chainId": 5, "nonce": 0, "gas": 21_000, "maxFeePerGas": 10**10,
             "maxPriorityFeePerGas": 1, "value": 1, "data": b"", "to": NOBODY}
        )[0]  # fmt: skip
        with pytest.raises(ChainError):
            one.broadcast(foreign)
        other.broadcast(foreign)


def test_an_embedded_chain_names_who_computes_the_pairing():
    with EmbeddedNode(pairing="python") as node:
        assert "pairing by python" in node.name
    with pytest.raises(InvalidInput):
        EmbeddedNode(pairing="trust me")


def test_without_the_tester_extra_the_embedded_node_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "eth_tester", None)
    with pytest.raises(MissingExtra, match=r"zkcredit\[tester\]"):
        EmbeddedNode()
    assert embedded.EMBEDDED_CHAIN_ID == 31337


@pytest.mark.node
def test_anvil_runs_an_older_fork_when_asked():
    with AnvilNode(hardfork="cancun") as node:
        assert node.name == "anvil (cancun)"
        sender = TransactionSender(node, node.accounts[0], Outbox(None))
        assert sender.send(Call(NOBODY, b"", (1 << 24) + 1), preflight=False).succeeded


@pytest.mark.node
def test_anvil_runs_the_pinned_fork_with_the_gas_cap():
    with AnvilNode() as node:
        assert HARDFORK in node.name
        sender = TransactionSender(node, node.accounts[0], Outbox(None))
        with pytest.raises(ChainError):
            sender.send(Call(NOBODY, b"", (1 << 24) + 1), preflight=False)


@pytest.mark.node
def test_chains_begun_in_the_same_second_are_told_apart(monkeypatch):
    monkeypatch.setattr("zkcredit.chain.nodes.anvil.time.time", lambda: 1_800_000_000.0)
    with AnvilNode() as one, AnvilNode() as other:
        assert one.chain_id == other.chain_id
        assert one.now() == other.now() == 1_800_000_000
        assert one.network != other.network


@pytest.mark.node
def test_a_port_that_another_node_takes_is_left_to_it(monkeypatch):
    with AnvilNode() as first:
        ports = [int(first.url.rpartition(":")[2]), anvil._free_port()]
        monkeypatch.setattr(anvil, "_free_port", lambda: ports.pop(0))
        with AnvilNode() as other:
            assert other.url != first.url
            assert other.network != first.network
        assert ports == []
        ports = [int(first.url.rpartition(":")[2])] * 10
        with pytest.raises(NodeUnavailable, match="ended at once"):
            AnvilNode()


@pytest.mark.node
def test_another_fork_than_the_pinned_one_is_refused(monkeypatch):
    monkeypatch.setattr(AnvilNode, "_rpc", lambda self, *_: {"hardFork": "Prague"})
    with pytest.raises(NodeUnavailable, match="prague"):
        AnvilNode()


@pytest.mark.slow
@pytest.mark.node
def test_anvil_ends_with_its_object_and_with_its_process():
    node = AnvilNode()
    pid = node._process.pid
    node.close()
    node.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    # A parent that is killed outright takes its anvil along.
    program = (
        "import sys, time; from zkcredit.chain.nodes.anvil import AnvilNode\n"
        "print(AnvilNode()._process.pid, flush=True); time.sleep(60)"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    pid = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    while _alive(pid):
        time.sleep(0.02)


def _alive(pid):
    # A dead child of a dead parent stays a zombie where nobody reaps it.
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def mine_when_asked(node, monkeypatch):
    """Let a block come right after the next transaction is in the pool."""
    broadcast = node.broadcast

    def mined(raw):
        broadcast(raw)
        node.mine()

    monkeypatch.setattr(node, "broadcast", mined)


@pytest.mark.node
def test_anvil_forgets_its_pool_and_the_outbox_does_not(monkeypatch):
    with AnvilNode(automine=False) as node:
        outbox = Outbox(None)
        hasty = TransactionSender(node, node.accounts[0], outbox, timeout=0.2)
        with pytest.raises(ChainError, match="not confirmed"):
            hasty.send(Call(NOBODY, b"", 21_000, 3), idempotency_key="pay")
        node.drop_pool()
        node.mine()
        assert node.balance(NOBODY) == 0
        mine_when_asked(node, monkeypatch)
        patient = TransactionSender(node, node.accounts[0], outbox)
        assert patient.send(Call(NOBODY, b"", 21_000, 3), idempotency_key="pay").succeeded
        assert node.balance(NOBODY) == 3


@pytest.mark.node
def test_a_waiting_transaction_is_sped_up(monkeypatch):
    with AnvilNode(automine=False) as node:
        outbox = Outbox(None)
        hasty = TransactionSender(node, node.accounts[0], outbox, timeout=0.2)
        with pytest.raises(ChainError, match="not confirmed"):
            hasty.send(Call(NOBODY, b"", 21_000, 3), idempotency_key="pay")
        mine_when_asked(node, monkeypatch)
        receipt = TransactionSender(node, node.accounts[0], outbox).speed_up("pay")
        assert receipt.transaction == outbox.history(node.network, hasty.address)[-1].hash
        assert node.balance(NOBODY) == 3


@pytest.mark.node
def test_a_missing_anvil_is_explained(monkeypatch):
    monkeypatch.setattr("zkcredit.chain.nodes.anvil.find_anvil", lambda: None)
    with pytest.raises(NodeUnavailable, match="npm ci"):
        AnvilNode()
    assert find_anvil() is not None


@pytest.mark.node
def test_connect_reaches_a_node_and_checks_its_chain():
    with AnvilNode() as own:
        node = connect(own.url, expected_chain_id=31337)
        assert node.network == own.network
        with pytest.raises(NodeUnavailable, match="31337"):
            connect(own.url, expected_chain_id=1)
    with pytest.raises(NodeUnavailable):
        node.now()


@pytest.mark.parametrize(
    "url", ["", "localhost:8545", "ftp://example.org", "http://", "file:///etc/passwd"]
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(InvalidInput):
        connect(url)


def test_a_dead_port_is_reported_without_the_access_token():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else can begin to
        port = probe.getsockname()[1]
        with pytest.raises(NodeUnavailable) as caught:
            connect(f"http://127.0.0.1:{port}/v1/SECRETTOKEN")
    assert "SECRETTOKEN" not in str(caught.value)


def test_a_server_that_is_no_node_is_reported():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def answer():
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NodeUnavailable):
            connect(f"http://127.0.0.1:{port}")
        thread.join()


def test_addresses_are_spelled_as_eip_55_does():
    spelled = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"  # the EIP's own example
    for address in (spelled, spelled.lower(), "0x" + spelled[2:].upper()):
        assert checksum(address) == spelled


def test_a_wrong_checksum_is_a_typing_mistake():
    with pytest.raises(InvalidInput):
        checksum("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD")
