"""``zkcredit tx prepare | sign | send``: transactions whose key is on a machine without a network.

``prepare`` and ``send`` never open a keystore, and ``sign`` never opens a socket.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.account import ConfirmationOptions, NodeOptions
from zkcredit.cli.options import Out, read_as, require_replaceable, write_text
from zkcredit.cli.output import confirm_signature, emit, note
from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import InvalidInput, TransactionReverted

if TYPE_CHECKING:
    from zkcredit.chain import Node
    from zkcredit.chain.custody.described import DescribedCall, Unit

Keystore = Annotated[
    Path, typer.Option("--keystore", help="The key's file, in the format of Ethereum's wallets.")
]
_LIMIT = 1 << 20
_DAYS = 7
_DAY = 86_400
_FEE = 10**16


def keygen(
    secret: PasswordOptions,
    keystore: Annotated[Path, typer.Argument(metavar="KEYSTORE", help="The file to write.")],
) -> None:
    """Make the key of an account on this machine, under a password, and show its address."""
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.keystore import save_keystore

    signer = Signer.generate()
    save_keystore(signer, keystore, secret.password(confirm=True))
    emit({"keystore": str(keystore), "address": signer.address})


def prepare(
    at: NodeOptions,
    to: Annotated[str, typer.Argument(metavar="ADDRESS", help="The payee, or the contract.")],
    call: Annotated[
        str | None,
        typer.Argument(
            metavar="[CONTRACT.FUNCTION]",
            help="The call, such as LoanMarket.repay; Token stands for every token's contract. "
            "Without it, the coin of the chain is paid.",
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARGUMENT]...", help="The call's arguments; lists are JSON."),
    ] = None,
    *,
    sender: Annotated[str, typer.Option("--from", help="The account that is to sign.")],
    value: Annotated[int, typer.Option("--value", min=0, help="Wei that go along.")] = 0,
    gas: Annotated[
        int | None, typer.Option("--gas", min=21_000, help="Gas limit, if it is not known.")
    ] = None,
    most_fee: Annotated[
        int, typer.Option("--most-fee", min=0, help="The most wei that the gas may cost.")
    ] = _FEE,
    nonce: Annotated[
        int | None,
        typer.Option("--nonce", min=0, help="The account's transaction number; its next one."),
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=365, help="Days until the file expires.")
    ] = _DAYS,
    out: Out,
) -> None:
    """Write down a transaction, to be signed where the key is. Needs no key, and sends nothing."""
    from zkcredit.chain.custody.cold import prepare_cold

    described, data, limit = _call(call, arguments or [], gas)
    require_replaceable(out)
    with at.connect() as node:
        made = prepare_cold(
            node,
            sender,
            to,
            described,
            data,
            value=value,
            gas=limit,
            fee_limit=most_fee,
            nonce=nonce,
            valid_for=days * _DAY,
            unit=unit_of(node, to) if described and described.contract == "TestToken" else None,
        )
    write_text(out, made.to_json() + "\n")
    for line in made.in_words().splitlines():
        note(line)
    emit({"unsigned": str(out), "digest": made.digest.hex(), "nonce": made.nonce})


def sign(
    secret: PasswordOptions,
    file: Annotated[Path, typer.Argument(metavar="UNSIGNED.json")],
    *,
    keystore: Keystore,
    out: Out,
    yes: Annotated[
        bool, typer.Option("--yes", help="Sign without a question; you read the words before.")
    ] = False,
) -> None:
    """Show a transaction in words, and sign it. Needs no network; two for one nonce are refused.

    What was signed is kept beside the keystore, in a file that must not be lost or copied back.
    """
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.chain.custody.cold import sign_cold
    from zkcredit.chain.custody.unsigned import UnsignedTransaction
    from zkcredit.chain.sending.keystore import load_keystore
    from zkcredit.chain.sending.outbox import Outbox
    from zkcredit.units import now

    unsigned = read_as(file, UnsignedTransaction.from_json, _LIMIT)
    unsigned.require_valid(now())
    require_replaceable(out)
    confirm_signature(unsigned.in_words(), yes)
    password = secret.password()
    with in_file(keystore):
        signer = load_keystore(keystore, password, expected_address=unsigned.sender)
    with Outbox(keystore.with_name(f"{keystore.name}.journal")) as journal:
        signed = sign_cold(unsigned, signer, journal, now=now())
    write_text(out, signed.to_json() + "\n")
    emit({"signed": str(out), "digest": unsigned.digest.hex(), "transaction": signed.hash})


def send(
    at: NodeOptions,
    how: ConfirmationOptions,
    file: Annotated[Path, typer.Argument(metavar="SIGNED.json")],
    *,
    outbox: Annotated[
        Path, typer.Option("--outbox", help="What the account sent from here; made if missing.")
    ],
) -> None:
    """Send a signed transaction once, and wait for it. Run again, it waits on.

    A file in which anything was changed since it was signed, or that is for another chain, or that
    expired, is refused.
    """
    from zkcredit.chain.custody.cold import send_cold
    from zkcredit.chain.custody.unsigned import SignedTransaction
    from zkcredit.chain.sending.outbox import Outbox

    signed = read_as(file, SignedTransaction.from_json, _LIMIT)
    with at.connect() as node, Outbox(outbox) as kept:
        receipt = send_cold(node, signed, kept, confirmations=how.on(node), tell=note)
    if not receipt.succeeded:
        raise TransactionReverted(f"transaction {receipt.transaction} reverted")
    emit(
        {
            "transaction": receipt.transaction,
            "block": receipt.block,
            "gas_used": receipt.gas_used,
            "digest": signed.unsigned.digest.hex(),
        }
    )


def decoded_call(call: str, arguments: list[str]) -> "tuple[DescribedCall, bytes]":
    """Return a call that is named as CONTRACT.FUNCTION, with its data.

    Raises:
        InvalidInput: if there is no such contract or function, or the arguments do not fit.
    """
    from zkcredit.chain.contracts.abi import abi_of
    from zkcredit.chain.custody.described import arguments_from, describe

    contract, _, function = call.partition(".")
    if not function:
        raise InvalidInput("name the call as CONTRACT.FUNCTION, such as LoanMarket.repay")
    name = "TestToken" if contract == "Token" else contract
    data = abi_of(name).encode(function, *arguments_from(name, function, arguments))
    return describe(name, data), data


def unit_of(node: "Node", token: str) -> "Unit | None":
    """Ask a token what it calls its unit; None if it does not say, or says something strange."""
    from zkcredit.chain.contracts.token import TokenClient
    from zkcredit.chain.custody.described import Unit
    from zkcredit.errors import ChainError

    try:
        client = TokenClient(node, token)
        return Unit(client.symbol(), client.decimals())
    except (ChainError, InvalidInput):
        note("the token does not say its symbol and decimals; the file has base units only")
        return None


def _call(
    call: str | None, arguments: list[str], limit: int | None
) -> "tuple[DescribedCall | None, bytes, int]":
    from zkcredit.chain.sending import gas

    if call is None:
        return None, b"", limit or 21_000
    described, data = decoded_call(call, arguments)
    known = f"{described.contract}.{described.function}"
    if limit is None and known not in gas.LIMITS:
        raise InvalidInput(f"state the gas limit of {call} with --gas")
    return described, data, limit or gas.limit_for(known)
