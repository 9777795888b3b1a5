"""One loan application: what the wallet has to prove, and what goes to the market with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from zkcredit.errors import InvalidInput
from zkcredit.request import LoanConsent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.loan import Product
    from zkcredit.policy import Policy

__all__ = ["ApplicationRequest", "Evidence", "Proven", "evidence_for"]


class Proven(Protocol):
    """A proof with its public inputs, as the wallet's `Presentation` is one."""

    @property
    def proof(self) -> Any:
        """The Groth16 proof (`zkcredit.groth16.keys.Proof`)."""

    @property
    def public_inputs(self) -> Sequence[int]:
        """policy, context, registry root, scope, nullifier."""


@dataclass(frozen=True, slots=True)
class ApplicationRequest:
    """What a borrower must prove to apply for one loan, computed from the chain.

    Attributes:
        product_id: the market's product.
        principal: amount asked for, minor units.
        borrower: EIP-55 address that applies and is paid.
        policy: the product's conditions for this principal, at `policy.now`.
        context: binds the proof to chain, gate, borrower, product, amount, terms, nonce, deadline.
        scope: names the market; the pseudonym belongs to it.
        registry_root: the newest root of accepted issuers; the gate takes somewhat older ones.
        nonce: the borrower's application number.
        deadline: last second at which the proof may be used.
        terms_hash: hash of the product as published, part of the context.
        product: the terms that the borrower agrees to.
        chain_id: EIP-155 number of the chain.
        gate: EIP-55 address of the gate that checks the proof.
    """

    product_id: int
    principal: int
    borrower: str
    policy: Policy
    context: int
    scope: int
    registry_root: int
    nonce: int
    deadline: int
    terms_hash: bytes
    product: Product
    chain_id: int
    gate: str

    @property
    def consent(self) -> LoanConsent:
        """The use in words: its context is the one that the gate computes from the same fields."""
        return LoanConsent(
            chain_id=self.chain_id,
            gate=self.gate,
            borrower=self.borrower,
            product_id=self.product_id,
            principal=self.principal,
            terms_hash=self.terms_hash,
            nonce=self.nonce,
            deadline=self.deadline,
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """`IApplicationGate.Evidence`: what the market passes on to the gate.

    Attributes:
        proof: eight words.
        registry_root: root that the proof was made against.
        nullifier: the borrower's pseudonym in the market's scope.
        policy_now: time that the proof calls "now", Unix seconds.
        deadline: last second at which the proof may be used.
    """

    proof: tuple[int, ...]
    registry_root: int
    nullifier: int
    policy_now: int
    deadline: int

    def as_tuple(self) -> tuple[Any, ...]:
        """In the order of the Solidity struct."""
        return (self.proof, self.registry_root, self.nullifier, self.policy_now, self.deadline)


def evidence_for(request: ApplicationRequest, presentation: Proven) -> Evidence:
    """Match a presentation with the request it should answer.

    Raises:
        InvalidInput: it proves something else; the text names the public input.
    """
    inputs = tuple(presentation.public_inputs)
    if len(inputs) != 5:
        raise InvalidInput(f"an eligibility proof has 5 public inputs, not {len(inputs)}")
    policy, context, root, scope, nullifier = inputs
    for name, wanted, given in (
        ("policy", request.policy.pack(), policy),
        ("context", request.context, context),
        ("scope", request.scope, scope),
    ):
        if wanted != given:
            raise InvalidInput(f"the presentation's {name} is not the application's")
    return Evidence(
        proof=tuple(presentation.proof.to_words()),
        registry_root=root,
        nullifier=nullifier,
        policy_now=request.policy.now,
        deadline=request.deadline,
    )
