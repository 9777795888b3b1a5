"""The contracts of one system, and the file with their addresses.

A file names what a market cannot be asked for: its lens and its relay. Engine, book and consents
are read from the market, which can never change them. The bureau is named for those who read the
file: a market that shares a bureau shares what it knows of borrowers.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Self

from zkcredit._internal.checks import require_uint
from zkcredit._internal.files import read_limited, write_atomic
from zkcredit._internal.json import parse
from zkcredit._internal.refused.file_errors import in_file
from zkcredit._internal.refused.kinds import but_this_is
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.contracts.gates import EligibilityGateClient, LedgerGateClient
from zkcredit.chain.contracts.verifier import VerifierClient
from zkcredit.chain.loans.loan_market import LoanMarketClient
from zkcredit.chain.loans.relay import RelayClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, MalformedFile, NodeUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from zkcredit.chain.contracts.gates import GateClient
    from zkcredit.chain.contracts.ledger import CreditLedgerClient
    from zkcredit.chain.contracts.registry import IssuerRegistryClient
    from zkcredit.chain.loans.consents import ConsentsClient
    from zkcredit.chain.loans.products import ProductBookClient
    from zkcredit.chain.nodes.node import Node
    from zkcredit.groth16.ceremony.verified import Endorsement
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["Deployment", "LedgerDeployment", "StoodFor", "System"]

_FORMAT: Final = "zkcredit-deployment/2"
_OLDER: Final = "zkcredit-deployment/1"
_MOST_BYTES: Final = 16_384
_NUMBERS: Final = ("chain_id", "block")
_HASH: Final = re.compile(r"[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class StoodFor:
    """The contributions to the ceremony of a deployed key that its deployer vouches for.

    Attributes:
        by: the deployer's EIP-55 address.
        phase1: hashes of contributions to phase 1, 128 hexadecimal digits each.
        phase2: hashes of contributions to the key.
    """

    by: str
    phase1: tuple[str, ...]
    phase2: tuple[str, ...]

    @classmethod
    def of(cls, endorsement: Endorsement | None, by: str) -> Self | None:
        """Return the record of an endorsement; None if there is none."""
        if endorsement is None:
            return None
        phases = (endorsement.phase1, endorsement.phase2)
        return cls(by, *(tuple(step.digest.hex() for step in steps) for steps in phases))

    @classmethod
    def from_members(cls, content: object) -> Self:
        """Read the fields as JSON has them.

        Raises:
            MalformedFile: if the content is something else.
        """
        what = "a deployment's record of who vouches for its key"
        if not isinstance(content, dict) or content.keys() != {"by", "phase1", "phase2"}:
            raise MalformedFile(f"{what} must have the fields by, phase1, phase2")
        by = _read({"by": content["by"]}, ["by"], "record of who vouches for its key")["by"]
        hashes = []
        for name in ("phase1", "phase2"):
            found = content[name]
            if not isinstance(found, list) or not found or not all(map(_is_hash, found)):
                raise MalformedFile(f"{what} has no list of hashes in {name}")
            hashes.append(tuple(found))
        return cls(by, *hashes)


@dataclass(frozen=True, slots=True)
class LedgerDeployment:
    """The addresses of one credit ledger, and of the market whose gate asks for proofs about it.

    Attributes:
        block: block of the ledger's creation; it has no earlier events.
        ledger, verifier, gate, market, lens, relay: EIP-55 addresses.
        stood_for: who vouches for the verifier's key; None on a local chain.
        entry_stood_for: who vouches for the key of the ledger's entries; None on a local chain.
        bureau: the market's bureau; None in older files.
    """

    block: int
    ledger: str
    verifier: str
    gate: str
    market: str
    lens: str
    relay: str
    stood_for: StoodFor | None = None
    entry_stood_for: StoodFor | None = None
    bureau: str | None = None

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
        return cls(**_read(content, _names(cls, content), "ledger"), **words)

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
        verifier, gate, market, lens, relay: EIP-55 addresses.
        registry: the address of the gate's registry; None if the gate asks about a record alone.
        ledger: the addresses of the credit ledger and its market, or None.
        stood_for: who vouches for the verifier's key; None on a local chain.
        bureau: the market's bureau; None in older files.
    """

    chain_id: int
    network: str
    block: int
    verifier: str
    registry: str | None
    gate: str
    market: str
    lens: str
    relay: str
    ledger: LedgerDeployment | None = None
    stood_for: StoodFor | None = None
    bureau: str | None = None

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
        if isinstance(content, dict) and content.get("format") == _OLDER:
            raise MalformedFile(
                "this deployment file names a market of an earlier version, whose contracts this "
                "version cannot use; deploy the market again"
            )
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise MalformedFile(f"a deployment file must say {_FORMAT!r}{but_this_is(content)}")
        del content["format"]
        ledger = content.pop("ledger", None)
        found = None if ledger is None else LedgerDeployment.from_members(ledger)
        content, words = _without_words(content, "stood_for")
        read = {"registry": None, **_read(content, _names(cls, content), "system")}
        return cls(**read, ledger=found, **words)

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
        market: the market, which has the clients of its gate, book, consents and lens.
        relay: the relay that pays the market with permits.
    """

    verifier: VerifierClient
    market: LoanMarketClient
    relay: RelayClient

    @property
    def book(self) -> ProductBookClient:
        """The book of the market's products."""
        return self.market.book

    @property
    def consents(self) -> ConsentsClient:
        """The contract that checks what people signed."""
        return self.market.consents

    @property
    def gate(self) -> GateClient:
        """The market's gate."""
        return self.market.gate

    @property
    def registry(self) -> IssuerRegistryClient:
        """The registry whose roots the gate accepts.

        Raises:
            InvalidInput: if the gate asks about a ledger or a record, and has no registry.
        """
        return self.market.registry

    @property
    def ledger(self) -> CreditLedgerClient:
        """The ledger whose totals the gate asks about.

        Raises:
            InvalidInput: if the gate asks about a credential, and has no ledger.
        """
        return self.market.ledger


def _open(
    places: Deployment | LedgerDeployment, node: Node, verifying_key: VerifyingKey | None
) -> System:
    verifier = VerifierClient(node, places.verifier)
    market = LoanMarketClient(node, places.market, places.lens, since=places.block)
    relay = RelayClient(node, places.relay)
    told = places.ledger if isinstance(places, LedgerDeployment) else places.registry
    for address in (places.gate, *([] if told is None else [told])):
        ContractClient(node, address)  # raises if there is no contract
    gate, source = market.gate, None
    if isinstance(gate, LedgerGateClient):
        source = gate.ledger.address
    elif isinstance(gate, EligibilityGateClient):
        source = gate.registry.address
    bureau = places.bureau or market.bureau_address
    found = gate.address, gate.verifier(), source, relay.market(), market.bureau_address
    if found != (places.gate, places.verifier, told, places.market, bureau):
        raise ChainError("the contracts of this deployment do not refer to each other")
    if verifying_key is not None and not verifier.holds(verifying_key):
        raise ChainError("the deployed verifier has another verification key")
    return System(verifier, market, relay)


def _names(kind: type[Deployment] | type[LedgerDeployment], content: object) -> list[str]:
    """Return the fields that a file has: those of every file, and of the others what is there."""
    known = content if isinstance(content, dict) else {}
    apart = {"stood_for", "entry_stood_for"} | ({"ledger"} if kind is Deployment else set())
    some = {"bureau"} | ({"registry"} if kind is Deployment else set())
    return [
        field.name
        for field in fields(kind)
        if field.name not in apart and (field.name not in some or field.name in known)
    ]


def _without_words(content: object, *names: str) -> tuple[object, dict[str, Any]]:
    """Split off the records of who vouches for which key; a file may have them or not."""
    if not isinstance(content, dict):
        return content, {}
    rest = {name: value for name, value in content.items() if name not in names}
    words = {name: StoodFor.from_members(content[name]) for name in names if name in content}
    return rest, words


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None


def _read(content: object, names: list[str], what: str) -> dict[str, Any]:
    if not isinstance(content, dict) or content.keys() != set(names):
        raise MalformedFile(f"a deployment's {what} must have the fields {', '.join(names)}")
    found: dict[str, Any] = {}
    for name in names:
        if type(content[name]) is not (int if name in _NUMBERS else str):
            raise MalformedFile(f"the {name} of the deployment's {what} has the wrong type")
        try:
            if name in _NUMBERS:
                found[name] = require_uint(name, content[name], 64)
            else:
                found[name] = content[name] if name == "network" else checksum(content[name])
        except InvalidInput as error:
            raise MalformedFile(f"the {name} of the deployment's {what}: {error}") from None
    return found
