"""Chains in this process answer one thread at a time, whoever asks meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from zkcredit.chain import EmbeddedNode, Outbox, TransactionSender, fastest_chain
from zkcredit.chain.sending.transactions import Call


@pytest.mark.parametrize("make", [fastest_chain, EmbeddedNode])
def test_threads_share_a_chain(make):
    with make(accounts=4) as node:

        def send(place):
            by = TransactionSender(node, node.accounts[place], Outbox(None))
            return [by.send(Call(node.accounts[0].address, b"", 30_000)).block for _ in range(8)]

        def advance():
            return [node.advance(3) for _ in range(8)]

        def read():
            heads = [node.block_number() for _ in range(40)]
            return [node.w3.eth.get_block(head)["number"] == head for head in heads]

        with ThreadPoolExecutor(6) as pool:
            blocks = [pool.submit(send, place) for place in (1, 2, 3)]
            times, seen = pool.submit(advance), [pool.submit(read) for _ in range(2)]
        sent = sorted(block for one in blocks for block in one.result())
        assert len(set(sent)) == len(sent) == 24
        assert node.block_number() == 24 + 8
        assert times.result() == sorted(times.result())
        assert all(all(one.result()) for one in seen)
