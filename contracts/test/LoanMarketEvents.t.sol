// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IConsents} from "../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Every event of the market, word for word: an index knows a loan by nothing else.
contract LoanMarketEventsTest is MarketFixture {
    uint256 private constant LEVEL = 8_885;
    LoanId private constant FIRST = LoanId.wrap(1);
    PositionId private constant POSITION = PositionId.wrap(1);

    function setUp() public {
        deployMarket();
    }

    /// @dev The market's next call emits the event that follows.
    function says() private {
        vm.expectEmit(true, true, true, true, address(market));
    }

    function stepped(
        ILoanEngine.Action action,
        address caller,
        uint256 paid,
        uint256 onTime,
        uint256 late,
        uint256 fees
    ) private {
        says();
        emit ILoanMarket.LoanStepped(FIRST, action, caller, paid, onTime, late, fees);
    }

    function stands(ILoanEngine.Standing standing, uint256 debt) private {
        says();
        emit ILoanMarket.StandingChanged(FIRST, Nullifier.wrap(9), standing, debt);
    }

    function testSettings() public {
        vm.startPrank(OPERATOR);
        says();
        emit ILoanMarket.TokenAllowed(address(token), false);
        market.setTokenAllowed(address(token), false);
        says();
        emit ILoanMarket.NewLoansPausedChanged(true);
        market.setNewLoansPaused(true);
        says();
        emit ILoanMarket.NoticeGiven(address(token), START, START + 1 days);
        market.giveNotice(address(token), START + 1 days);
        says();
        emit ILoanMarket.NoticeGiven(address(token), START + 1 days, START + 2 days);
        market.giveNotice(address(token), START + 2 days);
    }

    function requested() private {
        vm.warp(START + 5);
        IApplicationGate.Evidence memory evidence = evidenceFor(BORROWER, product, PRINCIPAL, 9);
        says();
        emit ILoanMarket.LoanRequested(
            FIRST,
            product,
            BORROWER,
            Nullifier.wrap(9),
            PRINCIPAL,
            PURPOSE,
            engine.offer(product, PRINCIPAL).burden,
            START + 5 + 7 days
        );
        says();
        emit ILoanMarket.EvidenceAccepted(FIRST, ROOT, START + 5);
        vm.prank(BORROWER);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, evidence);
    }

    function withFee() private {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.ORIGINATION_BPS, 250);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
        product = published(header, monthly("LLLLLLLLLLLR"));
    }

    function testAnApplicationThatIsCancelled() public {
        requested();
        says();
        emit ILoanMarket.LoanCancelled(FIRST);
        vm.prank(BORROWER);
        market.cancel(FIRST);
    }

    function testEvidenceThatIsRenewed() public {
        requested();
        vm.warp(START + 60);
        postRoot(8);
        IApplicationGate.Evidence memory later = evidenceFor(BORROWER, product, PRINCIPAL, 9);
        says();
        emit ILoanMarket.EvidenceAccepted(FIRST, 8, START + 60);
        vm.prank(BORROWER);
        market.renew(FIRST, later);
    }

    function testFundingAndRelease() public {
        withFee();
        requested();
        endow(LENDER, address(token), 2 * PRINCIPAL);
        says();
        emit ILoanMarket.LoanFunded(FIRST, POSITION, LENDER, 0, 60_000);
        vm.prank(LENDER);
        market.fund(FIRST, BORROWER, product, 60_000, LENDER);
        vm.warp(START + 5 + 1 days);
        says();
        emit ILoanMarket.FundingLeft(FIRST, POSITION, LENDER, 60_000);
        vm.prank(LENDER);
        market.takeBack(POSITION, STRANGER);
        says();
        emit ILoanMarket.LoanFunded(FIRST, PositionId.wrap(2), OTHER, 0, 60_000);
        vm.startPrank(LENDER);
        market.fund(FIRST, BORROWER, product, 70_000, OTHER);
        says();
        emit ILoanMarket.LoanFunded(FIRST, PositionId.wrap(3), LENDER, 60_000, 40_000);
        says();
        emit ILoanMarket.LoanReleased(FIRST, BORROWER, PRINCIPAL, 2_500, block.timestamp);
        market.fund(FIRST, BORROWER, product, 70_000, LENDER);
        vm.stopPrank();
        says();
        emit ILoanMarket.ProceedsDrawn(FIRST, STRANGER, 97_500);
        vm.prank(BORROWER);
        market.draw(FIRST, STRANGER);
        says();
        emit ILoanMarket.FeesWithdrawn(COLLECTOR, address(token), STRANGER, 2_500 * UNIT);
        vm.prank(COLLECTOR);
        market.withdrawFees(address(token), STRANGER);
    }

    function released() private {
        requested();
        fundAs(LENDER, FIRST, PRINCIPAL);
        endow(OTHER, address(token), 3 * PRINCIPAL);
    }

    function testPaymentsAndWithdrawal() public {
        released();
        vm.startPrank(OTHER);
        stepped(ILoanEngine.Action.Repay, OTHER, LEVEL, 1, 0, 0);
        market.repay(FIRST, BORROWER, LEVEL);
        vm.warp(START + 5 + 2 * MONTH + 5 days + 1);
        stepped(ILoanEngine.Action.Repay, OTHER, LEVEL - 1, 0, 1, 500);
        market.repay(FIRST, BORROWER, LEVEL - 1);
        vm.stopPrank();
        says();
        emit ILoanMarket.Withdrawn(POSITION, LENDER, STRANGER, (2 * LEVEL - 1) * UNIT);
        vm.prank(LENDER);
        market.withdraw(POSITION, STRANGER);
        vm.startPrank(OTHER);
        market.repay(FIRST, BORROWER, 501);
        uint256 price = quoteOf(FIRST).settlement;
        // the row that runs is paid before its day
        stepped(ILoanEngine.Action.Settle, OTHER, price, 1, 0, 0);
        stands(ILoanEngine.Standing.Repaid, 0);
        market.settle(FIRST, BORROWER, price);
    }

    function testReliefs() public {
        released();
        stepped(ILoanEngine.Action.Holiday, BORROWER, 0, 0, 0, 0);
        vm.prank(BORROWER);
        market.takeHoliday(FIRST);
        vm.warp(quoteOf(FIRST).nextDueAt);
        uint256 due = quoteOf(FIRST).overdue;
        vm.prank(OTHER);
        market.repay(FIRST, BORROWER, due);
        IConsents.Consent memory consent = consentTo(BORROWER_KEY, holidayDeed(BORROWER, FIRST));
        stepped(ILoanEngine.Action.Holiday, STRANGER, 0, 0, 0, 0);
        vm.prank(STRANGER);
        market.takeHolidayFor(consent, FIRST);
        stepped(ILoanEngine.Action.Prepay, OTHER, 40_000, 0, 0, 0);
        vm.prank(OTHER);
        market.prepay(FIRST, BORROWER, 40_000);
    }

    function testANewTable() public {
        address longer = published(headerOf(address(token)), monthly("LLLLLLLLLLLLLLLLLLLLLLLR"));
        released();
        PositionId[] memory positions = new PositionId[](1);
        positions[0] = POSITION;
        IConsents.Consent[] memory signed_ = new IConsents.Consent[](2);
        vm.warp(START + 5 + MONTH);
        signed_[0] = restructuringConsent(BORROWER_KEY, FIRST, longer, 120_000);
        signed_[1] = restructuringConsent(LENDER_KEY, FIRST, longer, 120_000);
        uint256 debt = quoteOf(FIRST).settlement;
        says();
        emit ILoanMarket.LoanRestructured(FIRST, longer, debt);
        stepped(ILoanEngine.Action.Restructure, STRANGER, 0, 0, 1, 0);
        vm.prank(STRANGER);
        market.restructure(FIRST, longer, 120_000, positions, signed_);
    }

    function testDefaultAndRecovery() public {
        released();
        market.draw(FIRST, BORROWER);
        vm.warp(START + 5 + MONTH + 60 days + 1);
        uint256 debt = quoteOf(FIRST).settlement;
        stepped(ILoanEngine.Action.Default, STRANGER, 0, 0, 2, 1_000);
        stands(ILoanEngine.Standing.Defaulted, debt);
        vm.prank(STRANGER);
        market.markDefault(FIRST);
        vm.startPrank(OTHER);
        stepped(ILoanEngine.Action.Repay, OTHER, 1, 0, 0, 0);
        market.repay(FIRST, BORROWER, 1);
        stepped(ILoanEngine.Action.Repay, OTHER, debt - 1, 0, 0, 0);
        stands(ILoanEngine.Standing.Recovered, 0);
        market.repay(FIRST, BORROWER, 2 * PRINCIPAL);
    }
}
