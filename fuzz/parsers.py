"""Every parser of bytes from strangers: how to call it, and what good input looks like.

A parser may raise errors of ``zkcredit.errors`` and nothing else. What it accepts and can write
again must read back as the same.
"""

from __future__ import annotations

import os
import sys
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mutators
import py_ecc  # it raises the recursion limit, as in every process that verifies

from zkcredit.consent import Consent
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope, HolderCard
from zkcredit.errors import KernelError, ZkCreditError
from zkcredit.escrow import ArbiterGroup, PartialOpening
from zkcredit.formats import calldata, ptau, r1cs, snarkjs, wtns, zkey
from zkcredit.groth16 import Proof, UnsafeKeyWarning, VerifyingKey, keyfile
from zkcredit.groth16.phase1 import Phase1
from zkcredit.ledger import LedgerCard, LedgerEntry, SealedEntry
from zkcredit.presentation import Presentation
from zkcredit.published import Manifest
from zkcredit.registry import RegistrySnapshot, RevocationList
from zkcredit.sealed_store import SealedStore

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

assert sys.getrecursionlimit() >= 100_000, py_ecc  # else deep input tests nothing

__all__ = ["CORPUS", "PARSERS", "PASSWORD", "Fault", "Parser", "judge"]

CORPUS = Path(__file__).parent / "corpus"
PASSWORD = "of the corpus"  # of a wallet without anything in it


class Fault(Exception):
    """A parser raised something else than a typed error, or reads its own output differently."""


@dataclass(frozen=True)
class Parser:
    """One parser.

    Attributes:
        name: of the parser and of its folder in the corpus.
        read: takes bytes; raises typed errors.
        mutate: structure-aware damage.
        write: what was read, as bytes again; None where nothing writes it.
    """

    name: str
    read: Callable[[bytes], Any]
    mutate: mutators.Mutator
    write: Callable[[Any], bytes] | None = None

    def seeds(self) -> list[bytes]:
        """The good files, and the bad ones that once did harm, by name."""
        return [path.read_bytes() for path in sorted((CORPUS / self.name).iterdir())]

    def input(self, rng: random.Random, seeds: list[bytes]) -> bytes:
        """A damaged file."""
        seed = rng.choice(seeds)
        return mutators.raw(rng, seed) if rng.random() < 0.1 else self.mutate(rng, seed)


def judge(parser: Parser, data: bytes) -> str:
    """Feed the parser: "accepted", or the name of its typed error.

    Raises:
        Fault: any other error, lack of memory included; or what was accepted is written as
            something that does not read back as the same.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnsafeKeyWarning)
            value = parser.read(data)
            if parser.write is not None:
                written = parser.write(value)
                if parser.write(parser.read(written)) != written:
                    raise Fault(f"{parser.name}: what it writes reads back as something else")
    except KernelError as error:
        raise Fault(f"{parser.name}: {error!r}") from error
    except ZkCreditError as error:
        return type(error).__name__
    except Fault:
        raise
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise Fault(f"{parser.name}: untyped {error!r}") from error
    return "accepted"


def _zkey(data: bytes) -> zkey.ZKeyFile:
    return zkey.loads(data)


def _key(data: bytes) -> Any:
    return keyfile.loads(data)


def _phase1(data: bytes) -> Any:
    file = ptau.loads(data)
    return Phase1.of(file, file.power, 1)


def _scratch() -> Path:
    # One file for each process, in memory where the system has such a place.
    folder = Path("/dev/shm")  # created with mode 0600 below
    place = folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())
    return place / f"zkcredit-fuzz-{os.getpid()}"


def _wallet(data: bytes) -> None:
    path = _scratch()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        with SealedStore.open(path, "wallet", PASSWORD) as store:
            for kind in ("seed", "credential"):
                store.all(kind)
            store.put([("credential", "new", b"1")])
            store.remove("credential", "new")
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            Path(f"{path}{end}").unlink(missing_ok=True)


@cache
def _text(kind: Any) -> Callable[[Any], bytes]:
    return lambda value: kind.to_json(value).encode()


def _json(name: str, kind: Any) -> Parser:
    return Parser(name, kind.from_json, mutators.document, _text(kind))


PARSERS: dict[str, Parser] = {
    parser.name: parser
    for parser in (
        Parser("r1cs", r1cs.loads, mutators.sections, r1cs.dumps),
        Parser("wtns", wtns.loads, mutators.sections, wtns.dumps),
        Parser("zkey", _zkey, mutators.sections, zkey.dumps),
        Parser("proving_key", _key, mutators.sections, keyfile.dumps),
        Parser("ptau", ptau.loads, mutators.sections, ptau.dumps),
        Parser("phase1", _phase1, mutators.sections),
        _json("proof", Proof),
        Parser(
            "public",
            snarkjs.load_public,
            mutators.document,
            lambda values: snarkjs.dump_public(values).encode(),
        ),
        _json("verification_key", VerifyingKey),
        Parser("calldata", calldata.from_bytes, mutators.words, calldata.to_bytes),
        _json("credential", Credential),
        _json("holder_card", HolderCard),
        _json("envelope", Envelope),
        _json("presentation", Presentation),
        _json("revocation_list", RevocationList),
        _json("registry", RegistrySnapshot),
        _json("manifest", Manifest),
        _json("consent", Consent),
        _json("ledger_card", LedgerCard),
        _json("sealed_entry", SealedEntry),
        Parser("ledger_entry", LedgerEntry.from_bytes, mutators.words, LedgerEntry.to_bytes),
        _json("arbiter_group", ArbiterGroup),
        _json("partial_opening", PartialOpening),
        Parser("wallet", _wallet, mutators.database),
    )
}
