"""Every command with bad inputs: options, numbers, words and files that are not what they must be.

The commands and their parameters are read from the command line itself, so a new verb is in the
walk without a word. A command gets good values for all that it requires but one, which is bad. Good
files are those of a desk and of the fuzzers' corpus.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from parsers import CORPUS
from support.cli.cli_desk import Desk, make_desk
from typer.main import get_command

from zkcredit.cli.app import app
from zkcredit.cli.examples import example_value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Bad", "bad_inputs", "leaves", "made_desk"]

NOBODY: Final = "http://127.0.0.1:9"

_GOOD: Final = {
    "--book": "request_book", "--commitment": "arbiter_commitment", "--deals": "arbiter_deal",
    "--deployment": "deployment", "--entry-vk": "verification_key", "--entry-zkey": "zkey",
    "--group": "arbiter_group", "--key": "proving_key", "--keystore": "keystore",
    "--model": "scorecard", "--policy": "policy", "--ptau": "ptau", "--registry": "registry",
    "--request": "request", "--roster": "arbiter_roster", "--sign": "request_key",
    "--sym": "symbols", "--to": "holder_card", "--vk": "verification_key", "--wtns": "wtns",
    "--zkey": "zkey", "ledger seal --to": "ledger_card", "ARBITER": "wallet",
    "CARD": "arbiter_card", "CARD...": "arbiter_card",
    "CIRCUIT.r1cs": "r1cs", "CIRCUIT.wasm": "r1cs", "CLAIM.json": "record_claim",
    "COMPLAINT": "arbiter_complaint", "CONSENTS.json...": "restructuring",
    "ENTRY.json": "amounts", "ENVELOPE.json": "envelope", "GROUP": "arbiter_group",
    "INPUT.json": "inputs", "INPUTS.json": "inputs", "KEY": "zkey", "KEY.pem": "request_key",
    "KEY.zkey": "proving_key", "KEYSTORE": "keystore", "KNOWN.json": "amounts",
    "LIST.json...": "revocation_list", "OFFER.json": "offer", "OLD.zkey": "zkey",
    "OPENING": "partial_opening", "OPENING...": "partial_opening", "PHASE1.ptau": "ptau",
    "PRESENTATION.json": "presentation", "PROOF.json": "proof", "PROPOSAL.json": "proposal",
    "PROPOSAL.json...": "proposal", "PUBLIC.json": "public", "QUOTE.json": "quote",
    "QUOTE.json...": "quote", "RECEIPT.json": "payment_receipt",
    "RECORD.json": "record", "REGISTRY.json": "registry", "SEALED.json": "proved_entry",
    "SIGNED.json": "signed_transaction", "STEP.json": "signed_step",
    "UNSIGNED.json": "unsigned_transaction",
    "VK.json": "verification_key", "WITNESS.wtns": "wtns", "[PROOF.json]": "proof",
}  # fmt: skip
"""Which of the corpus's good files a parameter takes, by its metavar or option."""

_WRITTEN: Final = {
    "book", "chart", "copy", "csv", "folder", "ics", "made", "out", "outbox", "png", "receipt",
    "second",
}  # fmt: skip
"""Names of parameters for files that are written, or that need not exist."""

_MADE_BY: Final = {
    ("wallet init", "wallet"), ("issuer init", "issuer"), ("verifier init", "key"),
    ("escrow new", "arbiter"), ("tx keygen", "keystore"), ("groth16 setup", "key"),
    ("ceremony new", "key"), ("groth16 prove", "proof"), ("groth16 prove", "public"),
    ("groth16 fullprove", "proof"), ("groth16 fullprove", "public"), ("groth16 export", "vk"),
    ("market deploy", "deployment"),
}  # fmt: skip
"""The same, of commands that make a file which others read."""


_FILES: Final = ("missing", "a-folder", "is-empty", "is-noise", "is-cut", "is-other")
"""Bad files; a password may stand in the last two."""

_SPENDING: Final = (
    "--argument", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8", "--argument", "80000"
)  # fmt: skip
_MORE: Final = {
    "timelock announce": _SPENDING,
    "timelock cancel": _SPENDING,
    "timelock execute": _SPENDING,
    "issuer issue": ("--csv", "good-order_table"),
    "loan apply": ("--product", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    "loan repay": ("--due",),
    "loan sign-application": ("--product", "0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    "loan sign-payment": ("--row", "1"),
    "loan watch": ("--once",),
    "market notice": ("--days", "5"),
    "request": ("--scope", "5678", "--root", "42"),
    "groth16 setup": ("--dev",),
}
"""What a command needs beside the parameters that it requires."""

_LATER: Final = {
    "audit": {"ptau", "sym", "wtns"},
    "escrow complain": {"arbiter", "password_file"},
    "escrow finish": {"arbiter", "password_file"},
    "escrow judge": {"complaint"},
    "fx sign": {"keystore", "password_file"},
    "groth16 fullprove": {"inputs", "key"},
    "history prove": {"wallet", "password_file", "key"},
    "issuer issue": {"record", "to"},
    "keyring forget": {"file", "password_file"},
    "keyring store": {"file", "password_file"},
    "ledger seal": {"key"},
    "loan apply": {"key"},
    "loan renew": {"key"},
    "loan sign-application": {"key"},
    "groth16 deploy": {"circuit", "ptau", "zkey"},
    "market deploy": {"ptau", "zkey", "entry_zkey", "entry_vk", "vk"},
    "groth16 setup": {"ptau"},
    "request": {"password_file"},
    "verifier show": {"password_file"},
}
"""Files that a command does not read yet, or not at all, when something else is missing or wrong:
options that are given together, programs and deals that the corpus does not have, a password that
is not needed, a key for a quote of the corpus, which has ended, a key that is as large as the
machine, which is read when the borrower has agreed."""


def _comes_later(words: str, name: str) -> bool:
    return name in _LATER.get(words, ())


def _is_json(parameter: Any) -> bool:
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar
    return str(name).endswith((".json", ".json...", "--deployment", "--policy", "--registry"))


@dataclass(frozen=True)
class Bad:
    """A command with one bad input.

    Attributes:
        command: its words.
        what: the parameter and what is wrong with it.
        arguments: everything after the command's words.
        file: the bad file, which the error must name; None if it is not about a file.
        cut: whether the file ends in the middle of a JSON document, so that a place is named.
    """

    command: str
    what: str
    arguments: tuple[str, ...]
    file: Path | None = None
    cut: bool = False

    def __str__(self) -> str:
        return f"{self.command}: {self.what}"


def made_desk(folder: Path) -> Desk:
    """Make a desk, and beside its files the corpus's good ones and six bad ones."""
    desk = make_desk(folder)
    for home in CORPUS.iterdir():
        shutil.copyfile(home / "good-0", folder / f"good-{home.name}")
    (folder / "a-folder").mkdir()
    (folder / "is-empty").write_bytes(b"")
    (folder / "is-noise").write_bytes(bytes(range(255, -1, -1)) * 20)
    (folder / "is-cut").write_text('{\n  "type": "zkcredit/wal')
    (folder / "is-other").write_text('{"a member": [1, 2, 3]}')
    return desk


def leaves() -> Iterator[tuple[str, Any]]:
    """Yield every command: its words, and what typer made of it."""
    root: Any = get_command(app)
    for name, found in root.commands.items():
        for inner, leaf in getattr(found, "commands", {"": found}).items():
            yield f"{name} {inner}".strip(), leaf


def bad_inputs(desk: Desk) -> Iterator[Bad]:
    """Yield every bad input of every command."""
    for words, leaf in leaves():
        yield from _of_command(words, leaf, desk)


def _of_command(words: str, leaf: Any, desk: Desk) -> Iterator[Bad]:
    required = [one for one in leaf.params if one.required]
    good = {one.name: _value(words, one, desk) for one in required}
    if any(one.name == "password_file" for one in leaf.params):
        good["password_file"] = str(desk.path("password"))
    if any(one.name == "node" for one in leaf.params):
        good["node"] = NOBODY

    if any(one.name == "yes" for one in leaf.params):
        good["yes"] = ""
    more = tuple(
        str(desk.path(word)) if word.startswith("good-") else word for word in _MORE.get(words, ())
    )

    def bad(
        what: str, name: str, value: object, file: Path | None = None, cut: bool = False
    ) -> Bad:
        line = _line(leaf, {**good, name: str(value)})
        return Bad(words, what, more + line, file, cut)

    yield Bad(words, "an unknown option", (*_line(leaf, good), "--no-such-option"))
    if not any(one.nargs == -1 for one in leaf.params):
        yield Bad(words, "too many arguments", (*_line(leaf, good), *(["surplus"] * 9)))
    for one in required:
        left = {name: value for name, value in good.items() if name != one.name}
        if one.name not in ("node", "deployment"):  # those may come from a setting
            yield Bad(words, f"without {one.name}", _line(leaf, left))
    for one in leaf.params:
        kind = one.type.name
        if kind in ("int range", "float range", "int"):
            for text in ("seven", "", "1e400", "9" * 40, "-" + "9" * 40):
                yield bad(f"{one.name} = {text[:9]!r}", one.name, text)
        elif kind == "choice":
            yield bad(f"{one.name} of no choice", one.name, "no-such-choice")
        elif kind == "path" and _is_read(words, one):
            for name in _FILES[:4] if one.name == "password_file" else _FILES:
                path = desk.path(name)
                named = None if _comes_later(words, one.name) else path
                yield bad(f"{one.name} {name}", one.name, path, file=named,
                          cut=name == "is-cut" and _is_json(one))  # fmt: skip


def _is_read(words: str, parameter: Any) -> bool:
    name = parameter.name
    return name not in _WRITTEN and (words, name) not in _MADE_BY


def _value(words: str, parameter: Any, desk: Desk) -> str:
    """Return a good value of a required parameter."""
    if parameter.type.name != "path":
        return example_value(words, parameter).strip("'")
    name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar
    if not _is_read(words, parameter):
        return str(desk.path(f"new-{parameter.name}"))
    if name in ("WALLET", "ISSUER", "FILE"):
        return str(desk.path("issuer" if name == "ISSUER" else "wallet"))
    return str(desk.path(f"good-{_GOOD.get(f'{words} {name}') or _GOOD[name]}"))


def _line(leaf: Any, values: dict[str, str]) -> tuple[str, ...]:
    """Return the values as a command line, arguments in their order."""
    given: list[str] = []
    for one in leaf.params:
        if one.name in values and one.param_type_name == "argument":
            given.append(values[one.name])
    for one in leaf.params:
        if one.name in values and one.param_type_name == "option":
            given += (
                [one.opts[0], values[one.name]]
                if values[one.name] or not one.is_flag
                else [one.opts[0]]
            )
    return tuple(given)
