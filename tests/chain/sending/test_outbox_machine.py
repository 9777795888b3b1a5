"""A machine that draws what users, nodes and miners do, and shrinks what breaks the outbox.

``support.chain.fault_rounds`` draws longer histories; here a history that fails becomes short.
"""

from __future__ import annotations

import random
from collections import Counter
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from support.chain.faulty_chain import Clock, HostileChain, Killed
from support.chain.outbox_world import SIGNER, TARGET

from zkcredit.chain.sending import transactions
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError, InvalidInput

KEYS = st.sampled_from(["one", "two", "three"])
TROUBLE = st.sampled_from([0.0, 0.1, 0.3])
PATIENCE = 200


class Payments(RuleBasedStateMachine):
    """Equal payments of one account, each of them wanted once."""

    @initialize(seed=st.integers(0, 1 << 16), reorganises=st.booleans())
    def begin(self, seed, reorganises):
        self.chain = HostileChain(random.Random(seed), trouble=0.0, reorganises=reorganises)
        self.chain.fees = lambda: (10**9, 10**8)
        self.outbox, self.wanted, self.given_up = Outbox(None), set(), set()

    def act(self, action, trouble=0.0):
        """What a fresh process does; returns what it was told."""
        self.chain.trouble = trouble
        sender = TransactionSender(self.chain, SIGNER, self.outbox, timeout=40.0)
        with patch.object(transactions, "time", Clock()):
            try:
                action(sender)
            except (Killed, ChainError, InvalidInput) as error:
                return f"{type(error).__name__}: {error}"
        return ""

    @rule(key=KEYS, trouble=TROUBLE)
    def pay(self, key, trouble):
        self.wanted.add(key)
        self.act(lambda s: s.send(Call(TARGET, b"x", 100_000), idempotency_key=key), trouble)

    @rule(trouble=TROUBLE)
    def resume(self, trouble):
        self.act(lambda s: s.resume(), trouble)

    @rule(key=KEYS, trouble=TROUBLE)
    def speed_up(self, key, trouble):
        self.act(lambda s: s.speed_up(key), trouble)

    @rule(key=KEYS, trouble=TROUBLE)
    def cancel(self, key, trouble):
        self.given_up.add(key)
        self.act(lambda s: s.cancel(key), trouble)

    def teardown(self):
        if not hasattr(self, "chain"):
            return
        for _ in range(PATIENCE):
            said = [self.act(lambda s, key=key: self.once_more(s, key)) for key in self.wanted]
            if all(not one or "will not execute" in one for one in said):
                break
        else:
            raise AssertionError(said)
        executed = Counter(self.chain.executed())[b"x"]
        assert len(self.wanted - self.given_up) <= executed <= len(self.wanted)
        self.outbox.close()

    def once_more(self, sender, key):
        sender.send(Call(TARGET, b"x", 100_000), idempotency_key=key)
        if self.chain.reorganises:
            for _ in range(8):  # until nothing is reorganised any more
                self.chain.blocks.append([])
            sender.send(Call(TARGET, b"x", 100_000), idempotency_key=key)


TestPayments = Payments.TestCase
TestPayments.settings = settings(max_examples=25, stateful_step_count=12)
