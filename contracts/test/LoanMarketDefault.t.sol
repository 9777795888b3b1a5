// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Default, recovery, and money that was never drawn.
contract LoanMarketDefaultTest is MarketFixture {
    uint256 private constant DEFAULT_AT = START + MONTH + 60 days + 1;

    function setUp() public {
        deployMarket();
    }

    function testDefaultEdges() public {
        (LoanId loanId,) = runningLoan();
        vm.warp(DEFAULT_AT - 1);
        refused(abi.encodeWithSelector(ILoanEngine.DefaultNotYet.selector, DEFAULT_AT));
        market.markDefault(loanId);
        vm.warp(DEFAULT_AT);
        uint256 debt = quoteOf(loanId).settlement;
        vm.prank(STRANGER);
        market.markDefault(loanId);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Defaulted), "defaulted");
        assertEq(stateOf(loanId).recoveryOwed, debt, "debt");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Defaulted), "blocked");
        ICreditBureau.Record memory record = recordOf(1);
        assertEq(record.defaults, 1, "defaults");
        // the third row, due on the day before yesterday, is within its grace
        assertEq(record.late, 2, "late rows");
        assertEq(record.goodUntil, 0, "goodUntil");
        refused(
            abi.encodeWithSelector(
                ILoanEngine.NotRunning.selector, ILoanEngine.Standing.Defaulted
            )
        );
        market.markDefault(loanId);
    }

    function testArbitersAreToldWhereALoanStands() public {
        assertTold(LoanId.wrap(1), address(0), ILoanMarket.LoanStatus.None);
        LoanId loanId = applied();
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Requested);
        vm.warp(askedOf(loanId).deadline);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Requested);
        vm.warp(block.timestamp + 1);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Cancelled);
        market.cancel(loanId);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Cancelled);
    }

    function testArbitersAreToldOfARunningLoanAndItsEnds() public {
        (LoanId loanId,) = runningLoan();
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Active);
        vm.warp(DEFAULT_AT);
        market.markDefault(loanId);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Defaulted);
        repayAs(STRANGER, loanId, 10 * PRINCIPAL);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Recovered);
    }

    function testArbitersAreToldThatALoanIsRepaid() public {
        (LoanId loanId,) = runningLoan();
        repayAs(BORROWER, loanId, 10 * PRINCIPAL);
        assertTold(loanId, BORROWER, ILoanMarket.LoanStatus.Repaid);
    }

    function assertTold(LoanId loanId, address borrower, ILoanMarket.LoanStatus status) private view {
        (bool ok, bytes memory answer) =
            address(market).staticcall(abi.encodeCall(ILoanMarket.loan, (loanId)));
        assertTrue(ok, "told");
        assertEq(keccak256(answer), keccak256(abi.encode(status, borrower)), "and nothing else");
    }

    function testADefaultedBorrowerIsRefusedUntilRehabilitated() public {
        (LoanId loanId,) = runningLoan();
        vm.warp(DEFAULT_AT);
        market.markDefault(loanId);
        vm.prank(REGISTRAR);
        registry.renew(ROOT);
        refuse(ICreditBureau.State.Defaulted, 0);
        uint256 debt = stateOf(loanId).recoveryOwed;
        repayAs(STRANGER, loanId, debt - 1);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Defaulted), "a part");
        assertEq(repayAs(BORROWER, loanId, 100), 1, "no more than the debt");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Recovered), "recovered");
        assertEq(stateOf(loanId).recoveredAt, DEFAULT_AT, "recoveredAt");
        assertEq(recordOf(1).recovered, 1, "recovered");
        refuse(ICreditBureau.State.Recovered, DEFAULT_AT + 365 days);
        vm.warp(DEFAULT_AT + 365 days);
        postRoot(8);
        applied();
    }

    function refuse(ICreditBureau.State state, uint256 possibleAt) private {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(ICreditBureau.PseudonymTaken.selector, 1, state, possibleAt)
        );
        market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
    }

    function testRecoveriesGoToLenders() public {
        (LoanId loanId, PositionId a) = runningLoan();
        vm.warp(DEFAULT_AT);
        market.markDefault(loanId);
        repayAs(BORROWER, loanId, 40_000);
        vm.prank(LENDER);
        assertEq(market.withdraw(a, LENDER), 40_000 * UNIT, "a part");
        uint256 debt = stateOf(loanId).recoveryOwed;
        repayAs(BORROWER, loanId, debt);
        vm.prank(LENDER);
        assertEq(market.withdraw(a, LENDER), debt * UNIT, "the rest");
        assertEq(balance(address(market)), 0, "nothing kept");
    }

    function testADefaultedLoanIsNotSettledPrepaidOrPostponed() public {
        (LoanId loanId,) = runningLoan();
        vm.warp(DEFAULT_AT);
        market.markDefault(loanId);
        bytes memory stopped = abi.encodeWithSelector(
            ILoanEngine.NotRunning.selector, ILoanEngine.Standing.Defaulted
        );
        refused(stopped);
        market.settle(loanId, BORROWER, 1_000_000);
        refused(stopped);
        market.prepay(loanId, BORROWER, 50_000);
        vm.prank(BORROWER);
        refused(stopped);
        market.takeHoliday(loanId);
    }

    /// @dev What the borrower never took goes back to the lenders, not to nobody.
    function testWhatWasNeverDrawnPaysTheDebtFirst() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, PRINCIPAL);
        vm.warp(DEFAULT_AT);
        uint256 debt = quoteOf(loanId).settlement;
        market.markDefault(loanId);
        assertEq(undrawnOf(loanId), 0, "undrawn");
        assertEq(stateOf(loanId).recoveryOwed, debt - PRINCIPAL, "debt");
        vm.prank(LENDER);
        assertEq(market.withdraw(a, LENDER), PRINCIPAL * UNIT, "back");
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.draw(loanId, BORROWER);
    }

    function testWhatWaitsBeyondTheDebtStaysTheBorrowers() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, PRINCIPAL);
        repayAs(BORROWER, loanId, 60_000);
        vm.warp(START + 9 * MONTH + 60 days + 1);
        uint256 debt = quoteOf(loanId).settlement;
        assertTrue(debt < PRINCIPAL, "more waits than is owed");
        market.markDefault(loanId);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Recovered), "recovered");
        assertEq(recordOf(1).defaults + recordOf(1).recovered, 2, "record");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Recovered), "state");
        market.draw(loanId, BORROWER);
        assertEq(balance(BORROWER), (PRINCIPAL - debt) * UNIT, "the rest");
        vm.prank(LENDER);
        market.withdraw(a, LENDER);
        assertEq(balance(address(market)), 0, "nothing kept");
    }

    function testARemovedMarketClosesWhatItOpened() public {
        (LoanId loanId,) = runningLoan();
        vm.prank(ADMIN);
        bureau.removeMember(address(market));
        repayAs(BORROWER, loanId, 10_000);
        vm.warp(DEFAULT_AT + MONTH);
        market.markDefault(loanId);
        repayAs(BORROWER, loanId, 1_000_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Recovered), "recovered");
    }
}
