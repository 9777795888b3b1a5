"""Signed transactions: what the reader makes of each kind, and what it refuses."""

from __future__ import annotations

import pytest
import rlp
from eth_account import Account
from support.chain.evm_programs import Player

from zkcredit.chain.nodes.local_accounts import local_accounts_unsafe
from zkcredit.chain.nodes.revm.machine import Refusal
from zkcredit.chain.nodes.revm.raw import read_transaction
from zkcredit.chain.nodes.revm.revm_node import RevmNode
from zkcredit.errors import ChainError

ME = local_accounts_unsafe(1)[0]
TO = "0x00000000000000000000000000000000000000AA"
COMMON = {"nonce": 3, "gas": 21_000, "value": 5, "data": b"\1\2", "to": TO}
SLOTS = [{"address": TO, "storageKeys": ["0x" + "00" * 31 + "07"]}]
KINDS = {
    "before EIP-155": {**COMMON, "gasPrice": 9},
    "legacy": {**COMMON, "gasPrice": 9, "chainId": 31337},
    "access list": {**COMMON, "gasPrice": 9, "chainId": 31337, "type": 1, "accessList": SLOTS},
    "fee market": {
        **COMMON, "maxFeePerGas": 9, "maxPriorityFeePerGas": 2, "chainId": 31337, "type": 2,
        "accessList": SLOTS,
    },
}  # fmt: skip
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_field_is_read(kind):
    raw, digest = ME.sign_transaction(KINDS[kind])
    sent = read_transaction(raw)
    assert "0x" + sent.digest.hex() == digest
    assert sent.sender == ME.address.lower() == Account.recover_transaction(raw).lower()
    assert (sent.nonce, sent.gas, sent.value, sent.data) == (3, 21_000, 5, b"\1\2")
    assert sent.to == TO.lower()
    assert sent.most == 9
    assert sent.tip == (2 if kind == "fee market" else 9)
    assert sent.chain_id == (None if kind == "before EIP-155" else 31337)
    listed = sent.kind > 0
    assert sent.access == (((TO.lower(), (7,)),) if listed else ())


def fields_of(raw):
    return rlp.decode(raw[1:] if raw[0] < 0x80 else raw)


def packed(raw, fields):
    return (raw[:1] if raw[0] < 0x80 else b"") + rlp.encode(fields)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_changed_transaction_is_refused_or_has_another_sender(kind):
    raw = ME.sign_transaction(KINDS[kind])[0]
    refused = 0
    for place in range(len(raw)):
        for bit in (1, 128):
            changed = raw[:place] + bytes([raw[place] ^ bit]) + raw[place + 1 :]
            try:
                assert read_transaction(changed).sender != ME.address.lower()
            except Refusal:
                refused += 1
    assert refused > 0


@pytest.mark.parametrize("kind", list(KINDS))
def test_malformed_transactions_are_refused(kind):
    raw = ME.sign_transaction(KINDS[kind])[0]
    fields = fields_of(raw)
    places = {"before EIP-155": (0, 3, 5), "legacy": (0, 3, 5), "access list": (1, 4, 6)}
    nonce, to, data = places.get(kind, (1, 5, 7))
    r, s = int.from_bytes(fields[-2], "big"), int.from_bytes(fields[-1], "big")
    for place, value in (
        (nonce, b"\0\3"), (nonce, b"\xff" * 33), (nonce, [b"\3"]), (nonce, b"\xff" * 8),
        (to, b"\1"), (to, bytes(21)), (to, [b""]), (data, [b""]),
        (-1, b""), (-2, b""), (-1, (ORDER - s).to_bytes(32, "big")), (-2, b"\xff" * 32),
        (-3, b"\2"), (-1, b"\0" + fields[-1]),
    ):  # fmt: skip
        changed = list(fields)
        changed[place] = value
        with pytest.raises(Refusal):
            read_transaction(packed(raw, changed))
    for changed in (fields[:-1], [*fields, b"\1"], []):
        with pytest.raises(Refusal):
            read_transaction(packed(raw, changed))
    for junk in (b"", b"\x80", raw[:-1], raw + b"\0", b"\3" + raw[1:], b"\4" + raw, b"\x7f"):
        with pytest.raises(Refusal):
            read_transaction(junk)
    assert 0 < r < ORDER


def test_access_lists_in_another_form_are_refused():
    raw = ME.sign_transaction(KINDS["access list"])[0]
    fields = fields_of(raw)
    address = bytes.fromhex(TO[2:])
    for wrong in (
        b"", b"\1", [address], [[address]], [[address, [b"\7"]]], [[b"\1", []]],
        [[address, [], []]], [[address, b"\1\2"]],
    ):  # fmt: skip
        changed = [*fields[:7], wrong, *fields[8:]]
        with pytest.raises(Refusal):
            read_transaction(packed(raw, changed))


def test_what_cannot_be_mined_leaves_no_trace():
    with RevmNode(accounts=2) as node:
        me = node.accounts[0]
        base = {
            "type": 2, "chainId": node.chain_id, "nonce": 0, "gas": 21_000, "maxFeePerGas": 10,
            "maxPriorityFeePerGas": 1, "value": 1, "data": b"", "to": TO,
        }  # fmt: skip
        for wrong in (
            {"nonce": 1}, {"gas": 20_999}, {"gas": 30_000_001}, {"value": 10**30}, {"chainId": 5},
            {"maxPriorityFeePerGas": 11}, {"data": b"\1" * 100}, {"to": "", "data": bytes(49_153)},
        ):  # fmt: skip
            raw = me.sign_transaction({**base, **wrong})[0]
            with pytest.raises(ChainError):
                node.broadcast(raw)
        assert node.block_number() == 0
        raw = me.sign_transaction(base)[0]
        node.broadcast(raw)
        for again in (raw, me.sign_transaction({**base, "value": 2})[0]):
            with pytest.raises(ChainError, match="nonce"):
                node.broadcast(again)
        assert node.balance(TO) == 1


def test_a_contract_cannot_send_a_transaction():
    with RevmNode(accounts=1) as node:
        player = Player(node)
        # an account with code: by EIP-3607 its key, if anybody had it, is worth nothing
        state, me = node._chain.state, node.accounts[0].address.lower()
        one = state.accounts[me]
        state.codes[b"\1" * 32] = b"\0"
        state.accounts[me] = type(one)(one.nonce, one.balance, b"\1" * 32)
        assert player.send(0, TO, b"", 21_000, 1, None).refused
