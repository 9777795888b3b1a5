"""``zkcredit request``, ``prove`` and ``verify``: presentations without a chain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zkcredit.cli.agreement import Yes, agree
from zkcredit.cli.options import (
    ModelFile,
    Out,
    PolicyFile,
    ProvingKeyFile,
    RegistryFile,
    RequestFile,
    Scope,
    Threads,
    WalletFile,
    field_element,
    load_key,
    read_model,
    read_policy,
    read_text,
    require_replaceable,
    write_text,
)
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password

if TYPE_CHECKING:
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.request import Consent
    from zkcredit.scoring import Scorecard


def request(
    *,
    verifier: Annotated[
        str, typer.Option("--verifier", help="Who you are, as borrowers know you.")
    ],
    purpose: Annotated[str, typer.Option("--purpose", help="What you will use the proof for.")],
    out: Out,
    minutes: Annotated[
        int, typer.Option("--minutes", min=1, max=527_040, help="How long it may be used.")
    ] = 60,
    as_json: AsJson = False,
) -> None:
    """Ask for a proof: write down for whom, what for and how long. Keep the file to verify with.

    Its nonce makes it unlike every other request: accept one proof for it, and no second one.
    """
    from zkcredit.request import Consent

    asked = Consent.ask(verifier, purpose, valid_for=minutes * 60)
    write_text(out, asked.to_json() + "\n")
    emit({"request": str(out), "expires_at": asked.expires_at}, as_json)


def prove(
    *,
    wallet: WalletFile,
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id in the wallet.")],
    policy: PolicyFile,
    request: RequestFile,
    scope: Scope,
    registry: RegistryFile,
    out: Out,
    key: ProvingKeyFile = None,
    model: ModelFile = None,
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds; the policy's, or now.")
    ] = None,
    yes: Yes = False,
    threads: Threads = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a credential meets a policy; exits with 6 if it does not.

    Prints who will see what, what for and how long, and asks before it proves. A credential with
    features proves its score by the bundled scorecard, or by that of `--model`.
    """
    import zkcredit.units as units
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.scoring.circuit_table import circuit_table
    from zkcredit.wallet import Wallet
    from zkcredit.wallet.proving import table_for

    demanded = read_policy(policy, now)
    if demanded.now == 0:
        demanded = demanded.at(units.now())
    place = field_element("scope", scope)
    asked = _read_request(request)
    snapshot = RegistrySnapshot.from_json(read_text(registry))
    scorecard = read_model(model)
    require_replaceable(out)
    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        table = table_for(
            opened.credential(credential), None if scorecard is None else circuit_table(scorecard)
        )
        agree(asked, demanded, yes, model=None if table is None else table.model)
        presentation = opened.prove(
            credential,
            demanded,
            consent=asked,
            scope=place,
            registry=snapshot,
            key=load_key(key, table),
            scorecard=table,
            threads=threads,
        )
    write_text(out, presentation.to_json() + "\n")
    emit(
        {
            "presentation": str(out),
            "statement": presentation.statement,
            "now": demanded.now,
            "registry_root": str(presentation.registry_root),
            "nullifier": str(presentation.nullifier),
        },
        as_json,
    )


def verify(
    *,
    presentation: Annotated[Path, typer.Argument(metavar="PRESENTATION.json")],
    policy: PolicyFile,
    request: RequestFile,
    scope: Scope,
    root: Annotated[str, typer.Option("--root", help="The registry root that you hold fresh.")],
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds that you accept.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Verification key (JSON); the dev key by default, for tests."),
    ] = None,
    model: ModelFile = None,
    as_json: AsJson = False,
) -> None:
    """Verify a presentation against what you demand; exits with 3 if it does not hold.

    The request must be your own file, not one that came with the presentation. `now` is part of
    the statement: the time that the borrower proved at, which you must accept. With `--model`, the
    score must be that scorecard's, and the key that of its circuit.
    """
    from zkcredit.presentation import Presentation
    from zkcredit.presentation import verify as verify_presentation

    scorecard = read_model(model)
    shown = Presentation.from_json(read_text(presentation, 1 << 16))
    verify_presentation(
        shown,
        policy=read_policy(policy, now),
        consent=_read_request(request),
        scope=field_element("scope", scope),
        registry_root=field_element("root", root),
        key=_verifying_key(key, scorecard),
        model=None if scorecard is None else scorecard.digest(),
    )
    emit({"valid": True, "nullifier": str(shown.nullifier)}, as_json, "OK")


def _read_request(path: Path) -> "Consent":
    from zkcredit.request import Consent

    return Consent.from_json(read_text(path, 1 << 13))


def _verifying_key(path: Path | None, scorecard: "Scorecard | None") -> "VerifyingKey":
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.published import dev_verifying_key
    from zkcredit.scoring.model_circuit import require_model_key

    if path is not None:
        key = VerifyingKey.from_json(read_text(path))
    else:
        key = dev_verifying_key("eligibility" if scorecard is None else "scored_eligibility")
    if scorecard is not None:
        require_model_key(key, scorecard)
    return key
