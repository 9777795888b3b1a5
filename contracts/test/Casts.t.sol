// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ICreditLedger} from "../src/interfaces/ICreditLedger.sol";
import {ILoanEngine} from "../src/interfaces/ILoanEngine.sol";
import {IProductBook} from "../src/interfaces/IProductBook.sol";
import {ProductTable} from "../src/libraries/ProductTable.sol";
import {LoanId} from "../src/types/LoanId.sol";
import {PositionId} from "../src/types/PositionId.sol";
import {LedgerFixture} from "./support/LedgerFixture.sol";
import {MarketFixture} from "./support/MarketFixture.sol";

/// @dev The greatest value that fits is kept, and the next one is refused; tests/contracts/
///      test_casts.py lists every cast.
contract CastsTest is MarketFixture, LedgerFixture {
    uint256 private constant AMOUNTS = 1 << 48;

    function setUp() public {
        deployMarket();
    }

    function overflow(uint8 bits, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            SafeCast.SafeCastOverflowedUintDowncast.selector, bits, value
        );
    }

    function loanNumber(LoanId id) external pure returns (uint64) {
        return id.toUint64();
    }

    function testNumbersHave64Bits() public {
        assertEq(this.loanNumber(LoanId.wrap(type(uint64).max)), type(uint64).max, "loan");
        vm.expectRevert(overflow(64, 1 << 64));
        this.loanNumber(LoanId.wrap(1 << 64));
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

    /// @dev One row that takes everything, without interest.
    function greatestHeader(uint256 most, uint256 fee) private view returns (bytes memory header) {
        header = headerOf(address(token));
        put(header, ProductTable.MAX_PRINCIPAL, most);
        put(header, ProductTable.LATE_FEE, fee);
        put(header, ProductTable.LATE_FEE_CAP, fee);
    }

    /// @dev A loan that is late by one fee, so that everything owed is 2^48 - 1 together.
    function greatest(uint256 fee) private returns (LoanId loanId, PositionId positionId) {
        uint256 principal = AMOUNTS - 1 - fee;
        product = published(
            greatestHeader(principal, fee), rowOf(MONTH, 0, ProductTable.REST, 0)
        );
        loanId = applyAs(BORROWER, product, principal, 1);
        assertEq(askedOf(loanId).principal, principal, "asked");
        positionId = fundAs(LENDER, loanId, principal);
        assertEq(market.position(positionId).amount, principal, "position");
        assertEq(undrawnOf(loanId), principal, "waits");
        market.draw(loanId, BORROWER);
        assertEq(balance(BORROWER), principal * UNIT, "drawn");
        assertEq(stateOf(loanId).balance, principal, "balance");
    }

    function claim(PositionId positionId, uint256 amount) private {
        assertEq(market.withdrawable(positionId), amount * UNIT, "claim");
        vm.prank(LENDER);
        market.withdraw(positionId, LENDER);
        assertEq(market.withdrawable(positionId), 0, "nothing is left");
    }

    function testTheGreatestLoanIsPaidInFull() public {
        (LoanId loanId, PositionId positionId) = greatest(500);
        vm.warp(START + MONTH + 5 days + 1);
        assertEq(repayAs(BORROWER, loanId, AMOUNTS - 1), AMOUNTS - 1, "paid");
        assertEq(stateOf(loanId).received, AMOUNTS - 1, "received");
        assertEq(standingOf(loanId), uint256(ILoanEngine.Standing.Repaid), "standing");
        assertEq(recordOf(1).largest, AMOUNTS - 501, "the bureau's");
        claim(positionId, AMOUNTS - 1);
    }

    function testTheGreatestLoanIsPaidInParts() public {
        (LoanId loanId, PositionId positionId) = greatest(0);
        repayAs(BORROWER, loanId, AMOUNTS - 2);
        assertEq(stateOf(loanId).credit, AMOUNTS - 2, "credit");
        repayAs(BORROWER, loanId, 2);
        assertEq(stateOf(loanId).received, AMOUNTS - 1, "received");
        claim(positionId, AMOUNTS - 1);
    }

    function testTheGreatestLoanIsRecovered() public {
        (LoanId loanId, PositionId positionId) = greatest(500);
        vm.warp(START + MONTH + 60 days + 1);
        market.markDefault(loanId);
        assertEq(stateOf(loanId).recoveryOwed, AMOUNTS - 1, "owed");
        assertEq(repayAs(BORROWER, loanId, AMOUNTS - 1), AMOUNTS - 1, "recovered");
        claim(positionId, AMOUNTS - 1);
    }

    /// @dev Neither the book nor the engine lets an amount grow beyond its bits.
    function testNoLoanIsGreater() public {
        bytes memory rows = rowOf(MONTH, 0, ProductTable.REST, 0);
        bytes memory data = join(greatestHeader(AMOUNTS - 500, 500), rows);
        vm.expectRevert(
            abi.encodeWithSelector(IProductBook.FieldInvalid.selector, "max_principal")
        );
        book.publish(data);
        (LoanId loanId,) = greatest(500);
        address made_ = productOf(loanId);
        vm.expectRevert(
            abi.encodeWithSelector(
                ILoanEngine.PrincipalOutOfRange.selector, AMOUNTS, 1_000, AMOUNTS - 501
            )
        );
        engine.offer(made_, AMOUNTS);
        assertEq(engine.offer(made_, AMOUNTS - 501).total, AMOUNTS - 501, "the greatest");
    }
}
