"""Every command that changes a chain, killed anywhere, through a gateway that errs: once is once.

``make long PART=kills-market``, ``PART=kills-loan``, ``PART=kills-office`` and
``PART=kills-others`` go on with thousands of runs, ``make long PART=pairs`` with two equal payments
in a row.
"""

from __future__ import annotations

import ast
import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.chain.gateway import FAULTS
from support.cli.kill_rounds import Runs, pair
from support.cli.town import DAY, VERBS, outcome, town
from typer.main import get_command

from zkcredit.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

READING = {"tx list", "tx show"}
"""Those that wait for confirmations, and send nothing."""

ELSEWHERE = {
    "history advance": "tests/cli/test_killed_keeper.py::"
    "test_a_keeper_that_is_killed_and_run_again_advances_once",
    "loan watch": "tests/cli/test_loan_watch.py::test_what_is_due_is_done_once",
}
"""Those that need more than a town has, each with the test that kills it."""

pytestmark = [pytest.mark.node, pytest.mark.slow]


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with town() as built:
        yield Runs(built)


def sending() -> set[str]:
    """Every command that waits for a transaction, by group and name, from the tree of commands."""
    root: Any = get_command(app)
    return {
        f"{name} {inner}".strip()
        for name, found in root.commands.items()
        for inner, leaf in {"": found, **getattr(found, "commands", {})}.items()
        if "confirmations" in {parameter.name for parameter in leaf.params}
    }


def test_every_command_that_sends_is_killed() -> None:
    killed = {verb.command for verb in VERBS.values()}
    assert sending() - READING - killed == ELSEWHERE.keys()
    assert killed <= sending()
    assert len(FAULTS) == 20


def test_no_command_sends_in_another_way() -> None:
    """An account acts through ``WalletOptions.acting``, which takes the option that is the mark."""
    folder = Path(__file__).parents[2] / "zkcredit" / "cli"
    found = {
        (mark, path.name)
        for path in folder.rglob("*.py")
        for mark in ("TransactionSender(", "send_cold(", ".broadcast(", "send_raw_transaction")
        if mark in path.read_text()
    }
    assert found == {("TransactionSender(", "account.py"), ("send_cold(", "cold.py")}


@pytest.mark.parametrize("where", [*ELSEWHERE.values()])
def test_the_test_of_another_command_is_there(where: str) -> None:
    path, _, name = where.partition("::")
    tree = ast.parse((Path(__file__).parents[2] / path).read_text())
    assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


# Each verb once, each fault at least once; the seeds are drawn, and the long part has thousands
# of them.
@pytest.mark.parametrize(("name", "fault"), list(zip(VERBS, cycle(FAULTS), strict=False)))
def test_a_command_that_is_killed_and_run_again_happens_once(
    runs: Runs, name: str, fault: str
) -> None:
    """`make long PART=kills-loan` and its like take every verb with every fault, many times."""
    runs.run(name, fault, 1)


@pytest.mark.parametrize(
    "name",
    [name for name, verb in VERBS.items() if not verb.outbox and not verb.cold],
)
def test_a_command_whose_outcome_was_not_noted_ends_all_the_same(runs: Runs, name: str) -> None:
    executed, printed, *_ = runs.wanted(name)
    runs.town.renew(VERBS[name])
    assert runs.town.run(VERBS[name]).code == 0
    with closing(sqlite3.connect(runs.town.folder / "wallet.outbox")) as outbox:
        forgotten = outbox.execute("UPDATE intentions SET outcome = ''").rowcount
        assert forgotten == 1 + VERBS[name].first_sends
        outbox.commit()
    again = runs.town.run(VERBS[name])
    assert again.code == 0, again.stderr
    assert outcome(again) == printed
    assert len(runs.town.executed()) == len(executed)


@pytest.mark.parametrize("fault", ["", "reply lost"])
def test_two_equal_payments_are_two(runs: Runs, fault: str) -> None:
    """`make long PART=pairs` takes every fault."""
    pair(runs, "mint", fault, 3)


def test_a_row_whose_payment_was_cancelled_is_paid_by_its_second(runs: Runs) -> None:
    place, repay = runs.town, VERBS["repay"]
    place.renew()
    place.gate.trouble("forgotten", 0, most=1 << 30, rate=1.0)
    assert place.run(repay).code == 5
    place.gate.calm()
    cancelled = place.run(VERBS["cancel"])
    assert cancelled.json["cancelled"] is True
    assert place.run(VERBS["mint"]).code == 0  # another command is not held up
    for _ in range(2):
        assert "cancelled it" in place.run(repay).stderr
    assert place.run(repay, "--again", 3).code == 2
    for executed in (True, False):
        assert place.run(repay, "--again", 2).json["executed"] is executed
    assert place.run(repay, "--again", 3).code == 2
    assert place.loan("runs").paid_rows == 2


def test_a_row_that_is_due_is_the_same_until_the_user_was_told(runs: Runs) -> None:
    place, verb = runs.town, VERBS["repay due"]
    place.renew()
    first = place.run(verb).json
    with closing(sqlite3.connect(place.folder / "wallet.outbox")) as outbox:
        untold = (
            """UPDATE intentions SET outcome = replace(outcome, '"told": true', '"told": false')"""
        )
        assert outbox.execute(untold).rowcount == 1  # as if killed before it was printed
        outbox.commit()
    place.node.advance(30 * DAY)  # in another period
    assert place.run(verb).json == {**first, "executed": False}
    assert place.run(verb).json["paid_rows"] == first["paid_rows"] + 1


def test_what_is_due_is_paid_once_a_period(runs: Runs) -> None:
    place, verb = runs.town, VERBS["repay due"]
    place.renew()
    first = place.run(verb).json
    assert first["overdue"] > 0  # another row is due, too
    for _ in range(2):
        again = place.run(verb)
        assert again.json == {**first, "executed": False}
        assert "the next is --row 2" in again.stderr
    assert place.loan("overdue").paid_rows == 1
    named = replace(verb, words=verb.words.replace("--due", "--row 2"))
    assert place.run(named).json["paid_rows"] == 2
    assert place.run(verb).json == {**first, "executed": False}
    place.node.advance(30 * DAY)
    assert place.run(verb).json["paid_rows"] == 3
    assert place.run(verb).json["executed"] is False
