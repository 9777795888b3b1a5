// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanWords} from "../src/libraries/LoanWords.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Funding with gaps, the release, and the money of a release.
contract LoanMarketFundingTest is MarketFixture {
    using LoanWords for LoanWords.State;

    uint256 private constant WINDOW = 7 days;

    function setUp() public {
        deployMarket();
    }

    function takeBack(address lender, PositionId positionId) private {
        vm.prank(lender);
        market.takeBack(positionId, lender);
    }

    function requirePosition(PositionId positionId, address lender, uint256 start, uint256 amount)
        private
        view
    {
        ILoanMarket.Position memory p = market.position(positionId);
        assertEq(p.lender, lender, "lender");
        assertEq(p.start, start, "start");
        assertEq(p.amount, amount, "amount");
    }

    function testTheLastFundingReleasesTheLoan() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, 30_000);
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Requested), "requested");
        vm.warp(START + 3 days);
        fundAs(OTHER, loanId, 70_000);
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Released), "released");
        ILoanEngine.Loan memory expected =
            LoanWords.start(product, PRINCIPAL, START + 3 days).pack();
        ILoanEngine.Loan memory loan = loanOf(loanId);
        assertEq(loan.terms, expected.terms, "terms");
        assertEq(loan.debt, expected.debt, "debt");
        assertEq(loan.account, expected.account, "account");
        assertEq(undrawnOf(loanId), PRINCIPAL, "waits");
        assertEq(balance(BORROWER), 0, "not drawn");
        assertEq(bureauState(1), uint256(ICreditBureau.State.Open), "open");
        uint256 graceEndsAt = START + 3 days + MONTH + 5 days;
        assertEq(recordOf(1).goodUntil, graceEndsAt / 1 days - 1, "goodUntil");
        assertEq(recordOf(1).opened, 1, "opened");
    }

    function testFundingTakesNoMoreThanWhatIsMissing() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, 60_000);
        endow(OTHER, address(token), 100_000);
        vm.prank(OTHER);
        (PositionId positionId, uint256 accepted) =
            market.fund(loanId, BORROWER, product, 100_000, STRANGER);
        assertEq(accepted, 40_000, "accepted");
        assertEq(balance(OTHER), 60_000 * UNIT, "kept");
        requirePosition(positionId, STRANGER, 60_000, 40_000);
        assertEq(market.position(positionId).fundedAt, START, "fundedAt");
        assertEq(market.position(positionId).loanId, LoanId.unwrap(loanId), "loan");
    }

    function testFundingNamesBorrowerAndProduct() public {
        LoanId loanId = applied();
        bytes memory differs = abi.encodeWithSelector(
            ILoanMarket.LoanDiffers.selector, loanId, BORROWER, product
        );
        refused(differs);
        market.fund(loanId, OTHER, product, 1, LENDER);
        refused(differs);
        market.fund(loanId, BORROWER, address(token), 1, LENDER);
    }

    function testFundingNothingOrForNobodyReverts() public {
        LoanId loanId = applied();
        refused(abi.encodeWithSelector(ILoanMarket.AmountZero.selector));
        market.fund(loanId, BORROWER, product, 0, LENDER);
        address[2] memory wrong = [address(0), address(market)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            refused(abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, wrong[i]));
            market.fund(loanId, BORROWER, product, 1, wrong[i]);
        }
        bytes4 invalid = ILoanMarket.StageInvalid.selector;
        refused(abi.encodeWithSelector(invalid, 9, ILoanMarket.Stage.None));
        market.fund(LoanId.wrap(9), BORROWER, product, 1, LENDER);
        fundAs(LENDER, loanId, PRINCIPAL);
        refused(abi.encodeWithSelector(invalid, loanId, ILoanMarket.Stage.Released));
        market.fund(loanId, BORROWER, product, 1, LENDER);
    }

    function testFundingWindowEdges() public {
        LoanId loanId = applied();
        vm.warp(START + WINDOW);
        fundAs(LENDER, loanId, 1);
        vm.warp(START + WINDOW + 1);
        refused(
            abi.encodeWithSelector(ILoanMarket.FundingClosed.selector, loanId, START + WINDOW)
        );
        market.fund(loanId, BORROWER, product, 1, LENDER);
    }

    function testAnOldProofDoesNotRelease() public {
        bytes memory header = headerOf(address(token));
        put(header, ProductTable.PROOF_AGE, 2 days);
        product = published(header, monthly("LLR"));
        LoanId loanId = applied();
        vm.warp(START + 2 days);
        fundAs(LENDER, loanId, 10_000);
        vm.warp(START + 2 days + 1);
        refused(
            abi.encodeWithSelector(ILoanMarket.ProofTooOld.selector, loanId, START + 2 days)
        );
        market.fund(loanId, BORROWER, product, 1, LENDER);
        market.renew(loanId, evidenceFor(BORROWER, product, PRINCIPAL, 1));
        fundAs(LENDER, loanId, 90_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Active), "released");
    }

    function testAWithdrawnRootStopsFundingUntilItIsRenewed() public {
        LoanId loanId = applied();
        fundAs(LENDER, loanId, 10_000);
        withdrawRoot(ROOT);
        refused(abi.encodeWithSelector(ILoanMarket.RootWithdrawn.selector, loanId, ROOT));
        market.fund(loanId, BORROWER, product, 1, LENDER);
        postRoot(8);
        vm.warp(START + 1);
        market.renew(loanId, evidenceFor(BORROWER, product, PRINCIPAL, 1));
        fundAs(LENDER, loanId, 90_000);
    }

    // --- gaps ---------------------------------------------------------------------------------

    function testALenderLeavesAfterADay() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 30_000);
        vm.warp(START + 1 days - 1);
        vm.prank(LENDER);
        refused(
            abi.encodeWithSelector(ILoanMarket.LeavingTooEarly.selector, a, START + 1 days)
        );
        market.takeBack(a, LENDER);
        vm.warp(START + 1 days);
        vm.prank(LENDER);
        assertEq(market.takeBack(a, STRANGER), 30_000 * UNIT, "tokens");
        assertEq(balance(STRANGER), 30_000 * UNIT, "to the address of one's choice");
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Requested), "goes on");
        requirePosition(a, address(0), 0, 30_000);
        assertEq(market.withdrawable(a), 0, "nothing more");
        vm.prank(LENDER);
        refused(abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, a, LENDER));
        market.takeBack(a, LENDER);
    }

    function testTheLastGapIsFilledFirst() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 30_000);
        PositionId b = fundAs(OTHER, loanId, 20_000);
        fundAs(LENDER, loanId, 10_000);
        vm.warp(START + 1 days);
        takeBack(LENDER, a);
        takeBack(OTHER, b);
        assertEq(askedOf(loanId).funded, 10_000, "funded");
        requirePosition(fundAs(OTHER, loanId, 5_000), OTHER, 30_000, 5_000);
        requirePosition(fundAs(OTHER, loanId, 99_000), OTHER, 35_000, 15_000);
        requirePosition(fundAs(OTHER, loanId, 29_999), OTHER, 0, 29_999);
        requirePosition(fundAs(OTHER, loanId, 2), OTHER, 29_999, 1);
        assertEq(askedOf(loanId).gap, 0, "no gap");
        requirePosition(fundAs(OTHER, loanId, 40_000), OTHER, 60_000, 40_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Active), "full");
    }

    function testAGapKeepsAnApplicationOpen() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 1);
        fundAs(OTHER, loanId, 50_000);
        vm.warp(START + 1 days);
        takeBack(LENDER, a);
        // first the gap of one cent, then all that was never funded
        fundAs(OTHER, loanId, 99_999);
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Requested), "not full");
        fundAs(OTHER, loanId, 49_999);
        assertEq(stageOf(loanId), uint256(ILoanMarket.Stage.Released), "full");
    }

    function testNobodyLeavesARunningOrAnEndedApplication() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 60_000);
        vm.prank(OTHER);
        refused(abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, a, OTHER));
        market.takeBack(a, OTHER);
        vm.prank(LENDER);
        refused(abi.encodeWithSelector(ILoanMarket.RecipientInvalid.selector, market));
        market.takeBack(a, address(market));
        fundAs(OTHER, loanId, 40_000);
        vm.warp(START + 2 days);
        vm.prank(LENDER);
        refused(
            abi.encodeWithSelector(
                ILoanMarket.StageInvalid.selector, loanId, ILoanMarket.Stage.Released
            )
        );
        market.takeBack(a, LENDER);
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        PositionId b = fundAs(LENDER, second, 60_000);
        vm.warp(START + 2 days + WINDOW + 1);
        vm.prank(LENDER);
        refused(
            abi.encodeWithSelector(
                ILoanMarket.FundingClosed.selector, second, START + 2 days + WINDOW
            )
        );
        market.takeBack(b, LENDER);
    }

    function testAnUnfilledWindowRefundsWithoutAnybodysHelp() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 30_000);
        vm.warp(START + WINDOW);
        assertEq(market.withdrawable(a), 0, "not yet");
        vm.prank(LENDER);
        refused(abi.encodeWithSelector(ILoanMarket.NothingToWithdraw.selector));
        market.withdraw(a, LENDER);
        vm.warp(START + WINDOW + 1);
        vm.prank(LENDER);
        assertEq(market.withdraw(a, LENDER), 30_000 * UNIT, "refund");
        assertEq(balance(address(market)), 0, "nothing kept");
    }

    function testACancelledApplicationRefundsThoseWhoStayed() public {
        LoanId loanId = applied();
        PositionId a = fundAs(LENDER, loanId, 30_000);
        PositionId b = fundAs(OTHER, loanId, 20_000);
        vm.warp(START + 1 days);
        takeBack(LENDER, a);
        vm.prank(BORROWER);
        market.cancel(loanId);
        assertEq(market.withdrawable(a), 0, "left before");
        vm.prank(OTHER);
        assertEq(market.withdraw(b, OTHER), 20_000 * UNIT, "refund");
        assertEq(balance(address(market)), 0, "nothing kept");
    }

    /// @dev Whatever the order of funding and leaving: the positions divide everything, exactly.
    function testFuzzClaimsAreExactOverGaps(uint256 seed) public {
        LoanId loanId = applied();
        for (uint256 i = 0; i < 24 && stageOf(loanId) == 1; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            vm.warp(block.timestamp + (seed >> 8) % 6 hours);
            if (seed % 3 != 0) fundAs(LENDER, loanId, 1 + (seed >> 64) % 9_000);
            else leaveSome(seed >> 128);
        }
        while (stageOf(loanId) == 1) fundAs(OTHER, loanId, PRINCIPAL);
        market.draw(loanId, BORROWER);
        assertEq(sumOfPositions(), PRINCIPAL, "positions");
        repayAs(BORROWER, loanId, 1 + seed % 50_000);
        for (uint256 id = 1; id <= market.positionCount(); ++id) {
            withdrawFrom(PositionId.wrap(id));
        }
        repayAs(BORROWER, loanId, 200_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
        for (uint256 id = market.positionCount(); id > 0; --id) {
            withdrawFrom(PositionId.wrap(id));
        }
        assertEq(balance(address(market)), 0, "divided without remainder");
    }

    function leaveSome(uint256 seed) private {
        if (market.positionCount() == 0) return;
        PositionId positionId = PositionId.wrap(1 + seed % market.positionCount());
        ILoanMarket.Position memory p = market.position(positionId);
        if (p.lender == address(0) || block.timestamp < p.fundedAt + 1 days) return;
        takeBack(p.lender, positionId);
    }

    function withdrawFrom(PositionId positionId) private {
        if (market.withdrawable(positionId) == 0) return;
        address lender = market.position(positionId).lender;
        vm.prank(lender);
        market.withdraw(positionId, lender);
    }

    function sumOfPositions() private view returns (uint256 sum) {
        for (uint256 id = 1; id <= market.positionCount(); ++id) {
            ILoanMarket.Position memory p = market.position(PositionId.wrap(id));
            if (p.lender != address(0)) sum += p.amount;
        }
    }
}
