"""Histories of faults: each intention is executed once, whatever a chain and its nodes answer."""

from __future__ import annotations

import random
from collections import Counter
from unittest.mock import patch

from support.chain.faulty_chain import Clock, HostileChain, Killed

from zkcredit.chain.sending import transactions
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import ChainError, InvalidInput

SEEDS = 100  # in one round
_SIGNER = Signer(b"\x01" * 32)
_TARGET = "0x00000000000000000000000000000000000000AA"
_RESUME, _SPEED_UP = 0.1, 0.2  # how often a process does that instead of sending; sums
_PATIENCE = 400  # calls without trouble until everything has to be done


def round_of(number: int) -> dict[str, int]:
    """A hundred histories; their seeds begin with a hundred times the round's number."""
    counts: Counter[str] = Counter()
    for seed in range(number * SEEDS, (number + 1) * SEEDS):
        counts.update(history(seed))
    return dict(counts)


def history(seed: int) -> dict[str, int]:
    """One history of faults; raises if an intention was executed twice, or never."""
    dice = random.Random(seed)
    chain = HostileChain(
        dice, trouble=dice.choice([0.02, 0.1, 0.25]), reorganises=dice.random() < 0.5
    )
    wanted, outbox, counts = range(dice.randrange(1, 4)), Outbox(None), Counter(seeds=1)

    def attempt(number: int) -> bool:
        # Every attempt is a new process: all it knows is the outbox.
        sender = TransactionSender(
            chain, _SIGNER, outbox, timeout=40.0, confirmations=dice.choice([0, 1, 3])
        )
        call, key = Call(_TARGET, bytes([number]), 100_000), f"intention {number}"
        try:
            deed = dice.random()
            if deed < _RESUME:
                sender.resume()
            elif deed < _SPEED_UP:
                sender.speed_up(key)
            else:
                sender.send(call, idempotency_key=key)
                return True
        except Killed:
            counts["killed"] += 1
        except InvalidInput:
            if deed >= _SPEED_UP:
                raise
            counts["nothing to speed up"] += 1
        except ChainError as error:
            counts[type(error).__name__] += 1
        return False

    with patch.object(transactions, "time", Clock()):
        for _ in range(dice.randrange(5, 40)):
            attempt(dice.choice(wanted))
        chain.trouble = 0.0
        for _ in range(_PATIENCE):
            done = [attempt(number) for number in wanted]
            executed = Counter(chain.executed())
            if all(done) and all(executed[bytes([number])] for number in wanted):
                break
    executed = Counter(chain.executed())
    doubles = [data.hex() for data, times in executed.items() if times > 1]
    lost = [number for number in wanted if not executed[bytes([number])]]
    if doubles or lost:
        raise AssertionError(f"seed {seed}: executed twice {doubles}, lost {lost}")
    counts["executed"] = executed.total()
    return dict(counts)
