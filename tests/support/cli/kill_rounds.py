"""Commands that change a chain, killed at a call to the system, through a gateway that errs.

A run is one verb, one fault and one kill: the command begins in a child, dies before one of its
calls to a file or a socket, and is run again until it exits with 0. Then the chain has executed
what it executes without fault and kill: each transaction once.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from support.chain.gateway import FAULTS
from support.cli.town import VERBS, outcome, town
from support.storage.tracing import SENDS, WRITES, Call, follow

import zkcredit.errors as errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.cli.cli_desk import Ran
    from support.cli.town import Sent, Town, Verb

__all__ = [
    "NodeLost",
    "Runs",
    "loan",
    "market",
    "office",
    "others",
    "pair",
    "pairs",
    "require_typed",
]

_MARKET: Final = (
    "deploy", "deploy ledger", "post-root", "allow-token", "disallow-token", "pause", "unpause",
    "notice", "mint", "publish", "close", "open", "begin-line", "announce", "withdraw-announcement",
)  # fmt: skip
_LOAN: Final = (
    "apply", "renew", "abandon", "draw", "fund", "release", "take-back", "repay", "repay due",
    "repay amount", "settle", "prepay", "holiday", "carry", "carry holiday",
    "carry payment", "restructure", "revoke-consents", "default",
    "withdraw", "withdraw-fees",
)  # fmt: skip
_OFFICE: Final = (
    "post-after-removal", "renew-root", "cancel-root", "withdraw-root", "ban", "appoint", "dismiss",
    "admin begin", "admin accept", "admin cancel", "verifier", "treasury", "rates",
    "bureau", "admit", "dismiss-member", "tree", "timelock", "announce-call", "execute-call",
    "cancel-call", "submit", "cold",
)  # fmt: skip
_TROUBLES: Final = ("", *FAULTS)
_TRIES = 40  # until a command whose gateway has stopped to err has to exit with 0
_HEAVY = 0.7  # how often a kill falls on a call that changes something
_SECOND = 0.2  # how often the command is killed once more when it is run again
_SENDS_RAW = b"eth_sendRawTransaction"


class NodeLost(AssertionError):
    """The node, an anvil, loses its state at every reorganisation, and has to be a new one."""


@dataclass(frozen=True)
class Kill:
    """Before which call a command is killed.

    Attributes:
        number: its number, from 1 on.
        heavy: whether only calls count that change something: a file, or what the chain knows.
    """

    number: int
    heavy: bool


@dataclass
class Runs:
    """What a verb does in a town without faults, and runs that have to come to the same."""

    town: Town
    counts: Counter[str] = field(default_factory=Counter)
    _wanted: dict[str, tuple[list[tuple[object, ...]], dict[str, Any], int, int]] = field(
        default_factory=dict
    )

    def wanted(self, name: str) -> tuple[list[tuple[object, ...]], dict[str, Any], int, int]:
        """What the chain executes, what is printed, and how many calls of each kind it takes."""
        if name not in self._wanted:
            verb = VERBS[name]
            self.town.renew(verb)
            weigh, every, heavy = _Weigh(), 0, 0

            def before(call: Call) -> bool:
                nonlocal every, heavy
                every, heavy = every + 1, heavy + weigh(call)
                return False

            ended = follow(lambda: self.town.here(verb).code, before)
            assert ended.code == 0, f"{name} fails without a fault"
            self.town.renew(verb)
            ran = self.town.run(verb)
            executed = _keys(verb, self.town.executed())
            self._wanted[name] = executed, outcome(ran), every, heavy
        return self._wanted[name]

    def run(self, name: str, fault: str, seed: int, *more: object) -> None:
        """Do one run.

        Raises:
            AssertionError: if the chain did not execute each transaction once, an error has no
                type, or the command does not come to an end.
        """
        for _ in range(_TRIES):
            try:
                self._run(name, fault, seed, more)
            except Exception:  # a node without a state answers what nobody expects
                if not self.town.gate.lost():
                    raise
            if not self.town.gate.broken:
                return
        raise NodeLost

    def _run(self, name: str, fault: str, seed: int, more: tuple[object, ...]) -> None:
        verb, dice = VERBS[name], random.Random(f"{name} {fault} {seed}")
        executed, printed, every, heavy = self.wanted(name)
        self.town.renew(verb)
        self.town.gate.trouble(fault, dice.randrange(1 << 30), most=dice.randrange(1, 4))
        self.killed(verb, _drawn(dice, every, heavy), *more)
        if dice.random() < _SECOND:
            self.killed(verb, _drawn(dice, every, heavy), *more)
        ran = self.until_done(verb, *more)
        self.counts.update({"runs": 1, "with a fault": min(self.town.gate.hits, 1)})
        self.settle(fault)
        found = _keys(verb, self.town.executed())
        assert found == executed, f"executed {_short(found)}, not {_short(executed)}"
        # A reorganisation may fall between the receipt and what is read after it.
        if not verb.outbox and fault != "reorganised":
            assert outcome(ran) == printed, f"printed {outcome(ran)}, not {printed}"
        self.counts["executed"] += len(found)

    def killed(self, verb: Verb, kill: Kill, *more: object) -> None:
        """Run a verb in a child and kill it, unless it ends before."""
        left, weigh = kill.number, _Weigh()

        def before(call: Call) -> bool:
            nonlocal left
            heavy = weigh(call)
            left -= heavy or not kill.heavy
            return left == 0

        def action() -> int:
            ran = self.town.here(verb, *more)
            require_typed(ran)
            return ran.code

        ended = follow(action, before)
        assert ended.code != 99, "an error without a type"
        self.town.gate.settle()
        self.counts["kills"] += ended.code is None

    def until_done(self, verb: Verb, *more: object) -> Ran:
        """Run a verb again and again until it exits with 0."""
        said = ""
        for _ in range(_TRIES):
            ran = self.town.run(verb, *more)
            self.counts["run again"] += 1
            if ran.code == 0:
                return ran
            require_typed(ran)
            said = json.loads(ran.err)["error"]
            self.counts[said] += 1
        raise AssertionError(f"after {_TRIES} runs the command still fails: {ran.stderr}")

    def settle(self, fault: str) -> None:
        """Let come what may still come: the next command, and bytes that were on their way."""
        gate = self.town.gate
        gate.calm()
        if fault == "reorganised":
            assert self.town.run(VERBS["resume"]).code == 0
        gate.release()
        assert not gate.strayed, "a redirect was followed"


class _Weigh:
    """Tells the calls after which something is different: a file, or what the chain knows."""

    def __init__(self) -> None:
        self._sent = False

    def __call__(self, call: Call) -> bool:
        was, self._sent = self._sent, call.name in SENDS and call.sends(_SENDS_RAW)
        return self._sent or was or call.name in WRITES


def _drawn(dice: random.Random, every: int, heavy: int) -> Kill:
    if dice.random() < _HEAVY:
        return Kill(dice.randrange(1, heavy + 1), heavy=True)
    return Kill(dice.randrange(1, every + 1), heavy=False)


def _keys(verb: Verb, sent: list[Sent]) -> list[tuple[object, ...]]:
    """What was executed, in order; of what differs each time, which function it was."""
    return [
        (one.to, one.data[:10] if verb.varies else one.data, one.value, one.succeeded)
        for one in sent
    ]


def _short(keys: list[tuple[object, ...]]) -> list[str]:
    return [f"{to} {str(data)[:10]} {'ok' if well else 'reverted'}" for to, data, _, well in keys]


def require_typed(ran: Ran) -> None:
    """Check that a command ended well, or with an error of this library's tree."""
    if ran.code:
        said = json.loads(ran.err)
        kind = getattr(errors, said["error"])
        assert issubclass(kind, errors.ZkCreditError), said
        assert kind is not errors.InternalError, said


def market(number: int) -> dict[str, int]:
    """Run every verb of a market's operator with every fault, killed at a call drawn by lot."""
    return _round(number, _MARKET)


def loan(number: int) -> dict[str, int]:
    """Run every verb about a loan with every fault, killed at a call drawn by lot."""
    return _round(number, _LOAN)


def office(number: int) -> dict[str, int]:
    """Run every verb about roots, admins, verifiers, treasuries and cold transactions likewise."""
    return _round(number, _OFFICE)


def others(number: int) -> dict[str, int]:
    """Run every other verb with every fault, killed at a call drawn by lot."""
    return _round(number, [name for name in VERBS if name not in (*_MARKET, *_LOAN, *_OFFICE)])


def _round(number: int, names: Sequence[str]) -> dict[str, int]:
    with ExitStack() as stack:
        done = Runs(stack.enter_context(town()))
        for name in names:
            for fault in _TROUBLES:
                try:
                    done.run(name, fault, number)
                except NodeLost:
                    done = Runs(stack.enter_context(town()), done.counts)
                    done.run(name, fault, number)
                except Exception as error:
                    raise AssertionError(f"{name!r}, {fault!r}, seed {number}: {error}") from error
        return dict(done.counts)


def pairs(number: int) -> dict[str, int]:
    """Pay twice the same with every fault, most times with a kill: exactly two are executed."""
    with town() as built:
        done = Runs(built)
        for fault in _TROUBLES:
            pair(done, ("mint", "repay amount")[number % 2], fault, number)
        return dict(done.counts)


def pair(done: Runs, name: str, fault: str, seed: int) -> None:
    """Pay, and pay the same with ``--again 2``; each is run until it is done, and once more."""
    verb, dice = VERBS[name], random.Random(f"{name} {fault} {seed}")
    executed, _, every, heavy = done.wanted(name)
    done.town.renew(verb)
    for again in ((), ("--again", 2)):
        done.town.gate.trouble(fault, dice.randrange(1 << 30))
        if dice.random() < 0.75:
            done.killed(verb, _drawn(dice, every, heavy), *again)
        done.until_done(verb, *again)
        assert done.until_done(verb, *again).json["executed"] is False
    done.settle(fault)
    found = _keys(verb, done.town.executed())
    assert sorted(map(str, found)) == sorted(map(str, 2 * executed)), (
        f"{name!r}, {fault!r}, seed {seed}: executed {_short(found)}"
    )
    done.counts["pairs"] += 1
