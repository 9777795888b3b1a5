"""The gates, which decide what a borrower must prove, and accept or refuse the proof.

A market works with any gate. The gate's client contains all that differs between the ways of
proving: the parts of a request (``parts``), and what must be on the chain before an application
(``prepare``).
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property, partial
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from zkcredit._internal.checks import require_field, require_instance, require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.contracts.ledger import CreditLedgerClient
from zkcredit.chain.contracts.registry import IssuerRegistryClient
from zkcredit.chain.custody.quotes import ChainlinkFxClient, FxQuotesClient, open_fx
from zkcredit.chain.custody.signed_quote import SignedQuote
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending.transactions import step
from zkcredit.errors import ChainError, InvalidInput, TransactionReverted
from zkcredit.gadgets.babyjub import Point, require_prime_order
from zkcredit.gadgets.hashed_elgamal import EscrowedValue
from zkcredit.presentation import Presentation, require_answer
from zkcredit.request.base import (
    ELIGIBILITY,
    ESCROW_ELIGIBILITY,
    LEDGER_ELIGIBILITY,
    SCORED_ELIGIBILITY,
    Arbiters,
)
from zkcredit.request.exchange import ExchangeRate
from zkcredit.request.loan_request import LoanRequest
from zkcredit.schema import PUBLIC_INPUTS, TIME_BITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.loan.table_product import TableProduct
    from zkcredit.request.asked_history import AskedHistory
    from zkcredit.request.base import Parts

    Sends = Callable[..., object]  # takes ``by`` and ``idempotency_key``

__all__ = [
    "EligibilityGateClient",
    "EscrowGateClient",
    "Evidence",
    "GateClient",
    "LedgerGateClient",
    "LoanEscrow",
]


class Evidence(NamedTuple):
    """What a market is given about a borrower: ``IApplicationGate.Evidence``, in its order.

    Attributes:
        proof: the proof, eight words.
        registry_root: the root of accepted issuers that the proof names; 0 if it names none.
        nullifier: the borrower's pseudonym.
        policy_now: the proof's "now", Unix seconds.
        deadline: the last second at which the proof can be used, Unix seconds.
        extra: what the kind of gate asks for beside the proof.
    """

    proof: tuple[int, ...]
    registry_root: int
    nullifier: int
    policy_now: int
    deadline: int
    extra: bytes


class LoanEscrow(NamedTuple):
    """What a borrower escrowed with the application that became a loan.

    Attributes:
        loan_id: the loan.
        context: the application's context; the reference opens only under this label.
        escrowed: the encrypted reference, as in the proof.
    """

    loan_id: int
    context: int
    escrowed: EscrowedValue


class GateClient(ContractClient):
    """The common part of all gates; ``zkcredit.chain.open_gate`` makes the right one.

    Only ``prepare`` and the markets that use a gate change its state.
    """

    contract = "IApplicationGate"
    statements: ClassVar[tuple[str, ...]] = ()
    """The statements whose proofs this kind of gate can check; the gate's key determines which."""
    extra_gas: ClassVar[int] = 0
    """Gas of what the gate checks besides the proof and what every gate checks."""
    carrier_prepares: ClassVar[bool] = False
    """Whether anybody, and not the borrower alone, may send what ``prepare`` sends."""

    @property
    def n_inputs(self) -> int:
        """Number of public inputs of the gate's statement."""
        return len(PUBLIC_INPUTS[self.statements[0]])

    def verifier(self) -> str:
        """Address of the verifier of the gate's statement."""
        return str(self._read("verifier"))

    def max_clock_age(self) -> int:
        """Seconds by which a proof's "now" may be older than the block's time."""
        return int(self._read("maxClockAge"))

    def scope_of(self, market: str) -> int:
        """Return the scope of the market's bureau, as the contract computes it.

        Raises:
            TransactionReverted: if the contract answers with NotMember, NotAContract, WrongKind.
        """
        return int(self._read("scopeOf", checksum(market)))

    def application_nonce(self, market: str, borrower: str) -> int:
        """Return the number of the borrower's next application at a market."""
        return int(self._read("applicationNonce", checksum(market), checksum(borrower)))

    def _require_no_issuers(self, product: TableProduct) -> None:
        if product.issuers:
            raise InvalidInput(
                "the product names issuers of ledger entries, which this gate refuses"
            )

    @abstractmethod
    def parts(
        self,
        product: TableProduct,
        root: int | None,
        account: Point | None,
        group: ArbiterGroup | None,
    ) -> Parts:
        """Return this gate's parts of a request, from arguments of ``LoanMarketClient.request``.

        Raises:
            InvalidInput: if an argument does not belong to this gate, or is not acceptable to it.
            LedgerError: if no entry of the account counts yet, or the product names issuers by a
                hash of which nobody published the list.
        """

    def history(self, product: TableProduct, now: int) -> AskedHistory | None:
        """Return what the gate asks about a record, for a proof whose "now" is so many seconds.

        Returns:
            None at a gate that does not ask about records.

        Raises:
            InvalidInput: if gate and product do not fit each other, or no record can be proved now.
            ChainError: if the contract asks for another record than the product's terms imply.
        """
        require_uint("now", now, TIME_BITS)
        if getattr(product, "history_source", ""):
            raise InvalidInput("the product asks about a record, which this gate does not judge")
        return None

    def exchange(
        self, product: TableProduct, quote: SignedQuote | None, deadline: int
    ) -> ExchangeRate | None:
        """Return the rate at which the gate's policy judges a loan of another currency.

        Args:
            product: the product.
            quote: the quote that the borrower brings; None for a feed, or without a conversion.
            deadline: until when the rate must hold, Unix seconds.

        Returns:
            None if the policy is in the loan's currency, or in none.

        Raises:
            InvalidInput: if a quote is missing or not needed, does not fit the gate or the product,
                or too few signed it, or the gate judges no other currency.
            TransactionReverted: if the source refuses the rate; the error says why.
        """
        require_uint("deadline", deadline, TIME_BITS)
        pair = product.currency, product.policy.currency
        if pair[1] in (0, pair[0]):
            if quote is not None:
                raise InvalidInput(
                    "the conditions of this product are in the currency of its loans: leave out "
                    "the quote"
                )
            return None
        return self._exchange(pair, quote, deadline)

    def _exchange(
        self, pair: tuple[int, int], quote: SignedQuote | None, deadline: int
    ) -> ExchangeRate:
        raise InvalidInput(
            "the conditions of this product are in another currency than its loans, which this "
            "gate does not judge"
        )

    def evidence(self, request: LoanRequest, presentation: Presentation) -> Evidence:
        """Return the evidence of an application. The proof is not checked.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate.
        """
        require_instance("the request", request, LoanRequest)
        require_instance("the presentation", presentation, Presentation)
        here = (self.node.chain_id, self.address)
        if (request.chain_id, request.gate) != here or request.statement not in self.statements:
            raise InvalidInput(
                f"the request is for {request.statement} at the gate {request.gate} of chain "
                f"{request.chain_id}; this market has another gate"
            )
        require_answer(presentation, request)
        members = {
            "proof": tuple(presentation.proof.to_words()),
            "registry_root": request.registry_root,
            "nullifier": presentation.pseudonym,
            "policy_now": request.policy.now,
            "deadline": request.deadline,
            "extra": self._extra(request),
        }
        return Evidence(*self.abi.struct("check", "evidence", members))

    def prepare(
        self,
        request: LoanRequest,
        presentation: Presentation,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> None:
        """Write onto the chain what the gate needs before the application.

        Args:
            request: the request.
            presentation: the answer, which ``evidence`` accepts.
            by: the borrower.
            idempotency_key: the application's key, from which this transaction's key is made.

        Raises:
            InvalidInput: if the chain no longer fits the request, and the borrower needs a new one.
            TransactionReverted: if the contract refused.
        """
        send = self._missing(request, presentation)
        if send is not None:
            # Another request, after the deadline of the first, needs its own transaction.
            name = f"prepare {request.context:064x}"
            send(by=by, idempotency_key=step(idempotency_key, name))

    def require_carriable(self, request: LoanRequest, presentation: Presentation) -> None:
        """Require that somebody else than the borrower can carry the application.

        Raises:
            InvalidInput: if the borrower's own account must write something onto the chain first,
                or the chain no longer fits the request.
        """
        if self._missing(request, presentation) is not None and not self.carrier_prepares:
            raise InvalidInput(
                "only the borrower's own account can write what this market's gate needs before an "
                "application; the borrower has to apply"
            )

    def prepare_carried(
        self,
        product: TableProduct,
        account: Point | None,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> None:
        """Write onto the chain what a carried application needs first, if anybody may write it.

        Args:
            product: the product that the application is for.
            account: the borrower's account, if the application is about one.
            by: who carries it.
            idempotency_key: the application's key, from which this transaction's key is made.

        Raises:
            InvalidInput: if the gate is about accounts and none is given, or the other way.
            TransactionReverted: if the contract refused.
        """
        if account is not None:
            raise InvalidInput("the application is about an account; this market's gate is not")

    def _extra(self, request: LoanRequest) -> bytes:
        return b"" if request.exchange is None else request.exchange.evidence

    def _missing(self, request: LoanRequest, presentation: Presentation) -> Sends | None:
        return None


class EligibilityGateClient(GateClient):
    """A gate for proofs about a credential of an accepted issuer."""

    contract = "EligibilityGate"
    statements: ClassVar[tuple[str, ...]] = (ELIGIBILITY, SCORED_ELIGIBILITY)

    @cached_property
    def registry(self) -> IssuerRegistryClient:
        """The registry whose roots the gate accepts; it never changes."""
        return IssuerRegistryClient(self.node, self._read("registry"))

    @cached_property
    def fx(self) -> FxQuotesClient | ChainlinkFxClient | None:
        """The source of rates for policies in another currency than the loan; it never changes.

        Raises:
            ChainError: if the contract is not a source that this library knows.
        """
        address = str(self._read("fx"))
        return open_fx(self.node, address) if int(address, 16) else None

    def _exchange(
        self, pair: tuple[int, int], quote: SignedQuote | None, deadline: int
    ) -> ExchangeRate:
        source = self.fx
        if source is None:
            return super()._exchange(pair, quote, deadline)
        if isinstance(source, ChainlinkFxClient):
            if quote is not None:
                raise InvalidInput("this gate reads its rates from feeds: leave out the quote")
            rate = source.rate_of(*pair, deadline=deadline)
            return ExchangeRate(source.address, *pair, rate)
        if quote is None:
            raise InvalidInput(
                "the conditions of this product are in another currency than its loans: bring a "
                "quote of the exchange rate, signed for the source "
                f"{source.address}"
            )
        require_instance("the quote", quote, SignedQuote)
        if (quote.chain_id, quote.contract) != (self.node.chain_id, source.address):
            raise InvalidInput(
                f"the quote is for the source {quote.contract} on chain {quote.chain_id}, and this "
                f"gate asks {source.address} on chain {self.node.chain_id}"
            )
        source.require_enough(quote.signatures)
        exchange = quote.exchange()
        rate = source.rate_of(*pair, deadline=deadline, evidence=exchange.evidence)
        if rate != exchange.rate:
            raise ChainError("the source says another rate than its quote")
        return exchange

    def max_root_age(self) -> int:
        """Seconds for which the gate still accepts a replaced registry root."""
        return int(self._read("maxRootAge"))

    def parts(
        self,
        product: TableProduct,
        root: int | None,
        account: Point | None,
        group: ArbiterGroup | None,
    ) -> Parts:
        """See ``GateClient.parts``."""
        if account is not None:
            raise InvalidInput("this gate asks about a credential, not about a ledger account")
        if group is not None:
            raise InvalidInput("this gate does not escrow anything to arbiters")
        self._require_no_issuers(product)
        return {"registry_root": self._accepted(root)}

    def _accepted(self, root: int | None) -> int:
        if root is None:
            root = self.registry.current_root()
            if root == 0:
                raise InvalidInput(
                    "no registry is in effect, so no issuer is accepted: none was posted yet, the "
                    "first one is pending, or the current one was withdrawn; wait until the "
                    "registrar posts a registry and it takes effect"
                )
        refusal = self.registry.refusal(root, self.max_root_age())
        if refusal is not None:
            raise InvalidInput(refusal)
        return root


class EscrowGateClient(EligibilityGateClient):
    """A gate whose borrowers escrow their reference to arbiters with the proof."""

    contract = "EscrowGate"
    statements = (ESCROW_ELIGIBILITY,)

    @cached_property
    def arbiters(self) -> Point:
        """The key to which references are escrowed; it never changes.

        Raises:
            ChainError: if the contract's key is not a point of prime order.
        """
        key = Point(*self._read("arbiters"))
        try:
            require_prime_order(key, "arbiters' key")
        except InvalidInput as error:
            raise ChainError(f"the gate {self.address}: {error}") from None
        return key

    def placed(self, borrower: str, context: int) -> EscrowedValue | None:
        """Return what a borrower placed for an application, or None."""
        point, value = self._read(
            "placed", checksum(borrower), require_uint("context", context, 256)
        )
        return EscrowedValue(Point(*point), value) if point[1] else None

    def escrowed_of(self, market: str, loan_id: int) -> LoanEscrow:
        """Return what a borrower escrowed for a loan.

        Raises:
            TransactionReverted: if the contract answers with LoanNotEscrowed.
        """
        context, (point, value) = self._read(
            "sealOf", checksum(market), require_uint("the loan's number", loan_id, 256)
        )
        return LoanEscrow(loan_id, context, EscrowedValue(Point(*point), value))

    def place(
        self,
        context: int,
        escrowed: EscrowedValue,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Place the escrowed reference for the sender's next application; it can never change.

        Raises:
            TransactionReverted: if the contract answers with SealExists, SealInvalid.
        """
        require_field("the context", context)
        point, value = require_instance("the escrowed reference", escrowed, EscrowedValue)
        words = (tuple(point), value)
        return self._send(by, "place", context, words, idempotency_key=idempotency_key)

    def parts(
        self,
        product: TableProduct,
        root: int | None,
        account: Point | None,
        group: ArbiterGroup | None,
    ) -> Parts:
        """See ``GateClient.parts``."""
        arbiters = Arbiters(self.arbiters) if group is None else Arbiters.of(group)
        if arbiters.key != self.arbiters:
            raise InvalidInput("this gate does not escrow to the arbiters of this group")
        return {**super().parts(product, root, account, None), "arbiters": arbiters}

    def _missing(self, request: LoanRequest, presentation: Presentation) -> Sends | None:
        if presentation.arbiters != self.arbiters:
            raise InvalidInput("this gate does not escrow to the arbiters of the request")
        placed = self.placed(request.borrower, request.context)
        if placed is None:
            return partial(self.place, request.context, presentation.escrowed)
        if placed != presentation.escrowed:
            raise InvalidInput(
                "another reference was already escrowed for this application; make a new request"
            )
        return None


class LedgerGateClient(GateClient):
    """A gate for proofs about the encrypted totals of a credit ledger."""

    contract = "LedgerGate"
    statements = (LEDGER_ELIGIBILITY,)
    carrier_prepares: ClassVar[bool] = True

    @cached_property
    def ledger(self) -> CreditLedgerClient:
        """The ledger from which the gate reads totals; it never changes."""
        return CreditLedgerClient(self.node, self._read("ledger"), since=self.since)

    def parts(
        self,
        product: TableProduct,
        root: int | None,
        account: Point | None,
        group: ArbiterGroup | None,
    ) -> Parts:
        """See ``GateClient.parts``."""
        if root is not None or group is not None:
            raise InvalidInput("this gate asks about a ledger account, not about a credential")
        if account is None:
            raise InvalidInput("this gate asks about a ledger account; name the account")
        total = self.ledger.total_in_effect(account, self.issuers(product))
        return {"account": account, "total": total}

    def issuers(self, product: TableProduct) -> tuple[str, ...] | None:
        """Return the issuers whose entries count for a product; None if those of all do.

        Raises:
            LedgerError: if nobody published the list that the product names.
        """
        return self.ledger.issuers_named(product.issuers) if product.issuers else None

    def prepare_carried(
        self,
        product: TableProduct,
        account: Point | None,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> None:
        """See ``GateClient.prepare_carried``: the snapshot of the account's total."""
        if account is None:
            raise InvalidInput("the application is not about an account; this market's gate is")
        send = self._snapshot_missing(account, product)
        if send is not None:
            send(by=by, idempotency_key=step(idempotency_key, "snapshot"))

    def _missing(self, request: LoanRequest, presentation: Presentation) -> Sends | None:
        account = presentation.account
        if self.ledger.total_in_effect(account, self.issuers(request.product)) != request.total:
            raise InvalidInput("the account's total changed since the request; make a new request")
        return self._snapshot_missing(account, request.product)

    def _snapshot_missing(self, account: Point, product: TableProduct) -> Sends | None:
        issuers = self.issuers(product)
        try:
            self.ledger.in_effect(account, product.issuers)
        except TransactionReverted as refusal:
            if refusal.error != "NoSnapshot":
                raise
            return partial(self.ledger.snapshot, account, issuers=issuers)
        return None
