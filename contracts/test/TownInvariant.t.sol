// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {TestBase} from "./support/TestBase.sol";
import {TownHandler} from "./support/TownHandler.sol";

/// @dev Four markets on three gates keep their books apart, whatever the tokens do.
contract TownInvariantTest is TestBase {
    uint256 private constant MARKETS = 4;
    uint256 private constant TOKENS = 5;
    uint256 private constant FEE = 2;
    uint256 private constant ESCROWED = 2;
    uint256 private constant PEOPLE = 6;

    TownHandler private handler;

    function setUp() public {
        handler = new TownHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantMarketsKeepTheirBooksApart() public view {
        checkEverything();
    }

    function testALongLifeUsesEveryMarket() public {
        for (uint256 i = 0; i < 600; ++i) {
            handler.step(uint256(keccak256(abi.encode("town", i))));
            if (i % 100 == 0) checkEverything();
        }
        checkEverything();
        assertTrue(handler.done() > 60, "successful calls");
        for (uint256 m = 0; m < MARKETS; ++m) {
            ILoanMarket.Loan[] memory loans = loansOf(m);
            uint256 released;
            for (uint256 id = 1; id < loans.length; ++id) {
                if (loans[id].startedAt != 0) released += 1;
            }
            assertTrue(released > 0, "released");
        }
    }

    /// @dev All loans of a market, each at its number.
    function loansOf(uint256 m) private view returns (ILoanMarket.Loan[] memory loans) {
        LoanMarket market = handler.marketAt(m);
        loans = new ILoanMarket.Loan[](market.loanCount() + 1);
        for (uint256 id = 1; id < loans.length; ++id) {
            loans[id] = market.loan(LoanId.wrap(id));
        }
    }

    function checkEverything() private view {
        for (uint256 m = 0; m < MARKETS; ++m) {
            ILoanMarket.Loan[] memory loans = loansOf(m);
            uint256[] memory held = checkTokens(m, loans);
            checkClaims(m, loans, held);
            checkApplications(m, loans.length - 1);
            checkPseudonyms(m, loans);
        }
        checkSeals();
    }

    /// @dev A market has of each token what its loans hold; returns what each loan holds.
    function checkTokens(uint256 m, ILoanMarket.Loan[] memory loans)
        private
        view
        returns (uint256[] memory held)
    {
        held = new uint256[](loans.length);
        uint256[5] memory sums;
        for (uint256 id = 1; id < loans.length; ++id) {
            ILoanMarket.Loan memory l = loans[id];
            LoanId loanId = LoanId.wrap(id);
            assertEq(l.received, handler.paidIn(m, loanId), "received");
            uint256 t = handler.tokenOf(m, loanId);
            uint256 cameIn = l.startedAt != 0 ? l.received : l.funded;
            held[id] = cameIn * handler.unitOf(t) - handler.paidOutTokens(m, loanId);
            sums[t] += held[id];
        }
        for (uint256 t = 0; t < TOKENS; ++t) {
            assertEq(handler.tokensOf(m, t), sums[t], "tokens");
        }
        assertEq(sums[FEE], 0, "a token with a fee never comes in");
    }

    function checkClaims(uint256 m, ILoanMarket.Loan[] memory loans, uint256[] memory held)
        private
        view
    {
        LoanMarket market = handler.marketAt(m);
        uint256[] memory claims = new uint256[](loans.length);
        uint256[] memory positions = new uint256[](loans.length);
        uint256 count = market.positionCount();
        for (uint256 id = 1; id <= count; ++id) {
            uint64 loan = market.position(PositionId.wrap(id)).loanId;
            claims[loan] += market.withdrawable(PositionId.wrap(id));
            positions[loan] += 1;
        }
        for (uint256 id = 1; id < loans.length; ++id) {
            ILoanMarket.LoanStatus status = loans[id].status;
            if (status == ILoanMarket.LoanStatus.Requested) continue;
            assertLe(claims[id], held[id], "claims");
            bool closed = status == ILoanMarket.LoanStatus.Repaid
                || status == ILoanMarket.LoanStatus.Recovered
                || status == ILoanMarket.LoanStatus.Cancelled;
            assertLe(held[id], claims[id] + (closed ? 0 : positions[id]), "dust");
        }
    }

    /// @dev Markets of one gate count apart, and other users of the gate count for nobody.
    function checkApplications(uint256 m, uint256 loans) private view {
        address market = address(handler.marketAt(m));
        uint256 sum;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            address borrower = handler.borrowerOf(i);
            uint256 count = handler.gateAt(m).applicationNonce(market, borrower);
            assertEq(count, handler.applications(m, borrower), "applications");
            sum += count;
        }
        assertEq(loans, sum, "each application is a loan");
    }

    function checkPseudonyms(uint256 m, ILoanMarket.Loan[] memory loans) private view {
        LoanMarket market = handler.marketAt(m);
        for (uint256 person = 0; person < PEOPLE; ++person) {
            uint256 nullifier = handler.nullifierOf(m, person);
            uint256 open;
            bool defaulted;
            for (uint256 id = 1; id < loans.length; ++id) {
                if (Nullifier.unwrap(loans[id].nullifier) != nullifier) continue;
                ILoanMarket.LoanStatus status = loans[id].status;
                if (
                    status == ILoanMarket.LoanStatus.Requested
                        || status == ILoanMarket.LoanStatus.Active
                ) open += 1;
                defaulted = defaulted || status == ILoanMarket.LoanStatus.Defaulted
                    || status == ILoanMarket.LoanStatus.Recovered;
            }
            ILoanMarket.PseudonymState state = market.pseudonym(Nullifier.wrap(nullifier)).state;
            assertLe(open, 1, "open loans");
            assertTrue((state == ILoanMarket.PseudonymState.Open) == (open == 1), "open");
            assertTrue((state == ILoanMarket.PseudonymState.Blocked) == defaulted, "blocked");
        }
    }

    /// @dev Every loan of the escrow gate's market has the seal that its borrower placed.
    function checkSeals() private view {
        uint256 loans = handler.marketAt(ESCROWED).loanCount();
        for (uint256 id = 1; id <= loans; ++id) {
            bytes32 kept = handler.sealsOf(LoanId.wrap(id));
            assertEq(kept, handler.sealOfLoan(LoanId.wrap(id)), "seal");
        }
    }
}
