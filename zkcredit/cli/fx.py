"""``zkcredit fx``: exchange rates at which conditions judge a loan of another currency."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.cli.account import ActionOptions, NodeOptions, Signers, Threshold, WalletOptions
from zkcredit.cli.cold import Keystore
from zkcredit.cli.intent import Details, Wish, perform
from zkcredit.cli.options import Out, command, read_as, require_replaceable, write_text
from zkcredit.cli.output import confirm_signature, emit, note
from zkcredit.cli.secret import PasswordOptions
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain import SignedQuote

app = typer.Typer(help="Exchange rates that several sign.", no_args_is_help=True)

QuoteFile = Annotated[Path, typer.Argument(metavar="QUOTE.json")]
SomeQuote = Annotated[
    Path | None,
    typer.Option(
        "--quote",
        help="The signed exchange rate, if the conditions are in another currency than the loan.",
    ),
]
_LIMIT: Final = 1 << 19
_HOUR: Final = 3_600
_PLACES: Final = 9


@command(app)
def deploy(
    payer: WalletOptions,
    at: NodeOptions,
    how: ActionOptions,
    signers: Signers,
    threshold: Threshold,
    *,
    governor: Annotated[
        str | None,
        typer.Option(
            "--governor",
            metavar="ADDRESS",
            help="Who changes the signers, such as a timelock; your own account by default.",
        ),
    ] = None,
) -> None:
    """Deploy a source of exchange rates, for 'market deploy --fx'."""
    from zkcredit._internal.evm import checksum_address

    who = [checksum_address("the signer", one) for one in signers]
    chief = None if governor is None else checksum_address("the governor", governor)
    with payer.acting(at, how) as actor:

        def carry_out(name: str, _: Details) -> dict[str, Any]:
            from zkcredit.chain import deploy_fx_quotes

            made = deploy_fx_quotes(
                who, threshold, by=actor.sender, governor=chief, idempotency_key=f"{name}/deploy"
            )
            return {
                "source": made.address,
                "signers": who,
                "threshold": threshold,
                "governor": made.governor(),
            }

        wanted = {"signers": " ".join(who), "threshold": threshold, "governor": chief}
        perform(actor, Wish("fx deploy", "", wanted), carry_out)


@command(app)
def quote(
    at: NodeOptions,
    source: Annotated[
        str, typer.Argument(metavar="SOURCE", help="The address of the source of rates.")
    ],
    base: Annotated[str, typer.Argument(metavar="BASE", help="Currency of the loan, such as USD.")],
    other: Annotated[
        str, typer.Argument(metavar="QUOTE", help="Currency of the conditions, such as KES.")
    ],
    rate: Annotated[
        str, typer.Argument(metavar="RATE", help="What one BASE is worth in QUOTE, such as 129.5.")
    ],
    *,
    hours: Annotated[int, typer.Option("--hours", min=1, max=24, help="Hours that it holds.")] = 1,
    out: Out,
) -> None:
    """Write down an exchange rate from now on, for its signers. Needs no key, and sends nothing."""
    import zkcredit.units as units
    from zkcredit.chain import FxQuote, FxQuotesClient, SignedQuote

    first, second = units.currency(base), units.currency(other)
    require_replaceable(out)
    with at.connect() as node:
        client, now = FxQuotesClient(node, source), node.now()
        minor = _minor_rate(rate, second.exponent - first.exponent)
        made = SignedQuote(
            FxQuote(first.number, second.number, minor, now, now + hours * _HOUR),
            node.chain_id,
            client.address,
        )
        needed = client.threshold()
    write_text(out, made.to_json() + "\n")
    _tell(made)
    emit({"quote": str(out), "digest": made.digest.hex(), "signatures_needed": needed})


@command(app)
def sign(
    secret: PasswordOptions,
    file: QuoteFile,
    *,
    keystore: Keystore,
    out: Out,
    yes: Annotated[
        bool, typer.Option("--yes", help="Sign without a question; you read the words before.")
    ] = False,
) -> None:
    """Show a quote in words, and sign it. Needs no network. Pass the new file on."""
    from zkcredit.chain import load_keystore
    from zkcredit.units import now

    found = read_quote(file)
    if now() > found.quote.until:
        raise InvalidInput("the quote has ended; ask for a new one")
    require_replaceable(out)
    confirm_signature(found.in_words(), yes)
    signed = found.signed_by(load_keystore(keystore, secret.password()))
    write_text(out, signed.to_json() + "\n")
    emit({"quote": str(out), "digest": signed.digest.hex(), "signed_by": _signers(signed)})


@command(app)
def show(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="QUOTE.json...", help="Copies with different signatures."),
    ],
    node: Annotated[
        list[str] | None,
        typer.Option("--node", help="URL of a node, to compare with the source; repeatable."),
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Also write the joined copies here.")
    ] = None,
) -> None:
    """Show a quote in words, who signed it, and with a node whether its source takes it now."""
    found, *others = map(read_quote, files)
    for other in others:
        found = found.joined(other)
    told: dict[str, Any] = {
        "words": found.in_words().splitlines(),
        "digest": found.digest.hex(),
        "signed_by": _signers(found),
    }
    if node:
        told |= _judged(found, node)
    if out is not None:
        require_replaceable(out)
        write_text(out, found.to_json() + "\n")
    _tell(found)
    emit(told)


def read_quote(file: Path) -> "SignedQuote":
    """Read a quote's file.

    Raises:
        MalformedFile: if the file is something else.
        InvalidInput: if it cannot be read, or a signature is not for its quote.
    """
    from zkcredit.chain import SignedQuote

    return read_as(file, SignedQuote.from_json, _LIMIT)


def _judged(found: "SignedQuote", nodes: list[str]) -> dict[str, Any]:
    from zkcredit.chain import FxQuotesClient
    from zkcredit.errors import TransactionReverted

    with NodeOptions(node=nodes).connect() as chain:
        client = FxQuotesClient(chain, found.contract)
        told: dict[str, Any] = {"signatures_needed": client.threshold()}
        try:
            client.require_enough(found.signatures)
            client.rate_of(
                found.quote.base,
                found.quote.quote,
                deadline=chain.now(),
                evidence=found.exchange().evidence,
            )
        except (InvalidInput, TransactionReverted) as error:
            return told | {"ready": False, "why_not": str(error)}
    return told | {"ready": True, "why_not": None}


def _minor_rate(text: str, places: int) -> int:
    """Return a rate between whole units as one between minor units, times 10^9."""
    from decimal import Decimal, InvalidOperation

    try:
        scaled = Decimal(text).scaleb(_PLACES + places)
        exact = scaled == scaled.to_integral_value()
    except InvalidOperation:
        raise InvalidInput("a rate is a decimal number, such as 129.5") from None
    if not exact:
        raise InvalidInput(
            f"the rate is finer than 10^-{_PLACES} of minor units; leave out its last digits"
        )
    return int(scaled)


def _signers(found: "SignedQuote") -> list[str]:
    return [f"0x{signer.hex()}" for signer, _ in found.signatures]


def _tell(found: "SignedQuote") -> None:
    for line in found.in_words().splitlines():
        note(line)
