"""Deployment of the whole system, and the file with the addresses of its contracts."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

from zkcredit._internal.checks import require_instance
from zkcredit._internal.evm import checksum_address
from zkcredit._internal.files import read_limited, write_atomic
from zkcredit._internal.json import parse
from zkcredit._internal.refused.file_errors import in_file
from zkcredit._internal.refused.kinds import but_this_is
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.contracts.gates import EligibilityGateClient, LedgerGateClient
from zkcredit.chain.contracts.ledger import deploy_ledger
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.contracts.registry import deploy_registry, registry_times
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier
from zkcredit.chain.deploying import deploy_test_token
from zkcredit.chain.deployment import StoodFor, _read, _without_words
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending.transactions import step
from zkcredit.errors import ChainError, InvalidInput, MalformedFile, NodeUnavailable
from zkcredit.gadgets.babyjub import Point
from zkcredit.groth16.deployable import require_deployable

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.contracts.gates import GateClient
    from zkcredit.chain.contracts.ledger import CreditLedgerClient
    from zkcredit.chain.contracts.registry import IssuerRegistryClient
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.ceremony.verified import Endorsement
    from zkcredit.groth16.keys import VerifyingKey

__all__ = [
    "Deployment",
    "DeploymentOptions",
    "LedgerDeployment",
    "StoodFor",
    "System",
    "deploy_around",
    "deploy_ledger_beside",
    "deploy_ledger_system",
    "deploy_system",
    "deploy_test_token",
]

_FORMAT: Final = "zkcredit-deployment/1"
_MOST_BYTES: Final = 16_384
_DAY: Final = 86_400
_MAX_CLOCK_AGE: Final = 900
_NUMBERS: Final = ("chain_id", "block")
_HASH: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class LedgerDeployment:
    """The addresses of one credit ledger, and of the market whose gate asks for proofs about it.

    Attributes:
        block: block of the ledger's creation; it has no earlier events.
        ledger, verifier, gate, market: EIP-55 addresses.
        stood_for: who vouches for the verifier's key; None on a local chain.
        entry_stood_for: who vouches for the key of the ledger's entries; None on a local chain.
    """

    block: int
    ledger: str
    verifier: str
    gate: str
    market: str
    stood_for: StoodFor | None = None
    entry_stood_for: StoodFor | None = None

    def members(self) -> dict[str, Any]:
        """Return the fields, as the members of a JSON object; without those that do not exist."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_members(cls, content: object) -> Self:
        """Read the result of ``members``.

        Raises:
            MalformedFile: if the content is something else.
        """
        content, words = _without_words(content, "stood_for", "entry_stood_for")
        return cls(**_read(content, _names(cls), "ledger"), **words)

    def open(self, node: Node, verifying_key: VerifyingKey | None = None) -> System:
        """Return the clients of the ledger and its market; see ``Deployment.open``."""
        return _open(self, node, verifying_key)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The addresses of one system.

    Attributes:
        chain_id: EIP-155 chain id.
        network: chain id and genesis hash, because an address is valid only on its own chain.
        block: block of the market's creation; it has no earlier events.
        verifier, registry, gate, market: EIP-55 addresses.
        ledger: the addresses of the credit ledger and its market, or None.
        stood_for: who vouches for the verifier's key; None on a local chain.
    """

    chain_id: int
    network: str
    block: int
    verifier: str
    registry: str
    gate: str
    market: str
    ledger: LedgerDeployment | None = None
    stood_for: StoodFor | None = None

    def to_json(self) -> str:
        """Return JSON text. It omits what does not exist, like older files."""
        content = {name: value for name, value in asdict(self).items() if value is not None}
        if self.ledger is not None:
            content["ledger"] = self.ledger.members()
        return json.dumps({"format": _FORMAT, **content}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the output of ``to_json``.

        Raises:
            MalformedFile: if the text is something else.
        """
        content = parse(text, "deployment file", 1 << 20)
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise MalformedFile(f"a deployment file must say {_FORMAT!r}{but_this_is(content)}")
        del content["format"]
        ledger = content.pop("ledger", None)
        found = None if ledger is None else LedgerDeployment.from_members(ledger)
        content, words = _without_words(content, "stood_for")
        return cls(**_read(content, _names(cls), "system"), ledger=found, **words)

    def save(self, path: str | Path) -> None:
        """Write to a file, atomically."""
        write_atomic(path, self.to_json().encode())

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read from a file.

        Raises:
            InvalidInput: if the file cannot be read.
            MalformedFile: if the file is something else.
        """
        data = read_limited(path, _MOST_BYTES)
        with in_file(path, data):
            return cls.from_json(data)

    def open(self, node: Node, verifying_key: VerifyingKey | None = None) -> System:
        """Return the clients of this system, after a check that its contracts belong together.

        Args:
            node: a node of the chain.
            verifying_key: the key that the verifier should have; not compared by default.

        Raises:
            NodeUnavailable: if the node belongs to another chain.
            InvalidInput: if an address has no contract.
            ChainError: if the contracts do not refer to each other, or another key is in use.
        """
        self._require_chain(node)
        return _open(self, node, verifying_key)

    def open_ledger(self, node: Node, verifying_key: VerifyingKey | None = None) -> System:
        """Return the clients of the ledger beside this system, and of its market; see ``open``.

        Raises:
            InvalidInput: if this deployment has no ledger, or ``open`` raises it.
            NodeUnavailable, ChainError: if ``open`` raises it.
        """
        if self.ledger is None:
            raise InvalidInput("this deployment has no credit ledger; deploy one beside it first")
        self._require_chain(node)
        return self.ledger.open(node, verifying_key)

    def _require_chain(self, node: Node) -> None:
        if node.network != self.network:
            raise NodeUnavailable(f"{node!r} is not on the chain of this deployment")


@dataclass(frozen=True, slots=True)
class System:
    """The clients of one deployment.

    Attributes:
        verifier: the verifier of the gate's statement.
        market: the market, which has the client of its gate.
    """

    verifier: VerifierClient
    market: LoanMarketClient

    @property
    def gate(self) -> GateClient:
        """The market's gate."""
        return self.market.gate

    @property
    def registry(self) -> IssuerRegistryClient:
        """The registry whose roots the gate accepts.

        Raises:
            InvalidInput: if the gate asks about a ledger, and has no registry.
        """
        return self.market.registry

    @property
    def ledger(self) -> CreditLedgerClient:
        """The ledger whose totals the gate asks about.

        Raises:
            InvalidInput: if the gate asks about a credential, and has no ledger.
        """
        return self.market.ledger


class DeploymentOptions(TypedDict, total=False):
    """The options of a deployment.

    Attributes:
        admin: grants roles; a multisig in production. The default of admin, operator, registrar
            and guardian is the account that pays.
        operator: allows tokens and can stop new loans.
        registrar: posts and renews registry roots.
        guardian: cancels, withdraws and bans registry roots; in production another account than
            the registrar's, with its key in another place.
        root_delay: seconds between a root's posting and its effect; an hour by default, and 0 on
            a local chain; see ``registry_times``.
        max_current_age: seconds for which the current root is accepted after its effect or last
            renewal; 30 days by default, and 365 days on a local chain.
        max_root_age: seconds for which a replaced registry root is still accepted; a day.
        max_clock_age: seconds by which a proof's "now" may lie behind the block's time; 900.
        idempotency_key: the beginning of every transaction's own key. With the same key and the
            same outbox, an interrupted deployment continues where it stopped.
        endorsement: the key's verified ceremony, and the contributions to it that the deployer
            vouches for, which the deployment records; only known local chains do not need it.
        entry_endorsement: the same for the key of a ledger's entries.
    """

    admin: str | None
    operator: str | None
    registrar: str | None
    guardian: str | None
    root_delay: int | None
    max_current_age: int | None
    max_root_age: int
    max_clock_age: int
    idempotency_key: str | None
    endorsement: Endorsement | None
    entry_endorsement: Endorsement | None


def deploy_system(
    node: Node,
    verifying_key: VerifyingKey,
    *,
    by: TransactionSender,
    arbiters: Point | None = None,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Deploy verifier, registry, gate and market.

    Args:
        node: the chain.
        verifying_key: the key of the gate's statement: ``eligibility`` or ``scored_eligibility``,
            or with arbiters ``escrow_eligibility``.
        by: the account that pays.
        arbiters: the key to which borrowers escrow their reference (``ArbiterGroup.key``). By
            default they escrow nothing.
        options: see ``DeploymentOptions``.

    Raises:
        UnsafeKey: if ``deploy_verifier`` raises it.
        InvalidInput: if ``registry_times`` raises it, or a role's holder is not an address.
        TransactionReverted: if the contract answers with VerifierUnsuitable, ArbitersInvalid.
        TransactionTimeout, NodeUnavailable, ChainError: if ``TransactionSender.send`` raises it.
    """
    key, endorsement = step(options.get("idempotency_key"), "verifier"), options.get("endorsement")
    # before anything is paid for
    registry_times(node, options.get("root_delay"), options.get("max_current_age"))
    _require_holders(options)
    verifier = deploy_verifier(
        node, verifying_key, by=by, endorsement=endorsement, idempotency_key=key
    )
    made = deploy_around(node, verifier.address, by=by, arbiters=arbiters, **options)
    return replace(made, stood_for=StoodFor.of(endorsement, checksum(by.address)))


def deploy_around(
    node: Node,
    verifier: str,
    *,
    by: TransactionSender,
    arbiters: Point | None = None,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Like ``deploy_system``, with the verifier that exists at an address."""
    registry = deploy_registry(
        node,
        by=by,
        admin=options.get("admin"),
        registrar=options.get("registrar"),
        guardian=options.get("guardian"),
        delay=options.get("root_delay"),
        max_current_age=options.get("max_current_age"),
        idempotency_key=step(options.get("idempotency_key"), "registry"),
    ).address
    kind, more = "EligibilityGate", []
    if arbiters is not None:
        kind, more = "EscrowGate", [tuple(require_instance("the arbiters' key", arbiters, Point))]
    ages = options.get("max_root_age", _DAY), options.get("max_clock_age", _MAX_CLOCK_AGE)
    gate, market, receipt = _deploy_market(
        kind, checksum(verifier), registry, *ages, *more, by=by, options=options
    )
    return Deployment(
        chain_id=node.chain_id,
        network=node.network,
        block=receipt.block,
        verifier=checksum(verifier),
        registry=registry,
        gate=gate,
        market=market,
    )


def deploy_ledger_system(
    node: Node,
    verifying_key: VerifyingKey,
    entry_key: VerifyingKey,
    *,
    currency: int,
    by: TransactionSender,
    epoch_length: int = _DAY,
    **options: Unpack[DeploymentOptions],
) -> LedgerDeployment:
    """Deploy a credit ledger, and verifier, gate and market for loans on it.

    The same deployment file names it and the other system (``Deployment.ledger``), because the
    borrowers of both are the same people.

    Args:
        node: the chain.
        verifying_key: the key of the ``ledger_eligibility`` statement, which borrowers prove.
        entry_key: the key of the ``ledger_entry`` statement, which issuers prove.
        currency: ISO 4217 number of the currency of all amounts.
        by: the account that pays.
        epoch_length: seconds, see ``deploy_ledger``.
        options: see ``DeploymentOptions``. A ledger has no registry; its admin names the issuers.

    Raises:
        UnsafeKey: if ``deploy_verifier`` raises it.
        InvalidInput: if a role's holder is not an address.
        TransactionReverted: if the contract answers with EpochLengthInvalid, VerifierUnsuitable.
        TransactionTimeout, NodeUnavailable, ChainError: if ``TransactionSender.send`` raises it.
    """
    key, endorsement = options.get("idempotency_key"), options.get("endorsement")
    entries = options.get("entry_endorsement")
    # before anything is paid for
    _require_holders(options)
    for one, vouched in ((verifying_key, endorsement), (entry_key, entries)):
        require_deployable(one, node.chain_id, vouched)
    ledger = deploy_ledger(
        node,
        entry_key,
        currency=currency,
        by=by,
        admin=options.get("admin"),
        epoch_length=epoch_length,
        endorsement=entries,
        idempotency_key=step(key, "ledger"),
    )
    verifier = deploy_verifier(
        node,
        verifying_key,
        by=by,
        endorsement=endorsement,
        idempotency_key=step(key, "verifier"),
    )
    age = options.get("max_clock_age", _MAX_CLOCK_AGE)
    gate, market, _ = _deploy_market(
        "LedgerGate", verifier.address, ledger.address, age, by=by, options=options
    )
    return LedgerDeployment(
        block=ledger.since,
        ledger=ledger.address,
        verifier=verifier.address,
        gate=gate,
        market=market,
        stood_for=StoodFor.of(endorsement, checksum(by.address)),
        entry_stood_for=StoodFor.of(entries, checksum(by.address)),
    )


def deploy_ledger_beside(
    deployment: Deployment,
    node: Node,
    verifying_key: VerifyingKey,
    entry_key: VerifyingKey,
    *,
    currency: int,
    by: TransactionSender,
    epoch_length: int = _DAY,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Like ``deploy_ledger_system``, and return the deployment that names the ledger, too.

    Raises:
        InvalidInput: if the deployment names a ledger already, or ``Deployment.open`` raises it.
        NodeUnavailable, ChainError: if ``Deployment.open`` raises it.
        UnsafeKey, TransactionReverted, TransactionTimeout: if ``deploy_ledger_system`` raises it.
    """
    if deployment.ledger is not None:
        raise InvalidInput("the deployment names a ledger already")
    deployment.open(node)
    made = deploy_ledger_system(
        node,
        verifying_key,
        entry_key,
        currency=currency,
        by=by,
        epoch_length=epoch_length,
        **options,
    )
    return replace(deployment, ledger=made)


def _deploy_market(
    kind: str, *arguments: Any, by: TransactionSender, options: DeploymentOptions
) -> tuple[str, str, Receipt]:
    key = options.get("idempotency_key")
    gate, _ = deploy_contract(kind, *arguments, by=by, idempotency_key=step(key, "gate"))
    market, receipt = deploy_contract(
        "LoanMarket",
        gate,
        checksum(options.get("admin") or by.address),
        checksum(options.get("operator") or by.address),
        by=by,
        idempotency_key=step(key, "market"),
    )
    return gate, market, receipt


def _open(
    places: Deployment | LedgerDeployment, node: Node, verifying_key: VerifyingKey | None
) -> System:
    verifier = VerifierClient(node, places.verifier)
    market = LoanMarketClient(node, places.market, since=places.block)
    told = places.ledger if isinstance(places, LedgerDeployment) else places.registry
    for address in (places.gate, told):
        ContractClient(node, address)  # raises if there is no contract
    gate, source = market.gate, ""
    if isinstance(gate, LedgerGateClient):
        source = gate.ledger.address
    elif isinstance(gate, EligibilityGateClient):
        source = gate.registry.address
    if (gate.address, gate.verifier(), source) != (places.gate, places.verifier, told):
        raise ChainError("the contracts of this deployment do not refer to each other")
    if verifying_key is not None and not verifier.holds(verifying_key):
        raise ChainError("the deployed verifier has another verification key")
    return System(verifier, market)


def _names(kind: type[Deployment] | type[LedgerDeployment]) -> list[str]:
    """Return the fields that every file has."""
    own = {"stood_for", "entry_stood_for"} | ({"ledger"} if kind is Deployment else set())
    return [field.name for field in fields(kind) if field.name not in own]


def _require_holders(options: DeploymentOptions) -> None:
    """Check that whoever is to get a role has an address that can act."""
    for role in ("admin", "operator", "registrar", "guardian"):
        holder = options.get(role)
        if holder is not None and int(checksum_address(f"the {role}", str(holder)), 16) == 0:
            raise InvalidInput(f"the {role} must not be the address 0, which nobody has")
