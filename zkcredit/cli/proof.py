"""The files with which a borrower answers a request of a verifier or a market."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.options import (
    ModelFile,
    OptionGroup,
    SomeGroup,
    read_as,
    read_group,
    read_model,
)
from zkcredit.cli.output import agree
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.escrow import ArbiterGroup
    from zkcredit.history import HistoryTree
    from zkcredit.ledger import LedgerAccount
    from zkcredit.presentation import Presentation
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.request import Request
    from zkcredit.scoring import Scorecard
    from zkcredit.wallet import Wallet


@dataclass(frozen=True, kw_only=True)
class ProofOptions(OptionGroup):
    """The credential or registry to prove from, the key, and whether the borrower has agreed."""

    credential: Annotated[
        str | None,
        typer.Argument(
            metavar="[CREDENTIAL]",
            help="Its id in the wallet; the only one by default. Not for a ledger.",
        ),
    ] = None
    registry: Annotated[
        Path | None,
        typer.Option("--registry", help="The published registry; needed for a credential."),
    ] = None
    group: SomeGroup = None
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Proving key (.zkey); the dev key by default, for tests only."),
    ] = None
    model: ModelFile = None
    yes: Annotated[bool, typer.Option("--yes", help="Agree to what is printed; for scripts.")] = (
        False
    )

    def read(self) -> "Means":
        """Read the files that are named.

        Raises:
            MalformedFile: if a file is something else.
            InvalidInput: if a file cannot be read.
        """
        from zkcredit.registry import RegistrySnapshot

        return Means(
            self,
            None if self.registry is None else read_as(self.registry, RegistrySnapshot.from_json),
            None if self.group is None else read_group(self.group),
            read_model(self.model),
        )


@dataclass(frozen=True)
class Means:
    """The files of a borrower who answers requests."""

    options: ProofOptions
    registry: "RegistrySnapshot | None"
    group: "ArbiterGroup | None"
    scorecard: "Scorecard | None"

    def answer(
        self,
        wallet: "Wallet",
        request: "Request",
        account: "Callable[[], LedgerAccount]",
        threads: int | None = None,
        history: "HistoryTree | None" = None,
    ) -> "Presentation":
        """Ask the borrower to agree, and prove.

        The source is the credential that is named; without one, the ledger's account or the record
        if the request is about that alone, and else the only credential in the wallet.

        Raises:
            Exit: if the borrower does not agree; nothing is proved.
            UnsafeKey: if the key is broken.
            InvalidInput: if an option does not fit the request, no terminal is open, or no
                credential is named and the wallet does not have exactly one.
        """
        from zkcredit.groth16 import load_or_create_dev_key, load_proving_key
        from zkcredit.request.asked_history import HISTORY
        from zkcredit.request.circuit import circuit_of_request

        key = self.options.key
        source: str | LedgerAccount | HistoryTree | None = self.options.credential
        if request.statement == HISTORY and history is not None:
            if source is not None:
                raise InvalidInput("this market asks about a record alone: leave out CREDENTIAL")
            source = history
        elif source is None and request.account is None:
            source = only_credential(wallet)
        agree(request, self.options.yes)
        if key is None:
            proving_key = load_or_create_dev_key(circuit_of_request(request, self.scorecard))
        else:
            proving_key = load_proving_key(key)
        return wallet.prove(
            request,
            account() if source is None else source,
            registry=self.registry,
            proving_key=proving_key,
            scorecard=self.scorecard,
            history=None if source is history else history,
            threads=threads,
        )


def only_credential(wallet: "Wallet") -> str:
    """Return the id of the only credential in a wallet.

    Raises:
        InvalidInput: if there is none, or there are several.
    """
    held = list(wallet.credentials())
    if not held:
        raise InvalidInput("the wallet has no credential; receive one first")
    if len(held) > 1:
        raise InvalidInput(f"the wallet has {len(held)} credentials; name one: {', '.join(held)}")
    return held[0]
