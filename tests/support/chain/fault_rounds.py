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
_RESUME, _SPEED_UP, _CANCEL = 0.1, 0.2, 0.25  # how often instead of sending; sums
_EQUAL, _CANCELS = 0.25, 0.3  # how many histories have equal intentions, or cancel some
_NEVER = "will not execute"
_PATIENCE = 400  # calls without trouble until everything has to be done


def round_of(number: int) -> dict[str, int]:
    """A hundred histories; their seeds begin with a hundred times the round's number."""
    counts: Counter[str] = Counter()
    for seed in range(number * SEEDS, (number + 1) * SEEDS):
        counts.update(history(seed))
    return dict(counts)


def history(seed: int) -> dict[str, int]:
    """One history of faults.

    Raises:
        AssertionError: if an intention was executed twice, or never, unless it was cancelled.
    """
    dice = random.Random(seed)
    chain = HostileChain(
        dice, trouble=dice.choice([0.02, 0.1, 0.25]), reorganises=dice.random() < 0.5
    )
    wanted, outbox, counts = range(dice.randrange(1, 4)), Outbox(None), Counter(seeds=1)
    equal, cancels = dice.random() < _EQUAL, dice.random() < _CANCELS
    given_up: set[int] = set()
    if equal:
        # With one fee for all, what is signed for one intention could be what is for another.
        vars(chain)["fees"] = lambda: (10**9, 10**8)

    def attempt(number: int) -> bool:
        # Every attempt is a new process: all it knows is the outbox.
        sender = TransactionSender(
            chain, _SIGNER, outbox, timeout=40.0, confirmations=dice.choice([0, 1, 3])
        )
        call = Call(_TARGET, bytes([0 if equal else number]), 100_000)
        key = f"intention {number}"
        try:
            deed = dice.random()
            if deed < _RESUME:
                sender.resume()
            elif deed < _SPEED_UP:
                sender.speed_up(key)
            elif cancels and deed < _CANCEL:
                given_up.add(number)
                sender.cancel(key)
            else:
                sender.send(call, idempotency_key=key)
                return True
        except Killed:
            counts["killed"] += 1
        except InvalidInput:
            if deed >= (_CANCEL if cancels else _SPEED_UP):
                raise
            counts["nothing waits"] += 1
        except ChainError as error:
            counts[type(error).__name__.lstrip("_")] += 1
            if number in given_up and _NEVER in str(error):
                return True
        return False

    with patch.object(transactions, "time", Clock()):
        for _ in range(dice.randrange(5, 40)):
            attempt(dice.choice(wanted))
        chain.trouble = 0.0
        for _ in range(_PATIENCE):
            done = [attempt(number) for number in wanted]
            if all(done) and not _faults(chain.executed(), wanted, given_up, equal):
                break
    faults = _faults(chain.executed(), wanted, given_up, equal)
    if faults:
        raise AssertionError(f"seed {seed}: {faults}")
    counts["executed"] = len([data for data in chain.executed() if data])
    counts["equal"] = equal
    counts["cancelled"] = len(given_up)
    return dict(counts)


def _faults(executed: list[bytes], wanted: range, given_up: set[int], equal: bool) -> str:
    """What was executed too often, or never."""
    times = Counter(executed)
    if equal:
        least, found = len(wanted) - len(given_up), times[b"\0"]
        return "" if least <= found <= len(wanted) else f"{len(wanted)} equal ones: {found}"
    doubles = [number for number in wanted if times[bytes([number])] > 1]
    lost = [one for one in wanted if not times[bytes([one])] and one not in given_up]
    return f"executed twice {doubles}, lost {lost}" if doubles or lost else ""
