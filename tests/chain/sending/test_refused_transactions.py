"""What a node refuses keeps or frees its nonce, and executes once all the same."""

from __future__ import annotations

import pytest
from support.chain.outbox_world import NETWORK, SIGNER, call, calm, refusing, sender, states

from zkcredit.chain.sending.outbox import Outbox
from zkcredit.errors import ChainError, NodeUnavailable, TransactionTimeout

pytestmark = pytest.mark.usefixtures("clock")


def test_a_transaction_that_the_node_refuses_leaves_its_nonce_free(path):
    chain = calm()

    def broadcast(raw):
        raise ChainError("insufficient funds")

    chain.broadcast = broadcast
    with pytest.raises(ChainError, match="insufficient funds"):
        sender(chain, path).send(call(1), idempotency_key="pay")
    del chain.broadcast
    sender(chain, path).send(call(2), idempotency_key="other")
    sender(chain, path).send(call(1), idempotency_key="pay")
    assert chain.executed == [b"\x02", b"\x01"]


def test_a_refusal_after_an_unknown_first_attempt_frees_nothing(path):
    chain = calm()
    replies = iter([NodeUnavailable("time out"), ChainError("fee too low")])

    def broadcast(raw):
        raise next(replies)

    chain.broadcast = broadcast
    with pytest.raises(NodeUnavailable):
        sender(chain, path).send(call(1), idempotency_key="pay")
    with pytest.raises(TransactionTimeout):
        sender(chain, path, timeout=1.0).send(call(1), idempotency_key="pay")
    with Outbox(path) as outbox:
        assert [e.state for e in outbox.history(NETWORK, SIGNER.address)] == ["pending"]


@pytest.mark.parametrize(
    "words",
    [
        "insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1",
        "transaction underpriced: tip needed 1, tip permitted 0",
        "max fee per gas less than block base fee: address 0x00, maxFeePerGas: 1, baseFee: 2",
        "intrinsic gas too low: gas 1, minimum needed 21000",
        "exceeds block gas limit",
        "invalid chain id for signer: have 1 want 3",
        "transaction of another chain",
        "Upfront cost exceeds account balance",
        "FeeTooLow, MaxFeePerGas too low",
    ],
)
def test_after_a_listed_refusal_the_intention_keeps_its_nonce(path, words):
    chain = calm()
    refusing(chain, words)
    for _ in range(2):
        with pytest.raises(ChainError, match="not accepted"):
            sender(chain, path).send(call(1), idempotency_key="pay")
    del chain.broadcast
    chain.fees = lambda: (2 * 10**9, 10**8)
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert {nonce for _, nonce, _ in states(path)} == {0}
    assert chain.executed == [b"\x01"]


@pytest.mark.parametrize(
    "words",
    [
        "already known",
        "nonce too low",
        "replacement transaction underpriced",
        "request timed out",
        "rate limit exceeded",
        "Internal error",
        "the pool is full",
        "Wer da?",
        "",
    ],
)
def test_what_was_sent_although_refused_is_not_signed_again(path, words):
    chain = calm()
    sent = []

    def broadcast(raw):
        sent.append(raw)  # it is accepted all the same
        raise ChainError(f"node refused the request: {words}")

    chain.broadcast = broadcast
    for _ in range(2):
        with pytest.raises(TransactionTimeout):
            sender(chain, path, timeout=1.0).send(call(1), idempotency_key="pay")
    del chain.broadcast
    chain.pool[0] = sent[0]
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded
    assert len(set(sent)) == 1
    assert chain.executed == [b"\x01"]


def test_a_refusal_that_was_none_executes_once_beside_a_later_intention(path):
    for winner in (0, 1):
        chain, sent = calm(), []
        chain.network = f"31337:{winner}"

        def broadcast(raw, sent=sent):
            sent.append(raw)
            raise ChainError("insufficient funds")

        chain.broadcast = broadcast
        for number in range(2):
            with pytest.raises(ChainError, match="not accepted"):
                sender(chain, path).send(call(number), idempotency_key=f"pay {number}")
        assert [nonce for _, nonce, _ in states(path, chain.network)] == [0, 0]
        del chain.broadcast
        chain.pool[0] = sent[winner]
        for number in (0, 1, 0, 1):
            sender(chain, path).send(call(number), idempotency_key=f"pay {number}")
        assert sorted(chain.executed) == [b"\x00", b"\x01"]


def test_a_later_intention_does_not_wait_behind_a_refused_one(path):
    chain = calm()
    refusing(chain, "insufficient funds")
    with pytest.raises(ChainError, match="not accepted"):
        sender(chain, path).send(call(1), idempotency_key="dear")
    assert sender(chain, path).resume() == []  # nothing that was refused goes out unasked
    del chain.broadcast
    sender(chain, path).send(call(2), idempotency_key="cheap")
    assert sender(chain, path).resume() == []
    assert states(path) == [("dear", 0, "pending"), ("cheap", 0, "mined")]
    sender(chain, path).send(call(1), idempotency_key="dear")
    assert states(path)[0] == ("dear", 0, "superseded")
    assert chain.executed == [b"\x02", b"\x01"]


def test_a_refused_intention_that_lost_its_nonce_for_good_takes_the_next_one(path):
    chain = calm()
    refusing(chain, "insufficient funds")
    with pytest.raises(ChainError, match="not accepted"):
        sender(chain, path).send(call(1), idempotency_key="dear")
    del chain.broadcast
    sender(chain, path).send(call(2), idempotency_key="cheap")
    chain.block_number = lambda: 100
    sender(chain, path).unfinished()
    assert states(path) == [("dear", 0, "superseded"), ("cheap", 0, "final")]
    assert sender(chain, path).send(call(1), idempotency_key="dear").succeeded
    assert chain.executed == [b"\x02", b"\x01"]


def test_two_equal_intentions_never_share_their_bytes(path):
    chain = calm()
    chain.fees = lambda: (10**9, 10**8)
    refusing(chain, "insufficient funds for gas * price + value")
    for key in ("first", "second", "first"):
        with pytest.raises(ChainError, match="not accepted"):
            sender(chain, path).send(call(1), idempotency_key=key)
    del chain.broadcast
    first, second = (
        sender(chain, path).send(call(1), idempotency_key=key) for key in ("first", "second")
    )
    assert first.transaction != second.transaction
    assert chain.executed == [b"\x01", b"\x01"]


def test_a_machine_that_lags_does_not_let_two_equal_intentions_be_one(path):
    chain = calm()
    chain.fees = lambda: (10**9, 10**8)
    taken = chain.broadcast

    def lying(raw):
        taken(raw)
        raise ChainError("insufficient funds")

    chain.broadcast = lying
    with pytest.raises(ChainError, match="not accepted"):
        sender(chain, path).send(call(1), idempotency_key="first")
    chain.broadcast = taken
    first = sender(chain, path).send(call(1), idempotency_key="first")
    count, left = chain.transaction_count, [2]

    def behind(address, block=None):
        left[0] -= 1
        return 0 if left[0] >= 0 else count(address, block)

    chain.transaction_count = behind
    second = sender(chain, path).send(call(1), idempotency_key="second")
    assert first.transaction != second.transaction
    assert chain.executed == [b"\x01", b"\x01"]
