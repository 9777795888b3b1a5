"""``zkcredit bureau``: a credit bureau, whose members share what they know of a borrower."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, NodeOptions, WalletOptions
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command
from zkcredit.cli.output import emit, note
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import Node
    from zkcredit.chain.history.bureau import CreditBureauClient

app = typer.Typer(
    help="A bureau of markets that share what they know of a borrower.", no_args_is_help=True
)

Place = Annotated[str, typer.Option("--bureau", metavar="ADDRESS", help="The bureau's contract.")]
Market = Annotated[str, typer.Argument(metavar="MARKET", help="The market's address.")]


class Pseudonyms(StrEnum):
    """What the pseudonyms of a bureau's members are."""

    CREDENTIAL = "credential"
    LEDGER = "ledger"


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    *,
    rehabilitation_days: Annotated[
        int,
        typer.Option(
            "--rehabilitation-days",
            min=0,
            max=3650,
            help="Days from a recovery after a default to the borrower's next loan; 0 never "
            "permits another.",
        ),
    ] = 0,
    currency: Annotated[
        str | None,
        typer.Option("--currency", help="Currency of all members' loans (EUR, KES, …)."),
    ] = None,
    admin: Annotated[
        str | None,
        typer.Option(
            "--admin",
            metavar="ADDRESS",
            help="Who admits and dismisses members, such as a timelock; your own by default.",
        ),
    ] = None,
    pseudonyms: Annotated[
        Pseudonyms,
        typer.Option("--pseudonyms", help="Of holders of credentials, or of a ledger's accounts."),
    ] = Pseudonyms.CREDENTIAL,
) -> None:
    """Deploy a bureau without members. Its terms cannot be changed later.

    Markets join it with ``market deploy --bureau``, and ``bureau admit`` makes them members. Run
    again, the command deploys nothing; --again 2 deploys a second bureau with the same terms.
    """
    import zkcredit.units as units
    from zkcredit._internal.evm import account_address

    who = None if admin is None else account_address("the admin", admin)
    number = 0 if currency is None else units.currency(currency).number
    with payer.acting(at, how) as actor:

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            from zkcredit.chain.history.bureau import BureauKind, deploy_bureau

            made = deploy_bureau(
                actor.node,
                by=actor.sender,
                admin=who,
                rehabilitation=rehabilitation_days * units.DAY,
                currency=number,
                kind=BureauKind[pseudonyms.name],
                idempotency_key=f"{name}/deploy",
            )
            return _described(made)

        wanted = {
            "rehabilitation": rehabilitation_days,
            "currency": number,
            "admin": who,
            "pseudonyms": pseudonyms.value,
        }
        perform(actor, Wish("bureau deploy", "", wanted), carry_out)


@command(app)
def show(
    at: NodeOptions,
    *,
    bureau: Place,
    since: Annotated[
        int,
        typer.Option("--since", min=0, help="Block of the bureau's creation, or before."),
    ] = 0,
) -> None:
    """Show a bureau: its terms, its admin, and its members with their gates."""
    with at.connect() as node:
        found = _client(node, bureau, since)
        members = [{"market": name, "gate": gate} for name, gate in found.members().items()]
        emit({**_described(found), "members": members})


@command(app)
def admit(
    admin: WalletOptions, at: NodeOptions, how: ActionOptions, market: Market, *, bureau: Place
) -> None:
    """Make a market a member, with the gate that it names now. Admin only.

    Members believe one another: what one says of a borrower who proved the pseudonym to it counts
    at all of them. A market that joined another bureau cannot be a member.
    """
    from zkcredit._internal.evm import checksum_address

    place = checksum_address("the market", market)
    with admin.acting(at, how) as actor:
        client = _client(actor.node, bureau)

        def resolve() -> Details:
            _require_admin(client, actor.sender.address)
            if client.is_member(place):
                raise InvalidInput(f"{place} is a member of this bureau already")
            joined = _bureau_of(actor.node, place)
            if joined != client.address:
                raise InvalidInput(f"{place} was deployed for another bureau, {joined}")
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.add_member(place, by=actor.sender, idempotency_key=f"{name}/admit")
            return {"bureau": client.address, "market": place, "gate": client.gate_of(place)}

        wish = Wish("bureau admit", client.address, {"market": place})
        perform(actor, wish, carry_out, resolve=resolve)


@command(app)
def dismiss(
    admin: WalletOptions, at: NodeOptions, how: ActionOptions, market: Market, *, bureau: Place
) -> None:
    """End a membership: the market opens no more loans. Admin only.

    Loans that run are repaid, and their records kept, as before.
    """
    from zkcredit._internal.evm import checksum_address

    place = checksum_address("the market", market)
    with admin.acting(at, how) as actor:
        client = _client(actor.node, bureau)

        def resolve() -> Details:
            _require_admin(client, actor.sender.address)
            if not client.is_member(place):
                raise InvalidInput(f"{place} is not a member of this bureau")
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.remove_member(place, by=actor.sender, idempotency_key=f"{name}/dismiss")
            return {"bureau": client.address, "market": place, "member": client.is_member(place)}

        wish = Wish("bureau dismiss", client.address, {"market": place})
        perform(actor, wish, carry_out, resolve=resolve)


def _client(node: "Node", bureau: str, since: int = 0) -> "CreditBureauClient":
    from zkcredit.chain.history.bureau import CreditBureauClient

    return CreditBureauClient(node, bureau, since=since)


def _bureau_of(node: "Node", market: str) -> str:
    """Return the bureau that a market was deployed for.

    Raises:
        InvalidInput: if the address has no contract.
        ChainError: if the contract does not name a bureau.
    """
    from zkcredit.chain.history.bureau import bureau_of

    return bureau_of(node, market)


def _require_admin(client: "CreditBureauClient", who: str) -> None:
    """Require that an account is the bureau's admin.

    Raises:
        InvalidInput: if another account is, or nobody; a timelock carries out what was announced.
    """
    admin = client.admin()
    if admin == who:
        return
    if admin is None:
        raise InvalidInput("the bureau has no admin any more: its members stay as they are")
    note("if the admin is a timelock, announce the call there; CreditBureauClient.admission has it")
    raise InvalidInput(f"the bureau's admin is {admin}, not this wallet's account, {who}")


def _described(client: "CreditBureauClient") -> dict[str, Any]:
    import zkcredit.units as units

    number = client.currency()
    known = units.currency_numbered(number) if number else None
    return {
        "bureau": client.address,
        "pseudonyms": Pseudonyms[client.kind.name].value,
        "admin": client.admin(),
        "rehabilitation_days": client.rehabilitation() // units.DAY,
        "currency_code": None if known is None else known.code,
    }
