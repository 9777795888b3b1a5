// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanWords} from "../src/libraries/LoanWords.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Repayment, settlement, prepayment and holiday, and what the bureau hears of them.
contract LoanMarketLifeTest is MarketFixture {
    uint256 private constant LEVEL = 8_885;
    LoanId private loanId;

    function setUp() public {
        deployMarket();
        (loanId,) = runningLoan();
        endow(BORROWER, address(token), 10_000_000);
    }

    /// @dev The market keeps what the engine returns for this step.
    function requireStep(
        ILoanEngine.Action action,
        uint256 amount,
        function(LoanId, address, uint256) external returns (uint256) call
    ) private returns (uint256 paid) {
        (ILoanEngine.Loan memory expected, ILoanEngine.Outcome memory outcome) =
            engine.run(action, loanOf(loanId), amount, block.timestamp, NONE);
        uint256 before = balance(address(market));
        vm.prank(BORROWER);
        paid = call(loanId, BORROWER, amount);
        ILoanEngine.Loan memory loan = loanOf(loanId);
        assertEq(loan.terms, expected.terms, "terms");
        assertEq(loan.debt, expected.debt, "debt");
        assertEq(loan.account, expected.account, "account");
        assertEq(paid, outcome.taken, "paid");
        assertEq(balance(address(market)) - before, paid * UNIT, "tokens");
    }

    function repay(uint256 amount) private returns (uint256) {
        return requireStep(ILoanEngine.Action.Repay, amount, market.repay);
    }

    function testARowIsPaidOnTime() public {
        vm.warp(START + MONTH);
        repay(LEVEL);
        ICreditBureau.Record memory record = recordOf(1);
        assertEq(record.onTime, 1, "onTime");
        assertEq(record.late, 0, "late");
        assertEq(record.goodUntil, (START + 2 * MONTH + 5 days) / 1 days - 1, "goodUntil");
    }

    function testAPartOfARowIsNotARow() public {
        repay(LEVEL - 1);
        assertEq(recordOf(1).onTime, 0, "onTime");
        assertEq(recordOf(1).goodUntil, (START + MONTH + 5 days) / 1 days - 1, "goodUntil");
        repay(1);
        assertEq(recordOf(1).onTime, 1, "onTime");
    }

    function testALateRowIsReportedWhenItIsPaid() public {
        vm.warp(START + MONTH + 5 days);
        repay(1);
        assertEq(recordOf(1).late, 0, "within the grace");
        vm.warp(START + MONTH + 5 days + 1);
        repay(LEVEL);
        ICreditBureau.Record memory record = recordOf(1);
        assertEq(record.late, 1, "late");
        assertEq(record.onTime, 0, "onTime");
        assertEq(record.lastBadDay, block.timestamp / 1 days, "day");
        vm.warp(START + 2 * MONTH);
        repay(LEVEL);
        assertEq(recordOf(1).onTime, 1, "the next one is on time");
        assertEq(recordOf(1).late, 1, "late once");
    }

    function testPayingEverythingClosesTheLoan() public {
        uint256 all = quoteOf(loanId).remaining;
        assertEq(repay(10_000_000), all, "no more than the debt");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Free), "free");
        ICreditBureau.Record memory record = recordOf(1);
        assertEq(record.repaid, 1, "repaid");
        assertEq(record.onTime, 12, "rows");
        assertEq(record.largest, PRINCIPAL, "largest");
        assertEq(record.open, 0, "open");
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(ILoanEngine.NotRunning.selector, ILoanEngine.Standing.Repaid));
        market.repay(loanId, BORROWER, 1);
    }

    function testSettlingClosesTheLoanForWhatHasBegun() public {
        vm.warp(START + MONTH + 1);
        uint256 price = quoteOf(loanId).settlement;
        assertEq(price, PRINCIPAL + 1_000 + 921, "two rows have begun");
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(ILoanEngine.SettlementAboveLimit.selector, price, price - 1)
        );
        market.settle(loanId, BORROWER, price - 1);
        requireStep(ILoanEngine.Action.Settle, price + 1, market.settle);
        assertEq(recordOf(1).repaid, 1, "repaid");
        assertEq(recordOf(1).onTime, 2, "rows that were spared do not count");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Free), "free");
    }

    function testSettlingLateCountsTheLateRow() public {
        vm.warp(START + MONTH + 5 days + 1);
        requireStep(ILoanEngine.Action.Settle, 1_000_000, market.settle);
        assertEq(recordOf(1).late, 1, "late");
        assertEq(recordOf(1).onTime, 1, "the row that runs");
        assertEq(recordOf(1).repaid, 1, "repaid");
    }

    function testPrepayingLowersTheLevel() public {
        vm.warp(START + 10 days);
        requireStep(ILoanEngine.Action.Prepay, 41_000, market.prepay);
        LoanWords.State memory state = stateOf(loanId);
        assertEq(state.balance, 60_000, "balance");
        uint256 left = quoteOf(loanId).remaining;
        assertTrue(left < 64_000, "lower levels");
        vm.warp(START + MONTH);
        repay(left);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    function testPrepayingInArrearsIsRefused() public {
        vm.warp(START + MONTH);
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(ILoanEngine.InArrears.selector, LEVEL, 0));
        market.prepay(loanId, BORROWER, 50_000);
    }

    function testAHolidayMovesTheRows() public {
        vm.warp(START + MONTH - 1 days);
        vm.prank(OTHER);
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, OTHER));
        market.takeHoliday(loanId);
        (ILoanEngine.Loan memory expected,) = engine.run(
            ILoanEngine.Action.Holiday, loanOf(loanId), 0, block.timestamp, NONE
        );
        vm.prank(BORROWER);
        market.takeHoliday(loanId);
        assertEq(loanOf(loanId).debt, expected.debt, "debt");
        assertEq(loanOf(loanId).account, expected.account, "account");
        assertEq(quoteOf(loanId).nextDueAt, START + 2 * MONTH, "moved");
        assertEq(recordOf(1).goodUntil, (START + 2 * MONTH + 5 days) / 1 days - 1, "goodUntil");
        assertEq(recordOf(1).onTime + recordOf(1).late, 0, "no row");
        vm.prank(BORROWER);
        refused(abi.encodeWithSelector(ILoanEngine.HolidayJustTaken.selector, 0));
        market.takeHoliday(loanId);
    }

    function testAHolidayIsSigned() public {
        vm.warp(START + 10 days);
        IConsents.Consent memory consent = consentTo(BORROWER_KEY, holidayDeed(BORROWER, loanId));
        vm.prank(STRANGER);
        market.takeHolidayFor(consent, loanId);
        assertEq(stateOf(loanId).holidays, 1, "taken");
        refused(
            abi.encodeWithSelector(IConsents.ConsentUsed.selector, BORROWER, consent.nonce)
        );
        market.takeHolidayFor(consent, loanId);
        consent = consentTo(OTHER_KEY, holidayDeed(OTHER, loanId));
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, OTHER));
        market.takeHolidayFor(consent, loanId);
    }

    function testCallsNameTheBorrower() public {
        bytes memory differs = abi.encodeWithSelector(
            ILoanMarket.LoanDiffers.selector, loanId, BORROWER, product
        );
        vm.prank(BORROWER);
        refused(differs);
        market.repay(loanId, OTHER, 1);
        refused(differs);
        market.settle(loanId, OTHER, 1);
        refused(differs);
        market.prepay(loanId, OTHER, 1);
    }

    function testAnApplicationIsNotPaid() public {
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        bytes memory early = abi.encodeWithSelector(
            ILoanMarket.StageInvalid.selector, second, ILoanMarket.Stage.Requested
        );
        refused(early);
        market.repay(second, OTHER, 1);
        refused(early);
        market.settle(second, OTHER, 1);
        refused(early);
        market.prepay(second, OTHER, 1);
        vm.prank(OTHER);
        refused(early);
        market.takeHoliday(second);
        refused(early);
        market.markDefault(second);
    }

    function testPayingNothingIsRefused() public {
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                ILoanEngine.AmountInvalid.selector, ILoanEngine.Action.Repay, 0
            )
        );
        market.repay(loanId, BORROWER, 0);
    }

    function testAnybodyPaysForTheBorrower() public {
        endow(STRANGER, address(token), LEVEL);
        vm.prank(STRANGER);
        assertEq(market.repay(loanId, BORROWER, LEVEL), LEVEL, "paid");
        assertEq(stateOf(loanId).paid, 1, "rows");
    }

    /// @dev Rows that ask for nothing do not expire a record, nor count as paid on time.
    function testADeferredRowIsNeitherPaidNorLate() public {
        uint256 sum = quoteOf(loanId).remaining;
        repay(sum);
        uint256 onTime = recordOf(1).onTime;
        address season = published(headerOf(address(token)), monthly("DDLR"));
        loanId = applyAs(BORROWER, season, PRINCIPAL, 1);
        fundAs(LENDER, loanId, PRINCIPAL);
        uint256 third = START + 3 * MONTH + 5 days;
        assertEq(recordOf(1).goodUntil, third / 1 days - 1, "goodUntil");
        vm.warp(START + 3 * MONTH);
        repay(quoteOf(loanId).overdue);
        assertEq(recordOf(1).onTime, onTime + 1, "one row");
        assertEq(recordOf(1).late, 0, "late");
        third += MONTH;
        assertEq(recordOf(1).goodUntil, third / 1 days - 1, "goodUntil");
    }

    function testARowWithoutInterestAsksForNothing() public {
        repay(quoteOf(loanId).remaining);
        bytes memory rows = bytes.concat(
            rowOf(MONTH, 0, 3, 0), rowOf(2 * MONTH, ONE_PERCENT, 3, 0), rowOf(3 * MONTH, 0, 5, 0)
        );
        address bullet = published(headerOf(address(token)), rows);
        loanId = applyAs(BORROWER, bullet, PRINCIPAL, 1);
        fundAs(LENDER, loanId, PRINCIPAL);
        uint256 second = START + 2 * MONTH + 5 days;
        assertEq(recordOf(1).goodUntil, second / 1 days - 1, "goodUntil");
    }
}
