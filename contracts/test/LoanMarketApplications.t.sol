// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IEligibilityGate} from "../src/interfaces/IEligibilityGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {ApplicationWords} from "../src/libraries/ApplicationWords.sol";
import {PartyWord} from "../src/libraries/PartyWord.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Applying, renewing the evidence, and cancelling.
contract LoanMarketApplicationsTest is MarketFixture {
    uint256 private constant WINDOW = 7 days;

    function setUp() public {
        deployMarket();
    }

    function wrongStage(LoanId loanId, ILoanMarket.Stage stage) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ILoanMarket.StageInvalid.selector, loanId, stage);
    }

    /// @dev The market refuses the usual application with this error.
    function refuse(bytes memory expected) private {
        refuseEvidence(evidenceFor(BORROWER, product, PRINCIPAL, 1), expected);
    }

    function refuseEvidence(IApplicationGate.Evidence memory evidence, bytes memory expected)
        private
    {
        vm.prank(BORROWER);
        refused(expected);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, evidence);
    }

    function testAnApplicationIsKept() public {
        LoanId loanId = applied();
        assertEq(LoanId.unwrap(loanId), 1, "number");
        ILoanMarket.Entry memory kept = market.entry(loanId);
        ApplicationWords.State memory asked = askedOf(loanId);
        assertEq(asked.product, product, "product");
        assertEq(asked.deadline, START + WINDOW, "deadline");
        assertEq(asked.provedAt, START, "provedAt");
        assertEq(asked.principal, PRINCIPAL, "principal");
        assertEq(asked.funded + asked.reached + asked.gap, 0, "nothing funded");
        assertEq(kept.account, ROOT, "root");
        assertEq(Nullifier.unwrap(kept.nullifier), 1, "pseudonym");
        assertEq(PartyWord.borrowerOf(kept.party), BORROWER, "borrower");
        assertEq(PartyWord.purposeOf(kept.party), PURPOSE, "purpose");
        assertEq(undrawnOf(loanId), 0, "undrawn");
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Requested), "stage");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Reserved), "reserved");
        assertEq(gate.applicationNonce(address(market), BORROWER), 1, "number used");
    }

    function testEachConditionOfTheProductReachesTheGate() public {
        policy = IApplicationGate.Policy(601, 900, 12_345, 4_001, 3, 17, 978, 91 days);
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.MIN_SCORE, 601);
        put(header, ProductTable.MAX_SCORE, 900);
        put(header, ProductTable.COVERAGE_BPS, 12_345);
        put(header, ProductTable.MAX_DTI_BPS, 4_001);
        put(header, ProductTable.MAX_DELINQUENCIES, 3);
        put(header, ProductTable.MIN_HISTORY_MONTHS, 17);
        put(header, ProductTable.POLICY_CURRENCY, 978);
        put(header, ProductTable.CURRENCY, 978);
        put(header, ProductTable.MAX_CREDENTIAL_AGE, 91 days);
        product = published(header, monthly("LLLLLLLLLLLR"));
        applied();
        policy.minHistoryMonths = 18;
        refuse(abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }

    function testTheGateJudgesTheBurden() public {
        IApplicationGate.Application memory a = applicationOf(BORROWER, product, PRINCIPAL);
        a.instalment -= 1;
        IApplicationGate.Evidence memory e = evidenceOn(a, 1, ROOT);
        refuseEvidence(e, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }

    function testIssuersOfTheProductReachTheGate() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.ISSUERS, 5);
        product = published(header, monthly("LLR"));
        refuse(abi.encodeWithSelector(IApplicationGate.IssuersNotJudged.selector));
    }

    function testTheHistoryOfTheProductReachesTheGate() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.HISTORY_TERMS, 1);
        put(header, ProductTable.HISTORY_SOURCE, uint160(address(token)));
        product = published(header, monthly("LLR"));
        refuse(abi.encodeWithSelector(IApplicationGate.HistoryNotJudged.selector));
    }

    /// @dev Progressive lending: a product for those who repaid a loan before.
    function testALargerLoanForWhoRepaidASmallerOne() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.MIN_CYCLE, 1);
        address larger = published(header, monthly("LLR"));
        address small = product;
        product = larger;
        refuse(abi.encodeWithSelector(IApplicationGate.CycleTooLow.selector, 0, 1));
        product = small;
        LoanId loanId = applied();
        fundAs(LENDER, loanId, PRINCIPAL);
        repayAs(BORROWER, loanId, 200_000);
        product = larger;
        applied();
    }

    function testTermsPurposeAndPrincipalAreBound() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        bytes memory invalid = abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
        address other = published(headerOf(address(token)), monthly("LLLLLLLLLLLLR"));
        vm.prank(BORROWER);
        refused(invalid);
        market.applyForLoan(other, PRINCIPAL, PURPOSE, e);
        vm.prank(BORROWER);
        refused(invalid);
        market.applyForLoan(product, PRINCIPAL + 1, PURPOSE, e);
        vm.prank(BORROWER);
        refused(invalid);
        market.applyForLoan(product, PRINCIPAL, PURPOSE + 1, e);
        vm.prank(OTHER);
        refused(invalid);
        market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
    }

    function testOnlyOpenProductsOfTheBookTakeApplications() public {
        address[3] memory wrong = [productOf("LLR"), address(0), BORROWER];
        for (uint256 i = 0; i < wrong.length; ++i) {
            IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
            vm.prank(BORROWER);
            refused(abi.encodeWithSelector(ILoanMarket.ProductNotOpen.selector, wrong[i]));
            market.applyForLoan(wrong[i], PRINCIPAL, PURPOSE, e);
        }
        vm.prank(LENDER);
        book.setProductOpen(product, false);
        refuse(abi.encodeWithSelector(ILoanMarket.ProductNotOpen.selector, product));
    }

    function testTheEngineRefusesAnAmountOutOfRange() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        vm.prank(BORROWER);
        refused(
            abi.encodeWithSelector(
                ILoanEngine.PrincipalOutOfRange.selector, 999, 1_000, 10_000_000
            )
        );
        market.applyForLoan(product, 999, PURPOSE, e);
    }

    function testATokenFoundBadStopsApplications() public {
        allow(address(token), false);
        refuse(abi.encodeWithSelector(ILoanMarket.TokenNotAllowed.selector, token));
        allow(address(token), true);
        applied();
    }

    function testNewBusinessCanBePaused() public {
        LoanId loanId = applyAs(OTHER, product, PRINCIPAL, 2);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(true);
        bytes memory paused = abi.encodeWithSelector(ILoanMarket.NewLoansPaused.selector);
        refuse(paused);
        refused(paused);
        market.fund(loanId, OTHER, product, 1, LENDER);
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, product, PRINCIPAL, 2);
        refused(paused);
        market.renew(loanId, e);
        vm.prank(OTHER);
        market.cancel(loanId);
        vm.prank(OPERATOR);
        market.setNewLoansPaused(false);
        applied();
    }

    function testAPseudonymHasOneApplication() public {
        applied();
        refuse(
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector,
                1,
                ICreditBureau.State.Reserved,
                START + WINDOW + 1
            )
        );
    }

    function testAMarketOutsideTheBureauTakesNoApplications() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        vm.prank(ADMIN);
        bureau.removeMember(address(market));
        vm.prank(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(IApplicationGate.NotMember.selector, market));
        market.applyForLoan(product, PRINCIPAL, PURPOSE, e);
    }

    function testAnExpiredApplicationCountsAsCancelled() public {
        LoanId first = applied();
        fundAs(LENDER, first, 30_000);
        vm.warp(START + WINDOW);
        refuse(
            abi.encodeWithSelector(
                ICreditBureau.PseudonymTaken.selector,
                1,
                ICreditBureau.State.Reserved,
                START + WINDOW + 1
            )
        );
        vm.warp(START + WINDOW + 1);
        LoanId second = applied();
        // the old one's late cancellation does not end the new one's reservation
        vm.prank(STRANGER);
        market.cancel(first);
        assertEq(stageOf(first), uint256(ILoanMarket.Stage.Cancelled), "first");
        assertEq(stageOf(second), uint256(ILoanMarket.Stage.Requested), "second");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Reserved), "reserved");
        fundAs(LENDER, second, PRINCIPAL);
        assertEq(bureauState(1), uint256(ICreditBureau.State.Open), "released");
    }

    // --- renewing -----------------------------------------------------------------------------

    function testNewerEvidenceRenewsAnApplication() public {
        LoanId loanId = applied();
        vm.warp(START + 2 days);
        postRoot(8);
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        vm.prank(STRANGER); // who carries it does not matter
        market.renew(loanId, e);
        ApplicationWords.State memory asked = askedOf(loanId);
        assertEq(asked.provedAt, START + 2 days, "provedAt");
        assertEq(asked.deadline, START + WINDOW, "deadline");
        assertEq(market.entry(loanId).account, 8, "root");
        assertEq(gate.applicationNonce(address(market), BORROWER), 1, "not an application");
    }

    function testEvidenceThatIsNotNewerOrSomebodyElsesIsRefused() public {
        LoanId loanId = applied();
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        bytes memory unsuitable =
            abi.encodeWithSelector(ILoanMarket.EvidenceUnsuitable.selector, loanId);
        refused(unsuitable);
        market.renew(loanId, e);
        vm.warp(START + 1);
        e = evidenceFor(BORROWER, product, PRINCIPAL, 2);
        refused(unsuitable);
        market.renew(loanId, e);
        e = evidenceFor(OTHER, product, PRINCIPAL, 1);
        refused(abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
        market.renew(loanId, e);
        e = evidenceFor(BORROWER, product, PRINCIPAL - 1, 1);
        refused(abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
        market.renew(loanId, e);
    }

    function testOnlyAnApplicationThatCanBeFundedIsRenewed() public {
        LoanId loanId = applied();
        vm.warp(START + WINDOW + 1);
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, product, PRINCIPAL, 1);
        refused(
            abi.encodeWithSelector(ILoanMarket.FundingClosed.selector, loanId, START + WINDOW)
        );
        market.renew(loanId, e);
        refused(wrongStage(LoanId.wrap(9), ILoanMarket.Stage.None));
        market.renew(LoanId.wrap(9), e);
    }

    // --- cancelling ---------------------------------------------------------------------------

    function testTheBorrowerCancelsAndIsFreeAgain() public {
        LoanId loanId = applied();
        vm.prank(BORROWER);
        market.cancel(loanId);
        assertEq(bureauState(1), uint256(ICreditBureau.State.Free), "free");
        refused(wrongStage(loanId, ILoanMarket.Stage.Cancelled));
        market.cancel(loanId);
        applied();
    }

    function testStrangersCancelOnlyAfterTheDeadline() public {
        LoanId loanId = applied();
        vm.warp(START + WINDOW);
        vm.prank(STRANGER);
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, STRANGER));
        market.cancel(loanId);
        vm.warp(START + WINDOW + 1);
        vm.prank(STRANGER);
        market.cancel(loanId);
    }

    function testAnybodyCancelsAfterTheRootWasWithdrawn() public {
        LoanId loanId = applied();
        postRoot(8);
        vm.prank(STRANGER);
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, STRANGER));
        market.cancel(loanId);
        withdrawRoot(ROOT);
        vm.prank(STRANGER);
        market.cancel(loanId);
        assertEq(bureauState(1), uint256(ICreditBureau.State.Free), "free");
    }

    function testARunningLoanCannotBeCancelled() public {
        (LoanId loanId,) = runningLoan();
        withdrawRoot(ROOT);
        vm.warp(START + 365 days);
        vm.prank(BORROWER);
        refused(wrongStage(loanId, ILoanMarket.Stage.Released));
        market.cancel(loanId);
        refused(wrongStage(LoanId.wrap(9), ILoanMarket.Stage.None));
        market.cancel(LoanId.wrap(9));
    }
}
