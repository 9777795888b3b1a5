"""Attempts to cheat on the ledger: each attempt is real, and is refused with a typed error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkcredit._internal import hpke
from zkcredit.circuits import get_circuit
from zkcredit.circuits.ledger_eligibility import LedgerWitness
from zkcredit.circuits.ledger_entry import EntryWitness
from zkcredit.demo.ledger.cast import Institution
from zkcredit.demo.outcome import expect_refusal
from zkcredit.demo.stage import PASSWORD
from zkcredit.errors import (
    CredentialError,
    EnvelopeUnreadable,
    InvalidInput,
    InvalidProof,
    InvalidSignature,
    LedgerError,
    NotEligible,
    TransactionReverted,
    UnsatisfiedWitness,
)
from zkcredit.gadgets import babyjub
from zkcredit.gadgets.elgamal import Ciphertext, encrypt, fresh_randomness, subtract
from zkcredit.groth16 import prove
from zkcredit.ledger import LedgerCard, LedgerEntry, LedgerTotals, PostedEntry, prove_entry
from zkcredit.ledger.proved import LEDGER_ENTRY
from zkcredit.presentation import Presentation, verify
from zkcredit.schema import ENTRY_BITS
from zkcredit.wallet import Seed
from zkcredit.wallet.proving import public_inputs

if TYPE_CHECKING:
    from zkcredit.chain import TransactionSender
    from zkcredit.demo.ledger.world import LedgerWorld, Member
    from zkcredit.demo.narrator import Narrator
    from zkcredit.demo.outcome import Refusal
    from zkcredit.ledger import LedgerAccount, ProvedEntry
    from zkcredit.request import LoanRequest

__all__ = [
    "default_and_return",
    "foreign_accounts",
    "hidden_debt",
    "in_front",
    "not_eligible",
    "own_ciphertext",
    "rogue_issuer",
    "stale_epoch",
    "strangers_entry",
]

_RICH = LedgerTotals(score_points=850, monthly_income=987_654_321_00)
_DELTA = LedgerEntry(monthly_income=5_432_109_876)


def not_eligible(world: LedgerWorld, poor: Member, narrator: Narrator) -> list[Refusal]:
    """Let a borrower whose totals do not meet the policy ask the wallet to prove."""
    request = world.request(poor)
    return [
        expect_refusal(
            "ask the wallet to prove without qualifying", "wallet", NotEligible,
            lambda: world.prove(poor, request), narrator,
        )
    ]  # fmt: skip


def own_ciphertext(world: LedgerWorld, cheat: Member, narrator: Narrator) -> list[Refusal]:
    """Let a borrower encrypt better data under their own key, and prove about them."""
    request = world.request(cheat)
    key = Seed.from_words(cheat.wallet.words(PASSWORD)).account_key
    own = encrypt(key.public, _RICH.slots(), fresh_randomness())
    forged = _forged(world, cheat, request, _RICH, own)
    world.ledger.snapshot(key.public, by=world.operator)
    sender = world.give_gas(cheat.sender)
    return [
        expect_refusal(
            "show a verifier a proof about a ciphertext of one's own", "verifier", InvalidProof,
            lambda: _verify(world, request, forged), narrator,
        ),
        expect_refusal(
            "apply with it", "client", InvalidProof,
            lambda: world.market.apply(request, forged, by=sender), narrator,
        ),
        expect_refusal(
            "apply with it without the client's checks", "contract", TransactionReverted,
            lambda: world.send_unchecked(request, forged, sender), narrator,
            contract_error="ProofInvalid",
        ),
    ]  # fmt: skip


def strangers_entry(world: LedgerWorld, cheat: Member, narrator: Narrator) -> list[Refusal]:
    """Let others than issuers add an income: a stranger, the borrower, the thief of an entry."""
    stranger, key = world.stranger(), cheat.wallet.ledger.key
    bank = world.desks[Institution.BANK].sender

    def made(by: TransactionSender) -> ProvedEntry:
        card, place = cheat.wallet.ledger.card(by.address), world.ledger.place(key, by.address)
        return prove_entry(_DELTA, card, place, proving_key=world.entry_key)

    def add(by: TransactionSender) -> object:
        return world.ledger.post(made(by), by=by)

    banks = made(bank)
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


def rogue_issuer(world: LedgerWorld, victim: Member, narrator: Narrator) -> list[Refusal]:
    """Let an accepted issuer erase what others entered, and poison an account."""
    rogue, key = world.desks[Institution.OPERATOR].sender, victim.wallet.ledger.key
    mine = victim.household.entries[Institution.OPERATOR]
    honest = world.prepared(victim, Institution.OPERATOR, mine)
    c1, c2 = honest.sealed.ciphertext
    total = world.look(victim)[1]
    wanted = encrypt(key, (0, 0, 0, 0, 0), fresh_randomness())
    erasing = subtract(wanted, total)
    twisted = Ciphertext(babyjub.add(c1, babyjub.TORSION[1]), c2)
    too_long = babyjub.add(c2, babyjub.mul(1 << ENTRY_BITS, babyjub.BASE8))

    def prove(ciphertext: Ciphertext, slots: tuple[int, ...]) -> object:
        witness = EntryWitness(key, ciphertext, slots, fresh_randomness())
        sealed = honest.sealed
        context = honest.place.context(sealed.number, sealed.issuer)
        return get_circuit(LEDGER_ENTRY).witness(witness.inputs(context=context))

    def send(ciphertext: Ciphertext) -> object:
        return world.send_entry(honest, ciphertext, rogue)

    return [
        expect_refusal(
            "prove, as an issuer, an entry that erases what others wrote", "prover",
            UnsatisfiedWitness, lambda: prove(erasing, (0, 0, 0, 0, 0)), narrator,
        ),
        expect_refusal(
            "enter it with the proof of another entry", "contract", TransactionReverted,
            lambda: send(erasing), narrator, contract_error="ProofInvalid",
        ),
        expect_refusal(
            "poison the account with a point outside the subgroup", "contract",
            TransactionReverted, lambda: send(twisted), narrator, contract_error="ProofInvalid",
        ),
        expect_refusal(
            "prove an amount of more than 40 bits", "prover", UnsatisfiedWitness,
            lambda: prove(Ciphertext(c1, too_long), (1 << ENTRY_BITS, 0, 0, 0, 0)), narrator,
        ),
        expect_refusal(
            "enter such an amount with the proof of another entry", "contract",
            TransactionReverted, lambda: send(Ciphertext(c1, too_long)), narrator,
            contract_error="ProofInvalid",
        ),
    ]  # fmt: skip


def in_front(
    world: LedgerWorld, debtor: Member, debt: ProvedEntry, narrator: Narrator
) -> list[Refusal]:
    """Let an issuer go in front of the bank's entry, to keep it out; the entry is made after it.

    Args:
        world: before the bank posts its entry.
        debtor: the account's owner.
        debt: the entry that the bank is about to post.
        narrator: hears of it.
    """
    rogue, bank = (world.desks[who].sender for who in (Institution.OPERATOR, Institution.BANK))
    stolen = expect_refusal(
        "post the bank's entry from the network before the bank does", "contract",
        TransactionReverted, lambda: world.send_entry(debt, debt.sealed.ciphertext, rogue),
        narrator, contract_error="NotInPlaceOf",
    )  # fmt: skip
    world.enter(debtor, Institution.OPERATOR, debtor.household.entries[Institution.OPERATOR])
    world.post(Institution.BANK, [debt])
    again = expect_refusal(
        "post it once more", "contract", TransactionReverted,
        lambda: world.send_entry(debt, debt.sealed.ciphertext, bank), narrator,
        contract_error="ProofInvalid",
    )  # fmt: skip
    narrator.line("another issuer wrote first, and the bank's entry was still made")
    return [stolen, again]


def foreign_accounts(
    world: LedgerWorld, cheat: Member, victim: Member, narrator: Narrator
) -> list[Refusal]:
    """Let a customer give the bank somebody else's account, or a second account of their own."""
    bank = world.desks[Institution.BANK]
    theirs, own = (m.wallet.ledger.card(bank.sender.address) for m in (victim, cheat))
    second = Seed.generate()
    public = hpke.public_bytes(second.envelope_key)
    new = LedgerCard.make(second.account_key, public, bank.sender.address)

    def seal(card: LedgerCard) -> object:
        return bank.book.ledger.seal(
            _DELTA,
            person=cheat.name,
            to=card,
            address=bank.sender.address,
            at=world.ledger.place(card.account, bank.sender.address),
            proving_key=world.entry_key,
        )

    return [
        expect_refusal(
            "make a card of another person's account", "issuer", InvalidSignature,
            lambda: LedgerCard(theirs.account, own.envelope_key, own.issuer, own.signature),
            narrator,
        ),
        expect_refusal(
            "give the bank another customer's card", "issuer", CredentialError,
            lambda: seal(theirs), narrator,
        ),
        expect_refusal(
            "open a second account at the same bank", "issuer", CredentialError,
            lambda: seal(new), narrator,
        ),
    ]  # fmt: skip


def hidden_debt(world: LedgerWorld, debtor: Member, narrator: Narrator) -> list[Refusal]:
    """Let a borrower leave a new debt out of the wallet's sum, and then out of the total.

    The debt is in the ledger and counts.
    """
    ledger, wallet = world.ledger, debtor.wallet.ledger
    posted, _, epoch = ledger.read(wallet.key)
    request = world.request(debtor)
    before = wallet.read(posted[:-1], epoch=epoch)
    unopened = PostedEntry(posted[-1].issuer, posted[-1].epoch, posted[-1].ciphertext, b"\0")
    blind = wallet.read([*posted[:-1], unopened], epoch=epoch)

    def prove(account: LedgerAccount) -> object:
        return debtor.wallet.prove(request, account, proving_key=world.proving_key)

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
    """Let a borrower use the total from before a debt, when the debt counts.

    Args:
        world: the debt counts in it, and its total is not yet written out.
        debtor: the borrower with the debt.
        before: the debtor's account in an earlier epoch.
        narrator: hears of each attempt.
    """
    account, total = before
    request = world.request(debtor)
    presentation = _forged(world, debtor, request, account.totals(), total)
    sender = world.give_gas(debtor.sender)

    def send() -> object:
        return world.send_unchecked(request, presentation, sender)

    refusals = [
        expect_refusal(
            "apply with the total of an earlier epoch", "contract", TransactionReverted,
            send, narrator, contract_error="NoSnapshot",
        )
    ]  # fmt: skip
    world.ledger.snapshot(debtor.wallet.ledger.key, by=world.operator)
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
    """Let a defaulter come back with a new address and a genuine proof."""
    account = world.stranger()
    request = world.request(defaulter, account.address)
    presentation = world.prove(defaulter, request)
    return expect_refusal(
        "apply again after default, from a new address", "contract", TransactionReverted,
        lambda: world.market.apply(request, presentation, by=account), narrator,
        contract_error="PseudonymTaken",
    )  # fmt: skip


def _forged(
    world: LedgerWorld,
    member: Member,
    request: LoanRequest,
    totals: LedgerTotals,
    total: Ciphertext,
) -> Presentation:
    # a cheat with their own secret can make a valid proof about another ciphertext
    key = Seed.from_words(member.wallet.words(PASSWORD)).account_key
    witness = LedgerWitness(key=key, ciphertext=total, slots=totals.slots())
    values = witness.inputs(policy=request.policy.pack(), context=request.context)
    proof = prove(world.proving_key, get_circuit(request.statement).witness(values))
    world.proofs += 1
    return Presentation(request.statement, public_inputs(request.statement, values), proof)


def _verify(world: LedgerWorld, request: LoanRequest, presentation: Presentation) -> None:
    verify(presentation, request, world.proving_key.verifying_key, now=world.now())
