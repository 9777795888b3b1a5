"""A chain in this process with the loan engine, beside which the library computes the same.

``python -m support.contracts.engine_world NUMBER`` compares a round of random tables and lives.
"""

from __future__ import annotations

import random
import sys
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from eth_abi import decode, encode
from support.loan.life_cases import START, random_step, released
from support.loan.table_cases import DAY, random_table

from zkcredit.chain.contracts.abi import canonical_type, signature_hash
from zkcredit.chain.contracts.artifacts import artifact
from zkcredit.chain.nodes.fastest import fastest_chain
from zkcredit.chain.sending.outbox import Outbox
from zkcredit.chain.sending.transactions import Call, TransactionSender
from zkcredit.errors import InvalidInput, LoanError, TransactionReverted
from zkcredit.loan import Burden, TableProduct, loan_from_words, loan_words
from zkcredit.loan.life import Action, Outcome, quote, run
from zkcredit.loan.running import Quote, RunningLoan, Standing
from zkcredit.loan.table_product import burden_of
from zkcredit.loan.words import LOAN_ACTIONS
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.loan import Table
    from zkcredit.loan.schedule import Schedule

TABLES, LIVES, STEPS = 100, 20, 12
"""Tables, lives and steps of each life in a round."""

NOBODY = "0x" + 40 * "0"

REFUSALS = {
    "only an active loan allows": "NotRunning",
    "the interest of the row that runs comes first": "InterestComesFirst",
    "this pays the whole balance": "PrepaymentSettles",
    "needs a loan without arrears": "InArrears",
    "holidays, and all are taken": "HolidaysUsedUp",
    "two holidays in a row": "HolidayJustTaken",
    "the next row is not running yet": "RowNotBegun",
    "the row that runs asks for nothing": "RowAsksForNothing",
    "at least a day before the due": "HolidayTooLate",
    "keeps its token and its unit": "TokenDiffers",
    "the new product lends": "PrincipalOutOfRange",
    "principal must be": "PrincipalOutOfRange",
    "more than the limit": "SettlementAboveLimit",
    "is unpaid for longer than default_after": "DefaultNotYet",
    "reach 2^48 minor units": "ScheduleDegenerate",
    "2^48 minor units or more": "ScheduleDegenerate",
    "the last row would ask for": "ScheduleDegenerate",
    "the level instalment would be 0": "ScheduleDegenerate",
    "needs an amount above 0": "AmountInvalid",
    "takes no money": "AmountInvalid",
    "needs a product": "ProductMisplaced",
    "now must be": "TimeInvalid",
}
"""Words of the library's errors → the engine's error."""


class Answer(NamedTuple):
    """What one of the two says: a result, or the name of an error, and from when it is possible."""

    result: Any
    error: str = ""
    possible_at: int | None = None


def by_library(question: Callable[[], Any]) -> Answer:
    """The library's answer to a question."""
    try:
        return Answer(question())
    except (InvalidInput, LoanError) as error:
        (name,) = {name for words, name in REFUSALS.items() if words in str(error)}
        return Answer(None, name, getattr(error, "possible_at", None))


def packed(product: TableProduct) -> bytes:
    """Creation code of the data contract of a product."""
    return data_contract(product.encode())


def data_contract(data: bytes) -> bytes:
    """Creation code of a contract whose code is a STOP byte and these bytes."""
    return b"\x61" + (len(data) + 1).to_bytes(2) + b"\x80\x60\x0a\x5f\x39\x5f\xf3\x00" + data


class EngineWorld:
    """A chain with a ``LoanEngine`` and the data contracts of products."""

    def __init__(self) -> None:
        self.node = fastest_chain()
        self._sender = TransactionSender(self.node, self.node.accounts[0], Outbox(None))
        self.engine = self.create(artifact("LoanEngine").bytecode)
        self._products: dict[bytes, str] = {}
        abi = artifact("LoanEngine").abi
        self._functions = {
            entry["name"]: (
                tuple(canonical_type(part) for part in entry["inputs"]),
                tuple(canonical_type(part) for part in entry["outputs"]),
            )
            for entry in abi
            if entry["type"] == "function"
        }

    def create(self, code: bytes) -> str:
        """Deploy creation code, and return the address."""
        receipt = self._sender.send(Call(None, code, 10_000_000))
        assert receipt.contract
        return receipt.contract

    def address(self, product: TableProduct) -> str:
        """Where the product's data contract is; it is created when it is first asked for."""
        if product.digest not in self._products:
            self._products[product.digest] = self.create(packed(product))
        return self._products[product.digest]

    def call(self, name: str, *arguments: Any) -> Answer:
        """The engine's answer to a call."""
        inputs, outputs = self._functions[name]
        data = signature_hash(name, inputs)[:4] + encode(inputs, arguments)
        try:
            return Answer(decode(outputs, self.node.call(self.engine, data)))
        except TransactionReverted as error:
            at = error.arguments.get("possibleAt")
            return Answer(None, error.error, None if at is None else int(str(at)))

    def offer(self, product: TableProduct, principal: int) -> Answer:
        """The offer as a tuple."""
        answer = self.call("offer", self.address(product), principal)
        return answer if answer.error else Answer(answer.result[0])

    def schedule(self, product: TableProduct, principal: int) -> Answer:
        """The rows as tuples."""
        answer = self.call("schedule", self.address(product), principal)
        return answer if answer.error else Answer(list(answer.result[0]))

    def run(
        self, action: Action, loan: RunningLoan, amount: int, now: int,
        product: TableProduct | None,
    ) -> Answer:  # fmt: skip
        """The loan after a step and the outcome, as the library has them."""
        words = loan_words(loan, self.address(loan.product))
        other = NOBODY if product is None else self.address(product)
        answer = self.call("run", LOAN_ACTIONS.index(action), words, amount, now, other)
        if answer.error:
            return answer
        after, (taken, late, charged, token, tokens) = answer.result
        named = product or loan.product
        assert f"0x{after[0] >> 96:040x}" == self.address(named).lower()
        assert token == loan.product.token
        assert tokens == taken * loan.product.token_unit
        return Answer((loan_from_words(after, named), Outcome(taken, late, charged)))

    def quote(self, loan: RunningLoan, now: int) -> Answer:
        """The quote as the library has it."""
        answer = self.call("quote", loan_words(loan, self.address(loan.product)), now)
        return answer if answer.error else Answer(Quote(*answer.result[0]))


@cache
def world() -> EngineWorld:
    """One world for all tests of a process: the engine has no state."""
    return EngineWorld()


# --- comparisons ----------------------------------------------------------------------------------


def product_of(table: Table, most: int, burden: Burden = Burden.AVERAGE) -> TableProduct:
    """A product of a table that a book would refuse for some amounts, all checks left out."""
    product = object.__new__(TableProduct)
    given = {
        "table": table, "policy": Policy(), "min_principal": 1, "max_principal": most,
        "token": "0x" + "ab" * 20, "burden": burden,
    }  # fmt: skip
    for name, value in given.items():
        object.__setattr__(product, name, value)
    return product


def compare_schedule(table: Table, principal: int) -> str:
    """Compare a schedule and its burdens; return the error's name, or nothing."""
    product = product_of(table, 2**48 - 1)
    expected = by_library(lambda: table.schedule(principal))
    found = world().schedule(product, principal)
    if expected.error:
        assert found == expected, (table, principal)
        return expected.error
    schedule: Schedule = expected.result
    rows = zip(table.dues, schedule.instalments, strict=True)
    assert found.result == [(due, e.amount, e.interest, e.balance) for due, e in rows]
    burden = Burden(1 + principal % 3)
    offer = world().offer(product_of(table, 2**48 - 1, burden), principal).result
    assert offer[:3] == (schedule.level, burden_of(burden, table, schedule), schedule.total)
    return ""


def compare_step(
    loan: RunningLoan, action: Action, amount: int, now: int, product: TableProduct | None
) -> Answer:
    """Compare a step and what the loan costs before it; return the library's answer."""
    costs = by_library(lambda: quote(loan, now))
    assert world().quote(loan, now) == costs, (loan, now)
    expected = by_library(lambda: run(action, loan, amount, now, product))
    found = world().run(action, loan, amount, now, product)
    assert found == expected, (action, amount, now, loan)
    return expected


def compare_life(draw: random.Random, steps: int, longest: int = 8) -> list[tuple[str, str]]:
    """Compare random steps of one loan; return each action with its error."""
    loan, now, done = released(draw, longest), START, []
    for _ in range(steps):
        now += draw.choice((1, DAY, draw.randrange(40 * DAY), draw.randrange(150 * DAY)))
        if draw.random() < 0.3 and loan.paid < len(loan.product.table.rows):
            # a second before a due, the due, and a second after it, and of grace and default
            delay = draw.choice((0, loan.product.grace, loan.product.default_after))
            now = max(now, loan.due_at(loan.paid) + delay + draw.choice((-1, 0, 1)))
        action, amount, product = random_step(draw, loan, now)
        answer = compare_step(loan, action, amount, now, product)
        done.append((action.value, answer.error))
        if not answer.error:
            loan = answer.result[0]
        if loan.standing in (Standing.REPAID, Standing.RECOVERED) and draw.random() < 0.5:
            loan, now = released(draw, longest), START
    return done


def round_of(number: int) -> dict[str, int]:
    """Compare random tables and lives, by the number of the round; see ``benchmarks/long.py``."""
    draw = random.Random(f"zkcredit/engine/{number}")
    refused = 0
    for _ in range(TABLES):
        longest = draw.choice((8, 24, 120))
        principal = draw.choice((draw.randrange(1, 100), draw.randrange(1_000, 10**8)))
        refused += bool(compare_schedule(random_table(draw, longest), principal))
    done = [step for _ in range(LIVES) for step in compare_life(draw, STEPS)]
    return {
        "tables": TABLES,
        "tables refused": refused,
        "steps": sum(not error for _, error in done),
        "steps refused": sum(bool(error) for _, error in done),
    }


if __name__ == "__main__":
    sys.stdout.write(f"{round_of(int(sys.argv[1]))}\n")
