"""Every conversion that can lose something is known, with its reason.

All others go through SafeCast, which reverts, or keep every value by their types. A new one without
an entry fails here; ``python -m support.contracts.casts`` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.contracts.casts import Cast, casts

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

PART = "a part of a word of a loan or of a row, whose other bits are other parts"
ENUM = "a number of an enumeration"
PRINCIPAL = "at most the principal, which the engine bounds by 2^48"
HASH = "fewer bytes of a hash are a hash; the width is part of the protocol"

ENTRIES = {
    ("CreditLedger.sol", "issuersOf", "bytes26(keccak256(abi.encode(list)))"): HASH,
    ("CreditLedger.sol", "_checkIssuers", "bytes26(keccak256(abi.encode(list)))"): HASH,
    ("CreditLedger.sol", "_link", "bytes25(keccak256(abi.encode(chain, epoch, digest)))"): HASH,
    ("CreditLedger.sol", "_join", "bytes25(keccak256(abi.encode(chain, issuer)))"): HASH,
    ("Groth16Verifier.sol", "_weights", "uint128(uint256(keccak256(abi.encode(seed, i))))"): HASH,
    ("IssuerRegistry.sol", "post", "uint40(block.timestamp)"): "a time, until the year 36812",
    ("treasury/ChainlinkFx.sol", "_rate", "Aggregator(feed.aggregator)"): (
        "it answered as a feed does when the contract was deployed"
    ),
    ("treasury/ChainlinkFx.sol", "_requireSequencer", "Aggregator(sequencer)"): (
        "it answered as a feed does when the contract was deployed"
    ),
    ("treasury/ChainlinkFx.sol", "_rate", "uint256(answer)"): "above 0, by the comparison above it",
    ("treasury/ChainlinkFx.sol", "_rate", "uint16(feed.exponent)"): (
        "at least 0, by the comparison beside it"
    ),
    ("treasury/ChainlinkFx.sol", "_rate", "uint16(-feed.exponent)"): (
        "below 0, by the comparison above it, and at least -35"
    ),
    ("treasury/ChainlinkFx.sol", "_add", "int16(uint16(decimals))"): (
        "at most 36, by the comparison above it; ChainlinkFx.t.sol is at the bound"
    ),
    ("treasury/ChainlinkFx.sol", "_add", "uint16(decimals)"): (
        "at most 36, by the comparison above it; ChainlinkFx.t.sol is at the bound"
    ),
    ("treasury/SignerGroup.sol", "_addSigners", "address(bytes20(signer))"): (
        "the first 20 bytes of a signer are an account, by ERC-7913"
    ),
    ("treasury/SignerGroup.sol", "_addSigners", "bytes20(signer)"): (
        "the rest of a signer is a key; fewer than 20 bytes are refused"
    ),
    ("treasury/Treasury.sol", "release", "IERC20(token)"): (
        "what the signers named; a transfer that is not confirmed reverts"
    ),
    ("treasury/Treasury.sol", "release", "payable(to)"): "the payee whom the signers named",
    ("OpeningVerifier.sol", "_escrowGateOf", "IEscrowGate(asked)"): (
        "it answered with the two words of an arbiters' key, by the call above it"
    ),
    ("libraries/Requirements.sol", "requireAddress", "uint160(word)"): (
        "below 2^160, by the comparison above it; ContractKinds.t.sol has every greater bit"
    ),
    ("libraries/DataContract.sol", "write", "uint16(data.length + 1)"): (
        "at most 24,576, by the comparison above it; DataContract.t.sol is at the bound"
    ),
    ("libraries/BabyJubJub.sol", "toAffine", "bytes32(answer)"): (
        "the answer has 32 bytes, by the comparison above it"
    ),
    **{
        ("libraries/LoanWords.sol", "unpack", text): PART
        for text in (
            "uint160(word >> 96)",
            "uint40(word >> 56)",
            "uint40(word >> 16)",
            "uint16(word)",
            "uint48(word >> 160)",
            "uint48(word >> 112)",
            "uint48(word >> 64)",
            "uint48(word >> 16)",
            "uint40(word >> 24)",
            "uint8(word >> 16)",
            "uint8(word >> 8)",
            "uint8(word)",
        )
    },
    ("libraries/LoanWords.sol", "unpack", "ILoanEngine.Standing(uint8(word))"): (
        "the compiler's check reverts on a number without a name"
    ),
    ("libraries/LoanWords.sol", "pack", "uint8(state.standing)"): "seven values",
    ("libraries/ProductTable.sol", "rateOf", "uint48(row >> 40)"): PART,
    ("libraries/ProductTable.sol", "kindOf", "uint8(row >> 32)"): PART,
    ("libraries/ProductTable.sol", "shareOf", "uint32(row)"): PART,
    ("market/Consents.sol", "_isSigned", "bytes3(code)"): "the prefix is what is compared",
    ("gates/RecordGate.sol", "_historyInputs", "bytes32(evidence.extra)"): (
        "a quote may follow the root, and fewer than 32 bytes are refused"
    ),
    ("gates/HistoryGate.sol", "HistoryGate", "IIssuerRegistry(address(0))"): (
        "a record needs no registry, and 0 says so"
    ),
    ("market/ProductBook.sol", "_checkPolicy", "uint16(history >> HISTORY_DAY)"): PART,
    ("gates/LedgerGate.sol", "LedgerGate", "IIssuerRegistry(address(0))"): (
        "a ledger has no registry, and 0 says so"
    ),
    (
        "market/MarketBase.sol",
        "constructor",
        "IIssuerRegistry( Requirements.requireAddress( address(gate_), "
        "abi.encodeCall(IApplicationGate.registry, ()) ) )",
    ): "the gate names it, and no contract can ask more of a gate",
    ("market/CreditBureau.sol", "reserve", "uint40(until)"): (
        "at most 91 days ahead of a block's time, by the comparison above it"
    ),
    ("market/CreditBureau.sol", "start", "uint48(_most(principal, type(uint48).max))"): (
        "at most the largest value, by the call inside"
    ),
    ("market/CreditBureau.sol", "close", "uint40(_most(until, NEVER))"): (
        "at most the largest value, by the call inside"
    ),
    ("market/CreditBureau.sol", "_queued", "uint128(next + 1)"): "at most 2^18, by the comparison",
    ("market/CreditBureau.sol", "_queued", "uint128(number + 1)"): "one a call",
    **{
        ("market/HistoryTree.sol", "constructor", text): (
            "it answered as its kind does, by the calls above; a second verifier may be missing"
        )
        for text in (
            "ICreditBureau(bureau_)",
            "IGroth16Verifier(verifiers[0])",
            "IGroth16Verifier(verifiers[1])",
            "IGroth16Verifier(seconds_[0])",
            "IGroth16Verifier(seconds_[1])",
        )
    },
    ("market/HistoryTree.sol", "constructor", "uint256(ICreditBureau.Kind.Credential)"): ENUM,
    ("market/HistoryTree.sol", "stage", "uint64(block.timestamp + STAGE_TIME)"): (
        "a block's time and ten minutes"
    ),
    ("market/HistoryTree.sol", "stage", "uint64(taken)"): "at most twelve",
    ("market/HistoryTree.sol", "stage", "uint64(openedAt)"): "33 bits of the bureau's queue",
    ("market/HistoryTree.sol", "_take", "uint64(next)"): "at most one for each call of the bureau",
    **{
        ("libraries/LoanParts.sol", owner, text): PART
        for owner, text in (
            ("startedAt", "uint40(loan.terms >> 56)"),
            ("balance", "uint48(loan.debt >> 112)"),
            ("paid", "uint8(loan.debt >> 8)"),
            ("assessed", "uint8(loan.debt)"),
            ("recoveryOwed", "uint48(loan.account >> 160)"),
            ("shift", "uint40(loan.account >> 24)"),
            ("standing", "uint8(loan.account)"),
        )
    },
    ("libraries/LoanParts.sol", "standing", "ILoanEngine.Standing(uint8(loan.account))"): (
        "the compiler's check reverts on a number without a name"
    ),
    **{
        ("libraries/ApplicationWords.sol", owner, text): PART
        for owner, text in (
            ("productOf", "uint160(terms >> 96)"),
            ("deadlineOf", "uint40(terms >> 56)"),
            ("unpack", "uint40(terms >> 16)"),
            ("unpack", "uint48(debt >> 160)"),
            ("unpack", "uint48(debt >> 112)"),
            ("unpack", "uint64(debt >> 48)"),
        )
    },
    **{
        ("libraries/PartyWord.sol", owner, text): PART
        for owner, text in (
            ("borrowerOf", "uint160(word >> 96)"),
            ("purposeOf", "uint16(word >> 80)"),
            ("undrawnOf", "uint48(word >> 32)"),
            ("stageOf", "uint8(word)"),
        )
    },
    (
        "libraries/LoanApplication.sol",
        "build",
        "bytes26(uint208(table.field(ProductTable.ISSUERS)))",
    ): "26 bytes are 208 bits",
    ("libraries/ApplicationWords.sol", "released", "uint256(ILoanEngine.Standing.Active)"): ENUM,
    ("libraries/PartyWord.sol", "requested", "uint256(ILoanMarket.Stage.Requested)"): ENUM,
    ("libraries/PartyWord.sol", "changed", "uint256(stage)"): ENUM,
    ("market/LoanMarket.sol", "_report", "uint8(standing)"): ENUM,
    ("market/LoanMarket.sol", "_report", "uint8(ILoanEngine.Standing.Repaid)"): ENUM,
    ("market/LoanMarket.sol", "_report", "ICreditBureau.Ending(ending)"): (
        "endings follow each other as standings do; the compiler's check reverts on others"
    ),
    ("market/LoanMarket.sol", "loan", "uint8(_loanOf(kept).standing())"): ENUM,
    (
        "market/LoanMarket.sol",
        "loan",
        "LoanStatus(uint8(_loanOf(kept).standing()))",
    ): "both name the standings in the same order",
    ("market/MarketApplications.sol", "fund", "uint48(start)"): PRINCIPAL,
    ("market/MarketApplications.sol", "fund", "uint48(accepted)"): PRINCIPAL,
    ("market/MarketApplications.sol", "_takeInterval", "uint48(accepted)"): PRINCIPAL,
    ("market/MarketApplications.sol", "fund", "uint40(block.timestamp)"): (
        "a time, until the year 36812"
    ),
    ("market/MarketApplications.sol", "takeBack", "uint152(asked.gap)"): "a number of 64 bits",
    ("market/LoanMarket.sol", "withdraw", "uint152(tokens)"): (
        "at most everything received, below 2^48 units of less than 2^96 tokens"
    ),
    ("market/MarketBase.sol", "clockOf", "uint128(word)"): PART,
    ("market/MarketBase.sol", "_pullTokens", "IERC20(token)"): "an allowed token",
    ("market/MarketBase.sol", "_balanceOf", "IERC20(token)"): "an allowed token",
    ("market/MarketBase.sol", "_pushTokens", "IERC20(token)"): "an allowed token",
    ("market/Relay.sol", "repayWithPermit", "IERC20(table.account(ProductTable.TOKEN))"): (
        "the token of a product of the market"
    ),
    ("market/Relay.sol", "fundWithPermit", "IERC20(table.account(ProductTable.TOKEN))"): (
        "the token of a product of the market"
    ),
    ("libraries/PartyWord.sol", "stageOf", "ILoanMarket.Stage(uint8(word))"): (
        "the compiler's check reverts on a number without a name"
    ),
    **{
        ("libraries/LoanApplication.sol", "build", f"{kind}(table.field(ProductTable.{name}))"): (
            "the field of the header has that width"
        )
        for kind, name in (
            ("uint208", "ISSUERS"),
            ("uint16", "MIN_SCORE"),
            ("uint16", "MAX_SCORE"),
            ("uint24", "COVERAGE_BPS"),
            ("uint16", "MAX_DTI_BPS"),
            ("uint16", "MAX_DELINQUENCIES"),
            ("uint16", "MIN_CYCLE"),
            ("uint16", "MIN_HISTORY_MONTHS"),
            ("uint16", "POLICY_CURRENCY"),
            ("uint16", "CURRENCY"),
            ("uint40", "MAX_CREDENTIAL_AGE"),
        )
    },
}
"""File, function and conversion → why it is right."""


def cast(before: str, after: str) -> Cast:
    return Cast("x.sol", "f", f"{after}(x)", before, after)


@pytest.mark.node
@pytest.mark.slow
def test_every_conversion_is_exact_or_has_a_reason(builder: ModuleType, contracts: Path) -> None:
    trees = {u: t for u, t in builder.syntax_trees().items() if not u.startswith("src/mocks/")}
    sources = {unit: (contracts / unit).read_bytes() for unit in trees}
    every = casts(trees, sources)
    assert len(every) > 30
    inexact = {(c.file, c.owner, c.text) for c in every if not c.is_exact}
    assert inexact - ENTRIES.keys() == set()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uint48", "uint256"),
        ("uint256", "uint256"),
        ("uint256", "bytes32"),
        ("bytes32", "uint256"),
        ("bytes25", "bytes32"),
        ("contract LoanMarket", "address"),
        ("library ProductTable", "address"),
        ("int_const 0", "address"),
        ("int_const 5", "address"),
        ("int_const 0", "bytes32"),
        ("int_const 65535", "uint16"),
        ("address", "uint160"),
    ],
)
def test_these_keep_every_value(before: str, after: str) -> None:
    assert cast(before, after).is_exact


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("uint256", "uint248"),
        ("uint40", "uint32"),
        ("int256", "uint256"),
        ("uint256", "int256"),
        ("bytes32", "bytes31"),
        ("uint256", "uint160"),
        ("address", "contract IERC20"),
        ("contract IGate", "contract IEscrowGate"),
        ("bytes memory", "bytes32"),
        ("int_const 65536", "uint16"),
        ("int_const 5", "bytes32"),
        ("address", "bytes20"),
        ("uint256", "enum ILoanMarket.LoanStatus"),
    ],
)
def test_these_need_a_reason(before: str, after: str) -> None:
    assert not cast(before, after).is_exact


def test_a_conversion_is_found_where_it_stands() -> None:
    source = b"contract C { function f() { uint16 x = uint16( y ); } }"
    call = {
        "nodeType": "FunctionCall",
        "kind": "typeConversion",
        "src": f"{source.index(b'uint16(')}:11:0",
        "arguments": [{"typeDescriptions": {"typeString": "uint256"}}],
        "typeDescriptions": {"typeString": "uint16"},
    }
    tree = {"nodeType": "FunctionDefinition", "name": "f", "body": {"statements": [call]}}
    found = casts({"src/C.sol": {"nodes": [tree]}}, {"src/C.sol": source})
    assert found == [Cast("C.sol", "f", "uint16( y )", "uint256", "uint16")]
    assert not found[0].is_exact
