"""``zkcredit prove``: a borrower answers a request."""

from zkcredit.cli.account import SomeLedgerOptions, WalletOptions, read_account
from zkcredit.cli.options import (
    ModelFile,
    Out,
    ProvingKeyFile,
    RequestFile,
    SomeCredential,
    SomeGroup,
    SomeRegistry,
    Threads,
    Yes,
    load_key,
    read_group,
    read_model,
    read_registry,
    read_request,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import agree, emit


def prove(
    borrower: WalletOptions,
    ledger: SomeLedgerOptions,
    credential: SomeCredential = None,
    *,
    request: RequestFile,
    out: Out,
    registry: SomeRegistry = None,
    group: SomeGroup = None,
    key: ProvingKeyFile = None,
    model: ModelFile = None,
    yes: Yes = False,
    threads: Threads = None,
) -> None:
    """Answer a verifier's request; exits with 6 if you do not qualify, and tells only you.

    Prints who will learn what, what for and until when, and asks before it proves. A request about
    a credit ledger needs --deployment and --node in place of CREDENTIAL and --registry. If a
    scorecard makes the score, it is the bundled one, or the one that --model names. With --group,
    the request must name exactly these arbiters.
    """
    asked = read_request(request)
    if group is not None:
        asked.require_arbiters(read_group(group))
    snapshot, scorecard = read_registry(registry), read_model(model)
    require_replaceable(out)
    with borrower.open() as wallet:
        agree(asked, yes)
        if credential is None:
            with ledger.open_ledger() as client:
                source, _ = read_account(wallet, client)
        presentation = wallet.prove(
            asked,
            source if credential is None else credential,
            registry=snapshot,
            proving_key=load_key(key, asked, scorecard),
            scorecard=scorecard,
            threads=threads,
        )
    write_text(out, presentation.to_json() + "\n")
    emit(
        {
            "presentation": str(out),
            "statement": presentation.statement,
            "pseudonym": str(presentation.pseudonym),
            "reply_to": asked.reply_to or None,
        }
    )
