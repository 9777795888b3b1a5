// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {ILoanEngine} from "../interfaces/ILoanEngine.sol";

/// @title The three words of a running loan
/// @notice Takes a loan apart and puts it together again; {ILoanEngine.Loan} lists the parts.
/// @dev Every part is full width in memory. Putting together reverts if one exceeds its bits.
library LoanWords {
    using SafeCast for uint256;

    /// @notice Stands for "no holiday was taken" in the place of a number of rows.
    uint256 internal constant NEVER = 255;

    /// @notice A running loan, taken apart.
    /// @param product Data contract of what was promised.
    /// @param startedAt Time of release or of the last restructuring, Unix seconds.
    /// @param recoveredAt When a defaulted debt was paid in full, Unix seconds; 0 before.
    /// @param restructured Number of restructurings.
    /// @param principal Amount lent, minor currency units; it never changes.
    /// @param base Amount that shares refer to, minor currency units.
    /// @param balance Outstanding after the rows behind the loan, minor currency units.
    /// @param credit Paid towards the next row that asks for something, minor currency units.
    /// @param level The level in force, minor currency units; 0 until a LEVEL row is paid.
    /// @param paid Number of rows behind the loan.
    /// @param assessed Number of rows whose lateness was judged.
    /// @param received Everything paid in, minor currency units.
    /// @param recoveryOwed Left of the debt after a default, minor currency units.
    /// @param feesCharged Late fees charged so far, minor currency units.
    /// @param feesOwed Late fees charged and not paid, minor currency units.
    /// @param shift Time by which holidays moved the unpaid rows, seconds.
    /// @param held Rows behind the loan when the last holiday was taken, or {NEVER}.
    /// @param holidays Number of holidays taken.
    /// @param standing Where the loan stands.
    struct State {
        address product;
        uint256 startedAt;
        uint256 recoveredAt;
        uint256 restructured;
        uint256 principal;
        uint256 base;
        uint256 balance;
        uint256 credit;
        uint256 level;
        uint256 paid;
        uint256 assessed;
        uint256 received;
        uint256 recoveryOwed;
        uint256 feesCharged;
        uint256 feesOwed;
        uint256 shift;
        uint256 held;
        uint256 holidays;
        ILoanEngine.Standing standing;
    }

    /// @notice The loan that begins when the money is paid out.
    /// @param product Data contract of the product.
    /// @param principal Amount lent, minor currency units below 2^48.
    /// @param time When it is paid out, Unix seconds below 2^40.
    function start(address product, uint256 principal, uint256 time)
        internal
        pure
        returns (State memory state)
    {
        state.product = product;
        state.startedAt = time;
        state.principal = principal;
        state.base = principal;
        state.balance = principal;
        state.held = NEVER;
        state.standing = ILoanEngine.Standing.Active;
    }

    /// @notice Takes a loan apart.
    function unpack(ILoanEngine.Loan memory loan) internal pure returns (State memory state) {
        uint256 word = loan.terms;
        state.product = address(uint160(word >> 96));
        state.startedAt = uint40(word >> 56);
        state.recoveredAt = uint40(word >> 16);
        state.restructured = uint16(word);
        word = loan.debt;
        state.principal = word >> 208;
        state.base = uint48(word >> 160);
        state.balance = uint48(word >> 112);
        state.credit = uint48(word >> 64);
        state.level = uint48(word >> 16);
        state.paid = uint8(word >> 8);
        state.assessed = uint8(word);
        word = loan.account;
        state.received = word >> 208;
        state.recoveryOwed = uint48(word >> 160);
        state.feesCharged = uint48(word >> 112);
        state.feesOwed = uint48(word >> 64);
        state.shift = uint40(word >> 24);
        state.held = uint8(word >> 16);
        state.holidays = uint8(word >> 8);
        // reverts from 7 on
        state.standing = ILoanEngine.Standing(uint8(word));
    }

    /// @notice Puts a loan together.
    function pack(State memory state) internal pure returns (ILoanEngine.Loan memory loan) {
        loan.terms = uint256(uint160(state.product)) << 96
            | uint256(state.startedAt.toUint40()) << 56
            | uint256(state.recoveredAt.toUint40()) << 16 | state.restructured.toUint16();
        loan.debt = uint256(state.principal.toUint48()) << 208
            | uint256(state.base.toUint48()) << 160 | uint256(state.balance.toUint48()) << 112
            | uint256(state.credit.toUint48()) << 64 | uint256(state.level.toUint48()) << 16
            | uint256(state.paid.toUint8()) << 8 | state.assessed.toUint8();
        loan.account = uint256(state.received.toUint48()) << 208
            | uint256(state.recoveryOwed.toUint48()) << 160
            | uint256(state.feesCharged.toUint48()) << 112
            | uint256(state.feesOwed.toUint48()) << 64 | uint256(state.shift.toUint40()) << 24
            | uint256(state.held.toUint8()) << 16 | uint256(state.holidays.toUint8()) << 8
            | uint8(state.standing);
    }
}
