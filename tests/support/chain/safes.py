"""A Safe of Safe{Wallet}, from its published artifacts: an account of which several owners sign."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from web3 import Web3

from zkcredit.chain.sending.transactions import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["Safe"]

_ARTIFACTS: Final = (
    Path(__file__).parents[1]
    / "safe/node_modules/@safe-global/safe-contracts/build/artifacts/contracts"
)
_NOBODY: Final = "0x" + "00" * 20
_MEMBERS: Final = (
    ("to", "address"), ("value", "uint256"), ("data", "bytes"), ("operation", "uint8"),
    ("safeTxGas", "uint256"), ("baseGas", "uint256"), ("gasPrice", "uint256"),
    ("gasToken", "address"), ("refundReceiver", "address"), ("nonce", "uint256"),
)  # fmt: skip


class Safe:
    """A Safe 1.4.1 behind a proxy, with the handler that answers ERC-1271.

    Attributes:
        address: where it is.
    """

    def __init__(
        self,
        by: TransactionSender,
        owners: Sequence[Signer],
        threshold: int,
        others: Sequence[Signer] = (),
    ) -> None:
        """Deploy it.

        Args:
            by: who pays for gas, here and later.
            owners: who owns it.
            threshold: how many of them must sign.
            others: people who sign as well, and whose signatures must not count.
        """
        self.by = by
        self._people = (*owners, *others)
        self._abi = Web3().eth.contract(abi=_read("Safe.sol/Safe.json")["abi"])
        single = self._created("Safe.sol/Safe.json", 6_000_000)
        handler = self._created(
            "handler/CompatibilityFallbackHandler.sol/CompatibilityFallbackHandler.json", 2_000_000
        )
        place = bytes.fromhex(single[2:]).rjust(32, b"\0")
        self.address = self._created("proxies/SafeProxy.sol/SafeProxy.json", 300_000, place)
        named = [one.address for one in owners]
        arguments = (named, threshold, _NOBODY, b"", handler, _NOBODY, 0, _NOBODY)
        self._send(self._abi.encode_abi("setup", arguments))

    def nonce(self) -> int:
        """The number of its next transaction."""
        found = self.by.node.call(self.address, bytes.fromhex(self._abi.encode_abi("nonce")[2:]))
        return int.from_bytes(found)

    def act(self, to: str, data: bytes, who: str, **changed: Any) -> Receipt:
        """Let the Safe call a contract, signed by the people with these digits.

        Args:
            to: the contract.
            data: the calldata.
            who: a digit for each person that signs.
            changed: what differs: ``nonce`` or ``chain_id`` of what they sign, or ``reversed`` for
                the order of the signatures.
        """
        signatures = self.signatures(to, data, who, **changed)
        call = (to, 0, data, 0, 0, 0, 0, _NOBODY, _NOBODY, signatures)
        return self._send(self._abi.encode_abi("execTransaction", call))

    def signatures(self, to: str, data: bytes, who: str, **changed: Any) -> bytes:
        """Return signatures in the order of the signers' addresses, as the Safe wants them."""
        message = {
            "types": {
                "EIP712Domain": [
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"},
                ],
                "SafeTx": [{"name": name, "type": kind} for name, kind in _MEMBERS],
            },
            "primaryType": "SafeTx",
            "domain": {
                "chainId": changed.get("chain_id", self.by.node.chain_id),
                "verifyingContract": self.address,
            },
            "message": {
                "to": to, "value": 0, "data": data, "operation": 0, "safeTxGas": 0, "baseGas": 0,
                "gasPrice": 0, "gasToken": _NOBODY, "refundReceiver": _NOBODY,
                "nonce": changed.get("nonce", self.nonce()),
            },
        }  # fmt: skip
        signers = sorted(
            (self._people[int(digit)] for digit in who),
            key=lambda one: int(one.address, 16),
            reverse=changed.get("reversed", False),
        )
        return b"".join(one.sign_typed_data(message) for one in signers)

    def _send(self, data: str) -> Receipt:
        return self.by.send(Call(self.address, bytes.fromhex(data[2:]), 2_000_000))

    def _created(self, name: str, gas: int, arguments: bytes = b"") -> str:
        code = bytes.fromhex(_read(name)["bytecode"][2:]) + arguments
        found = self.by.send(Call(None, code, gas)).contract
        assert found is not None
        return str(found)


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((_ARTIFACTS / name).read_text())
    return found
