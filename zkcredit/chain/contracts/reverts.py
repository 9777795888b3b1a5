"""The reasons of contracts that refuse: revert data, decoded by the ABI's typed errors.

Contracts pass on errors of other contracts (for example the market those of the verifier or of a
token). So one table decodes them all: the errors of all our contracts, the usual ones of
OpenZeppelin, and the two that the compiler makes.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zkcredit.chain.contracts.abi import canonical_type, signature_hash
from zkcredit.chain.contracts.artifacts import all_artifacts
from zkcredit.errors import TransactionReverted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["decode_revert", "revert_from"]

_PANICS = {
    0x00: "a compiler-inserted panic",
    0x01: "a failed assertion",
    0x11: "an arithmetic overflow or underflow",
    0x12: "a division by zero",
    0x21: "a value that is not a member of its enum",
    0x22: "a badly encoded storage array",
    0x31: "pop on an empty array",
    0x32: "an array index out of bounds",
    0x41: "too large an allocation",
    0x51: "a call to an uninitialised internal function",
}

# Errors of tokens and libraries that our own ABIs do not contain; names and types are those of
# OpenZeppelin Contracts 5 (draft-IERC6093.sol, SafeERC20.sol, Ownable.sol, AccessControl.sol).
_OPENZEPPELIN = (
    "AccessControlBadConfirmation()",
    "AccessControlUnauthorizedAccount(address account,bytes32 neededRole)",
    "AddressEmptyCode(address target)",
    "ECDSAInvalidSignature()",
    "ERC20InsufficientAllowance(address spender,uint256 allowance,uint256 needed)",
    "ERC20InsufficientBalance(address sender,uint256 balance,uint256 needed)",
    "ERC20InvalidApprover(address approver)",
    "ERC20InvalidReceiver(address receiver)",
    "ERC20InvalidSender(address sender)",
    "ERC20InvalidSpender(address spender)",
    "EnforcedPause()",
    "ExpectedPause()",
    "FailedCall()",
    "InsufficientBalance(uint256 balance,uint256 needed)",
    "OwnableInvalidOwner(address owner)",
    "OwnableUnauthorizedAccount(address account)",
    "ReentrancyGuardReentrantCall()",
    "SafeCastOverflowedUintDowncast(uint8 bits,uint256 value)",
    "SafeERC20FailedOperation(address token)",
)

_OTHER_CONTRACT = "check the address: it is not the contract that is needed there"

_ADVICE = {
    "AccessControlEnforcedDefaultAdminDelay": "the transfer can be accepted after this time (Unix "
    "seconds) and not before; if the time is 0, none was begun",
    "NotAContract": _OTHER_CONTRACT,
    "ProofTooOld": "the borrower renews the application with a new proof first",
    "RootWithdrawn": "the borrower renews the application with a new proof, or anybody cancels it",
    "RootNotFresh": "the registry is pending, too old or withdrawn; get the newest one and make a "
    "new request",
    "WrongKind": _OTHER_CONTRACT,
}
"""What to do after an error, for those that a user can get without a mistake of his own."""

_BUILT_IN = ("Error(string reason)", "Panic(uint256 code)")


def decode_revert(data: bytes) -> tuple[str, dict[str, object]]:
    """Return name and arguments of the error in ``data``; "" and {} if it is not known."""
    from eth_abi import decode
    from eth_abi.exceptions import DecodingError
    from eth_utils import to_checksum_address

    known = _error_table().get(data[:4])
    if known is None:
        return "", {}
    name, types, names = known
    try:
        values = decode(types, data[4:])
    except (DecodingError, OverflowError, UnicodeDecodeError):
        return "", {}
    shown = (
        to_checksum_address(value) if kind == "address" else value
        for kind, value in zip(types, values, strict=True)
    )
    return name, dict(zip(names, shown, strict=True))


def revert_from(data: Any, message: str) -> TransactionReverted:
    """Return the exception for a node's report; ``data`` is hexadecimal text, bytes or None."""
    raw = b""
    if isinstance(data, bytes | bytearray):
        raw = bytes(data)
    elif isinstance(data, str) and data.startswith("0x"):
        try:
            raw = bytes.fromhex(data[2:])
        except ValueError:
            raw = b""
    name, arguments = decode_revert(raw)
    if name == "Error":
        text = str(arguments["reason"])
    elif name == "Panic":
        code = int(str(arguments["code"]))
        text = _PANICS.get(code, f"panic {code:#x}")
    elif name:
        shown = ", ".join(f"{key}={_shown(value)}" for key, value in arguments.items())
        text = f"{name}({shown})"
        if name in _ADVICE:
            text += f": {_ADVICE[name]}"
    elif raw:
        text = f"undeclared error 0x{raw[:4].hex()}"
    else:
        text = f"no reason given ({message})" if message else "no reason given"
    return TransactionReverted(f"the contract refused: {text}", name, arguments)


def _shown(value: object) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


@cache
def _error_table() -> Mapping[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]]:
    table = {}
    for text in (*_OPENZEPPELIN, *_BUILT_IN):
        name, _, inside = text.rstrip(")").partition("(")
        pairs = [part.split(" ") for part in inside.split(",") if part]
        types = tuple(kind for kind, _ in pairs)
        table[signature_hash(name, types)[:4]] = (name, types, tuple(label for _, label in pairs))
    for artifact in all_artifacts():
        for entry in artifact.abi:
            if entry["type"] == "error":
                types = tuple(canonical_type(field) for field in entry["inputs"])
                labels = tuple(
                    field["name"] or str(place) for place, field in enumerate(entry["inputs"])
                )
                table[signature_hash(entry["name"], types)[:4]] = (entry["name"], types, labels)
    return table
