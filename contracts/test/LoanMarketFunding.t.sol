// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev From application to release or refund.
contract LoanMarketFundingTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function wrongStatus(LoanId loanId, ILoanMarket.LoanStatus status)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ILoanMarket.LoanStatusInvalid.selector, loanId, status);
    }

    function testTheLastFundingReleasesTheLoan() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        fundAs(LENDER, loanId, 30_000);
        assertEq(balance(BORROWER), 0, "not yet");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Requested), "requested");
        vm.warp(START + 3 days);
        fundAs(OTHER, loanId, 70_000);
        assertEq(balance(BORROWER), 100_000 * UNIT, "released");
        assertEq(balance(address(market)), 0, "nothing kept");
        ILoanMarket.Loan memory loan = market.loan(loanId);
        assertEq(uint256(loan.status), uint256(ILoanMarket.LoanStatus.Active), "active");
        assertEq(loan.startedAt, START + 3 days, "start");
        assertEq(loan.balance, 100_000, "balance");
        assertEq(loan.instalment, 9_168, "instalment");
    }

    function testFundingTakesNoMoreThanWhatIsMissing() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        fundAs(LENDER, loanId, 60_000);
        endow(OTHER, address(token), 100_000);
        vm.prank(OTHER);
        (PositionId positionId, uint256 accepted) = market.fund(loanId, 100_000);
        assertEq(accepted, 40_000, "accepted");
        assertEq(balance(OTHER), 60_000 * UNIT, "kept");
        ILoanMarket.Position memory p = market.position(positionId);
        assertEq(p.lender, OTHER, "lender");
        assertEq(p.start, 60_000, "start");
        assertEq(p.amount, 40_000, "amount");
    }

    function testFundingNothingOrNoApplicationReverts() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        vm.expectRevert(ILoanMarket.AmountZero.selector);
        market.fund(loanId, 0);
        vm.expectRevert(wrongStatus(LoanId.wrap(99), ILoanMarket.LoanStatus.None));
        market.fund(LoanId.wrap(99), 1);
        fundAs(LENDER, loanId, 100_000);
        vm.expectRevert(wrongStatus(loanId, ILoanMarket.LoanStatus.Active));
        market.fund(loanId, 1);
    }

    function testFundingWindowEdges() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        vm.warp(START + WINDOW);
        fundAs(LENDER, loanId, 1);
        vm.warp(START + WINDOW + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.FundingClosed.selector, loanId, START + WINDOW
            )
        );
        market.fund(loanId, 1);
    }

    function testTheBorrowerCancelsAndLendersDrawBack() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        PositionId a = fundAs(LENDER, loanId, 30_000);
        PositionId b = fundAs(OTHER, loanId, 20_000);
        vm.prank(BORROWER);
        market.cancel(loanId);
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.None), "free again");
        assertEq(market.withdrawable(a), 30_000 * UNIT, "claim");
        vm.prank(LENDER);
        market.withdraw(a, LENDER);
        vm.prank(OTHER);
        market.withdraw(b, OTHER);
        assertEq(balance(LENDER), 30_000 * UNIT, "refund");
        assertEq(balance(OTHER), 20_000 * UNIT, "refund");
        assertEq(balance(address(market)), 0, "nothing kept");
        vm.prank(LENDER);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector, a));
        market.withdraw(a, LENDER);
    }

    function testLendersCannotDrawWhileTheWindowIsOpen() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        PositionId a = fundAs(LENDER, loanId, 30_000);
        vm.warp(START + WINDOW);
        vm.prank(LENDER);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector, a));
        market.withdraw(a, LENDER);
    }

    function testAnUnfilledWindowRefundsWithoutAnybodysHelp() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        PositionId a = fundAs(LENDER, loanId, 30_000);
        vm.warp(START + WINDOW + 1);
        assertEq(market.withdrawable(a), 30_000 * UNIT, "claim");
        vm.prank(LENDER);
        market.withdraw(a, LENDER);
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Cancelled), "cancelled");
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.None), "free again");
    }

    function testStrangersCancelOnlyAfterTheWindow() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        vm.warp(START + WINDOW);
        vm.prank(OTHER);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, OTHER));
        market.cancel(loanId);
        vm.warp(START + WINDOW + 1);
        vm.prank(OTHER);
        market.cancel(loanId);
        vm.expectRevert(wrongStatus(loanId, ILoanMarket.LoanStatus.Cancelled));
        market.cancel(loanId);
    }

    /// @dev Whoever could cancel would free others from their promise, or hold up every loan.
    function testAPartlyFundedApplicationIsTheBorrowersToCancel() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        fundAs(LENDER, loanId, 60_000);
        address[3] memory strangers = [LENDER, OTHER, OPERATOR];
        for (uint256 i = 0; i < strangers.length; ++i) {
            vm.prank(strangers[i]);
            vm.expectRevert(
                abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, strangers[i])
            );
            market.cancel(loanId);
        }
        fundAs(OTHER, loanId, 40_000);
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Active), "released");
    }

    function testARunningLoanCannotBeCancelled() public {
        (LoanId loanId,) = runningLoan();
        vm.warp(START + 365 days);
        vm.prank(BORROWER);
        vm.expectRevert(wrongStatus(loanId, ILoanMarket.LoanStatus.Active));
        market.cancel(loanId);
        vm.expectRevert(wrongStatus(LoanId.wrap(77), ILoanMarket.LoanStatus.None));
        market.cancel(LoanId.wrap(77));
    }

    function testAnExpiredApplicationDoesNotBlockTheNext() public {
        LoanId first = applyAs(BORROWER, productId, 100_000, 1);
        vm.warp(START + WINDOW + 1);
        LoanId second = applyAs(BORROWER, productId, 100_000, 1);
        assertEq(statusOf(first), uint256(ILoanMarket.LoanStatus.Cancelled), "first");
        assertEq(statusOf(second), uint256(ILoanMarket.LoanStatus.Requested), "second");
        uint256 held = market.pseudonym(Nullifier.wrap(1)).loanId;
        assertEq(held, LoanId.unwrap(second), "pseudonym");
        // the old one's late cancellation must not free the pseudonym
        vm.expectRevert(wrongStatus(first, ILoanMarket.LoanStatus.Cancelled));
        market.cancel(first);
        assertEq(pseudonymOf(1), uint256(ILoanMarket.PseudonymState.Open), "open");
    }

    function testAClosedProductsApplicationsGoOn() public {
        LoanId loanId = applyAs(BORROWER, productId, 100_000, 1);
        vm.prank(LENDER);
        market.setProductOpen(productId, false);
        vm.prank(OPERATOR);
        market.setTokenAllowed(address(token), false);
        fundAs(LENDER, loanId, 100_000);
        assertEq(balance(BORROWER), 100_000 * UNIT, "released");
    }
}
