// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {
    BlockingToken,
    FalseToken,
    FeeToken,
    LyingToken,
    NoReturnToken,
    ReentrantToken,
    SurchargeToken
} from "../src/mocks/OddTokens.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {MarketFixture, Mintable} from "./support/MarketFixture.sol";

/// @dev The token zoo: one test each.
contract LoanMarketTokensTest is MarketFixture {
    uint256 private constant P = 100_000;

    function setUp() public {
        deployMarket();
    }

    function requestIn(address token_) private returns (LoanId loanId) {
        ProductId product = addProduct(token_);
        loanId = applyAs(BORROWER, product, P, 1);
        endow(LENDER, token_, P);
        endow(BORROWER, token_, P);
    }

    function fundAll(LoanId loanId) private returns (PositionId positionId) {
        vm.prank(LENDER);
        (positionId,) = market.fund(loanId, P);
    }

    function newest() private view returns (ProductId) {
        return ProductId.wrap(market.productCount());
    }

    function fullLife(address token_) private {
        LoanId loanId = requestIn(token_);
        PositionId positionId = fundAll(loanId);
        vm.prank(BORROWER);
        uint256 paid = market.settle(loanId, 2 * P);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(Mintable(token_).balanceOf(LENDER), paid * UNIT, "lender");
        assertEq(Mintable(token_).balanceOf(address(market)), 0, "market");
    }

    function testAnOrdinaryToken() public {
        fullLife(address(token));
    }

    function testATokenThatReturnsNothing() public {
        fullLife(address(new NoReturnToken()));
    }

    function testATokenThatTakesAFeeIsRefused() public {
        FeeToken t = new FeeToken();
        LoanId loanId = requestIn(address(t));
        vm.prank(LENDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.TransferAmountMismatch.selector,
                address(t),
                P * UNIT,
                P * UNIT - P * UNIT / 100
            )
        );
        market.fund(loanId, P);
        assertEq(market.positionCount(), 0, "no position");
    }

    function testATokenThatChargesTheSenderIsRefusedOnTheWayOut() public {
        SurchargeToken t = new SurchargeToken();
        LoanId loanId = requestIn(address(t));
        LoanId other = applyAs(OTHER, newest(), P, 2);
        vm.prank(LENDER);
        market.fund(other, P / 2); // somebody else's money in the market
        vm.prank(LENDER);
        market.fund(loanId, P / 2);
        t.setCharging(true);
        endow(LENDER, address(t), 2 * P);
        vm.prank(LENDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.TransferAmountMismatch.selector,
                address(t),
                P * UNIT,
                P * UNIT + P * UNIT / 100
            )
        );
        market.fund(loanId, P / 2);
    }

    function testATokenThatMovesNothingIsRefused() public {
        LyingToken t = new LyingToken();
        LoanId loanId = requestIn(address(t));
        vm.prank(LENDER);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanMarket.TransferAmountMismatch.selector, address(t), P * UNIT, 0
            )
        );
        market.fund(loanId, P);
    }

    function testATokenThatAnswersFalseIsRefused() public {
        FalseToken t = new FalseToken();
        LoanId loanId = requestIn(address(t));
        t.setBroken(true);
        bytes memory refused =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(t));
        vm.prank(LENDER);
        vm.expectRevert(refused);
        market.fund(loanId, P);
        t.setBroken(false);
        PositionId positionId = fundAll(loanId);
        vm.prank(BORROWER);
        market.repay(loanId, 500);
        t.setBroken(true);
        vm.prank(BORROWER);
        vm.expectRevert(refused);
        market.repay(loanId, 500);
        vm.prank(LENDER);
        vm.expectRevert(refused);
        market.withdraw(positionId, LENDER);
        t.setBroken(false);
        vm.prank(LENDER);
        assertEq(market.withdraw(positionId, LENDER), 500 * UNIT, "nothing was lost");
    }

    function testAnAddressThatIsNoTokenIsRefused() public {
        address nothing = address(0xDEAD);
        vm.expectRevert(
            abi.encodeWithSelector(Requirements.NotAContract.selector, nothing)
        );
        vm.prank(OPERATOR);
        market.setTokenAllowed(nothing, true);
    }

    function testABlockedBorrowerOnlyHurtsItself() public {
        BlockingToken t = new BlockingToken();
        LoanId loanId = requestIn(address(t));
        vm.prank(LENDER);
        (PositionId positionId,) = market.fund(loanId, P / 2);
        t.setBlocked(BORROWER, true);
        vm.prank(LENDER);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, BORROWER));
        market.fund(loanId, P / 2); // cannot be released
        vm.warp(START + WINDOW + 1);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER); // so it is refunded
        assertEq(t.balanceOf(LENDER), P * UNIT, "refund");
    }

    function testABlockedLenderNamesAnotherAddressAndBlocksNobody() public {
        BlockingToken t = new BlockingToken();
        LoanId loanId = requestIn(address(t));
        PositionId positionId = fundAll(loanId);
        t.setBlocked(LENDER, true);
        vm.prank(BORROWER);
        market.repay(loanId, 1_000);
        vm.prank(LENDER);
        vm.expectRevert(abi.encodeWithSelector(BlockingToken.Blocked.selector, LENDER));
        market.withdraw(positionId, LENDER);
        vm.prank(LENDER);
        market.withdraw(positionId, OTHER);
        assertEq(t.balanceOf(OTHER), 1_000 * UNIT, "drawn");
    }

    function testABorrowerBlockedLaterIsPaidForByOthers() public {
        BlockingToken t = new BlockingToken();
        LoanId loanId = requestIn(address(t));
        fundAll(loanId);
        t.setBlocked(BORROWER, true);
        endow(OTHER, address(t), P);
        vm.prank(OTHER);
        assertEq(market.repay(loanId, 1_000), 1_000, "paid by another");
    }

    /// @dev Every state-changing function that moves or depends on money refuses to be re-entered.
    function testReEntryIsRefusedEverywhere() public {
        ReentrantToken t = new ReentrantToken();
        LoanId loanId = requestIn(address(t));
        PositionId positionId = fundAll(loanId);
        bytes[7] memory calls = [
            abi.encodeCall(ILoanMarket.repay, (loanId, 1)),
            abi.encodeCall(ILoanMarket.settle, (loanId, type(uint256).max)),
            abi.encodeCall(ILoanMarket.withdraw, (positionId, OTHER)),
            abi.encodeCall(ILoanMarket.fund, (loanId, 1)),
            abi.encodeCall(ILoanMarket.cancel, (loanId)),
            abi.encodeCall(ILoanMarket.markDefault, (loanId)),
            abi.encodeCall(
                ILoanMarket.applyForLoan,
                (ProductId.wrap(1), 5_000, PURPOSE, evidenceFor(address(t), newest(), P, 3))
            )
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            t.setCallback(address(market), calls[i]);
            vm.prank(BORROWER);
            market.repay(loanId, 1_000);
            assertEq(t.calls(), i + 1, "called back");
            assertReverted(
                t.lastCallSucceeded(),
                t.lastAnswer(),
                abi.encodeWithSelector(
                    ReentrancyGuard.ReentrancyGuardReentrantCall.selector
                )
            );
        }
        assertEq(market.loan(loanId).received, 7_000, "counted once each");
    }

    function testTokensOfZeroAndEighteenDecimals() public {
        uint96[2] memory units = [uint96(1), 10 ** 16];
        for (uint256 i = 0; i < 2; ++i) {
            TestToken t = new TestToken("T", "T", i == 0 ? 0 : 18);
            ILoanMarket.ProductTerms memory terms = termsOf(address(t));
            terms.unit = units[i];
            LoanId loanId = applyAs(BORROWER, addProduct(terms), P, 1);
            t.mint(LENDER, P * units[i]);
            t.mint(BORROWER, P * units[i]);
            vm.prank(LENDER);
            t.approve(address(market), type(uint256).max);
            vm.prank(BORROWER);
            t.approve(address(market), type(uint256).max);
            PositionId positionId = fundAll(loanId);
            assertEq(t.balanceOf(BORROWER), 2 * P * units[i], "released");
            vm.prank(BORROWER);
            uint256 paid = market.settle(loanId, 2 * P);
            vm.prank(LENDER);
            assertEq(market.withdraw(positionId, LENDER), paid * units[i], "drawn");
        }
    }

    function testTokensSentByMistakeChangeNoClaim() public {
        LoanId loanId = requestIn(address(token));
        PositionId positionId = fundAll(loanId);
        token.mint(address(market), 123_456);
        assertEq(market.withdrawable(positionId), 0, "claim");
        vm.prank(BORROWER);
        market.settle(loanId, 2 * P);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(token.balanceOf(address(market)), 123_456, "stays");
    }
}
