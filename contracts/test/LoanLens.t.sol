// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanLens} from "../src/interfaces/ILoanLens.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {LoanLens} from "../src/market/LoanLens.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {BureauMember} from "./support/BureauMember.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev What the lens says is what the market does.
contract LoanLensTest is MarketFixture {
    uint256 private constant ROW = 12 * 32; // a record's eleven members, and its reputation
    LoanLens private lens;

    function setUp() public {
        deployMarket();
        lens = new LoanLens(market);
    }

    function testALensNeedsAMarket() public {
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, BORROWER));
        new LoanLens(ILoanMarket(BORROWER));
        vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, token));
        new LoanLens(ILoanMarket(address(token)));
    }

    function testAnApplicationIsShown() public {
        assertEq(uint256(lens.loanOf(LoanId.wrap(1)).standing), 0, "none");
        LoanId loanId = applied();
        fundAs(LENDER, loanId, 30_000);
        ILoanLens.View memory loan = lens.loanOf(loanId);
        assertEq(uint256(loan.standing), uint256(ILoanEngine.Standing.Requested), "standing");
        assertEq(loan.borrower, BORROWER, "borrower");
        assertEq(Nullifier.unwrap(loan.nullifier), 1, "nullifier");
        assertEq(loan.purpose, PURPOSE, "purpose");
        assertEq(loan.product, product, "product");
        assertEq(loan.principal, PRINCIPAL, "principal");
        assertEq(loan.funded, 30_000, "funded");
        assertEq(loan.deadline, START + 7 days, "deadline");
        assertEq(loan.provedAt, START, "provedAt");
        assertEq(loan.root, ROOT, "root");
        vm.warp(START + 7 days + 1);
        loan = lens.loanOf(loanId);
        assertEq(uint256(loan.standing), uint256(ILoanEngine.Standing.Cancelled), "expired");
    }

    function testARunningLoanIsShown() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, PRINCIPAL);
        repayAs(BORROWER, loanId, 500);
        ILoanLens.View memory loan = lens.loanOf(loanId);
        assertEq(uint256(loan.standing), uint256(ILoanEngine.Standing.Active), "standing");
        assertEq(loan.principal, PRINCIPAL, "principal");
        assertEq(loan.funded, PRINCIPAL, "funded");
        assertEq(loan.undrawn, PRINCIPAL, "undrawn");
        assertEq(loan.received, 500, "received");
        assertEq(loan.deadline + loan.provedAt + loan.root, 0, "no application");
    }

    function testAQuoteIsTheEnginesInUnixSeconds() public {
        LoanId loanId = applied();
        assertEq(lens.quote(loanId).remaining, 0, "not released");
        fundAs(LENDER, loanId, PRINCIPAL);
        vm.prank(OPERATOR);
        market.giveNotice(address(token), START + 10 days);
        vm.warp(START + 20 days);
        ILoanEngine.Quote memory costs = lens.quote(loanId);
        assertEq(costs.nextDueAt, START + MONTH + 10 days, "moved by the notice");
        assertEq(costs.settlement, quoteOf(loanId).settlement, "settlement");
        assertEq(costs.remaining, quoteOf(loanId).remaining, "remaining");
        repayAs(BORROWER, loanId, costs.remaining);
        costs = lens.quote(loanId);
        assertEq(costs.remaining + costs.nextDueAt, 0, "nothing left");
    }

    function testAScheduleIsTheEngines() public view {
        ILoanEngine.Instalment[] memory rows = lens.schedule(product, PRINCIPAL);
        assertEq(rows.length, 12, "rows");
        assertEq(rows[0].amount, 8_885, "level");
        assertEq(rows[11].balance, 0, "paid");
    }

    function testAStatementIsWhatTheGateAsks() public view {
        IApplicationGate.Application memory a = applicationOf(BORROWER, product, PRINCIPAL);
        (uint256 word, uint256 context, uint256 scope) =
            lens.statementOf(BORROWER, product, PRINCIPAL, PURPOSE, START, START + 600);
        assertEq(word, gate.policyWord(a.policy, a.instalment, START), "policy");
        assertEq(context, gate.contextOf(address(market), a, 0, START + 600), "context");
        assertEq(scope, gate.scopeOf(address(market)), "scope");
    }

    function check(IApplicationGate.Evidence memory e) private view {
        lens.checkApplication(BORROWER, product, PRINCIPAL, PURPOSE, e);
    }

    function testACheckSaysWhatTheMarketWouldRefuse() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        check(e);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(true);
        refused(abi.encodeWithSelector(ILoanMarket.NewLoansPaused.selector));
        check(e);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(false);
        allow(address(token), false);
        refused(abi.encodeWithSelector(ILoanMarket.TokenNotAllowed.selector, token));
        check(e);
        allow(address(token), true);
        vm.prank(LENDER);
        book.setProductOpen(product, false);
        refused(abi.encodeWithSelector(ILoanMarket.ProductNotOpen.selector, product));
        check(e);
        vm.prank(LENDER);
        book.setProductOpen(product, true);
        e.proof[0] ^= 1;
        refused(abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
        check(e);
    }

    function testACheckAsksTheBureau() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        vm.prank(ADMIN);
        bureau.removeMember(address(market));
        refused(abi.encodeWithSelector(ILoanLens.MarketNotMember.selector));
        check(e);
        vm.prank(ADMIN);
        bureau.addMember(address(market), gate);
        applied();
        e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        refused(
            abi.encodeWithSelector(ILoanLens.PseudonymNotFree.selector, 1, START + 7 days + 1)
        );
        check(e);
    }

    function testAPositionsValue() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 25_000);
        (uint256 drawable, uint256 owed) = lens.valueOf(a);
        assertEq(drawable + owed, 0, "waits");
        fundAs(OTHER, loanId, 75_000);
        repayAs(BORROWER, loanId, 8_885);
        (drawable, owed) = lens.valueOf(a);
        assertEq(drawable, market.withdrawable(a), "drawable");
        assertEq(owed, quoteOf(loanId).settlement * UNIT / 4, "owed");
        repayAs(BORROWER, loanId, 200_000);
        (drawable, owed) = lens.valueOf(a);
        assertEq(owed, 0, "repaid");
        assertEq(drawable, market.withdrawable(a), "all of it");
        (drawable, owed) = lens.valueOf(PositionId.wrap(99));
        assertEq(drawable + owed, 0, "nobody's");
    }

    function testReputationIsTheFormula() public {
        assertEq(lens.reputationOf(Nullifier.wrap(1)), 500, "nothing known");
        (LoanId loanId,) = runningLoan();
        repayAs(BORROWER, loanId, 200_000);
        assertEq(lens.reputationOf(Nullifier.wrap(1)), 500 + 8 * 12 + 20, "twelve rows");
        (loanId,) = runningLoan();
        vm.warp(START + MONTH + 60 days + 1);
        market.markDefault(loanId);
        // two rows were found late
        assertEq(lens.reputationOf(Nullifier.wrap(1)), 616 - 50 - 150, "default");
        repayAs(BORROWER, loanId, 200_000);
        assertEq(lens.reputationOf(Nullifier.wrap(1)), 416 + 60, "recovered");
    }

    function testReputationIsPythons() public {
        // records and points of support/contracts/history_proofs.py
        bytes memory rows =
            vm.parseJsonBytes(vm.readFile("test/fixtures/history.json"), ".reputations");
        uint256 count = rows.length / ROW;
        assertTrue(count >= 200, "fixture");
        for (uint256 i = 0; i < count; ++i) {
            bytes memory record = new bytes(ROW - 32);
            for (uint256 j = 0; j < ROW - 32; ++j) {
                record[j] = rows[ROW * i + j];
            }
            uint256 points;
            assembly ("memory-safe") {
                points := mload(add(rows, mul(ROW, add(i, 1))))
            }
            bytes memory asked = abi.encodeCall(ICreditBureau.recordOf, (Nullifier.wrap(i)));
            vm.mockCall(address(bureau), asked, record);
            assertEq(lens.reputationOf(Nullifier.wrap(i)), points, "points");
        }
    }

    function testFuzzReputationStaysWithinItsRange(uint24 onTime, uint16 late, bool bad) public {
        BureauMember member = new BureauMember();
        vm.prank(ADMIN);
        bureau.addMember(address(member), IApplicationGate(address(member)));
        Nullifier who = Nullifier.wrap(9);
        vm.startPrank(address(member));
        bureau.reserve(who, block.timestamp);
        bureau.start(who, 1_000, block.timestamp);
        bureau.progress(who, onTime, late, block.timestamp);
        int256 points = 500 + 8 * int256(onTime < 40 ? uint256(onTime) : 40) - 25 * int256(uint256(late));
        if (bad) {
            bureau.close(who, bureauEnding(1));
            points -= 150;
        }
        vm.stopPrank();
        if (points < 0) points = 0;
        if (points > 1_000) points = 1_000;
        assertEq(lens.reputationOf(who), uint256(points), "points");
    }

    function bureauEnding(uint8 number) private pure returns (ICreditBureau.Ending) {
        return ICreditBureau.Ending(number);
    }
}
