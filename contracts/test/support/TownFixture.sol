// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EscrowGate} from "../../src/gates/EscrowGate.sol";
import {LedgerGate} from "../../src/gates/LedgerGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ILoanMarket} from "../../src/interfaces/ILoanMarket.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {BlockingToken, FeeToken, PausingToken} from "../../src/mocks/OddTokens.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {ProductId} from "../../src/types/ProductId.sol";
import {HashVerifier} from "./HashVerifier.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {MarketFixture} from "./MarketFixture.sol";

/// @title Four markets on three gates, and five tokens
/// @dev Markets 0 and 1 share a gate; the escrow gate of market 2 shares its registry; market 3
///      is on a ledger's gate. Each market has one product for each token.
abstract contract TownFixture is MarketFixture, LedgerFixture {
    uint256 internal constant MARKETS = 4;
    uint256 internal constant TOKENS = 5;
    uint256 internal constant ESCROWED = 2;
    uint256 internal constant ON_LEDGER = 3;
    uint256 internal constant PLAIN = 0; // six decimals
    uint256 internal constant WIDE = 1; // eighteen decimals
    uint256 internal constant FEE = 2;
    uint256 internal constant PAUSING = 3;
    uint256 internal constant BLOCKING = 4;
    uint256 internal constant ACCOUNTS = 3; // of the ledger
    uint256 internal constant ARBITERS_SECRET = 0xa4b1;

    LoanMarket[] internal markets;
    address[] internal tokens;
    uint96[] internal units;
    EscrowGate internal escrow;
    LedgerGate internal ledgerGate;
    PausingToken internal pausing;
    BlockingToken internal blocking;
    ICreditLedger.Point[] internal holders;
    mapping(uint256 market => mapping(uint256 token => ProductId)) internal products;

    function deployTown() internal {
        deployLedger();
        deployMarket();
        vm.warp(MIDNIGHT);
        escrow = new EscrowGate(
            new HashVerifier(10), registry, 1 days, 1 hours, arbitersKey()
        );
        ledgerGate = new LedgerGate(new HashVerifier(8), ledger, 1 hours);
        markets.push(market);
        markets.push(new LoanMarket(gate, ADMIN, OPERATOR));
        markets.push(new LoanMarket(escrow, ADMIN, OPERATOR));
        markets.push(new LoanMarket(ledgerGate, ADMIN, OPERATOR));
        deployTokens();
        for (uint256 m = 0; m < MARKETS; ++m) {
            market = markets[m];
            for (uint256 t = 0; t < TOKENS; ++t) {
                products[m][t] = addProduct(shortTerms(t));
            }
        }
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            holders.push(keyOf(SECRET + i));
            enter(EMPLOYER, holders[i], encrypted(holders[i], 700, 1111 + i));
        }
        nextEpoch();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            snapshot(holders[i]);
        }
    }

    function deployTokens() private {
        pausing = new PausingToken();
        blocking = new BlockingToken();
        tokens = [
            address(token),
            address(new TestToken("Wide", "WID", 18)),
            address(new FeeToken()),
            address(pausing),
            address(blocking)
        ];
        // cents
        units = [uint96(10_000), 1e16, 10_000, 10_000, 10_000];
    }

    function arbitersKey() internal view returns (IEscrowGate.Point memory) {
        return escrowPoint(ARBITERS_SECRET);
    }

    function escrowPoint(uint256 scalar) internal view returns (IEscrowGate.Point memory) {
        ICreditLedger.Point memory p = times(scalar, base8());
        return IEscrowGate.Point(p.x, p.y);
    }

    /// @dev Terms that every gate can judge, of loans that soon fall due.
    function shortTerms(uint256 t) private view returns (ILoanMarket.ProductTerms memory terms) {
        terms = termsOf(tokens[t]);
        terms.unit = units[t];
        (terms.instalments, terms.rateBps) = (3, 700);
        (terms.period, terms.grace, terms.defaultAfter) = (2 days, 6 hours, 3 days);
        terms.fundingWindow = 3 days;
        terms.policy.minHistoryMonths = 0;
        terms.policy.currency = 0;
        terms.policy.maxCredentialAge = 0;
    }

    /// @dev Evidence that the gate of market `m` accepts; the seal counts for an escrow gate only.
    function townEvidence(
        uint256 m,
        address borrower,
        ProductId product,
        uint256 principal,
        uint256 person,
        IEscrowGate.Seal memory seal_
    ) internal view returns (IApplicationGate.Evidence memory e) {
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        (uint256 policy, uint256 context, uint256 scope) = markets[m].statementOf(
            borrower, product, principal, PURPOSE, e.policyNow, e.deadline
        );
        if (m == ON_LEDGER) {
            ICreditLedger.Point memory key = holders[person % ACCOUNTS];
            e.nullifier = Nullifier.wrap(ledger.accountOf(key));
            e.proof[0] = onLedger(policy, context, key);
            return e;
        }
        e.registryRoot = ROOT;
        e.nullifier = Nullifier.wrap(100 + person);
        bytes memory five = abi.encode(policy, context, ROOT, scope, 100 + person);
        if (m == ESCROWED) five = bytes.concat(five, abi.encode(arbitersKey(), seal_));
        e.proof[0] = uint256(keccak256(five));
    }

    function onLedger(uint256 policy, uint256 context, ICreditLedger.Point memory key)
        private
        view
        returns (uint256)
    {
        ICreditLedger.Ciphertext memory total = inEffect(ledger.accountOf(key));
        return uint256(keccak256(abi.encode(policy, context, key, total)));
    }
}
