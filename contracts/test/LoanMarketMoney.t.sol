// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev What is drawn and withdrawn: proceeds, fees, and lenders' claims.
contract LoanMarketMoneyTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function withFee() private returns (LoanId loanId) {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.ORIGINATION_BPS, 250);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
        product = published(header, monthly("LLLLLLLLLLLR"));
        loanId = applied();
        fundAs(LENDER, loanId, PRINCIPAL);
    }

    function testTheFeeIsKeptBackAndDrawnByItsRecipient() public {
        LoanId loanId = withFee();
        assertEq(undrawnOf(loanId), 97_500, "net");
        assertEq(stateOf(loanId).balance, PRINCIPAL, "owes the whole");
        assertEq(market.feesOf(COLLECTOR, address(token)), 2_500 * UNIT, "fee");
        vm.prank(COLLECTOR);
        assertEq(market.withdrawFees(address(token), STRANGER), 2_500 * UNIT, "tokens");
        assertEq(balance(STRANGER), 2_500 * UNIT, "paid");
        vm.prank(COLLECTOR);
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.withdrawFees(address(token), STRANGER);
        vm.prank(BORROWER);
        market.draw(loanId, BORROWER);
        assertEq(balance(address(market)), 0, "nothing kept");
    }

    function testFeesGoToNobodyElse() public {
        withFee();
        vm.prank(STRANGER);
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.withdrawFees(address(token), STRANGER);
        vm.prank(COLLECTOR);
        refused(abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, address(0)));
        market.withdrawFees(address(token), address(0));
    }

    function testAFeeIsRoundedDown() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.ORIGINATION_BPS, 1);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
        address made = published(header, monthly("LLR"));
        LoanId loanId = applyAs(BORROWER, made, 19_999, 1);
        fundAs(LENDER, loanId, 19_999);
        assertEq(engine.offer(made, 19_999).originationFee, 1, "as offered");
        assertEq(undrawnOf(loanId), 19_998, "net");
    }

    function testTheBorrowerDrawsToAnyAddressAndOthersToTheBorrower() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, PRINCIPAL);
        vm.prank(STRANGER);
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, STRANGER));
        market.draw(loanId, STRANGER);
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, market));
        market.draw(loanId, address(market));
        vm.prank(BORROWER);
        market.draw(loanId, OTHER);
        assertEq(balance(OTHER), PRINCIPAL * UNIT, "drawn");
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.draw(loanId, BORROWER);
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        fundAs(LENDER, second, PRINCIPAL);
        vm.prank(STRANGER);
        market.draw(second, OTHER);
        assertEq(balance(OTHER), 2 * PRINCIPAL * UNIT, "sent");
        assertEq(stageOf(second), uint256(ILoanMarket.Stage.Released), "stage");
    }

    function testATokenFoundBadStopsFunding() public {
        LoanId loanId = applied();
        allow(address(token), false);
        refused(abi.encodeWithSelector(ILoanMarket.TokenNotAllowed.selector, token));
        market.fund(loanId, BORROWER, product, 1, LENDER);
    }

    function testNothingWaitsBeforeTheRelease() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, PRINCIPAL - 1);
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.draw(loanId, BORROWER);
    }

    function testLendersShareWhatComesIn() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 25_000);
        PositionId b = fundAs(OTHER, loanId, 75_000);
        market.draw(loanId, BORROWER);
        repayAs(BORROWER, loanId, 8_885);
        assertEq(market.withdrawable(a), uint256(8_885) * UNIT / 4, "a quarter");
        vm.prank(LENDER);
        market.withdraw(a, STRANGER);
        assertEq(balance(STRANGER), uint256(8_885) * UNIT / 4, "to the address of one's choice");
        assertEq(market.withdrawable(a), 0, "withdrawn");
        assertEq(market.withdrawable(b), uint256(8_885) * UNIT * 3 / 4, "three quarters");
        vm.prank(LENDER);
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.withdraw(a, LENDER);
    }

    function testOnlyTheLenderWithdraws() public {
        (LoanId loanId, PositionId a) = runningLoan();
        repayAs(BORROWER, loanId, 8_885);
        vm.prank(OTHER);
        refused(abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, a, OTHER));
        market.withdraw(a, OTHER);
        vm.prank(LENDER);
        refused(abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, address(0)));
        market.withdraw(a, address(0));
        vm.prank(address(0));
        refused(
            abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, a, address(0))
        );
        market.withdraw(a, OTHER);
    }

    /// @dev Positions of amounts that do not divide the principal leave no dust behind.
    function testAClosedLoanIsDividedWithoutRemainder() public {
        LoanId loanId = applied();
        uint256[3] memory amounts = [uint256(33_333), 33_334, 33_333];
        for (uint256 i = 0; i < 3; ++i) {
            fundAs(LENDER, loanId, amounts[i]);
        }
        market.draw(loanId, BORROWER);
        repayAs(BORROWER, loanId, 7);
        uint256 before;
        for (uint256 i = 1; i <= 3; ++i) {
            before += market.withdrawable(PositionId.wrap(i));
        }
        assertTrue(before < 7 * UNIT, "rounded down");
        repayAs(BORROWER, loanId, 200_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
        for (uint256 i = 1; i <= 3; ++i) {
            vm.prank(LENDER);
            market.withdraw(PositionId.wrap(i), LENDER);
        }
        assertEq(balance(address(market)), 0, "nothing left");
    }
}
