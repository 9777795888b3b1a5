"""Secrets at rest: a password opens a lock, the lock holds a random key, the key seals records.

The lock is a small JSON object in the manner of the Web3 Secret Storage definition (scrypt,
RFC 7914), with three differences. Everything is authenticated (AES-256-GCM, SP 800-38D, in place
of a MAC that leaves the IV out). The password wraps a random data key, so that changing it does
not rewrite what is sealed. A hash of half of scrypt's output and a checksum over the whole lock
tell a wrong password from a damaged file.

A lock comes from a file that somebody may have edited, so its costs are compared with
:data:`MEMORY_LIMIT` before anything is allocated.
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

from zkcredit._internal.checks import require_int
from zkcredit.errors import DamagedFile, InvalidInput, OutOfMemory, OutOfRange, WrongPassword

__all__ = ["MEMORY_LIMIT", "DataKey", "KdfCost", "lock", "unlock"]

MEMORY_LIMIT: Final = 1 << 28
"""Most memory, in bytes, that a lock may ask scrypt for (256 MiB)."""

_WORK_LIMIT: Final = 1 << 22  # N·r·p: four times the default
_FORMAT: Final = "zkcredit-lock/1"
_NONCE, _TAG, _SALT = 12, 16, 32


@dataclass(frozen=True, slots=True)
class KdfCost:
    """What one guess of the password costs: scrypt's N = 2^log2_n, r and p (RFC 7914 §2).

    The default takes 128 MiB and about half a second.

    Raises:
        OutOfRange: a parameter is outside what a lock may ask for.
    """

    log2_n: int = 17
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        """Cap the cost, by the parameters alone."""
        for name, value, top in (("log2_n", self.log2_n, 21), ("r", self.r, 32), ("p", self.p, 16)):
            if not 1 <= require_int(name, value) <= top:
                raise OutOfRange(f"the key derivation's {name} must be 1 to {top}")
        if self.memory > MEMORY_LIMIT or (self.r * self.p) << self.log2_n > _WORK_LIMIT:
            raise OutOfRange("the key derivation asks for more memory or work than is allowed")

    @property
    def memory(self) -> int:
        """Bytes that scrypt needs: 128·N·r, and 128·r·p beside it."""
        return 128 * self.r * ((1 << self.log2_n) + self.p)

    @classmethod
    def light_unsafe(cls) -> KdfCost:
        """A cost that a laptop guesses a thousand times a second. For tests only."""
        return cls(log2_n=10)


class DataKey:
    """The key that seals records (AES-256-GCM, a random 96-bit nonce for each).

    Random nonces are good for about 2^32 records under one key. ``repr`` shows nothing.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes from a lock."""
        self._key = key

    def __repr__(self) -> str:
        """Show nothing of the key."""
        return "DataKey(…)"

    def __reduce__(self) -> tuple[object, ...]:
        """Refuse to be pickled or copied into another process."""
        raise TypeError("a DataKey is not pickled")

    def seal(self, plaintext: bytes, name: str) -> bytes:
        """Encrypt; the result (nonce, ciphertext, tag) opens under the same ``name`` only."""
        return _seal(self._key, plaintext, name)

    def open(self, box: bytes, name: str) -> bytes:
        """Decrypt what :meth:`seal` made.

        Raises:
            DamagedFile: it was changed, or sealed under another name or key.
        """
        return _open(self._key, box, name)

    def relock(self, password: str, cost: KdfCost) -> dict[str, object]:
        """A new lock on the same key, for a new password."""
        return _lock(self._key, password, cost)


def lock(password: str, cost: KdfCost | None = None) -> tuple[dict[str, object], DataKey]:
    """Make a new random data key and the lock that holds it.

    Args:
        password: text; compared after Unicode NFKC, so that keyboards do not matter.
        cost: of one guess; the default where None.

    Raises:
        InvalidInput: the password is empty or no text.
    """
    key = secrets.token_bytes(32)
    return _lock(key, password, cost or KdfCost()), DataKey(key)


def unlock(lock_: object, password: str) -> DataKey:
    """Open a lock.

    Raises:
        WrongPassword: the lock is intact and the password another.
        DamagedFile: the lock is not intact, or asks for an excessive cost.
        InvalidInput: the password is empty or no text.
    """
    fields = _parse(lock_)
    wrapping, check = _derive(password, fields.salt, fields.cost)
    if not hmac.compare_digest(check, fields.check):
        raise WrongPassword("the password does not open this file")
    return DataKey(_open(wrapping, fields.wrapped, _FORMAT))


@dataclass(frozen=True, slots=True)
class _Lock:
    cost: KdfCost
    salt: bytes
    check: bytes
    wrapped: bytes


def _lock(key: bytes, password: str, cost: KdfCost) -> dict[str, object]:
    salt = secrets.token_bytes(_SALT)
    wrapping, check = _derive(password, salt, cost)
    body: dict[str, object] = {
        "format": _FORMAT,
        "kdf": "scrypt",
        "log2_n": cost.log2_n,
        "r": cost.r,
        "p": cost.p,
        "salt": _text(salt),
        "check": _text(check),
        "key": _text(_seal(wrapping, key, _FORMAT)),
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
        raise DamagedFile("the lock is of a kind that this version does not know")
    try:
        cost = KdfCost(body["log2_n"], body["r"], body["p"])
    except InvalidInput as error:
        raise DamagedFile(f"the lock is refused: {error}") from error
    salt, check, wrapped = (_bytes(body[name]) for name in ("salt", "check", "key"))
    if (len(salt), len(check), len(wrapped)) != (_SALT, 32, 32 + _NONCE + _TAG):
        raise DamagedFile("the lock is not intact; restore the file from a backup")
    return _Lock(cost, salt, check, wrapped)


def _derive(password: str, salt: bytes, cost: KdfCost) -> tuple[bytes, bytes]:
    if not isinstance(password, str) or not password:
        raise InvalidInput("a password must be text that is not empty")
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
        raise InvalidInput("a password must be text that UTF-8 can hold") from None
    except (MemoryError, ValueError) as error:  # OpenSSL reports a failed allocation as ValueError
        raise OutOfMemory("no memory for the key derivation") from error
    # The second half never leaves as it is: its hash cannot help to find the first.
    return out[:32], hashlib.sha256(out[32:]).digest()


def _seal(key: bytes, plaintext: bytes, name: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce, mac_len=_TAG)
    cipher.update(name.encode())
    ciphertext, tag = cipher.encrypt_and_digest(plaintext)
    return nonce + ciphertext + tag


def _open(key: bytes, box: bytes, name: str) -> bytes:
    if not isinstance(box, bytes) or len(box) < _NONCE + _TAG:
        raise DamagedFile(f"the sealed {name} is cut off")
    cipher = AES.new(key, AES.MODE_GCM, nonce=box[:_NONCE], mac_len=_TAG)
    cipher.update(name.encode())
    try:
        plaintext: bytes = cipher.decrypt_and_verify(box[_NONCE:-_TAG], box[-_TAG:])
    except ValueError:
        raise DamagedFile(f"the sealed {name} was changed") from None
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
