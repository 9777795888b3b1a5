"""Commands that write files and send nothing, killed at every call that changes a file.

Each is run again until it exits with 0, or with 2 because what it makes is there. Then every file
opens, and what the command is for is done.
"""

from __future__ import annotations

import json
import shutil
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from support.cli.cli_desk import Ran, make_desk, run
from support.storage.tracing import WRITES, Call, follow

from zkcredit.storage.password_lock import KdfCost

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["COMMANDS", "Command", "killed_everywhere", "round_of"]

_TRIES: Final = 4
_LENDER = ("--verifier", "a lender", "--purpose", "a bicycle")


@dataclass(frozen=True)
class Command:
    """A command that writes files.

    Attributes:
        words: the command, with the folder in braces.
        look: a command that exits with 0 if what was written opens; "" if it is a document.
        makes: the file that it makes, or "".
        before: a command that is run first, or "".
    """

    words: str
    look: str = ""
    makes: str = ""
    before: str = ""


COMMANDS: Final[dict[str, Command]] = {
    "wallet init": Command("wallet init {f}/new", "wallet verify {f}/new", "new"),
    "wallet backup": Command("wallet backup {f}/wallet {f}/new", "wallet verify {f}/new", "new"),
    "wallet card": Command("wallet card {f}/wallet --out {f}/new.json", makes="new.json"),
    "credential receive": Command(
        "credential receive {f}/wallet {f}/envelope.json",
        "wallet verify {f}/wallet",
        before="credential remove {f}/wallet {credential}",
    ),
    "credential remove": Command(
        "credential remove {f}/wallet {credential}", "wallet verify {f}/wallet"
    ),
    "issuer init": Command("issuer init {f}/new", "issuer show {f}/new", "new"),
    "issuer issue": Command(
        "issuer issue {f}/issuer {f}/record.json --person one --to {f}/card.json "
        "--out {f}/new.json",
        "issuer show {f}/issuer",
        "new.json",
    ),
    "issuer revoke": Command("issuer revoke {f}/issuer {revocation}", "issuer show {f}/issuer"),
    "issuer publish": Command(
        "issuer publish {f}/issuer --out {f}/new.json", "issuer show {f}/issuer", "new.json"
    ),
    "registry build": Command(
        "registry build {f}/list.json --out {f}/new.json", "registry show {f}/new.json", "new.json"
    ),
    "verifier init": Command("verifier init {f}/new", "verifier show {f}/new", "new"),
    "request": Command(
        "request --policy {f}/policy.json --scope 5 --root {root} --out {f}/new.json "
        "--book {f}/book",
        "verifier book {f}/book",
        "new.json",
    ),
    "ledger card": Command(
        "ledger card {f}/wallet --issuer 0x00000000000000000000000000000000000000AA "
        "--out {f}/new.json",
        makes="new.json",
    ),
    "escrow new": Command("escrow new {f}/new --name Ada --out {f}/ada.json", makes="ada.json"),
}
"""Commands that make or change a file of ours."""

_NO_PASSWORD: Final = ("registry build", "registry show", "verifier book")


def round_of(number: int) -> dict[str, int]:
    """Kill one command at every call that changes a file."""
    return killed_everywhere(list(COMMANDS)[number], 1)


def killed_everywhere(name: str, stride: int) -> dict[str, int]:
    """Kill a command before its first call that changes a file, and before later ones.

    Raises:
        AssertionError: if it cannot be finished afterwards, or a file does not open.
    """
    command, counts = COMMANDS[name], Counter[str]()
    with TemporaryDirectory() as place, _light(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept, folder = Path(place) / "kept", Path(place) / "folder"
        kept.mkdir()
        desk = make_desk(kept)
        names = {
            "f": str(folder), "credential": desk.credential, "root": desk.root,
            "revocation": str(desk.revocation_id),
        }  # fmt: skip

        def go(words: str) -> Ran:
            given: list[object] = words.format(**names).split()
            if " ".join(words.split()[:2]) not in _NO_PASSWORD and not words.startswith("request"):
                given += ["--password-file", folder / "password"]
            return run(*given, *(_LENDER if words.startswith("request") else ()), "--json")

        at = 1
        while True:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(kept, folder)
            if command.before:
                assert go(command.before).code == 0
            code = follow(lambda: go(command.words).code, _at(at)).code
            assert code in (None, 0), f"{name} exits with {code} by itself"
            _finished(name, command, go, folder)
            counts["kills"] += code is None
            if code == 0:
                return dict(counts) | {name: counts["kills"]}
            at += stride


def _at(number: int) -> Callable[[Call], bool]:
    left = number

    def before(call: Call) -> bool:
        nonlocal left
        left -= call.name in WRITES
        return left == 0 and call.name in WRITES

    return before


def _finished(name: str, command: Command, go: Callable[[str], Ran], folder: Path) -> None:
    for _ in range(_TRIES):
        ran = go(command.words)
        if ran.code == 0:
            break
        there = command.makes and (folder / command.makes).exists()
        removed = "has no" in ran.err or "no credential" in ran.err or "already" in ran.err
        assert ran.code == 2 and (there or removed), f"{name}, run again: {ran.stderr}"  # noqa: PT018
        if there or removed:
            break
    else:
        raise AssertionError(f"{name} is never done")
    if command.look:
        looked = go(command.look)
        assert looked.code == 0, f"{name}: {looked.stderr}"
    if command.makes.endswith(".json"):
        json.loads((folder / command.makes).read_text())
    left = [path.name for path in folder.iterdir() if path.name.endswith("-journal")]
    assert not left, f"{name} leaves {left}"


class _light:
    """Let passwords be guessed at once, so that files open at once."""

    def __enter__(self) -> None:
        self._defaults = KdfCost.__init__.__defaults__
        light = KdfCost.light_unsafe()
        KdfCost.__init__.__defaults__ = (light.log2_n, light.r, light.p)

    def __exit__(self, *_: object) -> None:
        KdfCost.__init__.__defaults__ = self._defaults
