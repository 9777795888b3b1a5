"""Options that several commands share, the decorator that adds them, and how files are read.

A command says what it needs by the types of its parameters. Options that always come together
are the fields of one ``OptionGroup``, and ``with_options`` gives a command each group's fields::

    @command(app)
    def fund(lender: WalletOptions, at: MarketOptions, loan: LoanNumber) -> None: ...

Modules with commands omit ``from __future__ import annotations``, because typer reads annotations.
"""

import functools
import inspect
import json
import os
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    ParamSpec,
    TypeVar,
    get_args,
    get_type_hints,
)

import typer
from typer.models import ArgumentInfo

from zkcredit.cli.output import AS_JSON
from zkcredit.errors import InvalidInput, MalformedFile

if TYPE_CHECKING:
    from zkcredit.escrow import ArbiterGroup
    from zkcredit.groth16 import ProvingKey, VerifyingKey
    from zkcredit.policy import Policy
    from zkcredit.request import ProofRequest
    from zkcredit.scoring import Scorecard

P = ParamSpec("P")
T = TypeVar("T")

TEXT_LIMIT: Final = 1 << 25


# --- options ------------------------------------------------------------------------------------

Out = Annotated[Path, typer.Option("--out", "-o", help="The file to write; - for standard output.")]
PngFile = Annotated[
    Path | None,
    typer.Option("--png", help="Also draw it as a QR code into this .png file; needs [qr]."),
]
QrInTerminal = Annotated[
    bool, typer.Option("--qr", help="Also draw it as a QR code in the terminal; needs [qr].")
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, max=1024, help="Number of threads; all by default."),
]
RequestFile = Annotated[Path, typer.Option("--request", help="The verifier's request.")]
RegistryFile = Annotated[
    Path, typer.Option("--registry", help="The published registry of accepted issuers.")
]
ModelFile = Annotated[
    Path | None,
    typer.Option("--model", help="A published scorecard (JSON), or the word 'bundled'."),
]
GroupFile = Annotated[Path, typer.Option("--group", help="The arbiters' group.")]
SomeGroup = Annotated[
    Path | None, typer.Option("--group", help="The arbiters' group, as you know it.")
]
VerifyingKeyFile = Annotated[
    Path | None,
    typer.Option("--vk", help="Verification key (JSON); the dev key by default, for tests only."),
]


def _remember(value: bool) -> bool:
    AS_JSON.set(value)
    return value


_AS_JSON: Final = inspect.Parameter(
    "as_json",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool, typer.Option("--json", callback=_remember, help="Print one JSON document.")
    ],
)


# --- the decorator ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class OptionGroup:
    """Options that come together: each field is one option, with typer's annotation."""

    def check(self) -> None:
        """Look at what the options name, before a password is asked for and a node is asked."""


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command ``--json`` and the options of each group among its parameters.

    The groups' options follow the command's own; the order of arguments does not change.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, type[OptionGroup]] = {}
    parameters: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind = hints[name]
        if isinstance(kind, type) and issubclass(kind, OptionGroup):
            groups[name] = kind
            parameters += _parameters(kind)
        else:
            parameters.append(
                parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=kind)
            )
    shared = {field.name for group in groups.values() for field in fields(group)}
    parameters.sort(key=lambda one: one.name in shared and not _is_argument(one))

    @functools.wraps(command)
    def wrapped(**given: Any) -> None:
        given.pop("as_json", None)
        made = {
            name: group(**{field.name: given.pop(field.name) for field in fields(group)})
            for name, group in groups.items()
        }
        for group in made.values():
            group.check()
        command(**given, **made)

    vars(wrapped)["__signature__"] = inspect.Signature([*parameters, _AS_JSON])
    return wrapped


def command(
    app: typer.Typer, name: str | None = None
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Register a function as a command of a group, under its own name by default."""

    def register(function: Callable[P, None]) -> Callable[P, None]:
        app.command(name or function.__name__)(with_options(function))
        return function

    return register


def _parameters(group: type[OptionGroup]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(group)
    ]


def _is_argument(parameter: inspect.Parameter) -> bool:
    # Python loses an interrupt that comes while a generator is closed, as any() does
    return ArgumentInfo in map(type, get_args(parameter.annotation))


# --- files --------------------------------------------------------------------------------------


def read_text(path: Path, limit: int = TEXT_LIMIT) -> bytes:
    """Read a document: a file, ``-`` for standard input, or what a shell puts in its place.

    Raises:
        InvalidInput: if the file cannot be read.
        MalformedFile: if it is longer than the limit.
    """
    from zkcredit._internal.files import read_limited
    from zkcredit._internal.refused.file_errors import FileBytes
    from zkcredit._internal.refused.kinds import kind_of_bytes
    from zkcredit.cli.streams import is_stream, read_stream

    if is_stream(path):
        return FileBytes.of(path, read_stream(path, limit))
    try:
        data = read_limited(path, limit)
    except MalformedFile as error:  # too large: a key in the place of a document
        with path.open("rb") as file:
            kind = kind_of_bytes(file.read(32))
        error.file = str(path)
        error.args = (f"{error}; this is {kind}" if kind else str(error),)
        raise
    return data if len(data) > TEXT_LIMIT else FileBytes.of(path, data)  # a copy


def read_as(path: Path, reader: Callable[[bytes], T], limit: int = TEXT_LIMIT) -> T:
    """Read a file by a function of its content. Errors about the content name the file.

    Raises:
        InvalidInput: if the file cannot be read, or the reader refuses its content.
        MalformedFile: if it is longer than the limit, or is not what the reader reads.
    """
    from zkcredit._internal.refused.file_errors import in_file

    data = read_text(path, limit)
    with in_file(path, data):
        return reader(data)


def read_object(path: Path, what: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        MalformedFile: if the file holds something else.
    """
    from zkcredit._internal.json import parse
    from zkcredit._internal.refused.kinds import but_this_is, kind_of_document

    def read(data: bytes) -> dict[str, Any]:
        value = parse(data, what, TEXT_LIMIT)
        kind = kind_of_document(value)
        if not isinstance(value, dict) or (kind and what not in kind):
            raise MalformedFile(f"{what}: a JSON object is expected{but_this_is(value)}")
        return value

    return read_as(path, read)


def require_replaceable(path: Path, *beginnings: bytes) -> None:
    """Refuse to overwrite a file of another kind: an overwritten wallet would be lost for good.

    Args:
        path: the file that a command is about to write.
        beginnings: first bytes of files that may be replaced; those of a JSON document by default.

    Raises:
        InvalidInput: if the path has a file of another kind.
    """
    if str(path) == "-" or not os.path.lexists(path):
        return
    try:
        with path.open("rb") as file:
            head = file.read(64).lstrip() if path.is_file() else b"?"
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror}") from None
    if head and not head.startswith(beginnings or (b"{", b"[")):
        raise InvalidInput(
            f"{path} is a file of another kind; name another file, or remove it first"
        )


def write_text(path: Path, text: str) -> None:
    """Write a JSON document that anybody may read; write all of it, or nothing.

    ``-`` is standard output; what the command tells then goes to standard error.

    Raises:
        InvalidInput: if the path cannot be written, or has a file of another kind.
        MachineError: if the machine fails.
    """
    require_replaceable(path)
    write_bytes(path, text.encode())


def write_bytes(path: Path, data: bytes, mode: int | None = None) -> None:
    """Write a file whole, or not at all; ``-`` is standard output.

    Args:
        path: the file.
        data: its content.
        mode: its permissions; everybody may read it by default.

    Raises:
        InvalidInput: if the path cannot be written.
        MachineError: if the machine fails.
    """
    from zkcredit._internal.files import PUBLIC, write_atomic

    if str(path) != "-":
        write_atomic(path, data, mode=PUBLIC if mode is None else mode)
        return
    from zkcredit.cli.streams import write_stream

    write_stream(data)


def require_drawable(png: Path | None, in_terminal: bool) -> None:
    """Refuse a QR code that could not be drawn, before anything is done.

    Raises:
        InvalidInput: if the code is for the terminal and ``--json`` is set, or the file has another
            ending, or is a file of another kind.
        MissingExtra: if segno is not installed.
    """
    if in_terminal and AS_JSON.get():
        raise InvalidInput("--qr draws in a terminal; with --json, draw into a file with --png")
    if png is not None or in_terminal:
        from zkcredit.standards import qr_code_lines

        qr_code_lines("1")
    if png is not None:
        if png.suffix != ".png":
            raise InvalidInput(f"a QR code is written as .png, not {png.suffix!r}")
        require_replaceable(png, b"\x89PNG")


def qr_code_of(text: str, png: Path | None, in_terminal: bool) -> list[str]:
    """Draw a QR code into a file, if one is named, and return it as lines for the terminal.

    Raises:
        InvalidInput: if the file cannot be written.
        TooLargeForQrCode: if the text does not fit.
    """
    if png is None and not in_terminal:
        return []
    from zkcredit.standards import draw_qr_code, qr_code_lines

    lines = qr_code_lines(text) if in_terminal else []
    if png is not None:
        draw_qr_code(text, png)
    return lines


def read_policy(path: Path, now: int | None) -> "Policy":
    """Read a policy, and set its time unless ``now`` is None.

    Raises:
        MalformedFile: if the file is not an object of a policy's fields.
        InvalidInput: if a value is not acceptable.
    """
    from zkcredit._internal.refused.file_errors import in_file
    from zkcredit.policy import Policy

    values = read_object(path, "policy")
    with in_file(path):
        policy = Policy.from_values(values)
    return policy if now is None else policy.at(now)


def read_request(path: Path) -> "ProofRequest":
    """Read a verifier's request.

    Raises:
        MalformedFile: if the file is not a request.
        InvalidSignature: if the key that the request names did not sign it.
    """
    from zkcredit.request import ProofRequest

    return read_as(path, ProofRequest.from_json, 1 << 14)


def read_group(path: Path) -> "ArbiterGroup":
    """Read the description of a group of arbiters.

    Raises:
        MalformedFile: if the file does not describe a group.
    """
    from zkcredit.escrow import ArbiterGroup

    return read_as(path, ArbiterGroup.from_json)


def read_model(path: Path | None) -> "Scorecard | None":
    """Read a scorecard; None if no model is named.

    Raises:
        MalformedFile: if the file is not a scorecard.
        InvalidInput: if the scorecard is not acceptable.
    """
    from zkcredit.scoring import Scorecard, load_scorecard

    if path is None:
        return None
    if str(path) == "bundled":
        return load_scorecard()
    from zkcredit._internal.refused.file_errors import in_file

    document = read_object(path, "scorecard")
    with in_file(path):
        return Scorecard.from_json(document)


# --- keys ---------------------------------------------------------------------------------------


def load_entry_key(path: Path | None) -> "ProvingKey":
    """Load the proving key of a ledger's entries; the dev key if no file is named.

    Raises:
        MalformedFile: if the file is not a key.
        UnsafeKey: if the key is broken.
    """
    from zkcredit.circuits import get_circuit
    from zkcredit.groth16 import load_or_create_dev_key, load_proving_key
    from zkcredit.ledger.proved import LEDGER_ENTRY

    if path is not None:
        return load_proving_key(path)
    return load_or_create_dev_key(get_circuit(LEDGER_ENTRY))


def load_verifying_key(path: Path | None, statement: str) -> "VerifyingKey":
    """Load a verification key; the dev key of a statement if no file is named.

    Raises:
        MalformedFile: if the file is not a key.
        UnsafeKey: if the key is broken.
    """
    from zkcredit.groth16 import VerifyingKey
    from zkcredit.published import dev_verifying_key

    return dev_verifying_key(statement) if path is None else read_as(path, VerifyingKey.from_json)


# --- texts --------------------------------------------------------------------------------------


def field_element(name: str, text: str) -> int:
    """Read a field element: decimal digits, or 0x and hexadecimal digits.

    Raises:
        InvalidInput: if the text is not a number in these notations, or it is not below r.
    """
    from zkcredit.bn254.fields import R

    try:
        if not text.isascii() or len(text) > 80 or "_" in text or text != text.strip():
            raise ValueError(text)
        value = int(text, 16 if text.startswith("0x") else 10)
    except ValueError:
        raise InvalidInput(f"{name} must be decimal digits, or 0x and hexadecimal digits") from None
    if not 0 <= value < R:
        raise InvalidInput(f"{name} must be a field element: at least 0 and below r")
    return value


def dumps(value: object) -> str:
    """Return a document for people to read: indented, in the order given."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
