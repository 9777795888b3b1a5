"""Exactly one execution per intention, whatever gets lost and whoever is killed.

``make long PART=faulty_chain`` goes on with the hostile chain.
"""

from __future__ import annotations

import random

import pytest
from support.chain.fault_rounds import history
from support.chain.faulty_chain import FaultyChain, Killed
from support.chain.outbox_world import NETWORK, SIGNER, TARGET, call, calm, sender, states

from zkcredit.chain.sending.outbox import Outbox
from zkcredit.errors import ChainError, InvalidInput, NodeUnavailable, TransactionTimeout

pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize("seed", range(60))
def test_every_intention_executes_exactly_once_under_random_faults(seed, path):
    dice = random.Random(seed)
    chain = FaultyChain(dice, trouble=dice.choice([0.02, 0.1, 0.25]))
    wanted = list(range(3))
    restarts = 0
    for number in wanted:
        while True:
            try:
                # Every attempt is a new process: all it knows is the file.
                sender(chain, path).send(call(number), idempotency_key=f"intention {number}")
                break
            except (NodeUnavailable, TransactionTimeout, Killed):
                restarts += 1
                assert restarts < 2000
    assert chain.executed == [bytes([number]) for number in wanted]


@pytest.mark.parametrize("seed", range(20))
def test_resume_after_a_kill_finishes_what_was_signed_and_nothing_else(seed, path):
    dice = random.Random(1000 + seed)
    chain = FaultyChain(dice, trouble=0.3)
    for number in range(3):
        try:
            sender(chain, path).send(call(number), idempotency_key=f"intention {number}")
        except (NodeUnavailable, TransactionTimeout, Killed):
            continue
    chain.trouble = 0.0
    sender(chain, path).resume()
    with Outbox(path) as outbox:
        signed = [entry.raw for entry in outbox.history(NETWORK, SIGNER.address)]
        assert outbox.pending(NETWORK, SIGNER.address) == []
    assert sorted(chain.mined) == sorted(signed)
    assert len(chain.mined) == len(set(chain.mined))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 300, 50))
def test_a_hostile_chain_executes_every_intention_once(first):
    executed = sum(history(seed)["executed"] for seed in range(first, first + 50))
    assert executed >= 50


def test_the_transaction_is_on_disk_before_it_is_sent(path):
    chain = calm()
    seen = []

    def broadcast(raw):
        with Outbox(path) as other:
            seen.extend(e.raw == raw for e in other.pending(NETWORK, SIGNER.address))
        FaultyChain.broadcast(chain, raw)

    chain.broadcast = broadcast
    sender(chain, path).send(call(1))
    assert seen == [True]


def test_a_lost_reply_is_not_sent_as_a_second_transaction(path):
    chain = calm()

    def broadcast(raw):
        FaultyChain.broadcast(chain, raw)
        raise NodeUnavailable("time out")

    chain.broadcast = broadcast
    with pytest.raises(NodeUnavailable):
        sender(chain, path).send(call(1), idempotency_key="pay")
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert chain.executed == [b"\x01"]


def test_a_dropped_transaction_is_sent_again_with_the_same_bytes(path, clock):
    chain = calm()
    sent = []

    def broadcast(raw):
        sent.append(raw)
        if len(sent) > 1:
            FaultyChain.broadcast(chain, raw)

    chain.broadcast = broadcast
    sender(chain, path).send(call(1))
    assert sent[0] == sent[1]
    assert clock.seconds > 1000


def test_a_lost_predecessor_is_sent_again_to_close_the_nonce_gap(path):
    chain = calm()
    chain.broadcast = lambda raw: None
    with pytest.raises(TransactionTimeout):
        sender(chain, path, timeout=1.0).send(call(1), idempotency_key="first")
    del chain.broadcast
    sender(chain, path).send(call(2), idempotency_key="second")
    assert chain.executed == [b"\x01", b"\x02"]


def test_a_reorganised_transaction_is_sent_again_when_asked_for(path):
    chain = calm()
    sender(chain, path).send(call(1), idempotency_key="pay")
    chain.mined.clear()
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert chain.executed == [b"\x01", b"\x01"]  # once per history
    assert len(chain.mined) == 1


def test_a_reorganised_predecessor_is_sent_again_too(path):
    chain = calm()
    sender(chain, path).send(call(1), idempotency_key="first")
    chain.mined.clear()
    sender(chain, path).send(call(2), idempotency_key="second")
    assert len(chain.mined) == 2


def test_a_nonce_that_somebody_else_used_is_reported_and_not_repeated(path):
    chain = calm()
    chain.broadcast = lambda raw: None
    with pytest.raises(TransactionTimeout):
        sender(chain, path, timeout=1.0).send(call(1), idempotency_key="pay")
    del chain.broadcast
    foreign = SIGNER.sign_transaction(
        {"type": 2, "chainId": 31337, "nonce": 0, "gas": 30000, "maxFeePerGas": 1,
         "maxPriorityFeePerGas": 1, "value": 7, "data": b"", "to": TARGET}
    )[0]  # fmt: skip
    chain.mined.append(foreign)
    for _ in range(2):
        with pytest.raises(ChainError, match="will not execute"):
            sender(chain, path).send(call(1), idempotency_key="pay")
    assert chain.executed == []


@pytest.mark.parametrize("answers_first", [False, True])
def test_a_nonce_that_a_machine_behind_names_is_not_the_end_of_a_payment(path, answers_first):
    """Another wallet used the nonce before; the machine that was asked for it did not know."""
    chain, told = calm(), []
    chain.mined.append(
        SIGNER.sign_transaction(
            {"type": 2, "chainId": 31337, "nonce": 0, "gas": 30000, "maxFeePerGas": 1,
             "maxPriorityFeePerGas": 1, "value": 7, "data": b"", "to": TARGET}
        )[0]
    )  # fmt: skip
    count, left = chain.transaction_count, [1 if answers_first else 2]

    def behind(address, block=None):
        left[0] -= 1
        return 0 if left[0] >= 0 else count(address, block)

    chain.transaction_count = behind
    receipt = sender(chain, path, tell=told.append).send(call(1), idempotency_key="pay")
    assert receipt.succeeded
    assert [state for *_, state in states(path)] == ["superseded", "mined"]
    assert "was used before" in told[0]
    assert sender(chain, path).send(call(1), idempotency_key="pay") == receipt
    assert chain.executed == [b"\x01"]


def test_a_receipt_that_the_node_does_not_find_is_not_known_yet(path):
    chain = calm()
    mined = chain.receipt
    sender(chain, path).send(call(1), idempotency_key="pay")
    chain.receipt = lambda transaction: None
    with pytest.raises(TransactionTimeout, match="not known yet"):
        sender(chain, path).send(call(1), idempotency_key="pay")
    chain.receipt = mined
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert chain.executed == [b"\x01"]


def test_a_receipt_that_comes_after_its_nonce_is_counted_is_waited_for(path):
    chain = calm()
    found, looks = chain.receipt, []

    def late(transaction):
        looks.append(transaction)
        return found(transaction) if len(looks) > 5 else None

    chain.receipt = late
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert chain.executed == [b"\x01"]


class Busy:
    """Answers the first looks for a receipt with errors, as busy nodes do."""

    def __init__(self, chain, *errors):
        self.errors, self.receipt = list(errors), chain.receipt

    def __call__(self, transaction):
        if self.errors:
            raise self.errors.pop(0)
        return self.receipt(transaction)


@pytest.mark.parametrize(
    "error",
    [
        ChainError("node refused the request: transaction indexing is in progress"),
        NodeUnavailable("node cannot be reached (HTTPError)"),
    ],
)
def test_a_receipt_that_is_not_there_yet_is_waited_for(path, error):
    chain = calm()
    chain.receipt = Busy(chain, *[error] * 3)
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    chain.receipt = Busy(chain, *[error] * 1000)
    with pytest.raises(TransactionTimeout, match=r"indexing|HTTPError"):
        sender(chain, path).send(call(1), idempotency_key="pay")
    assert chain.executed == [b"\x01"]


def test_a_reorganisation_moves_an_entry_back_and_the_user_is_told(path):
    chain, told = calm(), []
    sender(chain, path).send(call(1), idempotency_key="pay")
    assert states(path) == [("pay", 0, "mined")]
    (raw,) = chain.mined
    chain.mined.clear()
    sent = []
    chain.broadcast = lambda raw: (sent.append(raw), FaultyChain.broadcast(chain, raw))
    again = sender(chain, path, tell=told.append)
    assert [entry.raw for entry in again.unfinished()] == [raw]
    assert states(path) == [("pay", 0, "pending")]
    assert len(told) == 1
    assert "reorganisation" in told[0]
    assert len(again.resume()) == 1
    assert sent == [raw]
    assert sender(chain, path, tell=told.append).unfinished() == []
    assert len(told) == 1


def test_a_transaction_is_final_when_it_is_deep_enough(path):
    chain = calm()
    sender(chain, path).send(call(1), idempotency_key="pay")
    for number in range(63):
        assert states(path)[0][2] == ("mined" if number < 31 else "safe")
        chain.mined.append(bytes([2, number]))
        sender(chain, path).unfinished()
    assert states(path)[0][2] == "final"


def test_confirmations_are_waited_for(path):
    chain = calm()
    with pytest.raises(TransactionTimeout):
        sender(chain, path, confirmations=3, timeout=1.0).send(call(1), idempotency_key="pay")
    assert chain.executed == [b"\x01"]
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded


def test_without_a_key_every_call_is_a_new_intention(path):
    chain = calm()
    same = sender(chain, path)
    same.send(call(1))
    same.send(call(1))
    assert chain.executed == [b"\x01", b"\x01"]


def test_networks_do_not_share_nonces_or_keys(path):
    one, other = calm(), calm()
    other.network = "31337:another genesis"
    sender(one, path).send(call(1), idempotency_key="pay")
    sender(other, path).send(call(1), idempotency_key="pay")
    assert one.executed == other.executed == [b"\x01"]


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"confirmations": -1}])
def test_senseless_waiting_times_are_refused(path, options):
    with pytest.raises(InvalidInput):
        sender(calm(), path, **options)


def test_a_sender_shows_its_address_and_no_key(path):
    shown = repr(sender(calm(), path)) + repr(SIGNER) + str(vars(sender(calm(), path)))
    assert SIGNER.address in shown
    assert "01" * 32 not in shown
