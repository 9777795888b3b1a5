"""What an embedded chain remembers: the same logs as eth-tester's, and every word of storage."""

from __future__ import annotations

import pytest
from hexbytes import HexBytes

from zkcredit.chain import EmbeddedNode, Outbox, TransactionSender, deploy_test_token
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import ZkCreditError

# PUSH6 value, PUSH0, SSTORE, STOP: creation code that writes one word and leaves no contract code
PLANTED = 0xA1B2C3D4E5F6


@pytest.fixture(scope="module")
def chain():
    with EmbeddedNode(accounts=3) as node:
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        tokens = [deploy_test_token(node, by=me) for _ in range(2)]
        for token in tokens:
            for amount in (7, 11):
                token.mint(node.accounts[1].address, amount, by=me)
        yield node, tokens, me


def slow(node, wanted):
    """eth-tester's own answer, in the form of ours."""
    return [dict(log) for log in node._tester.get_logs(**wanted)]


@pytest.mark.parametrize("place", [None, 0, 1])
@pytest.mark.parametrize("topic", [None, "signature", "other", "either"])
def test_the_logs_are_those_of_the_tester(chain, place, topic):
    node, tokens, _ = chain
    some = node.logs(tokens[0].address)[0].topics[0]
    signature, other = HexBytes(some).to_0x_hex(), "0x" + "11" * 32
    chosen = {"signature": [signature], "other": [other], "either": [[signature, other]]}
    wanted = {"from_block": 0, "to_block": node.block_number()}
    wanted |= {} if place is None else {"address": tokens[place].address}
    wanted |= {} if topic is None else {"topics": chosen[topic]}
    query = {"fromBlock": 0, "toBlock": node.block_number()}
    query |= {name: wanted[name] for name in ("address", "topics") if name in wanted}
    ours = node.w3.eth.get_logs(query)
    theirs = slow(node, wanted)
    assert len(ours) == len(theirs)
    for mine, his in zip(ours, theirs, strict=True):
        assert mine["address"] == his["address"]
        assert mine["blockNumber"] == his["block_number"]
        assert mine["transactionHash"].to_0x_hex() == his["transaction_hash"]
        assert mine["blockHash"].to_0x_hex() == his["block_hash"]
        assert mine["data"].to_0x_hex() == his["data"]
        assert [t.to_0x_hex() for t in mine["topics"]] == list(his["topics"])
        assert mine["logIndex"] == his["log_index"]
        assert mine["transactionIndex"] == his["transaction_index"]


def test_logs_of_blocks_that_are_no_more_are_gone(chain):
    node, tokens, me = chain
    before = node.logs(tokens[0].address)
    snapshot = node.snapshot()
    tokens[0].mint(node.accounts[2].address, 13, by=me)
    assert len(node.logs(tokens[0].address)) == len(before) + 1
    node.restore(snapshot)
    assert node.logs(tokens[0].address) == before


def test_malformed_filters_are_typed_errors(chain):
    node = chain[0]
    for query in ({"fromBlock": -1}, {"topics": [5]}, {"topics": 5}, {"fromBlock": "soon"}):
        with pytest.raises(ZkCreditError), node.reaching():
            node.w3.eth.get_logs({"address": chain[1][0].address, "fromBlock": 0, **query})


def test_storage_remembers_what_was_replaced():
    with EmbeddedNode(accounts=1) as node:
        me = TransactionSender(node, node.accounts[0], Outbox(None))
        assert node.storage_words() == []
        value = PLANTED.to_bytes(6, "big")
        code = (
            b"\x65" + value + b"\x5f\x55\x65" + (PLANTED + 1).to_bytes(6, "big") + b"\x5f\x55\x00"
        )
        made = me.send(Call(None, code, 200_000))
        assert made.contract
        # only the second is there at the end of the block; the first never was at an end
        assert node.storage_words() == [(PLANTED + 1).to_bytes(32, "big")]
        token = deploy_test_token(node, by=me)
        token.mint(me.address, PLANTED, by=me)
        token.mint(me.address, 1, by=me)
        words = node.storage_words()
        assert {PLANTED.to_bytes(32, "big"), (PLANTED + 1).to_bytes(32, "big")} <= set(words)
        assert all(len(word) == 32 for word in words)
        assert len(words) == len(set(words))
