"""The fast chain as others use it: time, snapshots, old states, events, refusals."""

from __future__ import annotations

import sys

import pytest
from support.chain.evm_programs import push, wrapped

from zkcredit._internal.evm import keccak256
from zkcredit.chain import deploy_test_token
from zkcredit.chain.nodes.revm import machine
from zkcredit.chain.nodes.revm.machine import PYREVM
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError, NodeUnavailable, TransactionReverted, ZkCreditError

NOBODY = "0x00000000000000000000000000000000000000AA"
# counts its calls in slot 0, and returns the number
COUNTER = wrapped(bytes.fromhex("5f54600101805f555f5260205ff3"))
# returns number, timestamp, base fee, chain id, gas price and the sender's balance
ENVIRONMENT = wrapped(
    bytes.fromhex("435f52" "42602052" "48604052" "46606052" "3a608052" "333160a05260c05ff3")
)  # fmt: skip


@pytest.fixture
def node():
    with RevmNode(accounts=3) as node:
        yield node


@pytest.fixture
def sender(node):
    return TransactionSender(node, node.accounts[0], Outbox(None))


def deployed(sender, code):
    return sender.send(Call(None, code, 300_000)).contract


def numbers(output):
    return [int.from_bytes(output[i : i + 32], "big") for i in range(0, len(output), 32)]


def test_it_says_which_fork_it_is(node):
    assert node.name == "revm (Cancun)"


def test_old_states_are_there_until_a_snapshot_takes_them_back(node, sender):
    counter = deployed(sender, COUNTER)
    first, snapshot = node.block_number(), node.snapshot()
    for _ in range(3):
        sender.send(Call(counter, b"", 100_000))
    assert numbers(node.call(counter, b"")) == [4]
    assert [numbers(node.call(counter, b"", block=first + n)) for n in range(4)] == [
        [1], [2], [3], [4]
    ]  # fmt: skip
    assert node.transaction_count(sender.address, first) == 1
    assert node.transaction_count(sender.address) == 4
    assert node.transaction_with(sender.address, 2)[1] == first + 2
    assert node.transaction_with(sender.address, 4) is None
    node.restore(snapshot)
    assert node.block_number() == first
    assert numbers(node.call(counter, b"")) == [1]
    with pytest.raises(ChainError):
        node.time_of(first + 1)
    with pytest.raises(ChainError):
        node.restore(snapshot)


def test_a_call_changes_nothing(node, sender):
    counter = deployed(sender, COUNTER)
    before = node.w3.eth.get_block("latest")["hash"]
    for _ in range(3):
        assert numbers(node.call(counter, b"", sender=sender.address)) == [1]
    assert node.call(None, COUNTER) == bytes.fromhex("5f54600101805f555f5260205ff3")
    assert node.w3.eth.get_block("latest")["hash"] == before


def test_a_contract_sees_what_the_block_says(node, sender):
    asks = deployed(sender, ENVIRONMENT)
    node.advance(1000)
    block = node.w3.eth.get_block("latest")
    seen = numbers(node.call(asks, b"", sender=sender.address))
    assert seen == [
        block["number"], block["timestamp"], 0, node.chain_id, 0, node.balance(sender.address)
    ]  # fmt: skip
    assert block["baseFeePerGas"] == 0


def test_fees_go_from_the_sender_to_the_miner(node, sender):
    before = node.balance(sender.address)
    receipt = sender.send(Call(NOBODY, b"", 50_000, 7))
    price = node.w3.eth.get_transaction_receipt(receipt.transaction)["effectiveGasPrice"]
    assert price > 0
    assert receipt.gas_used == 21_000
    assert node.balance(sender.address) == before - 7 - 21_000 * price
    assert node.balance("0x" + "00" * 20) == 21_000 * price


def test_a_sender_who_can_pay_the_limit_only_once_is_served(node, sender):
    poor = TransactionSender(node, node.accounts[2], Outbox(None))
    price = node.fees()[0]
    rest = 60_000 * price
    poor.send(Call(NOBODY, b"", 21_000, node.balance(poor.address) - 21_000 * price - rest))
    assert node.balance(poor.address) == rest
    assert poor.send(Call(NOBODY, b"", 60_000), preflight=False).succeeded
    assert node.balance(poor.address) == rest - 21_000 * price
    with pytest.raises(ChainError):
        poor.send(Call(NOBODY, b"", 60_000), preflight=False)


def test_gas_estimates_are_the_least_that_is_enough(node, sender):
    counter = deployed(sender, COUNTER)
    call = {"from": sender.address, "to": counter, "data": b""}
    enough = node.w3.eth.estimate_gas(call)
    node.w3.eth.call({**call, "gas": enough})
    with pytest.raises(ChainError), node.reaching():
        node.w3.eth.call({**call, "gas": enough - 1})
    assert node.w3.eth.estimate_gas({"from": sender.address, "to": NOBODY}) == 21_000


def test_the_data_of_a_revert_arrive(node, sender):
    reverting = deployed(sender, wrapped(bytes.fromhex("63010203045f526004601cfd")))
    with pytest.raises(TransactionReverted, match="0x01020304"):
        node.call(reverting, b"")
    halting = deployed(sender, wrapped(b"\xfe"))
    with pytest.raises(TransactionReverted):
        node.call(halting, b"")


def test_events_are_found_by_place_kind_and_block(node, sender):
    one, two = deploy_test_token(node, by=sender), deploy_test_token(node, by=sender)
    for token in (one, two, one):
        token.mint(node.accounts[1].address, 5, by=sender)
    found = node.logs(one.address)
    minted = keccak256(b"Transfer(address,address,uint256)")
    transfers = node.logs(one.address, topics=[minted])
    assert len(transfers) == 2
    assert set(transfers) <= set(found)
    assert node.logs(one.address, topics=[bytes(32)]) == []
    last = transfers[-1]
    assert node.logs(one.address, since=last.block) == [last]
    receipt = node.receipt(last.transaction)
    assert receipt.logs == (last,)
    eth = node.w3.eth
    assert len(eth.get_logs({"blockHash": last.raw["blockHash"]})) == 1
    assert len(eth.get_logs({"fromBlock": 0, "address": [one.address, two.address]})) == len(
        found
    ) + len(node.logs(two.address))


def test_storage_remembers_what_was_replaced(node, sender):
    assert node.storage_words() == []
    word = 0xA1B2C3D4E5F6
    code = push(word) + b"\x5f\x55" + push(word + 1) + b"\x5f\x55\x00"
    deployed(sender, code)
    # only the second is there at the end of the block; the first never was at an end
    assert node.storage_words() == [(word + 1).to_bytes(32, "big")]
    counter = deployed(sender, COUNTER)
    for _ in range(2):
        sender.send(Call(counter, b"", 100_000))
    assert {(n).to_bytes(32, "big") for n in (1, 2, word + 1)} == set(node.storage_words())


def test_headers_commit_to_what_happened(node, sender):
    snapshot, blocks = node.snapshot(), []
    for value in (1, 2):
        sender.send(Call(NOBODY, b"", 21_000, value))
        blocks.append(node.w3.eth.get_block("latest"))
        node.restore(snapshot)
        snapshot = node.snapshot()
        sender = TransactionSender(node, node.accounts[0], Outbox(None))
    for name in ("hash", "stateRoot", "transactionsRoot"):
        assert blocks[0][name] != blocks[1][name]
    assert blocks[0]["parentHash"] == blocks[1]["parentHash"] == node.w3.eth.get_block(0)["hash"]


def test_malformed_questions_are_typed_errors(node):
    eth = node.w3.eth
    for query in (
        {"fromBlock": -1}, {"topics": [5]}, {"topics": 5}, {"fromBlock": "soon"},
        {"blockHash": "0x" + "11" * 32}, {"topics": [None] * 5},
    ):  # fmt: skip
        with pytest.raises(ZkCreditError), node.reaching():
            eth.get_logs({"address": NOBODY, "fromBlock": 0, **query})
    for method, parameters in (
        ("eth_getBalance", []), ("eth_getBalance", [NOBODY, "0x5"]), ("eth_getBalance", ["0x12"]),
        ("eth_call", [{"to": NOBODY, "data": "5"}]), ("eth_call", [{"to": NOBODY, "value": -1}]),
        ("eth_sendRawTransaction", ["0x"]), ("eth_sendRawTransaction", ["0xzz"]),
        ("eth_mine", []), ("eth_getTransactionReceipt", [5]), ("eth_blockNumber", [1]),
    ):  # fmt: skip
        reply = node.w3.provider.make_request(method, parameters)
        assert "result" not in reply, method
        assert reply["error"]["message"], method


def test_a_contract_cannot_be_the_sender_of_a_call(node, sender):
    counter = deployed(sender, COUNTER)
    with pytest.raises(ChainError):
        node.call(counter, b"", sender=counter)


@pytest.mark.parametrize("absent", [True, False])
def test_another_pyrevm_than_the_tested_one_is_refused(monkeypatch, absent):
    if absent:
        monkeypatch.setitem(sys.modules, "pyrevm", None)
    else:
        monkeypatch.setattr("importlib.metadata.version", lambda _: "0.3.8")
    with pytest.raises(NodeUnavailable, match="pyrevm"):
        RevmNode()
    assert machine.PYREVM == PYREVM == "0.3.7"


def test_a_journal_in_another_form_is_refused(node, sender, monkeypatch):
    monkeypatch.setattr(machine, "_JOURNAL", " diary: ")
    with pytest.raises(NodeUnavailable, match="unknown form"):
        sender.send(Call(NOBODY, b"", 21_000, 1), preflight=False)
    monkeypatch.undo()
    assert node.block_number() == 0
    assert sender.send(Call(NOBODY, b"", 21_000, 1)).succeeded
