// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {PausingToken, ReentrantToken} from "../src/mocks/OddTokens.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";
import {SwitchedFeeToken} from "./support/SwitchedFeeToken.sol";

/// @dev The last unit on either side of what the market allows, and of what it takes.
contract MarketEdgesTest is MarketFixture {
    LoanId private loanId;
    PositionId private positionId;

    function setUp() public {
        deployMarket();
    }

    // --- a token that begins to keep a part ---------------------------------------------------

    /// @dev A running loan in a token that keeps a hundredth from now on.
    function chargingLoan(uint256 unit) private returns (SwitchedFeeToken odd) {
        odd = new SwitchedFeeToken();
        bytes memory header = headerOf(address(odd));
        put(header, ProductTable.TOKEN_UNIT, unit);
        (loanId, positionId) = runningLoanOf(published(header, monthly("LLR")));
        odd.setCharging(true);
        odd.mint(BORROWER, 1e12);
        vm.prank(BORROWER);
        odd.approve(address(market), type(uint256).max);
    }

    function repaid(uint256 amount) private returns (uint256) {
        vm.prank(BORROWER);
        return market.repay(loanId, BORROWER, amount);
    }

    function testWhatIsTakenToMakeUpIsTheLeastThatDoes() public {
        SwitchedFeeToken odd = chargingLoan(UNIT);
        uint256 all = quoteOf(loanId).remaining;
        uint256 expected = all * UNIT;
        uint256 arrived = expected - expected / 100;
        uint256 more = (expected - arrived) * expected / arrived + 1;
        uint256 before = odd.balanceOf(BORROWER);
        assertEq(repaid(2 * all), all, "all");
        assertEq(before - odd.balanceOf(BORROWER), expected + more, "taken");
    }

    function testTheOffersLastTokenIsTakenToMakeUp() public {
        SwitchedFeeToken odd = chargingLoan(1);
        uint256 all = quoteOf(loanId).remaining;
        uint256 before = odd.balanceOf(BORROWER);
        assertEq(repaid(all + 1), all - all / 100 + 1, "credited");
        assertEq(before - odd.balanceOf(BORROWER), all + 1, "taken");
    }

    // --- one token ----------------------------------------------------------------------------

    function testALoneTokenIsTaken() public {
        TestToken plain = new TestToken("T", "T", 0);
        bytes memory header = headerOf(address(plain));
        put(header, ProductTable.TOKEN_UNIT, 1);
        (loanId,) = runningLoanOf(published(header, monthly("LLR")));
        uint256 before = plain.balanceOf(address(market));
        plain.mint(BORROWER, 1);
        vm.prank(BORROWER);
        plain.approve(address(market), 1);
        assertEq(repaid(1), 1, "credited");
        assertEq(plain.balanceOf(address(market)) - before, 1, "taken");
    }

    /// @dev All is paid but a cent, and the last row's interest is spared: nothing has to move.
    function testALoanThatACreditCoversIsSettledForNothing() public {
        PausingToken odd = new PausingToken();
        (loanId, positionId) = runningLoanOf(published(headerOf(address(odd)), monthly("LLR")));
        uint256 all = quoteOf(loanId).remaining;
        repayAs(BORROWER, loanId, all - 1);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Active), "running");
        assertEq(quoteOf(loanId).settlement, 0, "settlement");
        odd.setPaused(true);
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                ILoanEngine.AmountInvalid.selector, ILoanEngine.Action.Settle, 0
            )
        );
        market.settle(loanId, BORROWER, 0);
        vm.prank(BORROWER);
        assertEq(market.settle(loanId, BORROWER, 1), 0, "paid");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    /// @dev Every call that changes something, while a token moves.
    function testNoDoorIsOpenDuringATransfer() public {
        ReentrantToken odd = new ReentrantToken();
        (loanId, positionId) = runningLoanOf(published(headerOf(address(odd)), monthly("LLR")));
        bytes[14] memory doors;
        IApplicationGate.Evidence memory evidence;
        IConsents.Consent memory consent;
        address made = productOf(loanId);
        PositionId[] memory positions = new PositionId[](1);
        IConsents.Consent[] memory consents_ = new IConsents.Consent[](1);
        doors[0] = abi.encodeCall(market.applyForLoan, (made, PRINCIPAL, PURPOSE, evidence));
        doors[1] = abi.encodeCall(market.applyFor, (consent, made, PRINCIPAL, PURPOSE, evidence));
        doors[2] = abi.encodeCall(market.renew, (loanId, evidence));
        doors[3] = abi.encodeCall(market.cancel, (loanId));
        doors[4] = abi.encodeCall(market.fund, (loanId, BORROWER, made, 100, LENDER));
        doors[5] = abi.encodeCall(market.takeBack, (positionId, LENDER));
        doors[6] = abi.encodeCall(market.draw, (loanId, BORROWER));
        doors[7] = abi.encodeCall(market.withdrawFees, (address(odd), LENDER));
        doors[8] = abi.encodeCall(market.settle, (loanId, BORROWER, PRINCIPAL));
        doors[9] = abi.encodeCall(market.prepay, (loanId, BORROWER, PRINCIPAL));
        doors[10] = abi.encodeCall(market.takeHoliday, (loanId));
        doors[11] = abi.encodeCall(market.takeHolidayFor, (consent, loanId));
        doors[12] =
            abi.encodeCall(market.restructure, (loanId, made, 0, positions, consents_));
        doors[13] = abi.encodeCall(market.markDefault, (loanId));
        bytes4 entered = ReentrancyGuard.ReentrancyGuardReentrantCall.selector;
        for (uint256 i = 0; i < doors.length; ++i) {
            odd.setCallback(address(market), doors[i]);
            repayAs(BORROWER, loanId, 10);
            assertTrue(!odd.lastCallSucceeded(), "refused");
            assertEq(bytes32(odd.lastAnswer()), bytes32(entered), "error");
        }
        assertEq(stateOf(loanId).received, 140, "paid");
    }

    // --- consents -----------------------------------------------------------------------------

    /// @dev Restructures the loan with the consents of both, or is refused.
    function restructured(address longer, uint256 limit, bytes memory refusal) private {
        PositionId[] memory positions = new PositionId[](1);
        positions[0] = positionId;
        IConsents.Consent[] memory signed_ = new IConsents.Consent[](2);
        signed_[0] = restructuringConsent(BORROWER_KEY, loanId, longer, limit);
        signed_[1] = restructuringConsent(LENDER_KEY, loanId, longer, limit);
        if (refusal.length != 0) refused(refusal);
        market.restructure(loanId, longer, limit, positions, signed_);
    }

    function testARestructuringMayReachItsLimit() public {
        (loanId, positionId) = runningLoan();
        address longer = published(headerOf(address(token)), monthly("LLLLLLLLLLLLLLLLLR"));
        vm.warp(START + MONTH - 1);
        uint256 debt = quoteOf(loanId).settlement;
        bytes memory above =
            abi.encodeWithSelector(ILoanMarket.DebtAboveLimit.selector, debt, debt - 1);
        restructured(longer, debt - 1, above);
        restructured(longer, debt, "");
        assertEq(stateOf(loanId).balance, debt, "balance");
    }

    function testEachRowThatARestructuringFindsLateCounts() public {
        (loanId, positionId) = runningLoan();
        address longer = published(headerOf(address(token)), monthly("LLLLLLLLLLLLLLLLLR"));
        vm.warp(START + 2 * MONTH + 5 days + 1);
        restructured(longer, 2 * PRINCIPAL, "");
        assertEq(recordOf(1).late, 2, "late");
    }

    /// @dev Two halves of one lender, or one half twice.
    function testAHalfThatSignsTwiceIsNotTheWhole() public {
        loanId = applied();
        PositionId half = fundAs(LENDER, loanId, PRINCIPAL / 2);
        PositionId other = fundAs(LENDER, loanId, PRINCIPAL / 2);
        market.draw(loanId, BORROWER);
        address longer = published(headerOf(address(token)), monthly("LLLLLLLLLLLLLLLLLR"));
        PositionId[] memory positions = new PositionId[](2);
        IConsents.Consent[] memory signed_ = new IConsents.Consent[](3);
        signed_[0] = restructuringConsent(BORROWER_KEY, loanId, longer, 2 * PRINCIPAL);
        signed_[1] = restructuringConsent(LENDER_KEY, loanId, longer, 2 * PRINCIPAL);
        signed_[2] = restructuringConsent(LENDER_KEY, loanId, longer, 2 * PRINCIPAL);
        PositionId[2] memory second = [half, other];
        for (uint256 i = 0; i < 2; ++i) {
            (positions[0], positions[1]) = (half, second[i]);
            if (i == 0) {
                refused(abi.encodeWithSelector(ILoanMarket.ConsentsIncomplete.selector, loanId));
            }
            market.restructure(loanId, longer, 2 * PRINCIPAL, positions, signed_);
        }
        assertEq(productOf(loanId), longer, "product");
    }
}
