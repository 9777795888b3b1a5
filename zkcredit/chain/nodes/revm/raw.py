"""Read signed transactions: legacy ones, EIP-2930's and EIP-1559's."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from zkcredit._internal.evm import keccak256
from zkcredit.chain.nodes.revm.machine import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Sent", "read_transaction"]

_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # secp256k1's
_LEGACY_FIELDS: Final = 9
_FIELDS: Final = {1: 11, 2: 12}  # by type of the transaction
_NUMBERS: Final = {
    0: (0, 1, 2, 4, 6, 7, 8),
    1: (0, 1, 2, 3, 5, 8, 9, 10),
    2: (0, 1, 2, 3, 4, 6, 9, 10, 11),
}
"""By type, where the numbers stand."""
_PLACES: Final = {0: (0, 1, 1, 2, 3), 1: (1, 2, 2, 3, 4), 2: (1, 2, 3, 4, 5)}
"""By type, where nonce, tip, most, gas and ``to`` stand; value and data follow ``to``."""
_NONCE: Final = (1 << 64) - 1  # EIP-2681


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed transaction.

    Attributes:
        digest: its hash.
        raw: its bytes, as they were sent.
        kind: type by EIP-2718; 0 is a legacy transaction.
        chain_id: the chain that it was signed for; None if for any chain.
        sender: the account that signed it.
        nonce, gas, value, data: as in the transaction; gas is the limit.
        tip: the most wei for a unit of gas above the base fee.
        most: the most wei for a unit of gas.
        to: the account that it is sent to; None creates a contract.
        access: accounts and slots of the access list.
        signature: v or the parity, r and s.
    """

    digest: bytes
    raw: bytes
    kind: int
    chain_id: int | None
    sender: str
    nonce: int
    tip: int
    most: int
    gas: int
    to: str | None
    value: int
    data: bytes
    access: tuple[tuple[str, tuple[int, ...]], ...]
    signature: tuple[int, int, int]


def read_transaction(raw: bytes) -> Sent:
    """Read a signed transaction and recover its sender.

    Raises:
        Refusal: if it is malformed, of a type that Cancun does not have or that carries blobs, or
            its signature is invalid.
    """
    kind = raw[0] if raw and raw[0] < 0x80 else 0
    if raw and raw[0] < 0x80 and kind not in _FIELDS:
        raise Refusal(f"transaction type {kind} is not supported")
    fields = _decoded(raw[1:] if kind else raw)
    if len(fields) != _FIELDS.get(kind, _LEGACY_FIELDS):
        raise Refusal("malformed transaction: a wrong number of fields")
    numbers = {
        0: (0, 1, 2, 4, 6, 7, 8),
        1: (0, 1, 2, 3, 5, 8, 9, 10),
        2: (0, 1, 2, 3, 4, 6, 9, 10, 11),
    }
    found = {place: _number(fields[place]) for place in numbers[kind]}
    nonce, tip, most, gas, to = _PLACES[kind]
    chain_id: int | None
    if kind:
        chain_id, signed = found[0], bytes([kind]) + _encoded(fields[:-3])
        parity = found[len(fields) - 3]
    else:
        chain_id, signed, parity = _legacy(fields, found[6])
    r, s = found[len(fields) - 2], found[len(fields) - 1]
    if found[nonce] >= _NONCE:
        raise Refusal("nonce is too high")
    return Sent(
        keccak256(raw),
        raw,
        kind,
        chain_id,
        _signer(keccak256(signed), parity, r, s),
        found[nonce],
        found[tip],
        found[most],
        found[gas],
        _address(fields[to]) if fields[to] != b"" else None,
        found[to + 1],
        _bytes(fields[to + 2]),
        _access(fields[8 if kind == 2 else 7]) if kind else (),
        (found[len(fields) - 3], r, s),
    )


def _legacy(fields: Sequence[Any], v: int) -> tuple[int | None, bytes, int]:
    """Return chain id, signed bytes and parity of a legacy transaction (EIP-155)."""
    if v in {27, 28}:
        return None, _encoded(fields[:6]), v - 27
    if v < 35:
        raise Refusal("invalid signature")
    chain_id = (v - 35) // 2
    return chain_id, _encoded([*fields[:6], _minimal(chain_id), b"", b""]), (v - 35) % 2


def _signer(digest: bytes, parity: int, r: int, s: int) -> str:
    from eth_keys import KeyAPI
    from eth_keys.exceptions import BadSignature, ValidationError

    if parity not in {0, 1} or not 0 < r < _ORDER or not 0 < s <= _ORDER // 2:
        raise Refusal("invalid signature")
    try:
        signature = KeyAPI.Signature(vrs=(parity, r, s))
        public = KeyAPI().ecdsa_recover(digest, signature)
    except (BadSignature, ValidationError):
        raise Refusal("invalid signature") from None
    return "0x" + public.to_canonical_address().hex()


def _access(field: Any) -> tuple[tuple[str, tuple[int, ...]], ...]:
    entries = []
    for entry in _listed(field):
        if len(_listed(entry)) != 2:
            raise Refusal("malformed transaction: an entry of the access list needs two parts")
        entries.append((_address(entry[0]), tuple(_slot(one) for one in _listed(entry[1]))))
    return tuple(entries)


def _listed(field: Any) -> Sequence[Any]:
    if isinstance(field, bytes):
        raise Refusal("malformed transaction: the access list")
    listed: Sequence[Any] = field
    return listed


def _slot(field: Any) -> int:
    if not isinstance(field, bytes) or len(field) != 32:
        raise Refusal("malformed transaction: a storage slot must have 32 bytes")
    return int.from_bytes(field, "big")


def _address(field: Any) -> str:
    if not isinstance(field, bytes) or len(field) != 20:
        raise Refusal("malformed transaction: an address must have 20 bytes")
    return "0x" + field.hex()


def _bytes(field: Any) -> bytes:
    if not isinstance(field, bytes):
        raise Refusal("malformed transaction: the data is a list")
    return field


def _number(field: Any) -> int:
    if not isinstance(field, bytes) or field[:1] == b"\0" or len(field) > 32:
        raise Refusal("malformed transaction: a number is not written as RLP writes it")
    return int.from_bytes(field, "big")


def _minimal(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _decoded(raw: bytes) -> Sequence[Any]:
    rlp: Any = import_module("rlp")  # eth-account's; it has no types
    try:
        fields = rlp.decode(raw)
    except rlp.exceptions.DecodingError:
        raise Refusal("malformed transaction: not RLP") from None
    if isinstance(fields, bytes):
        raise Refusal("malformed transaction: not a list")
    listed: Sequence[Any] = fields
    return listed


def _encoded(fields: Sequence[Any]) -> bytes:
    rlp: Any = import_module("rlp")
    return bytes(rlp.encode(list(fields)))
