"""A credit ledger with its gate and market beside a deployed system, and where they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from zkcredit.chain.contracts.ledger import CreditLedgerClient, deploy_ledger
from zkcredit.chain.contracts.verifier import VerifierClient, deploy_verifier
from zkcredit.chain.ledger_market import LedgerMarketClient, deploy_ledger_market
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput, MalformedFile

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.keys import VerifyingKey

__all__ = ["LedgerDeployment", "LedgerSystem", "deploy_ledger_system"]

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class LedgerDeployment:
    """Where one ledger lives, and the market whose gate asks for proofs about it.

    Attributes:
        block: block of the ledger's creation; it has no events before.
        ledger: and verifier, gate, market: EIP-55 addresses.
    """

    block: int
    ledger: str
    verifier: str
    gate: str
    market: str

    def members(self) -> dict[str, Any]:
        """As the members of a JSON object."""
        return asdict(self)

    @classmethod
    def from_members(cls, content: object) -> LedgerDeployment:
        """From what `members` gave. MalformedFile for anything else."""
        names = [field.name for field in fields(cls)]
        if not isinstance(content, dict) or content.keys() != set(names):
            raise MalformedFile(f"a deployment's ledger has the fields {', '.join(names)}")
        if type(content["block"]) is not int or content["block"] < 0:
            raise MalformedFile("the block of the deployment's ledger is no number")
        places = {}
        for name in names[1:]:
            try:
                places[name] = checksum(content[name])
            except InvalidInput:
                raise MalformedFile(
                    f"the {name} of the deployment's ledger is no address"
                ) from None
        return cls(block=content["block"], **places)

    def open(self, node: Node, key: VerifyingKey | None = None) -> LedgerSystem:
        """The clients, after a check that the contracts belong together.

        Args:
            node: a node of the chain.
            key: the verification key that the verifier should have; not compared when None.

        Raises:
            InvalidInput: no contract at one of the addresses.
            ChainError: the contracts do not refer to each other, or another key is in use.
        """
        system = LedgerSystem(
            VerifierClient(node, self.verifier),
            CreditLedgerClient(node, self.ledger, since=self.block),
            LedgerMarketClient(node, self.market),
        )
        linked = (
            system.market.gate.address == self.gate
            and system.market.gate.verifier() == self.verifier
            and system.market.gate.ledger() == self.ledger
        )
        if not linked:
            raise ChainError("the contracts of this deployment's ledger do not refer to each other")
        if key is not None and not system.verifier.holds(key):
            raise ChainError("the deployed verifier has another verification key")
        return system


@dataclass(frozen=True, slots=True)
class LedgerSystem:
    """The clients of one ledger and its market."""

    verifier: VerifierClient
    ledger: CreditLedgerClient
    market: LedgerMarketClient


def deploy_ledger_system(
    node: Node,
    key: VerifyingKey,
    *,
    currency: int,
    by: TransactionSender,
    admin: str | None = None,
    operator: str | None = None,
    epoch_length: int = _DAY,
    max_clock_age: int = 900,
    intention: str | None = None,
) -> LedgerDeployment:
    """Deploy ledger, verifier, gate and market.

    Args:
        node: the chain.
        key: verification key of the `ledger_eligibility` statement.
        currency: ISO 4217 number of the currency that all amounts are in.
        by: who pays; also admin and operator where these are not given.
        admin: names the issuers and grants roles; a multisig in production.
        operator: allows tokens and can stop new business.
        epoch_length: seconds, see `deploy_ledger`.
        max_clock_age: seconds by which a proof's "now" may lie behind the block's time.
        intention: prefix of the outbox keys, as in `deploy_system`.

    Raises:
        UnsafeKey: see `deploy_verifier`.
        TransactionReverted: EpochLengthInvalid, VerifierUnsuitable; and see
            `TransactionSender.send`.
    """

    def step(name: str) -> str | None:
        return None if intention is None else f"{intention}/{name}"

    ledger = deploy_ledger(
        node, currency=currency, by=by, admin=admin, epoch_length=epoch_length, key=step("ledger")
    )
    verifier = deploy_verifier(node, key, by=by, intention=step("verifier"))
    market = deploy_ledger_market(
        ledger,
        verifier.address,
        by=by,
        admin=admin,
        operator=operator,
        max_clock_age=max_clock_age,
        intention=intention,
    )
    return LedgerDeployment(
        block=ledger.since,
        ledger=ledger.address,
        verifier=verifier.address,
        gate=market.gate.address,
        market=market.address,
    )
