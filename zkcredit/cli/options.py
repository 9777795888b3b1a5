"""Arguments and options that several commands take, and how their files are read.

The command modules leave ``from __future__ import annotations`` out: typer reads annotations.
"""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from zkcredit.gadgets.scorecard import ScoreTable
    from zkcredit.groth16 import ProvingKey
    from zkcredit.policy import Policy
    from zkcredit.scoring import Scorecard

WalletFile = Annotated[Path, typer.Argument(metavar="WALLET", help="The wallet's file.")]
IssuerFile = Annotated[Path, typer.Argument(metavar="ISSUER", help="The issuer's file.")]
Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write.")]
Threads = Annotated[
    int | None, typer.Option("--threads", min=1, max=1024, help="Threads; all by default.")
]
RegistryFile = Annotated[
    Path, typer.Option("--registry", help="The published registry of accepted issuers.")
]
PolicyFile = Annotated[Path, typer.Option("--policy", help="The policy: a JSON object of fields.")]
RequestFile = Annotated[
    Path, typer.Option("--request", help="The verifier's request: for whom, what for, how long.")
]
ModelFile = Annotated[
    Path | None,
    typer.Option("--model", help="A published scorecard (JSON), or the word 'bundled'."),
]
Scope = Annotated[str, typer.Option("--scope", help="Field element: whose pseudonym it carries.")]
ProvingKeyFile = Annotated[
    Path | None,
    typer.Option("--key", help="Proving key (.zkey); the dev key by default, for tests only."),
]

TEXT_LIMIT: Final = 1 << 25


def read_text(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """Read a document. InvalidInput, MalformedFile: as ``files.read_limited``."""
    from zkcredit._internal.files import read_limited

    return read_limited(path, limit)


def read_object(path: Path, what: str) -> dict[str, Any]:
    """Read a JSON object. MalformedFile: it is none."""
    from zkcredit._internal.json import parse

    value = parse(read_text(path), what, TEXT_LIMIT)
    if not isinstance(value, dict):
        raise MalformedFile(f"{path}: {what} must be a JSON object")
    return value


def require_replaceable(path: Path, *beginnings: bytes) -> None:
    """Refuse to write over a file of another kind: a wallet would be gone for good.

    Args:
        path: the file that a command is about to write.
        beginnings: how a file that may be replaced begins; those of a JSON document by default.

    Raises:
        InvalidInput: there is something else.
    """
    if not os.path.lexists(path):
        return
    try:
        with path.open("rb") as file:
            head = file.read(64).lstrip() if path.is_file() else b"?"
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from None
    if head and not head.startswith(beginnings or (b"{", b"[")):
        raise InvalidInput(f"{path} holds something else; name another file, or remove it first")


def write_text(path: Path, text: str) -> None:
    """Write a JSON document that anybody may read, all or nothing.

    Raises:
        InvalidInput: the path cannot be written, or holds something that is no document.
        MachineError: the machine failed.
    """
    from zkcredit._internal.files import write_atomic

    require_replaceable(path)
    write_atomic(path, text.encode())


def field_element(name: str, text: str) -> int:
    """Read a field element: decimal digits, or 0x and hexadecimal ones.

    Raises:
        InvalidInput: another notation, or not below r.
    """
    from zkcredit.bn254.fields import R

    try:
        if not text.isascii() or len(text) > 80 or "_" in text or text != text.strip():
            raise ValueError(text)
        value = int(text, 16 if text.startswith("0x") else 10)
    except ValueError:
        raise InvalidInput(f"{name} must be decimal digits, or 0x and hexadecimal ones") from None
    if not 0 <= value < R:
        raise InvalidInput(f"{name} must be a field element: at least 0 and below r")
    return value


def read_policy(path: Path, now: int | None) -> "Policy":
    """Read a policy and set its time where one is given.

    Raises:
        MalformedFile: not an object of a policy's fields.
        InvalidInput, OutOfRange: a value is not acceptable.
    """
    from zkcredit.policy import Policy
    from zkcredit.schema import POLICY_FIELDS

    values = read_object(path, "policy")
    known = list(POLICY_FIELDS)
    if unknown := sorted(values.keys() - set(known)):
        raise MalformedFile(f"{path}: unknown fields {', '.join(unknown)}; known: {known}")
    policy = Policy(**values)
    return policy if now is None else policy.at(now)


def read_model(path: Path | None) -> "Scorecard | None":
    """Read a scorecard; None where no model is named.

    Raises:
        MalformedFile, InvalidInput: the file is no scorecard.
    """
    from zkcredit.scoring import Scorecard, load_scorecard

    if path is None:
        return None
    if str(path) == "bundled":
        return load_scorecard()
    return Scorecard.from_json(read_object(path, "scorecard"))


def load_key(path: Path | None, table: "ScoreTable | None" = None) -> "ProvingKey":
    """Load a proving key, or the dev key of `eligibility` or of a scorecard's statement.

    Raises:
        MalformedFile, UnsafeKey, InvalidInput: the file is not a usable key.
    """
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key

    if path is not None:
        return load_proving_key(path)
    from zkcredit.circuits import get_circuit
    from zkcredit.scoring.model_circuit import circuit_of

    return load_or_create_dev_key(
        get_circuit("eligibility") if table is None else circuit_of(table)
    )


def dumps(value: object) -> str:
    """A document for people to read: indented, in the order given."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
