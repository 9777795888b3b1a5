"""Gas limits of calls, which are always stated and never estimated.

An estimate of a proof transaction runs the pairing many times. On contracts that ignore a failed
pairing, it even finds an amount of gas that is too small for the pairing. The figures below are the
most that calls used on the tests' chains, rounded up, and 40,000 more for calls that move a token
(tokens behind a proxy cost more than the test token). A margin of a tenth is added; unused gas is
not paid.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "DEPLOYMENT",
    "LIMITS",
    "batch_gas",
    "exchange",
    "limit_for",
    "proof_gas",
    "rows_limit",
    "schedule",
]

_MARGIN: Final = 1.1
_EXCHANGE: Final = 50_000
_EXCHANGE_PER_BYTE: Final = 50
_TRANSACTION_CAP: Final = 1 << 24  # EIP-7825

DEPLOYMENT: Final = {
    "CreditLedger": 2_300_000,
    "EligibilityGate": 750_000,
    "EscrowGate": 1_550_000,
    "Groth16Verifier": 1_800_000,
    "IssuerRegistry": 660_000,
    "LedgerGate": 850_000,
    "MockVerifier": 350_000,
    "OpeningVerifier": 9_000_000,
    "TestToken": 800_000,
}
"""Gas for the creation of each contract (the verifier with up to 8 inputs), without margin."""

LIMITS: Final = {
    "Consents.revoke": 60_000,
    "Consents.revokeAll": 60_000,
    "CreditBureau.addMember": 80_000,
    "CreditBureau.removeMember": 40_000,
    "CreditLedger.addEntry": 90_000,
    "CreditLedger.grantRole": 60_000,
    "CreditLedger.nameIssuers": 40_000,
    "CreditLedger.nameSuccessor": 60_000,
    "CreditLedger.revokeRole": 40_000,
    "CreditLedger.snapshot": 230_000,
    "EscrowGate.place": 110_000,
    "FloorTimelock.pauseNewLoans": 90_000,
    "HistoryTree.advance": 160_000,
    "HistoryTree.advanceStaged": 140_000,
    "HistoryTree.stage": 260_000,
    "IssuerRegistry.post": 110_000,
    "IssuerRegistry.withdrawRoot": 40_000,
    "LoanMarket.cancel": 90_000,
    "LoanMarket.draw": 130_000,
    "LoanMarket.fund": 420_000,
    "LoanMarket.giveNotice": 60_000,
    "LoanMarket.markDefault": 260_000,
    "LoanMarket.prepay": 260_000,
    "LoanMarket.repay": 260_000,
    "LoanMarket.restructure": 260_000,
    "LoanMarket.setNewLoansPaused": 60_000,
    "LoanMarket.setTokenAllowed": 60_000,
    "LoanMarket.settle": 260_000,
    "LoanMarket.takeBack": 180_000,
    "LoanMarket.takeHoliday": 160_000,
    "LoanMarket.takeHolidayFor": 220_000,
    "LoanMarket.withdraw": 160_000,
    "LoanMarket.withdrawFees": 130_000,
    "OpeningVerifier.accuse": 560_000,
    "ProductBook.announce": 100_000,
    "ProductBook.beginLine": 140_000,
    "ProductBook.publish": 260_000,
    "ProductBook.setProductOpen": 60_000,
    "ProductBook.withdrawAnnouncement": 60_000,
    "Relay.fundWithPermit": 640_000,
    "Relay.repayWithPermit": 480_000,
    "TestToken.mint": 80_000,
    "TestToken.approve": 60_000,
    "TestToken.transfer": 70_000,
}
"""Most gas that each call uses, without margin and without the loan's schedule."""

_PER_INSTALMENT: Final = 2_400  # computing one row of the schedule
_PROOF_BASE, _PROOF_PER_INPUT = 210_000, 7_200
_BATCH_BASE, _BATCH_PER_PROOF = 280_000, 64_000


def schedule(instalments: int) -> int:
    """Return the gas to compute a schedule with this number of instalments, without margin."""
    return _PER_INSTALMENT * instalments


def limit_for(call: str, *, rows: int = 0) -> int:
    """Return the gas limit of a call ``Contract.function``, or of the creation of ``Contract``.

    Args:
        call: the call.
        rows: instalments of the schedule that it computes.
    """
    used = LIMITS[call] if call in LIMITS else DEPLOYMENT[call]
    return min(int((used + _PER_INSTALMENT * rows) * _MARGIN), _TRANSACTION_CAP)


def rows_limit(call: str, rows_written: int, each: int, *, rows: int = 0) -> int:
    """Return the gas limit of a call that writes or checks several things.

    Args:
        call: the call ``Contract.function``.
        rows_written: how many things.
        each: gas for each of them.
        rows: instalments of the schedule that it computes besides.
    """
    used = LIMITS[call] + each * rows_written + _PER_INSTALMENT * rows
    return min(int(used * _MARGIN), _TRANSACTION_CAP)


def batch_gas(proofs: int, own: int) -> int:
    """Gas limit of a call that verifies several proofs at once.

    Args:
        proofs: number of proofs, each of at most eight public inputs.
        own: what the call itself uses for each of them, without the verification.
    """
    return min(int((_BATCH_BASE + (_BATCH_PER_PROOF + own) * proofs) * _MARGIN), _TRANSACTION_CAP)


def exchange(length: int) -> int:
    """Return the gas of a conversion into the policy's currency.

    Args:
        length: bytes of the quote and its signatures; 0 for a feed.
    """
    return _EXCHANGE + _EXCHANGE_PER_BYTE * length


def proof_gas(inputs: int, own: int) -> int:
    """Return the gas limit of a call that verifies one proof.

    Args:
        inputs: number of public inputs.
        own: gas of the call itself, without the verification.
    """
    return int((_PROOF_BASE + _PROOF_PER_INPUT * inputs + own) * _MARGIN)
