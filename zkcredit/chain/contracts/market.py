"""The loan market: products, applications, funding, repayment, default, withdrawal.

Reading goes through the client's node. Every change takes the account that makes it as ``by``, and
may take an ``idempotency_key`` (see ``TransactionSender.send``). What a contract refuses is a
TransactionReverted that carries the contract's typed error.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.contract import ContractClient
from zkcredit.chain.contracts.events import (
    LoanFunded,
    LoanRecovery,
    LoanRepayment,
    LoanRequested,
    LoanSettled,
    ProductCreated,
    Withdrawn,
)
from zkcredit.chain.contracts.gates import (
    EligibilityGateClient,
    EscrowGateClient,
    GateClient,
    LedgerGateClient,
    open_gate,
)
from zkcredit.chain.contracts.market_state import (
    LoanState,
    LoanStatus,
    PositionState,
    ProductState,
    Pseudonym,
    PseudonymState,
    Quote,
    product_from_tuple,
    product_to_tuple,
)
from zkcredit.chain.contracts.token import TokenClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.errors import ChainError, InvalidInput, TransactionReverted
from zkcredit.loan import Product
from zkcredit.request.loan_request import LoanRequest, bureau_scope
from zkcredit.schema import AMOUNT_BITS, TIME_BITS

if TYPE_CHECKING:
    from zkcredit.chain.contracts.ledger import CreditLedgerClient
    from zkcredit.chain.contracts.registry import IssuerRegistryClient
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.presentation import Presentation

__all__ = ["LoanMarketClient"]

G = TypeVar("G", bound=GateClient)

_APPLY = 240_000  # gas of an application without verification and schedule
_LIFETIME = 600  # seconds for which a proof can be used, by default


class LoanMarketClient(ContractClient):
    """A ``LoanMarket`` contract, whatever its gate asks for."""

    contract = "LoanMarket"

    # --- what the chain says --------------------------------------------------------------------

    @cached_property
    def gate(self) -> GateClient:
        """The gate whose proofs release loans; fixed for the market's life.

        Raises:
            ChainError: if this library does not know such a gate.
        """
        return open_gate(self.node, self._read("gate"), since=self.since)

    @property
    def registry(self) -> IssuerRegistryClient:
        """The registry of the gate.

        Raises:
            InvalidInput: if the gate asks about a ledger, and has no registry.
        """
        return self._gate_with("registry", EligibilityGateClient).registry

    @property
    def ledger(self) -> CreditLedgerClient:
        """The ledger of the gate.

        Raises:
            InvalidInput: if the gate asks about a credential, and has no ledger.
        """
        return self._gate_with("ledger", LedgerGateClient).ledger

    @property
    def escrow(self) -> EscrowGateClient:
        """The gate that keeps what borrowers escrowed to arbiters.

        Raises:
            InvalidInput: if the gate has no arbiters.
        """
        return self._gate_with("arbiters", EscrowGateClient)

    def product(self, product_id: int) -> ProductState:
        """Return a published product.

        Raises:
            TransactionReverted: if the contract answers with ProductUnknown.
        """
        terms, creator, is_open = self._read("product", _number(product_id))
        digest = self._read("termsHash", _number(product_id))
        return ProductState(product_id, product_from_tuple(terms), creator, is_open, digest)

    def product_count(self) -> int:
        """Return the number of products; they are numbered from 1."""
        return int(self._read("productCount"))

    def loan(self, loan_id: int) -> LoanState:
        """Return a loan's record.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        try:
            values = self._read("loan", _number(loan_id))
        except TransactionReverted as error:
            raise InvalidInput(f"there is no loan {loan_id}: {error}") from error
        state = LoanState.from_tuple(loan_id, values)
        if state.status == 0:
            raise InvalidInput(f"there is no loan {loan_id}")
        return state

    def loan_count(self) -> int:
        """Return the number of applications so far; they are numbered from 1."""
        return int(self._read("loanCount"))

    def position(self, position_id: int) -> PositionState:
        """Return a funding.

        Raises:
            InvalidInput: if the position does not exist.
        """
        lender, loan_id, start, amount, drawn = self._read("position", _number(position_id))
        if amount == 0:
            raise InvalidInput(f"there is no position {position_id}")
        return PositionState(position_id, lender, loan_id, start, amount, drawn)

    def position_count(self) -> int:
        """Return the number of fundings so far; they are numbered from 1."""
        return int(self._read("positionCount"))

    def pseudonym(self, nullifier: int) -> Pseudonym:
        """Return what the market knows of a pseudonym."""
        state, loan_id = self._read("pseudonym", _number(nullifier))
        return Pseudonym(PseudonymState(state), loan_id or None)

    def quote(self, loan_id: int) -> Quote:
        """Return what the loan costs at the latest block.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        overdue, fees, remaining, settlement, due, defaultable = self._read(
            "quote", _number(loan_id)
        )
        if remaining == 0:
            self.loan(loan_id)  # a loan that does not exist owes nothing either
        return Quote(overdue, fees, remaining, settlement, due or None, defaultable)

    def withdrawable(self, position_id: int) -> int:
        """Tokens that ``withdraw`` would pay now."""
        return int(self._read("withdrawable", _number(position_id)))

    def token_allowed(self, token: str) -> bool:
        """Return whether new products may use this token."""
        return bool(self._read("tokenAllowed", checksum(token)))

    def new_loans_paused(self) -> bool:
        """Return whether the operator stopped new products, applications and fundings."""
        return bool(self._read("newLoansPaused"))

    def application_nonce(self, borrower: str) -> int:
        """Number that the borrower's next application carries."""
        return int(self._read("applicationNonce", checksum(borrower)))

    # --- the borrower's application -------------------------------------------------------------

    def request(
        self,
        product_id: int,
        principal: int,
        borrower: str,
        *,
        purpose_code: int = 0,
        lifetime: int = _LIFETIME,
        registry_root: int | None = None,
        account: Point | None = None,
        arbiters: ArbiterGroup | None = None,
        scorecard: str | None = None,
    ) -> LoanRequest:
        """Return what the borrower's wallet must prove for one application, in one call.

        It is computed here from what the chain stores, and compared with what the contract would
        demand, so that a node that reports other terms than the contract's is noticed.

        Args:
            product_id: the product.
            principal: amount wanted, minor currency units.
            borrower: address that will send the application and be paid.
            purpose_code: what the borrower will use the loan for; 0 if it is not said.
            lifetime: seconds for which the proof can be used.
            registry_root: root of accepted issuers to prove against; the newest by default. An
                older one must be one that the gate still accepts.
            account: the borrower's account, at a ledger's gate; refused at others.
            arbiters: the group whose names and threshold the borrower reads, at an escrow gate;
                refused at others. It must have the gate's key.
            scorecard: sha256 of the scorecard, where the gate's key is of ``scored_eligibility``.

        Raises:
            TransactionReverted: if the contract answers with ProductUnknown; PolicyNotJudged at a
                ledger's gate.
            InvalidInput: if the product is closed, no registry root was posted yet, or an argument
                is not acceptable at this gate.
            OutOfRange: if the principal is outside the product's range.
            LedgerError: if no entry of the account counts yet.
            ChainError: if this library and the contract disagree.
        """
        require_uint("lifetime", lifetime, TIME_BITS, minimum=1)
        state, who = self.product(product_id), checksum(borrower)
        if not state.open:
            raise InvalidInput(f"product {product_id} takes no applications")
        parts = self.gate.parts(registry_root, account, arbiters)
        now = self.node.now()
        # the market is alone: a bureau with one member
        scope = bureau_scope(chain_id=self.node.chain_id, bureau=self.address)
        request = LoanRequest(
            chain_id=self.node.chain_id,
            gate=self.gate.address,
            market=self.address,
            product_id=product_id,
            product=state.product,
            principal=principal,
            borrower=who,
            purpose_code=purpose_code,
            terms_hash=state.product.terms_hash(product_id, state.creator),
            nonce=self.application_nonce(who),
            deadline=now + lifetime,
            policy=state.product.policy_for(principal, now),
            scope=scope if account is None else 0,
            scorecard=scorecard,
            **parts,
        )
        computed = (request.policy.pack(), request.context, scope)
        demanded = self._read(
            "statementOf", who, product_id, principal, purpose_code, now, request.deadline
        )
        if request.terms_hash != state.terms_hash or demanded != computed:
            raise ChainError("the contract demands another statement than its terms imply")
        return request

    def require_acceptable(self, request: LoanRequest, presentation: Presentation) -> None:
        """Ask the market whether it would accept, without a transaction.

        What ``apply`` brings onto the chain before the application is not there yet: an escrow
        gate answers SealMissing, a ledger's gate NoSnapshot.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate.
            TransactionReverted: if the market, the gate or the verifier would refuse.
        """
        arguments = self._application(request, presentation)
        self._read("checkApplication", request.borrower, *arguments)

    def apply(
        self,
        request: LoanRequest,
        presentation: Presentation,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> LoanState:
        """Apply for the loan; returns the open application.

        What the gate wants to find on the chain before is sent first: the escrowed reference, or
        the ledger's total.

        Args:
            request: from ``request``.
            presentation: the wallet's answer to it.
            by: the borrower.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate, another account sends it, or what is
                on the chain no longer fits it.
            TransactionReverted: if the market, the gate or the verifier refused.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            return self.applied(by.wait(idempotency_key))
        arguments = self._application(request, presentation)
        if by.address != request.borrower:
            raise InvalidInput("an application is sent by the borrower that it is for")
        self.gate.prepare(request, presentation, by=by, idempotency_key=idempotency_key)
        limit = gas.proof_gas(
            self.gate.n_inputs, _APPLY + gas.schedule(request.product.terms.instalments)
        )
        receipt = self._send(
            by, "applyForLoan", *arguments, idempotency_key=idempotency_key, gas_limit=limit
        )
        return self.applied(receipt)

    def applied(self, receipt: Receipt) -> LoanState:
        """Return the loan that a transaction applied for, as it is now."""
        return self.loan(self._one(receipt, LoanRequested).loan_id)

    def instalment_due(self, loan_id: int) -> int:
        """Number, from 1, of the oldest unpaid instalment whose period has begun.

        If there is none, the number of the last instalment that was paid; at least 1.

        Raises:
            InvalidInput: if the loan does not exist or has not started.
        """
        loan = self.loan(loan_id)
        if loan.started_at is None:
            raise InvalidInput(f"loan {loan_id} has not started")
        terms = self.product(loan.product_id).product.terms
        begun = min((self.node.now() - loan.started_at) // terms.period + 1, terms.instalments)
        return max(1, min(loan.paid_instalments + 1, max(begun, loan.paid_instalments)))

    def instalment_owed(self, loan_id: int, number: int) -> int:
        """Return what is left to pay of the next unpaid instalment, with all late fees, in minor
        units.

        Args:
            loan_id: the loan.
            number: the instalment, from 1 on.

        Raises:
            InvalidInput: if the loan does not exist or does not run, or another instalment is next.
        """
        loan = self.loan(loan_id)
        if loan.status != LoanStatus.ACTIVE:
            raise InvalidInput(f"loan {loan_id} is {loan.status.name.lower()} and does not run")
        if number != loan.paid_instalments + 1:
            raise InvalidInput(
                f"instalment {number} of loan {loan_id} cannot be paid now: "
                f"{loan.paid_instalments} are paid, and instalments are paid in order"
            )
        terms = self.product(loan.product_id).product.terms
        amount = terms.schedule(loan.principal).amounts[number - 1]
        return amount - loan.credit + self.quote(loan_id).fees

    def paid_in(self, receipt: Receipt) -> int:
        """Return what a transaction paid on loans, in minor units."""
        paid = 0
        for event in self.events_of(receipt):
            match event:
                case LoanRepayment():
                    paid += event.to_instalments + event.to_fees
                case LoanSettled() | LoanRecovery():
                    paid += event.amount
                case _:
                    pass
        return paid

    def drawn_in(self, receipt: Receipt) -> int:
        """Return what a transaction drew from positions, in the token's base units."""
        return sum(e.tokens for e in self.events_of(receipt) if isinstance(e, Withdrawn))

    # --- changes --------------------------------------------------------------------------------

    def create_product(
        self, product: Product, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> ProductState:
        """Publish a product.

        Raises:
            TransactionReverted: if the contract answers with TermsInvalid, TokenNotAllowed,
                NewLoansPaused.
        """
        offered = product_to_tuple(require_instance("the product", product, Product))
        receipt = self._send(by, "createProduct", offered, idempotency_key=idempotency_key)
        return self.product(self._one(receipt, ProductCreated).product_id)

    def set_product_open(
        self,
        product_id: int,
        is_open: bool,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Open or close a product for applications. Its creator only."""
        return self._send(
            by, "setProductOpen", _number(product_id), is_open, idempotency_key=idempotency_key
        )

    def cancel(
        self, loan_id: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """End an application that is not fully funded; anybody may after the funding window."""
        return self._send(by, "cancel", _number(loan_id), idempotency_key=idempotency_key)

    def fund(
        self,
        loan_id: int,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> PositionState:
        """Fund an application with up to ``amount``; the last of it releases the loan.

        The lender must have allowed the market to take the tokens (``allow_payment``).
        """
        limit = self._walking("fund", loan_id)
        receipt = self._send(
            by,
            "fund",
            _number(loan_id),
            _amount(amount),
            idempotency_key=idempotency_key,
            gas_limit=limit,
        )
        return self.position(self._one(receipt, LoanFunded).position_id)

    def repay(
        self,
        loan_id: int,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Pay up to ``amount`` on a running or defaulted loan; anybody may."""
        limit = self._walking("repay", loan_id)
        return self._send(
            by,
            "repay",
            _number(loan_id),
            _amount(amount),
            idempotency_key=idempotency_key,
            gas_limit=limit,
        )

    def settle(
        self, loan_id: int, limit: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """End a running loan now, for at most ``limit``."""
        most = self._walking("settle", loan_id)
        return self._send(
            by,
            "settle",
            _number(loan_id),
            _amount(limit),
            idempotency_key=idempotency_key,
            gas_limit=most,
        )

    def mark_default(
        self, loan_id: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Declare default on a loan that is due for it. Anybody may."""
        limit = self._walking("markDefault", loan_id)
        return self._send(
            by, "markDefault", _number(loan_id), idempotency_key=idempotency_key, gas_limit=limit
        )

    def withdraw(
        self,
        position_id: int,
        *,
        by: TransactionSender,
        to: str | None = None,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Draw what a position can claim now, to ``to`` or the lender's own address."""
        where = checksum(by.address if to is None else to)
        return self._send(
            by, "withdraw", _number(position_id), where, idempotency_key=idempotency_key
        )

    def set_token_allowed(
        self,
        token: str,
        allowed: bool,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Allow or disallow a token for new products. Operator only."""
        return self._send(
            by, "setTokenAllowed", checksum(token), allowed, idempotency_key=idempotency_key
        )

    def pause_new_loans(
        self, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """Stop new products, applications and fundings. Operator only."""
        return self._send(by, "pauseNewLoans", idempotency_key=idempotency_key)

    def resume_new_loans(
        self, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """End ``pause_new_loans``. Operator only."""
        return self._send(by, "resumeNewLoans", idempotency_key=idempotency_key)

    def allow_payment(
        self,
        loan_id: int,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Receipt:
        """Let the market take ``amount`` minor units of the loan's token from the sender."""
        product = self.product(self.loan(loan_id).product_id).product
        token = TokenClient(self.node, product.token)
        return token.approve(
            self.address,
            _amount(amount) * product.token_unit,
            by=by,
            idempotency_key=idempotency_key,
        )

    def _gate_with(self, what: str, kind: type[G]) -> G:
        if not isinstance(self.gate, kind):
            raise InvalidInput(f"this market's gate has no {what}")
        return self.gate

    def _application(
        self, request: LoanRequest, presentation: Presentation
    ) -> tuple[int, int, int, tuple[Any, ...]]:
        evidence = self.gate.evidence(request, presentation)
        if request.market != self.address:
            raise InvalidInput(f"the request is for another market of this gate, {request.market}")
        return request.product_id, request.principal, request.purpose_code, evidence

    def _walking(self, function: str, loan_id: int) -> int:
        # These walk through the schedule, so their cost grows with the number of instalments.
        terms = self.product(self.loan(loan_id).product_id).product.terms
        return gas.limit_for(f"{self.contract}.{function}", rows=terms.instalments)


def _number(value: int) -> int:
    return require_uint("the number", value, 256)


def _amount(value: int) -> int:
    return require_uint("the amount", value, AMOUNT_BITS)
