"""``zkcredit market``: deploy the contracts, publish products and registry roots."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    Account,
    MarketOptions,
    NodeOptions,
    SystemOptions,
    WalletOptions,
)
from zkcredit.cli.options import (
    ModelFile,
    RegistryFile,
    SomeGroup,
    command,
    load_verifying_key,
    read_group,
    read_model,
    read_object,
    read_text,
)
from zkcredit.cli.output import emit
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import Deployment, LoanMarketClient

app = typer.Typer(help="The market: contracts, products, roots.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="ADDRESS")]
KeyFile = Annotated[
    Path | None, typer.Option("--vk", help="Verification key (JSON); the dev key by default.")
]


@command(app)
def deploy(
    admin: WalletOptions,
    at: MarketOptions,
    *,
    vk: KeyFile = None,
    group: SomeGroup = None,
    model: ModelFile = None,
    currency: Annotated[
        str | None, typer.Option("--currency", help="With --ledger: of all amounts, EUR, KES, …")
    ] = None,
    epoch_hours: Annotated[
        int, typer.Option("--epoch-hours", min=1, max=720, help="With --ledger: an entry's wait.")
    ] = 24,
    test_token: Annotated[
        bool, typer.Option("--test-token", help="Also allow a new token that anybody can mint.")
    ] = False,
) -> None:
    """Deploy verifier, registry, gate and market; you get all their roles.

    With --group, borrowers escrow their reference to the arbiters, and a contract that checks the
    arbiters' openings is deployed, too. With --model, a published scorecard makes the scores. With
    --ledger, a credit ledger with a gate and a market of its own is added to a deployment.

    Keys that somebody can forge under are refused on any chain but known local ones. Run again
    after an interruption, it goes on where it stopped.
    """
    if at.ledger != (currency is not None) or (at.ledger and (group or model)):
        raise InvalidInput("--ledger goes with --currency, and with neither --group nor --model")
    if not at.ledger and os.path.lexists(at.deployment):
        raise InvalidInput(f"{at.deployment} exists already; name another file or remove it")
    place = os.fsencode(at.deployment.resolve())  # a path may be no text
    intention = f"deploy {'the ledger of ' if at.ledger else ''}{place!r}"
    with admin.on(at) as account:
        if currency is None:
            made, shown = _system(account, vk, group, model, intention)
            market = made.open(account.node).market
        else:
            made, shown = _ledger(
                account,
                at.deployment,
                vk,
                intention,
                currency=currency,
                epoch_hours=epoch_hours,
            )
            market = made.open_ledger(account.node).market
        if test_token:
            shown["token"] = _token(account, market, intention)
        made.save(at.deployment)
    emit({"deployment": str(at.deployment), **shown})


@command(app, "post-root")
def post_root(
    registrar: WalletOptions,
    at: SystemOptions,
    *,
    registry: RegistryFile,
    uri: Annotated[str, typer.Option("--uri", help="Where the registry can be had.")] = "",
) -> None:
    """Post a registry's root. Registrar only."""
    from zkcredit.registry import RegistrySnapshot

    snapshot = RegistrySnapshot.from_json(read_text(registry))
    with registrar.on(at) as account:
        client = at.open(account.node).registry
        client.post(snapshot.root, snapshot.data_hash, uri, by=account.sender)
        emit({"root": str(snapshot.root), "registry": client.address})


@command(app, "allow-token")
def allow_token(operator: WalletOptions, at: MarketOptions, token: Address) -> None:
    """Allow a token for new products. Operator only."""
    with operator.on(at) as account:
        at.open(account.node).set_token_allowed(token, True, by=account.sender)
    emit({"token": token, "allowed": True})


@command(app)
def mint(
    anybody: WalletOptions,
    at: NodeOptions,
    token: Address,
    tokens: Annotated[int, typer.Argument(metavar="TOKENS", min=1, help="Base units.")],
) -> None:
    """Make test tokens for your own account; real tokens refuse this."""
    with anybody.on(at) as account:
        from zkcredit.chain import TokenClient

        client = TokenClient(account.node, token)
        client.mint(account.sender.address, tokens, by=account.sender)
        balance = client.balance_of(account.sender.address)
    emit({"token": token, "balance": str(balance)})


@command(app, "create-product")
def create_product(
    lender: WalletOptions,
    at: MarketOptions,
    product: Annotated[Path, typer.Argument(metavar="PRODUCT.json")],
) -> None:
    """Publish a product: a JSON object with its terms, its policy, and the other fields of one."""
    from zkcredit.loan import Product

    offered = Product.from_values(read_object(product, "product"))
    with lender.on(at) as account:
        state = at.open(account.node).create_product(offered, by=account.sender)
    emit({"product": state.product_id, "terms_hash": state.terms_hash.hex()})


@command(app)
def product(
    at: MarketOptions, number: Annotated[int, typer.Argument(metavar="PRODUCT", min=1)]
) -> None:
    """Show a product: what a loan costs and what a borrower proves."""
    with at.connect() as node:
        state = at.open(node).product(number)
    described = asdict(state.product)
    described["policy"] = state.product.policy.conditions()
    emit({"product": number, "open": state.open, "creator": state.creator, **described})


def _system(
    account: Account, vk: Path | None, group: Path | None, model: Path | None, intention: str
) -> "tuple[Deployment, dict[str, Any]]":
    from zkcredit.chain import deploy_opening_verifier, deploy_system
    from zkcredit.request.base import ELIGIBILITY, ESCROW_ELIGIBILITY, SCORED_ELIGIBILITY
    from zkcredit.scoring.model_circuit import require_model_key

    arbiters, scorecard = None if group is None else read_group(group), read_model(model)
    if arbiters is not None:
        key = load_verifying_key(vk, ESCROW_ELIGIBILITY)
    elif scorecard is not None:
        key = load_verifying_key(vk, SCORED_ELIGIBILITY)
        require_model_key(key, scorecard)
    else:
        key = load_verifying_key(vk, ELIGIBILITY)
    made = deploy_system(
        account.node,
        key,
        by=account.sender,
        arbiters=None if arbiters is None else arbiters.key,
        idempotency_key=intention,
    )
    shown: dict[str, Any] = {
        "chain_id": made.chain_id,
        "market": made.market,
        "gate": made.gate,
        "registry": made.registry,
        "verifier": made.verifier,
    }
    if arbiters is not None:
        openings = deploy_opening_verifier(
            made.open(account.node).market,
            arbiters,
            by=account.sender,
            idempotency_key=f"{intention}/openings",
        )
        shown["opening_verifier"] = openings.address
    return made, shown


def _ledger(
    account: Account,
    deployment: Path,
    vk: Path | None,
    intention: str,
    *,
    currency: str,
    epoch_hours: int,
) -> "tuple[Deployment, dict[str, Any]]":
    import zkcredit.units as units
    from zkcredit.chain import Deployment, deploy_ledger_beside
    from zkcredit.request.base import LEDGER_ELIGIBILITY

    made = deploy_ledger_beside(
        Deployment.load(deployment),
        account.node,
        load_verifying_key(vk, LEDGER_ELIGIBILITY),
        currency=units.currency(currency).number,
        by=account.sender,
        epoch_length=epoch_hours * 3600,
        idempotency_key=intention,
    )
    return made, {} if made.ledger is None else made.ledger.members()


def _token(account: Account, market: "LoanMarketClient", intention: str) -> str:
    from zkcredit.chain import deploy_test_token

    token = deploy_test_token(account.node, by=account.sender, idempotency_key=f"{intention}/token")
    market.set_token_allowed(
        token.address, True, by=account.sender, idempotency_key=f"{intention}/allow"
    )
    return token.address
