// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanWords} from "../src/libraries/LoanWords.sol";
import {TestToken} from "../src/mocks/TestToken.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev Another product's table for a running loan, by the consents of all.
contract LoanMarketRestructuringTest is MarketFixture {
    uint256 private constant LIMIT = 120_000;
    LoanId private loanId;
    address private longer;
    PositionId[] private positions;
    IConsents.Consent[] private signatures;

    function setUp() public {
        deployMarket();
        longer = published(headerOf(address(token)), monthly("LLLLLLLLLLLLLLLLLLLLLLLR"));
        loanId = applied();
        positions.push(fundAs(LENDER, loanId, 60_000));
        positions.push(fundAs(OTHER, loanId, 40_000));
        market.draw(loanId, BORROWER);
    }

    function signAll() private {
        delete signatures;
        uint256[3] memory keys = [BORROWER_KEY, LENDER_KEY, OTHER_KEY];
        for (uint256 i = 0; i < 3; ++i) {
            signatures.push(restructuringConsent(keys[i], loanId, longer, LIMIT));
        }
    }

    function go() private {
        vm.prank(STRANGER);
        market.restructure(loanId, longer, LIMIT, positions, signatures);
    }

    function incomplete() private {
        refused(abi.encodeWithSelector(ILoanMarket.ConsentsIncomplete.selector, loanId));
        go();
    }

    function testTheDebtMovesToTheNewTable() public {
        vm.warp(START + MONTH);
        repayAs(BORROWER, loanId, 20_000);
        (ILoanEngine.Loan memory expected,) = engine.run(
            ILoanEngine.Action.Restructure, loanOf(loanId), 0, block.timestamp, longer
        );
        uint256 debt = quoteOf(loanId).settlement;
        signAll();
        go();
        assertEq(loanOf(loanId).terms, expected.terms, "terms");
        assertEq(loanOf(loanId).debt, expected.debt, "debt");
        assertEq(loanOf(loanId).account, expected.account, "account");
        LoanWords.State memory state = stateOf(loanId);
        assertEq(state.balance, debt, "balance");
        assertEq(state.received, 20_000, "received stays");
        assertEq(productOf(loanId), longer, "product");
        assertEq(recordOf(1).late, 0, "no arrears");
        assertEq(recordOf(1).goodUntil, (START + 2 * MONTH + 5 days) / 1 days - 1, "goodUntil");
        repayAs(BORROWER, loanId, 200_000);
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "repaid");
    }

    function testArrearsWithinTheGraceCountAsLate() public {
        vm.warp(START + MONTH);
        signAll();
        go();
        assertEq(recordOf(1).late, 1, "late");
        assertEq(recordOf(1).lastBadDay, block.timestamp / 1 days, "day");
    }

    function testARowFoundLateByTheStepCountsOnce() public {
        vm.warp(START + MONTH + 5 days + 1);
        signAll();
        go();
        assertEq(recordOf(1).late, 1, "late");
    }

    function testLatenessThatIsKnownIsNotCountedAgain() public {
        vm.warp(START + MONTH + 5 days + 1);
        repayAs(BORROWER, loanId, 1);
        assertEq(recordOf(1).late, 1, "late");
        signAll();
        go();
        assertEq(recordOf(1).late, 1, "known");
    }

    function testARowThatIsNotDueIsNoArrears() public {
        vm.warp(START + MONTH - 1);
        signAll();
        go();
        assertEq(recordOf(1).late, 0, "late");
    }

    function testEachConsentIsNeeded() public {
        for (uint256 i = 0; i < 3; ++i) {
            signAll();
            signatures[i].signature[10] ^= 0x01;
            address signer = signatures[i].signer;
            refused(abi.encodeWithSelector(IConsents.ConsentInvalid.selector, signer));
            go();
        }
        signAll();
        signatures.pop();
        incomplete();
    }

    function testEachPositionIsNeeded() public {
        signAll();
        signatures.pop();
        positions.pop();
        incomplete();
        delete positions;
        delete signatures;
        incomplete();
    }

    function testAPositionCountsOnceAndMustBeOfThisLoan() public {
        signAll();
        positions[1] = positions[0];
        signatures[2] = restructuringConsent(LENDER_KEY, loanId, longer, LIMIT);
        incomplete();
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        positions[1] = fundAs(OTHER, second, 40_000);
        signAll();
        incomplete();
        positions[1] = PositionId.wrap(99);
        incomplete();
    }

    function testSomebodyElsesConsentDoesNotCount() public {
        signAll();
        signatures[0] = restructuringConsent(OTHER_KEY, loanId, longer, LIMIT);
        refused(abi.encodeWithSelector(ILoanMarket.NotBorrower.selector, loanId, OTHER));
        go();
        signAll();
        signatures[1] = restructuringConsent(OTHER_KEY, loanId, longer, LIMIT);
        refused(
            abi.encodeWithSelector(ILoanMarket.NotPositionOwner.selector, positions[0], OTHER)
        );
        go();
    }

    function testConsentsAreForThisProductLimitLoanAndTime() public {
        signAll();
        bytes memory invalid = abi.encodeWithSelector(IConsents.ConsentInvalid.selector, BORROWER);
        vm.prank(STRANGER);
        refused(invalid);
        market.restructure(loanId, longer, LIMIT + 1, positions, signatures);
        vm.prank(STRANGER);
        refused(invalid);
        market.restructure(loanId, product, LIMIT, positions, signatures);
        vm.warp(signatures[0].deadline + 1);
        refused(
            abi.encodeWithSelector(IConsents.ConsentExpired.selector, signatures[0].deadline)
        );
        go();
    }

    function testARevokedConsentDoesNotCount() public {
        signAll();
        vm.prank(OTHER);
        consents.revoke(signatures[2].nonce);
        refused(
            abi.encodeWithSelector(IConsents.ConsentUsed.selector, OTHER, signatures[2].nonce)
        );
        go();
        signAll();
        vm.prank(LENDER);
        consents.revokeAll();
        refused(abi.encodeWithSelector(IConsents.ConsentInvalid.selector, LENDER));
        go();
    }

    function testConsentsServeOnce() public {
        signAll();
        go();
        refused(
            abi.encodeWithSelector(
                IConsents.ConsentUsed.selector, BORROWER, signatures[0].nonce
            )
        );
        go();
    }

    function testADebtAboveTheLimitIsRefused() public {
        delete signatures;
        uint256[3] memory keys = [BORROWER_KEY, LENDER_KEY, OTHER_KEY];
        for (uint256 i = 0; i < 3; ++i) {
            signatures.push(restructuringConsent(keys[i], loanId, longer, 100_999));
        }
        vm.warp(START + 1);
        vm.prank(STRANGER);
        refused(
            abi.encodeWithSelector(ILoanMarket.DebtAboveLimit.selector, 101_000, 100_999)
        );
        market.restructure(loanId, longer, 100_999, positions, signatures);
    }

    function testTheProductIsOneOfTheBookAndOfTheToken() public {
        longer = productOf("LLR");
        signAll();
        refused(abi.encodeWithSelector(ILoanMarket.ProductNotOpen.selector, longer));
        go();
        TestToken other = new TestToken("Other", "OTH", 6);
        longer = published(headerOf(address(other)), monthly("LLR"));
        signAll();
        refused(abi.encodeWithSelector(ILoanEngine.TokenDiffers.selector, longer));
        go();
    }

    /// @dev A product that its creator closed still serves those who agreed on it.
    function testAClosedProductServes() public {
        vm.prank(LENDER);
        book.setProductOpen(longer, false);
        signAll();
        go();
        assertEq(productOf(loanId), longer, "product");
    }

    function testMoreThanSixteenPositionsAreRefused() public {
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        delete positions;
        delete signatures;
        signatures.push(restructuringConsent(OTHER_KEY, second, longer, LIMIT));
        for (uint256 i = 0; i < 17; ++i) {
            positions.push(fundAs(LENDER, second, i == 16 ? PRINCIPAL : 1_000));
            signatures.push(restructuringConsent(LENDER_KEY, second, longer, LIMIT));
        }
        loanId = second;
        incomplete();
    }

    function testSixteenPositionsAgree() public {
        LoanId second = applyAs(OTHER, product, PRINCIPAL, 2);
        delete positions;
        delete signatures;
        signatures.push(restructuringConsent(OTHER_KEY, second, longer, LIMIT));
        for (uint256 i = 0; i < 16; ++i) {
            positions.push(fundAs(LENDER, second, i == 15 ? PRINCIPAL : 1_000));
            signatures.push(restructuringConsent(LENDER_KEY, second, longer, LIMIT));
        }
        loanId = second;
        go();
        assertEq(stateOf(second).restructured, 1, "restructured");
    }

    function testOnlyARunningLoanIsRestructured() public {
        repayAs(BORROWER, loanId, 200_000);
        signAll();
        refused(abi.encodeWithSelector(ILoanEngine.NotRunning.selector, ILoanEngine.Standing.Repaid));
        go();
        loanId = applyAs(BORROWER, product, PRINCIPAL, 1);
        refused(
            abi.encodeWithSelector(
                ILoanMarket.StageInvalid.selector, loanId, ILoanMarket.Stage.Requested
            )
        );
        go();
    }
}
