// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Default, blocking of the pseudonym, recovery.
contract LoanMarketDefaultTest is MarketFixture {
    uint256 private constant LEVEL = 9_168;
    LoanId private loanId;
    PositionId private positionId;

    function setUp() public {
        deployMarket();
        (loanId, positionId) = runningLoan();
    }

    function fall() private returns (uint256 debt) {
        vm.warp(START + PERIOD + DEFAULT_AFTER + 1);
        debt = market.quote(loanId).settlement;
        vm.prank(OTHER);
        market.markDefault(loanId);
    }

    function testDefaultEdges() public {
        vm.warp(START + PERIOD + DEFAULT_AFTER);
        assertTrue(!market.quote(loanId).defaultable, "last second");
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.DefaultNotDue.selector, loanId));
        market.markDefault(loanId);
        vm.warp(START + PERIOD + DEFAULT_AFTER + 1);
        assertTrue(market.quote(loanId).defaultable, "due");
        vm.prank(OTHER);
        market.markDefault(loanId);
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Defaulted), "defaulted");
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.Blocked), "blocked");
    }

    function testPayingTheOldestInstalmentInTimeAvertsDefault() public {
        vm.warp(START + PERIOD + DEFAULT_AFTER + 1);
        repayAs(BORROWER, loanId, LEVEL);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.DefaultNotDue.selector, loanId));
        market.markDefault(loanId);
    }

    /// @dev Three periods are over, the fourth has begun, and two instalments are late.
    function testTheDebtIsTheSettlementSum() public {
        uint256 debt = fall();
        uint256 interest = 1_500 + 1_385 + 1_268 + 1_150; // on the scheduled balances
        uint256 expected = 100_000 + interest + 2 * LATE_FEE;
        assertEq(market.loan(loanId).recoveryOwed, debt, "as quoted");
        assertEq(debt, expected, "debt");
        ILoanMarket.Quote memory q = market.quote(loanId);
        assertEq(q.remaining, debt, "quote");
        assertEq(q.settlement, debt, "quote");
    }

    function testADefaulterCannotReturnUnderANewAddress() public {
        fall();
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, productId, 5_000, 1);
        vm.prank(OTHER);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.PseudonymIsBlocked.selector, 1, loanId)
        );
        market.applyForLoan(productId, 5_000, PURPOSE, e);
    }

    function testRecoveryGoesToTheLendersAndEnds() public {
        uint256 debt = fall();
        assertEq(repayAs(OTHER, loanId, 40_000), 40_000, "first");
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(balance(LENDER), 40_000 * UNIT, "drawn");
        assertEq(repayAs(BORROWER, loanId, debt), debt - 40_000, "no more than owed");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Recovered), "recovered");
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.Blocked), "stays blocked");
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(balance(LENDER), debt * UNIT, "all of it");
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.LoanStatusInvalid.selector, loanId, ILoanMarket.LoanStatus.Recovered
            )
        );
        market.repay(loanId, 1);
    }

    function testADefaultedLoanAccruesNothingAndCannotDefaultTwice() public {
        uint256 debt = fall();
        vm.warp(START + 5000 days);
        assertEq(market.quote(loanId).remaining, debt, "frozen");
        bytes memory refused = abi.encodeWithSelector(
            ILoanMarket.LoanStatusInvalid.selector, loanId, ILoanMarket.LoanStatus.Defaulted
        );
        vm.expectRevert(refused);
        market.markDefault(loanId);
        vm.expectRevert(refused);
        market.settle(loanId, type(uint256).max);
        vm.expectRevert(refused);
        market.cancel(loanId);
        vm.expectRevert(refused);
        market.fund(loanId, 1);
    }

    function testAFeeLeftAfterTheLastInstalmentDefaultsToo() public {
        vm.warp(START + PERIOD + GRACE + 1);
        repayAs(BORROWER, loanId, LEVEL); // late: a fee stays open
        for (uint256 k = 1; k < 12; ++k) {
            vm.warp(START + (k + 1) * PERIOD);
            repayAs(BORROWER, loanId, k == 11 ? 9_166 : LEVEL);
        }
        assertEq(market.loan(loanId).paidInstalments, 12, "instalments");
        assertEq(market.quote(loanId).remaining, LATE_FEE, "fee");
        vm.warp(START + 12 * PERIOD + DEFAULT_AFTER);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.DefaultNotDue.selector, loanId));
        market.markDefault(loanId);
        vm.warp(START + 12 * PERIOD + DEFAULT_AFTER + 1);
        market.markDefault(loanId);
        assertEq(market.loan(loanId).recoveryOwed, LATE_FEE, "debt");
    }

    /// @dev Union: the second loan inherited the first one's clock and was overdue at birth.
    function testASecondLoanInheritsNothing() public {
        repayAs(BORROWER, loanId, 200_000);
        vm.warp(START + 400 days);
        vm.prank(REGISTRAR);
        registry.renew(ROOT);
        LoanId second = applyAs(BORROWER, productId, 100_000, 1);
        fundAs(LENDER, second, 100_000);
        assertEq(market.quote(second).overdue, 0, "overdue");
        assertEq(market.quote(second).fees, 0, "fees");
        assertTrue(!market.quote(second).defaultable, "default");
        assertEq(market.quote(second).nextDueAt, START + 400 days + PERIOD, "due");
    }

    /// @dev Teller, wagmi: repayment that somebody or something else could block.
    function testRepaymentIsPossibleWhateverOthersDo() public {
        vm.prank(OPERATOR);
        market.pauseNewLoans();
        vm.prank(OPERATOR);
        market.setTokenAllowed(address(token), false);
        vm.prank(LENDER);
        market.setProductOpen(productId, false);
        vm.warp(START + 3000 days);
        repayAs(OTHER, loanId, 1_000);
        fall();
        repayAs(OTHER, loanId, 1_000);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
    }
}
