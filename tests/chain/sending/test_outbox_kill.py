"""A sender killed by the system at any moment pays once, against a real node process."""

from __future__ import annotations

import pytest
from support.storage.killing import run_and_kill

from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.chain.nodes.connect import connect
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender

PAYEE = "0x00000000000000000000000000000000000000BB"


def pay(url, path, signer, key):
    """What a fresh process does that knows the outbox and the intention."""
    with Outbox(path) as outbox:
        sender = TransactionSender(connect(url), signer, outbox)
        sender.send(Call(PAYEE, b"", 21_000, 1), idempotency_key=key)


@pytest.mark.slow
@pytest.mark.node
def test_a_payment_killed_at_any_system_call_happens_once(tmp_path):
    path = tmp_path / "outbox.sqlite"
    with AnvilNode() as node:
        signer = node.accounts[0]
        killed = paid = 0
        stop, step = 1, 1
        while True:
            key = f"payment {stop}"
            survived = not run_and_kill(lambda key=key: pay(node.url, path, signer, key), stop)
            pay(node.url, path, signer, key)
            paid += 1
            assert node.balance(PAYEE) == paid
            assert node.transaction_count(signer.address) == paid
            if survived:
                break
            killed += 1
            stop += step
            step = 1 + stop // 12  # every early call, then ever fewer: some 60 in all
        assert killed > 20
