"""The contract that stores the roots of the registry of issuers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkcredit._internal.checks import require_text, require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.contracts.events import RootPosted
from zkcredit.errors import InvalidInput

if TYPE_CHECKING:
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = ["IssuerRegistryClient", "RootRecord"]


@dataclass(frozen=True, slots=True)
class RootRecord:
    """What the registry knows about a root. Times are Unix seconds; None means never.

    Attributes:
        posted_at: when it last became the current root.
        replaced_at: when another root replaced it.
        withdrawn: whether it is refused at any age.
    """

    posted_at: int | None
    replaced_at: int | None
    withdrawn: bool


class IssuerRegistryClient(ContractClient):
    """An ``IssuerRegistry`` contract."""

    contract = "IssuerRegistry"

    def current_root(self) -> int:
        """Return the newest root; 0 before the first."""
        return int(self._read("currentRoot"))

    def version(self) -> int:
        """Return the number of postings so far."""
        return int(self._read("version"))

    def record(self, root: int) -> RootRecord:
        """Return the record of a root; all None and False if it was never posted."""
        posted, replaced, withdrawn = self._read("rootRecord", _root(root))
        return RootRecord(posted or None, replaced or None, withdrawn)

    def is_fresh(self, root: int, max_age: int) -> bool:
        """Return whether a proof with this root is acceptable now.

        Args:
            root: the root that the proof names.
            max_age: seconds for which a replaced root is still acceptable.
        """
        return bool(self._read("isFresh", _root(root), require_uint("max_age", max_age, 256)))

    def latest_posting(self) -> RootPosted | None:
        """Return the newest posting, with the tree's hash and address; None before the first."""
        postings = [event for event in self.events() if isinstance(event, RootPosted)]
        return postings[-1] if postings else None

    def post(
        self,
        root: int,
        data_hash: bytes,
        uri: str,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Make ``root`` the current root. Registrar only.

        Args:
            root: Poseidon root of the issuer tree.
            data_hash: keccak256 of the published tree data, 32 bytes.
            uri: where to download the tree data, at most 256 characters.
            by: the registrar.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with RootInvalid, RootUnchanged or
                RootIsWithdrawn, or the sender is not a registrar.
        """
        if not isinstance(data_hash, bytes) or len(data_hash) != 32:
            raise InvalidInput("data_hash must be 32 bytes")
        text = require_text("uri", uri)
        return self._send(by, "post", _root(root), data_hash, text, idempotency_key=idempotency_key)

    def withdraw_root(
        self, root: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Refuse ``root`` from now on, for example if it was posted in error. Admin only."""
        return self._send(by, "withdrawRoot", _root(root), idempotency_key=idempotency_key)


def _root(root: int) -> int:
    return require_uint("root", root, 256)
