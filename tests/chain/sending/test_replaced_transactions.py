"""A transaction that waits is sped up or cancelled: one of the twins executes."""

from __future__ import annotations

import pytest
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from support.chain.outbox_world import NETWORK, SIGNER, call, calm, sender

from zkcredit._internal.evm import keccak256
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import _fields
from zkcredit.errors import ChainError, InvalidInput, TransactionTimeout

pytestmark = pytest.mark.usefixtures("clock")


def test_a_faster_twin_takes_the_same_nonce_and_one_of_them_executes(path):
    for winner in (0, 1):
        chain, sent = calm(), []
        chain.network = f"31337:{winner}"
        chain.broadcast = sent.append
        slow = sender(chain, path, timeout=1.0)
        with pytest.raises(TransactionTimeout):
            slow.send(call(1), idempotency_key="pay")
        with pytest.raises(TransactionTimeout):
            slow.speed_up("pay")
        first, second = (TypedTransaction.from_bytes(HexBytes(raw)).as_dict() for raw in sent)
        for fee in ("maxFeePerGas", "maxPriorityFeePerGas"):
            assert int(second[fee]) * 10 >= int(first[fee]) * 11
        assert {k: v for k, v in first.items() if "ee" not in k and k not in "vrs"} == {
            k: v for k, v in second.items() if "ee" not in k and k not in "vrs"
        }
        chain.mined.append(sent[winner])
        receipt = sender(chain, path).send(call(1), idempotency_key="pay")
        assert receipt.transaction == "0x" + keccak256(sent[winner]).hex()
        with pytest.raises(InvalidInput, match="nothing waits"):
            sender(chain, path).speed_up("pay")


def test_only_what_waits_is_sped_up(path):
    with pytest.raises(InvalidInput, match="nothing waits"):
        sender(calm(), path).speed_up("pay")
    with Outbox(path) as outbox:
        entry = outbox.add(NETWORK, SIGNER.address, "key", 0, lambda n: (b"raw", "0x00"))
        outbox.finish(entry.id, "mined")
        with pytest.raises(InvalidInput):
            outbox.replace(entry.id, b"other", "0x01")


def test_a_waiting_transaction_is_cancelled_unless_it_was_faster(path):
    for winner in (0, 1):
        chain, sent = calm(), []
        chain.network = f"31337:{winner}"
        chain.broadcast = sent.append
        slow = sender(chain, path, timeout=1.0)
        with pytest.raises(TransactionTimeout):
            slow.send(call(1), idempotency_key="pay")
        with pytest.raises(TransactionTimeout):
            slow.cancel("pay")
        del chain.broadcast
        chain.pool[0] = sent[winner]
        receipt = sender(chain, path).cancel("pay")
        assert receipt.transaction == "0x" + keccak256(sent[winner]).hex()
        assert len(chain.mined) == 1
        if winner:
            for _ in range(2):
                with pytest.raises(ChainError, match="cancelled"):
                    sender(chain, path).send(call(1), idempotency_key="pay")
        else:
            assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
        assert len(chain.mined) == 1


@pytest.mark.parametrize("final", [False, True])
def test_what_was_cancelled_holds_up_nothing_else(path, final):
    chain, sent = calm(), []
    chain.chain_id, chain.tagged_block = 10, lambda tag: 0 if final else -1
    chain.broadcast = sent.append
    slow = sender(chain, path, timeout=1.0)
    for wait in (lambda: slow.send(call(1), idempotency_key="pay"), lambda: slow.cancel("pay")):
        with pytest.raises(TransactionTimeout):
            wait()
    chain.mined.append(sent[-1])
    paid, cancel = ("0x" + keccak256(raw).hex() for raw in sent)
    other = sender(chain, path)
    assert [receipt.transaction for receipt in other.resume()] == [cancel]
    assert other.unfinished() == []
    chain.mined.clear()  # a reorganisation, unless it was final
    assert [entry.hash for entry in other.unfinished()] == ([] if final else [cancel])
    assert paid != cancel


def _cancelled(path):
    """A payment and the transfer that cancels it, both sent, and neither in a block."""
    chain, sent = calm(), []
    chain.broadcast = sent.append
    slow = sender(chain, path, timeout=1.0)
    for wait in (lambda: slow.send(call(1), idempotency_key="pay"), lambda: slow.cancel("pay")):
        with pytest.raises(TransactionTimeout):
            wait()
    paid, cancel = sent
    sent.clear()
    return chain, sent, paid, cancel


@pytest.mark.parametrize("how", ["resume", "again", "wait", "cancel", "other"])
def test_bytes_that_were_cancelled_are_never_sent_again(path, how):
    chain, sent, paid, cancel = _cancelled(path)
    slow = sender(chain, path, timeout=40.0)
    with pytest.raises(TransactionTimeout):
        {
            "resume": slow.resume,
            "again": lambda: slow.send(call(1), idempotency_key="pay"),
            "wait": lambda: slow.wait("pay"),
            "cancel": lambda: slow.cancel("pay"),
            "other": lambda: slow.send(call(2), idempotency_key="another"),
        }[how]()
    assert paid not in sent
    assert cancel in sent or how == "cancel"
    assert sent


@pytest.mark.parametrize("fate", ["mined", "reorganised"])
def test_a_cancellation_that_a_reorganisation_undoes_is_sent_again(path, fate):
    chain, _sent, paid, cancel = _cancelled(path)
    chain.mined.append(cancel)
    with pytest.raises(ChainError, match="cancelled it"):
        sender(chain, path).send(call(1), idempotency_key="pay")
    if fate == "reorganised":
        chain.mined.clear()
        del chain.broadcast
        (receipt,) = sender(chain, path).resume()
        assert receipt.transaction == "0x" + keccak256(cancel).hex()
    with pytest.raises(ChainError, match="cancelled it"):
        sender(chain, path).send(call(1), idempotency_key="pay")
    assert chain.mined == [cancel]
    assert paid not in chain.mined


def test_what_was_cancelled_is_not_signed_with_another_nonce(path):
    chain, sent, _paid, _cancel = _cancelled(path)
    with Outbox(path) as outbox:
        entry = outbox.find(chain.network, SIGNER.address, "pay")
        rival = SIGNER.sign_transaction(_fields(entry) | {"value": 1})
        outbox.replace(entry.id, *rival, idempotency_key="rival")
    chain.mined.append(rival[0])
    for _ in range(2):
        with pytest.raises(ChainError, match="it was cancelled, and transaction 0x"):
            sender(chain, path).send(call(1), idempotency_key="pay")
    assert (chain.mined, sent) == ([rival[0]], [])
    assert sender(chain, path).unfinished() == []


def test_what_was_cancelled_is_not_sped_up(path):
    chain, sent, _paid, _cancel = _cancelled(path)
    with pytest.raises(InvalidInput, match="was cancelled"):
        sender(chain, path).speed_up("pay")
    assert sent == []


def test_a_cancelled_payment_that_was_refused_is_not_signed_again(path):
    chain, sent, _paid, cancel = _cancelled(path)
    with Outbox(path) as outbox:
        entry = outbox.find(chain.network, SIGNER.address, "pay")
        outbox.refuse(entry.id, "insufficient funds")
    with pytest.raises(TransactionTimeout):
        sender(chain, path, timeout=1.0).send(call(1), idempotency_key="pay")
    assert sent == [cancel]
