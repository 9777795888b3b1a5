"""The loan market: products, applications, funding, repayment, default, withdrawal.

Reading goes through the client's node. Every change takes the account that makes it as ``by``, and
may take an ``idempotency_key`` (see ``TransactionSender.send``). If a contract refuses, the error
is a ``TransactionReverted`` with the contract's typed error.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from zkcredit._internal.checks import require_instance, require_uint
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
)
from zkcredit.chain.contracts.market_lists import MarketLists
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
from zkcredit.chain.loans.gate_kinds import open_gate
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
_LIFETIME = 600  # default of the seconds for which a proof can be used


class LoanMarketClient(MarketLists):
    """A ``LoanMarket`` contract with any gate."""

    contract = "LoanMarket"

    # --- what the chain says --------------------------------------------------------------------

    @cached_property
    def gate(self) -> GateClient:
        """The gate whose proofs release loans; it never changes.

        Raises:
            ChainError: if this library does not know such a gate.
        """
        return open_gate(self.node, self._read("gate"), since=self.since)

    @cached_property
    def bureau(self) -> str:
        """Address of the bureau that the market names; its own if it is alone. It never changes."""
        return checksum(self._read("bureau"))

    @cached_property
    def _rows(self) -> dict[tuple[int, int], int]:
        """The instalments of each loan that was used, by ``Node.restored`` and loan."""
        return {}

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
        product = product_from_tuple(terms)
        digest = product.terms_hash(product_id, creator)
        return ProductState(product_id, product, creator, is_open, digest)

    def product_count(self) -> int:
        """Return the number of products; they are numbered from 1."""
        return int(self._read("productCount"))

    def loan(self, loan_id: int) -> LoanState:
        """Return a loan's record.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        return self.loans([loan_id])[0]

    def status_after(self, loan_id: int, block: int) -> LoanStatus:
        """Return where a loan stood after the block with this number.

        Raises:
            InvalidInput: if the loan did not exist then.
        """
        try:
            values = self._read("loan", _number(loan_id), block=block)
        except TransactionReverted as error:
            raise InvalidInput(f"there is no loan {loan_id}: {error}") from error
        status = LoanState.from_tuple(loan_id, values).status
        if status == 0:
            raise InvalidInput(f"there is no loan {loan_id}")
        return status

    def loan_count(self) -> int:
        """Return the number of applications so far; they are numbered from 1."""
        return int(self._read("loanCount"))

    def position(self, position_id: int) -> PositionState:
        """Return a lender's position.

        Raises:
            InvalidInput: if the position does not exist.
        """
        return self.positions([position_id])[0]

    def position_count(self) -> int:
        """Return the number of positions so far; they are numbered from 1."""
        return int(self._read("positionCount"))

    def pseudonym(self, nullifier: int) -> Pseudonym:
        """Return what the market knows about a pseudonym."""
        state, loan_id = self._read("pseudonym", _number(nullifier))
        return Pseudonym(PseudonymState(state), loan_id or None)

    def quote(self, loan_id: int) -> Quote:
        """Return the loan's costs at the latest block.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        overdue, fees, remaining, settlement, due, defaultable = self._read(
            "quote", _number(loan_id)
        )
        if remaining == 0:
            self.loan(loan_id)  # the contract also returns zeros for a loan that does not exist
        return Quote(overdue, fees, remaining, settlement, due or None, defaultable)

    def withdrawable(self, position_id: int) -> int:
        """Return the tokens that ``withdraw`` would pay now."""
        return int(self._read("withdrawable", _number(position_id)))

    def token_allowed(self, token: str) -> bool:
        """Return whether new products may use this token."""
        return bool(self._read("tokenAllowed", checksum(token)))

    def new_loans_paused(self) -> bool:
        """Return whether the operator stopped new products, applications and fundings."""
        return bool(self._read("newLoansPaused"))

    def application_nonce(self, borrower: str) -> int:
        """Return the number of the borrower's next application."""
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
        """Return the request that the borrower's wallet must answer for one application.

        This computes the request from the chain's data, and compares it with the contract's own
        computation, to detect a node that reports wrong terms.

        Args:
            product_id: the product.
            principal: requested amount, minor currency units.
            borrower: address that will send the application and be paid.
            purpose_code: number of the loan's purpose; 0 if the borrower does not say.
            lifetime: seconds for which the proof can be used.
            registry_root: the registry root to prove with; the newest by default. The gate must
                still accept an older one.
            account: the borrower's account; only for a ledger's gate.
            arbiters: the group whose names and threshold the borrower will read; only for an escrow
                gate with this group's key.
            scorecard: sha256 of the scorecard, if the gate's statement is ``scored_eligibility``.

        Raises:
            TransactionReverted: if the contract answers with ProductUnknown, or a ledger's gate
                with PolicyNotJudged.
            InvalidInput: if the product is closed, no registry root was posted yet, or an argument
                is not acceptable at this gate.
            OutOfRange: if the principal is outside the product's range.
            LedgerError: if no entry of the account counts yet.
            ChainError: if the contract computes another request than this library.
        """
        require_uint("lifetime", lifetime, TIME_BITS, minimum=1)
        state, who = self.product(product_id), checksum(borrower)
        if not state.open:
            raise InvalidInput(f"product {product_id} is closed for applications")
        parts = self.gate.parts(state.product, registry_root, account, arbiters)
        now = self.node.now()
        scope = bureau_scope(chain_id=self.node.chain_id, bureau=self.bureau)
        request = LoanRequest(
            chain_id=self.node.chain_id,
            gate=self.gate.address,
            market=self.address,
            product_id=product_id,
            product=state.product,
            principal=principal,
            borrower=who,
            purpose_code=purpose_code,
            terms_hash=state.terms_hash,
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
        if demanded != computed:  # the context contains the hash of the terms
            raise ChainError("the contract demands another proof than its terms imply")
        return request

    def issuers_for(self, product_id: int) -> tuple[str, ...] | None:
        """Return the issuers whose ledger entries count for a product; None if those of all do.

        Raises:
            TransactionReverted: if the contract answers with ProductUnknown.
            InvalidInput: if the gate asks about a credential, and has no ledger.
            LedgerError: if nobody published the list that the product names.
        """
        gate = self._gate_with("ledger", LedgerGateClient)
        return gate.issuers(self.product(product_id).product)

    def require_acceptable(self, request: LoanRequest, presentation: Presentation) -> None:
        """Require that the market would accept the application, without a transaction.

        ``apply`` first writes data onto the chain that are missing here: without them an escrow
        gate answers with SealMissing, and a ledger's gate with NoSnapshot.

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
        """Apply for the loan, and return the open application.

        This first sends what the gate needs on the chain: the escrowed reference, or the ledger's
        total.

        Args:
            request: the result of ``request``.
            presentation: the wallet's answer to it.
            by: the borrower.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate or another account, or the chain no
                longer fits it.
            TransactionReverted: if the market, the gate or the verifier refused.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            return self.applied(by.wait(idempotency_key))
        arguments = self._application(request, presentation)
        if by.address != request.borrower:
            raise InvalidInput("the borrower of the request must send the application")
        self.gate.prepare(request, presentation, by=by, idempotency_key=idempotency_key)
        rows = len(request.product.schedule(request.principal).amounts)
        limit = gas.proof_gas(self.gate.n_inputs, _APPLY + gas.schedule(rows))
        receipt = self._send(
            by, "applyForLoan", *arguments, idempotency_key=idempotency_key, gas_limit=limit
        )
        return self.applied(receipt)

    def applied(self, receipt: Receipt) -> LoanState:
        """Return the present state of the loan that a transaction applied for."""
        return self.loan(self._one(receipt, LoanRequested).loan_id)

    def instalment_due(self, loan_id: int) -> int:
        """Return the number, from 1, of the oldest unpaid instalment whose period has begun.

        If there is no such instalment, return the number of the last paid one, but at least 1.

        Raises:
            InvalidInput: if the loan does not exist or has not started.
        """
        loan = self.loan(loan_id)
        terms = self.product(loan.product_id).product.terms
        begun = min(self._period(loan, terms.period), terms.instalments)
        return max(1, min(loan.paid_instalments + 1, max(begun, loan.paid_instalments)))

    def period(self, loan_id: int) -> int:
        """Return the number, from 1, of the period that a loan is in.

        Periods go on after the last instalment's.

        Raises:
            InvalidInput: if the loan does not exist or has not started.
        """
        loan = self.loan(loan_id)
        return self._period(loan, self.product(loan.product_id).product.terms.period)

    def _period(self, loan: LoanState, seconds: int) -> int:
        if loan.started_at is None:
            raise InvalidInput(f"loan {loan.loan_id} has not started")
        return (self.node.now() - loan.started_at) // seconds + 1

    def instalment_owed(self, loan_id: int, number: int) -> int:
        """Return what is owed for the next instalment, with all late fees, in minor units.

        Args:
            loan_id: the loan.
            number: the instalment, counted from 1.

        Raises:
            InvalidInput: if the loan does not exist or is not running, or another instalment is
                next.
        """
        loan = self.loan(loan_id)
        if loan.status != LoanStatus.ACTIVE:
            raise InvalidInput(f"loan {loan_id} is {loan.status.name.lower()}, not running")
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
        """Return what a transaction withdrew from positions, in the token's base units."""
        return sum(e.tokens for e in self.events_of(receipt) if isinstance(e, Withdrawn))

    # --- changes --------------------------------------------------------------------------------

    def create_product(
        self, product: Product, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> ProductState:
        """Publish a product.

        Raises:
            TransactionReverted: if the contract answers with TermsInvalid, TokenNotAllowed or
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
        """End an application that is not fully funded. After the funding window, anybody may."""
        return self._send(by, "cancel", _number(loan_id), idempotency_key=idempotency_key)

    def fund(
        self,
        loan_id: int,
        amount: int,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> PositionState:
        """Fund an application with up to ``amount``; the last part releases the loan.

        The lender must first allow the market to take the tokens (``allow_payment``).
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
        """Pay up to ``amount`` on a running or defaulted loan. Anybody may do this."""
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
        """Settle a running loan now, for at most ``limit``."""
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
        """Declare a loan in default that has been overdue for long enough. Anybody may do this."""
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
        """Withdraw what a position can claim now, to ``to`` or to the lender's own address."""
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
        # These compute the schedule, so their cost grows with the number of instalments, which
        # never changes. Should another loan get the number, the limit is at worst too low.
        place = self.node.restored, _number(loan_id)
        if place not in self._rows:
            loan = self.loan(loan_id)
            self._rows[place] = self.product(loan.product_id).product.terms.instalments
        return gas.limit_for(f"{self.contract}.{function}", rows=self._rows[place])


def _number(value: int) -> int:
    return require_uint("the number", value, 256)


def _amount(value: int) -> int:
    return require_uint("the amount", value, AMOUNT_BITS)
