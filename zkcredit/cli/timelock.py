"""``zkcredit timelock``: what governs a market is announced, and waits before it counts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, NodeOptions, WalletOptions
from zkcredit.cli.cold import decoded_call
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import OptionGroup, command
from zkcredit.cli.output import emit, note
from zkcredit.cli.words import when
from zkcredit.errors import InvalidInput, LoanError

if TYPE_CHECKING:
    from zkcredit.chain import Node
    from zkcredit.chain.custody.timelock import AnnouncedCall, TimelockClient

app = typer.Typer(
    help="A timelock: changes are announced, and wait before they count.", no_args_is_help=True
)

Timelock = Annotated[str, typer.Argument(metavar="TIMELOCK", help="The timelock's address.")]
_HOUR = 3_600


@dataclass(frozen=True, kw_only=True)
class CallOptions(OptionGroup):
    """A call that is announced: the contract, its function, and the arguments."""

    target: Annotated[
        str, typer.Argument(metavar="CONTRACT", help="The address of the contract to call.")
    ]
    call: Annotated[
        str, typer.Option("--call", help="CONTRACT.FUNCTION, such as LoanMarket.setTokenAllowed.")
    ]
    arguments: Annotated[
        list[str] | None,
        typer.Option("--argument", help="An argument of the call; repeatable, in order."),
    ] = None
    salt: Annotated[
        int,
        typer.Option("--salt", min=0, help="Another number for another announcement of the same."),
    ] = 0

    def read(self) -> "AnnouncedCall":
        """Return the call, and print it in words.

        Raises:
            InvalidInput: if the contract or the function is unknown, or the arguments do not fit
                its parameters.
        """
        from zkcredit._internal.evm import checksum_address
        from zkcredit.chain.custody.timelock import AnnouncedCall

        place = checksum_address("the contract", self.target)
        described, data = decoded_call(self.call, self.arguments or [])
        for line in described.in_words(place).splitlines():
            note(line)
        return AnnouncedCall(place, data, salt=self.salt)

    def named(self, call: "AnnouncedCall") -> dict[str, Any]:
        """Return the call, which ``read`` returned, as the arguments of a wish."""
        return {
            "target": call.target,
            "call": self.call,
            "arguments": list(self.arguments or []),
            "salt": str(self.salt),
        }


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    proposers: Annotated[
        list[str],
        typer.Argument(
            metavar="PROPOSER...", help="Who announces and cancels, such as a treasury's address."
        ),
    ],
    *,
    delay_hours: Annotated[
        int,
        typer.Option(
            "--delay-hours", min=24, max=8_760, help="Hours for which an announcement waits."
        ),
    ] = 48,
    guardian: Annotated[
        str | None,
        typer.Option(
            "--guardian",
            metavar="ADDRESS",
            help="Who cancels and pauses, and announces nothing; nobody by default.",
        ),
    ] = None,
    executor: Annotated[
        list[str] | None,
        typer.Option(
            "--executor",
            metavar="ADDRESS",
            help="Who carries out what has waited; repeatable, everybody by default.",
        ),
    ] = None,
) -> None:
    """Deploy a timelock. Nobody is its admin, and whoever pays for it has no rights at it.

    Make it the admin of a market, a bureau or a registry, and nothing of theirs changes without
    notice: ``market deploy`` and ``bureau deploy --admin``, or ``admin begin`` for a contract that
    exists.
    """
    from zkcredit._internal.evm import account_address

    announce = [account_address("a proposer", one) for one in proposers]
    warden = None if guardian is None else account_address("the guardian", guardian)
    carry = [account_address("an executor", one) for one in executor or []]
    with payer.acting(at, how) as actor:

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            from zkcredit.chain import deploy_timelock

            made = deploy_timelock(
                delay_hours * _HOUR,
                announce,
                by=actor.sender,
                guardian=warden,
                executors=carry,
                idempotency_key=f"{name}/deploy",
            )
            return _described(made)

        wanted = {
            "proposers": announce,
            "delay_hours": delay_hours,
            "guardian": warden,
            "executors": carry,
        }
        perform(actor, Wish("timelock deploy", "", wanted), carry_out)


@command(app)
def show(
    at: NodeOptions,
    timelock: Timelock,
    *,
    since: Annotated[
        int, typer.Option("--since", min=0, help="Block of the timelock's creation, or before.")
    ] = 0,
) -> None:
    """Show a timelock: its delay, and who announces, cancels and carries out."""
    with at.connect() as node:
        emit(_described(_client(node, timelock, since)))


@command(app)
def announce(
    proposer: WalletOptions, at: NodeOptions, how: ActionOptions, timelock: Timelock, *,
    what: CallOptions,
) -> None:  # fmt: skip
    """Announce a call; it can be carried out after the timelock's delay. Proposers only.

    Prints the call in words. A treasury announces by ``treasury propose --call
    FloorTimelock.schedule``.
    """
    call = what.read()
    with proposer.acting(at, how) as actor:
        client = _client(actor.node, timelock)

        def resolve() -> Details:
            from zkcredit.chain.custody.timelock import CallState

            if not client.holds("proposer", actor.sender.address):
                raise InvalidInput(f"{actor.sender.address} is not a proposer of this timelock")
            if client.state(call) is not CallState.UNKNOWN:
                raise InvalidInput("this was announced before; give another --salt")
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.announce(call, by=actor.sender, idempotency_key=f"{name}/announce")
            return _told(client, call)

        wish = Wish("timelock announce", client.address, what.named(call))
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def execute(
    anybody: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    timelock: Timelock,
    *,
    what: CallOptions,
    gas: Annotated[
        int, typer.Option("--gas", min=0, help="Gas for the contract that is called.")
    ] = 300_000,
) -> None:
    """Carry out a call that was announced, and has waited. Name it as it was announced."""
    call = what.read()
    with anybody.acting(at, how) as actor:
        client = _client(actor.node, timelock)

        def resolve() -> Details:
            _require_ready(client, call)
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.execute(call, by=actor.sender, idempotency_key=f"{name}/execute", gas=gas)
            return _told(client, call)

        once = "An announced call is carried out only once"
        wish = Wish("timelock execute", client.address, what.named(call), once)
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def cancel(
    canceller: WalletOptions, at: NodeOptions, how: ActionOptions, timelock: Timelock, *,
    what: CallOptions,
) -> None:  # fmt: skip
    """Take an announcement back: its guardian may, and its proposers."""
    call = what.read()
    with canceller.acting(at, how) as actor:
        client = _client(actor.node, timelock)

        def resolve() -> Details:
            from zkcredit.chain.custody.timelock import CallState

            if not client.holds("canceller", actor.sender.address):
                raise InvalidInput(f"{actor.sender.address} may not cancel at this timelock")
            if client.state(call) not in (CallState.WAITING, CallState.READY):
                raise InvalidInput("nothing of this kind waits at the timelock")
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.cancel(call, by=actor.sender, idempotency_key=f"{name}/cancel")
            return _told(client, call)

        wish = Wish("timelock cancel", client.address, what.named(call))
        perform(actor, wish, carry_out, resolve=resolve)


def _client(node: "Node", address: str, since: int = 0) -> "TimelockClient":
    from zkcredit.chain.custody.timelock import TimelockClient

    return TimelockClient(node, address, since=since)


def _require_ready(client: "TimelockClient", call: "AnnouncedCall") -> None:
    """Require that a call can be carried out now.

    Raises:
        InvalidInput: if it was not announced, or was carried out.
        LoanError: if it still waits; the text says until when.
    """
    from zkcredit.chain.custody.timelock import CallState

    state = client.state(call)
    if state is CallState.DONE:
        raise InvalidInput("this was carried out before")
    ready_at = client.ready_at(call)
    if ready_at is None:
        raise InvalidInput("this was not announced at the timelock, or was taken back")
    if state is CallState.WAITING:
        until = when(ready_at, client.node.now())
        raise LoanError(f"what was announced waits; possible from {until}", ready_at)


def _told(client: "TimelockClient", call: "AnnouncedCall") -> dict[str, Any]:
    return {
        "timelock": client.address,
        "call": client.id_of(call).hex(),
        "state": client.state(call).name.lower(),
        "ready_at": client.ready_at(call),
    }


def _described(client: "TimelockClient") -> dict[str, Any]:
    holders = client.holders()
    executors = [None if not int(one, 16) else one for one in holders["executor"]]
    return {
        "timelock": client.address,
        "delay_hours": client.delay() // _HOUR,
        "proposers": list(holders["proposer"]),
        "cancellers": list(holders["canceller"]),
        "executors": "everybody" if None in executors else executors,
    }
