"""What is tried in vain on the ledger: each attempt is real, each refused with a typed error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal import hpke
from zkcredit.chain.sending.transactions import Call
from zkcredit.demo.ledger.cast import Institution
from zkcredit.demo.ledger.world import PASSWORD
from zkcredit.demo.outcome import expect_refusal
from zkcredit.errors import (
    CredentialError,
    EnvelopeUnreadable,
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    LedgerError,
    NotEligible,
    TransactionReverted,
)
from zkcredit.gadgets.babyjub import fresh_scalar
from zkcredit.gadgets.elgamal import encrypt
from zkcredit.ledger import LedgerCard, LedgerEntry, LedgerTotals, PostedEntry, seal_entry
from zkcredit.wallet import Seed
from zkcredit.wallet.proving import prove_ledger_eligibility

if TYPE_CHECKING:
    from zkcredit.chain import TransactionSender
    from zkcredit.chain.contracts.application import ApplicationRequest
    from zkcredit.demo.ledger.world import LedgerWorld, Member
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.gadgets.elgamal import Ciphertext
    from zkcredit.ledger import LedgerAccount, LedgerPresentation

__all__ = [
    "default_and_return",
    "foreign_accounts",
    "hidden_debt",
    "not_eligible",
    "own_ciphertext",
    "stale_epoch",
    "strangers_entry",
]

_RICH = LedgerTotals(score_points=850, monthly_income=987_654_321_00)
_DELTA = LedgerEntry(monthly_income=5_432_109_876)


def not_eligible(world: LedgerWorld, poor: Member, narrator: Narrator) -> list[Refusal]:
    """A borrower whose totals do not meet the policy asks the wallet all the same."""
    request = world.request(poor)
    return [
        expect_refusal(
            "ask the wallet to prove all the same", "wallet", NotEligible,
            lambda: world.prove(poor, request), narrator,
        )
    ]  # fmt: skip


def own_ciphertext(world: LedgerWorld, cheat: Member, narrator: Narrator) -> list[Refusal]:
    """A borrower encrypts a better life under their own key, and proves about that."""
    request = world.request(cheat)
    key = Seed.from_words(cheat.wallet.words(PASSWORD)).account_key
    own = encrypt(key.public, _RICH.slots(), fresh_scalar())
    forged = prove_ledger_eligibility(
        key, own, _RICH, policy=request.policy, context=request.context, key=world.key
    )
    world.proofs += 1
    world.ledger.settle(key.public, by=world.operator)
    sender = world.give_gas(cheat.sender)
    return [
        expect_refusal(
            "show a verifier a proof about a ciphertext of one's own", "verifier", InvalidProof,
            lambda: _verify(world, request, forged), narrator,
        ),
        expect_refusal(
            "apply with it", "client", InvalidInput,
            lambda: world.market.apply(request, forged, by=sender), narrator,
        ),
        expect_refusal(
            "apply with it past the client's own checks", "contract", TransactionReverted,
            lambda: send_evidence(world, request, forged, sender), narrator,
            contract_error="ProofInvalid",
        ),
    ]  # fmt: skip


def strangers_entry(world: LedgerWorld, cheat: Member, narrator: Narrator) -> list[Refusal]:
    """Somebody who is no issuer adds an income: a stranger, the borrower, a thief of an entry."""
    stranger, key = world.stranger(), cheat.wallet.ledger.key
    bank = world.desks[Institution.BANK].sender

    def add(by: TransactionSender) -> object:
        sealed = seal_entry(_DELTA, cheat.wallet.ledger.card(by.address))
        return world.ledger.enter(key, sealed.ciphertext, sealed.envelope, by=by)

    banks = seal_entry(_DELTA, cheat.wallet.ledger.card(bank.address))
    return [
        expect_refusal(
            "add an encrypted income, as a stranger", "contract", TransactionReverted,
            lambda: add(stranger), narrator, contract_error="AccessControlUnauthorizedAccount",
        ),
        expect_refusal(
            "add an encrypted income to one's own account", "contract", TransactionReverted,
            lambda: add(cheat.sender), narrator,
            contract_error="AccessControlUnauthorizedAccount",
        ),
        expect_refusal(
            "post an entry that was sealed for the bank to post", "client", InvalidInput,
            lambda: world.ledger.post(banks, by=stranger), narrator,
        ),
    ]  # fmt: skip


def foreign_accounts(
    world: LedgerWorld, cheat: Member, victim: Member, narrator: Narrator
) -> list[Refusal]:
    """A customer hands the bank somebody else's account, or a second one of their own."""
    bank = world.desks[Institution.BANK]
    theirs, own = (m.wallet.ledger.card(bank.sender.address) for m in (victim, cheat))
    second = Seed.generate()
    public = hpke.public_bytes(second.envelope_key)
    new = LedgerCard.make(second.account_key, public, bank.sender.address)

    def seal(card: LedgerCard) -> object:
        return bank.book.ledger.seal(
            _DELTA, person=cheat.name, to=card, address=bank.sender.address
        )

    return [
        expect_refusal(
            "make a card of another person's account", "issuer", InvalidSignature,
            lambda: LedgerCard(theirs.account, own.envelope_key, own.issuer, own.signature),
            narrator,
        ),
        expect_refusal(
            "hand in another customer's card", "issuer", CredentialError,
            lambda: seal(theirs), narrator,
        ),
        expect_refusal(
            "open a second account at the same bank", "issuer", CredentialError,
            lambda: seal(new), narrator,
        ),
    ]  # fmt: skip


def hidden_debt(world: LedgerWorld, debtor: Member, narrator: Narrator) -> list[Refusal]:
    """A borrower with a new credit at the bank leaves it out: of the wallet, then of the total.

    The credit is in the ledger and counts.
    """
    ledger, wallet = world.ledger, debtor.wallet.ledger
    posted, state, epoch = ledger.read(wallet.key)
    request = world.request(debtor)
    before = wallet.read(posted[:-1], epoch=epoch)
    unopened = PostedEntry(posted[-1].issuer, posted[-1].epoch, posted[-1].ciphertext, b"\0")
    blind = wallet.read([*posted[:-1], unopened], epoch=epoch)

    def prove(account: object) -> object:
        return wallet.prove(
            account,  # type: ignore[arg-type]  # both are a LedgerAccount
            state.in_effect(epoch), request.policy, consent=request.consent, key=world.key,
        )  # fmt: skip

    return [
        expect_refusal(
            "leave the new debt out of the wallet's sum", "wallet", LedgerError,
            lambda: prove(before), narrator,
        ),
        expect_refusal(
            "claim that its envelope does not open", "wallet", EnvelopeUnreadable,
            lambda: prove(blind), narrator,
        ),
        expect_refusal(
            "prove with the debt in it", "wallet", NotEligible,
            lambda: world.prove(debtor, request), narrator,
        ),
    ]  # fmt: skip


def stale_epoch(
    world: LedgerWorld,
    debtor: Member,
    before: tuple[LedgerAccount, Ciphertext],
    narrator: Narrator,
) -> list[Refusal]:
    """A proof about the total from before the debt, when the debt counts.

    Args:
        world: with the debt in effect and not yet written out.
        debtor: whose debt it is.
        before: what the debtor's account was in an earlier epoch.
        narrator: hears of it.
    """
    account, total = before
    request = world.request(debtor)
    key = Seed.from_words(debtor.wallet.words(PASSWORD)).account_key
    presentation = prove_ledger_eligibility(
        key, total, account.totals(),
        policy=request.policy, context=request.context, key=world.key,
    )  # fmt: skip
    world.proofs += 1
    sender = world.give_gas(debtor.sender)

    def send() -> object:
        return send_evidence(world, request, presentation, sender)

    refusals = [
        expect_refusal(
            "apply with the total of an earlier epoch", "contract", TransactionReverted,
            send, narrator, contract_error="NotSettled",
        )
    ]  # fmt: skip
    world.ledger.settle(debtor.wallet.ledger.key, by=world.operator)
    refusals += [
        expect_refusal(
            "apply with it once the new total is written out", "contract", TransactionReverted,
            send, narrator, contract_error="ProofInvalid",
        ),
        expect_refusal(
            "show it to a verifier without a chain", "verifier", InvalidProof,
            lambda: _verify(world, request, presentation), narrator,
        ),
    ]  # fmt: skip
    return refusals


def default_and_return(world: LedgerWorld, defaulter: Member, narrator: Narrator) -> Refusal:
    """A defaulter comes back with a new address and a genuine proof."""
    account = world.stranger()
    request = world.request(defaulter, account.address)
    presentation = world.prove(defaulter, request)
    return expect_refusal(
        "apply again after default, from a new address", "contract", TransactionReverted,
        lambda: world.market.apply(request, presentation, by=account), narrator,
        contract_error="PseudonymIsBlocked",
    )  # fmt: skip


def send_evidence(
    world: LedgerWorld,
    request: ApplicationRequest,
    presentation: LedgerPresentation,
    by: TransactionSender,
) -> object:
    """Apply as an attacker would: without the client's own checks."""
    words = tuple(presentation.proof.to_words())
    evidence = (words, 0, presentation.number, request.policy.now, request.deadline)
    data = world.market.abi.encode("applyForLoan", request.product_id, request.principal, evidence)
    return by.send(Call(world.market.address, data, 1_000_000))


def _verify(
    world: LedgerWorld, request: ApplicationRequest, presentation: LedgerPresentation
) -> None:
    world.ledger.verify(
        presentation,
        policy=request.policy,
        consent=request.consent,
        key=world.key.verifying_key,
        now=request.policy.now,
    )
