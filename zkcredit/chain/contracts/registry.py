"""The contract that stores the roots of the registry of issuers.

A posted root takes effect after a delay, in which a guardian can cancel it. See
``IIssuerRegistry.sol`` for what the contract guarantees.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from zkcredit._internal.checks import require_text, require_uint
from zkcredit._internal.evm import account_address
from zkcredit.chain.contracts.abi import abi_of
from zkcredit.chain.contracts.contract import AdministeredClient
from zkcredit.chain.contracts.events import RootPosted
from zkcredit.chain.nodes.node import LocalNode, checksum
from zkcredit.chain.sending.transactions import Call
from zkcredit.errors import InvalidInput
from zkcredit.groth16.deployable import LOCAL_CHAIN_IDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "DEFAULT_AGE",
    "DEFAULT_DELAY",
    "LEAST_PUBLIC_DELAY",
    "MAX_AGE",
    "MAX_DELAY",
    "IssuerRegistryClient",
    "RegistryRole",
    "RootRecord",
    "deploy_registry",
    "registry_times",
]

MAX_DELAY: Final = 86_400
"""The longest delay between a root's posting and its effect, seconds."""

DEFAULT_DELAY: Final = 3_600
"""The delay by default, except on local chains."""

LEAST_PUBLIC_DELAY: Final = 600
"""The shortest delay with which this library deploys to a chain that is not local."""

MAX_AGE: Final = 365 * 86_400
"""The most that the highest age of the current root may be, seconds."""

DEFAULT_AGE: Final = 30 * 86_400
"""The highest age of the current root by default, seconds, except on local chains."""

RegistryRole = Literal["registrar", "guardian"]
"""Who posts and renews roots, and who cancels, withdraws and bans them."""


@dataclass(frozen=True, slots=True)
class RootRecord:
    """What the registry knows about a root. Times are Unix seconds; None means never.

    If the root was posted several times, the times are the last ones.

    Attributes:
        effective_at: when it becomes or became the current root.
        replaced_at: when another root takes or took its place.
        confirmed_at: when it took effect, or was renewed last.
        withdrawn: whether a guardian withdrew or banned it.
    """

    effective_at: int | None
    replaced_at: int | None
    confirmed_at: int | None
    withdrawn: bool


class IssuerRegistryClient(AdministeredClient):
    """An ``IssuerRegistry`` contract."""

    contract = "IssuerRegistry"

    def delay(self) -> int:
        """Seconds between a root's posting and its effect."""
        return int(self._read("delay"))

    def max_current_age(self) -> int:
        """Seconds for which the current root is accepted after its effect or last renewal."""
        return int(self._read("maxCurrentAge"))

    def current_root(self) -> int:
        """Return the current root, even if it is too old to be accepted; 0 if there is none."""
        return int(self._read("currentRoot"))

    def pending_roots(self) -> tuple[int, ...]:
        """Return the roots that wait for their effect, in the order in which they take effect."""
        return tuple(self._read("pendingRoots"))

    def version(self) -> int:
        """Return the number of postings so far, those that were cancelled included."""
        return int(self._read("version"))

    def record(self, root: int) -> RootRecord:
        """Return the record of a root; all None and False if it was never posted or banned."""
        *times, withdrawn = self._read("rootRecord", _root(root))
        effective, replaced, confirmed = (time or None for time in times)
        return RootRecord(effective, replaced, confirmed, withdrawn)

    def is_fresh(self, root: int, max_age: int) -> bool:
        """Return whether a proof with this root is acceptable now.

        Args:
            root: the root that the proof names.
            max_age: seconds for which a replaced root is still acceptable.
        """
        return bool(self._read("isFresh", _root(root), require_uint("max_age", max_age, 256)))

    def refusal(self, root: int, max_age: int) -> str | None:
        """Return why a proof with this root is refused now, and what to do; None if it is not.

        Args:
            root: the root that a proof would name.
            max_age: seconds for which the gate still accepts a replaced root.
        """
        if self.is_fresh(root, max_age):
            return None
        record, now = self.record(root), self.node.now()
        if record.withdrawn:
            return (
                "this registry was withdrawn, as it is after an issuer's key was stolen: get the "
                "newest registry; if that does not have your credential's issuer, ask the issuer "
                "for a new credential"
            )
        if record.effective_at is None:
            return "the gate does not accept this registry root: it was never posted"
        if record.effective_at > now:
            return f"this registry takes effect on {_date(record.effective_at)}: wait until then"
        if root == self.current_root():
            return (
                "this registry is the current one, but too old to be accepted: its registrar must "
                "renew it or post a newer one"
            )
        return "the gate no longer accepts this registry root: get the newest registry"

    def latest_posting(self) -> RootPosted | None:
        """Return the newest posting, which may be pending; None before the first."""
        postings = self._postings()
        return postings[-1] if postings else None

    def posting_of(self, root: int) -> RootPosted | None:
        """Return the last posting of a root, with the tree's hash and address; None if never."""
        found = [posting for posting in self._postings() if posting.root == _root(root)]
        return found[-1] if found else None

    def usable_roots(self, max_age: int) -> tuple[int, ...]:
        """Return the roots that a gate accepts now and the pending ones, the newest first.

        These are the roots to withdraw if one of their issuers' keys was stolen.

        Args:
            max_age: seconds for which the gate still accepts a replaced root.
        """
        pending = set(self.pending_roots())
        newest_first = dict.fromkeys(posting.root for posting in reversed(self._postings()))
        return tuple(
            root for root in newest_first if root in pending or self.is_fresh(root, max_age)
        )

    def post(
        self,
        root: int,
        data_hash: bytes,
        uri: str,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Post ``root``, which becomes the current root after the delay. Registrar only.

        Args:
            root: Poseidon root of the issuer tree.
            data_hash: keccak256 of the published tree data, 32 bytes.
            uri: where to download the tree data, at most 256 characters.
            by: the registrar.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            TransactionReverted: if the contract answers with RootInvalid, RootUnchanged,
                RootIsPending, RootIsWithdrawn or TooManyPending, or the sender is not a registrar.
        """
        arguments = _posted(root, data_hash, uri)
        return self._act(by, "post", *arguments, idempotency_key=idempotency_key)

    def post_after_removal(
        self,
        root: int,
        data_hash: bytes,
        uri: str,
        *,
        clean: int | None = None,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Like ``post``, for a registry from which issuers were removed. Registrar only.

        If this root or a later one is withdrawn, no root from before this one becomes current
        again, except ``clean``.

        Args:
            root, data_hash, uri, by, idempotency_key: see ``post``.
            clean: the newest root in effect that has none of the removed issuers; None if there is
                none.

        Raises:
            TransactionReverted: if ``post`` raises it, or the contract answers with RootUnknown
                because ``clean`` has not taken effect.
        """
        arguments = (*_posted(root, data_hash, uri), 0 if clean is None else _root(clean))
        return self._act(by, "postAfterRemoval", *arguments, idempotency_key=idempotency_key)

    def renew(
        self, root: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """State that the current root still holds, so that its age starts again. Registrar only.

        Raises:
            TransactionReverted: if the contract answers with RootNotCurrent, or the sender is not a
                registrar.
        """
        return self._act(by, "renew", _root(root), idempotency_key=idempotency_key)

    def cancel_root(
        self, root: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Remove a pending root; it may be posted again. Guardian only.

        Raises:
            TransactionReverted: if the contract answers with RootNotPending, or the sender is not a
                guardian.
        """
        return self._act(by, "cancelRoot", _root(root), idempotency_key=idempotency_key)

    def withdraw_roots(
        self,
        roots: Iterable[int],
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Refuse roots from now on and for good. Guardian only.

        A pending one never takes effect. If the current one is among them, the newest root in
        effect that is neither withdrawn nor barred by ``post_after_removal`` is current, or none.

        Args:
            roots: roots that were posted, at most 64; those that are withdrawn already are passed
                over.
            by: the guardian.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if there are no roots, or too many.
            TransactionReverted: if the contract answers with RootUnknown, and nothing was
                withdrawn; or the sender is not a guardian.
        """
        named = [_root(root) for root in roots]
        if not 1 <= len(named) <= _MOST_AT_ONCE:
            raise InvalidInput(f"withdraw 1 to {_MOST_AT_ONCE} roots at once")
        limit = _GAS["withdrawRoots"] + _GAS_PER_ROOT * len(named)
        return self._send(
            by, "withdrawRoots", named, idempotency_key=idempotency_key, gas_limit=limit
        )

    def ban_root(
        self, root: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Refuse a root that was not posted, so that it can never be. Guardian only.

        Raises:
            TransactionReverted: if the contract answers with RootInvalid, RootIsPosted or
                RootIsWithdrawn, or the sender is not a guardian.
        """
        return self._act(by, "banRoot", _root(root), idempotency_key=idempotency_key)

    def appoint(
        self,
        role: RegistryRole,
        account: str,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Give a role to an account. Admin only.

        Raises:
            InvalidInput: if the address is malformed or 0.
            TransactionReverted: if the sender is not the admin.
        """
        account_address("the account", account)
        return self._decide("grantRole", role, account, by, idempotency_key)

    def dismiss(
        self,
        role: RegistryRole,
        account: str,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Take a role from an account, for example if its key was stolen. Admin only."""
        return self._decide("revokeRole", role, account, by, idempotency_key)

    def _decide(
        self,
        function: str,
        role: RegistryRole,
        account: str,
        by: TransactionSender,
        idempotency_key: str | None,
    ) -> Receipt:
        if role not in _ROLES:
            raise InvalidInput(f"the role must be one of {', '.join(_ROLES)}")
        number = self._read(_ROLES[role])
        return self._act(by, function, number, checksum(account), idempotency_key=idempotency_key)

    def _act(
        self,
        by: TransactionSender,
        function: str,
        *arguments: Any,
        idempotency_key: str | None,
    ) -> Receipt:
        return self._send(
            by, function, *arguments, idempotency_key=idempotency_key, gas_limit=_GAS[function]
        )

    def _postings(self) -> list[RootPosted]:
        return [event for event in self.events() if isinstance(event, RootPosted)]


_ROLES: Final = {"registrar": "REGISTRAR_ROLE", "guardian": "GUARDIAN_ROLE"}
_MOST_AT_ONCE: Final = 64
# Most gas that each call may use. Those that walk the pending roots pay for 32 of them.
_GAS: Final = {
    "post": 330_000,
    "postAfterRemoval": 340_000,
    "renew": 160_000,
    "cancelRoot": 200_000,
    "withdrawRoots": 300_000,
    "banRoot": 80_000,
    "grantRole": 80_000,
    "revokeRole": 60_000,
}
_GAS_PER_ROOT: Final = 70_000
_DEPLOYMENT_GAS: Final = 2_600_000


def deploy_registry(
    node: Node,
    *,
    by: TransactionSender,
    admin: str | None = None,
    registrar: str | None = None,
    guardian: str | None = None,
    delay: int | None = None,
    max_current_age: int | None = None,
    idempotency_key: str | None = None,
) -> IssuerRegistryClient:
    """Create a registry without a root.

    Args:
        node: the chain.
        by: the account that pays; by default it also gets the roles.
        admin: grants the roles.
        registrar: posts and renews roots.
        guardian: cancels, withdraws and bans roots.
        delay, max_current_age: see ``registry_times``.
        idempotency_key: see ``TransactionSender.send``.

    Raises:
        InvalidInput: if ``registry_times`` raises it, or an address is malformed or 0.
    """
    times = registry_times(node, delay, max_current_age)
    named = {"admin": admin, "registrar": registrar, "guardian": guardian}
    holders = [
        account_address(f"the {role}", by.address if who is None else who)
        for role, who in named.items()
    ]
    data = abi_of("IssuerRegistry").encode_deployment(*holders, *times)
    call = Call(None, data, _DEPLOYMENT_GAS)
    receipt = by.send(call, idempotency_key=idempotency_key)
    if receipt.contract is None:
        raise InvalidInput("the receipt of the registry's creation does not name a contract")
    return IssuerRegistryClient(node, receipt.contract, since=receipt.block)


def registry_times(
    node: Node, delay: int | None = None, max_current_age: int | None = None
) -> tuple[int, int]:
    """Return the delay and the highest age of a registry, or refuse those that cannot serve.

    A guardian needs time to cancel a wrong root, so less than ten minutes is refused. A local chain
    is different: nobody else posts there, and its clock is moved by months at a time. So there a
    root takes effect at once by default, and the current one may be as old as the contract allows.

    Args:
        node: the chain. It is local if this process started it, or its id is a known local one.
        delay: seconds between a root's posting and its effect, at most a day; by default an hour,
            and 0 on a local chain.
        max_current_age: seconds for which the current root is accepted after its effect or last
            renewal, above the delay, at most 365 days; by default 30 days, and 365 days on a local
            chain.

    Raises:
        InvalidInput: if a time is out of its range.
    """
    local = isinstance(node, LocalNode) or node.chain_id in LOCAL_CHAIN_IDS
    least = 0 if local else LEAST_PUBLIC_DELAY
    if delay is None:
        delay = 0 if local else DEFAULT_DELAY
    if max_current_age is None:
        max_current_age = MAX_AGE if local else DEFAULT_AGE
    if not least <= require_uint("the registry's delay", delay, 64) <= MAX_DELAY:
        raise InvalidInput(
            f"the registry's delay must be {least} to {MAX_DELAY} seconds on chain {node.chain_id}"
        )
    if not delay < require_uint("max_current_age", max_current_age, 64) <= MAX_AGE:
        raise InvalidInput(
            f"max_current_age must be above the registry's delay of {delay} seconds, and at most "
            f"{MAX_AGE} (365 days)"
        )
    return delay, max_current_age


def _root(root: int) -> int:
    return require_uint("root", root, 256)


def _posted(root: int, data_hash: bytes, uri: str) -> tuple[int, bytes, str]:
    if not isinstance(data_hash, bytes) or len(data_hash) != 32:
        raise InvalidInput("data_hash must be 32 bytes")
    return _root(root), data_hash, require_text("uri", uri)


def _date(time: int) -> str:
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
