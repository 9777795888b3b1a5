"""A portfolio recounted from raw events, in plain arithmetic: no index, no engine, no ABI.

It knows level instalments, repayments, settlements and defaults, by what ``reference/tables`` says.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from zkcredit._internal.evm import keccak256

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = 86_400


def topic(signature: str) -> bytes:
    """The first word of an event."""
    return keccak256(signature.encode())


PUBLISHED = topic("ProductPublished(address,address,bytes32)")
REQUESTED = topic("LoanRequested(uint256,address,address,uint256,uint256,uint16,uint256,uint256)")
RELEASED = topic("LoanReleased(uint256,address,uint256,uint256,uint256)")
STEPPED = topic("LoanStepped(uint256,uint8,address,uint256,uint256,uint256,uint256)")
REPAY, SETTLE, DEFAULT = 0, 1, 5


@dataclass
class Product:
    """The part of a product's bytes that counts here."""

    currency: int
    fee: int
    cap: int
    grace: int
    min_score: int
    dues: list[int]
    rate: int

    @classmethod
    def read(cls, data: bytes) -> Product:
        """Read the bytes by their places."""
        rows = [data[at : at + 16] for at in range(201, len(data), 16)]
        return cls(
            int.from_bytes(data[7:9]), int.from_bytes(data[73:79]), int.from_bytes(data[79:85]),
            int.from_bytes(data[85:89]), int.from_bytes(data[106:108]),
            [int.from_bytes(row[:5]) for row in rows], int.from_bytes(rows[0][5:11]),
        )  # fmt: skip

    def rows(self, principal: int) -> list[tuple[int, int, int]]:
        """Amount, interest and balance of each row, by the annuity formula."""
        rate = Fraction(self.rate, 10**9)
        weights = sum((1 / (1 + rate) ** k for k in range(1, len(self.dues) + 1)), Fraction())
        level = -(-Fraction(principal) // weights)
        found, balance = [], principal
        for number in range(len(self.dues)):
            interest = (2 * balance * self.rate + 10**9) // (2 * 10**9)
            owed = balance + interest
            amount = owed if number == len(self.dues) - 1 else min(int(level), owed)
            balance = owed - amount
            found.append((amount, interest, balance))
        return found


@dataclass
class Counted:
    """One loan, recounted."""

    number: int
    product: Product
    nullifier: int
    purpose: int
    principal: int
    started: int = 0
    paid: int = 0
    credit: int = 0
    judged: int = 0
    charged: int = 0
    fees: int = 0
    debt: int | None = None
    left: int = 0
    ended: str = ""
    on_time: int = 0
    late: int = 0
    rows: list[tuple[int, int, int]] = field(default_factory=list)

    def due(self, number: int) -> int:
        """When a row is due."""
        return self.started + self.product.dues[number]

    def begun(self, time: int) -> int:
        """How many rows have begun."""
        return 1 + sum(self.due(number) <= time for number in range(len(self.rows) - 1))

    @property
    def balance(self) -> int:
        """What is outstanding."""
        if self.ended in ("repaid", "recovered"):
            return 0
        left = self.rows[self.paid - 1][2] if self.paid else self.principal
        return min(left, self.left) if self.debt is not None else left

    def judge(self, time: int) -> None:
        """Charge late fees."""
        for number in range(self.paid, len(self.rows)):
            if self.due(number) + self.product.grace < time and number >= self.judged:
                fee = min(self.product.fee, self.product.cap - self.charged)
                self.charged += fee
                self.fees += fee
                self.judged = number + 1

    def step(self, action: int, money: int, time: int) -> None:
        """A step that the market reports."""
        if self.debt is not None:
            self.left -= money
            self.ended = "" if self.left else "recovered"
            return
        self.judge(time)
        if action == SETTLE:
            self.ended = "repaid"
        elif action == DEFAULT:
            interest = sum(row[1] for row in self.ahead(time))
            self.debt = self.left = self.balance + interest - self.credit + self.fees
        else:
            self.pay(money, time)

    def ahead(self, time: int) -> Sequence[tuple[int, int, int]]:
        """Unpaid rows that have begun."""
        return self.rows[self.paid : max(self.begun(time), self.paid)]

    def pay(self, money: int, time: int) -> None:
        """Begun rows, then fees, then later rows."""
        money = self.pay_rows(money, self.begun(time))
        fees = min(self.fees, money)
        self.fees -= fees
        self.pay_rows(money - fees, len(self.rows))
        if self.paid == len(self.rows) and not self.fees:
            self.ended = "repaid"

    def pay_rows(self, money: int, end: int) -> int:
        """Pay rows while there is money."""
        while self.paid < end and money:
            missing = self.rows[self.paid][0] - self.credit
            if money < missing:
                self.credit += money
                return 0
            money -= missing
            self.credit = 0
            self.paid += 1
        return money

    def overdue_for(self, time: int) -> int:
        """How long the oldest unpaid row has been due."""
        if self.ended or self.debt is not None or self.paid == len(self.rows):
            return 0
        return max(time - self.due(self.paid), 0)

    def risky(self, days: int, time: int) -> bool:
        """Whether the loan counts in the portfolio at risk."""
        if self.ended:
            return False
        return self.debt is not None or self.overdue_for(time) > days * DAY


def recount(blocks: Iterable[tuple[int, Sequence[tuple[tuple[bytes, ...], bytes, bytes]]]],
            until: int) -> list[Counted]:  # fmt: skip
    """The released loans at a time.

    Args:
        blocks: time of each block, and its events: topics, data, and a product's bytes.
        until: the time.
    """
    products: dict[bytes, Product] = {}
    loans: dict[int, Counted] = {}
    released: list[Counted] = []
    for time, events in blocks:
        if time > until:
            break
        for topics, data, attached in events:
            words = [int.from_bytes(data[at : at + 32]) for at in range(0, len(data), 32)]
            if topics[0] == PUBLISHED:
                products[topics[1]] = Product.read(attached)
            elif topics[0] == REQUESTED:
                number = int.from_bytes(topics[1])
                product = products[topics[2]]
                loans[number] = Counted(number, product, words[0], words[2], words[1])
            elif topics[0] == RELEASED:
                loan = loans[int.from_bytes(topics[1])]
                loan.started, loan.rows = words[2], loan.product.rows(loan.principal)
                released.append(loan)
            elif topics[0] == STEPPED:
                loan = loans[int.from_bytes(topics[1])]
                loan.step(int.from_bytes(topics[2]), words[0], time)
                loan.on_time += words[1]
                loan.late += words[2]
    return released


def by_currency(loans: Iterable[Counted]) -> dict[int, list[Counted]]:
    """Loans of each currency."""
    found: dict[int, list[Counted]] = defaultdict(list)
    for loan in loans:
        found[loan.product.currency].append(loan)
    return dict(sorted(found.items()))
