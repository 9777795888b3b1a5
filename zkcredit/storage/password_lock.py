"""Secrets in a file: a password opens a lock, the lock holds a random key, the key opens records.

The lock is a small JSON object like the one of the Web3 Secret Storage definition (scrypt,
RFC 7914), with three differences. Everything is authenticated, with AES-256-GCM (SP 800-38D)
instead of a MAC that leaves the IV out. The password encrypts a random data key, so a new password
does not need new records. A hash of half of scrypt's output and a checksum over the whole lock tell
a wrong password from a damaged file.

A lock comes from a file that somebody may have edited, so its costs are compared with
``MEMORY_LIMIT`` before anything is allocated.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from Crypto.Cipher import AES

from zkcredit._internal.checks import require_instance, require_int
from zkcredit._internal.text import marked, without_mark
from zkcredit.errors import DamagedFile, InvalidInput, OutOfMemory, OutOfRange, WrongPassword

__all__ = ["MEMORY_LIMIT", "DataKey", "KdfCost", "lock", "unlock"]

MEMORY_LIMIT: Final = 1 << 28
"""The most memory that a lock may demand for scrypt, in bytes (256 MiB)."""

_WORK_LIMIT: Final = 1 << 22  # N·r·p: four times the default
_FORMAT: Final = "zkcredit-lock/1"
_NONCE, _TAG, _SALT = 12, 16, 32


@dataclass(frozen=True, slots=True)
class KdfCost:
    """The cost of one guess of the password: scrypt's N = 2^log2_n, r and p (RFC 7914 §2).

    The default takes 128 MiB and about half a second.

    Raises:
        OutOfRange: if a parameter is above what a lock may demand.
    """

    log2_n: int = 17
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        for name, value, top in (("log2_n", self.log2_n, 21), ("r", self.r, 32), ("p", self.p, 16)):
            if not 1 <= require_int(name, value) <= top:
                raise OutOfRange(f"the key derivation's {name} must be 1 to {top}")
        if self.memory > MEMORY_LIMIT or (self.r * self.p) << self.log2_n > _WORK_LIMIT:
            raise OutOfRange("the key derivation demands more memory or work than is allowed")

    @property
    def memory(self) -> int:
        """The bytes that scrypt needs: 128·N·r and another 128·r·p."""
        return 128 * self.r * ((1 << self.log2_n) + self.p)

    @classmethod
    def light_unsafe(cls) -> KdfCost:
        """Return a cost at which a laptop makes a thousand guesses a second. For tests only."""
        return cls(log2_n=10)


class DataKey:
    """The key that encrypts records (AES-256-GCM, with a random 96-bit nonce for each).

    Random nonces are safe for about 2^32 records under one key. ``repr`` does not show the key,
    and pickling or copying it raises ``TypeError``.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "DataKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a DataKey cannot be pickled or copied")

    def encrypt(self, plaintext: bytes, name: str) -> bytes:
        """Encrypt a record; the result (nonce, ciphertext, tag) opens only under this ``name``."""
        return _encrypt(self._key, plaintext, name)

    def decrypt(self, box: bytes, name: str) -> bytes:
        """Decrypt what ``encrypt`` made.

        Raises:
            DamagedFile: if the record was changed, or encrypted under another name or key.
        """
        return _decrypt(self._key, box, name)

    def relock(self, password: str, cost: KdfCost | None = None) -> dict[str, object]:
        """Return a new lock on the same key, for a new password."""
        return _lock(self._key, password, cost)


def lock(password: str, cost: KdfCost | None = None) -> tuple[dict[str, object], DataKey]:
    """Make a new random data key and the lock that holds it.

    Args:
        password: text; it is normalised by Unicode NFKC, so that keyboards do not matter. A byte
            order mark that begins it is not a part of it.
        cost: the cost of one guess; ``KdfCost()`` if None.

    Raises:
        InvalidInput: if the password is empty or not text.
    """
    key = secrets.token_bytes(32)
    return _lock(key, password, cost), DataKey(key)


def unlock(lock_: object, password: str) -> DataKey:
    """Open a lock.

    Raises:
        WrongPassword: if the lock is intact and the password is wrong.
        DamagedFile: if the lock is corrupted, or demands too high a cost.
        InvalidInput: if the password is empty or not text.
    """
    fields = _parse(lock_)
    # The second: earlier versions took the byte order mark of a password's file for a part of it.
    for spelling in (without_mark(_required(password)), marked(password)):
        wrapping, check = _derive(spelling, fields.salt, fields.cost)
        if hmac.compare_digest(check, fields.check):
            return DataKey(_decrypt(wrapping, fields.wrapped, _FORMAT))
    raise WrongPassword("the password does not open this file")


@dataclass(frozen=True, slots=True)
class _Lock:
    cost: KdfCost
    salt: bytes
    check: bytes
    wrapped: bytes


def _lock(key: bytes, password: str, cost: KdfCost | None) -> dict[str, object]:
    cost = KdfCost() if cost is None else require_instance("the cost", cost, KdfCost)
    salt = secrets.token_bytes(_SALT)
    wrapping, check = _derive(without_mark(_required(password)), salt, cost)
    body: dict[str, object] = {
        "format": _FORMAT,
        "kdf": "scrypt",
        "log2_n": cost.log2_n,
        "r": cost.r,
        "p": cost.p,
        "salt": _text(salt),
        "check": _text(check),
        "key": _text(_encrypt(wrapping, key, _FORMAT)),
    }
    return {**body, "checksum": _checksum(body)}


def _parse(lock_: object) -> _Lock:
    if not isinstance(lock_, Mapping):
        raise DamagedFile("the lock is missing")
    body = {key: value for key, value in lock_.items() if key != "checksum"}
    names = {"format", "kdf", "log2_n", "r", "p", "salt", "check", "key"}
    try:
        intact = body.keys() == names and lock_.get("checksum") == _checksum(body)
    except (TypeError, ValueError):
        intact = False
    if not intact:
        raise DamagedFile("the lock is not intact; restore the file from a backup")
    if body["format"] != _FORMAT or body["kdf"] != "scrypt":
        raise DamagedFile("this version of zkcredit does not know the lock's kind")
    try:
        cost = KdfCost(body["log2_n"], body["r"], body["p"])
    except InvalidInput as error:
        raise DamagedFile(f"the lock is refused: {error}") from error
    salt, check, wrapped = (_bytes(body[name]) for name in ("salt", "check", "key"))
    if (len(salt), len(check), len(wrapped)) != (_SALT, 32, 32 + _NONCE + _TAG):
        raise DamagedFile("the lock is not intact; restore the file from a backup")
    return _Lock(cost, salt, check, wrapped)


def _required(password: str) -> str:
    if not isinstance(password, str) or not without_mark(password):
        raise InvalidInput("a password must not be empty")
    return password


def _derive(password: str, salt: bytes, cost: KdfCost) -> tuple[bytes, bytes]:
    try:
        secret = unicodedata.normalize("NFKC", password).encode()
        out = hashlib.scrypt(
            secret,
            salt=salt,
            n=1 << cost.log2_n,
            r=cost.r,
            p=cost.p,
            maxmem=cost.memory + (1 << 20),
            dklen=64,
        )
    except UnicodeEncodeError:
        raise InvalidInput("a password must be text that UTF-8 can encode") from None
    except (MemoryError, ValueError) as error:  # OpenSSL reports a failed allocation as ValueError
        needed = -(-cost.memory >> 20)
        raise OutOfMemory(f"the key derivation needs {needed} MiB of memory") from error
    # Only a hash of the second half is stored; it cannot help to find the first half.
    return out[:32], hashlib.sha256(out[32:]).digest()


def _encrypt(key: bytes, plaintext: bytes, name: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
    cipher.update(name.encode())
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return nonce + ciphertext + tag


def _decrypt(key: bytes, box: bytes, name: str) -> bytes:
    if not isinstance(box, bytes) or len(box) < _NONCE + _TAG:
        raise DamagedFile(f"the encrypted {name} is cut off; restore the file from a backup")
    cipher = AES.new(key, AES.MODE_GCM, nonce=box[:_NONCE], mac_len=_TAG)
    cipher.update(name.encode())
    try:
        plaintext: bytes = cipher.decrypt_and_verify(box[_NONCE:-_TAG], box[-_TAG:])
    except ValueError:
        raise DamagedFile(
            f"the encrypted {name} was changed; restore the file from a backup"
        ) from None
    return plaintext


def _checksum(body: Mapping[str, object]) -> str:
    text = json.dumps(dict(body), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(text, validate=True)  # type: ignore[arg-type]  # refused below
    except (TypeError, ValueError, binascii.Error):
        raise DamagedFile("the lock is not intact; restore the file from a backup") from None
