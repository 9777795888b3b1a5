"""A request that a loan market makes: the proof that one application needs.

The gate computes ``context`` and ``scope`` from its own storage; this module computes the same two
hashes. Both are Keccak-256 over ``abi.encode`` (Solidity ABI version 2: one 32-byte word a value),
shifted right by 8 bits, so that they are below the scalar field's order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import zkcredit.units as units
from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.evm import address_word, checksum_address, field_hash, words
from zkcredit._internal.text import short_repr
from zkcredit.errors import InvalidInput
from zkcredit.language import tr
from zkcredit.loan.disclosure import Disclosure, disclose
from zkcredit.loan.purposes import purpose_in_words
from zkcredit.loan.table_product import TableProduct
from zkcredit.request.asked_history import HISTORY, HISTORY_ELIGIBILITY, AskedHistory
from zkcredit.request.base import Request
from zkcredit.request.exchange import ExchangeRate
from zkcredit.schema import LOAN_CONTEXT, PURPOSE_BITS

__all__ = ["BUREAU_SCOPE_LABEL", "LoanRequest", "bureau_scope", "proof_context"]

BUREAU_SCOPE_LABEL: Final = "zkcredit.bureau"
"""The string that keeps bureaus' scopes apart from every other use of the nullifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanRequest(Request):
    """What a borrower must prove to apply for one loan, computed from the chain.

    ``policy`` has the product's conditions for this principal. ``scope`` is the hash of the
    market's bureau; a market without a bureau is its own, and a ledger's market has 0. The gate
    accepts ``registry_root`` up to a maximum age.

    Attributes:
        chain_id: EIP-155 number of the chain.
        gate: EIP-55 address of the gate that checks the proof.
        market: EIP-55 address of the market.
        product_id: the address of the product's data contract, as a number.
        product: the terms that the borrower agrees to.
        principal: amount asked for, minor currency units.
        borrower: EIP-55 address of the borrower, who applies and is paid.
        purpose_code: number of the loan's purpose, see ``loan.PURPOSES``; 0 if the borrower does
            not say.
        terms_hash: 32 bytes, hash of the product as the market published it.
        nonce: the borrower's application number.
        deadline: last second (Unix) at which the proof may be used.
        history: what is asked about the borrower's record, or None. With a registry the proof is
            about a credential too, ``history_eligibility``; without one it is ``history``.
        exchange: the rate at which the policy judges the burden, if the policy is in another
            currency than the loan; ``policy`` has the burden in its own currency.

    Raises:
        InvalidInput: if an address, the terms' hash or a part is not acceptable, or the policy is
            in another currency than the loan and ``exchange`` does not fit both.
        OutOfRange: if a number is out of its range.
    """

    chain_id: int
    gate: str
    market: str
    product_id: int
    product: TableProduct
    principal: int
    borrower: str
    purpose_code: int = 0
    terms_hash: bytes
    nonce: int
    deadline: int
    history: AskedHistory | None = None
    exchange: ExchangeRate | None = None

    __repr__ = short_repr

    def __post_init__(self) -> None:
        require_instance("the product", self.product, TableProduct)
        self._require_parts()
        self._require_history()
        self._require_exchange()
        _ = self.context, self.product_address  # hashing checks the rest
        if self.product.digest != self.terms_hash:
            raise InvalidInput("terms_hash is not the hash of the product")

    @property
    def statement(self) -> str:
        """The statement that answers this request."""
        if self.history is None:
            return super(LoanRequest, self).statement
        return HISTORY_ELIGIBILITY if self.registry_root else HISTORY

    def expected(self) -> dict[str, int]:
        """See ``Request.expected``."""
        inputs = super(LoanRequest, self).expected()
        if self.history is None:
            return inputs
        if self.statement == HISTORY:
            inputs = {"context": self.context, "scope": self.scope}
        return inputs | self.history.expected()

    @property
    def product_address(self) -> str:
        """The EIP-55 address of the data contract that holds the product."""
        return checksum_address("product", f"0x{self.product_id:040x}")

    @property
    def verifier(self) -> str:
        """The gate, by its address."""
        return tr(
            "the loan market {market} on chain {chain}, by its gate {gate}",
            market=self.market,
            chain=self.chain_id,
            gate=self.gate,
        )

    @property
    def purpose(self) -> str:
        """The loan that the borrower applies for."""
        parts = {
            "amount": units.money_in_words(self.principal, self.product.currency),
            "product": self.product_address,
            "borrower": self.borrower,
        }
        if not self.purpose_code:
            return tr("a loan of {amount} from product {product}, paid to {borrower}", **parts)
        return tr(
            "a loan of {amount} from product {product} for {use}, paid to {borrower}",
            use=purpose_in_words(self.purpose_code),
            **parts,
        )

    @property
    def expires_at(self) -> int:
        """The deadline."""
        return self.deadline

    @property
    def context(self) -> int:
        """The public input that binds a proof to this application, below 2^248."""
        return proof_context(**{name: getattr(self, name) for name in LOAN_CONTEXT})

    def costs(self) -> Disclosure:
        """Return what the loan costs, as the borrower is told before consenting.

        Raises:
            OutOfRange: if a rate is above 10^6 a year.
        """
        return disclose(self.product, self.principal)

    def _require_history(self) -> None:
        if self.history is None:
            return
        require_instance("the history", self.history, AskedHistory)
        if (self.arbiters, self.account, self.scorecard) != (None, None, None):
            raise InvalidInput("a record, arbiters, account and scorecard are not asked together")
        judged = {*self.policy.conditions()} - {"now", "instalment"}
        if self.statement == HISTORY and judged:
            raise InvalidInput(
                "a request about a record alone has no conditions on a credential: "
                f"{', '.join(sorted(judged))}"
            )

    def _require_exchange(self) -> None:
        pair = self.product.currency, self.policy.currency
        foreign = 0 not in pair and pair[0] != pair[1]
        if self.exchange is None:
            if foreign:
                raise InvalidInput(
                    "the policy is in another currency than the loan: the request needs the rate "
                    "at which it judges"
                )
            return
        exchange = require_instance("the exchange rate", self.exchange, ExchangeRate)
        if not foreign or (exchange.base, exchange.quote) != pair:
            raise InvalidInput("the exchange rate is not one from the loan's to the policy's")
        if exchange.until is not None and exchange.until < self.deadline:
            raise InvalidInput("the exchange rate ends before the deadline of the proof")
        if exchange.convert_up(self._burden) != self.policy.instalment:
            raise InvalidInput("the policy does not have the burden at this exchange rate")

    @property
    def _burden(self) -> int:
        """The amount that the policy judges, in the loan's currency."""
        return self.product.policy_for(self.principal, self.policy.now).instalment

    def _proved_in_words(self) -> list[str]:
        if self.history is None:
            return super(LoanRequest, self)._proved_in_words()
        record = self.history.in_words(self.product.currency)
        if self.statement == HISTORY:
            return record
        return [*super(LoanRequest, self)._proved_in_words(), *record]

    def _hidden_in_words(self) -> str:
        if self.history is None:
            return super(LoanRequest, self)._hidden_in_words()
        return tr("They learn no other amount, no score, no name, and not which record it was.")

    def _terms_in_words(self) -> list[str]:
        told = self.costs()
        lines = [*told.in_words(), *told.payments_in_words()]
        if self.exchange is not None:
            lines += self.exchange.in_words(self._burden)
        if self.product.issuers:
            lines.append(tr("Only the entries of the issuers that the product names count."))
        return lines


def proof_context(
    *,
    chain_id: int,
    gate: str,
    market: str,
    borrower: str,
    product_id: int,
    principal: int,
    purpose_code: int,
    terms_hash: bytes,
    nonce: int,
    deadline: int,
) -> int:
    """Return the context of one loan application, below 2^248; arguments as in ``LoanRequest``.

    Raises:
        InvalidInput: if an argument has the wrong type or form.
        OutOfRange: if a number does not fit 256 bits, or the purpose does not fit 16.
    """
    if not isinstance(terms_hash, bytes | bytearray) or len(terms_hash) != 32:
        raise InvalidInput("terms_hash must be 32 bytes")
    encoded = {
        "gate": address_word("gate", gate),
        "market": address_word("market", market),
        "borrower": address_word("borrower", borrower),
        "terms_hash": bytes(terms_hash),
        "chain_id": _uint("chain_id", chain_id),
        "product_id": _uint("product_id", product_id),
        "principal": _uint("principal", principal),
        "purpose_code": words(require_uint("purpose_code", purpose_code, PURPOSE_BITS)),
        "nonce": _uint("nonce", nonce),
        "deadline": _uint("deadline", deadline),
    }
    return field_hash(b"".join(encoded[name] for name in LOAN_CONTEXT))


def bureau_scope(*, chain_id: int, bureau: str) -> int:
    """Return the scope of one bureau, below 2^248; a person has exactly one pseudonym in it.

    All markets of a bureau have its scope. A market without a bureau is a bureau of its own.

    Args:
        chain_id: EIP-155 number of the chain.
        bureau: 0x-address of the bureau, or of a market without one.

    Raises:
        InvalidInput: if an argument has the wrong type or form.
        OutOfRange: if the number does not fit 256 bits.
    """
    # the head (offset of the string, two static words), then the string's length and bytes
    label = BUREAU_SCOPE_LABEL.encode()
    head = words(3 * 32) + _uint("chain_id", chain_id) + address_word("bureau", bureau)
    return field_hash(head + words(len(label)) + label.ljust(32, b"\0"))


def _uint(name: str, value: int) -> bytes:
    return words(require_uint(name, value, 256))
