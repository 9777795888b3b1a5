"""The loan engine computes what the library computes, to the unit and to the error.

`make long PART=engine` compares 10,000 tables and 2,000 lives.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import replace
from itertools import product as product_of_sets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.contracts.engine_world import (
    REFUSALS,
    compare_life,
    compare_schedule,
    compare_step,
    data_contract,
    round_of,
    world,
)  # fmt: skip
from support.loan.life_cases import START
from support.loan.loan_vectors import FOLDER, state_of
from support.loan.table_cases import DAY, MONTH, monthly

from zkcredit import schema
from zkcredit.errors import InvalidInput
from zkcredit.loan import Rounding, Table, TableProduct, loan_words
from zkcredit.loan.life import Action, quote
from zkcredit.loan.running import Standing, release
from zkcredit.loan.words import LOAN_ACTIONS
from zkcredit.policy import Policy

if TYPE_CHECKING:
    from zkcredit.loan.running import RunningLoan

CONTRACTS = Path(__file__).parents[2] / "contracts" / "src"
SOURCE = CONTRACTS / "libraries" / "ProductTable.sol"
ENGINE = CONTRACTS / "interfaces" / "ILoanEngine.sol"


def vectors(name: str) -> list[dict[str, Any]]:
    document = json.loads((FOLDER / name).read_text())
    return [test for group in document["testGroups"] for test in group["tests"]]


def plain(**changes: Any) -> TableProduct:
    product = TableProduct(
        monthly("L" * 11 + "R"), Policy(), 1_000, 10**9, "0x" + "ab" * 20, 10_000,
        late_fee=500, late_fee_cap=1_200, holidays=2,
    )  # fmt: skip
    return replace(product, **changes)


# --- vectors --------------------------------------------------------------------------------------


def test_the_vectors_of_tables() -> None:
    done: Counter[str] = Counter()
    for test in vectors("tables.json"):
        try:
            table = Table.decode(bytes.fromhex(test["rows"]), Rounding(test["rounding"]))
        except InvalidInput:
            continue  # rows that are not a table are for the book, which refuses them
        error = compare_schedule(table, test["principal"])
        assert bool(error) == (test["result"] == "invalid"), test
        done[test["flags"][0]] += not error
    assert done["Golden"] == 16
    assert done["Random"] > 70
    assert done["Edge"] >= 10


def test_the_vectors_of_lives() -> None:
    done: Counter[tuple[str, bool]] = Counter()
    for test in vectors("lives.json"):
        if test["result"] == "invalid":
            continue
        product = TableProduct.decode(bytes.fromhex(test["product"]))
        loan = release(product, test["principal"], test["startedAt"])
        for step in test["steps"]:
            data = bytes.fromhex(step.get("product", ""))
            other = TableProduct.decode(data) if data else None
            answer = compare_step(
                loan, Action(step["action"]), step["amount"], step["now"], other
            )  # fmt: skip
            done[step["action"], bool(answer.error)] += 1
            assert bool(answer.error) == step.get("refused", False)
            if not answer.error:
                loan, outcome = answer.result
                assert outcome == (step["taken"], step["late"], step["charged"])
                assert state_of(loan) == step["state"]
    assert {action for action, refused in done if not refused} == {kind.value for kind in Action}


def test_bytes_that_are_not_a_product() -> None:
    for test in vectors("lives.json"):
        if test["result"] == "invalid":
            assert not_a_product(bytes.fromhex(test["product"])), test["comment"]
    data = plain().encode()
    assert not not_a_product(data)
    assert not_a_product(data[:-1])
    assert not_a_product(data + bytes(16))
    assert not_a_product(b"")


def not_a_product(data: bytes) -> bool:
    address = world().create(data_contract(data))
    return world().call("offer", address, 100_000).error == "NotAProduct"


# --- random tables and lives ----------------------------------------------------------------------


def test_random_tables_and_lives() -> None:
    found = round_of(0)
    assert found["tables"] - found["tables refused"] > 50
    assert found["tables refused"] > 5
    assert found["steps"] > 60


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 20))
def test_more_random_tables_and_lives(number: int) -> None:
    assert round_of(number)["tables"] == 100


def test_every_action_is_done_and_refused_somewhere() -> None:
    draw, done = random.Random("zkcredit/engine/actions"), []
    for _ in range(30):
        done += compare_life(draw, 12)
    assert {action for action, error in done if not error} == {kind.value for kind in Action}
    assert {error for _, error in done} >= {"InArrears", "DefaultNotYet", "InterestComesFirst"}


# --- the edges of each time -----------------------------------------------------------------------


@pytest.mark.parametrize("kinds", ["LLLR", "SSIR", "DDLR", "IIR", "DLDSR"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_second_before_and_after_each_time(kinds: str, number: int) -> None:
    shares = tuple(2 * 10**8 if kind == "S" else 0 for kind in kinds)
    product = plain(table=monthly(kinds, shares=shares))
    loan = release(product, 100_000, START)
    due = loan.due_at(number)
    for delay in (0, product.grace, product.default_after, -DAY):
        for now in range(due + delay - 1, due + delay + 2):
            for action in (*Action, Action.REPAY):
                if action is Action.RESTRUCTURE:
                    compare_step(loan, action, 0, now, plain(table=monthly("IIR")))
                else:
                    pays = action in (Action.REPAY, Action.SETTLE, Action.PREPAY)
                    compare_step(loan, action, 60_000 if pays else 0, now, None)


def after(loan: RunningLoan, *steps: tuple[Action, int, int]) -> RunningLoan:
    for action, amount, now in steps:
        answer = compare_step(loan, action, amount, START + now, None)
        assert not answer.error, answer
        loan = answer.result[0]
    return loan


def test_reliefs_in_a_row_agree() -> None:
    loan = release(plain(), 100_000, START)
    loan = after(
        loan,
        (Action.HOLIDAY, 0, 0),
        (Action.REPAY, 8_974, MONTH + 1),
        (Action.PREPAY, 20_000, 2 * MONTH + 1),
        (Action.HOLIDAY, 0, 2 * MONTH + 2),
        (Action.REPAY, 50_000, 5 * MONTH),
        (Action.SETTLE, 100_000, 6 * MONTH),
    )
    assert loan.standing.value == "repaid"


def test_every_order_of_relief_and_lateness_agrees() -> None:
    """Holiday, prepayment, restructuring and a late payment, four of them in each of 256 orders."""
    done: Counter[tuple[str, str]] = Counter()
    other = plain(table=monthly("IILLSR", shares=(0, 0, 0, 0, 2 * 10**8, 0)))
    for order in product_of_sets("HPRL", repeat=4):
        loan, now = release(plain(), 100_000, START), START
        for what in order:
            now += 2 * DAY
            if what == "L":
                now = max(now, loan.due_at(loan.paid) + loan.product.grace + 1)
            owed = quote(loan, now).overdue
            action, amount, product = {
                "H": (Action.HOLIDAY, 0, None),
                "P": (Action.PREPAY, 7_000, None),
                "R": (Action.RESTRUCTURE, 0, other),
                "L": (Action.REPAY, owed, None),
            }[what]
            answer = compare_step(loan, action, amount, now, product)
            done[what, answer.error] += 1
            if not answer.error:
                loan = answer.result[0]
        while loan.standing is Standing.ACTIVE:  # paying each row when it is due closes the loan
            now = max(now, loan.due_at(loan.paid))
            costs = quote(loan, now)
            answer = compare_step(loan, Action.REPAY, costs.overdue + costs.fees, now, None)
            assert not answer.error, (order, answer)
            loan = answer.result[0]
        assert (loan.standing, loan.balance) == (Standing.REPAID, 0), order
    assert all(done[what, ""] > 100 for what in "HPRL"), done
    assert sum(done.values()) == 4 * 4**4


@pytest.mark.parametrize(
    ("action", "amount", "product", "error"),
    [
        (Action.REPAY, 0, None, "AmountInvalid"),
        (Action.PREPAY, 0, None, "AmountInvalid"),
        (Action.SETTLE, 0, None, "AmountInvalid"),
        (Action.HOLIDAY, 1, None, "AmountInvalid"),
        (Action.DEFAULT, 1, None, "AmountInvalid"),
        (Action.RESTRUCTURE, 0, None, "ProductMisplaced"),
        (Action.REPAY, 1, plain(), "ProductMisplaced"),
        (Action.RESTRUCTURE, 0, plain(token_unit=1), "TokenDiffers"),
        (Action.RESTRUCTURE, 0, plain(token="0x" + "ac" * 20), "TokenDiffers"),
        (Action.RESTRUCTURE, 0, plain(max_principal=2_000), "PrincipalOutOfRange"),
        (Action.SETTLE, 1, None, "SettlementAboveLimit"),
        (Action.PREPAY, 1, None, "InterestComesFirst"),
        (Action.PREPAY, 10**6, None, "PrepaymentSettles"),
        (Action.DEFAULT, 0, None, "DefaultNotYet"),
    ],
)  # fmt: skip
def test_a_refused_step_has_the_same_error(
    action: Action, amount: int, product: TableProduct | None, error: str
) -> None:
    loan = release(plain(), 100_000, START)
    assert compare_step(loan, action, amount, START, product).error == error


def test_times_outside_a_loan_are_refused() -> None:
    loan = release(plain(), 100_000, START)
    for now in (0, START - 1, 2**40):
        assert compare_step(loan, Action.REPAY, 1, now, None).error == "TimeInvalid"
    for now in (START, 2**40 - 1):
        assert not compare_step(loan, Action.REPAY, 1, now, None).error


# --- the layout -----------------------------------------------------------------------------------


def test_the_header_has_the_places_of_the_schema() -> None:
    found = dict(re.findall(r"constant (\w+) = (\d+ << 8 \| \d+);", SOURCE.read_text()))
    place, expected = 0, {}
    for name, width in schema.PRODUCT_HEADER.items():
        key = "VERSION_FIELD" if name == "version" else name.upper()
        expected[key] = f"{place} << 8 | {width}"
        place += width
    assert found == expected
    assert f"HEADER_LENGTH = {place};" in SOURCE.read_text()
    assert f"ROW_LENGTH = {schema.ROW_BYTES};" in SOURCE.read_text()


def test_the_engines_errors_are_those_of_the_library(artifacts: dict[str, Any]) -> None:
    declared = {e["name"] for e in artifacts["ILoanEngine"]["abi"] if e["type"] == "error"}
    assert declared == {*REFUSALS.values(), "NotAProduct"}
    enum = re.search(r"enum Action \{(.*?)\n    \}", ENGINE.read_text(), re.DOTALL)
    assert enum is not None
    names = re.findall(r"^        (\w+),?$", enum[1], re.MULTILINE)
    assert names == [action.name.capitalize() for action in LOAN_ACTIONS]


def test_the_engine_is_small_and_keeps_nothing(artifacts: dict[str, Any]) -> None:
    artifact = artifacts["LoanEngine"]
    assert len(artifact["deployedBytecode"]) // 2 - 1 <= 11_000
    for entry in artifact["abi"]:
        assert entry["type"] != "function" or entry["stateMutability"] in ("view", "pure")


def test_words_of_a_loan_are_the_contracts(artifacts: dict[str, Any]) -> None:
    parts = next(
        entry["inputs"][1]["components"]
        for entry in artifacts["LoanEngine"]["abi"]
        if entry.get("name") == "run"
    )
    assert len(parts) == len(schema.LOAN_WORDS)
    assert all(sum(part.values()) == 256 for part in schema.LOAN_WORDS)
    loan = release(plain(), 100_000, START)
    words = loan_words(loan, "0x" + "11" * 20)
    assert words[1] >> 208 == 100_000
    assert words[2] == 255 << 16 | 2
