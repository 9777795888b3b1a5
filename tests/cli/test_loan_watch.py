"""``loan watch``: what lenders are told, and what is done for them when they ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from support.cli.cli_desk import ok
from support.cli.loan_desk import DAY, released

import zkcredit.cli.loan.watching as watching
from zkcredit.chain.nodes.anvil import AnvilNode
from zkcredit.errors import NodeUnavailable

if TYPE_CHECKING:
    from support.cli.loan_desk import Town

pytestmark = pytest.mark.node

ONCE = ("loan", "watch", "--once")


def test_a_lender_is_told_who_is_late(town: Town) -> None:
    loan = released(town)
    assert ok(town.act(*ONCE))["loans"][0]["late_since"] is None
    quiet = town.act(*ONCE, json_=False)
    assert quiet.out.startswith("1 loan: 0 late")
    town.node.advance(33 * DAY)
    (late,) = ok(town.act(*ONCE))["loans"]
    assert (late["loan"], late["days_late"], late["can_default"]) == (loan, 3, False)
    assert late["overdue"] == 25_564
    told = town.act(*ONCE, json_=False)
    assert f"loan {loan}: 3 days late, 255.64 EUR overdue" in told.out
    assert "default can be declared from 20" in told.out
    assert town.address in told.out


def test_nothing_is_sent_that_was_not_asked_for(town: Town) -> None:
    loan = released(town)
    ok(town.act("loan", "repay", loan, 1_000))
    town.node.advance(300 * DAY)
    sent = town.node.transaction_count(town.address)
    (seen,) = ok(town.act(*ONCE))["loans"]
    assert (seen["can_default"], list(seen["withdrawable"].values()) != ["0"]) == (True, True)
    assert town.node.transaction_count(town.address) == sent


def test_what_is_due_is_done_once(town: Town) -> None:
    loan = released(town)
    ok(town.act("loan", "repay", loan, 1_000))
    town.node.advance(300 * DAY)
    done = ok(town.act(*ONCE, "--mark-defaults", "--withdraw"))
    assert [one["what"] for one in done["done"]] == ["mark-default", "withdraw"]
    assert done["loans"][0]["status"] == "defaulted"
    sent = town.node.transaction_count(town.address)
    assert ok(town.act(*ONCE, "--mark-defaults", "--withdraw"))["done"] == []
    assert town.node.transaction_count(town.address) == sent
    told = town.act(*ONCE, json_=False)
    assert f"loan {loan}: in default, " in told.out


def test_money_goes_to_the_address_that_is_named(town: Town) -> None:
    loan = released(town)
    ok(town.act("loan", "repay", loan, 1_000))
    stranger = town.node.accounts[5].address
    assert town.act(*ONCE, "--to", stranger).code == 2
    done = ok(town.act(*ONCE, "--withdraw", "--to", stranger))
    (one,) = done["done"]
    balance = town.look("loan", "show", loan)
    assert int(one["tokens"]) > 0
    assert balance.code == 0


def test_it_goes_on_over_a_node_that_is_gone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    loan = released(town)
    looks = []

    class Enough(KeyboardInterrupt):
        pass

    now = AnvilNode.now

    def slept(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 1:
            town.node.advance(31 * DAY)
        elif len(looks) == 2:
            monkeypatch.setattr("zkcredit.chain.nodes.node.Node.now", gone)
        elif len(looks) == 3:
            monkeypatch.undo()
            monkeypatch.setattr(watching.time, "sleep", slept)
        else:
            raise Enough

    def gone(_: object) -> int:
        raise NodeUnavailable("the node is gone")

    monkeypatch.setattr(watching.time, "sleep", slept)
    ran = town.act("loan", "watch", "--every", 7, json_=False)
    assert now is AnvilNode.now
    assert ran.code == 130
    assert looks == [7.0] * 4
    # told once, although it was seen twice
    assert ran.out.count(f"loan {loan}: 1 day late") == 1
    assert "the node is gone; looking again" in ran.stderr


@pytest.mark.parametrize(
    "options",
    [
        (), ("--every", "0"), ("--every", "x"), ("--once", "--to", "0x00"),
        ("--once", "--withdraw", "--to", "me"), ("--once", "--unknown"), ("--once", "7"),
    ],
)  # fmt: skip
def test_senseless_options_exit_with_2(town: Town, options: tuple[str, ...]) -> None:
    ran = town.act("loan", "watch", *options)
    assert ran.code == 2
    assert json.loads(ran.err)["exit_code"] == 2


def test_an_interrupted_withdrawal_is_finished_by_the_next_look(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    loan = released(town)
    ok(town.act("loan", "repay", loan, 1_000))
    sent = town.node.transaction_count(town.address)
    with monkeypatch.context() as patch:
        from zkcredit.chain.nodes.node import Node

        broadcast = Node.broadcast

        def broken(node: Node, raw: bytes) -> None:
            broadcast(node, raw)
            raise NodeUnavailable("the connection broke")

        patch.setattr(Node, "broadcast", broken)
        assert town.act(*ONCE, "--withdraw").code == 5
    assert ok(town.act(*ONCE, "--withdraw"))["done"] == []
    assert town.node.transaction_count(town.address) == sent + 1
