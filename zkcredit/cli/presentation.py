"""``zkcredit prove`` and ``zkcredit verify``: presentations without a chain."""

from pathlib import Path
from typing import Annotated

import typer

from zkcredit.cli.options import (
    Context,
    Out,
    PolicyFile,
    ProvingKeyFile,
    RegistryFile,
    Scope,
    Threads,
    WalletFile,
    field_element,
    load_key,
    read_policy,
    read_text,
    write_text,
)
from zkcredit.cli.output import AsJson, emit
from zkcredit.cli.secret import PasswordFd, PasswordFile, read_password


def prove(
    *,
    wallet: WalletFile,
    credential: Annotated[str, typer.Argument(metavar="CREDENTIAL", help="Its id in the wallet.")],
    policy: PolicyFile,
    context: Context,
    scope: Scope,
    registry: RegistryFile,
    out: Out,
    key: ProvingKeyFile = None,
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds; the policy's, or now.")
    ] = None,
    verifier: Annotated[str, typer.Option("--verifier", help="For your log.")] = "",
    purpose: Annotated[str, typer.Option("--purpose", help="For your log.")] = "",
    threads: Threads = None,
    password_file: PasswordFile = None,
    password_fd: PasswordFd = None,
    as_json: AsJson = False,
) -> None:
    """Prove that a credential meets a policy; exits with 6 if it does not."""
    from zkcredit import units
    from zkcredit.registry import RegistrySnapshot
    from zkcredit.wallet import Wallet

    demanded = read_policy(policy, now)
    if demanded.now == 0:
        demanded = demanded.at(units.now())
    use = {"context": field_element("context", context), "scope": field_element("scope", scope)}
    snapshot = RegistrySnapshot.from_json(read_text(registry))
    with Wallet.open(wallet, read_password(password_file, password_fd)) as opened:
        presentation = opened.prove(
            credential,
            demanded,
            **use,
            registry=snapshot,
            key=load_key(key),
            verifier=verifier,
            purpose=purpose,
            threads=threads,
        )
    write_text(out, presentation.to_json() + "\n")
    emit(
        {
            "presentation": str(out),
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
    context: Context,
    scope: Scope,
    root: Annotated[str, typer.Option("--root", help="The registry root that you hold fresh.")],
    now: Annotated[
        int | None, typer.Option("--now", min=1, help="Unix seconds that you accept.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", help="Verification key (JSON); the dev key by default, for tests."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a presentation against what you demand; exits with 3 if it does not hold.

    `now` is part of the statement: the time that the borrower proved at, which you must accept.
    """
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.presentation import Presentation
    from zkcredit.presentation import verify as verify_presentation
    from zkcredit.published import dev_verifying_key

    shown = Presentation.from_json(read_text(presentation, 1 << 16))
    verify_presentation(
        shown,
        policy=read_policy(policy, now),
        context=field_element("context", context),
        scope=field_element("scope", scope),
        registry_root=field_element("root", root),
        key=dev_verifying_key("eligibility") if key is None
        else VerifyingKey.from_json(read_text(key)),
    )  # fmt: skip
    emit({"valid": True, "nullifier": str(shown.nullifier)}, as_json, "OK")
