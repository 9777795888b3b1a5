"""Deployment of the whole system, and the file that remembers where it is."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from zkcredit._internal.files import read_limited, write_atomic
from zkcredit._internal.json import parse
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.gates import EligibilityGateClient
from zkcredit.chain.contracts.market import LoanMarketClient
from zkcredit.chain.contracts.registry import IssuerRegistryClient
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier
from zkcredit.chain.ledger_deploy import LedgerDeployment
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, MalformedFile, NodeUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.ledger_deploy import LedgerSystem
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.keys import VerifyingKey

__all__ = [
    "Deployment",
    "DeploymentOptions",
    "System",
    "deploy_around",
    "deploy_system",
    "deploy_test_token",
]

_FORMAT = "zkcredit-deployment/1"
_MOST_BYTES = 16_384
_DAY = 86_400
_GATE = ("EligibilityGate",)


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where one system lives.

    Attributes:
        chain_id: EIP-155 chain id.
        network: chain id and genesis hash: an address means nothing on another chain.
        block: block of the last contract's creation; events before it do not concern us.
        verifier: and registry, gate, market: EIP-55 addresses.
        ledger: where the credit ledger is, with a gate and market of its own, if there is one.
    """

    chain_id: int
    network: str
    block: int
    verifier: str
    registry: str
    gate: str
    market: str
    ledger: LedgerDeployment | None = None

    def to_json(self) -> str:
        """As JSON text. The member of what there is not is left out, as older files have it."""
        content = {name: value for name, value in asdict(self).items() if value is not None}
        return json.dumps({"format": _FORMAT, **content}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> Deployment:
        """From what `to_json` wrote. MalformedFile for anything else."""
        content = parse(text, "deployment file", 1 << 20)
        if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
            raise MalformedFile(f"a deployment file says {_FORMAT!r}")
        ledger = content.pop("ledger", None)
        kinds = {
            field.name: int if field.type == "int" else str
            for field in fields(cls)
            if field.name != "ledger"
        }
        if content.keys() != kinds.keys():
            raise MalformedFile(f"a deployment file has the fields {', '.join(kinds)}")
        for name, kind in kinds.items():
            if type(content[name]) is not kind:
                raise MalformedFile(f"the deployment's {name} is of the wrong type")
        try:
            for name in ("verifier", "registry", "gate", "market"):
                content[name] = checksum(content[name])
        except InvalidInput:
            raise MalformedFile(f"the deployment's {name} is no address") from None
        found = None if ledger is None else LedgerDeployment.from_members(ledger)
        return cls(**content, ledger=found)

    def save(self, path: str | Path) -> None:
        """Write to a file, atomically."""
        write_atomic(path, self.to_json().encode())

    @classmethod
    def load(cls, path: str | Path) -> Deployment:
        """Read from a file. InvalidInput, MalformedFile."""
        return cls.from_json(read_limited(path, _MOST_BYTES))

    def open(self, node: Node, key: VerifyingKey | None = None) -> System:
        """The clients of this system, after a check that its contracts belong together.

        Args:
            node: a node of the chain.
            key: the verification key that the verifier should have; not compared when None.

        Raises:
            NodeUnavailable: the node is of another chain.
            InvalidInput: no contract at one of the addresses.
            ChainError: the contracts do not refer to each other, or another key is in use.
        """
        self._require_chain(node)
        system = System(
            VerifierClient(node, self.verifier),
            IssuerRegistryClient(node, self.registry),
            EligibilityGateClient(node, self.gate),
            LoanMarketClient(node, self.market),
        )
        linked = (
            system.gate.verifier() == self.verifier
            and system.gate.registry() == self.registry
            and system.market.gate.address == self.gate
        )
        if not linked:
            raise ChainError("the contracts of this deployment do not refer to each other")
        if key is not None and not system.verifier.holds(key):
            raise ChainError("the deployed verifier has another verification key")
        return system

    def open_ledger(self, node: Node, key: VerifyingKey | None = None) -> LedgerSystem:
        """The clients of the ledger and its market, as `open` those of the system.

        Raises:
            InvalidInput: this deployment has no ledger; and as `open`.
            NodeUnavailable, ChainError: as `open`.
        """
        if self.ledger is None:
            raise InvalidInput("this deployment has no credit ledger; deploy one beside it first")
        self._require_chain(node)
        return self.ledger.open(node, key)

    def _require_chain(self, node: Node) -> None:
        if node.network != self.network:
            raise NodeUnavailable(f"{node!r} is not the chain of this deployment")


@dataclass(frozen=True, slots=True)
class System:
    """The clients of one deployment."""

    verifier: VerifierClient
    registry: IssuerRegistryClient
    gate: EligibilityGateClient
    market: LoanMarketClient


class DeploymentOptions(TypedDict, total=False):
    """How a system is deployed, beside what it is for.

    Attributes:
        admin: grants roles and withdraws roots; a multisig in production. Who pays, if not given;
            so are operator and registrar.
        operator: allows tokens and can stop new business.
        registrar: posts registry roots.
        max_root_age: seconds for which a replaced registry root is still accepted; a day.
        max_clock_age: seconds by which a proof's "now" may lie behind the block's time; 900.
        intention: prefix of the outbox keys. With the same prefix and outbox a deployment that
            was interrupted goes on where it stopped.
    """

    admin: str | None
    operator: str | None
    registrar: str | None
    max_root_age: int
    max_clock_age: int
    intention: str | None


def deploy_system(
    node: Node,
    key: VerifyingKey,
    *,
    by: TransactionSender,
    gate: tuple[Any, ...] = _GATE,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Deploy verifier, registry, gate and market.

    Args:
        node: the chain.
        key: verification key of the gate's statement, which is `eligibility`.
        by: who pays.
        gate: the gate's contract, and what its constructor takes after verifier, registry and ages.
        options: see `DeploymentOptions`.

    Raises:
        UnsafeKey: see `deploy_verifier`.
        TransactionReverted, TransactionTimeout, NodeUnavailable, ChainError: see
            `TransactionSender.send`.
    """
    step = _step(options.get("intention"), "verifier")
    verifier = deploy_verifier(node, key, by=by, intention=step)
    return deploy_around(node, verifier.address, by=by, gate=gate, **options)


def deploy_around(
    node: Node,
    verifier: str,
    *,
    by: TransactionSender,
    gate: tuple[Any, ...] = _GATE,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """As `deploy_system`, around the verifier at an address."""
    intention = options.get("intention")
    chief = checksum(options.get("admin") or by.address)
    operator = checksum(options.get("operator") or by.address)
    registrar = checksum(options.get("registrar") or by.address)
    registry, _ = deploy_contract(
        "IssuerRegistry", chief, registrar, by=by, key=_step(intention, "registry")
    )
    contract, *more = gate
    gate_address, _ = deploy_contract(
        contract,
        checksum(verifier),
        registry,
        options.get("max_root_age", _DAY),
        options.get("max_clock_age", 900),
        *more,
        by=by,
        key=_step(intention, "gate"),
    )
    market, receipt = deploy_contract(
        "LoanMarket", gate_address, chief, operator, by=by, key=_step(intention, "market")
    )
    return Deployment(
        chain_id=node.chain_id,
        network=node.network,
        block=receipt.block,
        verifier=checksum(verifier),
        registry=registry,
        gate=gate_address,
        market=market,
    )


def _step(intention: str | None, name: str) -> str | None:
    return None if intention is None else f"{intention}/{name}"


def deploy_test_token(
    node: Node,
    name: str = "Test Dollar",
    symbol: str = "TUSD",
    decimals: int = 6,
    *,
    by: TransactionSender,
    key: str | None = None,
) -> TokenClient:
    """Deploy a token that anybody can mint, for local chains and demonstrations."""
    address, _ = deploy_contract("TestToken", name, symbol, decimals, by=by, key=key)
    return TokenClient(node, address)
