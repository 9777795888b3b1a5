"""A market of very many loans, made block by block while an index reads it, in little memory."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from support.chain.loan_chains import PEOPLE, TOKENS, Books, Game, Loan, LoanChain
from support.portfolio.simulated import LENGTHS, products

from zkcredit.loan import Standing
from zkcredit.loan.life import Action, quote
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.index.chain_source import Header, RawEvent

NEW = 10  # loans in each block
EVERY = 6 * 3_600  # seconds from block to block
ROWS_APART = 30 * DAY // EVERY
KEPT = 8_192  # blocks that an index may ask for again
WORST = 40  # of so many borrowers, one stops paying


class Town:
    """The loans that still live, by number: those that ended are forgotten."""

    def __init__(self) -> None:
        self.loans: dict[int, Loan] = {}
        self.count = 0


class TownGame(Game):
    """A block of a market whose books are changed in place."""

    def __init__(self, chain: LoanChain, books: Books, time: int, town: Town) -> None:
        super().__init__(chain, books, time)
        self.town = town

    def loan(self, number: int) -> Loan:
        """A loan by its number."""
        return self.town.loans[number]

    def write(self, number: int, **changes: Any) -> None:
        """Change a loan."""
        self.town.loans[number] = replace(self.town.loans[number], **changes)

    def request(self, address: str, principal: int, borrower: str, **more: int) -> int:
        """An application."""
        self.town.count += 1
        number = self.town.count
        deadline = self.time + self.books.product(address).funding_window
        nullifier = more.get("nullifier", 1_000 + number)
        self.town.loans[number] = Loan(address, borrower, nullifier, principal, deadline)
        self.emit(
            "LoanRequested", number, address, borrower, nullifier, principal,
            more.get("purpose", 0), 77, deadline,
        )  # fmt: skip
        self.emit("EvidenceAccepted", number, 5, self.time)
        return number


class ManyLoans:
    """A chain on which ten people borrow in each block, and repay in six months.

    It is the source of an index. Blocks are made when the index first asks for them, in order.

    Args:
        loans: number of loans in the end.

    Attributes:
        last: the last block that the chain shows now.
        seconds: time that was spent to make blocks.
        made: number of events so far.
    """

    network = LoanChain.network
    name = "the made chain"

    def __init__(self, loans: int) -> None:
        self._chain = LoanChain(1)
        self._chain.extend(2)
        self._town = Town()
        self._loans = loans
        self._addresses: list[str] = []
        self._due: dict[int, list[int]] = defaultdict(list)
        self._blocks: OrderedDict[int, tuple[Header, tuple[RawEvent, ...]]] = OrderedDict()
        for block in self._chain.blocks:
            self._blocks[block.header.number] = block.header, block.events
        self._held = {one.header.number: one.books.held for one in self._chain.blocks}
        self._newest = len(self._chain.blocks) - 1
        self.last = self._newest
        self.seconds = 0.0
        self.made = 0

    def block_of(self, loans: int) -> int:
        """The block after which there are so many loans."""
        return 2 + -(-loans // NEW)

    @property
    def end(self) -> int:
        """The block after which the last loans have ended."""
        return self.block_of(self._loans) + 10 * ROWS_APART

    # --- what an index asks ---

    def head(self) -> int:
        """The number of the last block."""
        return self.last

    def header(self, number: int) -> Header | None:
        """The header of a block, or None."""
        if number > self.last:
            return None
        self._reach(number)
        return self._blocks[number][0]

    def events(self, since: int, until: int) -> Sequence[RawEvent]:
        """The events of some blocks."""
        self._reach(until)
        return [event for number in range(since, until + 1) for event in self._blocks[number][1]]

    def sleep(self, seconds: float) -> None:
        """A made chain never lags."""

    def call(self, token: str, _: bytes, *, block: int) -> bytes:
        """The balance of a token after a block, for a page that follows this chain."""
        self._reach(block)
        return self._held[block][TOKENS.index(token)].to_bytes(32)

    # --- blocks ---

    def _reach(self, number: int) -> None:
        started = perf_counter()
        while self._newest < number:
            self._make()
        self.seconds += perf_counter() - started

    def _make(self) -> None:
        chain = self._chain
        header = chain.next_header(EVERY)
        game = TownGame(chain, chain.blocks[-1].books, header.time, self._town)
        if not self._addresses:
            self._addresses = [game.publish(product) for product in products()[:: len(LENGTHS)]]
        for place in range(NEW):
            if self._town.count < self._loans:
                self._lend(game, place, header.number)
        for number in self._due.pop(header.number, []):
            self._pay(game, number, header.number)
        chain.append(header, game)
        block = chain.blocks[-1]
        del chain.blocks[:-1]
        self._newest = header.number
        self.made += len(block.events)
        self._blocks[header.number] = block.header, block.events
        self._held[header.number] = block.books.held
        if len(self._blocks) > KEPT:
            oldest, _ = self._blocks.popitem(last=False)
            self._held.pop(oldest)

    def _lend(self, game: TownGame, place: int, block: int) -> None:
        address = self._addresses[place % 2]
        person = PEOPLE[place % 6]
        number = game.request(address, 50_000 + 100 * place, person, purpose=place % 7)
        game.fund(number, 10**12, PEOPLE[0])
        game.draw(number, person)
        self._due[block + ROWS_APART + number % 7].append(number)

    def _pay(self, game: TownGame, number: int, block: int) -> None:
        loan = game.loan(number).running
        assert loan is not None
        if number % WORST == 0 and loan.paid == 2:
            if game.time > loan.due_at(loan.paid) + 95 * DAY:
                game.step(number, Action.DEFAULT, 0)
                del self._town.loans[number]
            else:
                self._due[block + ROWS_APART].append(number)
            return
        costs = quote(loan, game.time)
        game.step(number, Action.REPAY, max(costs.overdue + costs.fees, 1))
        after = game.loan(number).running
        assert after is not None
        if after.standing is Standing.ACTIVE:
            self._due[block + ROWS_APART].append(number)
        else:
            del self._town.loans[number]
