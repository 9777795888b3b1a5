"""``zkcredit treasury``: a fund that several move together, each with a signature of their own."""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.account import ActionOptions, NodeOptions, Signers, Threshold, WalletOptions
from zkcredit.cli.cold import Keystore, decoded_call, unit_of
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import Out, command, read_as, require_replaceable, write_text
from zkcredit.cli.output import confirm_signature, emit, note
from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import Node, Proposal
    from zkcredit.chain.custody.proposal import Cancellation, Execution, Release

    Action = Release | Execution | Cancellation

app = typer.Typer(
    help="A treasury: a fund that several signers move together.", no_args_is_help=True
)

TreasuryAddress = Annotated[str, typer.Argument(metavar="TREASURY", help="The treasury's address.")]
ProposalFile = Annotated[Path, typer.Argument(metavar="PROPOSAL.json")]
_LIMIT: Final = 1 << 20
_HOUR: Final = 3_600
_HOURS: Final = 72
_NONCE_BITS: Final = 64


@dataclass(frozen=True)
class _Asked:
    """The options of a proposal that say what it is."""

    to: str | None
    amount: int | None
    token: str | None
    call: str | None
    arguments: list[str]
    cancel: int | None


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    signers: Signers,
    threshold: Threshold,
) -> None:
    """Deploy a treasury. Whoever pays for it has no rights at it."""
    from zkcredit._internal.evm import checksum_address

    who = [checksum_address("the signer", one) for one in signers]
    with payer.acting(at, how) as actor:

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            from zkcredit.chain import deploy_treasury

            made = deploy_treasury(
                who, threshold, by=actor.sender, idempotency_key=f"{name}/deploy"
            )
            return {"treasury": made.address, "signers": who, "threshold": threshold}

        wish = Wish("treasury deploy", "", {"signers": " ".join(who), "threshold": threshold})
        perform(actor, wish, carry_out)


@command(app)
def propose(
    at: NodeOptions,
    treasury: TreasuryAddress,
    to: Annotated[
        str | None, typer.Argument(metavar="[ADDRESS]", help="The payee, or the contract.")
    ] = None,
    *,
    amount: Annotated[
        int | None, typer.Option("--amount", min=1, help="Base units of the token, or wei.")
    ] = None,
    token: Annotated[
        str | None, typer.Option("--token", help="The token; the chain's coin without it.")
    ] = None,
    call: Annotated[
        str | None, typer.Option("--call", help="Call CONTRACT.FUNCTION at the address instead.")
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Option("--argument", help="An argument of the call; repeatable, in order."),
    ] = None,
    cancel: Annotated[
        int | None,
        typer.Option("--cancel", min=0, help="Cancel the number of another proposal instead."),
    ] = None,
    hours: Annotated[
        int, typer.Option("--hours", min=1, max=8_760, help="Hours until it expires.")
    ] = _HOURS,
    out: Out,
) -> None:
    """Write down what the treasury is to do, for its signers. Needs no key, and sends nothing."""
    from zkcredit.chain import Cancellation, Proposal, TreasuryClient

    asked = _Asked(to, amount, token, call, arguments or [], cancel)
    require_replaceable(out)
    with at.connect() as node:
        client = TreasuryClient(node, treasury)
        action = _action(node, asked)
        ends = isinstance(action, Cancellation)
        proposal = Proposal(
            node.chain_id,
            client.address,
            action,
            secrets.randbits(_NONCE_BITS) if cancel is None else cancel,
            0 if ends else node.now() + hours * _HOUR,
        )
        needed = client.threshold()
    write_text(out, proposal.to_json() + "\n")
    _tell(proposal)
    emit(
        {
            "proposal": str(out),
            "digest": proposal.digest.hex(),
            "number": str(proposal.nonce),
            "signatures_needed": needed,
        }
    )


@command(app)
def sign(
    secret: PasswordOptions,
    file: ProposalFile,
    *,
    keystore: Keystore,
    out: Out,
    yes: Annotated[
        bool, typer.Option("--yes", help="Sign without a question; you read the words before.")
    ] = False,
) -> None:
    """Show a proposal in words, and sign it. Needs no network.

    What cannot be decoded is not signed. Pass the new file on to the next signer.
    """
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.chain import Proposal, load_keystore
    from zkcredit.units import now

    proposal = read_as(file, Proposal.from_json, _LIMIT)
    proposal.require_valid(now())
    require_replaceable(out)
    confirm_signature(proposal.in_words(), yes)
    password = secret.password()
    with in_file(keystore):
        signer = load_keystore(keystore, password)
    signed = proposal.signed_by(signer)
    write_text(out, signed.to_json() + "\n")
    emit(
        {
            "proposal": str(out),
            "digest": signed.digest.hex(),
            "signed_by": _signers(signed),
        }
    )


@command(app)
def submit(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="PROPOSAL.json...", help="Copies with different signatures."),
    ],
    gas: Annotated[
        int, typer.Option("--gas", min=0, help="Gas for the contract that is called, if any.")
    ] = 300_000,
) -> None:
    """Carry a signed proposal to its treasury, once. Anybody may who pays the gas."""
    from zkcredit.chain import Proposal, TreasuryClient

    proposal, *others = [read_as(file, Proposal.from_json, _LIMIT) for file in files]
    for other in others:
        proposal = proposal.joined(other)
    with payer.acting(at, how) as actor:
        client = TreasuryClient(actor.node, proposal.treasury)

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            client.submit(proposal, by=actor.sender, idempotency_key=f"{name}/submit", gas=gas)
            return {"treasury": client.address, "digest": proposal.digest.hex()}

        wish = Wish(
            "treasury submit", client.address, {"digest": proposal.digest.hex()},
            once="A message serves once",
        )  # fmt: skip
        perform(actor, wish, carry_out)


@command(app)
def show(
    file: ProposalFile,
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="URL of a node, to compare with the treasury; repeatable."),
    ] = None,
) -> None:
    """Show a proposal in words, who signed it, and with a node whether it can be carried out."""
    from zkcredit.chain import Proposal, TreasuryClient

    proposal = read_as(file, Proposal.from_json, _LIMIT)
    told: dict[str, Any] = {
        "words": proposal.in_words().splitlines(),
        "digest": proposal.digest.hex(),
        "signed_by": _signers(proposal),
    }
    if node:
        with NodeOptions(node=node).connect() as chain:
            client = TreasuryClient(chain, proposal.treasury)
            known = client.signers()
            told |= {
                "signatures_needed": client.threshold(),
                "signers": ["0x" + signer.hex() for signer in known],
                "used": client.is_used(proposal.nonce),
                "ready": True,
                "why_not": None,
            }
            try:
                client.require_enough(proposal)
            except InvalidInput as error:
                told |= {"ready": False, "why_not": str(error)}
    _tell(proposal)
    emit(told)


def _action(node: "Node", asked: _Asked) -> "Action":
    from zkcredit._internal.evm import checksum_address
    from zkcredit.chain import Cancellation, Execution, Release
    from zkcredit.chain.custody.proposal import NO_TOKEN

    if asked.cancel is not None:
        if asked.to or asked.amount or asked.token or asked.call or asked.arguments:
            raise InvalidInput("--cancel stands alone: it neither pays nor calls")
        return Cancellation()
    if asked.to is None:
        raise InvalidInput("name the payee, or the contract that is called, or --cancel a number")
    to = checksum_address("the payee", asked.to)
    if asked.call is None:
        if asked.amount is None or asked.arguments:
            raise InvalidInput("say with --amount how much is paid, or with --call what is called")
        token = NO_TOKEN if asked.token is None else checksum_address("the token", asked.token)
        return Release(token, to, asked.amount, unit_of(node, token) if asked.token else None)
    if asked.token is not None:
        raise InvalidInput("--token is for a payment, and --call for a call; give one of them")
    call, data = decoded_call(asked.call, asked.arguments)
    return Execution(to, asked.amount or 0, data, call)


def _signers(proposal: "Proposal") -> list[str]:
    from zkcredit._internal.evm import checksum_address

    return [
        checksum_address("the signer", f"0x{signer.hex()}")
        if len(signer) == 20
        else f"0x{signer.hex()}"
        for signer, _ in proposal.signatures
    ]


def _tell(proposal: "Proposal") -> None:
    for line in proposal.in_words().splitlines():
        note(line)
