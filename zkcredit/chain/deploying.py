"""Deployment of a whole system: verifier, registry or ledger, gate, bureau, book, and market."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict, Unpack

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import account_address
from zkcredit.chain.contracts.contract import deploy_contract
from zkcredit.chain.contracts.ledger import deploy_ledger
from zkcredit.chain.contracts.registry import deploy_registry, registry_times
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.contracts.verifier import deploy_verifier
from zkcredit.chain.deployment import Deployment, LedgerDeployment, StoodFor
from zkcredit.chain.history.bureau import BureauKind, CreditBureauClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending.transactions import step
from zkcredit.errors import InvalidInput
from zkcredit.gadgets.babyjub import Point
from zkcredit.groth16.deployable import require_deployable
from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY
from zkcredit.units import DAY

if TYPE_CHECKING:
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.groth16.ceremony.verified import Endorsement
    from zkcredit.groth16.keys import VerifyingKey

__all__ = [
    "DeploymentOptions",
    "MarketPlaces",
    "deploy_around",
    "deploy_ledger_beside",
    "deploy_ledger_system",
    "deploy_market",
    "deploy_system",
    "deploy_test_token",
]

_MAX_CLOCK_AGE: Final = 900
_NO_SOURCE: Final = "0x" + 40 * "0"
_NOTICE: Final = 7 * DAY


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
        fx: the source of exchange rates for products whose conditions are in another currency than
            their loans (``deploy_fx_quotes``); by default the gate judges no other currency.
        notice: seconds from the announcement of a line's next product to its beginning; 7 days.
        rehabilitation: seconds from a recovery after a default to the borrower's next loan, a day
            to 3650 days; 0, the default, never permits another.
        bureau: a bureau that exists, which the market will share with others; by default it gets
            one of its own. Only the bureau's admin makes the market a member: if that is not the
            account that pays, nobody can apply until the admin did (``add_member`` of the bureau's
            client).
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
    fx: str | None
    notice: int
    rehabilitation: int
    bureau: str | None
    idempotency_key: str | None
    endorsement: Endorsement | None
    entry_endorsement: Endorsement | None


def deploy_system(
    node: Node,
    verifying_key: VerifyingKey,
    *,
    by: TransactionSender,
    arbiters: Point | None = None,
    history: str | None = None,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Deploy verifier, registry, gate, bureau, book and market, with lens and relay.

    The market becomes a member of its bureau, if the account that pays is the bureau's admin.

    Args:
        node: the chain.
        verifying_key: the key of the gate's statement: ``eligibility`` or ``scored_eligibility``,
            with arbiters ``escrow_eligibility``, or the statement that ``history`` names.
        by: the account that pays.
        arbiters: the key to which borrowers escrow their reference (``ArbiterGroup.key``). By
            default they escrow nothing.
        history: ``"history"`` if borrowers prove a record at a bureau, and then there is no
            registry; ``"history_eligibility"`` if they prove a record and a credential. By default
            the gate does not ask about records. Each product names the tree and the terms.
        options: see ``DeploymentOptions``.

    Raises:
        UnsafeKey: if ``deploy_verifier`` raises it.
        InvalidInput: if ``registry_times`` raises it, a role's holder is not an address, the bureau
            of the options is not one of credentials, or arbiters and history are named together.
        TransactionReverted: if the contract answers with VerifierUnsuitable, ArbitersInvalid.
        TransactionTimeout, NodeUnavailable, ChainError: if ``TransactionSender.send`` raises it.
    """
    key, endorsement = step(options.get("idempotency_key"), "verifier"), options.get("endorsement")
    # before anything is paid for
    registry_times(node, options.get("root_delay"), options.get("max_current_age"))
    _require_gate(arbiters, history, options.get("fx"))
    _require_holders(options)
    _require_bureau(node, options, BureauKind.CREDENTIAL)
    verifier = deploy_verifier(
        node, verifying_key, by=by, endorsement=endorsement, idempotency_key=key
    )
    made = deploy_around(
        node, verifier.address, by=by, arbiters=arbiters, history=history, **options
    )
    return replace(made, stood_for=StoodFor.of(endorsement, checksum(by.address)))


def deploy_around(
    node: Node,
    verifier: str,
    *,
    by: TransactionSender,
    arbiters: Point | None = None,
    history: str | None = None,
    **options: Unpack[DeploymentOptions],
) -> Deployment:
    """Like ``deploy_system``, with the verifier that exists at an address."""
    _require_gate(arbiters, history, options.get("fx"))
    _require_holders(options)
    _require_bureau(node, options, BureauKind.CREDENTIAL)
    registry = None if history == HISTORY else _registry(node, by, options)
    clock = options.get("max_clock_age", _MAX_CLOCK_AGE)
    places: list[Any] = [checksum(verifier)]
    if registry is not None:
        places += [registry, options.get("max_root_age", DAY)]
    kind = _GATES.get(history or "", "EligibilityGate")
    more: list[Any] = [] if registry is None else [checksum(options.get("fx") or _NO_SOURCE)]
    if arbiters is not None:
        kind = "EscrowGate"
        more.append(tuple(require_instance("the arbiters' key", arbiters, Point)))
    gate = _deploy_gate(kind, *places, clock, *more, by=by, options=options)
    made = deploy_market(node, gate, by=by, **options)
    return Deployment(
        chain_id=node.chain_id,
        network=node.network,
        verifier=checksum(verifier),
        registry=registry,
        **made._asdict(),
    )


def deploy_ledger_system(
    node: Node,
    verifying_key: VerifyingKey,
    entry_key: VerifyingKey,
    *,
    currency: int,
    by: TransactionSender,
    epoch_length: int = DAY,
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
        InvalidInput: if a role's holder is not an address, or the bureau of the options is not one
            of ledger accounts.
        TransactionReverted: if the contract answers with EpochLengthInvalid, VerifierUnsuitable.
        TransactionTimeout, NodeUnavailable, ChainError: if ``TransactionSender.send`` raises it.
    """
    key, endorsement = options.get("idempotency_key"), options.get("endorsement")
    entries = options.get("entry_endorsement")
    # before anything is paid for
    _require_holders(options)
    _require_bureau(node, options, BureauKind.LEDGER)
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
    gate = _deploy_gate("LedgerGate", verifier.address, ledger.address, age, by=by, options=options)
    made = deploy_market(node, gate, by=by, kind=BureauKind.LEDGER, currency=currency, **options)
    return LedgerDeployment(
        ledger=ledger.address,
        verifier=verifier.address,
        **{**made._asdict(), "block": ledger.since},
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
    epoch_length: int = DAY,
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


def deploy_test_token(
    node: Node,
    name: str = "Test Dollar",
    symbol: str = "TUSD",
    decimals: int = 6,
    *,
    by: TransactionSender,
    idempotency_key: str | None = None,
) -> TokenClient:
    """Deploy a token that anybody can mint, for local chains and demonstrations."""
    address, _ = deploy_contract(
        "TestToken", name, symbol, decimals, by=by, idempotency_key=idempotency_key
    )
    return TokenClient(node, address)


class MarketPlaces(NamedTuple):
    """Where a market, its gate, its lens, its relay and its bureau are.

    Attributes:
        block: block of the market's creation; it has no earlier events.
        gate, market, lens, relay, bureau: EIP-55 addresses.
    """

    block: int
    gate: str
    market: str
    lens: str
    relay: str
    bureau: str


def deploy_market(
    node: Node,
    gate: str,
    *,
    by: TransactionSender,
    kind: BureauKind = BureauKind.CREDENTIAL,
    currency: int = 0,
    **options: Unpack[DeploymentOptions],
) -> MarketPlaces:
    """Deploy a market on a gate that exists, from the bottom up: engine, book, bureau, consents.

    Args:
        node: the chain.
        gate: the gate, of any kind.
        by: the account that pays.
        kind: what the gate's pseudonyms are, for a bureau of the market's own.
        currency: ISO 4217 number of the amounts in that bureau's records; 0 if it is not said.
        options: see ``DeploymentOptions``.

    Raises:
        InvalidInput: if a role's holder, the gate or the bureau is not an address.
        OutOfRange: if a time is outside its range.
        TransactionReverted: if a contract answers with NotAContract, WrongKind, NoticeInvalid or
            RehabilitationInvalid.
        TransactionTimeout, NodeUnavailable, ChainError: if ``TransactionSender.send`` raises it.
    """

    def create(name: str, *arguments: Any) -> str:
        named = step(options.get("idempotency_key"), name)
        return deploy_contract(name, *arguments, by=by, idempotency_key=named)[0]

    _require_holders(options)
    where, admin = checksum(gate), checksum(options.get("admin") or by.address)
    engine = create("LoanEngine")
    book = create("ProductBook", engine, require_uint("notice", options.get("notice", _NOTICE), 32))
    shared = options.get("bureau")
    if shared is None:
        waiting = require_uint("rehabilitation", options.get("rehabilitation", 0), 32)
        shared = create("CreditBureau", admin, waiting, currency, int(kind))
    bureau = CreditBureauClient(node, shared)
    consents = create("Consents")
    market, receipt = deploy_contract(
        "LoanMarket",
        where,
        engine,
        book,
        bureau.address,
        consents,
        admin,
        checksum(options.get("operator") or by.address),
        by=by,
        idempotency_key=step(options.get("idempotency_key"), "market"),
    )
    lens, relay = create("LoanLens", market), create("Relay", market)
    if bureau.admin() == checksum(by.address) and not bureau.is_member(market):
        named = step(options.get("idempotency_key"), "member")
        bureau.add_member(market, by=by, idempotency_key=named)
    return MarketPlaces(receipt.block, where, market, lens, relay, bureau.address)


_GATES: Final = {HISTORY: "HistoryGate", HISTORY_ELIGIBILITY: "HistoryEligibilityGate"}


def _registry(node: Node, by: TransactionSender, options: DeploymentOptions) -> str:
    return deploy_registry(
        node,
        by=by,
        admin=options.get("admin"),
        registrar=options.get("registrar"),
        guardian=options.get("guardian"),
        delay=options.get("root_delay"),
        max_current_age=options.get("max_current_age"),
        idempotency_key=step(options.get("idempotency_key"), "registry"),
    ).address


def _require_gate(arbiters: Point | None, history: str | None, fx: str | None) -> None:
    """Check that one gate can do what is asked for."""
    if history is not None and history not in _GATES:
        raise InvalidInput(f"a gate asks about a record by {' or '.join(_GATES)}")
    if history is not None and arbiters is not None:
        raise InvalidInput("no gate both asks about a record and escrows to arbiters")
    if history == HISTORY and fx is not None:
        raise InvalidInput("a gate of records alone judges no amounts, and takes no rates")


def _require_bureau(node: Node, options: DeploymentOptions, kind: BureauKind) -> None:
    """Check that a bureau to join has pseudonyms of the right kind."""
    shared = options.get("bureau")
    if shared is not None and (found := CreditBureauClient(node, shared).kind) is not kind:
        raise InvalidInput(
            f"the bureau {checksum(shared)} has pseudonyms of kind {found.name.lower()}, and this "
            f"market's are of kind {kind.name.lower()}: a person would count as two"
        )


def _deploy_gate(
    kind: str, *arguments: Any, by: TransactionSender, options: DeploymentOptions
) -> str:
    key = step(options.get("idempotency_key"), "gate")
    return deploy_contract(kind, *arguments, by=by, idempotency_key=key)[0]


def _require_holders(options: DeploymentOptions) -> None:
    """Check that whoever is to get a role has an address that can act."""
    for role in ("admin", "operator", "registrar", "guardian"):
        holder = options.get(role)
        if holder is not None:
            account_address(f"the {role}", str(holder))
