"""A loan's steps on a chain that is reorganised under them, from one block to ten.

A scenario is a step, a depth, and what becomes of the step's transactions: the new chain lacks
them, has them elsewhere, has another one with their nonce, or refuses them because something else
came first. Then the user goes on, and the outbox says what the chain says.
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import ExitStack, closing, suppress
from typing import TYPE_CHECKING, Final

from support.chain.faulty_chain import hash_of
from support.cli.kill_rounds import NodeLost, require_typed
from support.cli.town import LIST, PRINCIPAL, VERBS, town

from zkcredit.chain import Signer
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

if TYPE_CHECKING:
    from support.cli.cli_desk import Ran
    from support.cli.town import Sent, Town, Verb

__all__ = ["DEPTHS", "FATES", "STEPS", "reorganised", "round_of"]

STEPS: Final = ("apply", "fund", "release", "repay", "withdraw", "default")
FATES: Final = ("dropped", "elsewhere", "twin", "taken", "reverted")
"""What the new chain has: nothing; the same bytes in another block; an earlier twin of the same
call; a transaction that is not in the outbox; the bytes, behind something that makes them fail."""

DEPTHS: Final = 10
_TRIES = 5
_FINAL = 70  # blocks after which anvil calls one final
_NOW = ("--confirmations", 0)


def round_of(number: int) -> dict[str, int]:
    """Every step and every fate at one depth, on a local chain or one that has final blocks."""
    counts: Counter[str] = Counter()
    depth, chain_id = number % DEPTHS + 1, (31337, 10)[number // DEPTHS % 2]
    with ExitStack() as stack:
        built = stack.enter_context(town(chain_id=chain_id))
        for step in STEPS:
            for fate in FATES:
                try:
                    counts.update(reorganised(built, step, depth, fate, number))
                except NodeLost:
                    built = stack.enter_context(town(chain_id=chain_id))
                    counts.update(reorganised(built, step, depth, fate, number))
                except Exception as error:
                    raise AssertionError(f"{step}, {fate}, depth {depth}: {error}") from error
    return dict(counts)


def reorganised(place: Town, step: str, depth: int, fate: str, seed: int) -> dict[str, int]:
    """One scenario.

    Raises:
        AssertionError: if the outbox says another thing than the chain, something was executed
            twice or not at all, or bytes left of which the user was not told.
    """
    for _ in range(_TRIES):
        dice = random.Random(f"{step} {fate} {seed}")
        with suppress(_Lost):
            return _Scenario(place, step, depth, fate, dice).play()
    raise NodeLost


class _Lost(Exception):
    """The node has no state after the reorganisation: it has to be done anew."""


class _Scenario:
    def __init__(self, place: Town, step: str, depth: int, fate: str, dice: random.Random) -> None:
        self.place, self.step, self.fate, self.dice = place, step, fate, dice
        # What a withdrawal draws has to come after it began, in a block of its own.
        self.depth = max(depth, 2) if (step, fate) == ("withdraw", "reverted") else depth
        self.verb: Verb = VERBS[step]
        self.again: tuple[object, ...] = ()
        self.seen: set[str] = set()
        self._slower = b""

    def play(self) -> dict[str, int]:
        place = self.place
        place.renew(self.verb)
        place.gate.ask("anvil_mine", hex(DEPTHS + 2))
        if (self.step, self.fate) == ("withdraw", "reverted"):
            self.run(self.verb)
            self.again = ("--again", 2)
            borrower, runs = place.people["borrower"], place.loan("runs")
            place.market.repay(runs, place.market.row_owed(runs.loan_id, 2), by=borrower)
        before = len(place.executed())
        if self.fate == "twin":
            self._two_twins()
        else:
            assert self.run(self.verb).code == 0
        sent = place.executed()[before:]
        self._move(sent)
        if self.dice.random() < 0.5:
            self.run(VERBS["resume"])
        ran = self.run(self.verb)
        if self.fate == "taken" and place.node.chain_id not in LOCAL_CHAIN_IDS:
            assert "not known yet" in ran.stderr  # it is not final
            place.gate.ask("anvil_mine", hex(_FINAL))
            ran = self.run(self.verb)
        if self.fate == "reverted":
            assert ran.code == 5, ran.out
            self._check(before, [(one.data, one is not sent[-1]) for one in sent])
        elif self.fate == "taken":
            assert ran.code == 5, ran.out
            assert "is not in this outbox" in ran.stderr
            self.again = ("--again", 2)
            assert self.run(self.verb).code == 0
            first = [(one.data, True) for one in sent]
            self._check(before, [*first[:-1], ("0x", True), *first])
        else:
            assert ran.code == 0, ran.stderr
            self._check(before, [(one.data, True) for one in sent])
        return {"scenarios": 1, self.fate: 1, "executed": len(place.executed()) - before}

    def run(self, verb: Verb) -> Ran:
        """Run a command, and note which transactions it names."""
        first = len(self.place.gate.sent)
        more = (*_NOW, *(self.again if verb is self.verb else ()))
        ran = self.place.run(verb, *more)
        require_typed(ran)
        for raw in self.place.gate.sent[first:]:
            digest = hash_of(raw)
            named = digest in ran.stderr or digest in ran.out
            assert digest not in self.seen or named, f"{digest} was sent again, and nobody told"
            self.seen.add(digest)
        return ran

    def _two_twins(self) -> None:
        # The step's first transaction waits, is offered with a higher fee, and that is mined.
        gate = self.place.gate
        gate.trouble("forgotten", 0, most=1 << 30, rate=1.0)
        assert self.run(self.verb).code == 5
        gate.calm()
        self._slower = gate.sent[0]
        ran = self.place.run(VERBS["speed-up"], *_NOW)
        assert ran.code == 0, ran.stderr
        assert self.run(self.verb).code == 0

    def _move(self, sent: list[Sent]) -> None:
        """Give the chain another end."""
        gate, key = self.place.gate, Signer(self.place.key)
        above = 0 if len(sent) == 1 else self.dice.randrange(2)
        above = 1 if self.again else above
        on_top = max(0, self.depth - 1 - above)
        if on_top:
            gate.ask("anvil_mine", hex(on_top))
        head = int(gate.ask("eth_blockNumber"), 16)
        gone = [one for one in sent if one.block > head - self.depth]
        raws = [gate.ask("eth_getRawTransactionByHash", one.digest) for one in gone]
        assert gone
        end = self.depth - 1
        wanted: list[tuple[str, int]] = []
        match self.fate:
            case "elsewhere":
                wanted = [(raw, end) for raw in raws]
            case "twin":
                own = "0x" + self._slower.hex()
                nonces = [one.nonce for one in gone]
                wanted = [(own, 0)] if sent[0].nonce in nonces else []
            case "taken":
                wanted = [(self._signed(key, gone[-1].nonce, self.place.address, "0x"), 0)]
                wanted = [(raw, 0) for raw in raws[:-1]] + wanted
            case "reverted":
                wanted = [*self._spoiled(), *[(raw, end) for raw in raws]]
            case _:
                pass
        if not gate.reorganise(self.depth, wanted):
            raise _Lost

    def _spoiled(self) -> list[tuple[str, int]]:
        """What has to come first so that the step is refused."""
        market, people, names = self.place.market, self.place.people, self.place.names
        runs, overdue = self.place.loan("runs"), self.place.loan("overdue")
        debtor = runs.borrower
        who, function, arguments = {
            "apply": ("lender", "setProductOpen", (names["product"], False)),
            "fund": ("borrower", "cancel", (int(names["asked"]),)),
            "release": ("borrower", "cancel", (int(names["asked"]),)),
            "repay": ("lender", "settle", (runs.loan_id, debtor, 5 * PRINCIPAL)),
            "default": ("lender", "repay", (overdue.loan_id, debtor, 5 * PRINCIPAL)),
            "withdraw": ("", "", ()),
        }[self.step]
        if not who:
            return []  # what there was to draw is gone with the old blocks
        sender = people[who]
        signer = self.place.node.accounts[1 if who == "borrower" else 2]
        nonce = self.place.node.transaction_count(sender.address)
        target = market.book if function == "setProductOpen" else market
        data = "0x" + target.abi.encode(function, *arguments).hex()
        return [(self._signed(signer, nonce, target.address, data), 0)]

    def _signed(self, by: Signer, nonce: int, to: str, data: str) -> str:
        fields = {
            "type": 2, "chainId": self.place.node.chain_id, "nonce": nonce, "gas": 900_000,
            "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**10, "value": 0, "to": to,
            "data": bytes.fromhex(data[2:]),
        }  # fmt: skip
        return "0x" + by.sign_transaction(fields)[0].hex()

    def _check(self, before: int, wanted: list[tuple[str, bool]]) -> None:
        self.run(LIST)
        place = self.place
        found = [(one.data, one.succeeded) for one in place.executed()[before:]]
        if self.verb.varies and self.again:  # another request, of a later block
            found, wanted = ([(data[:10], well) for data, well in some] for some in (found, wanted))
        assert found == wanted, f"executed {_short(found)}, not {_short(wanted)}"
        with closing(sqlite3.connect(place.folder / "wallet.outbox")) as outbox:
            rows = outbox.execute("SELECT hash, state, block FROM transactions").fetchall()
        for digest, state, block in rows:
            receipt = place.gate.ask("eth_getTransactionReceipt", digest)
            if receipt is None:
                assert state in ("pending", "superseded"), f"{digest} is {state}, and in no block"
            else:
                assert state in ("mined", "safe", "final"), f"{digest} is {state}, and in a block"
                assert block == receipt["blockHash"], f"{digest} is in another block"


def _short(found: list[tuple[str, bool]]) -> list[str]:
    return [f"{data[:10]} {'ok' if well else 'reverted'}" for data, well in found]
