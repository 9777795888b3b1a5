"""``zkcredit market``: deploy the contracts, publish products and registry roots."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from zkcredit.cli.account import (
    DeploymentFile,
    NodeUrl,
    OnLedger,
    connect_node,
    open_account,
    open_market,
    open_system,
)
from zkcredit.cli.options import RegistryFile, WalletFile, read_object, read_text
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile
from zkcredit.errors import InvalidInput, MalformedFile

app = typer.Typer(help="The market: contracts, products, roots.", no_args_is_help=True)

Address = Annotated[str, typer.Argument(metavar="ADDRESS")]


@app.command()
def deploy(
    *,
    wallet: WalletFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    vk: Annotated[
        Path | None,
        typer.Option("--vk", help="Verification key (JSON); the dev key by default."),
    ] = None,
    test_token: Annotated[
        bool, typer.Option("--test-token", help="Also deploy a token that anybody can mint.")
    ] = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Deploy verifier, registry, gate and market; you get all their roles.

    Keys that somebody can forge under are refused on any chain but known local ones. Run again
    after an interruption, it goes on where it stopped.
    """
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.published import dev_verifying_key

    key = dev_verifying_key("eligibility") if vk is None else VerifyingKey.from_json(read_text(vk))
    if os.path.lexists(deployment):
        raise InvalidInput(f"{deployment} exists already; name another file or remove it")
    intention = f"deploy {os.fsencode(deployment.resolve())!r}"  # a path may be no text
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.chain import deploy_system, deploy_test_token

        made = deploy_system(account.node, key, by=account.sender, intention=intention)
        result: dict[str, Any] = {
            "deployment": str(deployment),
            "chain_id": made.chain_id,
            "market": made.market,
            "gate": made.gate,
            "registry": made.registry,
            "verifier": made.verifier,
        }
        if test_token:
            token = deploy_test_token(account.node, by=account.sender, key=f"{intention}/token")
            made.open(account.node).market.set_token_allowed(
                token.address, True, by=account.sender, key=f"{intention}/allow"
            )
            result["token"] = token.address
        made.save(deployment)
        emit(result, as_json)


@app.command("post-root")
def post_root(
    *,
    wallet: WalletFile,
    registry: RegistryFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    uri: Annotated[str, typer.Option("--uri", help="Where the registry can be had.")] = "",
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Post a registry's root. Registrar only."""
    from zkcredit.registry import RegistrySnapshot

    snapshot = RegistrySnapshot.from_json(read_text(registry))
    with open_account(wallet, node, password_file, password_fd) as account:
        client = open_system(account.node, deployment).registry
        client.post(snapshot.root, snapshot.data_hash, uri, by=account.sender)
        emit({"root": str(snapshot.root), "registry": client.address}, as_json)


@app.command("allow-token")
def allow_token(
    *,
    wallet: WalletFile,
    token: Address,
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Allow a token for new products. Operator only."""
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        market.set_token_allowed(token, True, by=account.sender)
    emit({"token": token, "allowed": True}, as_json)


@app.command()
def mint(
    *,
    wallet: WalletFile,
    token: Address,
    tokens: Annotated[int, typer.Argument(metavar="TOKENS", min=1, help="Base units.")],
    node: NodeUrl,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Make test tokens for your own account; real tokens refuse this."""
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.chain import TokenClient

        client = TokenClient(account.node, token)
        client.mint(account.sender.address, tokens, by=account.sender)
        balance = client.balance_of(account.sender.address)
    emit({"token": token, "balance": str(balance)}, as_json)


@app.command("create-product")
def create_product(
    *,
    wallet: WalletFile,
    product: Annotated[Path, typer.Argument(metavar="PRODUCT.json")],
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Publish a product: a JSON object with `terms`, `policy` and the fields of a Product."""
    offered = _product(read_object(product, "product"))
    with open_account(wallet, node, password_file, password_fd) as account:
        market = open_market(account.node, deployment, ledger)
        state = market.create_product(offered, by=account.sender)
    emit({"product": state.product_id, "terms_hash": state.terms_hash.hex()}, as_json)


@app.command()
def product(
    *,
    number: Annotated[int, typer.Argument(metavar="PRODUCT", min=1)],
    deployment: DeploymentFile,
    node: NodeUrl,
    ledger: OnLedger = False,
    as_json: AsJson = False,
) -> None:
    """Show a product: what a loan costs and what a borrower proves."""
    from dataclasses import asdict

    with connect_node(node) as connected:
        state = open_market(connected, deployment, ledger).product(number)
    described = asdict(state.product)
    described["policy"] = state.product.policy.conditions()
    emit({"product": number, "open": state.open, "creator": state.creator, **described}, as_json)


def _product(values: dict[str, Any]) -> Any:
    from zkcredit.loan import Product, Terms
    from zkcredit.policy import Policy

    try:
        terms, policy = Terms(**values.pop("terms")), Policy(**values.pop("policy"))
        return Product(terms=terms, policy=policy, **values)
    except (KeyError, TypeError) as error:
        raise MalformedFile(f"the product lacks or misspells a field: {error}") from None
