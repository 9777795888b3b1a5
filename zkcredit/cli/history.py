"""``zkcredit history``: a borrower's record at a bureau, and the tree in which it is proved."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import ConfirmationOptions, WalletOptions
from zkcredit.cli.options import command
from zkcredit.cli.output import emit, note
from zkcredit.cli.records import TreeOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.history.bureau import HistoryTreeClient
    from zkcredit.chain.history.keeper import Step
    from zkcredit.groth16 import ProvingKey

app = typer.Typer(help="Records of repaid loans, and their tree.", no_args_is_help=True)

KeyFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        help="Proving key of history_update_3 or history_update_12; the dev keys by default.",
    ),
]


@command(app)
def show(borrower: WalletOptions, at: TreeOptions) -> None:
    """Show your record at the tree's bureau, and whether it can be proved now.

    Says what the bureau counts, what a lender would learn from a proof, and, if a proof would be
    refused now, why, since when, and what to do.
    """
    from zkcredit.chain.history.outlook import outlook_of

    with borrower.on(at) as reader:
        tree = at.open(reader.node)
        who = reader.wallet.pseudonym(tree.bureau.scope)
        found = outlook_of(tree, who, copy=at.read(tree))
        emit(
            {
                "bureau": tree.bureau.address,
                "pseudonym": str(who),
                "reputation": found.reputation,
                "record": list(found.known),
                "a lender learns": list(found.learned),
                "provable": not found.obstacles,
                "obstacles": list(found.obstacles),
                "notices": list(found.notices),
            }
        )


@command(app)
def advance(
    keeper: WalletOptions,
    at: TreeOptions,
    how: ConfirmationOptions,
    *,
    key: KeyFiles = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on until interrupted, as a keeper does.")
    ] = False,
    own: Annotated[
        bool, typer.Option("--own", help="Put your own record in, whatever else waits.")
    ] = False,
    every: Annotated[
        float, typer.Option("--every", min=0.1, help="With --watch: seconds between two looks.")
    ] = 12.0,
) -> None:
    """Put the records that wait into the tree, so that borrowers can prove them.

    Anybody may. Openings come first, then records that changed. What is interrupted is finished by
    the next call, and a batch that another keeper or a payment overtook changes nothing.
    """
    from zkcredit.chain.history.keeper import Keeper, Outcome

    with keeper.acting(at, how) as actor:
        tree = at.open(actor.node)
        keys = _keys(tree, key or ())
        wanted = (actor.wallet.pseudonym(tree.bureau.scope),) if own else ()
        with at.index(tree) as index:
            worker = Keeper(tree, index, keys, by=actor.sender)
            steps = [worker.step(wanted)]
            while watch or steps[-1].outcome is not Outcome.IDLE:
                _tell(steps[-1])
                if steps[-1].outcome is Outcome.IDLE:
                    time.sleep(every)
                    steps = steps[-1:]
                steps.append(worker.step())
        taken = [step for step in steps if step.outcome is Outcome.ADVANCED]
        emit(
            {
                "tree": tree.address,
                "root": str(steps[-1].root),
                "batches": len(taken),
                "openings": sum(step.openings for step in taken),
                "waiting": tree.waiting(),
            }
        )


def _tell(step: "Step") -> None:
    from zkcredit.chain.history.keeper import Outcome

    if step.outcome is Outcome.ADVANCED:
        note(f"took {step.records} records, {step.openings} of them new loans")
    elif step.outcome is Outcome.STAGED:
        note("wrote the oldest loans down, to prove them undisturbed")
    elif step.outcome is Outcome.LOST:
        note("somebody was faster, or a record changed; trying again")


def _keys(
    tree: "HistoryTreeClient", files: "Sequence[Path]"
) -> "dict[int, tuple[ProvingKey, ...]]":
    """Return the proving keys of each size, in the order of the tree's verifiers.

    Raises:
        InvalidInput: if a file does not exist, or a verifier has none of the keys that are given.
        MalformedFile, UnsafeKey: if a file is not a usable key.
    """
    from zkcredit.chain.contracts.verifier import VerifierClient
    from zkcredit.circuits import get_circuit
    from zkcredit.errors import InvalidInput
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key

    given = [load_proving_key(path) for path in files]
    found: dict[int, tuple[ProvingKey, ...]] = {}
    for size, verifiers in tree.verifiers.items():
        clients = [VerifierClient(tree.node, address) for address in verifiers]
        usable = given or [load_or_create_dev_key(get_circuit(f"history_update_{size}"))]
        chosen = [
            next((one for one in usable if client.holds(one.verifying_key)), None)
            for client in clients
        ]
        if None in chosen:
            raise InvalidInput(
                f"a verifier of history_update_{size} has another key: name its file with --key"
            )
        found[size] = tuple(one for one in chosen if one is not None)
    return found
