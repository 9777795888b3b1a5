"""An ERC-20 token, the money of a market. Amounts are the token's base units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import InvalidInput, TransactionReverted
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.accounts import Signer
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["Permit", "TokenClient"]

_DOMAIN: Final = ("name", "version", "chainId", "verifyingContract")
_DOMAIN_TYPES: Final = ("string", "string", "uint256", "address")
_PERMIT: Final = (
    ("owner", "address"),
    ("spender", "address"),
    ("value", "uint256"),
    ("nonce", "uint256"),
    ("deadline", "uint256"),
)
_PLAIN: Final = 0b01111  # fields of an EIP-5267 domain: all but the salt


@dataclass(frozen=True, slots=True)
class Permit:
    """A signed permit of ERC-2612, by which anybody can record an allowance.

    Attributes:
        owner: who owns the tokens, an EIP-55 address.
        spender: who may take them.
        tokens: how many, base units.
        deadline: the last second at which the token accepts it, Unix seconds.
        signature: r, s and v, 65 bytes.
    """

    owner: str
    spender: str
    tokens: int
    deadline: int
    signature: bytes


class TokenClient(ContractClient):
    """Any ERC-20 token; ``mint`` works only on the test token."""

    contract = "TestToken"

    def symbol(self) -> str:
        """The token's short name."""
        return str(self._read("symbol"))

    def decimals(self) -> int:
        """Decimal places of one whole token, for display."""
        return int(self._read("decimals"))

    def total_supply(self) -> int:
        """Return the number of all base units."""
        return int(self._read("totalSupply"))

    def balance_of(self, holder: str) -> int:
        """Return the base units of ``holder``."""
        return int(self._read("balanceOf", checksum(holder)))

    def balances_of(self, holders: Sequence[str]) -> list[int]:
        """Return the base units of several holders, read in few requests."""
        return [int(units) for units in self._read_all("balanceOf", [checksum(h) for h in holders])]

    def allowance(self, owner: str, spender: str) -> int:
        """Return the base units of ``owner`` that ``spender`` may still take."""
        return int(self._read("allowance", checksum(owner), checksum(spender)))

    def approve(
        self,
        spender: str,
        tokens: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Allow ``spender`` (a market) to take up to ``tokens`` from the sender."""
        return self._send(
            by, "approve", checksum(spender), _amount(tokens), idempotency_key=idempotency_key
        )

    def transfer(
        self, to: str, tokens: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Transfer tokens of the sender."""
        return self._send(
            by, "transfer", checksum(to), _amount(tokens), idempotency_key=idempotency_key
        )

    def mint(
        self, to: str, tokens: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Mint tokens, which the test token allows to anybody."""
        return self._send(
            by, "mint", checksum(to), _amount(tokens), idempotency_key=idempotency_key
        )

    def sign_permit(self, spender: str, tokens: int, *, by: Signer, deadline: int) -> Permit:
        """Sign that ``spender`` may take exactly ``tokens`` from the signer. This sends nothing.

        Args:
            spender: who may take them, for example a relay.
            tokens: base units.
            by: the owner's key.
            deadline: the last second at which the token accepts the permit, Unix seconds.

        Raises:
            InvalidInput: if the token does not know permits of ERC-2612 and EIP-5267.
            OutOfRange: if a number is outside its range.
        """
        message = {
            "owner": by.address,
            "spender": checksum(spender),
            "value": _amount(tokens),
            "nonce": self._permits(by.address),
            "deadline": require_uint("deadline", deadline, TIME_BITS),
        }
        kinds = zip(_DOMAIN, _DOMAIN_TYPES, strict=True)
        signature = by.sign_typed_data(
            {
                "types": {
                    "EIP712Domain": [{"name": name, "type": kind} for name, kind in kinds],
                    "Permit": [{"name": name, "type": kind} for name, kind in _PERMIT],
                },
                "primaryType": "Permit",
                "domain": self._domain(),
                "message": message,
            }
        )
        return Permit(by.address, checksum(spender), tokens, deadline, signature)

    def _permits(self, owner: str) -> int:
        try:
            return int(self._read("nonces", checksum(owner)))
        except TransactionReverted as error:
            raise InvalidInput(f"the token {self.address} does not know permits") from error

    def _domain(self) -> dict[str, object]:
        members, name, version, chain, contract, _, _ = self._read("eip712Domain")
        if members[0] != _PLAIN or (chain, contract) != (self.node.chain_id, self.address):
            raise InvalidInput(f"the token {self.address} signs permits in an unknown domain")
        return dict(zip(_DOMAIN, (name, version, chain, contract), strict=True))


def _amount(tokens: int) -> int:
    return require_uint("tokens", tokens, 256)
