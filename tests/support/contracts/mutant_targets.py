"""Which contracts and which Solidity tests a source concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from support.contracts.mutant_build import Sources


@dataclass(frozen=True)
class Target:
    """What is compiled and run for a mutant of one source.

    Attributes:
        contracts: sources of the contracts that contain the code.
        tests: files of the tests that deploy these contracts, the quickest first.
        inlined: files of the tests into which the code itself is compiled.
    """

    contracts: tuple[str, ...]
    tests: tuple[str, ...]
    inlined: tuple[str, ...] = ()


_GATES = ("src/gates/EligibilityGate.sol", "src/gates/EscrowGate.sol")
_ALL_GATES = (*_GATES, "src/gates/LedgerGate.sol")
_RECORD_GATES = ("src/gates/HistoryGate.sol", "src/gates/HistoryEligibilityGate.sol")
_RECORD_TESTS = ("RecordGates", "ForeignPolicy", "RecordGatesInvariant", "RecordWords")
_GIVEN = ("Constructors", "ContractKinds")  # what constructors and settings are given
_GATE_TESTS = (
    "EligibilityGate", "EscrowGate", "EscrowedLoans", "BureauGate", "ForeignPolicy", *_GIVEN,
)  # fmt: skip
_LEDGER_TESTS = (
    "CreditLedger", "CreditLedgerIssuers", "CreditLedgerSums", "CreditLedgerEpochs",
    "CreditLedgerHashes",
)  # fmt: skip
_VERIFIER_TESTS = (
    "Groth16Verifier", "Groth16VerifierKey", "Groth16VerifierBatch", "Groth16VerifierCalls",
)  # fmt: skip
_ENGINE = ("src/market/LoanEngine.sol",)
_ENGINE_TESTS = ("LoanEngine", "LoanEngineLife")
CONSTRUCTING: Final = (
    *_GIVEN, "ChainlinkFx", "CreditBureau", "CreditLedger", "EligibilityGate", "EscrowGate",
    "FloorTimelock", "FxQuotes", "HistoryTree", "IssuerRegistryGuardian", "LedgerGate",
    "LoanLens", "OpeningShares", "OpeningVerifier", "OpeningVerifierSizes", "ProductBook",
    "RecordGates", "Relay", "Treasury",
)  # fmt: skip
"""Files of tests that expect a constructor to revert. With forge's dynamic linking such a test ends
there as if it had succeeded, so what survives is tried again in these files compiled whole."""

_MARKET = ("src/market/LoanMarket.sol",)
_MARKET_TESTS = (
    "LoanMarketEvents", "LoanMarketApplications", "LoanMarketFunding", "LoanMarketMoney",
    "LoanMarketLife", "LoanMarketDefault", "LoanMarketRestructuring", "LoanMarketTokens",
    "LoanMarketRelayed", "LoanMarketDeployment", "LoanMarketPromises", "LoanMarketMorePromises",
    "MarketEdges", *_GIVEN, "LoanMarketInvariant",
)  # fmt: skip
_MARKET_LIBRARIES = ("ApplicationWords", "LoanApplication", "LoanParts", "LoanProgress",
                       "PartyWord")  # fmt: skip

_TREASURY_TESTS = ("Treasury", "TreasuryInvariant")
_FX_TESTS = ("FxQuotes", "FxQuotesInvariant")

TARGETS: Final[Mapping[str, Target]] = {
    "src/CreditLedger.sol": Target(
        ("src/CreditLedger.sol",),
        (*_LEDGER_TESTS, "LedgerGate", "Admins", *_GIVEN, "CreditLedgerInvariant"),
    ),
    "src/Groth16Verifier.sol": Target(("src/Groth16Verifier.sol",), _VERIFIER_TESTS),
    "src/IssuerRegistry.sol": Target(
        ("src/IssuerRegistry.sol",),
        (
            "IssuerRegistry",
            "IssuerRegistryGuardian",
            "IssuerRegistryRemoval",
            "IssuerRegistryList",
            "IssuerRegistryInvariant",
        ),
    ),
    "src/OpeningVerifier.sol": Target(
        ("src/OpeningVerifier.sol",),
        ("OpeningVerifier", "OpeningAccusation", "OpeningVerifierSizes", *_GIVEN, "OpeningShares"),
    ),
    "src/gates/ApplicationGate.sol": Target(
        (*_ALL_GATES, *_RECORD_GATES[:1]), ("RecordGates", *_GATE_TESTS, "LedgerGate")
    ),
    "src/gates/EligibilityGate.sol": Target(_GATES[:1], ("EligibilityGate", *_GIVEN)),
    "src/gates/EscrowGate.sol": Target(_GATES[1:], ("EscrowGate", *_GIVEN)),
    "src/gates/LedgerGate.sol": Target(("src/gates/LedgerGate.sol",), ("LedgerGate", *_GIVEN)),
    **{name: Target((name,), _RECORD_TESTS) for name in _RECORD_GATES},
    "src/gates/RecordGate.sol": Target(_RECORD_GATES, _RECORD_TESTS),
    "src/gates/RegistryGate.sol": Target(_GATES, _GATE_TESTS),
    "src/libraries/BabyJubJub.sol": Target(
        ("src/CreditLedger.sol", "src/OpeningVerifier.sol", "src/gates/EscrowGate.sol"),
        ("OpeningVerifier", "EscrowGate", *_LEDGER_TESTS),
        ("BabyJubJub",),
    ),
    "src/libraries/BabyJubJubScalars.sol": Target(
        ("src/OpeningVerifier.sol", "src/gates/EscrowGate.sol"),
        ("OpeningVerifier", "EscrowGate"),
        ("BabyJubJubScalars",),
    ),
    "src/libraries/Bn254.sol": Target(("src/Groth16Verifier.sol",), _VERIFIER_TESTS, ("Bn254",)),
    "src/libraries/DataContract.sol": Target(
        ("src/Groth16Verifier.sol", "src/OpeningVerifier.sol"),
        ("OpeningVerifier", *_VERIFIER_TESTS),
        ("DataContract",),
    ),
    "src/libraries/LoanWords.sol": Target(_ENGINE, _ENGINE_TESTS, ("LoanEngineLife",)),
    "src/libraries/ProductTable.sol": Target(
        (*_ENGINE, "src/market/ProductBook.sol"),
        (*_ENGINE_TESTS, "ProductBook"),
        ("ProductTable",),
    ),
    "src/libraries/LoanMath.sol": Target(_MARKET, _MARKET_TESTS, ("LoanMath",)),
    "src/libraries/Requirements.sol": Target(
        (*_ALL_GATES, *_MARKET, "src/CreditLedger.sol", "src/OpeningVerifier.sol"),
        _GIVEN,
    ),
    "src/market/LoanEngine.sol": Target(_ENGINE, _ENGINE_TESTS),
    "src/market/ProductBook.sol": Target(
        ("src/market/ProductBook.sol",), ("ProductBook", "ProductBookInvariant")
    ),
    "src/market/CreditBureau.sol": Target(
        ("src/market/CreditBureau.sol",),
        ("CreditBureau", "BureauGate", "BureauQueue", "CreditBureauInvariant"),
    ),
    "src/market/HistoryTree.sol": Target(
        ("src/market/HistoryTree.sol",), ("HistoryTree", "HistoryTreeInvariant")
    ),
    "src/market/Consents.sol": Target(
        ("src/market/Consents.sol",), ("Consents", "ConsentsInvariant")
    ),
    **{
        f"src/market/{name}.sol": Target(_MARKET, _MARKET_TESTS)
        for name in ("LoanMarket", "MarketApplications", "MarketBase")
    },
    "src/market/LoanLens.sol": Target(("src/market/LoanLens.sol",), ("LoanLens",)),
    "src/market/Relay.sol": Target(("src/market/Relay.sol",), ("Relay", "RelayInvariant")),
    **{
        f"src/libraries/{name}.sol": Target(_MARKET, _MARKET_TESTS, _MARKET_TESTS)
        for name in _MARKET_LIBRARIES
    },
    "src/treasury/Treasury.sol": Target(("src/treasury/Treasury.sol",), _TREASURY_TESTS),
    "src/treasury/SignerGroup.sol": Target(
        ("src/treasury/Treasury.sol", "src/treasury/FxQuotes.sol"),
        (*_TREASURY_TESTS, *_FX_TESTS),
    ),
    "src/treasury/FloorTimelock.sol": Target(
        ("src/treasury/FloorTimelock.sol",), ("FloorTimelock", "Governed", "FloorTimelockInvariant")
    ),
    "src/treasury/FxQuotes.sol": Target(("src/treasury/FxQuotes.sol",), _FX_TESTS),
    "src/treasury/ChainlinkFx.sol": Target(("src/treasury/ChainlinkFx.sol",), ("ChainlinkFx",)),
    "src/treasury/FxSource.sol": Target(
        ("src/treasury/FxQuotes.sol", "src/treasury/ChainlinkFx.sol"), ("ChainlinkFx", *_FX_TESTS)
    ),
    "src/libraries/FxMath.sol": Target(
        ("src/treasury/FxQuotes.sol", "src/treasury/ChainlinkFx.sol"), ("ChainlinkFx", *_FX_TESTS)
    ),
    "src/types/LoanId.sol": Target(_MARKET, _MARKET_TESTS, ("Casts",)),
}
"""The sources whose tests are known best; ``target_of`` finds those of the others."""

_LIBRARIES = "src/libraries/"

FAMILIES: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "ledger": (50, ("src/CreditLedger.sol",)),
    "verifier": (
        120,
        ("src/Groth16Verifier.sol", _LIBRARIES + "Bn254.sol", _LIBRARIES + "DataContract.sol"),
    ),
    "openings": (
        100,
        (
            "src/OpeningVerifier.sol",
            _LIBRARIES + "BabyJubJub.sol",
            _LIBRARIES + "BabyJubJubScalars.sol",
        ),
    ),
    "gates": (50, tuple(name for name in TARGETS if name.startswith("src/gates/"))),
    "registry": (40, ("src/IssuerRegistry.sol",)),
    "records": (
        60,
        (
            "src/market/Consents.sol",
            "src/market/CreditBureau.sol",
            "src/market/HistoryTree.sol",
            "src/market/ProductBook.sol",
        ),
    ),
    "custody": (
        60,
        (
            "src/treasury/ChainlinkFx.sol",
            "src/treasury/FloorTimelock.sol",
            "src/treasury/FxQuotes.sol",
            "src/treasury/FxSource.sol",
            "src/treasury/SignerGroup.sol",
            "src/treasury/Treasury.sol",
            _LIBRARIES + "FxMath.sol",
        ),
    ),
    "engine": (
        80,
        (
            "src/market/LoanEngine.sol",
            _LIBRARIES + "LoanWords.sol",
            _LIBRARIES + "ProductTable.sol",
        ),
    ),
    "market": (
        120,
        (
            "src/market/LoanMarket.sol",
            "src/market/MarketApplications.sol",
            "src/market/MarketBase.sol",
            "src/market/LoanLens.sol",
            "src/market/Relay.sol",
            *(f"{_LIBRARIES}{name}.sol" for name in _MARKET_LIBRARIES),
            _LIBRARIES + "LoanMath.sol",
            "src/types/LoanId.sol",
            _LIBRARIES + "Requirements.sol",
        ),
    ),
}
"""Part of ``make long`` → its number of rounds, and the sources that it mutates."""

APART: Final = ("src/interfaces/", "src/mocks/")
"""Folders without code that is deployed."""

WITHOUT_CODE: Final = (
    *(f"src/types/{name}.sol" for name in ("LineId", "Nullifier", "PositionId", "ProductId")),
    "src/treasury/Aggregator.sol",
)


def target_of(file: str, sources: Sources) -> Target:
    """What a source concerns: as listed, or every contract that it is compiled into."""
    if file in TARGETS:
        return TARGETS[file]
    deployed = sorted({contract for target in TARGETS.values() for contract in target.contracts})
    users = tuple(contract for contract in deployed if file in sources.reached([contract]))
    tests = dict.fromkeys(test for contract in users for test in TARGETS[contract].tests)
    return Target(users, tuple(tests))


def mutated(sources: Sources) -> list[str]:
    """Every source with code that is deployed, sorted."""
    found = (name for name in sources.text if name.startswith("src/"))
    return sorted(name for name in found if not name.startswith(APART) and name not in WITHOUT_CODE)
