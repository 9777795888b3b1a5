// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {BlockingToken} from "../src/mocks/OddTokens.sol";
import {LineId} from "../src/types/LineId.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev What went wrong in other loan contracts, and does not here: one test for each finding.
contract LoanMarketPromisesTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function settleAll(LoanId loanId) private returns (uint256 price) {
        price = quoteOf(loanId).settlement;
        endow(STRANGER, tokenOf(loanId), price);
        address borrower = borrowerOf(loanId);
        vm.prank(STRANGER);
        market.settle(loanId, borrower, price);
    }

    /// @dev Union #133: overdue borrowers could not repay.
    function testRepayIsPossibleInEveryState() public {
        (LoanId loanId,) = runningLoan();
        vm.prank(ADMIN);
        bureau.removeMember(address(market));
        vm.prank(LENDER);
        book.setProductOpen(product, false);
        allow(address(token), false);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(true);
        withdrawRoot(ROOT);
        repayAs(BORROWER, loanId, 1);
        vm.prank(BORROWER);
        market.takeHoliday(loanId);
        repayAs(BORROWER, loanId, 1);
        vm.warp(START + 2 * MONTH);
        repayAs(BORROWER, loanId, 1);
        vm.warp(START + 3 * MONTH);
        repayAs(BORROWER, loanId, 1);
        vm.warp(START + 20 * MONTH);
        repayAs(BORROWER, loanId, 1);
        market.markDefault(loanId);
        repayAs(BORROWER, loanId, 1);
        repayAs(BORROWER, loanId, 1_000_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Recovered), "recovered");
    }

    /// @dev ECG #473: a second loan inherited clocks.
    function testASecondLoanOfAPseudonymStartsClean() public {
        (LoanId first,) = runningLoan();
        vm.warp(START + 4 * MONTH);
        settleAll(first);
        assertTrue(recordOf(1).late > 0, "late before");
        vm.prank(REGISTRAR);
        registry.renew(ROOT);
        LoanId second = applied();
        fundAs(LENDER, second, PRINCIPAL);
        ILoanEngine.Quote memory q = quoteOf(second);
        assertEq(q.overdue + q.fees, 0, "owes nothing yet");
        assertEq(q.nextDueAt, START + 5 * MONTH, "its own clock");
        assertEq(stateOf(second).feesCharged + stateOf(second).assessed, 0, "its own counts");
    }

    /// @dev Union 2024-06 #114: overdue earlier than due.
    function testNothingIsLateBeforeItsGraceEnds() public {
        address made = published(headerOf(address(token)), monthly("LSILDR"));
        (LoanId loanId,) = runningLoanOf(made);
        endow(BORROWER, address(token), 1_000_000);
        vm.warp(START + 1 days);
        vm.prank(BORROWER);
        market.takeHoliday(loanId);
        uint256 asked;
        while (standingOf(loanId) == uint256(ILoanEngine.Standing.Active)) {
            uint256 dueAt = quoteOf(loanId).nextDueAt;
            vm.warp(dueAt - 1);
            assertEq(quoteOf(loanId).overdue, 0, "before the due");
            vm.warp(dueAt);
            uint256 overdue = quoteOf(loanId).overdue;
            assertTrue(overdue != 0, "at the due");
            vm.warp(dueAt + 5 days);
            assertEq(quoteOf(loanId).fees, 0, "within the grace");
            vm.warp(dueAt + 5 days + 1);
            assertTrue(quoteOf(loanId).fees > 0 || asked >= 2, "after the grace, up to the cap");
            vm.warp(dueAt + 5 days);
            vm.prank(BORROWER);
            market.repay(loanId, BORROWER, overdue);
            asked += 1;
        }
        assertEq(asked, 5, "rows that ask");
        assertEq(recordOf(1).onTime, 5, "on time");
        assertEq(recordOf(1).late, 0, "late");
    }

    /// @dev Teller 2024-04 #24: a call that ran out of gas left the accounts behind.
    function testACallWithTooLittleGasChangesNothing() public {
        (LoanId loanId,) = runningLoan();
        vm.warp(START + MONTH + 60 days + 1);
        endow(BORROWER, address(token), 100);
        starve(abi.encodeCall(market.repay, (loanId, BORROWER, 100)), BORROWER, loanId);
        starve(abi.encodeCall(market.markDefault, (loanId)), STRANGER, loanId);
    }

    function starve(bytes memory data, address by, LoanId loanId) private {
        bytes32 before = everything(loanId);
        for (uint256 gas_ = 2_000; gas_ < 2_000_000; gas_ += 1_500) {
            vm.prank(by);
            (bool ok,) = address(market).call{gas: gas_}(data);
            if (ok) {
                assertTrue(everything(loanId) != before, "done");
                return;
            }
            assertEq(everything(loanId), before, "nothing changed");
        }
        assertTrue(false, "never done");
    }

    function everything(LoanId loanId) private view returns (bytes32) {
        uint256 held = balance(address(market));
        return keccak256(abi.encode(market.entry(loanId), recordOf(1), bureauState(1), held));
    }

    /// @dev Teller #121, Zivoe #643: a default that cost less than the payment.
    function testTheDebtAtADefaultIsTheSettlement() public {
        for (uint256 row = 0; row < 12; ++row) {
            LoanId loanId = applyAs(OTHER, product, PRINCIPAL, 100 + row);
            fundAs(LENDER, loanId, PRINCIPAL);
            market.draw(loanId, OTHER);
            if (row != 0) repayAs(OTHER, loanId, 8_885 * row);
            vm.warp(block.timestamp + (row + 1) * MONTH + 60 days + 1);
            vm.prank(REGISTRAR);
            registry.renew(ROOT);
            ILoanEngine.Quote memory q = quoteOf(loanId);
            market.markDefault(loanId);
            assertEq(stateOf(loanId).recoveryOwed, q.settlement, "debt");
            assertTrue(q.fees > 0 && q.settlement >= q.overdue + q.fees, "with interest and fees");
        }
    }

    /// @dev Teller #116, Huma 5.1.2: a calendar on chain moved dues.
    function testDuesAreThoseOfTheTable() public {
        bytes memory rows = bytes.concat(
            rowOf(31 days, ONE_PERCENT, 1, 0),
            rowOf(59 days, ONE_PERCENT, 1, 0),
            rowOf(90 days + 7, ONE_PERCENT, 5, 0)
        );
        (LoanId loanId,) = runningLoanOf(published(headerOf(address(token)), rows));
        uint256[3] memory dues = [uint256(31 days), 59 days, 90 days + 7];
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(quoteOf(loanId).nextDueAt, START + dues[i], "due");
            vm.warp(START + dues[i]);
            repayAs(BORROWER, loanId, quoteOf(loanId).overdue);
        }
    }

    /// @dev Teller 2023-03 #205: terms changed between bid and acceptance.
    function testNoSetterReachesAnApplicationOrALoan() public {
        vm.prank(LENDER);
        LineId lineId = book.beginLine(product);
        LoanId loanId = applied();
        bytes32 code = keccak256(product.code);
        address next = published(headerOf(address(token)), monthly("LLR"));
        vm.prank(LENDER);
        book.announce(lineId, next, START + 1 days);
        vm.warp(START + 2 days);
        vm.prank(LENDER);
        book.setProductOpen(product, false);
        fundAs(LENDER, loanId, PRINCIPAL);
        assertEq(productOf(loanId), product, "product");
        assertEq(keccak256(product.code), code, "terms");
        assertEq(quoteOf(loanId).remaining, engine.offer(product, PRINCIPAL).total, "costs");
    }

    /// @dev Zivoe #97: being late cost less.
    function testFuzzBeingLateNeverCostsLess(uint256 delay) public {
        delay = clamp(delay, 1, 400 days);
        (LoanId loanId,) = runningLoan();
        vm.warp(START + MONTH);
        uint256 onTime = quoteOf(loanId).remaining;
        uint256 price = quoteOf(loanId).settlement;
        vm.warp(START + MONTH + delay);
        assertTrue(quoteOf(loanId).remaining >= onTime, "remaining");
        assertTrue(quoteOf(loanId).settlement >= price, "settlement");
    }

    /// @dev Wildcat #506: closing early escaped penalties.
    function testSettlingPaysTheFees() public {
        (LoanId loanId, PositionId a) = runningLoan();
        vm.warp(START + MONTH + 5 days);
        uint256 before = quoteOf(loanId).settlement;
        vm.warp(START + MONTH + 5 days + 1);
        assertEq(settleAll(loanId), before + 500, "with the fee");
        assertEq(market.withdrawable(a), (before + 500) * UNIT, "to the lender");
    }

    /// @dev Huma 5.3.19, Wildcat #68: one blocked address stopped all.
    function testABlockedAddressStopsNobodyElse() public {
        BlockingToken odd = new BlockingToken();
        bytes memory header = headerOf(address(odd));
        put(header, ProductTable.ORIGINATION_BPS, 100);
        put(header, ProductTable.FEE_RECIPIENT, uint160(COLLECTOR));
        address made = published(header, monthly("LLR"));
        LoanId loanId = applyAs(BORROWER, made, PRINCIPAL, 1);
        PositionId a = fundAs(LENDER, loanId, 50_000);
        odd.setBlocked(LENDER, true);
        odd.setBlocked(BORROWER, true);
        odd.setBlocked(COLLECTOR, true);
        PositionId b = fundAs(OTHER, loanId, 50_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Active), "released");
        refused(abi.encodeWithSelector(BlockingToken.Blocked.selector, BORROWER));
        market.draw(loanId, BORROWER);
        vm.prank(BORROWER);
        market.draw(loanId, STRANGER);
        repayAs(STRANGER, loanId, 500_000);
        vm.prank(OTHER);
        market.withdraw(b, OTHER);
        vm.prank(LENDER);
        market.withdraw(a, OTHER);
        vm.prank(COLLECTOR);
        market.withdrawFees(address(odd), STRANGER);
        assertEq(odd.balanceOf(address(market)), 0, "everybody was paid");
    }

    /// @dev The disclosure of ERC-2771 with multicall: an address at the end of the data was believed.
    function testNoSenderIsReadFromTheData() public {
        LoanId loanId = applied();
        bytes memory data = abi.encodeCall(market.cancel, (loanId));
        vm.prank(STRANGER);
        (bool ok, bytes memory answer) = address(market).call(abi.encodePacked(data, BORROWER));
        assertReverted(
            ok,
            answer,
            abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, STRANGER)
        );
    }
}
