"""Random products, and random steps of loans of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from support.loan.table_cases import random_table

from zkcredit.errors import InvalidInput
from zkcredit.loan import TableProduct
from zkcredit.loan.life import Action, quote
from zkcredit.loan.running import RunningLoan, release
from zkcredit.policy import Policy

if TYPE_CHECKING:
    import random

START = 1_790_000_000


class Wanted(NamedTuple):
    """A step that somebody asks for."""

    action: Action
    amount: int
    product: TableProduct | None


def random_product(draw: random.Random, longest: int = 8) -> TableProduct:
    """A product of a random table, with holidays and late fees or without."""
    fee = draw.choice((0, 1, 500))
    while True:
        try:
            return TableProduct(
                table=random_table(draw, longest=longest),
                policy=Policy(),
                min_principal=draw.choice((50, 5_000)),
                max_principal=10**9,
                token="0x" + "ab" * 20,
                late_fee=fee,
                late_fee_cap=fee * draw.randrange(1, 5),
                holidays=draw.randrange(4),
            )
        except InvalidInput:
            continue


def released(draw: random.Random, longest: int = 8) -> RunningLoan:
    """A loan of a random product, at its release."""
    while True:
        try:
            return release(random_product(draw, longest), draw.randrange(5_000, 10**6), START)
        except InvalidInput:
            continue


def random_step(draw: random.Random, loan: RunningLoan, now: int) -> Wanted:
    """A step that the loan may allow at this time, or refuse."""
    action = draw.choice((*Action, Action.REPAY, Action.REPAY, Action.PREPAY, Action.HOLIDAY))
    amount = 0
    if action in (Action.REPAY, Action.PREPAY, Action.SETTLE):
        due = max(quote(loan, now).overdue, 1)
        amount = draw.choice((1, due, draw.randrange(1, 2 * loan.principal)))
    product = None
    if action is Action.RESTRUCTURE:
        product = replace(random_product(draw), min_principal=5_000)
    return Wanted(action, amount, product)
