"""Writes the vectors of loans: ``python -m support.loan.loan_vectors``, in ``tests/``.

The same bytes every time. Schedules come from a second writing of the definition, on fractions
(``table_cases``); products and lives are recorded from the library, whose states the tests of
``tests/loan/test_life_properties.py`` judge. A contract is held to all of them.

``--tables 2000 --seed contract --to FILE`` writes so many random tables to a file, for a run of a
contract that is longer than the vectors.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.loan import table_cases as cases
from support.published.vector_files import Group, document

from zkcredit.errors import InvalidInput, LoanError
from zkcredit.loan import Burden, Kind, Rounding, Row, Table, TableProduct
from zkcredit.loan.life import Action, run
from zkcredit.loan.running import RunningLoan, release
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parents[3] / "vectors" / "loan"
DAY, START = cases.DAY, 1_790_000_000
TOKEN, RECIPIENT = "0x" + "ab" * 20, "0x" + "cd" * 20
NOTES = {
    "Golden": "A product that is well known: 1000.00 at 1 % in 30 days.",
    "Random": "A random table, by a seed.",
    "Edge": "The largest or smallest numbers, or a level that fixed point rounds.",
    "LastIsZero": "The last row would ask for nothing.",
    "LevelIsZero": "LEVEL rows would ask for nothing.",
    "LastIsLarge": "LEVEL rows alone, and the last asks for more than twice the level.",
    "TooLarge": "A balance with its interest, or the sum of the amounts, reaches 2^48.",
    "NotATable": "The rows do not make a table.",
}


# --- tables ---------------------------------------------------------------------------------------


def tables() -> str:
    """The schedules of golden, edge and random tables; rows that are not a table."""
    group = Group("LoanTable")
    for name, table in golden():
        for rounding in Rounding:
            add(group, f"{name}, level rounded {rounding.name}", Table(table.rows, rounding),
                100_000, "Golden")  # fmt: skip
    for comment, table, principal in edges():
        add(group, comment, table, principal, "Edge")
    draw = random.Random("zkcredit/vectors/loan")
    for _ in range(80):
        add(group, "", cases.random_table(draw, longest=12), draw.randrange(1_000, 10**8), "Random")
    for comment, rows in not_tables():
        data = b"".join(packed(row) for row in rows).hex()
        group.add(comment, "NotATable", valid=False, rounding=1, rows=data, principal=100_000)
    used = {flag for test in group.tests for flag in test["flags"]}
    return document("loan tables", "loan_table", "", {k: v for k, v in NOTES.items() if k in used},
                    [group])  # fmt: skip


def random_tables(count: int, seed: str) -> str:
    """So many random tables, in the same layout."""
    draw, group = random.Random(seed), Group("LoanTable")
    while len(group.tests) < count:
        add(group, "", cases.random_table(draw), draw.randrange(1_000, 10**8), "Random")
    used = {flag for test in group.tests for flag in test["flags"]}
    return document("loan tables", "loan_table", f"seed {seed}",
                    {k: v for k, v in NOTES.items() if k in used}, [group])  # fmt: skip


def golden() -> Iterator[tuple[str, Table]]:
    yield "level instalments", cases.monthly("L" * 11 + "R")
    yield "equal principal", cases.monthly("S" * 11 + "R", shares=(83_333_333,) * 11)
    yield "bullet", cases.monthly("I" * 5 + "R")
    yield "season, 12 % act/365", Table.of([
        Row(184 * DAY, 60_493_151, Kind.SHARE, 600_000_000), Row(245 * DAY, 20_054_795, Kind.REST)
    ])  # fmt: skip
    yield "education", cases.monthly("D" * 6 + "L" * 11 + "R")
    yield "levels around a share", cases.monthly("LLSLLR", shares=(0, 0, 3 * 10**8))
    yield "levels around a row of interest", cases.monthly("LLILLR")
    yield "levels around a deferred row", cases.monthly("LLDLLR")


def edges() -> Iterator[tuple[str, Table, int]]:
    """Cases at which a wrong width, rounding or order shows."""
    many = "L" * 119 + "R"
    yield "one row", cases.monthly("R"), 1
    yield "120 rows", cases.monthly(many), 10**12
    yield "no interest, rounded up", cases.monthly("L" * 6 + "R", rate=0), 100_001
    yield "no interest, a tie", cases.monthly("LR", rate=0, rounding=Rounding.HALF_UP), 100_001
    # 2/3 is rounded down in 36 decimals, so a level of exactly 9 000 is rounded up to 9 001
    yield "a whole level", cases.monthly("LR", rate=5 * 10**8), 10_000
    yield (
        "a whole level, half up",
        cases.monthly("LR", 5 * 10**8, rounding=Rounding.HALF_UP),
        10_000,
    )
    yield "interest of a half", cases.monthly("IR", rate=5 * 10**8), 1_001
    yield "below 2^48", cases.monthly("IR", rate=0), 2**48 - 1
    yield "the largest rate", cases.monthly("IR", rate=2**48 - 1), 500_000_000
    yield "a rate that takes the discount to 0", cases.monthly(many, rate=2**40), 1_000
    yield "shares of one", cases.monthly("SR", shares=(10**9,)), 100_000
    yield "the shortest and the longest time", Table.of(
        [Row(DAY, 1, Kind.LEVEL), Row(2**32 - 1, 1, Kind.REST)]), 100_000  # fmt: skip
    yield "balance and interest of 2^48", cases.monthly("R", rate=10**9), 2**47
    yield "a sum of 2^48", cases.monthly("L" * 11 + "R"), 270 * 10**12
    yield "a last row of 0", cases.monthly("L" * 11 + "R"), 5
    yield "a share that leaves nothing", cases.monthly("SR", rate=0, shares=(10**9,)), 100
    yield "a level of 0", cases.monthly("LLLLR", rounding=Rounding.HALF_UP), 2
    yield "a large last row", cases.monthly(many, rate=0, rounding=Rounding.HALF_UP), 179


def not_tables() -> Iterator[tuple[str, list[tuple[int, int, int, int]]]]:
    """Rows of (due, rate, kind, share) that a book must refuse."""
    month, rest = cases.MONTH, (2 * cases.MONTH, 0, 5, 0)
    yield "no rows", []
    yield "121 rows", [*((DAY * k, 0, 3, 0) for k in range(1, 121)), (DAY * 121, 0, 5, 0)]
    yield "a due of 0", [(0, 0, 5, 0)]
    yield "a due below a day", [(DAY - 1, 0, 5, 0)]
    yield "a due of 2^32", [(2**32, 0, 5, 0)]
    yield "equal dues", [(2 * month, 0, 1, 0), rest]
    yield "falling dues", [(3 * month, 0, 1, 0), rest]
    yield "dues less than a day apart", [(2 * month - DAY + 1, 0, 1, 0), rest]
    yield "two RESTs", [(month, 0, 5, 0), rest]
    yield "REST before the last row", [(month, 0, 5, 0), (2 * month, 0, 1, 0)]
    yield "no REST", [(month, 0, 1, 0)]
    yield "shares above one", [(DAY, 0, 2, 10**9), (month, 0, 2, 1), rest]
    yield "a share above one", [(month, 0, 2, 10**9 + 1), rest]
    yield "a share of 0", [(month, 0, 2, 0), rest]
    yield "a share in a row of another kind", [(month, 0, 1, 5), rest]
    yield "kind 0", [(month, 0, 0, 0), rest]
    yield "kind 6", [(month, 0, 6, 0), rest]


def add(group: Group, comment: str, table: Table, principal: int, flag: str) -> None:
    """One schedule, or why the table does not give one, by the second writing of the definition."""
    given = {"rounding": int(table.rounding), "rows": table.encode().hex(), "principal": principal}
    level, rows = cases.rows_by_definition(table, principal)
    fault = cases.fault_of(table, level, rows)
    if fault:
        group.add(comment, flag, fault, valid=False, **given)
    else:
        amounts, interests, _, balances = (list(column) for column in zip(*rows, strict=True))
        group.add(comment, flag, valid=True, **given, level=level, amounts=amounts,
                  interests=interests, balances=balances)  # fmt: skip


def packed(row: tuple[int, int, int, int]) -> bytes:
    return b"".join(value.to_bytes(width) for value, width in zip(row, (5, 6, 1, 4), strict=True))


# --- products and lives ---------------------------------------------------------------------------


def products() -> Iterator[TableProduct]:
    """Products whose header uses every field."""
    plain = TableProduct(cases.monthly("L" * 11 + "R"), Policy(), 1_000, 10**9, TOKEN)
    yield plain
    for (_, table), burden in zip(golden(), (Burden.LEVEL, *(Burden.PEAK,) * 7), strict=True):
        yield replace(
            plain,
            table=table,
            policy=Policy(600, 900, 0, 12_500, 3_500, 2, 12, 978),
            burden=burden,
            token_unit=10_000,
            currency=978,
            late_fee=500,
            late_fee_cap=1_200,
            holidays=2,
            origination_bps=150,
            fee_recipient=RECIPIENT,
            max_credential_age=90 * DAY,
            issuers="5a" * 26,
        )


def lives() -> str:
    """Random lives of loans: each step with its state, or refused."""
    draw, group = random.Random("zkcredit/vectors/lives"), Group("LoanLife")
    offers = list(products())
    for product in offers * 4:
        principal = draw.randrange(50_000, 500_000)
        loan, now = release(product, principal, START), START
        steps: list[dict[str, Any]] = []
        for _ in range(10):
            now += draw.choice((1, DAY, draw.randrange(40 * DAY), draw.randrange(90 * DAY)))
            loan, step = stepped(draw, loan, now, draw.choice(offers))
            steps.append(step)
        names = {"product": product.encode().hex(), "digest": product.digest.hex()}
        given = {"principal": principal, "startedAt": START, "steps": steps}
        group.add("", "Random", valid=True, **names, **given)
    data = bytearray(offers[1].encode())
    for name, value, place in (("version 0", 0, 0), ("version 2", 2, 0), ("121 rows", 121, 1)):
        damaged = bytes([*data[:place], value, *data[place + 1 :]])
        group.add(name, "NotAProduct", valid=False, product=damaged.hex(), principal=100_000,
                  startedAt=START, steps=[])  # fmt: skip
    notes = {"Random": "Random steps, by a seed.", "NotAProduct": "The bytes are not a product."}
    return document("lives of loans", "loan_life", "", notes, [group])


def stepped(
    draw: random.Random, loan: RunningLoan, now: int, other: TableProduct
) -> tuple[RunningLoan, dict[str, Any]]:
    action = draw.choice((*Action, Action.REPAY, Action.REPAY, Action.REPAY, Action.HOLIDAY))
    amount = 0
    if action in (Action.REPAY, Action.PREPAY, Action.SETTLE):
        amount = draw.choice((1, max(loan.level, 9_000), draw.randrange(1, loan.principal)))
    product = replace(other, token_unit=loan.product.token_unit)
    restructured = product if action is Action.RESTRUCTURE else None
    step: dict[str, Any] = {"action": action.value, "amount": amount, "now": now}
    if restructured is not None:
        step["product"] = restructured.encode().hex()
    try:
        loan, outcome = run(action, loan, amount, now, restructured)
    except (LoanError, InvalidInput):
        return loan, {**step, "refused": True}
    return loan, {**step, **outcome._asdict(), "state": state_of(loan)}


def state_of(loan: RunningLoan) -> dict[str, Any]:
    """A state by the names of its fields, without the product."""
    values = {field.name: getattr(loan, field.name) for field in fields(loan)[1:]}
    return values | {"standing": loan.standing.value}


def files() -> dict[str, Callable[[], str]]:
    """File name → what makes its text."""
    return {"tables.json": tables, "lives.json": lives}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tables", type=int, help="write so many random tables, and nothing else")
    parser.add_argument("--seed", default="contract")
    parser.add_argument("--to", type=Path, help="the file to write them to")
    options = parser.parse_args()
    if options.tables:
        options.to.write_text(random_tables(options.tables, options.seed), encoding="utf-8")
        return
    FOLDER.mkdir(exist_ok=True)
    for name, make in files().items():
        (FOLDER / name).write_text(make(), encoding="utf-8")


if __name__ == "__main__":
    main()
