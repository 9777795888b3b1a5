// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Instalments, late fees, settlement.
contract LoanMarketRepaymentTest is MarketFixture {
    uint256 private constant LEVEL = 9_168;
    uint256 private constant TOTAL = 110_014;
    LoanId private loanId;
    PositionId private positionId;

    function setUp() public {
        deployMarket();
        (loanId, positionId) = runningLoan();
    }

    function dueAt(uint256 k) private pure returns (uint256) {
        return START + (k + 1) * PERIOD;
    }

    function loan() private view returns (ILoanMarket.Loan memory) {
        return market.loan(loanId);
    }

    function fees() private view returns (uint256) {
        return market.quote(loanId).fees;
    }

    function testTwelveInstalmentsOnTimeEndTheLoan() public {
        for (uint256 k = 0; k < 12; ++k) {
            vm.warp(dueAt(k));
            uint256 overdue = market.quote(loanId).overdue;
            assertEq(overdue, k == 11 ? 9_166 : LEVEL, "due");
            repayAs(BORROWER, loanId, overdue);
            assertEq(loan().paidInstalments, k + 1, "paid");
        }
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Repaid), "repaid");
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.None), "free again");
        assertEq(loan().received, TOTAL, "received");
        assertEq(loan().balance, 0, "balance");
    }

    function testARepaidBorrowerBorrowsAgain() public {
        repayAs(BORROWER, loanId, TOTAL);
        LoanId second = applyAs(OTHER, productId, 50_000, 1);
        ILoanMarket.Loan memory fresh = market.loan(second);
        assertEq(fresh.startedAt, 0, "no inherited clock");
        assertEq(fresh.assessedInstalments, 0, "no inherited lateness");
    }

    function testPaymentsInPiecesAddUp() public {
        for (uint256 i = 0; i < 9; ++i) {
            repayAs(BORROWER, loanId, 1_000);
        }
        assertEq(loan().paidInstalments, 0, "not yet");
        assertEq(loan().credit, 9_000, "credit");
        repayAs(OTHER, loanId, 168);
        assertEq(loan().paidInstalments, 1, "paid");
        assertEq(loan().credit, 0, "credit");
        // 100,000 at 1.5 %: interest 1,500, principal 7,668
        assertEq(loan().balance, 100_000 - 7_668, "balance");
    }

    function testOverRepaymentIsNotTaken() public {
        uint256 paid = repayAs(OTHER, loanId, TOTAL + 12_345);
        assertEq(paid, TOTAL, "paid");
        assertEq(balance(OTHER), 12_345 * UNIT, "kept");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Repaid), "repaid");
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.LoanStatusInvalid.selector, loanId, ILoanMarket.LoanStatus.Repaid
            )
        );
        market.repay(loanId, 1);
    }

    function testRepayingNothingReverts() public {
        vm.expectRevert(ILoanMarket.AmountZero.selector);
        market.repay(loanId, 0);
    }

    function testAnApplicationCannotBeRepaidOrSettled() public {
        LoanId other = applyAs(OTHER, productId, 5_000, 2);
        bytes memory refused = abi.encodeWithSelector(
            ILoanMarket.LoanStatusInvalid.selector, other, ILoanMarket.LoanStatus.Requested
        );
        vm.expectRevert(refused);
        market.repay(other, 1);
        vm.expectRevert(refused);
        market.settle(other, 1);
        vm.expectRevert(refused);
        market.markDefault(other);
    }

    // --- late fees ----------------------------------------------------------------------------

    function testLateFeeEdges() public {
        vm.warp(dueAt(0) + GRACE);
        assertEq(fees(), 0, "last second of grace");
        vm.warp(dueAt(0) + GRACE + 1);
        assertEq(fees(), LATE_FEE, "late");
    }

    function testEachInstalmentIsChargedOnce() public {
        vm.warp(dueAt(0) + GRACE + 1);
        repayAs(BORROWER, loanId, 1);
        assertEq(loan().feesOwed, LATE_FEE, "charged");
        vm.warp(dueAt(1) + GRACE);
        repayAs(BORROWER, loanId, 1);
        assertEq(loan().feesOwed, LATE_FEE, "not twice");
        vm.warp(dueAt(1) + GRACE + 1);
        assertEq(fees(), 2 * LATE_FEE, "the second instalment's own");
    }

    function testTheLatePaymentItselfIsChargedFor() public {
        vm.warp(dueAt(0) + GRACE + 1);
        endow(BORROWER, address(token), LEVEL);
        vm.prank(BORROWER);
        vm.expectEmit(true, true, true, true, address(market));
        emit ILoanMarket.LateFeesCharged(loanId, 0, 1, LATE_FEE);
        market.repay(loanId, LEVEL);
        assertEq(loan().paidInstalments, 1, "the instalment first");
        assertEq(loan().feesOwed, LATE_FEE, "a fee is open");
    }

    function testFeesComeAfterTheRunningPeriodAndBeforeLaterOnes() public {
        vm.warp(dueAt(0) + GRACE + 1);
        repayAs(BORROWER, loanId, 2 * LEVEL);
        assertEq(loan().paidInstalments, 2, "the late one and the running one");
        assertEq(loan().feesOwed, LATE_FEE, "fee open");
        repayAs(BORROWER, loanId, LATE_FEE + 1);
        assertEq(loan().feesOwed, 0, "fee paid");
        assertEq(loan().credit, 1, "then ahead of time");
    }

    function testPaidAheadIsNeverLate() public {
        repayAs(BORROWER, loanId, 3 * LEVEL);
        vm.warp(dueAt(2) + GRACE + 1);
        assertEq(fees(), 0, "three are paid");
        vm.warp(dueAt(3) + GRACE + 1);
        assertEq(fees(), LATE_FEE, "the fourth is not");
        repayAs(BORROWER, loanId, 1);
        assertEq(loan().feesOwed, LATE_FEE, "charged once");
    }

    function testALoanIsNotRepaidWhileFeesAreOwed() public {
        vm.warp(dueAt(0) + GRACE + 1);
        repayAs(BORROWER, loanId, LEVEL); // on schedule again, fee open
        for (uint256 k = 1; k < 12; ++k) {
            vm.warp(dueAt(k) - 1);
            repayAs(BORROWER, loanId, k == 11 ? 9_166 : LEVEL);
        }
        assertEq(market.quote(loanId).remaining, LATE_FEE, "one fee, not one a period");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Active), "active");
        uint256 left = market.quote(loanId).remaining;
        repayAs(BORROWER, loanId, left);
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Repaid), "repaid");
        assertEq(loan().received, TOTAL + LATE_FEE, "received");
    }

    function testNothingAccruesAfterTheLastInstalmentsFee() public {
        vm.warp(dueAt(11) + GRACE + 1);
        uint256 left = market.quote(loanId).remaining;
        assertEq(left, TOTAL + 12 * LATE_FEE, "everything late");
        vm.warp(dueAt(11) + 1000 days);
        assertEq(market.quote(loanId).remaining, left, "no more");
    }

    function testFuzzQuoteIsWhatEndsTheLoan(uint256 a, uint256 b, uint256 wait, bool settling)
        public
    {
        vm.warp(START + wait % 300 days);
        repayAs(BORROWER, loanId, clamp(a, 1, 50_000));
        vm.warp(block.timestamp + (wait >> 128) % 200 days);
        repayAs(BORROWER, loanId, clamp(b, 1, 50_000));
        ILoanMarket.Quote memory q = market.quote(loanId);
        assertLe(q.settlement, q.remaining, "settling never costs more");
        endow(BORROWER, address(token), q.remaining);
        uint256 before = loan().received;
        vm.prank(BORROWER);
        uint256 paid = settling
            ? market.settle(loanId, q.settlement)
            : market.repay(loanId, q.remaining);
        assertEq(paid, settling ? q.settlement : q.remaining, "as quoted");
        assertEq(loan().received, before + paid, "received");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Repaid), "repaid");
    }

    // --- settlement ---------------------------------------------------------------------------

    function testSettlingSavesTheInterestOfPeriodsNotBegun() public {
        // first period has begun: its interest and the whole principal
        assertEq(market.quote(loanId).settlement, 101_500, "first period");
        vm.warp(dueAt(0) - 1);
        assertEq(market.quote(loanId).settlement, 101_500, "still");
        repayAs(BORROWER, loanId, LEVEL);
        assertEq(market.quote(loanId).settlement, 92_332, "its interest is paid");
        vm.warp(dueAt(0));
        assertEq(market.quote(loanId).settlement, 92_332 + 1_385, "second period");
    }

    function testSettlementCountsWhatWasPaidTowardsTheNextInstalment() public {
        repayAs(BORROWER, loanId, 500);
        assertEq(market.quote(loanId).settlement, 101_000, "less credit");
    }

    function testSettlementAboveTheLimitReverts() public {
        endow(BORROWER, address(token), 200_000);
        vm.prank(BORROWER);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.SettlementAboveLimit.selector, 101_500, 101_499)
        );
        market.settle(loanId, 101_499);
        vm.prank(BORROWER);
        assertEq(market.settle(loanId, 101_500), 101_500, "paid");
        assertEq(balance(BORROWER), (100_000 + 200_000 - 101_500) * UNIT, "taken");
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.None), "free again");
    }

    function testSettlingAfterTheScheduleCostsWhatRemains() public {
        vm.warp(dueAt(11) + 10 days);
        ILoanMarket.Quote memory q = market.quote(loanId);
        assertEq(q.settlement, q.remaining, "no interest to save");
    }

    // --- lenders ------------------------------------------------------------------------------

    function testLendersDrawTheirShareAsItComesIn() public {
        repayAs(BORROWER, loanId, 12_345);
        assertEq(market.withdrawable(positionId), 12_345 * UNIT, "claim");
        vm.prank(LENDER);
        assertEq(market.withdraw(positionId, address(0x55)), 12_345 * UNIT, "drawn");
        assertEq(balance(address(0x55)), 12_345 * UNIT, "sent where asked");
        assertEq(market.withdrawable(positionId), 0, "nothing left");
    }

    function testNobodyDrawsAnothersPosition() public {
        repayAs(BORROWER, loanId, 1_000);
        bytes memory refused =
            abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, positionId, OTHER);
        vm.prank(OTHER);
        vm.expectRevert(refused);
        market.withdraw(positionId, OTHER);
        vm.prank(OTHER);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, 99, OTHER)
        );
        market.withdraw(PositionId.wrap(99), OTHER);
    }

    function testUselessRecipientsAreRefused() public {
        repayAs(BORROWER, loanId, 1_000);
        address[2] memory bad = [address(0), address(market)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(LENDER);
            vm.expectRevert(
                abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, bad[i])
            );
            market.withdraw(positionId, bad[i]);
        }
    }

    /// @dev No unit is lost and none is paid twice, whatever the order and the shares.
    function testFuzzARepaidLoanIsDividedWithoutRemainder(
        uint48 first,
        uint48 second,
        uint256 early,
        uint8 order
    ) public {
        LoanId id = applyAs(OTHER, productId, 99_991, 2);
        uint256 a = clamp(first, 1, 99_000);
        uint256 b = clamp(second, 1, 99_991 - a - 1);
        PositionId[3] memory positions;
        address[3] memory lenders = [address(0x101), address(0x102), address(0x103)];
        positions[0] = fundAs(lenders[0], id, a);
        positions[1] = fundAs(lenders[1], id, b);
        positions[2] = fundAs(lenders[2], id, 99_991 - a - b);

        uint256 held = balance(address(market));
        repayAs(BORROWER, id, clamp(early, 1, 90_000));
        drawIfAny(positions[order % 3], lenders[order % 3]);
        repayAs(BORROWER, id, type(uint48).max);
        for (uint256 i = 0; i < 3; ++i) {
            drawIfAny(positions[(order + i) % 3], lenders[(order + i) % 3]);
        }
        assertEq(balance(address(market)), held, "nothing of this loan is left");
        uint256 whole = uint256(market.loan(id).received) * UNIT;
        assertLe(a * whole / 99_991, balance(lenders[0]), "share");
        assertLe(b * whole / 99_991, balance(lenders[1]), "share");
    }

    function drawIfAny(PositionId id, address lender) private {
        if (market.withdrawable(id) == 0) return;
        vm.prank(lender);
        market.withdraw(id, lender);
    }
}
