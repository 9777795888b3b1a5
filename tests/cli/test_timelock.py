"""A timelock from the command line: announced, waited for, carried out, taken back, stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from support.cli.cli_desk import Ran, ok, reverted, run

from zkcredit.chain.custody.timelock import AnnouncedCall, CallState, TimelockClient
from zkcredit.errors import InvalidInput, OutOfRange

if TYPE_CHECKING:
    from support.cli.loan_desk import Town

pytestmark = pytest.mark.node
HOUR = 3_600
NOBODY = "0x" + "00" * 20
OTHER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def act(town: Town, *command: object) -> Ran:
    name, *rest = command
    where = ("--node", town.node.url, *town.desk.password, "--json")
    return run("timelock", name, town.desk.path("wallet"), *rest, *where)


def deployed(town: Town, *more: object) -> Any:
    return ok(act(town, "deploy", town.address, *more))


def approval(town: Town, amount: int, *more: object) -> tuple[object, ...]:
    """A call by which the timelock permits somebody to take its test tokens."""
    arguments = "--argument", OTHER, "--argument", amount
    return town.token, "--call", "Token.approve", *arguments, *more


def refused(ran: Ran, says: str, code: int = 2) -> None:
    assert ran.code == code, ran
    assert says in ran.err
    assert "Traceback" not in ran.stderr


def test_a_timelock_has_the_terms_that_were_named(town: Town) -> None:
    made = deployed(town, "--guardian", OTHER)
    assert (made["delay_hours"], made["proposers"]) == (48, [town.address])
    assert made["cancellers"] == [town.address, OTHER]
    assert made["executors"] == "everybody"
    assert deployed(town, "--guardian", OTHER)["executed"] is False
    shown = ok(run("timelock", "show", made["timelock"], "--node", town.node.url, "--json"))
    assert shown == {name: made[name] for name in shown}
    few = deployed(town, OTHER, "--executor", OTHER, "--delay-hours", 24)
    assert (few["proposers"], few["executors"]) == ([town.address, OTHER], [OTHER])
    client = TimelockClient(town.node, few["timelock"])
    assert client.holds("proposer", OTHER)
    assert not client.holds("executor", town.address)
    with pytest.raises(InvalidInput, match="the role must be one of"):
        client.holds("admin", OTHER)


def test_what_is_announced_waits_and_is_carried_out_once(town: Town) -> None:
    place = deployed(town, "--delay-hours", 24)["timelock"]
    call = approval(town, 700)
    refused(act(town, "execute", place, *call), "was not announced")
    told = act(town, "announce", place, *call)
    assert OTHER in told.stderr  # in words
    waits = ok(told)
    assert waits["state"] == "waiting"
    assert waits["ready_at"] == town.node.time_of(waits["block"]) + 24 * HOUR
    assert ok(act(town, "announce", place, *call))["executed"] is False
    refused(act(town, "announce", place, *call, "--again", 2), "announced before")
    early = act(town, "execute", place, *call)
    refused(early, "what was announced waits; possible from", 1)
    town.node.advance(24 * HOUR)
    refused(act(town, "execute", place, *approval(town, 701)), "was not announced")
    done = ok(act(town, "execute", place, *call))
    assert (done["state"], done["ready_at"]) == ("done", None)
    assert ok(act(town, "execute", place, *call))["executed"] is False
    refused(act(town, "execute", place, *call, "--again", 2), "was carried out before")
    refused(act(town, "announce", place, *call, "--again", 2), "announced before")
    assert ok(act(town, "announce", place, *call, "--salt", 5))["state"] == "waiting"


def test_an_announcement_is_taken_back(town: Town) -> None:
    place = deployed(town)["timelock"]
    call = approval(town, 900)
    refused(act(town, "cancel", place, *call), "nothing of this kind waits")
    ok(act(town, "announce", place, *call))
    gone = ok(act(town, "cancel", place, *call))
    assert (gone["state"], gone["ready_at"]) == ("unknown", None)
    town.node.advance(48 * HOUR)
    refused(act(town, "execute", place, *call), "was taken back")
    assert ok(act(town, "announce", place, *call, "--again", 2))["state"] == "waiting"


def test_only_those_who_may_announce_and_cancel(town: Town) -> None:
    place = ok(act(town, "deploy", OTHER))["timelock"]
    call = approval(town, 5)
    refused(act(town, "announce", place, *call), "is not a proposer of this timelock")
    refused(act(town, "cancel", place, *call), "may not cancel at this timelock")


def test_what_the_called_contract_refuses_stays_announced(town: Town) -> None:
    place = deployed(town, "--delay-hours", 24)["timelock"]
    call = (town.token, "--call", "Token.transfer", "--argument", OTHER, "--argument", 5)
    ok(act(town, "announce", place, *call))
    town.node.advance(24 * HOUR)
    reverted(act(town, "execute", place, *call), "ERC20InsufficientBalance")


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("deploy", NOBODY), "which nobody has"),
        (("deploy", OTHER, "--guardian", NOBODY), "which nobody has"),
        (("deploy", OTHER, "--executor", NOBODY), "which nobody has"),
        (("deploy", "0x12"), "a proposer"),
        (("deploy", OTHER, "--delay-hours", 23), ""),
        (("announce", "0x12", OTHER, "--call", "Token.approve"), ""),
        (("announce", OTHER, OTHER, "--call", "Token.approve"), ""),
        (("announce", OTHER, "0x12", "--call", "Token.approve"), ""),
        (("announce", OTHER, OTHER, "--call", "approve"), "CONTRACT.FUNCTION"),
        (("announce", OTHER, OTHER, "--call", "Token.nothing"), ""),
    ],
)
def test_bad_input_is_refused_and_sends_nothing(
    town: Town, command: tuple[object, ...], says: str
) -> None:
    before = town.node.transaction_count(town.address)
    refused(act(town, *command), says)
    assert town.node.transaction_count(town.address) == before


def test_a_call_is_whole() -> None:
    call = AnnouncedCall(OTHER, b"\1\2", 3, 4)
    assert call.words() == (OTHER, 3, b"\1\2", bytes(32), (4).to_bytes(32))
    for changed in ({"target": OTHER.lower()}, {"data": "01"}, {"target": "0x12"}):
        with pytest.raises(InvalidInput):
            AnnouncedCall(**{"target": OTHER, "data": b"", **changed})  # type: ignore[arg-type]
    for changed in ({"value": -1}, {"value": 1 << 128}, {"salt": 1 << 256}):
        with pytest.raises(OutOfRange):
            AnnouncedCall(OTHER, b"", **changed)
    assert [state.name for state in CallState] == ["UNKNOWN", "WAITING", "READY", "DONE"]
