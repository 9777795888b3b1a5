"""The part of ``zkcredit escrow`` that deals with loans: deploy, apply, open, combine."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import (
    DeploymentFile,
    LoanNumber,
    NodeUrl,
    connect_node,
    open_account,
)
from zkcredit.cli.agreement import Yes, agree
from zkcredit.cli.options import (
    Out,
    ProvingKeyFile,
    RegistryFile,
    WalletFile,
    read_text,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import AsJson, emit, note
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import EscrowMarketClient, Node
    from zkcredit.escrow import ArbiterGroup, PartialOpening
    from zkcredit.groth16 import ProvingKey

_STATEMENT = "escrow_eligibility"

GroupFile = Annotated[Path, typer.Argument(metavar="GROUP", help="The arbiters' group.")]
GroupOption = Annotated[Path, typer.Option("--group", help="The arbiters' group.")]


def group(*, group: GroupFile, as_json: AsJson = False) -> None:
    """Show a group of arbiters: its key, who they are, how many of them open."""
    emit(described(_group(group)), as_json)


def deploy(
    *,
    wallet: WalletFile,
    group: GroupOption,
    deployment: DeploymentFile,
    node: NodeUrl,
    vk: Annotated[
        Path | None,
        typer.Option("--vk", help="Verification key (JSON); the dev key by default."),
    ] = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Deploy a market whose gate seals to the group, and a contract that checks its openings.

    You get all roles; `market` and `loan` work on it as on any other market.
    """
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.published import dev_verifying_key

    arbiters = _group(group)
    key = dev_verifying_key(_STATEMENT) if vk is None else VerifyingKey.from_json(read_text(vk))
    if os.path.lexists(deployment):
        raise InvalidInput(f"{deployment} exists already; name another file or remove it")
    intention = f"deploy {os.fsencode(deployment.resolve())!r}"  # a path may be no text
    with open_account(wallet, node, password_file, password_fd) as account:
        from zkcredit.chain import deploy_escrow_market, deploy_opening_verifier

        made = deploy_escrow_market(
            account.node, key, arbiters.key, by=account.sender, intention=intention
        )
        verifier = deploy_opening_verifier(
            _market(account.node, made),
            arbiters,
            by=account.sender,
            key=f"{intention}/openings",
        )
        made.save(deployment)
    emit(
        {
            "deployment": str(deployment),
            "chain_id": made.chain_id,
            "market": made.market,
            "gate": made.gate,
            "registry": made.registry,
            "verifier": made.verifier,
            "opening_verifier": verifier.address,
        },
        as_json,
    )


def apply(
    *,
    wallet: WalletFile,
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id in the wallet.")],
    product: Annotated[int, typer.Option("--product", min=1, help="The product's number.")],
    amount: Annotated[int, typer.Option("--amount", min=1, help="Minor currency units.")],
    group: GroupOption,
    registry: RegistryFile,
    deployment: DeploymentFile,
    node: NodeUrl,
    key: ProvingKeyFile = None,
    yes: Yes = False,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """As `loan apply`, with your reference sealed to the arbiters that you name by their group."""
    from zkcredit.registry import RegistrySnapshot

    arbiters = _group(group)
    snapshot = RegistrySnapshot.from_json(read_text(registry))
    with open_account(wallet, node, password_file, password_fd) as account:
        market = _open_market(account.node, deployment)
        if market.gate.arbiters != arbiters.key:
            raise InvalidInput("this market seals to other arbiters than those of the group")
        request = market.application_request(product, amount, account.sender.address)
        note(f"If the loan defaults, {arbiters.threshold} of these can learn who you are:")
        for name in arbiters.names:
            note(f"- {name}")
        agree(request.consent, request.policy, yes)
        presentation = account.wallet.prove_sealed(
            credential,
            request.policy,
            consent=request.consent,
            scope=request.scope,
            registry=snapshot,
            arbiters=arbiters.key,
            key=_proving_key(key),
        )
        note("proved; placing the seal and applying")
        loan = market.apply(request, presentation, by=account.sender)
    emit({"loan": loan.loan_id, "status": loan.status.name.lower()}, as_json)


def open_(
    *,
    arbiter: Annotated[Path, typer.Argument(metavar="ARBITER", help="The arbiter's file.")],
    loan: LoanNumber,
    deployment: DeploymentFile,
    node: NodeUrl,
    out: Out,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Give your part of the opening of a loan that is in default; refused for any other.

    Whoever has it can tell that it is yours. Use a node that you trust: it says what defaulted.
    """
    from zkcredit.escrow import Arbiter

    require_replaceable(out)
    password = read_password(password_file, password_fd)
    with connect_node(node) as connected:
        evidence = _open_market(connected, deployment).default_evidence(loan)
    with Arbiter.open(arbiter, password) as opened:
        made = opened.open_partially(evidence.escrowed, evidence.context, evidence)
    write_text(out, made.to_json() + "\n")
    emit({"opening": str(out), "loan": loan, "arbiter": made.arbiter}, as_json)


def attribute(
    *,
    opening: Annotated[Path, typer.Argument(metavar="OPENING")],
    group: GroupOption,
    loan: Annotated[int, typer.Option("--loan", min=1, help="The loan it should be of.")],
    deployment: DeploymentFile,
    node: NodeUrl,
    as_json: AsJson = False,
) -> None:
    """Say which arbiter made a partial opening, and whether that broke the rules."""
    from zkcredit.chain import LoanStatus
    from zkcredit.escrow import attribute as maker

    part, arbiters = _opening(opening), _group(group)
    name = maker(arbiters, part)
    with connect_node(node) as connected:
        market = _open_market(connected, deployment)
        status = market.loan(loan).status
        broke = status not in (LoanStatus.DEFAULTED, LoanStatus.RECOVERED)
        if broke:
            name = market.misconduct(loan, arbiters, part)
        elif market.seal_of(loan).context != part.context:
            raise InvalidInput(f"the partial opening is not of the seal of loan {loan}")
    emit(
        {
            "arbiter": part.arbiter,
            "name": name,
            "loan": loan,
            "status": status.name.lower(),
            "misconduct": broke,
        },
        as_json,
    )


def combine(
    *,
    loan: LoanNumber,
    openings: Annotated[list[Path], typer.Argument(metavar="OPENING...")],
    group: GroupOption,
    deployment: DeploymentFile,
    node: NodeUrl,
    as_json: AsJson = False,
) -> None:
    """Combine partial openings into the reference that was sealed for a loan."""
    from zkcredit.escrow import combine as combined

    parts, arbiters = [_opening(path) for path in openings], _group(group)
    with connect_node(node) as connected:
        seal = _open_market(connected, deployment).seal_of(loan)
    reference = combined(arbiters, seal.sealed, seal.context, parts)
    emit({"loan": loan, "reference": str(reference)}, as_json)


def described(group: "ArbiterGroup") -> dict[str, Any]:
    """A group, as commands show it."""
    from zkcredit.gadgets.babyjub import to_text

    return {
        "digest": f"{group.digest:064x}",
        "key": to_text(group.key),
        "threshold": group.threshold,
        "arbiters": list(group.names),
    }


def _proving_key(path: Path | None) -> "ProvingKey":
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key

    if path is not None:
        return load_proving_key(path)
    return load_or_create_dev_key(get_circuit(_STATEMENT))


def _group(path: Path) -> "ArbiterGroup":
    from zkcredit.escrow import ArbiterGroup

    return ArbiterGroup.from_json(read_text(path))


def _opening(path: Path) -> "PartialOpening":
    from zkcredit.escrow import PartialOpening

    return PartialOpening.from_json(read_text(path))


def _open_market(node: "Node", deployment: Path) -> "EscrowMarketClient":
    from zkcredit.chain import Deployment

    return _market(node, Deployment.load(deployment))


def _market(node: "Node", deployment: Any) -> "EscrowMarketClient":
    from zkcredit.chain import EscrowMarketClient

    return EscrowMarketClient.of(deployment, node)
