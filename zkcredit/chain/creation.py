"""Gas limits of contract creations, computed from the bytes and from what the constructor does.

Code costs gas by its length, so a table of figures would be wrong after the next change of a
contract. The limit is an upper bound: unused gas is not paid. Prices are those since EIP-3860; on
a chain with higher ones, a creation may fail, and nothing is lost but its gas.
"""

from __future__ import annotations

from typing import Final

__all__ = ["creation_gas", "opening_work", "verifier_work"]

_MARGIN: Final = 1.1
_TRANSACTION_CAP: Final = 1 << 24  # EIP-7825
_BASE: Final = 53_000  # of a transaction that creates a contract
_PER_BYTE_SENT: Final = 16 + 1  # calldata, and 2 for each word of creation code
_PER_BYTE_KEPT: Final = 200
_SETTINGS: Final = 400_000  # what any constructor does: roles, calls, the order of one point
_DATA_CONTRACT: Final = 40_000
_KEY_POINTS: Final = 190_000  # the pairing that shows the subgroup
_PER_INPUT: Final = 1_200
_PER_PAIR_OF_INPUTS: Final = 60
_PER_COMMITMENT: Final = 230_000
_PER_TERM: Final = 6_000  # of one arbiter's share: one commitment times a power of a small number
_PER_ARBITER: Final = 25_000  # 64 bytes kept, and what may be kept beside them


def creation_gas(sent: int, kept: int, work: int = 0) -> int:
    """Return the gas limit of a transaction that creates a contract.

    Args:
        sent: length of the creation code with the constructor's arguments, bytes.
        kept: length of the deployed code, bytes.
        work: gas that the constructor uses beyond what all of them do.
    """
    used = _BASE + _PER_BYTE_SENT * sent + _PER_BYTE_KEPT * kept + _SETTINGS + work
    return min(int(used * _MARGIN), _TRANSACTION_CAP)


def verifier_work(key: int) -> int:
    """Return the gas to check and to store a verification key.

    Args:
        key: length of the key in the contract's encoding, bytes.
    """
    inputs = key // 64
    checks = _KEY_POINTS + _PER_INPUT * inputs + _PER_PAIR_OF_INPUTS * inputs * inputs // 2
    return _DATA_CONTRACT + _PER_BYTE_KEPT * key + checks


def opening_work(threshold: int, size: int) -> int:
    """Return the gas to check and to store a group of arbiters.

    Args:
        threshold: how many arbiters open an escrow.
        size: number of arbiters.
    """
    checks = _PER_COMMITMENT * threshold + _PER_TERM * threshold * size
    return _DATA_CONTRACT + checks + _PER_ARBITER * size
