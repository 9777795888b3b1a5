"""Web3 Secret Storage version 3: one account's private key in a password-protected JSON file.

geth, web3, ethers and most wallets read and write it. The format has weaknesses, which this module
handles:

- the MAC covers the ciphertext only, not the IV: a damaged IV opens to *another* key without an
  error. The address is derived again from the opened key and must be the file's;
- the file names the cost of its own key derivation, so a hostile file could ask for terabytes or
  years. The cost is limited before anything is allocated;
- a file without an address (the format allows it) cannot be checked, so the caller must say
  which address is expected;
- programs encode the same password differently: as it was typed, in NFC, or in NFKC as ethers
  does. All three are tried. A password in ASCII costs one derivation, as before.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from zkcredit._internal.files import PRIVATE, read_limited, write_atomic
from zkcredit._internal.json import parse
from zkcredit._internal.text import spellings, without_mark
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending.accounts import Signer
from zkcredit.errors import DamagedFile, InvalidInput, MalformedFile, OutOfMemory, WrongPassword

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_keystore", "save_keystore"]

_MOST_BYTES = 16_384
_MOST_MEMORY = 1 << 29  # bytes: twice what geth's standard scrypt needs (N = 2^18, r = 8)
_MOST_WORK = 1 << 22  # N·r·p of scrypt, and iterations of PBKDF2
_HEX = re.compile(r"([0-9a-fA-F]{2})*", re.ASCII)
_STANDARD_N = 1 << 18
_LIGHT_N = 1 << 12  # geth's --lightkdf


def save_keystore(
    signer: Signer, path: str | Path, password: str, *, light: bool = False, overwrite: bool = False
) -> None:
    """Write the account's key, encrypted, to ``path`` (mode 0600, atomically).

    Args:
        signer: the account.
        path: the file to write.
        password: as the user typed it; encoded as UTF-8, in Unicode's NFC.
        light: cheaper key derivation (N = 2^12 instead of 2^18), for test accounts.
        overwrite: replace an existing file; refused by default, as it may hold the only copy.

    Raises:
        InvalidInput: if the password is empty, or the path cannot be written or exists.
        OutOfMemory: if the machine has too little memory for the key derivation.
        MachineError: if the machine fails otherwise, for example because its disk is full.
    """
    from eth_keyfile import create_keyfile_json

    secret = unicodedata.normalize("NFC", without_mark(_required(password))).encode()
    cost = _LIGHT_N if light else _STANDARD_N
    try:
        content = create_keyfile_json(
            signer.private_key_unsafe(), secret, kdf="scrypt", iterations=cost
        )
    except (MemoryError, ValueError) as error:  # OpenSSL reports a failed allocation as ValueError
        needed = -(-_memory({"n": cost, "r": 8, "p": 1}) >> 20)
        raise OutOfMemory(
            f"the key derivation needs {needed} MiB of memory, and the machine has too little"
        ) from error
    text = json.dumps(content, indent=2).encode()
    write_atomic(path, text, mode=PRIVATE, overwrite=overwrite)


def load_keystore(
    path: str | Path, password: str, *, expected_address: str | None = None
) -> Signer:
    """Open the account in ``path``.

    Args:
        path: a version 3 keystore.
        password: as the user typed it.
        expected_address: the account that it must be; required if the file does not say.

    Raises:
        InvalidInput: if the file cannot be read, the password is empty, or the expected address is
            malformed.
        MalformedFile: if the file is not a version 3 keystore, or asks for too costly a key
            derivation.
        WrongPassword: if the password does not open it (or the file is damaged: the format cannot
            tell the two apart).
        DamagedFile: if the key belongs to another address than the file says.
        OutOfMemory: if the machine has too little memory for the key derivation; the message says
            how much it needs.
    """
    secrets = spellings(_required(password))
    expected = None if expected_address is None else checksum(expected_address)
    text = read_limited(path, _MOST_BYTES)
    content = parse(text, f"keystore {path}", _MOST_BYTES, fractions=True)
    crypto, stated = _checked(content)
    if stated is None and expected is None:
        raise InvalidInput(f"{path} does not name its account; pass expected_address")
    opened = (_opened(crypto, secret, path) for secret in secrets)
    key = next((key for key in opened if key is not None), None)
    if key is None:
        raise WrongPassword(f"the password does not open {path}")
    try:
        signer = Signer(key)
    except InvalidInput:
        raise DamagedFile(f"{path} contains something that is not a private key") from None
    if signer.address not in {stated or signer.address} or expected not in {None, signer.address}:
        raise DamagedFile(f"{path} contains the key of another account than stated")
    return signer


def _required(password: str) -> str:
    if not isinstance(password, str) or not without_mark(password):
        raise InvalidInput("the password is empty")
    spellings(password)  # refuses what UTF-8 cannot encode
    return password


def _opened(crypto: dict[str, Any], secret: bytes, path: str | Path) -> bytes | None:
    """Decrypt the key, and return None if the password is wrong."""
    from eth_keyfile import decode_keyfile_json

    try:
        return bytes(decode_keyfile_json({"version": 3, "crypto": crypto}, secret))
    except (MemoryError, ValueError) as error:
        if "MAC" in str(error):
            return None
        # pycryptodome reports a failed allocation as a ValueError with a number. The parameters
        # were checked before, so nothing else can fail inside scrypt.
        if isinstance(error, MemoryError) or "scrypt" in str(error):
            needed = _memory(crypto["kdfparams"]) if crypto["kdf"] == "scrypt" else 0
            raise OutOfMemory(
                f"the key derivation of {path} needs {-(-needed >> 20)} MiB of memory, and the "
                "machine has less; the file itself is intact as far as it was read"
            ) from None
        raise MalformedFile(f"{path} is not a usable keystore") from None
    except (TypeError, KeyError, RuntimeError):
        raise MalformedFile(f"{path} is not a usable keystore") from None


def _memory(parameters: dict[str, Any]) -> int:
    return int(128 * parameters["r"] * (parameters["n"] + parameters["p"]))


def _checked(content: Any) -> tuple[dict[str, Any], str | None]:
    """Check a parsed keystore of version 3; return its crypto part and its address, if stated."""
    if not isinstance(content, dict):
        raise MalformedFile("a keystore must be a JSON object")
    # ethers writes "Crypto". Two spellings in one file would make one field ambiguous.
    top = {name.lower(): value for name, value in content.items()}
    if len(top) != len(content):
        raise MalformedFile("a field of the keystore is given twice")
    if _field(top, "version", int) != 3:
        raise MalformedFile("the keystore must have version 3")
    crypto = _field(top, "crypto", dict)
    if _field(crypto, "cipher", str) != "aes-128-ctr":
        raise MalformedFile("the keystore's cipher is not aes-128-ctr")
    parts = {
        "cipher": "aes-128-ctr",
        "ciphertext": _hex(crypto, "ciphertext", 32),
        "mac": _hex(crypto, "mac", 32),
        "cipherparams": {"iv": _hex(_field(crypto, "cipherparams", dict), "iv", 16)},
        "kdf": _field(crypto, "kdf", str),
        "kdfparams": _checked_cost(_field(crypto, "kdf", str), _field(crypto, "kdfparams", dict)),
    }
    if top.get("address") is None:
        return parts, None
    address = _field(top, "address", str).lower().removeprefix("0x")
    try:
        return parts, checksum("0x" + address)
    except InvalidInput:
        raise MalformedFile("the keystore's address is not an address") from None


def _checked_cost(kdf: str, parameters: dict[str, Any]) -> dict[str, Any]:
    if _field(parameters, "dklen", int) != 32:
        raise MalformedFile("the keystore's derived key must have 32 bytes")
    common = {"dklen": 32, "salt": _hex(parameters, "salt", None)}
    if kdf == "scrypt":
        n, r, p = (_field(parameters, name, int) for name in ("n", "r", "p"))
        if n < 2 or n & (n - 1) or r < 1 or p < 1:
            raise MalformedFile("the keystore's scrypt parameters are invalid")
        if _memory(parameters) > _MOST_MEMORY or n * r * p > _MOST_WORK:
            raise MalformedFile("the keystore asks for too costly a key derivation")
        return common | {"n": n, "r": r, "p": p}
    if kdf == "pbkdf2":
        if _field(parameters, "prf", str) != "hmac-sha256":
            raise MalformedFile("the keystore's PBKDF2 must use HMAC-SHA-256")
        count = _field(parameters, "c", int)
        if not 1 <= count <= _MOST_WORK:
            raise MalformedFile("the keystore asks for too costly a key derivation")
        return common | {"c": count, "prf": "hmac-sha256"}
    raise MalformedFile("the keystore's key derivation is neither scrypt nor PBKDF2")


def _field(content: dict[str, Any], name: str, kind: type) -> Any:
    value = content.get(name)
    if type(value) is not kind:
        raise MalformedFile(f"the keystore's field {name!r} is missing or of the wrong type")
    return value


def _hex(content: dict[str, Any], name: str, size: int | None) -> str:
    text: str = _field(content, name, str).removeprefix("0x")
    # bytes.fromhex would also take spaces between the digits
    if not _HEX.fullmatch(text) or (size is not None and len(text) != 2 * size):
        length = "whole" if size is None else str(size)
        raise MalformedFile(f"the keystore's {name} is not {length} bytes in hexadecimal")
    return text
