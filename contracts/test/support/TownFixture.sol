// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EligibilityGate} from "../../src/gates/EligibilityGate.sol";
import {EscrowGate} from "../../src/gates/EscrowGate.sol";
import {LedgerGate} from "../../src/gates/LedgerGate.sol";
import {IApplicationGate} from "../../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../../src/interfaces/ICreditBureau.sol";
import {ICreditLedger} from "../../src/interfaces/ICreditLedger.sol";
import {IEscrowGate} from "../../src/interfaces/IEscrowGate.sol";
import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {CreditBureau} from "../../src/market/CreditBureau.sol";
import {LoanLens} from "../../src/market/LoanLens.sol";
import {LoanMarket} from "../../src/market/LoanMarket.sol";
import {MockVerifier} from "../../src/mocks/MockVerifier.sol";
import {BlockingToken, FeeToken, PausingToken} from "../../src/mocks/OddTokens.sol";
import {TestToken} from "../../src/mocks/TestToken.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {HashVerifier} from "./HashVerifier.sol";
import {LedgerFixture} from "./LedgerFixture.sol";
import {LoneMarket} from "./LoneMarket.sol";
import {MarketFixture} from "./MarketFixture.sol";
import {NO_FX} from "./NoFx.sol";

/// @dev A market that consumes proofs at any gate, and makes no loans of them.
contract IdleMarket is LoneMarket {
    uint256 public constant loanCount = 0;

    function consume(
        IApplicationGate gate,
        IApplicationGate.Application calldata a,
        IApplicationGate.Evidence calldata e
    ) external {
        gate.consume(a, e);
    }
}

/// @title Four markets on three gates, in three bureaus, and five tokens
/// @dev Markets 0 and 1 share gate and bureau; the escrow gate of market 2 shares their registry;
///      market 3 is on a ledger's gate, in a bureau of accounts. All have one book, with a product
///      for each token. No bureau forgets a default.
abstract contract TownFixture is MarketFixture, LedgerFixture {
    uint256 internal constant MARKETS = 4;
    uint256 internal constant TOKENS = 5;
    uint256 internal constant ESCROWED = 2;
    uint256 internal constant ON_LEDGER = 3;
    uint256 internal constant PLAIN = 0; // six decimals
    uint256 internal constant WIDE = 1; // eighteen decimals, and a fee at release
    uint256 internal constant FEE = 2;
    uint256 internal constant PAUSING = 3;
    uint256 internal constant BLOCKING = 4;
    uint256 internal constant ACCOUNTS = 3; // of the ledger
    uint256 internal constant ARBITERS_SECRET = 0xa4b1;

    LoanMarket[] internal markets;
    LoanLens[] internal lenses;
    CreditBureau[] internal bureaus; // of each market
    address[] internal tokens;
    uint256[] internal units;
    address[] internal products; // of each token
    EscrowGate internal escrow;
    LedgerGate internal ledgerGate;
    IdleMarket internal idle;
    PausingToken internal pausing;
    BlockingToken internal blocking;
    ICreditLedger.Point[] internal holders;

    function deployTown() internal {
        deployLedger();
        deployParts();
        gate = new EligibilityGate(new MockVerifier(), registry, 1 days, 1 hours, NO_FX);
        escrow = new EscrowGate(
            new HashVerifier(10), registry, 1 days, 1 hours, NO_FX, arbitersKey()
        );
        ledgerGate = new LedgerGate(new HashVerifier(8), ledger, 1 hours);
        idle = new IdleMarket();
        found(ICreditBureau.Kind.Credential);
        join(gate);
        join(gate);
        found(ICreditBureau.Kind.Credential);
        join(escrow);
        found(ICreditBureau.Kind.Ledger);
        join(ledgerGate);
        deployTokens();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            holders.push(keyOf(SECRET + i));
            enter(EMPLOYER, holders[i], encrypted(holders[i], 700, 1111 + i));
        }
        nextEpoch();
        for (uint256 i = 0; i < ACCOUNTS; ++i) {
            snapshot(holders[i]);
        }
    }

    function found(ICreditBureau.Kind kind) private {
        bureau = new CreditBureau(ADMIN, 0, 0, kind);
    }

    function join(IApplicationGate gate_) private {
        market = memberOn(gate_);
        markets.push(market);
        lenses.push(new LoanLens(market));
        bureaus.push(bureau);
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
        units = [uint256(10_000), 1e16, 10_000, 10_000, 10_000];
        for (uint256 t = 0; t < TOKENS; ++t) {
            products.push(published(shortHeader(t), shortRows()));
            for (uint256 m = 0; m < MARKETS; ++m) {
                market = markets[m];
                allow(tokens[t], true);
            }
        }
    }

    function arbitersKey() internal view returns (IEscrowGate.Point memory) {
        return escrowPoint(ARBITERS_SECRET);
    }

    function escrowPoint(uint256 scalar) internal view returns (IEscrowGate.Point memory) {
        ICreditLedger.Point memory p = times(scalar, base8());
        return IEscrowGate.Point(p.x, p.y);
    }

    /// @dev Terms that every gate can judge, of loans that soon fall due.
    function shortHeader(uint256 t) private view returns (bytes memory header) {
        header = headerOf(tokens[t]);
        put(header, ProductTable.TOKEN_UNIT, units[t]);
        put(header, ProductTable.GRACE, 1 days);
        put(header, ProductTable.DEFAULT_AFTER, 3 days);
        put(header, ProductTable.FUNDING_WINDOW, 3 days);
        if (t != WIDE) return header;
        put(header, ProductTable.ORIGINATION_BPS, 250);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
    }

    function shortRows() private pure returns (bytes memory) {
        return bytes.concat(
            rowOf(2 days, 7e7, ProductTable.LEVEL, 0),
            rowOf(4 days, 7e7, ProductTable.LEVEL, 0),
            rowOf(6 days, 7e7, ProductTable.REST, 0)
        );
    }

    /// @dev Evidence that the gate of market `m` accepts; the seal counts for an escrow gate only.
    function townEvidence(
        uint256 m,
        address borrower,
        address asked,
        uint256 principal,
        uint256 person,
        IEscrowGate.Seal memory seal_
    ) internal view returns (IApplicationGate.Evidence memory e) {
        e.policyNow = uint40(block.timestamp);
        e.deadline = uint40(block.timestamp + 600);
        (uint256 word, uint256 context, uint256 scope) = lenses[m].statementOf(
            borrower, asked, principal, PURPOSE, e.policyNow, e.deadline
        );
        if (m == ON_LEDGER) {
            ICreditLedger.Point memory key = holders[person % ACCOUNTS];
            e.nullifier = Nullifier.wrap(ledger.accountOf(key));
            e.proof[0] = onLedger(word, context, key);
            return e;
        }
        e.registryRoot = ROOT;
        e.nullifier = Nullifier.wrap(100 + person);
        bytes memory five = abi.encode(word, context, ROOT, scope, 100 + person);
        if (m == ESCROWED) five = bytes.concat(five, abi.encode(arbitersKey(), seal_));
        e.proof[0] = uint256(keccak256(five));
    }

    function onLedger(uint256 word, uint256 context, ICreditLedger.Point memory key)
        private
        view
        returns (uint256)
    {
        ICreditLedger.Ciphertext memory total = inEffect(ledger.accountOf(key));
        return uint256(keccak256(abi.encode(word, context, key, total)));
    }
}
