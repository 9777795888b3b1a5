"""The vectors of loans, which a contract is held to: they are fresh, and the library agrees."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
from support.loan.loan_vectors import FOLDER, NOTES, files, random_tables, state_of

from zkcredit.errors import InvalidInput, LoanError
from zkcredit.loan import Rounding, Table, TableProduct
from zkcredit.loan.life import Action, run
from zkcredit.loan.running import release


@cache
def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text())


def every(document: Any) -> list[Any]:
    return [test for group in document["testGroups"] for test in group["tests"]]


@pytest.mark.parametrize("name", sorted(files()))
def test_a_file_is_fresh(name: str) -> None:
    assert files()[name]() == (FOLDER / name).read_text()
    assert {path.name for path in FOLDER.iterdir()} == files().keys()


def judged(document: Any) -> Counter[str]:
    for test in every(document):
        try:
            table = Table.decode(bytes.fromhex(test["rows"]), Rounding(test["rounding"]))
            schedule = table.schedule(test["principal"])
        except InvalidInput:
            assert test["result"] == "invalid", test
            continue
        assert test["result"] == "valid", test
        assert schedule.level == test["level"]
        assert list(schedule.amounts) == test["amounts"]
        assert [entry.interest for entry in schedule.instalments] == test["interests"]
        assert [entry.balance for entry in schedule.instalments] == test["balances"]
    return Counter(test["result"] for test in every(document))


def test_the_library_agrees_on_tables() -> None:
    found = judged(load("tables.json"))
    assert found["valid"] > 80
    assert found["invalid"] > 20
    flags = {flag for test in every(load("tables.json")) for flag in test["flags"]}
    assert flags == NOTES.keys()


def test_the_library_agrees_on_random_tables() -> None:
    assert judged(json.loads(random_tables(200, "tests")))["valid"] > 150


@pytest.mark.slow
def test_the_library_agrees_on_2000_random_tables() -> None:
    assert judged(json.loads(random_tables(2_000, "contract"))).total() == 2_000


def test_the_library_agrees_on_lives() -> None:
    done: Counter[tuple[str, bool]] = Counter()
    for test in every(load("lives.json")):
        try:
            product = TableProduct.decode(bytes.fromhex(test["product"]))
        except InvalidInput:
            assert test["result"] == "invalid"
            continue
        assert product.digest.hex() == test["digest"]
        loan = release(product, test["principal"], test["startedAt"])
        for step in test["steps"]:
            other = step.get("product")
            arguments = (
                Action(step["action"]), loan, step["amount"], step["now"],
                TableProduct.decode(bytes.fromhex(other)) if other else None,
            )  # fmt: skip
            refused = step.get("refused", False)
            done[step["action"], refused] += 1
            if refused:
                with pytest.raises((LoanError, InvalidInput)):
                    run(*arguments)
                continue
            loan, outcome = run(*arguments)
            assert outcome == (step["taken"], step["late"], step["charged"])
            assert state_of(loan) == step["state"]
    assert {action for action, refused in done if not refused} == {kind.value for kind in Action}
    assert {action for action, refused in done if refused} >= {"holiday", "prepay", "default"}
