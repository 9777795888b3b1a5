// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EligibilityGate} from "../src/gates/EligibilityGate.sol";
import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {ILoanMarket} from "../src/interfaces/ILoanMarket.sol";
import {LoanMarket} from "../src/market/LoanMarket.sol";
import {MockVerifier} from "../src/mocks/MockVerifier.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {ProductId} from "../src/types/ProductId.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev A registry whose roots never age, for times long after the fixtures'.
contract Ageless {
    function maxCurrentAge() external pure returns (uint256) {
        return type(uint256).max;
    }

    function isFresh(uint256, uint256) external pure returns (bool) {
        return true;
    }
}

/// @dev The greatest value that fits is kept, and the next one is refused; tests/contracts/
///      test_casts.py lists every cast.
contract CastsTest is MarketFixture, LedgerFixture {
    uint256 private constant AMOUNTS = 1 << 48;
    uint256 private constant TIMES = 1 << 40;

    function setUp() public {
        deployMarket();
        IIssuerRegistry ageless = IIssuerRegistry(address(new Ageless()));
        gate = new EligibilityGate(new MockVerifier(), ageless, 1 days, 1 hours);
        market = new LoanMarket(gate, ADMIN, OPERATOR);
    }

    function overflow(uint8 bits, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            SafeCast.SafeCastOverflowedUintDowncast.selector, bits, value
        );
    }


    function loanNumber(LoanId id) external pure returns (uint64) {
        return id.toUint64();
    }

    function productNumber(ProductId id) external pure returns (uint64) {
        return id.toUint64();
    }

    function testNumbersHave64Bits() public {
        assertEq(this.loanNumber(LoanId.wrap(type(uint64).max)), type(uint64).max, "loan");
        assertEq(this.productNumber(ProductId.wrap(type(uint64).max)), type(uint64).max, "product");
        vm.expectRevert(overflow(64, 1 << 64));
        this.loanNumber(LoanId.wrap(1 << 64));
        vm.expectRevert(overflow(64, 1 << 64));
        this.productNumber(ProductId.wrap(1 << 64));
    }

    function testEpochsHave24Bits() public {
        deployLedger();
        ICreditLedger.Point memory key = keyOf(SECRET);
        uint256 account = ledger.accountOf(key);
        vm.warp(EPOCH << 24);
        (bool ok, bytes memory answer) =
            tryToEnter(EMPLOYER, key, encrypted(key, 1, 1111));
        assertReverted(ok, answer, overflow(24, 1 << 24));
        vm.warp((EPOCH << 24) - 1);
        enter(EMPLOYER, key, encrypted(key, 1, 1111));
        assertEq(ledger.headOf(account).lastEpoch, type(uint24).max, "head");
        assertEq(ledger.slotOf(account, EMPLOYER).epoch, type(uint24).max, "slot");
        // what was entered in time can still be summed, and read
        vm.warp(EPOCH << 24);
        snapshot(key);
        assertSame(inEffect(account), encrypted(key, 1, 1111), "sum");
    }

    function testTimesHave40Bits() public {
        productId = addProduct(address(token));
        vm.warp(TIMES - WINDOW);
        IApplicationGate.Evidence memory evidence =
            evidenceFor(BORROWER, productId, 1_000, 1);
        vm.expectRevert(overflow(40, TIMES));
        vm.prank(BORROWER);
        market.applyForLoan(productId, 1_000, PURPOSE, evidence);
        vm.warp(TIMES - WINDOW - 1);
        LoanId loanId = applyAs(BORROWER, productId, 1_000, 1);
        assertEq(market.loan(loanId).fundingDeadline, TIMES - 1, "deadline");
        vm.warp(TIMES - 1);
        fundAs(LENDER, loanId, 1_000);
        assertEq(market.loan(loanId).startedAt, TIMES - 1, "start");
    }

    /// @dev A loan that is late by one fee, so that everything owed is 2^48 - 1 together.
    function greatest(uint48 fee) private returns (LoanId loanId, PositionId positionId) {
        ILoanMarket.ProductTerms memory terms = termsOf(address(token));
        terms.maxPrincipal = type(uint48).max;
        (terms.rateBps, terms.instalments, terms.lateFee) = (0, 1, fee);
        productId = addProduct(terms);
        uint256 principal = AMOUNTS - 1 - fee;
        loanId = applyAs(BORROWER, productId, principal, 1);
        positionId = fundAs(LENDER, loanId, principal);
        assertEq(market.loan(loanId).funded, principal, "funded");
        assertEq(market.loan(loanId).instalment, principal, "instalment");
        assertEq(market.loan(loanId).balance, principal, "balance");
    }

    function claim(PositionId positionId, uint256 amount) private {
        assertEq(market.withdrawable(positionId), amount * UNIT, "claim");
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(market.withdrawable(positionId), 0, "nothing is left");
    }

    function testTheGreatestLoanIsPaidInFull() public {
        (LoanId loanId, PositionId positionId) = greatest(500);
        vm.warp(block.timestamp + PERIOD + GRACE + 1);
        assertEq(repayAs(BORROWER, loanId, AMOUNTS), AMOUNTS - 1, "paid");
        assertEq(market.loan(loanId).received, AMOUNTS - 1, "received");
        assertEq(statusOf(loanId), uint256(ILoanMarket.LoanStatus.Repaid), "status");
        claim(positionId, AMOUNTS - 1);
    }

    function testTheGreatestLoanIsPaidInParts() public {
        (LoanId loanId, PositionId positionId) = greatest(0);
        repayAs(BORROWER, loanId, AMOUNTS - 2);
        assertEq(market.loan(loanId).credit, AMOUNTS - 2, "credit");
        repayAs(BORROWER, loanId, 2);
        assertEq(market.loan(loanId).received, AMOUNTS - 1, "received");
        claim(positionId, AMOUNTS - 1);
    }

    function testTheGreatestLoanIsRecovered() public {
        (LoanId loanId, PositionId positionId) = greatest(500);
        vm.warp(block.timestamp + PERIOD + DEFAULT_AFTER + 1);
        market.markDefault(loanId);
        assertEq(market.loan(loanId).recoveryOwed, AMOUNTS - 1, "owed");
        assertEq(repayAs(BORROWER, loanId, AMOUNTS), AMOUNTS - 1, "recovered");
        claim(positionId, AMOUNTS - 1);
    }

    function testNoLoanIsGreater() public {
        ILoanMarket.ProductTerms memory terms = termsOf(address(token));
        terms.maxPrincipal = type(uint48).max;
        (terms.rateBps, terms.instalments, terms.lateFee) = (0, 1, 500);
        productId = addProduct(terms);
        vm.expectRevert(ILoanMarket.ScheduleDegenerate.selector);
        market.schedule(productId, AMOUNTS - 500);
        vm.expectRevert(
            abi.encodeWithSelector(ILoanMarket.PrincipalOutOfRange.selector, AMOUNTS)
        );
        market.schedule(productId, AMOUNTS);
        (uint256[] memory amounts,) = market.schedule(productId, AMOUNTS - 501);
        assertEq(amounts[0], AMOUNTS - 501, "the greatest");
    }
}
