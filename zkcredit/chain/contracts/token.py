"""An ERC-20 token, the money of a market. Amounts are the token's base units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.nodes.node import checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["TokenClient"]


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


def _amount(tokens: int) -> int:
    return require_uint("tokens", tokens, 256)
