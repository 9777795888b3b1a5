"""``zkcredit history``: a borrower's record at a bureau, and the tree in which it is proved."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import ConfirmationOptions, IssuerOptions, WalletOptions
from zkcredit.cli.options import (
    Out,
    VerifyingKeyFile,
    command,
    load_verifying_key,
    read_as,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import agree_to, emit, note
from zkcredit.cli.records import BureauOptions, TreeOptions

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


ClaimKey = Annotated[
    Path | None,
    typer.Option("--key", help="Proving key of same_holder; the dev key by default."),
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
def prove(
    borrower: WalletOptions,
    at: BureauOptions,
    *,
    attestor: Annotated[
        str, typer.Option("--attestor", metavar="KEY", help="The attestor's public key.")
    ],
    out: Out,
    valid_hours: Annotated[
        int, typer.Option("--valid-hours", min=1, max=720, help="For how long it may be used.")
    ] = 24,
    key: ClaimKey = None,
    yes: Annotated[bool, typer.Option("--yes", help="Agree to what is printed; for scripts.")] = (
        False
    ),
) -> None:
    """Show an attestor which record at a bureau is yours, for a credential about it.

    Shows you the record first, and what the attestor learns, and asks before it proves. Lenders of
    other bureaus and chains take the credential like any other. At a market that asks for a record
    itself, "loan apply" proves it without showing which one it is.
    """
    from zkcredit.chain.history.outlook import record_in_words
    from zkcredit.circuits import get_circuit
    from zkcredit.credential import key_from_text
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key
    from zkcredit.history import attested_record
    from zkcredit.history.claim import SAME_HOLDER, claim_in_words
    from zkcredit.units import DAY

    to = key_from_text(attestor, "the attestor's key")
    require_replaceable(out)
    with borrower.on(at) as reader:
        bureau, wallet = at.open(reader.node), reader.wallet
        record = bureau.record(wallet.pseudonym(bureau.scope))
        now, currency = reader.node.now(), bureau.currency()
        note(f"your record at the bureau {bureau.address}, which only you see:")
        for line in record_in_words(record, currency):
            note(f"- {line}")
        attested_record(record, today=now // DAY, currency=currency)  # or there is nothing to show
        valid_for = valid_hours * 3600
        until = now + valid_for
        agree_to(claim_in_words(bureau=bureau.address, attestor=to, expires_at=until), yes)
        claim = wallet.claim_record(
            bureau.address,
            chain_id=reader.node.chain_id,
            attestor=to,
            proving_key=(
                load_or_create_dev_key(get_circuit(SAME_HOLDER))
                if key is None
                else load_proving_key(key)
            ),
            valid_for=valid_for,
            now=now,
        )
    write_text(out, claim.to_json() + "\n")
    emit({"claim": str(out), "pseudonym": str(claim.pseudonym)})


@command(app)
def attest(
    by: IssuerOptions,
    claim: Annotated[Path, typer.Argument(metavar="CLAIM.json", help="What the holder showed.")],
    at: BureauOptions,
    *,
    out: Out,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            help="Your own identifier of the person; by default their pseudonym at you.",
        ),
    ] = None,
    valid_days: Annotated[int, typer.Option("--valid-days", min=1, max=3650)] = 30,
    vk: VerifyingKeyFile = None,
) -> None:
    """Sign what a bureau counts about somebody, as a credential for lenders elsewhere.

    The score is the reputation, a default counts as four delinquencies, the months since the first
    loan are the history; incomes are 0. You choose the bureau: anybody can deploy one that says
    what they like. The record is read from the last block that is final, and a record that expired
    is refused. While a loan runs, the credential ends with the day until which the record is good.
    """
    from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS
    from zkcredit.history import RecordClaim, attested_record, attested_until
    from zkcredit.history.claim import SAME_HOLDER
    from zkcredit.units import DAY

    shown, key = read_as(claim, RecordClaim.from_json), load_verifying_key(vk, SAME_HOLDER)
    require_replaceable(out)  # before a credential is issued that could not be written
    with by.open() as issuer, at.connect() as node:
        bureau, now = at.open(node), node.now()
        shown.require_valid(
            key,
            attestor=issuer.public_key,
            chain_id=node.chain_id,
            bureau=bureau.address,
            now=now,
        )
        local = node.chain_id in LOCAL_CHAIN_IDS
        block = None if local else node.tagged_block("finalized")
        record = bureau.record(shown.pseudonym, block=block)
        content = attested_record(record, today=now // DAY, currency=bureau.currency())
        until, longest = attested_until(record), valid_days * DAY
        envelope, entry = issuer.issue_recorded(
            content,
            person=f"{shown.nullifier:064x}" if person is None else person,
            to=shown.card,
            valid_for=longest if until is None else min(longest, until - now),
            now=now,
        )
        write_text(out, envelope.to_json() + "\n")
    emit(
        {
            "envelope": str(out),
            "score": content.score,
            "delinquencies": content.delinquencies_24m,
            "history_months": content.history_months,
            "revocation_id": entry.revocation_id,
            "expires_at": entry.expires_at,
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
    from zkcredit.groth16 import load_proving_key

    given = [load_proving_key(path) for path in key or ()]
    with keeper.acting(at, how) as actor:
        tree = at.open(actor.node)
        keys = _keys(tree, given)
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
    tree: "HistoryTreeClient", given: "Sequence[ProvingKey]"
) -> "dict[int, tuple[ProvingKey, ...]]":
    """Return the proving keys of each size, in the order of the tree's verifiers.

    Raises:
        InvalidInput: if a verifier has none of the keys that are given.
    """
    from zkcredit.chain.contracts.verifier import VerifierClient
    from zkcredit.circuits import get_circuit
    from zkcredit.errors import InvalidInput
    from zkcredit.groth16 import load_or_create_dev_key

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
