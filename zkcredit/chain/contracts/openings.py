"""The opening of an escrow: the evidence of a default, and the contract that checks openings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from zkcredit._internal.checks import require_instance, require_uint
from zkcredit._internal.secp256k1 import SIGNATURE_BYTES
from zkcredit.chain.contracts.contract import ContractClient, deploy_contract
from zkcredit.chain.contracts.events import Event, Misconduct
from zkcredit.chain.creation import opening_work
from zkcredit.chain.loans.loan_events import StandingChanged
from zkcredit.chain.loans.loan_state import LoanStatus
from zkcredit.errors import ChainError, InvalidInput, NotInDefault, UnknownBlock
from zkcredit.escrow import (
    ArbiterGroup,
    DefaultEvidence,
    PartialOpening,
    SeenDefault,
    attribute,
    combine,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.babyjub import Point

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkcredit.chain.loans.loan_market import LoanMarketClient
    from zkcredit.chain.sending.transactions import TransactionSender

__all__ = [
    "OpeningVerdict",
    "OpeningVerifierClient",
    "combine_openings",
    "default_evidence",
    "deploy_opening_verifier",
    "judge_opening",
    "misconduct",
    "opening_words",
    "signed_words",
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

    def account_of(self, arbiter: int) -> str:
        """Return the address of the account that signs an arbiter's openings.

        Raises:
            TransactionReverted: if the contract answers with ArbiterUnknown.
        """
        return str(self._read("accountOf", require_uint("the arbiter's number", arbiter, 256)))

    def is_accused(self, arbiter: int, loan_id: int) -> bool:
        """Return whether an arbiter's misconduct over a loan is recorded already."""
        numbers = (
            require_uint("the arbiter's number", arbiter, 256),
            require_uint("the loan's number", loan_id, 256),
        )
        return bool(self._read("isAccused", *numbers))

    def check(self, loan_id: int, opening: PartialOpening) -> None:
        """Require that the loan is in default, and that the part was made with its arbiter's share.

        The contract does not ask for the signature here, because a part opens without one.

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
        """Record that an arbiter signed an opening of a loan that was never in default.

        The contract knows the hashes of the 256 blocks before its own, so the block that the
        arbiter signed must be one of them. ``judge_opening`` judges at any time.

        Raises:
            TransactionReverted: if the contract answers with LoanDefaulted, AlreadyAccused,
                BlockUnknown, SignatureInvalid, ArbiterUnknown, OpeningInvalid or LoanNotEscrowed.
        """
        number = require_uint("the loan's number", loan_id, 256)
        words = opening_words(opening), signed_words(opening)
        receipt = self._send(by, "accuse", number, *words, idempotency_key=idempotency_key)
        return self._one(receipt, Misconduct)


def default_evidence(
    market: LoanMarketClient, loan_id: int, since: int | None = None
) -> DefaultEvidence:
    """Return an arbiter's evidence: a loan's escrowed reference, and a block after its default.

    The loan is read after the block that the evidence names, which is the latest one. If a
    reorganisation removes this block, the opening that the arbiter signs convicts nobody.

    Args:
        market: the loan's market.
        loan_id: the loan.
        since: first block to search for the default event; the client's own by default.

    Raises:
        NotInDefault: if the loan is not in default.
        InvalidInput: if the loan does not exist, or the market's gate does not escrow anything.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
        ChainError: if the node reports a default but not the event that declared it, or if the
            chain changes meanwhile.
    """
    gate, node, block = market.escrow, market.node, market.node.block_number()
    block_hash, status = node.block_hash(block), market.status_after(loan_id, block)
    if status is not LoanStatus.DEFAULTED:
        raise NotInDefault(
            f"loan {loan_id} of {market.address} is {status.name.lower()}, not in default: "
            "it must not be opened"
        )
    escrow = gate.escrowed_of(market.address, loan_id)
    events = market.events(since=since, until=block)
    if not any(_declares(event, loan_id) for event in events):
        raise ChainError(f"the node does not show the default event of loan {loan_id}")
    if block_hash is None or node.block_hash(block) != block_hash:
        raise ChainError(f"block {block} was replaced while the loan was read; ask again")
    return DefaultEvidence(
        seen=SeenDefault(node.chain_id, market.address, loan_id, block, block_hash),
        in_default=True,
        context=escrow.context,
        escrowed=escrow.escrowed,
        arbiters=gate.arbiters,
    )


def _declares(event: Event, loan_id: int) -> bool:
    match event:
        case StandingChanged(standing=LoanStatus.DEFAULTED):
            return event.loan_id == loan_id
    return False


class OpeningVerdict(NamedTuple):
    """Who signed a partial opening of a loan's escrow, and whether they were allowed to.

    Attributes:
        arbiter: the arbiter's number.
        name: the arbiter's name.
        account: the account that signed.
        status: the loan's status.
        misconduct: whether the loan was never in default, so that opening it broke the rules.
    """

    arbiter: int
    name: str
    account: str
    status: LoanStatus
    misconduct: bool


def judge_opening(
    market: LoanMarketClient, loan_id: int, group: ArbiterGroup, opening: PartialOpening
) -> OpeningVerdict:
    """Say which arbiter signed a partial opening, and whether that broke the rules.

    A loan that was in default never leaves the statuses that say so. So if the block that the
    arbiter signed is on the chain, and the loan does not have such a status, then it was not in
    default after that block, and the arbiter signed something false.

    Raises:
        InvalidInput: if the loan does not exist, the market's gate does not escrow anything, or the
            opening belongs to another loan's escrow.
        WrongOpening: if the opening is invalid or not signed, and so proves nothing about any
            arbiter.
        UnknownBlock: if the block that the arbiter signed is not on the node's chain, so that the
            opening proves nothing there.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
    """
    escrow = market.escrow.escrowed_of(market.address, loan_id)
    _require_seen(market, loan_id, opening)
    if (opening.context, opening.point) != (escrow.context, escrow.escrowed.point):
        raise InvalidInput(f"the partial opening does not belong to the escrow of loan {loan_id}")
    name = attribute(group, opening)
    _require_block(market, opening)
    status = market.loan(loan_id).status
    return OpeningVerdict(
        opening.arbiter,
        name,
        group.account_of(opening.arbiter),
        status,
        status not in _WAS_IN_DEFAULT,
    )


def misconduct(
    market: LoanMarketClient, loan_id: int, group: ArbiterGroup, opening: PartialOpening
) -> str:
    """Return the name of the arbiter who opened a loan's escrow although it was never in default.

    Raises:
        InvalidInput: if the loan is or was in default, or the opening belongs to another loan's
            escrow.
        WrongOpening: if the opening is invalid or not signed, and so proves nothing about any
            arbiter.
        UnknownBlock: if the block that the arbiter signed is not on the node's chain.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
    """
    verdict = judge_opening(market, loan_id, group, opening)
    if not verdict.misconduct:
        raise InvalidInput(f"loan {loan_id} was in default: opening it broke no rule")
    return verdict.name


def combine_openings(
    market: LoanMarketClient,
    loan_id: int,
    group: ArbiterGroup,
    openings: Sequence[PartialOpening],
) -> int:
    """Return a loan's escrowed reference, from at least m partial openings that can convict.

    Raises:
        WrongOpening: if a part is invalid or not signed; the error names all such arbiters.
        UnknownBlock: if the block that an arbiter signed is not on the node's chain.
        TooFewOpenings: if there are fewer than m parts.
        InvalidInput: if a part is for another loan, two are from one arbiter, the loan does not
            exist, or the market's gate does not escrow anything.
        TransactionReverted: if the contract answers with LoanNotEscrowed.
    """
    escrow = market.escrow.escrowed_of(market.address, loan_id)
    for opening in openings:
        _require_seen(market, loan_id, opening)
    reference = combine(group, escrow.escrowed, escrow.context, openings)
    for opening in openings:
        _require_block(market, opening)
    return reference


def _require_seen(market: LoanMarketClient, loan_id: int, opening: PartialOpening) -> None:
    seen = require_instance("the opening", opening, PartialOpening).seen
    if (seen.chain_id, seen.market, seen.loan_id) != (
        market.node.chain_id,
        market.address,
        loan_id,
    ):
        raise InvalidInput(
            f"the partial opening of arbiter {opening.arbiter} is signed for loan {seen.loan_id} "
            f"of {seen.market} on chain {seen.chain_id}, not for loan {loan_id} of this market"
        )


def _require_block(market: LoanMarketClient, opening: PartialOpening) -> None:
    seen = opening.seen
    if market.node.block_hash(seen.block) != seen.block_hash:
        raise UnknownBlock(
            f"arbiter {opening.arbiter} signed a block {seen.block} that is not on this chain; if "
            "the loan is in default, ask this arbiter for a new partial opening"
        )


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
        list(group.accounts),
        group.record,
        by=by,
        idempotency_key=idempotency_key,
        work=opening_work(group.threshold, group.size),
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


def signed_words(opening: PartialOpening) -> tuple[object, ...]:
    """Return an ``IOpeningVerifier.SignedBlock``: the block that the arbiter signed, r, s and v.

    Raises:
        InvalidInput: if the signature does not have 65 bytes.
    """
    seen, signature = opening.seen, require_instance("the signature", opening.signature, bytes)
    if len(signature) != SIGNATURE_BYTES:
        raise InvalidInput(f"the signature must be {SIGNATURE_BYTES} bytes")
    return (seen.block, seen.block_hash, signature[:32], signature[32:64], signature[64])
