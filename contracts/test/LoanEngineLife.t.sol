// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {DataContract} from "../src/libraries/DataContract.sol";
import {LoanWords} from "../src/libraries/LoanWords.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {TableFixture} from "./support/TableFixture.sol";

/// @dev The steps of a loan's life, at the second before, of and after each time that counts.
contract LoanEngineLifeTest is TableFixture {
    using LoanWords for ILoanEngine.Loan;
    using LoanWords for LoanWords.State;

    ILoanEngine.Action private constant REPAY = ILoanEngine.Action.Repay;
    ILoanEngine.Action private constant SETTLE = ILoanEngine.Action.Settle;
    ILoanEngine.Action private constant PREPAY = ILoanEngine.Action.Prepay;
    ILoanEngine.Action private constant HOLIDAY = ILoanEngine.Action.Holiday;
    ILoanEngine.Action private constant RESTRUCTURE = ILoanEngine.Action.Restructure;
    ILoanEngine.Action private constant DEFAULT = ILoanEngine.Action.Default;
    uint256 private constant LEVEL = 8_885;
    uint256 private constant DUE = START + MONTH;

    address private product = productOf("LLLLLLLLLLLR");
    ILoanEngine.Loan private fresh = released(product, 100_000);

    function opening(ILoanEngine.Loan memory loan, uint256 time)
        private
        view
        returns (ILoanEngine.Quote memory)
    {
        return engine.quote(loan, time);
    }

    // --- the words ----------------------------------------------------------------------------

    function testTheWordsHaveTheirParts() public pure {
        LoanWords.State memory state;
        state.product = address(0x1111111111111111111111111111111111111111);
        state.startedAt = 0x2222222222;
        state.recoveredAt = 0x3333333333;
        state.restructured = 0x4444;
        state.principal = 0x010101010101;
        state.base = 0x020202020202;
        state.balance = 0x030303030303;
        state.credit = 0x040404040404;
        state.level = 0x050505050505;
        state.paid = 0x66;
        state.assessed = 0x77;
        state.received = 0x080808080808;
        state.recoveryOwed = 0x090909090909;
        state.feesCharged = 0x0a0a0a0a0a0a;
        state.feesOwed = 0x0b0b0b0b0b0b;
        state.shift = 0x0c0c0c0c0c;
        state.held = 0xdd;
        state.holidays = 0xee;
        state.standing = ILoanEngine.Standing.Recovered;
        ILoanEngine.Loan memory loan = state.pack();
        assertEq(
            loan.terms,
            0x1111111111111111111111111111111111111111222222222233333333334444,
            "terms"
        );
        assertEq(
            loan.debt,
            0x0101010101010202020202020303030303030404040404040505050505056677,
            "debt"
        );
        assertEq(
            loan.account,
            0x0808080808080909090909090a0a0a0a0a0a0b0b0b0b0b0b0c0c0c0c0cddee05,
            "account"
        );
        assertEq(keccak256(abi.encode(loan.unpack())), keccak256(abi.encode(state)), "state");
    }

    function testAStandingThatDoesNotExistIsRefused() public {
        ILoanEngine.Loan memory loan = fresh;
        for (uint256 standing = 7; standing < 256; standing += 31) {
            loan.account = loan.account & ~uint256(0xff) | standing;
            vm.expectRevert(abi.encodeWithSignature("Panic(uint256)", 0x21));
            engine.quote(loan, START);
        }
    }

    // --- forms and times ----------------------------------------------------------------------

    function testAnAmountIsGivenWhereMoneyIsTaken() public {
        ILoanEngine.Action[3] memory paying = [REPAY, SETTLE, PREPAY];
        for (uint256 i = 0; i < 3; ++i) {
            uint256[3] memory wrong = [uint256(0), 1 << 48, type(uint256).max];
            for (uint256 j = 0; j < 3; ++j) {
                expectRefusal(
                    paying[i],
                    fresh,
                    wrong[j],
                    START,
                    abi.encodeWithSelector(
                        ILoanEngine.AmountInvalid.selector, paying[i], wrong[j]
                    )
                );
            }
        }
        ILoanEngine.Action[3] memory others = [HOLIDAY, RESTRUCTURE, DEFAULT];
        for (uint256 i = 0; i < 3; ++i) {
            expectRefusal(
                others[i],
                fresh,
                1,
                START,
                abi.encodeWithSelector(ILoanEngine.AmountInvalid.selector, others[i], 1)
            );
        }
    }

    function testAProductIsGivenToARestructuringAlone() public {
        ILoanEngine.Action[6] memory every = [REPAY, SETTLE, PREPAY, HOLIDAY, RESTRUCTURE, DEFAULT];
        for (uint256 i = 0; i < 6; ++i) {
            address given = every[i] == RESTRUCTURE ? NONE : product;
            vm.expectRevert(
                abi.encodeWithSelector(ILoanEngine.ProductMisplaced.selector, every[i])
            );
            engine.run(every[i], fresh, i < 3 ? 1 : 0, START, given);
        }
    }

    function testATimeIsNotBeforeTheReleaseAndFitsIntoItsBits() public {
        uint256[3] memory wrong = [START - 1, 1 << 40, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory refusal =
                abi.encodeWithSelector(ILoanEngine.TimeInvalid.selector, wrong[i], START);
            expectRefusal(REPAY, fresh, 1, wrong[i], refusal);
            vm.expectRevert(refusal);
            engine.quote(fresh, wrong[i]);
        }
        repaid(fresh, 1, START);
        repaid(fresh, 1, (1 << 40) - 1);
        ILoanEngine.Loan memory lost = step(DEFAULT, fresh, 0, DUE + 61 days);
        expectRefusal(
            REPAY, lost, 1, 0, abi.encodeWithSelector(ILoanEngine.TimeInvalid.selector, 0, START)
        );
    }

    function testOnlyARunningLoanTakesAStep() public {
        for (uint256 standing = 0; standing < 7; ++standing) {
            if (standing == 2) continue;
            LoanWords.State memory state = opened(fresh);
            state.standing = ILoanEngine.Standing(standing);
            state.recoveryOwed = 10;
            ILoanEngine.Loan memory loan = state.pack();
            bytes memory refusal =
                abi.encodeWithSelector(ILoanEngine.NotRunning.selector, standing);
            if (standing != 4) expectRefusal(REPAY, loan, 1, START, refusal);
            expectRefusal(SETTLE, loan, 1, START, refusal);
            expectRefusal(PREPAY, loan, 1, START, refusal);
            expectRefusal(HOLIDAY, loan, 0, START, refusal);
            expectRefusal(DEFAULT, loan, 0, START, refusal);
            vm.expectRevert(refusal);
            engine.run(RESTRUCTURE, loan, 0, START, product);
            ILoanEngine.Quote memory costs = opening(loan, START);
            assertEq(costs.remaining, standing == 4 ? 10 : 0, "remaining");
            assertEq(costs.settlement, standing == 4 ? 10 : 0, "settlement");
            assertTrue(!costs.defaultable && costs.nextDueAt == 0, "nothing ahead");
        }
    }

    // --- repayment ----------------------------------------------------------------------------

    function testAPaymentGoesToRowsThenFeesThenLaterRows() public view {
        uint256 late = DUE + 5 days + 1;
        (ILoanEngine.Loan memory loan, ILoanEngine.Outcome memory outcome) =
            engine.run(REPAY, fresh, 2 * LEVEL, late, NONE);
        LoanWords.State memory state = opened(loan);
        assertEq(outcome.late, 1, "late");
        assertEq(outcome.charged, 500, "charged");
        assertEq(outcome.token, TOKEN, "token");
        assertEq(outcome.tokens, 2 * LEVEL * 10_000, "tokens");
        assertEq(state.paid, 2, "the second row had begun");
        assertEq(state.feesOwed, 500, "no money was left for the fee");
        state = opened(repaid(loan, 700, late));
        assertEq(state.feesOwed, 0, "fees");
        assertEq(state.credit, 200, "credit");
        assertEq(state.received, 2 * LEVEL + 700, "received");
    }

    function testWhatExceedsTheDebtIsNotTaken() public view {
        (ILoanEngine.Loan memory loan, ILoanEngine.Outcome memory outcome) =
            engine.run(REPAY, fresh, (1 << 48) - 1, START, NONE);
        assertEq(outcome.taken, 106_619, "taken");
        assertTrue(opened(loan).standing == ILoanEngine.Standing.Repaid, "repaid");
        assertEq(opened(loan).paid, 12, "rows");
    }

    function testOneUnitIsAlwaysPossible() public view {
        ILoanEngine.Loan memory loan = fresh;
        for (uint256 day = 0; day < 500; day += 25) {
            loan = repaid(loan, 1, START + day * 1 days);
        }
        assertEq(opened(loan).received, 20, "received");
    }

    function testALateFeeAtItsSecond() public view {
        uint256 last = DUE + 5 days;
        for (uint256 time = last - 1; time <= last + 1; ++time) {
            uint256 fees = opened(repaid(fresh, 1, time)).feesCharged;
            assertEq(fees, time > last ? 500 : 0, "fee");
            assertEq(opening(fresh, time).fees, fees, "quote");
        }
    }

    function testFeesStopAtTheCap() public {
        (ILoanEngine.Loan memory loan, ILoanEngine.Outcome memory outcome) =
            engine.run(REPAY, fresh, 1, DUE + 10 * MONTH, NONE);
        assertEq(outcome.late, 10, "late");
        assertEq(outcome.charged, 1_200, "charged");
        (loan, outcome) = engine.run(REPAY, loan, 1, DUE + 12 * MONTH, NONE);
        assertEq(outcome.late, 2, "each row once");
        assertEq(outcome.charged, 0, "nothing above the cap");
        address costly = productWith("LLR", ProductTable.LATE_FEE_CAP, 0);
        loan = repaid(released(costly, 100_000), 1, DUE + 5 days + 1);
        assertEq(opened(loan).feesOwed, 0, "a cap of nothing");
    }

    function testARowThatAsksForNothingIsNeverLate() public {
        ILoanEngine.Loan memory loan = released(productOf("DDLLR"), 100_000);
        for (uint256 time = DUE - 1; time <= DUE + 1; ++time) {
            (ILoanEngine.Loan memory next, ILoanEngine.Outcome memory outcome) =
                engine.run(REPAY, loan, 1, time, NONE);
            assertEq(opened(next).paid, time < DUE ? 0 : 1, "passes at its due");
            assertEq(outcome.late, 0, "late");
        }
        assertEq(opening(loan, START).nextDueAt, START + 3 * MONTH, "next due");
        (, ILoanEngine.Outcome memory afterwards) =
            engine.run(REPAY, loan, 1, START + 3 * MONTH + 5 days + 1, NONE);
        assertEq(afterwards.late, 1, "the third is late");
    }

    function testAQuoteAtEachDue() public view {
        for (uint256 k = 1; k <= 12; ++k) {
            uint256 due = START + k * MONTH;
            for (uint256 time = due - 1; time <= due + 1; ++time) {
                uint256 fallen = time < due ? k - 1 : k;
                uint256 expected = fallen * LEVEL - (fallen == 12 ? 1 : 0);
                assertEq(opening(fresh, time).overdue, expected, "overdue");
            }
        }
    }

    function testPayingTheQuoteCloses() public view {
        ILoanEngine.Loan memory loan = repaid(fresh, 12_345, START + 40 days);
        for (uint256 time = START + 40 days; time < START + 400 days; time += 29 days) {
            ILoanEngine.Quote memory costs = opening(loan, time);
            LoanWords.State memory state = opened(repaid(loan, costs.remaining, time));
            assertTrue(state.standing == ILoanEngine.Standing.Repaid, "repaid");
            state = opened(repaid(loan, costs.remaining - 1, time));
            assertTrue(state.standing == ILoanEngine.Standing.Active, "a unit is missing");
            state = opened(step(SETTLE, loan, costs.settlement, time));
            assertTrue(state.standing == ILoanEngine.Standing.Repaid, "settled");
            assertLe(costs.settlement, costs.remaining, "settling costs no more");
        }
    }

    // --- settlement and prepayment ------------------------------------------------------------

    function testASettlementAtEachDue() public view {
        // from the second due on with the fee of the first row
        uint256[4] memory costs = [uint256(101_000), 101_921, 102_421, 103_263];
        for (uint256 k = 0; k < 2; ++k) {
            uint256 due = START + (k + 1) * MONTH;
            assertEq(settlementAt(fresh, due - 1), costs[2 * k], "before");
            assertEq(settlementAt(fresh, due), costs[2 * k + 1], "at");
            assertEq(settlementAt(fresh, due + 1), costs[2 * k + 1], "after");
        }
    }

    function testASettlementAboveTheLimitIsRefused() public {
        expectRefusal(
            SETTLE,
            fresh,
            100_999,
            START,
            abi.encodeWithSelector(
                ILoanEngine.SettlementAboveLimit.selector, 101_000, 100_999
            )
        );
        LoanWords.State memory state = opened(step(SETTLE, fresh, 101_000, START));
        assertEq(state.received, 101_000, "received");
        assertEq(state.balance, 0, "balance");
    }

    function testAPrepaymentPaysTheRunningInterestFirst() public {
        bytes4 first = ILoanEngine.InterestComesFirst.selector;
        expectRefusal(
            PREPAY, fresh, 1_000, START, abi.encodeWithSelector(first, 1_000, 1_000)
        );
        ILoanEngine.Loan memory loan = repaid(fresh, 400, START);
        expectRefusal(PREPAY, loan, 600, START, abi.encodeWithSelector(first, 600, 600));
        loan = step(PREPAY, loan, 601, START);
        assertEq(opened(loan).balance, 99_999, "balance");
        assertEq(opened(loan).level, 0, "level anew");
    }

    function testAPrepaymentOfEverythingIsASettlement() public {
        bytes4 all = ILoanEngine.PrepaymentSettles.selector;
        expectRefusal(
            PREPAY, fresh, 101_000, START, abi.encodeWithSelector(all, 101_000, 101_000)
        );
        expectRefusal(
            PREPAY, fresh, 200_000, START, abi.encodeWithSelector(all, 200_000, 101_000)
        );
        ILoanEngine.Loan memory loan = step(PREPAY, fresh, 100_999, START);
        assertEq(opened(loan).balance, 1, "balance");
        assertEq(opened(loan).base, 1, "base");
    }

    function testAPrepaymentLowersTheSettlementByItself() public view {
        for (uint256 amount = 1_001; amount < 100_000; amount += 9_007) {
            ILoanEngine.Loan memory loan = step(PREPAY, fresh, amount, START + 7);
            assertEq(settlementAt(loan, START + 7), 101_000 - amount, "settlement");
        }
    }

    function testSharesReferToWhatAPrepaymentLeaves() public {
        ILoanEngine.Loan memory loan = released(productOf("SSSR"), 100_000);
        loan = step(PREPAY, loan, 51_000, START);
        assertEq(opened(loan).base, 50_000, "base");
        // 500 of the interest that was paid covers the running row's
        assertEq(opening(loan, DUE).overdue, 5_000, "a tenth of what is left");
    }

    function testArrearsComeBeforeAPrepayment() public {
        for (uint256 time = DUE - 1; time <= DUE + 1; ++time) {
            if (time < DUE) {
                step(PREPAY, fresh, 5_000, time);
                continue;
            }
            expectRefusal(
                PREPAY,
                fresh,
                5_000,
                time,
                abi.encodeWithSelector(ILoanEngine.InArrears.selector, LEVEL, 0)
            );
        }
        ILoanEngine.Loan memory loan = repaid(fresh, 2 * LEVEL, DUE + 6 days);
        expectRefusal(
            PREPAY,
            loan,
            5_000,
            DUE + 6 days,
            abi.encodeWithSelector(ILoanEngine.InArrears.selector, 0, 500)
        );
    }

    // --- holidays -----------------------------------------------------------------------------

    function testAHolidayMovesEveryDueAndDefersItsInterest() public view {
        uint256 before = settlementAt(fresh, START);
        ILoanEngine.Loan memory loan = step(HOLIDAY, fresh, 0, START);
        LoanWords.State memory state = opened(loan);
        assertEq(state.balance, 101_000, "balance");
        assertEq(state.shift, MONTH, "shift");
        assertEq(state.held, 0, "held");
        assertEq(state.holidays, 1, "holidays");
        assertEq(opening(loan, START).nextDueAt, DUE + MONTH, "next due");
        assertEq(settlementAt(loan, START), before, "what closes it now");
        assertEq(opening(loan, DUE + MONTH - 1).overdue, 0, "a second before");
        assertEq(opening(loan, DUE + MONTH).overdue, 8_974, "level of 101,000");
    }

    function testAHolidayIsADayBeforeTheDue() public {
        uint256 last = DUE - 1 days;
        step(HOLIDAY, fresh, 0, last - 1);
        step(HOLIDAY, fresh, 0, last);
        expectRefusal(
            HOLIDAY,
            fresh,
            0,
            last + 1,
            abi.encodeWithSelector(ILoanEngine.HolidayTooLate.selector, 0, last)
        );
    }

    function testHolidaysAreCountedAndNotInARow() public {
        ILoanEngine.Loan memory loan = step(HOLIDAY, fresh, 0, START);
        expectRefusal(
            HOLIDAY,
            loan,
            0,
            DUE + 1,
            abi.encodeWithSelector(ILoanEngine.HolidayJustTaken.selector, 0)
        );
        loan = repaid(loan, 8_974, DUE + 1);
        loan = step(HOLIDAY, loan, 0, DUE + MONTH + 1);
        loan = repaid(loan, 9_500, DUE + 2 * MONTH);
        expectRefusal(
            HOLIDAY,
            loan,
            0,
            DUE + 3 * MONTH,
            abi.encodeWithSelector(ILoanEngine.HolidaysUsedUp.selector, 2)
        );
        loan = released(productWith("LR", ProductTable.HOLIDAYS, 0), 100_000);
        expectRefusal(
            HOLIDAY, loan, 0, START, abi.encodeWithSelector(ILoanEngine.HolidaysUsedUp.selector, 0)
        );
    }

    function testAHolidayNeedsARowThatRunsAndAsks() public {
        ILoanEngine.Loan memory ahead = repaid(fresh, LEVEL, START);
        bytes memory refusal =
            abi.encodeWithSelector(ILoanEngine.RowNotBegun.selector, 1, DUE);
        expectRefusal(HOLIDAY, ahead, 0, DUE - 1, refusal);
        step(HOLIDAY, ahead, 0, DUE);
        ILoanEngine.Loan memory deferred = released(productOf("DLLR"), 100_000);
        refusal = abi.encodeWithSelector(ILoanEngine.RowAsksForNothing.selector, 0, DUE);
        expectRefusal(HOLIDAY, deferred, 0, DUE - 1, refusal);
        step(HOLIDAY, deferred, 0, DUE);
        expectRefusal(
            HOLIDAY,
            fresh,
            0,
            DUE,
            abi.encodeWithSelector(ILoanEngine.InArrears.selector, LEVEL, 0)
        );
    }

    function testAHolidayThatOwesTooMuchIsRefused() public {
        bytes memory header = plainHeader();
        put(header, ProductTable.MAX_PRINCIPAL, (1 << 48) - 1);
        bytes memory rows = bytes.concat(
            rowOf(MONTH, 4e8, ProductTable.SHARE, 5e8), rowOf(2 * MONTH, 4e8, ProductTable.REST, 0)
        );
        ILoanEngine.Loan memory loan =
            released(DataContract.write(join(header, rows)), 170e12);
        expectRefusal(
            HOLIDAY,
            loan,
            0,
            START,
            abi.encodeWithSelector(
                ILoanEngine.ScheduleDegenerate.selector, ILoanEngine.Fault.TooLarge
            )
        );
    }

    // --- restructuring ------------------------------------------------------------------------

    function expectRestructuringRefused(address other, bytes memory refusal) private {
        vm.expectRevert(refusal);
        engine.run(RESTRUCTURE, fresh, 0, START, other);
    }

    function testTheSettlementBecomesTheBalance() public {
        ILoanEngine.Loan memory loan = repaid(fresh, LEVEL, DUE + 6 days);
        uint256 debt = settlementAt(loan, DUE + 6 days);
        address other = productOf("IIIR");
        ILoanEngine.Outcome memory outcome;
        (loan, outcome) = engine.run(RESTRUCTURE, loan, 0, DUE + 6 days, other);
        LoanWords.State memory state = opened(loan);
        assertEq(outcome.tokens + outcome.taken, 0, "no money moves");
        assertEq(state.product, other, "product");
        assertEq(state.balance, debt, "balance");
        assertEq(state.base, debt, "base");
        assertEq(state.principal, 100_000, "principal");
        assertEq(state.received, LEVEL, "received");
        assertEq(state.restructured, 1, "restructured");
        assertEq(state.startedAt, DUE + 6 days, "start");
        assertEq(state.paid + state.feesOwed + state.feesCharged + state.assessed, 0, "anew");
        assertEq(state.held, LoanWords.NEVER, "held");
    }

    function testARestructuringKeepsTokenAndUnit() public {
        bytes4 differs = ILoanEngine.TokenDiffers.selector;
        address other = productWith("IR", ProductTable.TOKEN, 0x71);
        expectRestructuringRefused(other, abi.encodeWithSelector(differs, other));
        other = productWith("IR", ProductTable.TOKEN_UNIT, 10_001);
        expectRestructuringRefused(other, abi.encodeWithSelector(differs, other));
    }

    function testARestructuringNeedsAProductForTheDebt() public {
        bytes4 range = ILoanEngine.PrincipalOutOfRange.selector;
        address other = productWith("IR", ProductTable.MAX_PRINCIPAL, 100_999);
        expectRestructuringRefused(
            other, abi.encodeWithSelector(range, 101_000, 1_000, 100_999)
        );
        other = productWith("IR", ProductTable.MIN_PRINCIPAL, 101_001);
        expectRestructuringRefused(
            other, abi.encodeWithSelector(range, 101_000, 101_001, 10_000_000)
        );
        other = address(engine);
        expectRestructuringRefused(
            other, abi.encodeWithSelector(ILoanEngine.NotAProduct.selector, other)
        );
    }

    // --- default and recovery -----------------------------------------------------------------

    function testADefaultAtItsSecond() public {
        uint256 first = DUE + 60 days + 1;
        for (uint256 time = first - 2; time < first; ++time) {
            expectRefusal(
                DEFAULT,
                fresh,
                0,
                time,
                abi.encodeWithSelector(ILoanEngine.DefaultNotYet.selector, first)
            );
            assertTrue(!opening(fresh, time).defaultable, "quote");
        }
        assertTrue(opening(fresh, first).defaultable, "quote");
        uint256 debt = settlementAt(fresh, first);
        LoanWords.State memory state = opened(step(DEFAULT, fresh, 0, first));
        assertTrue(state.standing == ILoanEngine.Standing.Defaulted, "standing");
        assertEq(state.recoveryOwed, debt, "debt");
        assertEq(debt, 100_000 + 1_000 + 921 + 842 + 761 + 1_000, "balance, interest and fees");
        assertEq(state.credit + state.feesOwed, 0, "in the debt");
    }

    function testAFeeAfterTheLastRowCanDefault() public {
        ILoanEngine.Loan memory loan = released(productOf("LR"), 100_000);
        uint256 due = START + 2 * MONTH;
        loan = repaid(loan, opening(loan, due + 6 days).remaining - 1, due + 6 days);
        assertEq(opened(loan).paid, 2, "rows");
        assertEq(opened(loan).feesOwed, 1, "fee");
        uint256 first = due + 60 days + 1;
        expectRefusal(
            DEFAULT,
            loan,
            0,
            first - 1,
            abi.encodeWithSelector(ILoanEngine.DefaultNotYet.selector, first)
        );
        assertEq(opened(step(DEFAULT, loan, 0, first)).recoveryOwed, 1, "debt");
        // and nothing but paying the fee is left to do
        expectRefusal(
            HOLIDAY, loan, 0, due + 6 days, abi.encodeWithSelector(ILoanEngine.InArrears.selector, 0, 1)
        );
        loan = repaid(loan, 1, first);
        assertTrue(opened(loan).standing == ILoanEngine.Standing.Repaid, "repaid");
    }

    function testADebtIsRecovered() public {
        ILoanEngine.Loan memory loan = step(DEFAULT, fresh, 0, DUE + 61 days);
        uint256 debt = opened(loan).recoveryOwed;
        loan = repaid(loan, debt - 1, DUE + 62 days);
        assertTrue(opened(loan).standing == ILoanEngine.Standing.Defaulted, "defaulted");
        (ILoanEngine.Loan memory last, ILoanEngine.Outcome memory outcome) =
            engine.run(REPAY, loan, 1_000, DUE + 63 days, NONE);
        assertEq(outcome.taken, 1, "taken");
        assertTrue(opened(last).standing == ILoanEngine.Standing.Recovered, "recovered");
        assertEq(opened(last).recoveredAt, DUE + 63 days, "when");
        assertEq(opened(last).received, debt, "received");
        expectRefusal(
            REPAY,
            last,
            1,
            DUE + 64 days,
            abi.encodeWithSelector(ILoanEngine.NotRunning.selector, 5)
        );
    }

    function testFuzzBeingLateNeverCostsLess(uint256 delay, uint256 rows) public view {
        delay = clamp(delay, 0, 50 days);
        rows = clamp(rows, 1, 11);
        ILoanEngine.Loan memory late = fresh;
        for (uint256 k = 1; k <= rows; ++k) {
            late = repaid(late, LEVEL, START + k * MONTH + delay);
        }
        uint256 time = START + 13 * MONTH;
        ILoanEngine.Quote memory costs = opening(late, time);
        assertTrue(opened(late).received + costs.remaining >= 106_619, "cost");
    }
}
