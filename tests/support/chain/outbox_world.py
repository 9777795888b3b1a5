"""A sender with an outbox, on the model of a chain, for tests of what is sent."""

from __future__ import annotations

import random

from support.chain.faulty_chain import FaultyChain

from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError

NETWORK = "31337:model"
SIGNER = Signer(b"\x01" * 32)
TARGET = "0x00000000000000000000000000000000000000AA"


def sender(chain, path, **options):
    return TransactionSender(chain, SIGNER, Outbox(path), **{"timeout": 40.0} | options)


def call(number):
    return Call(TARGET, number.to_bytes(1, "big"), 100_000)


def calm(seed=0):
    return FaultyChain(random.Random(seed), trouble=0.0)


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
