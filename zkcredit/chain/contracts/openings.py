"""The opening of an escrow: the evidence of a default, and the contract that checks openings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.contracts.events import LoanDefaulted, Misconduct
from zkcredit.chain.contracts.market_state import LoanStatus
from zkcredit.errors import ChainError, InvalidInput, NotInDefault
from zkcredit.escrow import ArbiterGroup, DefaultEvidence, PartialOpening, attribute
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point

if TYPE_CHECKING:
    from zkcredit.chain.contracts.market import LoanMarketClient
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "OpeningVerdict",
    "OpeningVerifierClient",
    "default_evidence",
    "deploy_opening_verifier",
    "judge_opening",
    "misconduct",
    "opening_words",
]

_WAS_IN_DEFAULT: Final = (LoanStatus.DEFAULTED, LoanStatus.RECOVERED)


class OpeningVerifierClient(ContractClient):
    """An ``OpeningVerifier`` contract, which checks partial openings for everybody."""

    contract = "OpeningVerifier"

    def threshold(self) -> int:
        """Return how many partial openings open an escrowed reference."""
        return int(self._read("threshold"))

    def group_digest(self) -> int:
        """Return the digest of the contract's group of arbiters."""
        return int(self._read("groupDigest"))

    def share_of(self, arbiter: int) -> Point:
        """Return an arbiter's public share.

        Raises:
            TransactionReverted: if the contract answers with ArbiterUnknown.
        """
        return Point(*self._read("shareOf", require_uint("the arbiter's number", arbiter, 256)))

    def check(self, loan_id: int, opening: PartialOpening) -> None:
        """Require that the loan is in default and its arbiter made the partial opening.

        Raises:
            TransactionReverted: if the contract answers with LoanNotInDefault, ArbiterUnknown,
                OpeningInvalid or LoanNotEscrowed.
        """
        self._read("check", require_uint("the loan's number", loan_id, 256), opening_words(opening))

    def accuse(
        self,
        loan_id: int,
        opening: PartialOpening,
        *,
        by: TransactionSender,
        idempotency_key: str | None = None,
    ) -> Misconduct:
        """Record that an arbiter opened a loan's escrow although it was never in default.

        Raises:
            TransactionReverted: if the contract answers with LoanDefaulted, ArbiterUnknown,
                OpeningInvalid or LoanNotEscrowed.
        """
        number = require_uint("the loan's number", loan_id, 256)
        receipt = self._send(
            by, "accuse", number, opening_words(opening), idempotency_key=idempotency_key
        )
        return self._one(receipt, Misconduct)


def default_evidence(
    market: LoanMarketClient, loan_id: int, since: int | None = None
) -> DefaultEvidence:
    """Return an arbiter's evidence: a loan's escrowed reference, and the event of its default.

    Args:
        market: the loan's market.
        loan_id: the loan.
        since: first block to search for the default event; the client's own by default.

    Raises:
        NotInDefault: if the loan is not in default.
        InvalidInput: if the loan does not exist, or the market's gate does not escrow anything.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
        ChainError: if the node reports a default but not the event that declared it.
    """
    gate, status = market.escrow, market.loan(loan_id).status
    if status is not LoanStatus.DEFAULTED:
        raise NotInDefault(
            f"loan {loan_id} of {market.address} is {status.name.lower()}, not in default: "
            "it must not be opened"
        )
    escrow = gate.escrowed_of(market.address, loan_id)
    declared = [
        event.block
        for event in market.events(since=since)
        if isinstance(event, LoanDefaulted) and event.loan_id == loan_id
    ]
    if not declared:
        raise ChainError(f"the node does not show the default event of loan {loan_id}")
    return DefaultEvidence(
        network=market.node.network,
        market=market.address,
        loan_id=loan_id,
        block=declared[0],
        in_default=True,
        context=escrow.context,
        escrowed=escrow.escrowed,
        arbiters=gate.arbiters,
    )


class OpeningVerdict(NamedTuple):
    """Who made a partial opening of a loan's escrow, and whether they were allowed to.

    Attributes:
        arbiter: the arbiter's number.
        name: the arbiter's name.
        status: the loan's status.
        misconduct: whether the loan was never in default, so that opening it broke the rules.
    """

    arbiter: int
    name: str
    status: LoanStatus
    misconduct: bool


def judge_opening(
    market: LoanMarketClient, loan_id: int, group: ArbiterGroup, opening: PartialOpening
) -> OpeningVerdict:
    """Say which arbiter made a partial opening, and whether that broke the rules.

    Raises:
        InvalidInput: if the loan does not exist, the market's gate does not escrow anything, or the
            opening belongs to another loan's escrow.
        WrongOpening: if the opening is invalid, and so proves nothing about any arbiter.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
    """
    escrow = market.escrow.escrowed_of(market.address, loan_id)
    if (opening.context, opening.point) != (escrow.context, escrow.escrowed.point):
        raise InvalidInput(f"the partial opening does not belong to the escrow of loan {loan_id}")
    status, name = market.loan(loan_id).status, attribute(group, opening)
    return OpeningVerdict(opening.arbiter, name, status, status not in _WAS_IN_DEFAULT)


def misconduct(
    market: LoanMarketClient, loan_id: int, group: ArbiterGroup, opening: PartialOpening
) -> str:
    """Return the name of the arbiter who opened a loan's escrow although it was never in default.

    Raises:
        InvalidInput: if the loan is or was in default, or the opening belongs to another loan's
            escrow.
        WrongOpening: if the opening is invalid, and so proves nothing about any arbiter.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
    """
    verdict = judge_opening(market, loan_id, group, opening)
    if not verdict.misconduct:
        raise InvalidInput(f"loan {loan_id} was in default: opening it broke no rule")
    return verdict.name


def deploy_opening_verifier(
    market: LoanMarketClient,
    group: ArbiterGroup,
    *,
    by: TransactionSender,
    idempotency_key: str | None = None,
) -> OpeningVerifierClient:
    """Deploy the contract that checks the group's partial openings of a market's loans.

    Raises:
        TransactionReverted: if the contract answers with GroupInvalid, because the market's gate
            escrows to another group.
        ChainError: if the contract computes another digest of the group than this library.
    """
    require_instance("the group", group, ArbiterGroup)
    address, _ = deploy_contract(
        "OpeningVerifier",
        market.address,
        [tuple(point) for point in group.commitments],
        [tuple(share) for share in group.shares],
        group.record,
        by=by,
        idempotency_key=idempotency_key,
    )
    client = OpeningVerifierClient(market.node, address)
    if client.group_digest() != group.digest:
        raise ChainError("the contract computes another digest of the group")
    return client


def opening_words(opening: PartialOpening) -> tuple[object, ...]:
    """Return an ``IOpeningVerifier.PartialOpening``, with the eighth of D_i for the contract."""
    require_instance("the opening", opening, PartialOpening)
    base, other = opening.announced
    try:
        eighth = babyjub.eighth(opening.part)
    except InvalidInput:
        eighth = opening.part  # it has no eighth, and the contract will refuse it
    return (
        require_uint("the arbiter's number", opening.arbiter, 256),
        tuple(opening.part),
        tuple(eighth),
        tuple(base),
        tuple(other),
        require_uint("the proof's scalar", opening.answer, 256),
    )
