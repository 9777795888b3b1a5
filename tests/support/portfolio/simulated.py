"""A market of 500 loans whose outcomes are those of ``credit_data``; and the same recounted."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from support.chain.loan_chains import PEOPLE, TOKENS, UNITS, Books, Game, LoanChain
from support.loan.table_cases import monthly

from zkcredit.chain.index.chain_source import Header
from zkcredit.loan import Standing, TableProduct
from zkcredit.loan.life import Action, quote
from zkcredit.policy import Policy
from zkcredit.scoring.credit_data import FEATURES, load_credit_data
from zkcredit.scoring.fitting import fit
from zkcredit.units import DAY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.scoring.credit_data import Loan

LENGTHS = (6, 9, 12, 18)  # months of the products
DAYS = 720
NO_CURRENCY = 999


def borrowers(count: int, gate: bool) -> list[Loan]:
    """The first applicants of ``credit_data``, or the first ones that a policy accepts.

    The policy is that of the benchmark: a score of 600, and free income of 125 % of the instalment.
    """
    rows = load_credit_data()
    if not gate:
        return list(rows[:count])
    card = fit(rows, [row.good for row in rows], FEATURES).scorecard
    accepted = (
        row
        for row in rows
        if card.score(row) >= 600
        and 4 * (row.income - row.expenses) >= 5 * -(-row.amount // row.months)
    )
    return [row for row, _ in zip(accepted, range(count), strict=False)]


def products() -> list[TableProduct]:
    """Level instalments of several lengths, in two currencies."""
    return [
        TableProduct(
            table=monthly("L" * (months - 1) + "R", 15_000_000),
            policy=Policy(min_score=0 if months == 6 else 600),
            min_principal=10_000,
            max_principal=10**9,
            token=TOKENS[token].lower(),
            token_unit=UNITS[token],
            currency=(978, 840)[token],
            late_fee=700,
            late_fee_cap=2_800,
        )
        for token in range(2)
        for months in LENGTHS
    ]


def simulate(loans: Sequence[Loan], seed: int = 1, days: int = DAYS) -> LoanChain:
    """A chain on which these people borrow, and pay or do not pay; one block a day.

    Good loans are paid, some of them late, a few are settled; bad ones stop after some rows,
    default is declared, and half of them recover a part.
    """
    draw = random.Random(seed)
    chain = LoanChain(seed)
    chain.extend(2)
    offers = products()
    plans: dict[int, tuple[Loan, list[int]]] = {}
    stop: dict[int, int] = {}
    addresses: list[str] = []
    books: Books = chain.blocks[-1].books
    start = chain.blocks[-1].header.time
    waiting = list(loans)
    for day in range(days):
        game = Game(chain, books, start + (day + 1) * DAY)
        if not day:
            addresses = [game.publish(product) for product in offers]
        while waiting and len(waiting) > len(loans) * (1 - day / (0.75 * days)):
            person = waiting.pop(0)
            at = (person.number % 2) * len(LENGTHS) + person.months // 12 % len(LENGTHS)
            number = game.request(
                addresses[at], 100 * person.amount, PEOPLE[person.number % 6],
                purpose=person.number % 7, nullifier=5_000 + person.number % 400,
            )  # fmt: skip
            game.fund(number, 10**12, PEOPLE[0])
            game.draw(number, PEOPLE[person.number % 6])
            rows = len(offers[at].table.rows)
            plans[number] = person, [draw.choice((0, 0, 0, 1, 3, 8, 35)) for _ in range(rows)]
            stop[number] = rows if person.good else draw.randrange(0, max(rows * 2 // 3, 1))
        for number, (person, delays) in plans.items():
            act(game, number, person, delays, stop[number])
        books = game.books
        last = chain.blocks[-1].header
        digest = bytes([day % 251]) * 30 + (day + 3).to_bytes(2)
        chain.append(Header(last.number + 1, digest, last.hash, game.time), game)
    return chain


def act(game: Game, number: int, person: Loan, delays: list[int], stop: int) -> None:
    """What a borrower, or somebody who declares default, does today."""
    loan = game.loan(number).running
    assert loan is not None
    if loan.standing is Standing.DEFAULTED:
        if person.number % 2 and game.time % (40 * DAY) < DAY:
            game.step(number, Action.REPAY, 20_000)
        return
    if loan.standing is not Standing.ACTIVE:
        return
    paid = loan.paid
    if paid == len(delays):  # late fees are left
        game.step(number, Action.REPAY, loan.fees_owed)
    elif paid >= stop:
        if game.time > loan.due_at(paid) + 65 * DAY:
            game.step(number, Action.DEFAULT, 0)
    elif game.time >= loan.due_at(paid) + delays[paid] * DAY:
        if person.number % 23 == 0 and paid > 2:
            game.step(number, Action.SETTLE, 10**12)
        else:
            costs = quote(replace(loan), game.time)
            game.step(number, Action.REPAY, max(costs.overdue + costs.fees, 1))
