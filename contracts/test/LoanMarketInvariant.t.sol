// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {Handler} from "./support/Handler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Sums over all loans and positions, after any sequence of calls.
contract LoanMarketInvariantTest is TestBase {
    Handler private handler;
    ILoanMarket private market;

    function setUp() public {
        handler = new Handler();
        market = handler.theMarket();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantBooksBalance() public view {
        checkEverything();
    }

    /// @dev The campaign above may wander; this one is long enough to have been everywhere.
    function testALongLifeReachesEveryStateWithBalancedBooks() public {
        uint256[7] memory reached;
        for (uint256 i = 0; i < 2_000; ++i) {
            handler.step(uint256(keccak256(abi.encode("life", i))));
            if (i % 40 != 0) continue;
            checkEverything();
            for (uint256 id = 1; id <= market.loanCount(); ++id) {
                reached[uint256(market.loan(LoanId.wrap(id)).status)] += 1;
            }
        }
        for (uint256 status = 1; status < 7; ++status) {
            string memory name = vm.toString(status);
            assertTrue(reached[status] > 0, string.concat("never reached: ", name));
        }
        // whoever draws last finds the market empty but for what is still running
        for (uint256 id = 1; id <= market.positionCount(); ++id) {
            if (market.withdrawable(PositionId.wrap(id)) > 0) handler.withdraw(id - 1, true);
        }
        checkEverything();
    }

    function checkEverything() private view {
        checkTheMarketHoldsExactlyWhatItsLoansHold();
        checkClaimsOfALoanNeverExceedWhatItHolds();
        checkBooksOfEachLoanAgree();
        checkAPseudonymHasAtMostOneOpenLoan();
    }

    /// @dev What each loan holds of the market's tokens.
    function holding(LoanId loanId) private view returns (uint256) {
        ILoanMarket.Loan memory l = market.loan(loanId);
        bool released = l.startedAt != 0;
        uint256 cameIn = released ? l.received : l.funded;
        return cameIn * handler.unit() - handler.paidOutTokens(loanId);
    }

    function checkTheMarketHoldsExactlyWhatItsLoansHold() private view {
        uint256 sum;
        for (uint256 id = 1; id <= market.loanCount(); ++id) {
            sum += holding(LoanId.wrap(id));
        }
        assertEq(handler.marketTokens(), sum, "tokens");
    }

    function checkClaimsOfALoanNeverExceedWhatItHolds() private view {
        uint256 loans = market.loanCount();
        uint256[] memory claims = new uint256[](loans + 1);
        uint256[] memory positions = new uint256[](loans + 1);
        uint256[] memory funded = new uint256[](loans + 1);
        for (uint256 id = 1; id <= market.positionCount(); ++id) {
            ILoanMarket.Position memory p = market.position(PositionId.wrap(id));
            claims[p.loanId] += market.withdrawable(PositionId.wrap(id));
            positions[p.loanId] += 1;
            assertEq(p.start, funded[p.loanId], "positions follow each other");
            funded[p.loanId] += p.amount;
        }
        for (uint256 id = 1; id <= loans; ++id) {
            ILoanMarket.Loan memory l = market.loan(LoanId.wrap(id));
            assertEq(l.funded, funded[id], "funded is the sum of positions");
            assertLe(l.funded, l.principal, "funded beyond the principal");
            if (l.status == ILoanMarket.LoanStatus.Requested) continue;
            uint256 held = holding(LoanId.wrap(id));
            assertLe(claims[id], held, "claims");
            bool closed = l.status == ILoanMarket.LoanStatus.Repaid
                || l.status == ILoanMarket.LoanStatus.Recovered
                || l.status == ILoanMarket.LoanStatus.Cancelled;
            if (closed) assertEq(claims[id], held, "a closed loan is divided without remainder");
            // the dust of rounding down: less than one base unit a position
            else assertLe(held, claims[id] + positions[id], "dust");
        }
    }

    function checkBooksOfEachLoanAgree() private view {
        for (uint256 id = 1; id <= market.loanCount(); ++id) {
            ILoanMarket.Loan memory l = market.loan(LoanId.wrap(id));
            assertEq(l.received, handler.paidIn(LoanId.wrap(id)), "received is what was paid");
            assertLe(l.balance, l.principal, "balance");
            (ILoanMarket.ProductTerms memory t,,) = market.product(ProductId.wrap(l.productId));
            assertLe(l.paidInstalments, t.instalments, "instalments");
            assertLe(l.assessedInstalments, t.instalments, "assessed");
            if (l.status == ILoanMarket.LoanStatus.Repaid) {
                assertEq(l.balance, 0, "repaid");
                assertEq(l.feesOwed, 0, "repaid");
                assertTrue(l.received >= l.principal, "repaid less than the principal");
            }
            bool released = l.funded == l.principal && l.startedAt != 0;
            bool early = l.status == ILoanMarket.LoanStatus.Requested
                || l.status == ILoanMarket.LoanStatus.Cancelled;
            assertTrue(released != early, "released exactly when fully funded");
        }
    }

    function checkAPseudonymHasAtMostOneOpenLoan() private view {
        for (uint256 nullifier = 100; nullifier < 100 + handler.people(); ++nullifier) {
            uint256 open;
            bool defaulted;
            for (uint256 id = 1; id <= market.loanCount(); ++id) {
                ILoanMarket.Loan memory l = market.loan(LoanId.wrap(id));
                if (Nullifier.unwrap(l.nullifier) != nullifier) continue;
                if (
                    l.status == ILoanMarket.LoanStatus.Requested
                        || l.status == ILoanMarket.LoanStatus.Active
                ) open += 1;
                if (
                    l.status == ILoanMarket.LoanStatus.Defaulted
                        || l.status == ILoanMarket.LoanStatus.Recovered
                ) defaulted = true;
            }
            ILoanMarket.PseudonymState state = market.pseudonym(Nullifier.wrap(nullifier)).state;
            assertLe(open, 1, "open loans");
            assertTrue((state == ILoanMarket.PseudonymState.Open) == (open == 1), "open");
            assertTrue((state == ILoanMarket.PseudonymState.Blocked) == defaulted, "blocked");
        }
    }
}
