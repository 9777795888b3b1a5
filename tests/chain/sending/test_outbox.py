"""Exactly one execution per intention, whatever gets lost and whoever is killed.

``make long PART=faulty_chain`` goes on with the hostile chain.
"""

from __future__ import annotations

import random
import sqlite3
import stat
import threading
from contextlib import closing

import pytest
from eth_account.typed_transactions import TypedTransaction
from hexbytes import HexBytes
from support.chain.fault_rounds import history
from support.chain.faulty_chain import Clock, FaultyChain, Killed

from zkcredit._internal.evm import keccak256
from zkcredit.chain.sending import outbox as outbox_module
from zkcredit.chain.sending import transactions
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import (
    ChainError,
    InvalidInput,
    MalformedFile,
    NodeUnavailable,
    TransactionTimeout,
)

NETWORK = "31337:model"
SIGNER = Signer(b"\x01" * 32)
TARGET = "0x00000000000000000000000000000000000000AA"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(transactions, "time", clock)
    return clock


@pytest.fixture
def path(tmp_path):
    return tmp_path / "outbox.sqlite"


def sender(chain, path, **options):
    return TransactionSender(chain, SIGNER, Outbox(path), **{"timeout": 40.0} | options)


def call(number):
    return Call(TARGET, number.to_bytes(1, "big"), 100_000)


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


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_a_hostile_chain_executes_every_intention_once(first):
    executed = sum(history(seed)["executed"] for seed in range(first, first + 50))
    assert executed >= 50


def calm(seed=0):
    return FaultyChain(random.Random(seed), trouble=0.0)


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


def refusing(chain, words):
    """A chain that refuses in these words, and takes nothing, until ``broadcast`` is deleted."""

    def broadcast(raw):
        raise ChainError(f"node refused the request: {words}")

    chain.broadcast = broadcast


def states(path, network=NETWORK):
    with Outbox(path) as outbox:
        return [
            (e.idempotency_key, e.nonce, e.state) for e in outbox.history(network, SIGNER.address)
        ]


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


def old_outbox(path, version):
    """An outbox of the first schema, with a transaction in each of its states."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA application_id = 2053861218")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.execute(outbox_module._OLD_TABLE)
        for index in outbox_module._OLD_INDICES:
            connection.execute(index)
        for row, (nonce, key, sends, state) in enumerate(
            [
                (0, "a", 1, "refused"),
                (0, "a", 1, "mined"),
                (1, "b", 1, "replaced"),
                (1, "b", 1, "signed"),
                (2, "c", 2, "superseded"),
                (3, "d", 1, "refused"),
            ]
        ):
            connection.execute(
                "INSERT INTO transactions (network, sender, nonce, key, raw, hash, sends, state, "
                "created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1790000000)",
                (NETWORK, SIGNER.address, nonce, key, b"raw", f"0x{row}", sends, state),
            )


@pytest.mark.parametrize("version", [0, 1])
def test_an_outbox_of_the_first_schema_opens(path, version):
    old_outbox(path, version)
    for _ in range(2):
        with Outbox(path) as outbox:
            found = outbox.history(NETWORK, SIGNER.address)
            standing = {
                key: outbox.find(NETWORK, SIGNER.address, key).hash for key in ("a", "b", "c", "d")
            }
            assert outbox.hashes(outbox.find(NETWORK, SIGNER.address, "b")) == ["0x3", "0x2"]
    assert [entry.state for entry in found] == ["pending", "mined", *["pending"] * 4]
    assert [bool(entry.refusal) for entry in found] == [True, *[False] * 4, True]
    assert [entry.nonce for entry in found] == [0, 0, 1, 1, 2, 3]
    assert standing == {"a": "0x1", "b": "0x3", "c": "0x4", "d": "0x5"}


def test_a_damaged_outbox_of_the_first_schema_stays_as_it_is(path):
    old_outbox(path, 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE more (x)")
    before = path.read_bytes()
    with pytest.raises(MalformedFile):
        Outbox(path)
    assert path.read_bytes() == before


def test_confirmations_are_waited_for(path):
    chain = calm()
    with pytest.raises(TransactionTimeout):
        sender(chain, path, confirmations=3, timeout=1.0).send(call(1), idempotency_key="pay")
    assert chain.executed == [b"\x01"]
    assert sender(chain, path).send(call(1), idempotency_key="pay").succeeded


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


def test_threads_that_share_an_outbox_get_different_nonces(path):
    outbox = Outbox(path)

    def add(number):
        outbox.add(NETWORK, SIGNER.address, f"key {number}", 5, lambda n: (bytes([n]), f"0x{n}"))

    threads = [threading.Thread(target=add, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = outbox.history(NETWORK, SIGNER.address)
    assert sorted(entry.nonce for entry in entries) == list(range(5, 13))


def test_a_failure_while_signing_stores_nothing(path):
    outbox = Outbox(path)

    def sign(nonce):
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        outbox.add(NETWORK, SIGNER.address, "key", 0, sign)
    assert outbox.history(NETWORK, SIGNER.address) == []


def test_an_outbox_that_another_process_holds_is_reported(path, monkeypatch):
    monkeypatch.setattr("zkcredit.chain.sending.outbox._PATIENCE", 0.05)
    with Outbox(path) as outbox:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(ChainError, match="outbox"):
            outbox.add(NETWORK, SIGNER.address, "key", 0, lambda n: (b"raw", "0x00"))
        holder.execute("ROLLBACK")
        holder.close()
        assert outbox.add(NETWORK, SIGNER.address, "key", 0, lambda n: (b"raw", "0x00")).nonce == 0


def test_the_file_is_private(path):
    with Outbox(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_another_applications_database_is_refused(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE letters (text TEXT)")
    with pytest.raises(MalformedFile):
        Outbox(path)


def test_a_file_that_is_no_database_is_refused(path):
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(MalformedFile):
        Outbox(path)


def filled(path, *statements):
    with Outbox(path) as outbox:
        for number in range(40):
            outbox.add(NETWORK, SIGNER.address, f"{number}", 0, lambda n: (b"r" * 300, f"{n}"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize("kept", [4096, 5000, 8192, 12_288, -1])
def test_an_outbox_that_lost_its_end_is_refused(path, kept):
    # An outbox that opened without some of its entries would sign their transactions again.
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data[:kept])
    with pytest.raises(MalformedFile, match="intact"):
        Outbox(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transactions SET state = 'paid'",
        "CREATE TRIGGER t AFTER INSERT ON transactions BEGIN DELETE FROM transactions; END",
        "CREATE VIEW v AS SELECT * FROM transactions",
        "CREATE TABLE more (x)",
        "ALTER TABLE transactions DROP COLUMN sends",
    ],
)
def test_an_outbox_with_other_contents_is_refused(path, statement):
    filled(path, statement)
    with pytest.raises(MalformedFile, match="intact"):
        Outbox(path)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE transactions SET nonce = 'x' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET hash = x'00' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET raw = 'text' WHERE id = 7", MalformedFile),
        ("UPDATE transactions SET key = CAST(x'ff' AS TEXT) WHERE id = 7", ChainError),
    ],
)
def test_an_entry_that_is_none_is_refused(path, statement, error):
    filled(path, statement)
    with Outbox(path) as outbox, pytest.raises(error):
        outbox.history(NETWORK, SIGNER.address)


def test_a_path_without_a_folder_is_refused(tmp_path):
    with pytest.raises(InvalidInput):
        Outbox(tmp_path / "nowhere" / "outbox.sqlite")


def test_an_unknown_entry_is_refused(path):
    with Outbox(path) as outbox, pytest.raises(InvalidInput):
        outbox.entry(7)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"timeout": -1}, {"confirmations": -1}])
def test_senseless_waiting_times_are_refused(path, options):
    with pytest.raises(InvalidInput):
        sender(calm(), path, **options)


def test_a_sender_shows_its_address_and_no_key(path):
    shown = repr(sender(calm(), path)) + repr(SIGNER) + str(vars(sender(calm(), path)))
    assert SIGNER.address in shown
    assert "01" * 32 not in shown
