"""Requests that OpenID4VP can carry, and answers of the right form."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from support.escrow import arbiter_case
from support.groth16 import groth16_toy as toy

from zkcredit.gadgets.babyjub import BASE8, mul
from zkcredit.gadgets.elgamal import Ciphertext
from zkcredit.policy import Policy
from zkcredit.presentation import Presentation
from zkcredit.request import Arbiters, ProofRequest, RequestKey
from zkcredit.schema import PUBLIC_INPUTS
from zkcredit.standards import AuthorizationRequest

ADDRESS: Final = "https://fcu.example/answers"
REGISTERED: Final = ProofRequest(
    "Farm Credit Union",
    "a seed loan, Größe 1 & <2>",
    1_790_000_600,
    0x0123456789ABCDEF0123456789ABCDEF,
    policy=Policy(min_score=650, coverage_bps=12_500).at(1_790_000_000),
    scope=5678,
    registry_root=7**90,
    reply_to=ADDRESS,
)
"""A verifier that the wallet knows."""

BY_ADDRESS: Final = replace(REGISTERED, verifier="redirect_uri:" + ADDRESS)
"""A verifier that is known by its address alone."""

ASKED: Final = AuthorizationRequest(BY_ADDRESS, "s-1")
_LEDGER: Final = {"scope": 0, "registry_root": 0, "account": BASE8}
KINDS: Final = {
    "registered": REGISTERED,
    "by address": BY_ADDRESS,
    "scorecard": replace(REGISTERED, scorecard="5c" * 32),
    "arbiters": replace(BY_ADDRESS, arbiters=Arbiters.of(arbiter_case.GROUP)),
    "account": replace(REGISTERED, **_LEDGER, total=Ciphertext(BASE8, mul(3, BASE8))),
    "signed": replace(REGISTERED, addressee="ab" * 32).signed(RequestKey.generate()),
}
"""A request for each statement, and a signed one."""


def answer_to(request: ProofRequest) -> Presentation:
    """A presentation with the public inputs that a request expects, and a proof of something."""
    expected = request.expected()
    inputs = tuple(expected.get(name, 5) for name in PUBLIC_INPUTS[request.statement])
    return Presentation(request.statement, inputs, toy.PROOF, request.scorecard)
