"""The power fails while a file of ours is made or changed: what is there afterwards opens.

Each writing is done once, and recorded; then every disk that its calls allow is laid out and
opened. It must say what a process that was killed somewhere leaves, too: the old, the new, or a
step between them.
"""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from support.protocol.nouns import NOW, PASSWORD, card, signing_key
from support.protocol.nouns import record as credit
from support.storage.power import disks, lay_out, record

from zkcredit._internal.files import write_atomic, write_together
from zkcredit.chain.sending.accounts import Signer
from zkcredit.chain.sending.keystore import load_keystore, save_keystore
from zkcredit.chain.sending.outbox import _OLD_KINDS, Outbox
from zkcredit.credential import Credential
from zkcredit.envelope import Envelope
from zkcredit.errors import WrongPassword
from zkcredit.escrow import Arbiter, ArbiterCard, Roster
from zkcredit.issuer import Issuer
from zkcredit.policy import Policy
from zkcredit.request.book import RequestBook
from zkcredit.storage import database
from zkcredit.storage.password_lock import KdfCost
from zkcredit.storage.vault import Vault
from zkcredit.wallet import Wallet

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WRITINGS", "Writing", "cut", "round_of"]

_LIGHT = KdfCost.light_unsafe()
_DRAWN: Final = 120  # disks with some of the writes, and with torn ones, after each call
_ME = ("31337:x", "0x" + "Ab" * 20)
_TEXT = b'{"old": 1}', b'{"new": "' + b"x" * 9000 + b'"}'


@dataclass(frozen=True)
class Writing:
    """Something that writes files into a folder.

    Attributes:
        before: fills the folder.
        act: writes.
        look: what the folder says; raises if a file in it does not open.
        creates: whether it makes what was not there, and can be done again if it is not.
    """

    before: Callable[[Path], object]
    act: Callable[[Path], object]
    look: Callable[[Path], object]
    creates: bool = False


def _nothing(_folder: Path) -> None:
    pass


def _made(folder: Path) -> bool:
    return (folder / "file").exists()


# --- vaults: wallets, issuers, arbiters ---------------------------------------------------------


def _wallet(folder: Path) -> None:
    Wallet.create(folder / "file", PASSWORD, cost=_LIGHT).close()


def _received(folder: Path) -> None:
    with Wallet.open(folder / "file", PASSWORD) as wallet:
        held = Credential.sign(
            signing_key(), record=credit(), holder=wallet.card.holder, revocation_id=4242,
            issued_at=NOW - 1000, expires_at=NOW + 86_400,
        )  # fmt: skip
        wallet.receive(Envelope.seal(held, wallet.card))


def _vault(folder: Path) -> None:
    records = [("note", name, name.encode() * 900) for name in "abcdefgh"]
    Vault.create(folder / "file", "wallet", PASSWORD, records, _LIGHT).close()


def _put(folder: Path) -> None:
    with Vault.open(folder / "file", "wallet", PASSWORD) as vault:
        vault.put([("note", "b", b"new"), ("note", "c", b"c" * 9000)], new=[("note", "z", b"")])


def _removed(folder: Path) -> None:
    with Vault.open(folder / "file", "wallet", PASSWORD) as vault:
        vault.remove("note", "a")


def _relocked(folder: Path) -> None:
    with Vault.open(folder / "file", "wallet", PASSWORD) as vault:
        vault.change_password(PASSWORD, PASSWORD + "2", _LIGHT)


def _backed_up(folder: Path) -> None:
    with Vault.open(folder / "file", "wallet", PASSWORD) as vault:
        vault.backup(folder / "copy")


def _vault_says(folder: Path) -> object:
    said = []
    for path in sorted(folder.iterdir()):
        if path.name not in ("file", "copy"):
            continue
        for password in (PASSWORD, PASSWORD + "2"):
            try:
                with Vault.open(path, "wallet", password) as vault:
                    content = repr(vault.all("note")).encode()
                    vault.check()
                said.append((path.name, password, hashlib.sha256(content).hexdigest()))
                break
            except WrongPassword:
                continue
        else:
            raise AssertionError(f"no password opens {path.name}")
    return said or None


def _wallet_says(folder: Path) -> object:
    if not _made(folder):
        return None
    with Wallet.open(folder / "file", PASSWORD) as wallet:
        return wallet.check(), list(wallet.credentials())


def _issuer(folder: Path) -> None:
    Issuer.create(folder / "file", PASSWORD, cost=_LIGHT).close()


def _issuer_with_two(folder: Path) -> None:
    _issuer(folder)
    with Issuer.open(folder / "file", PASSWORD) as issuer:
        for number in (1, 2):
            issuer.issue(credit(), person=str(number), to=card(number), now=NOW)


def _issued(folder: Path) -> None:
    with Issuer.open(folder / "file", PASSWORD) as issuer:
        issuer.issue(credit(), person="9", to=card(3), now=NOW)


def _published(folder: Path) -> None:
    with Issuer.open(folder / "file", PASSWORD) as issuer:
        issuer.revoke(issuer.issued()[0].revocation_id, now=NOW)
        issuer.publish(now=NOW)


def _issuer_says(folder: Path) -> object:
    if not _made(folder):
        return None
    with Issuer.open(folder / "file", PASSWORD) as issuer:
        return issuer.issued()


def _arbiter(folder: Path) -> None:
    Arbiter.create(folder / "file", PASSWORD, "Ada", cost=_LIGHT).close()


def _committed(folder: Path) -> None:
    with Arbiter.open(folder / "file", PASSWORD) as arbiter:
        other = ArbiterCard.of_seeds("Bob", b"2" * 32, b"3" * 32)
        arbiter.commit(Roster(2, (arbiter.card, other)))


def _arbiter_says(folder: Path) -> object:
    if not _made(folder):
        return None
    with Vault.open(folder / "file", "arbiter", PASSWORD) as vault:
        return vault.check()


# --- the outbox ---------------------------------------------------------------------------------


def _outbox(folder: Path) -> None:
    Outbox(folder / "file").close()


def _old_outbox(folder: Path) -> None:
    database.create(folder / "file", _OLD_KINDS[1])


def _sent(folder: Path) -> None:
    with Outbox(folder / "file") as outbox:
        wanted = outbox.intend(*_ME, "a wish", 1, "{}")
        entry = outbox.add(*_ME, f"{wanted.idempotency_key}/pay", 0, _signed)
        outbox.count_send(entry.id)
        outbox.refuse(entry.id, "insufficient funds")
        outbox.replace(entry.id, b"more" * 400, "0x77")
        outbox.count_send(entry.id)
        outbox.finish(entry.id, "mined", block="0x01")
        outbox.finish(entry.id, "final", block="0x01")
        outbox.conclude(wanted.id, json.dumps({"result": {"paid": 1}}))
        outbox.forget(outbox.intend(*_ME, "another wish", 1, "{}"))


def _signed(nonce: int) -> tuple[bytes, str]:
    return bytes([nonce]) * 700, f"0x{nonce}"


def _outbox_says(folder: Path) -> object:
    if not _made(folder):
        return None
    with Outbox(folder / "file") as outbox:
        rows = [(e.hash, e.state, e.sends, e.refusal) for e in outbox.history(*_ME)]
        return rows, [(one.name, one.outcome) for one in outbox.intentions(*_ME)]


# --- other files --------------------------------------------------------------------------------


def _book(folder: Path) -> None:
    RequestBook.open(folder / "file").close()


def _kept(folder: Path) -> None:
    with RequestBook.open(folder / "file") as book:
        for number in range(3):
            book.new(
                verifier="a lender", purpose=f"a bicycle {number}", policy=Policy(min_score=600),
                scope=5, registry_root=6, valid_for=600, now=NOW,
            )  # fmt: skip


def _book_says(folder: Path) -> object:
    if not _made(folder):
        return None
    with RequestBook.open(folder / "file") as book:
        return [one.purpose for one in book.open_requests(now=NOW)]


def _keystore(folder: Path) -> None:
    save_keystore(Signer(b"\x01" * 32), folder / "file", PASSWORD, light=True)


def _keystore_says(folder: Path) -> object:
    return load_keystore(folder / "file", PASSWORD).address if _made(folder) else None


def _document(folder: Path) -> None:
    (folder / "file").write_bytes(_TEXT[0])


def _replaced(folder: Path) -> None:
    write_atomic(folder / "file", _TEXT[1])


def _document_says(folder: Path) -> object:
    found = (folder / "file").read_bytes()
    assert found in _TEXT, "neither the old document nor the new one"
    return found == _TEXT[1]


def _two_documents(folder: Path) -> None:
    for name in ("proof", "inputs"):
        (folder / name).write_bytes(_TEXT[0])


def _two_replaced(folder: Path) -> None:
    # as `groth16 prove` does
    write_together([(folder / "proof", _TEXT[1]), (folder / "inputs", _TEXT[1])])


def _two_say(folder: Path) -> object:
    paths = [folder / name for name in ("proof", "inputs")]
    said = [path.read_bytes() if path.exists() else None for path in paths]
    assert not {0, 1} <= set(map(_index, said)), "an old half beside a new one"
    return [_index(one) for one in said]


def _index(found: bytes | None) -> int | None:
    return None if found is None else _TEXT.index(found)


WRITINGS: Final[dict[str, Writing]] = {
    "wallet created": Writing(_nothing, _wallet, _wallet_says, creates=True),
    "credential received": Writing(_wallet, _received, _wallet_says),
    "issuer created": Writing(_nothing, _issuer, _issuer_says, creates=True),
    "arbiter created": Writing(_nothing, _arbiter, _arbiter_says, creates=True),
    "vault created": Writing(_nothing, _vault, _vault_says, creates=True),
    "outbox created": Writing(_nothing, _outbox, _outbox_says, creates=True),
    "book created": Writing(_nothing, _book, _book_says, creates=True),
    "keystore created": Writing(_nothing, _keystore, _keystore_says, creates=True),
    "vault written": Writing(_vault, _put, _vault_says),
    "vault shortened": Writing(_vault, _removed, _vault_says),
    "password changed": Writing(_vault, _relocked, _vault_says),
    "vault backed up": Writing(_vault, _backed_up, _vault_says),
    "credential issued": Writing(_issuer_with_two, _issued, _issuer_says),
    "list published": Writing(_issuer_with_two, _published, _issuer_says),
    "arbiter committed": Writing(_arbiter, _committed, _arbiter_says),
    "outbox written": Writing(_outbox, _sent, _outbox_says),
    "outbox migrated": Writing(_old_outbox, _outbox, _outbox_says),
    "book written": Writing(_book, _kept, _book_says),
    "document replaced": Writing(_document, _replaced, _document_says),
    "proof and inputs": Writing(_two_documents, _two_replaced, _two_say),
}
"""Everything that makes or changes a file of ours, in the ways that files of ours are written."""


def cut(name: str, seed: int, drawn: int = _DRAWN) -> dict[str, int]:
    """Do one writing, and open every disk that a failing power allows.

    Raises:
        AssertionError: if one does not open, or says what no killed process leaves.
    """
    writing, dice = WRITINGS[name], random.Random(f"{name} {seed}")
    counts: Counter[str] = Counter()
    with TemporaryDirectory() as place, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folder, work = Path(place) / "folder", Path(place) / "work"
        folder.mkdir()
        work.mkdir()
        writing.before(folder)
        made = record(folder, lambda: writing.act(folder))
        assert made.code == 0, f"{name} fails by itself"
        assert len(made.ops) > 2, f"{name} writes nothing"
        killed: set[str] = set()
        found: list[tuple[str, dict[str, bytes]]] = []
        for by_kill, disk in disks(made, dice, drawn):
            lay_out(disk, work)
            try:
                said = repr(writing.look(work))
                if by_kill and writing.creates and said == "None":
                    writing.act(work)
                    assert repr(writing.look(work)) != "None"
            except Exception as error:
                sizes = {one: len(content) for one, content in disk.items()}
                raise AssertionError(f"{name}: {error!r} with files of {sizes}") from error
            counts.update({"disks": 1, "after a kill": by_kill})
            if by_kill:
                killed.add(said)
            else:
                found.append((said, disk))
        strange = [said for said, _ in found if said not in killed]
        assert not strange, f"{name}: {strange[0]} is what no killed process leaves"
        shutil.rmtree(work)
    return dict(counts) | {name: counts["disks"]}


def round_of(number: int) -> dict[str, int]:
    """Cut the power in every writing, with other disks each time."""
    counts: Counter[str] = Counter()
    for name in WRITINGS:
        counts.update(cut(name, number))
    return dict(counts)
