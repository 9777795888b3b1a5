// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Products, roles and the conditions on an application.
contract LoanMarketProductsTest is MarketFixture {
    function setUp() public {
        deployMarket();
    }

    function refuseTerms(ILoanMarket.ProductTerms memory terms, string memory field) private {
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.TermsInvalid.selector, field));
        market.createProduct(terms);
    }

    function testEachFieldOutsideItsRangeIsRefused() public {
        ILoanMarket.ProductTerms memory t = termsOf(address(token));
        t.unit = 0;
        refuseTerms(t, "unit");
        t = termsOf(address(token));
        t.minPrincipal = 0;
        refuseTerms(t, "minPrincipal");
        t = termsOf(address(token));
        t.maxPrincipal = t.minPrincipal - 1;
        refuseTerms(t, "maxPrincipal");
        t = termsOf(address(token));
        t.rateBps = 10_001;
        refuseTerms(t, "rateBps");
        t = termsOf(address(token));
        t.instalments = 0;
        refuseTerms(t, "instalments");
        t.instalments = 121;
        refuseTerms(t, "instalments");
        t = termsOf(address(token));
        t.period = 0;
        refuseTerms(t, "period");
        t = termsOf(address(token));
        t.defaultAfter = t.grace - 1;
        refuseTerms(t, "defaultAfter");
        t = termsOf(address(token));
        t.fundingWindow = 0;
        refuseTerms(t, "fundingWindow");
        t.fundingWindow = 90 days + 1;
        refuseTerms(t, "fundingWindow");
        t = termsOf(address(token));
        t.policy.minScore = 2;
        t.policy.maxScore = 1;
        refuseTerms(t, "policy.minScore");
        t = termsOf(address(token));
        t.policy.coverageBps = 1 << 20;
        refuseTerms(t, "policy.coverageBps");
    }

    function testATokenThatIsNotAllowedIsRefused() public {
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.TokenNotAllowed.selector, address(0x99))
        );
        market.createProduct(termsOf(address(0x99)));
        vm.prank(OPERATOR);
        market.setTokenAllowed(address(token), false);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.TokenNotAllowed.selector, address(token))
        );
        market.createProduct(termsOf(address(token)));
    }

    function testTermsAreKeptAndHashed() public view {
        (ILoanMarket.ProductTerms memory t, address creator, bool open) =
            market.product(productId);
        ILoanMarket.ProductTerms memory given = termsOf(address(token));
        assertEq(keccak256(abi.encode(t)), keccak256(abi.encode(given)), "terms");
        assertEq(creator, LENDER, "creator");
        assertTrue(open, "open");
        bytes32 digest = keccak256(abi.encode(productId, LENDER, given));
        assertEq(market.termsHash(productId), digest, "hash");
    }

    function testUnknownProductsRevert() public {
        ProductId nine = ProductId.wrap(9);
        bytes memory unknown = abi.encodeWithSelector(ILoanMarket.ProductUnknown.selector, nine);
        vm.expectRevert(unknown);
        market.product(nine);
        vm.expectRevert(unknown);
        market.termsHash(nine);
        vm.expectRevert(unknown);
        market.schedule(nine, 1000);
        vm.expectRevert(unknown);
        market.setProductOpen(nine, true);
        IApplicationGate.Evidence memory e;
        vm.expectRevert(unknown);
        market.applyForLoan(nine, 1000, PURPOSE, e);
    }

    function testOnlyTheCreatorClosesAProduct() public {
        vm.prank(OTHER);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.NotProductCreator.selector, productId, OTHER)
        );
        market.setProductOpen(productId, false);
        vm.prank(LENDER);
        market.setProductOpen(productId, false);
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        vm.prank(BORROWER);
        vm.expectRevert(abi.encodeWithSelector(ILoanMarket.ProductClosed.selector, productId));
        market.applyForLoan(productId, 5_000, PURPOSE, e);
        vm.prank(LENDER);
        market.setProductOpen(productId, true);
        vm.prank(BORROWER);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
    }

    function testPrincipalOutsideTheProductIsRefused() public {
        uint256[4] memory bad = [uint256(999), 10_000_001, 0, 1 << 48];
        for (uint256 i = 0; i < bad.length; ++i) {
            IApplicationGate.Evidence memory e;
            vm.expectRevert(
                abi.encodeWithSelector(ILoanMarket.PrincipalOutOfRange.selector, bad[i])
            );
            market.applyForLoan(productId, bad[i], PURPOSE, e);
        }
        applyAs(BORROWER, productId, 1_000, 1);
        applyAs(OTHER, productId, 10_000_000, 2);
    }

    function testDegenerateSchedulesAreRefused() public {
        ILoanMarket.ProductTerms memory t = termsOf(address(token));
        t.minPrincipal = 1;
        t.instalments = 120;
        t.rateBps = 0;
        ProductId product = addProduct(t);
        // 100 over 120: a level instalment of 1 pays the loan off before its last instalment
        vm.expectRevert(ILoanMarket.ScheduleDegenerate.selector);
        market.schedule(product, 100);
        // 10 over 120: a level instalment of 0 leaves everything to the last
        vm.expectRevert(ILoanMarket.ScheduleDegenerate.selector);
        market.schedule(product, 10);
        t.rateBps = 10_000;
        t.maxPrincipal = type(uint48).max;
        product = addProduct(t);
        vm.expectRevert(ILoanMarket.ScheduleDegenerate.selector);
        market.schedule(product, 1 << 42); // sums beyond 2^48
        t.lateFee = type(uint48).max / 120;
        product = addProduct(t);
        vm.expectRevert(ILoanMarket.ScheduleDegenerate.selector);
        market.schedule(product, 1_000_000); // so do its fees
    }

    function testABadProofAppliesForNothing() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        e.proof[0] ^= 1;
        vm.prank(BORROWER);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
        assertEq(market.applicationNonce(BORROWER), 0, "nonce");
        assertEq(pseudonymOf(1), 0, "pseudonym");
    }

    function testAnotherSenderCannotUseTheProof() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        vm.prank(OTHER);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
    }

    function testAnotherProductOrAmountCannotUseTheProof() public {
        ProductId second = addProduct(address(token));
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        vm.startPrank(BORROWER);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(second, 5_000, PURPOSE, e);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(productId, 5_001, PURPOSE, e);
        vm.stopPrank();
    }

    function testAProofIsUsedOnce() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        vm.startPrank(BORROWER);
        LoanId loanId = market.applyForLoan(productId, 5_000, PURPOSE, e);
        market.cancel(loanId);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
        vm.stopPrank();
    }

    function testOnePersonHasOneLoanWhateverTheAddress() public {
        LoanId loanId = applyAs(BORROWER, productId, 5_000, 1);
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, productId, 5_000, 1);
        bytes memory refused =
            abi.encodeWithSelector(ILoanMarket.PseudonymHasLoan.selector, 1, loanId);
        vm.expectRevert(refused);
        market.checkApplication(OTHER, productId, 5_000, PURPOSE, e);
        vm.prank(OTHER);
        vm.expectRevert(refused);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
    }

    function testOneAddressMayCarrySeveralPeople() public {
        applyAs(BORROWER, productId, 5_000, 1);
        applyAs(BORROWER, productId, 5_000, 2);
        assertEq(market.applicationNonce(BORROWER), 2, "nonce");
    }

    function testCheckApplicationAgreesWithApplying() public {
        IApplicationGate.Evidence memory e = evidenceFor(BORROWER, productId, 5_000, 1);
        market.checkApplication(BORROWER, productId, 5_000, PURPOSE, e);
        vm.prank(OPERATOR);
        market.pauseNewLoans();
        vm.expectRevert(ILoanMarket.NewLoansPaused.selector);
        market.checkApplication(BORROWER, productId, 5_000, PURPOSE, e);
    }

    function testOnlyTheOperatorSetsAnything() public {
        bytes memory refused = abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector,
            ADMIN,
            market.OPERATOR_ROLE()
        );
        vm.startPrank(ADMIN); // even the admin, unless it grants itself the role
        vm.expectRevert(refused);
        market.setTokenAllowed(address(1), true);
        vm.expectRevert(refused);
        market.pauseNewLoans();
        vm.expectRevert(refused);
        market.resumeNewLoans();
        vm.stopPrank();
    }

    /// @dev A pause stops new business and nothing else.
    function testPauseStopsNewBusinessOnly() public {
        (LoanId running, PositionId positionId) = runningLoan();
        LoanId requested = applyAs(OTHER, productId, 5_000, 2);
        IApplicationGate.Evidence memory e = evidenceFor(OTHER, productId, 5_000, 3);
        vm.prank(OPERATOR);
        market.pauseNewLoans();

        vm.expectRevert(ILoanMarket.NewLoansPaused.selector);
        market.createProduct(termsOf(address(token)));
        vm.prank(OTHER);
        vm.expectRevert(ILoanMarket.NewLoansPaused.selector);
        market.applyForLoan(productId, 5_000, PURPOSE, e);
        vm.expectRevert(ILoanMarket.NewLoansPaused.selector);
        market.fund(requested, 1);

        repayAs(BORROWER, running, 1_000);
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        vm.prank(OTHER);
        market.cancel(requested);
        endow(BORROWER, address(token), 200_000);
        vm.prank(BORROWER);
        market.settle(running, 200_000);

        vm.prank(OPERATOR);
        market.resumeNewLoans();
        applyAs(OTHER, productId, 5_000, 3);
    }

    function testScheduleViewEqualsTheExactReferenceCase() public view {
        (uint256[] memory amounts, uint256 level) = market.schedule(productId, 100_000);
        assertEq(level, 9_168, "1,000.00 at 1.5 % over 12");
        uint256 total;
        for (uint256 k = 0; k < 12; ++k) {
            total += amounts[k];
            if (k < 11) assertEq(amounts[k], level, "level");
        }
        assertEq(amounts[11], 9_166, "last takes the rounding");
        assertEq(total, 110_014, "sum");
    }
}
