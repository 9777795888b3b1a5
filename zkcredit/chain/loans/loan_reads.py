"""What a market says about itself, its loans and its positions."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from zkcredit._internal.checks import require_uint
from zkcredit.chain.contracts.contract import AdministeredClient
from zkcredit.chain.contracts.gates import (
    EligibilityGateClient,
    EscrowGateClient,
    GateClient,
    LedgerGateClient,
)
from zkcredit.chain.loans.consents import ConsentsClient
from zkcredit.chain.loans.gate_kinds import open_gate
from zkcredit.chain.loans.lens import LoanLensClient
from zkcredit.chain.loans.loan_events import LoanFunded, LoanStepped, Withdrawn
from zkcredit.chain.loans.loan_state import (
    LoanState,
    LoanStatus,
    PositionState,
    TokenClock,
    is_empty,
    product_of_entry,
)
from zkcredit.chain.loans.products import ProductBookClient
from zkcredit.chain.nodes.node import checksum
from zkcredit.errors import ChainError, InvalidInput
from zkcredit.loan.running import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.contracts.ledger import CreditLedgerClient
    from zkcredit.chain.contracts.registry import IssuerRegistryClient
    from zkcredit.chain.nodes.node import Node
    from zkcredit.chain.nodes.replies import Receipt
    from zkcredit.loan import Quote, RunningLoan

__all__ = ["LoanReads"]

G = TypeVar("G", bound=GateClient)


class LoanReads(AdministeredClient):
    """The views of a market, with its lens.

    Args:
        node: the node to read from.
        address: the market.
        lens: the lens that looks into it.
        since: the first block whose events are read, for example that of the market's creation.

    Raises:
        InvalidInput: if an address is malformed or has no contract.
        ChainError: if the lens looks into another market.
    """

    contract = "LoanMarket"

    def __init__(self, node: Node, address: str, lens: str, *, since: int = 0) -> None:
        super().__init__(node, address, since=since)
        self.lens = LoanLensClient(node, lens, since=since)
        if self.lens.market() != self.address:
            raise ChainError(f"the lens {self.lens.address} looks into another market")

    @cached_property
    def gate(self) -> GateClient:
        """The gate whose proofs release loans; it never changes.

        Raises:
            ChainError: if this library does not know such a gate.
        """
        return open_gate(self.node, self._read("gate"), since=self.since)

    @cached_property
    def book(self) -> ProductBookClient:
        """The book of the products; it never changes."""
        return ProductBookClient(self.node, self._read("book"))

    @cached_property
    def consents(self) -> ConsentsClient:
        """The contract that checks what people signed; it never changes."""
        return ConsentsClient(self.node, self._read("consents"))

    @cached_property
    def bureau_address(self) -> str:
        """The address of the bureau that keeps the pseudonyms; it never changes."""
        return str(self._read("bureau"))

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

    # --- loans and positions --------------------------------------------------------------------

    def loan(self, loan_id: int) -> LoanState:
        """Return a loan's record.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        return self.loans([loan_id])[0]

    def loans(self, loan_ids: Sequence[int]) -> list[LoanState]:
        """Return the records of several loans, read in few requests.

        Raises:
            InvalidInput: if one of the loans does not exist.
        """
        entries = self._read_all("entry", [_number(loan_id) for loan_id in loan_ids])
        now = self.node.now()
        states = []
        for loan_id, entry in zip(loan_ids, entries, strict=True):
            if is_empty(entry):
                raise InvalidInput(f"there is no loan {loan_id}")
            product = self.book.terms(product_of_entry(entry))
            states.append(LoanState.of_entry(loan_id, entry, product, now))
        return states

    def loan_after(self, loan_id: int, block: int) -> LoanState:
        """Return a loan's record after the block with this number.

        Raises:
            InvalidInput: if the loan did not exist then.
        """
        entry = self._read("entry", _number(loan_id), block=block)
        if is_empty(entry):
            raise InvalidInput(f"there is no loan {loan_id}")
        product = self.book.terms(product_of_entry(entry))
        return LoanState.of_entry(loan_id, entry, product, self.node.time_of(block))

    def status_after(self, loan_id: int, block: int) -> LoanStatus:
        """Return where a loan stood after the block with this number.

        Raises:
            InvalidInput: if the loan did not exist then.
        """
        status = self.lens.status(loan_id, block=block)
        if status is LoanStatus.NONE:
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

    def positions(self, position_ids: Sequence[int]) -> list[PositionState]:
        """Return several lenders' positions, read in few requests.

        Raises:
            InvalidInput: if one of the positions does not exist.
        """
        several = self._read_all("position", [_number(number) for number in position_ids])
        states = []
        for number, values in zip(position_ids, several, strict=True):
            state = PositionState.from_tuple(number, values)
            if not state.loan_id:
                raise InvalidInput(f"there is no position {number}")
            states.append(state)
        return states

    def positions_of(self, loan_id: int) -> list[PositionState]:
        """Return the positions of a loan whose lenders did not leave, in the order of numbers.

        Raises:
            ChainError: if the node does not return the events of all of them.
        """
        loan = self.loan(loan_id)
        topics = (self.abi.topic("LoanFunded"), _number(loan_id).to_bytes(32, "big"))
        numbers = [
            event.position_id
            for event in self.events(topics=topics)
            if isinstance(event, LoanFunded)
        ]
        found = [state for state in self.positions(numbers) if state.lender is not None]
        if sum(state.amount for state in found) != loan.funded:
            raise ChainError(f"the events of the fundings of loan {loan_id} are not complete")
        return found

    def position_count(self) -> int:
        """Return the number of positions so far; they are numbered from 1."""
        return int(self._read("positionCount"))

    def withdrawable(self, position_id: int) -> int:
        """Return the tokens that ``withdraw`` would pay now."""
        return self.withdrawables([position_id])[0]

    def withdrawables(self, position_ids: Sequence[int]) -> list[int]:
        """Return the tokens that ``withdraw`` would pay now for each of several positions."""
        numbers = [_number(number) for number in position_ids]
        return [int(tokens) for tokens in self._read_all("withdrawable", numbers)]

    def quote(self, loan_id: int) -> Quote:
        """Return the loan's costs at the latest block, its next due in Unix seconds.

        Raises:
            InvalidInput: if the loan does not exist.
        """
        quote = self.lens.quote(loan_id)
        if quote.remaining == 0:
            self.loan(loan_id)  # the contract also returns zeros for a loan that does not exist
        return quote

    # --- rows ------------------------------------------------------------------------------------

    def row_due(self, loan_id: int) -> int:
        """Return the number, from 1, of the oldest unpaid row that has begun and asks for money.

        If there is no such row, return the number of the last row that is behind the loan, but at
        least 1.

        Raises:
            InvalidInput: if the loan does not exist or was not released.
        """
        running = self._released(loan_id)
        begun = running.begun(self.clock(running.product.token).now)
        asked = (step.number for step in walk(running) if step.open and step.number < begun)
        return next(asked, max(running.paid, 1) - 1) + 1

    def period(self, loan_id: int) -> int:
        """Return the number, from 1, of the row whose time it is; after the last due, one more.

        Raises:
            InvalidInput: if the loan does not exist or was not released.
        """
        running = self._released(loan_id)
        now = self.clock(running.product.token).now
        rows = range(len(running.product.table.rows))
        return 1 + sum(running.due_at(number) <= now for number in rows)

    def row_owed(self, loan_id: int, number: int) -> int:
        """Return what is owed for the next row, with all late fees, in minor units.

        Args:
            loan_id: the loan.
            number: the row, counted from 1.

        Raises:
            InvalidInput: if the loan does not exist or is not running, or another row is next.
        """
        running = self.loan(loan_id).require_running()
        step = next(step for step in walk(running) if step.open)
        if number != step.number + 1:
            raise InvalidInput(
                f"row {number} of loan {loan_id} cannot be paid now: row {step.number + 1} is "
                "next, and rows are paid in order"
            )
        return step.open + self.quote(loan_id).fees

    def _released(self, loan_id: int) -> RunningLoan:
        loan = self.loan(loan_id)
        if loan.running is None:
            raise InvalidInput(f"loan {loan_id} has not started")
        return loan.running

    # --- settings and money -----------------------------------------------------------------------

    def clock(self, token: str, *, block: int | None = None) -> TokenClock:
        """Return the clock of a token, on which its loans have their times, now or at a block."""
        return TokenClock(*self._read("clockOf", checksum(token), block=block))

    def fees(self, recipient: str, token: str) -> int:
        """Return the origination fees that a recipient can withdraw, in the token's base units."""
        return int(self._read("feesOf", checksum(recipient), checksum(token)))

    def token_allowed(self, token: str) -> bool:
        """Return whether products of a token take applications and fundings."""
        return bool(self._read("tokenAllowed", checksum(token)))

    def new_loans_paused(self) -> bool:
        """Return whether the operator stopped applications and fundings."""
        return bool(self._read("newLoansPaused"))

    def application_nonce(self, borrower: str) -> int:
        """Return the number of the borrower's next application."""
        return self.gate.application_nonce(self.address, borrower)

    def issuers_for(self, product_address: str) -> tuple[str, ...] | None:
        """Return the issuers whose ledger entries count for a product; None if those of all do.

        Raises:
            InvalidInput: if there is no such product, or the gate asks about a credential, and has
                no ledger.
            LedgerError: if nobody published the list that the product names.
        """
        gate = self._gate_with("ledger", LedgerGateClient)
        return gate.issuers(self.book.terms(product_address))

    def paid_in(self, receipt: Receipt) -> int:
        """Return what a transaction paid on loans, in minor units."""
        events = self.events_of(receipt)
        return sum(event.paid for event in events if isinstance(event, LoanStepped))

    def drawn_in(self, receipt: Receipt) -> int:
        """Return what a transaction withdrew from positions, in the token's base units."""
        return sum(e.tokens for e in self.events_of(receipt) if isinstance(e, Withdrawn))

    def _gate_with(self, what: str, kind: type[G]) -> G:
        if not isinstance(self.gate, kind):
            raise InvalidInput(f"this market's gate has no {what}")
        return self.gate


def _number(value: int) -> int:
    return require_uint("the number", value, 256)
