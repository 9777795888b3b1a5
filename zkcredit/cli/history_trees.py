"""``zkcredit history deploy``: a tree in which the records of a bureau can be proved.

This module completes the group of ``history``.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkcredit.cli.account import ActionOptions, Actor, NodeOptions, WalletOptions
from zkcredit.cli.history import app
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import command
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import Node

__all__ = ["app"]

_SIZES = (3, 12)  # records in a batch


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    *,
    bureau: Annotated[
        str, typer.Option("--bureau", metavar="ADDRESS", help="The bureau whose records it has.")
    ],
    max_lag: Annotated[
        int,
        typer.Option(
            "--max-lag",
            min=10,
            max=720,
            metavar="MINUTES",
            help="For how long a loan may wait for the tree until no record can be proved.",
        ),
    ] = 60,
    max_root_age: Annotated[
        int,
        typer.Option(
            "--max-root-age",
            min=10,
            max=720,
            metavar="MINUTES",
            help="For how long a proof may name a root that was replaced.",
        ),
    ] = 60,
    verifier_3: Annotated[
        str | None,
        typer.Option(
            "--verifier-3",
            metavar="ADDRESS",
            help="The verifier of history_update_3; by default one with the dev key is deployed.",
        ),
    ] = None,
    verifier_12: Annotated[
        str | None,
        typer.Option("--verifier-12", metavar="ADDRESS", help="That of history_update_12."),
    ] = None,
    second_verifier_3: Annotated[
        str | None,
        typer.Option(
            "--second-verifier-3",
            metavar="ADDRESS",
            help="A verifier with a key of another setup, whose proofs are checked as well.",
        ),
    ] = None,
    second_verifier_12: Annotated[
        str | None,
        typer.Option("--second-verifier-12", metavar="ADDRESS", help="That of twelve records."),
    ] = None,
) -> None:
    """Deploy the history tree of a bureau, without records; ``history advance`` fills it.

    Nobody owns a tree, and its terms cannot be changed later. On a public chain, deploy verifiers
    with keys of a ceremony first (``groth16 deploy``), and name them. Run again, the command
    deploys nothing; --again 2 deploys a second tree with the same terms.
    """
    from zkcredit._internal.evm import account_address
    from zkcredit.chain.history.bureau import deploy_history_tree

    given = {
        "verifier_3": verifier_3,
        "verifier_12": verifier_12,
        "second_verifier_3": second_verifier_3,
        "second_verifier_12": second_verifier_12,
    }
    named = {
        name: account_address(f"--{name.replace('_', '-')}", one)
        for name, one in given.items()
        if one is not None
    }
    pairs = (("verifier_3", "verifier_12"), ("second_verifier_3", "second_verifier_12"))
    if any((one in named) != (other in named) for one, other in pairs):
        raise InvalidInput("a tree takes verifiers for three records and for twelve: name both")
    place = account_address("the bureau", bureau)
    with payer.acting(at, how) as actor:

        def resolve() -> Details:
            _require_bureau(actor.node, place)
            return {}

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            first = [
                named.get(f"verifier_{size}") or _verifier(actor, name, size) for size in _SIZES
            ]
            second = [named[one] for one in pairs[1] if one in named]
            made = deploy_history_tree(
                actor.node,
                place,
                (first[0], first[1]),
                by=actor.sender,
                second_verifiers=(second[0], second[1]) if second else None,
                max_lag=max_lag * 60,
                max_root_age=max_root_age * 60,
                idempotency_key=f"{name}/tree",
            )
            return {
                "tree": made.address,
                "bureau": place,
                "verifiers": first,
                "second_verifiers": second,
                "max_lag": max_lag,
                "max_root_age": max_root_age,
            }

        wanted = {"bureau": place, "max_lag": max_lag, "max_root_age": max_root_age, **named}
        perform(actor, Wish("history deploy", "", wanted), carry_out, resolve=resolve)


def _require_bureau(node: "Node", address: str) -> None:
    """Require a bureau whose records a tree can have.

    Raises:
        InvalidInput: if the address has no contract, or the bureau's pseudonyms are accounts.
        ChainError: if the contract is not a bureau.
    """
    from zkcredit.chain.history.bureau import BureauKind, CreditBureauClient

    if CreditBureauClient(node, address).kind is not BureauKind.CREDENTIAL:
        raise InvalidInput(
            "the pseudonyms of this bureau are accounts of a ledger, of which no tree is made"
        )


def _verifier(actor: Actor, name: str, size: int) -> str:
    """Deploy a verifier with the dev key of a statement, and return its address.

    Raises:
        UnsafeKey: if the chain is public, which refuses such a key.
    """
    from zkcredit.chain import deploy_verifier
    from zkcredit.published import dev_verifying_key

    made = deploy_verifier(
        actor.node,
        dev_verifying_key(f"history_update_{size}"),
        by=actor.sender,
        idempotency_key=f"{name}/verifier-{size}",
    )
    return made.address
