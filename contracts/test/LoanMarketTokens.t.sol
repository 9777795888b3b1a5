// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {
    BlockingToken,
    FalseToken,
    FeeToken,
    LyingToken,
    NoReturnToken,
    PausingToken,
    ReentrantToken,
    SurchargeToken
} from "../src/mocks/OddTokens.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {SwitchedFeeToken} from "./support/SwitchedFeeToken.sol";

/// @dev Tokens that do not behave, and clocks that stop with them.
contract LoanMarketTokensTest is MarketFixture {
    LoanId private loanId;
    PositionId private positionId;

    function setUp() public {
        deployMarket();
    }

    function runningIn(address token_) private {
        address made = published(headerOf(token_), monthly("LLLLLLLLLLLR"));
        (loanId, positionId) = runningLoanOf(made);
    }

    function testAFundingThatDoesNotArriveIsRefused() public {
        address[2] memory odd = [address(new FeeToken()), address(new LyingToken())];
        uint256[2] memory arrives = [uint256(990_000), 0];
        for (uint256 i = 0; i < 2; ++i) {
            address made = published(headerOf(odd[i]), monthly("LLR"));
            LoanId second = applyAs(BORROWER, made, PRINCIPAL, 10 + i);
            endow(LENDER, odd[i], PRINCIPAL);
            vm.prank(LENDER);
            refused(
                abi.encodeWithSelector(
                    ILoanMarket.TransferAmountMismatch.selector, odd[i], 1_000_000, arrives[i]
                )
            );
            market.fund(second, BORROWER, made, 100, LENDER);
        }
    }

    function testTokensOfZeroAndEighteenDecimals() public {
        uint256[2] memory units = [uint256(1), 1e16];
        for (uint256 i = 0; i < 2; ++i) {
            TestToken plain = new TestToken("T", "T", i == 0 ? 0 : 18);
            bytes memory header = headerOf(address(plain));
            put(header, ProductTable.TOKEN_UNIT, units[i]);
            loanId = applyAs(BORROWER, published(header, monthly("LLR")), PRINCIPAL, 10 + i);
            plain.mint(LENDER, PRINCIPAL * units[i]);
            vm.prank(LENDER);
            plain.approve(address(market), type(uint256).max);
            address made = productOf(loanId);
            vm.prank(LENDER);
            (positionId,) = market.fund(loanId, BORROWER, made, PRINCIPAL, LENDER);
            market.draw(loanId, BORROWER);
            assertEq(plain.balanceOf(BORROWER), PRINCIPAL * units[i], "drawn");
            plain.mint(BORROWER, PRINCIPAL * units[i]);
            vm.startPrank(BORROWER);
            plain.approve(address(market), type(uint256).max);
            uint256 paid = market.settle(loanId, BORROWER, 2 * PRINCIPAL);
            vm.stopPrank();
            vm.prank(LENDER);
            assertEq(market.withdraw(positionId, LENDER), paid * units[i], "withdrawn");
            assertEq(plain.balanceOf(address(market)), 0, "nothing is left");
        }
    }

    function testTokensSentByMistakeChangeNoClaim() public {
        runningIn(address(token));
        token.mint(address(market), 123_456);
        assertEq(market.withdrawable(positionId), 0, "claim");
        repayAs(BORROWER, loanId, 2 * PRINCIPAL);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(balance(address(market)), 123_456, "stays");
    }

    // --- a token that begins to keep a part ---------------------------------------------------

    function chargingLoan() private returns (SwitchedFeeToken odd) {
        odd = new SwitchedFeeToken();
        runningIn(address(odd));
        odd.setCharging(true);
        odd.mint(BORROWER, 1e12);
        vm.prank(BORROWER);
        odd.approve(address(market), type(uint256).max);
    }

    function testWhatArrivesIsCredited() public {
        chargingLoan();
        vm.prank(BORROWER);
        assertEq(market.repay(loanId, BORROWER, 1_000), 990, "credited");
        assertEq(stateOf(loanId).received, 990, "received");
        assertEq(stateOf(loanId).credit, 990, "credit");
    }

    function testMoreIsTakenToMakeUpUpToTheOffer() public {
        SwitchedFeeToken odd = chargingLoan();
        uint256 all = quoteOf(loanId).remaining;
        uint256 before = odd.balanceOf(BORROWER);
        vm.prank(BORROWER);
        assertEq(market.repay(loanId, BORROWER, all + all / 50), all, "all");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
        uint256 cost = before - odd.balanceOf(BORROWER);
        assertLe(cost, all * UNIT * 100 / 99 + 2, "no more than needed");
        vm.prank(LENDER);
        assertEq(market.withdraw(positionId, LENDER), all * UNIT, "claims");
    }

    function testTheLastCentCanBePaid() public {
        chargingLoan();
        uint256 all = quoteOf(loanId).remaining;
        vm.prank(BORROWER);
        assertEq(market.repay(loanId, BORROWER, all), all * 99 / 100, "not all");
        vm.prank(BORROWER);
        market.repay(loanId, BORROWER, all);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    function testAPaymentOfNothingIsRefused() public {
        SwitchedFeeToken odd = chargingLoan();
        odd.setKeepsAll(true);
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                ILoanEngine.AmountInvalid.selector, ILoanEngine.Action.Repay, 0
            )
        );
        market.repay(loanId, BORROWER, 1_000);
    }

    function testSettlingNeedsTheWholeSum() public {
        chargingLoan();
        uint256 price = quoteOf(loanId).settlement;
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                ILoanEngine.SettlementAboveLimit.selector, price, price * 99 / 100
            )
        );
        market.settle(loanId, BORROWER, price);
        vm.prank(BORROWER);
        assertEq(market.settle(loanId, BORROWER, price + price / 50), price, "with the fee");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    function testAPrepaymentIsWhatArrives() public {
        chargingLoan();
        vm.prank(BORROWER);
        assertEq(market.prepay(loanId, BORROWER, 51_000), 50_490, "credited");
        assertEq(stateOf(loanId).balance, 100_000 - 49_490, "balance");
    }

    function testARecoveryIsWhatArrives() public {
        chargingLoan();
        vm.warp(START + MONTH + 60 days + 1);
        market.markDefault(loanId);
        uint256 debt = stateOf(loanId).recoveryOwed;
        vm.prank(BORROWER);
        assertEq(market.repay(loanId, BORROWER, debt), debt * 99 / 100, "credited");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Defaulted), "not all");
        assertEq(stateOf(loanId).recoveredAt, 0, "not recovered");
    }

    // --- other oddities -----------------------------------------------------------------------

    function testATokenThatChargesTheSenderIsNotPaidByOthers() public {
        SurchargeToken odd = new SurchargeToken();
        runningIn(address(odd));
        repayAs(BORROWER, loanId, 8_885);
        odd.mint(address(market), 1e9); // others' money
        odd.setCharging(true);
        vm.prank(LENDER);
        refused(
            abi.encodeWithSelector(
                ILoanMarket.TransferAmountMismatch.selector,
                odd,
                8_885 * UNIT,
                8_885 * UNIT * 101 / 100
            )
        );
        market.withdraw(positionId, LENDER);
    }

    function testAnAnswerOfFalseIsARefusal() public {
        FalseToken odd = new FalseToken();
        runningIn(address(odd));
        endow(BORROWER, address(odd), 10_000);
        odd.setBroken(true);
        vm.prank(BORROWER);
        vm.expectRevert();
        market.repay(loanId, BORROWER, 1_000);
        odd.setBroken(false);
        vm.prank(BORROWER);
        market.repay(loanId, BORROWER, 1_000);
    }

    function testATokenWithoutAnswersServes() public {
        NoReturnToken odd = new NoReturnToken();
        runningIn(address(odd));
        repayAs(BORROWER, loanId, 200_000);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(odd.balanceOf(address(market)), 0, "all of it");
    }

    function testNobodyEntersDuringATransfer() public {
        ReentrantToken odd = new ReentrantToken();
        runningIn(address(odd));
        odd.setCallback(address(market), abi.encodeCall(market.repay, (loanId, BORROWER, 1)));
        repayAs(BORROWER, loanId, 1_000);
        assertTrue(odd.calls() > 0, "called back");
        assertTrue(!odd.lastCallSucceeded(), "refused");
        bytes4 entered = ReentrancyGuard.ReentrancyGuardReentrantCall.selector;
        assertEq(bytes32(odd.lastAnswer()), bytes32(entered), "error");
        assertEq(stateOf(loanId).received, 1_000, "once");
    }

    /// @dev What is seen during the transfer is the state after it.
    function testStateIsWrittenBeforeTokensMove() public {
        ReentrantToken odd = new ReentrantToken();
        runningIn(address(odd));
        odd.setCallback(address(market), abi.encodeCall(market.entry, (loanId)));
        repayAs(BORROWER, loanId, 1_000);
        ILoanMarket.Entry memory seen = abi.decode(odd.lastAnswer(), (ILoanMarket.Entry));
        assertEq(seen.account >> 208, 1_000, "received");
    }

    // --- notices ------------------------------------------------------------------------------

    function notice(uint256 until) private {
        vm.prank(OPERATOR);
        market.giveNotice(address(token), until);
    }

    function testANoticeMovesDuesAndDefault() public {
        (loanId,) = runningLoan();
        vm.warp(START + 20 days);
        notice(START + 30 days);
        (uint256 clock, uint256 lost) = market.clockOf(address(token));
        assertEq(clock, START + 20 days, "stands");
        assertEq(lost, 10 days, "lost");
        vm.warp(START + 30 days);
        (clock,) = market.clockOf(address(token));
        assertEq(clock, START + 20 days, "goes on");
        vm.warp(START + MONTH + 10 days + 5 days);
        repayAs(BORROWER, loanId, 8_885);
        assertEq(recordOf(1).late, 0, "within the grace that moved");
        uint256 graceEndsAt = START + 2 * MONTH + 5 days + 10 days;
        assertEq(recordOf(1).goodUntil, graceEndsAt / 1 days - 1, "goodUntil");
        uint256 defaultAt = START + 2 * MONTH + 60 days + 1;
        vm.warp(defaultAt + 10 days - 1);
        refused(abi.encodeWithSelector(ILoanEngine.DefaultNotYet.selector, defaultAt));
        market.markDefault(loanId);
        vm.warp(defaultAt + 10 days);
        market.markDefault(loanId);
    }

    function testANoticeOnlyLengthens() public {
        notice(START + 10 days);
        uint256[4] memory wrong =
            [START, START + 9 days, START + 10 days, START + 30 days + 1];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.prank(OPERATOR);
            refused(abi.encodeWithSelector(ILoanMarket.NoticeEndInvalid.selector, wrong[i]));
            market.giveNotice(address(token), wrong[i]);
        }
        notice(START + 30 days);
        vm.warp(START + 15 days);
        notice(START + 45 days);
        (uint256 clock, uint256 lost) = market.clockOf(address(token));
        assertEq(clock, START, "stands since the start");
        assertEq(lost, 45 days, "lost once");
        vm.warp(START + 50 days);
        (clock,) = market.clockOf(address(token));
        assertEq(clock, START + 5 days, "goes on");
    }

    function testANoticeIsTheOperatorsAndForOneToken() public {
        vm.prank(ADMIN);
        vm.expectRevert();
        market.giveNotice(address(token), START + 1 days);
        notice(START + 1 days);
        (uint256 clock, uint256 lost) = market.clockOf(address(new NoReturnToken()));
        assertEq(clock - START + lost, 0, "others go on");
    }

    function testALoanReleasedDuringANoticeBeginsWithTheClock() public {
        notice(START + 10 days);
        vm.warp(START + 4 days);
        (loanId,) = runningLoan();
        uint256 graceEndsAt = START + 10 days + MONTH + 5 days;
        assertEq(recordOf(1).goodUntil, graceEndsAt / 1 days - 1, "goodUntil");
        vm.warp(graceEndsAt);
        repayAs(BORROWER, loanId, 8_885);
        assertEq(recordOf(1).onTime, 1, "on time");
    }

    function testAStoppedTokenHoldsUpNothingElse() public {
        PausingToken odd = new PausingToken();
        runningIn(address(odd));
        odd.setPaused(true);
        vm.warp(START + MONTH + 60 days + 1);
        market.markDefault(loanId);
        odd.setPaused(false);
        repayAs(BORROWER, loanId, 8_885);
    }

    function testABlockedLenderDrawsElsewhere() public {
        BlockingToken odd = new BlockingToken();
        runningIn(address(odd));
        repayAs(BORROWER, loanId, 8_885);
        odd.setBlocked(LENDER, true);
        vm.prank(LENDER);
        market.withdraw(positionId, OTHER);
        assertEq(odd.balanceOf(OTHER), 8_885 * UNIT, "drawn");
    }
}

