"""Chains of made-up blocks with the events of a market, which branch.

The market is played here in plain numbers, by the rules of ``LoanMarket``, and its events are
encoded as the contract does. Each block keeps the books after it, so a branch has its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from eth_abi import encode
from support.chain.made_chain import Block, MadeChain, transaction_of
from support.loan.life_cases import random_product, random_step

from zkcredit.chain.contracts.abi import canonical_type, signature_hash
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.chain.index.chain_index import ChainIndex, Watched
from zkcredit.chain.index.chain_source import RawEvent
from zkcredit.chain.index.loan_replay import Clock
from zkcredit.chain.index.loans import BOOK, MARKET
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ZkCreditError
from zkcredit.loan import RunningLoan, Standing, TableProduct, release, run
from zkcredit.loan.life import Action
from zkcredit.loan.words import LOAN_ACTIONS, STANDING_NUMBERS
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkcredit.chain.index.chain_index import Progress
    from zkcredit.chain.index.chain_source import Header

MARKET_AT, BOOK_AT = checksum(f"0x{0xA2:040x}"), checksum(f"0x{0xA3:040x}")
TOKENS = tuple(checksum(f"0x{0xB1 + number:040x}") for number in range(2))
UNITS = (10_000, 10**16)
PEOPLE = tuple(checksum(f"0x{0xC0 + number:040x}") for number in range(6))
TREASURY = checksum(f"0x{0xD1:040x}")
WATCHED = Watched(3, {MARKET_AT: MARKET, BOOK_AT: BOOK})
KEPT = 16
DEEPEST = 12  # blocks of a reorganisation


@dataclass(frozen=True)
class Position:
    """One funding, or the interval that is free since its lender left."""

    number: int
    lender: str
    start: int
    amount: int
    funded_at: int
    withdrawn: int = 0
    gone: bool = False


@dataclass(frozen=True)
class Loan:
    """An application, and the loan that it becomes."""

    product: str
    borrower: str
    nullifier: int
    principal: int
    deadline: int
    stage: str = "requested"
    funded: int = 0
    reached: int = 0
    gaps: tuple[int, ...] = ()
    undrawn: int = 0
    running: RunningLoan | None = None
    positions: tuple[Position, ...] = ()


@dataclass(frozen=True)
class Books:
    """What happened so far."""

    products: tuple[tuple[str, TableProduct], ...] = ()
    loans: tuple[Loan, ...] = ()
    positions: int = 0
    held: tuple[int, ...] = (0, 0)
    fees: tuple[int, ...] = (0, 0)
    clocks: tuple[Clock, ...] = (Clock(), Clock())

    def product(self, address: str) -> TableProduct:
        """The product at an address."""
        return dict(self.products)[address]


class LoanChain(MadeChain[Books]):
    """A chain on which a market is played, at random.

    Args:
        seed: decides everything.
        quiet: whether most blocks have no events, and come twelve seconds after the one before.
    """

    def __init__(self, seed: int, *, quiet: bool = False) -> None:
        super().__init__(seed, Books())
        self.steps = (12,) if quiet else (12, 12, 3_600, DAY, 3 * DAY, 11 * DAY)
        self.counts = (0, 0, 0, 0, 1, 1, 3) if quiet else (0, 1, 1, 2, 4)

    def extend(self, number: int = 1) -> None:
        """Add blocks with random events."""
        for _ in range(number):
            header = self.next_header(self.random.choice(self.steps))
            game = Game(self, self.blocks[-1].books, header.time)
            if header.number >= WATCHED.since:
                for _ in range(self.random.choice(self.counts)):
                    game.happen()
            self.append(header, game)

    def append(self, header: Header, game: Game) -> None:
        """Add a block with what was played."""
        placed = tuple(
            RawEvent(
                header.number, header.hash, at, address, topics, data,
                transaction_of(header, at), attached,
            )
            for at, (address, topics, data, attached) in enumerate(game.events)
        )  # fmt: skip
        self.blocks.append(Block(header, placed, game.books))


class Game:
    """The market during one block."""

    def __init__(self, chain: LoanChain, books: Books, time: int) -> None:
        self.random = chain.random
        self.books = books
        self.time = time
        self.events: list[tuple[str, tuple[bytes, ...], bytes, bytes]] = []

    def emit(self, name: str, *arguments: Any, book: bool = False, attached: bytes = b"") -> None:
        """Add an event."""
        contract, address = (BOOK, BOOK_AT) if book else (MARKET, MARKET_AT)
        self.events.append((address, *encoded(contract, name, *arguments), attached))

    # --- parts ---

    def loan(self, number: int) -> Loan:
        """A loan by its number."""
        return self.books.loans[number - 1]

    def write(self, number: int, **changes: Any) -> None:
        """Change a loan."""
        loans = list(self.books.loans)
        loans[number - 1] = replace(loans[number - 1], **changes)
        self.books = replace(self.books, loans=tuple(loans))

    def move(self, token: int, tokens: int) -> None:
        """Change what the market holds."""
        self.books = replace(self.books, held=changed(self.books.held, token, tokens))

    def token_of(self, number: int) -> int:
        """Which token a loan has."""
        return which(self.books.product(self.loan(number).product))

    def clock(self, token: int) -> int:
        """The token's clock now."""
        return self.books.clocks[token].at(self.time)

    # --- steps ---

    def publish(self, product: TableProduct) -> str:
        """Publish a product."""
        address = checksum(f"0x{0xE000 + len(self.books.products):040x}")
        self.books = replace(self.books, products=(*self.books.products, (address, product)))
        data = product.encode()
        self.emit("ProductPublished", address, PEOPLE[0], product.digest, book=True, attached=data)
        return address

    def request(self, address: str, principal: int, borrower: str, **more: int) -> int:
        """An application."""
        deadline = self.time + self.books.product(address).funding_window
        number = len(self.books.loans) + 1
        nullifier = more.get("nullifier", 1_000 + number)
        loan = Loan(address, borrower, nullifier, principal, deadline)
        self.books = replace(self.books, loans=(*self.books.loans, loan))
        self.emit(
            "LoanRequested", number, address, borrower, nullifier, principal,
            more.get("purpose", 0), 77, deadline,
        )  # fmt: skip
        self.emit("EvidenceAccepted", number, 5, self.time)
        return number

    def fund(self, number: int, amount: int, lender: str) -> int:
        """A funding; returns what was taken."""
        loan = self.loan(number)
        positions, gaps = list(loan.positions), loan.gaps
        reached = loan.reached
        if gaps:
            at = next(i for i, one in enumerate(positions) if one.number == gaps[-1])
            gap = positions[at]
            start, taken = gap.start, min(amount, gap.amount)
            positions[at] = replace(gap, start=start + taken, amount=gap.amount - taken)
            gaps = gaps[:-1] if taken == gap.amount else gaps
        else:
            start, taken = reached, min(amount, loan.principal - reached)
            reached += taken
        position = self.books.positions + 1
        positions.append(Position(position, lender, start, taken, self.time))
        self.books = replace(self.books, positions=position)
        self.write(
            number, positions=tuple(positions), gaps=gaps, reached=reached,
            funded=loan.funded + taken,
        )  # fmt: skip
        self.emit("LoanFunded", number, position, lender, start, taken)
        token = self.token_of(number)
        self.move(token, taken * UNITS[token])
        if loan.funded + taken == loan.principal:
            self.release(number)
        return taken

    def release(self, number: int) -> None:
        """The loan begins."""
        loan, token = self.loan(number), self.token_of(number)
        product = self.books.product(loan.product)
        fee = product.origination_fee(loan.principal)
        clock = self.clock(token)
        self.books = replace(self.books, fees=changed(self.books.fees, token, fee * UNITS[token]))
        self.write(
            number, stage="released", undrawn=loan.principal - fee,
            running=release(product, loan.principal, clock),
        )  # fmt: skip
        self.emit("LoanReleased", number, loan.borrower, loan.principal, fee, clock)

    def leave(self, number: int, position: Position) -> None:
        """A lender takes his money back."""
        loan, token = self.loan(number), self.token_of(number)
        positions = tuple(
            replace(one, gone=True) if one.number == position.number else one
            for one in loan.positions
        )
        self.write(
            number, positions=positions, gaps=(*loan.gaps, position.number),
            funded=loan.funded - position.amount,
        )  # fmt: skip
        self.emit("FundingLeft", number, position.number, position.lender, position.amount)
        self.move(token, -position.amount * UNITS[token])

    def draw(self, number: int, to: str) -> None:
        """The borrower draws the proceeds."""
        loan, token = self.loan(number), self.token_of(number)
        self.write(number, undrawn=0)
        self.emit("ProceedsDrawn", number, to, loan.undrawn)
        self.move(token, -loan.undrawn * UNITS[token])

    def step(
        self, number: int, action: Action, amount: int, other: str | None = None, own: bool = False
    ) -> bool:
        """A step of a loan; False if the loan refuses it."""
        loan, token = self.loan(number), self.token_of(number)
        before, clock = loan.running, self.clock(token)
        assert before is not None
        product = None if other is None else self.books.product(other)
        try:
            after, outcome = run(action, before, amount, clock, product)
        except ZkCreditError:
            return False
        if other is not None:
            self.emit("LoanRestructured", number, other, after.balance)
        self.write(number, running=after, product=other or loan.product)
        self.emit(
            "LoanStepped", number, LOAN_ACTIONS.index(action), PEOPLE[1], outcome.taken,
            sum(row >= after.assessed for row in range(before.paid, after.paid)),
            outcome.late, outcome.charged,
        )  # fmt: skip
        if after.standing is not before.standing:
            self.emit(
                "StandingChanged", number, loan.nullifier, STANDING_NUMBERS[after.standing],
                after.recovery_owed,
            )  # fmt: skip
        if own:
            self.write(number, undrawn=loan.undrawn - outcome.taken)
        else:
            self.move(token, outcome.taken * UNITS[token])
        if action is Action.DEFAULT and loan.undrawn:
            assert self.step(number, Action.REPAY, loan.undrawn, own=True)
        return True

    def claim(self, number: int, position: Position) -> int:
        """What a position can withdraw, as the contract counts."""
        loan, unit = self.loan(number), UNITS[self.token_of(number)]
        running, start, amount = loan.running, position.start, position.amount
        if position.gone:
            return 0
        if running is None:
            expired = loan.stage == "cancelled" or self.time > loan.deadline
            return amount * unit - position.withdrawn if expired else 0
        whole = running.received * unit
        if running.standing in (Standing.REPAID, Standing.RECOVERED):
            claim = (start + amount) * whole // loan.principal - start * whole // loan.principal
        else:
            claim = amount * whole // loan.principal
        return claim - position.withdrawn

    def withdraw(self, number: int, position: Position, to: str) -> bool:
        """A lender withdraws; False if nothing is there."""
        tokens, token = self.claim(number, position), self.token_of(number)
        if not tokens:
            return False
        positions = tuple(
            replace(one, withdrawn=one.withdrawn + tokens) if one.number == position.number else one
            for one in self.loan(number).positions
        )
        self.write(number, positions=positions)
        self.emit("Withdrawn", position.number, position.lender, to, tokens)
        self.move(token, -tokens)
        return True

    # --- at random ---

    def happen(self) -> None:
        """Something that can follow; or nothing, after a few choices that do not fit."""
        before = len(self.events)
        for _ in range(12):
            self._try()
            if len(self.events) > before:
                return

    def _try(self) -> None:
        draw, books = self.random, self.books
        choice = draw.random()
        if choice > 0.98:
            self.events.append((MARKET_AT, (b"\x11" * 32,), b"an event of a later version", b""))
        elif not books.products or choice < 0.03:
            self.publish(some_product(draw))
        elif choice < 0.05:
            self.settings()
        elif not books.loans or choice < 0.08:
            address, product = draw.choice(books.products)
            principal = draw.randint(product.min_principal, 200_000)
            try:
                product.schedule(principal)
            except ZkCreditError:
                return
            self.request(address, principal, draw.choice(PEOPLE), purpose=draw.choice((0, 101)))
        else:
            newest = len(books.loans)
            number = draw.randint(1 if draw.random() < 0.2 else max(1, newest - 12), newest)
            if self.loan(number).stage == "released":
                self.happen_to_loan(number)
            elif self.loan(number).stage == "requested":
                self.happen_to_application(number)
            self.maybe_withdraw(number)

    def settings(self) -> None:
        """The operator, the book's creators and the recipient of fees."""
        draw, token = self.random, self.random.randrange(2)
        clock = self.books.clocks[token]
        begins = max(self.time, clock.until)
        until = begins + draw.randint(1, 5 * DAY)
        if draw.random() < 0.4:
            now = Clock(until, clock.lost + until - begins)
            clocks = list(self.books.clocks)
            clocks[token] = now
            self.books = replace(self.books, clocks=tuple(clocks))
            self.emit("NoticeGiven", TOKENS[token], begins, until)
        elif self.books.fees[token]:
            tokens = self.books.fees[token]
            self.books = replace(self.books, fees=changed(self.books.fees, token, -tokens))
            self.emit("FeesWithdrawn", TREASURY, TOKENS[token], PEOPLE[5], tokens)
            self.move(token, -tokens)
        else:
            address = draw.choice(self.books.products)[0]
            self.emit("TokenAllowed", TOKENS[token], True)
            self.emit("NewLoansPausedChanged", draw.random() < 0.5)
            self.emit("ProductOpenChanged", address, draw.random() < 0.5, book=True)
            self.emit("LineBegun", 1, PEOPLE[0], address, book=True)
            self.emit("ProductAnnounced", 1, address, self.time + DAY, book=True)
            self.emit("AnnouncementWithdrawn", 1, address, book=True)

    def happen_to_application(self, number: int) -> None:
        """Funding, leaving, cancelling."""
        draw, loan = self.random, self.loan(number)
        staying = [
            one for one in loan.positions if not one.gone and self.time >= one.funded_at + DAY
        ]
        if self.time > loan.deadline or draw.random() < 0.03:
            self.write(number, stage="cancelled")
            self.emit("LoanCancelled", number)
        elif staying and draw.random() < 0.4:
            self.leave(number, draw.choice(staying))
        else:
            most = loan.principal - loan.funded
            part = draw.randint(1, most)
            self.fund(number, draw.choice((most, part, part, part)), draw.choice(PEOPLE))

    def happen_to_loan(self, number: int) -> None:
        """A step, or drawing."""
        draw, loan = self.random, self.loan(number)
        if loan.undrawn and draw.random() < 0.5:
            self.draw(number, draw.choice(PEOPLE))
            return
        assert loan.running is not None
        if loan.running.standing is Standing.DEFAULTED:
            self.step(number, Action.REPAY, draw.randint(1, 2 * loan.principal))
        elif loan.running.standing is Standing.ACTIVE:
            wanted = random_step(draw, loan.running, self.clock(self.token_of(number)))
            other = None
            if wanted.action is Action.RESTRUCTURE:
                token = self.token_of(number)
                fits = [a for a, product in self.books.products if which(product) == token]
                other = draw.choice(fits)
            self.step(number, wanted.action, wanted.amount, other)

    def maybe_withdraw(self, number: int) -> None:
        """A lender withdraws."""
        loan = self.loan(number)
        if loan.positions and self.random.random() < 0.3:
            self.withdraw(number, self.random.choice(loan.positions), self.random.choice(PEOPLE))


def some_product(draw: Any) -> TableProduct:
    """A random product in one of the tokens."""
    token = draw.randrange(2)
    fee = draw.choice((0, 250))
    return replace(
        random_product(draw), token=TOKENS[token].lower(), token_unit=UNITS[token],
        origination_bps=fee, fee_recipient=TREASURY.lower() if fee else "",
        currency=(978, 840)[token],
    )  # fmt: skip


def which(product: TableProduct) -> int:
    """The number of a product's token."""
    return int(product.token[-1]) - 1


def changed(numbers: tuple[int, ...], at: int, by: int) -> tuple[int, ...]:
    """Numbers, of which one is changed."""
    return tuple(one + by if place == at else one for place, one in enumerate(numbers))


@cache
def _event(contract: str, name: str) -> dict[str, Any]:
    return next(e for e in artifact(contract).abi if (e["type"], e.get("name")) == ("event", name))


def encoded(contract: str, name: str, *arguments: Any) -> tuple[tuple[bytes, ...], bytes]:
    """Topics and data of an event, as the contract emits it."""
    fields = _event(contract, name)["inputs"]
    types = [canonical_type(one) for one in fields]
    pairs = list(zip(fields, types, arguments, strict=True))
    topics = [encode([kind], [value]) for one, kind, value in pairs if one["indexed"]]
    others = [(kind, value) for one, kind, value in pairs if not one["indexed"]]
    data = encode([kind for kind, _ in others], [value for _, value in others])
    return (signature_hash(name, types), *topics), data


def opened(chain: LoanChain, path: Any = None, **options: Any) -> ChainIndex:
    """An index of the loans of a chain."""
    return ChainIndex.over(path, chain, WATCHED, **{"kept": KEPT, **options})


def branches(seed: int, blocks: int) -> Iterator[tuple[LoanChain, ChainIndex, Progress]]:
    """Follow a chain through random reorganisations; yields after each step."""
    chain = LoanChain(seed)
    chain.extend(chain.random.randint(WATCHED.since, 3 * KEPT))
    with opened(chain) as index:
        index.catch_up()
        while index.block < blocks:
            if chain.random.random() < 0.25:
                depth = chain.random.randint(1, min(DEEPEST, index.block - WATCHED.since))
                chain.reorganise(depth, depth + chain.random.randint(0, 3))
            else:
                chain.extend(chain.random.choice((1, 1, 1, 2, 5, KEPT, 2 * KEPT)))
            yield chain, index, index.catch_up()
