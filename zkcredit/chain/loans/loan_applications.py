"""Applications for loans: the request that a wallet answers, applying, renewing, cancelling."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.loans.consents import SignedConsent
from zkcredit.chain.loans.loan_events import LoanRequested
from zkcredit.chain.loans.loan_reads import LoanReads
from zkcredit.chain.loans.loan_state import LoanState, LoanStatus
from zkcredit.chain.loans.signed_steps import SignedApplication
from zkcredit.chain.nodes.node import checksum
from zkcredit.chain.sending import gas
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.request.loan_request import LoanRequest, bureau_scope
from zkcredit.schema import TIME_BITS

if TYPE_CHECKING:
    from zkcredit.chain.contracts.gates import Evidence
    from zkcredit.chain.custody.signed_quote import SignedQuote
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.chain.sending.transactions import TransactionSender
    from zkcredit.escrow.group import ArbiterGroup
    from zkcredit.gadgets.babyjub import Point
    from zkcredit.presentation import Presentation
    from zkcredit.request.base import Parts

__all__ = ["LoanApplications"]

_APPLY: Final = 330_000  # gas of an application without verification and rows
_RENEW: Final = 120_000
_CONSENT: Final = 60_000
_LIFETIME: Final = 600  # default of the seconds for which a proof can be used


class LoanApplications(LoanReads):
    """What a market does before a loan is released, as a borrower sees it."""

    def request(
        self,
        product_address: str,
        principal: int,
        borrower: str,
        *,
        purpose_code: int = 0,
        lifetime: int = _LIFETIME,
        registry_root: int | None = None,
        account: Point | None = None,
        arbiters: ArbiterGroup | None = None,
        scorecard: str | None = None,
        quote: SignedQuote | None = None,
    ) -> LoanRequest:
        """Return the request that the borrower's wallet must answer for one application.

        This computes the request from the product's own bytes, and compares it with the contract's
        own computation, to detect a node that reports wrong terms.

        Args:
            product_address: the product, by the address of its data contract.
            principal: requested amount, minor currency units.
            borrower: address that will apply, or in whose name somebody else will, and be paid.
            purpose_code: number of the loan's purpose; 0 if the borrower does not say.
            lifetime: seconds for which the proof can be used.
            registry_root: the registry root to prove with; the newest by default. The gate must
                still accept an older one.
            account: the borrower's account; only for a ledger's gate.
            arbiters: the group whose names and threshold the borrower will read; only for an escrow
                gate with this group's key.
            scorecard: sha256 of the scorecard, if the gate's statement is ``scored_eligibility``.
            quote: the exchange rate, if the product's conditions are in another currency than its
                loans and the gate takes quotes; it must hold until the proof's deadline.

        Raises:
            InvalidInput: if the product is not of the market's book, or is closed, no registry root
                was posted yet, or an argument is not acceptable at this gate.
            OutOfRange: if the principal is outside the product's range.
            LedgerError: if no entry of the account counts yet.
            TransactionReverted: if a ledger's gate answers with PolicyNotJudged, or the source of
                rates refuses the quote or its feed.
            ChainError: if the contract computes another request than this library.
        """
        published = self.book.product(product_address)
        if not published.open:
            raise InvalidInput(f"product {published.address} is closed for applications")
        return self._request(
            published.address,
            principal,
            checksum(borrower),
            purpose_code,
            lifetime,
            account=account,
            scorecard=scorecard,
            quote=quote,
            parts=self.gate.parts(published.product, registry_root, account, arbiters),
        )

    def request_renewal(
        self,
        loan: LoanState,
        *,
        lifetime: int = _LIFETIME,
        registry_root: int | None = None,
        account: Point | None = None,
        arbiters: ArbiterGroup | None = None,
        scorecard: str | None = None,
        quote: SignedQuote | None = None,
    ) -> LoanRequest:
        """Return the request whose answer renews an application's evidence (``renew``).

        Arguments and errors are as in ``request``; the product may be closed by now.

        Raises:
            InvalidInput: if the application cannot be funded any more, its evidence is not older
                than the chain's present second, or as in ``request``.
        """
        if require_instance("the loan", loan, LoanState).status is not LoanStatus.REQUESTED:
            raise InvalidInput(
                f"loan {loan.loan_id} is {loan.status.name.lower()}: only an application that can "
                "be funded is renewed"
            )
        if loan.proved_at is not None and self.node.now() <= loan.proved_at:
            raise InvalidInput(
                f"the evidence of loan {loan.loan_id} is of this very second; renew it in the next"
            )
        return self._request(
            loan.product_address,
            loan.principal,
            loan.borrower,
            loan.purpose,
            lifetime,
            account=account,
            scorecard=scorecard,
            quote=quote,
            parts=self.gate.parts(loan.product, registry_root, account, arbiters),
        )

    def _request(
        self,
        product_address: str,
        principal: int,
        borrower: str,
        purpose_code: int,
        lifetime: int,
        *,
        account: Point | None,
        scorecard: str | None,
        quote: SignedQuote | None,
        parts: Parts,
    ) -> LoanRequest:
        require_uint("lifetime", lifetime, TIME_BITS, minimum=1)
        product, now = self.book.terms(product_address), self.node.now()
        scope, deadline = self._scope(), now + lifetime
        policy = product.policy_for(principal, now)
        exchange = self.gate.exchange(product, quote, deadline)
        judged = policy
        if exchange is not None:
            judged = replace(policy, instalment=exchange.convert_up(policy.instalment))
        request = LoanRequest(
            chain_id=self.node.chain_id,
            gate=self.gate.address,
            market=self.address,
            product_id=int(product_address, 16),
            product=product,
            principal=principal,
            borrower=borrower,
            purpose_code=purpose_code,
            terms_hash=product.digest,
            nonce=self.application_nonce(borrower),
            deadline=deadline,
            policy=judged,
            scope=scope if account is None else 0,
            scorecard=scorecard,
            history=self.gate.history(product, now),
            exchange=exchange,
            **parts,
        )
        # the lens does not convert: it tells the burden in the loan's currency
        computed = (policy.pack(), request.context, scope)
        demanded = self.lens.statement(
            borrower, product_address, principal, purpose_code, now, request.deadline
        )
        if demanded != computed:  # the context contains the hash of the terms
            raise ChainError("the contract demands another proof than its terms imply")
        return request

    def _scope(self) -> int:
        return bureau_scope(chain_id=self.node.chain_id, bureau=self.bureau_address)

    def require_acceptable(self, request: LoanRequest, presentation: Presentation) -> None:
        """Require that the market would accept the application, without a transaction.

        ``apply`` first writes data onto the chain that are missing here: without them an escrow
        gate answers with SealMissing, and a ledger's gate with NoSnapshot.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate or market.
            TransactionReverted: if the market, the gate, the verifier or the bureau would refuse.
        """
        arguments = self._application(request, presentation)
        self.lens.require_application(request.borrower, *arguments)

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
            TransactionReverted: if the market, the gate, the verifier or the bureau refused.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            return self.applied(by.wait(idempotency_key))
        arguments = self._application(request, presentation)
        if by.address != request.borrower:
            raise InvalidInput("the borrower of the request must send the application")
        self.gate.prepare(request, presentation, by=by, idempotency_key=idempotency_key)
        receipt = self._send(
            by,
            "applyForLoan",
            *arguments,
            idempotency_key=idempotency_key,
            gas_limit=self._proof_gas(*_rows_and(request, _APPLY)),
        )
        return self.applied(receipt)

    def apply_for(
        self,
        consent: SignedConsent,
        request: LoanRequest,
        presentation: Presentation,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> LoanState:
        """Apply in the name of a borrower who signed it; anybody may carry the application.

        At an escrow gate the borrower has placed the reference before.

        Args:
            consent: the result of ``ConsentsClient.sign_application``.
            request: the result of ``request``, with the signer as borrower.
            presentation: the wallet's answer to it.
            by: who carries it, and pays for gas.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate or another signer.
            TransactionReverted: if the consents' contract answers with ConsentExpired,
                ConsentUsed, ConsentInvalid, or the market, the gate, the verifier or the bureau
                refused.
        """
        if idempotency_key is not None and by.knows(idempotency_key):
            return self.applied(by.wait(idempotency_key))
        signed = self.signed_application(consent, request, presentation)
        return self.carry_application(signed, by=by, idempotency_key=idempotency_key)

    def signed_application(
        self, consent: SignedConsent, request: LoanRequest, presentation: Presentation
    ) -> SignedApplication:
        """Return an application that anybody may carry, also as a file (``SignedStep``).

        Arguments and errors are as in ``apply_for``; nothing is sent.
        """
        address, principal, purpose, evidence = self._application(request, presentation)
        if require_instance("the consent", consent, SignedConsent).signer != request.borrower:
            raise InvalidInput("the consent must be that of the borrower of the request")
        self.gate.require_carriable(request, presentation)
        account = presentation.account if self.gate.carrier_prepares else None
        return SignedApplication(address, principal, purpose, evidence, consent, account)

    def carry_application(
        self,
        signed: SignedApplication,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> LoanState:
        """Apply with what a borrower signed; anybody may carry it.

        Args:
            signed: the result of ``signed_application``.
            by: who carries it, and pays for gas.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidInput: if the product is not of this market's book, or the application is about
                an account and the market is not, or the other way.
            TransactionReverted: if the contracts refuse it, as in ``apply_for``.
        """
        require_instance("the application", signed, SignedApplication)
        if idempotency_key is not None and by.knows(idempotency_key):
            return self.applied(by.wait(idempotency_key))
        product = self.book.terms(signed.product_address)
        self.gate.prepare_carried(product, signed.account, by=by, idempotency_key=idempotency_key)
        rows = len(product.schedule(signed.principal).amounts)
        more = _APPLY + _CONSENT + gas.exchange(len(signed.evidence.extra))
        receipt = self._send(
            by,
            "applyFor",
            signed.consent.to_tuple(),
            signed.product_address,
            signed.principal,
            signed.purpose_code,
            signed.evidence,
            idempotency_key=idempotency_key,
            gas_limit=self._proof_gas(rows, more),
        )
        return self.applied(receipt)

    def applied(self, receipt: Receipt) -> LoanState:
        """Return the present state of the loan that a transaction applied for."""
        return self.loan(self._one(receipt, LoanRequested).loan_id)

    def renew(
        self,
        loan: LoanState,
        request: LoanRequest,
        presentation: Presentation,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> LoanState:
        """Bring newer evidence for an application; anybody may carry it.

        Args:
            loan: the application.
            request: the result of ``request_renewal``.
            presentation: the wallet's answer to it.
            by: who sends it.
            idempotency_key: see ``TransactionSender.send``.

        Raises:
            InvalidProof: if the presentation does not answer the request.
            InvalidInput: if the request is for another gate, market or application.
            TransactionReverted: if the contract answers with StageInvalid, FundingClosed or
                EvidenceUnsuitable, or the gate or the verifier refused.
        """
        require_instance("the loan", loan, LoanState)
        address, *asked, evidence = self._application(request, presentation)
        named = loan.product_address, loan.principal, loan.purpose, loan.borrower
        if (address, *asked, request.borrower) != named:
            raise InvalidInput(f"the request is for another application than loan {loan.loan_id}")
        self._send(
            by,
            "renew",
            loan.loan_id,
            evidence,
            idempotency_key=idempotency_key,
            gas_limit=self._proof_gas(*_rows_and(request, _RENEW)),
        )
        return self.loan(loan.loan_id)

    def cancel(
        self, loan_id: int, *, by: TransactionSender, idempotency_key: str | None = None
    ) -> Receipt:
        """End an application that is not full: the borrower at any time.

        Anybody may after its deadline, or when the root of its proof was withdrawn.

        Raises:
            TransactionReverted: if the contract answers with StageInvalid, NotBorrower.
        """
        return self._send(
            by, "cancel", require_uint("the number", loan_id, 256), idempotency_key=idempotency_key
        )

    # --- parts ------------------------------------------------------------------------------------

    def _application(
        self, request: LoanRequest, presentation: Presentation
    ) -> tuple[str, int, int, Evidence]:
        evidence = self.gate.evidence(request, presentation)
        if request.market != self.address:
            raise InvalidInput(f"the request is for another market of this gate, {request.market}")
        return request.product_address, request.principal, request.purpose_code, evidence

    def _proof_gas(self, rows: int, own: int) -> int:
        more = self.gate.extra_gas + gas.schedule(rows)
        return gas.proof_gas(self.gate.n_inputs, own + more)


def _rows_and(request: LoanRequest, own: int) -> tuple[int, int]:
    """Return a loan's rows, and the gas of a call with the rate that its request needs."""
    rows = len(request.product.schedule(request.principal).amounts)
    rate = 0 if request.exchange is None else gas.exchange(len(request.exchange.evidence))
    return rows, own + rate
