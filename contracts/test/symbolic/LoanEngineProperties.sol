// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ProductTable} from "../../src/libraries/ProductTable.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev One row of a table, for every balance, base, level and row that its bits allow.
contract LoanEngineProperties is SymbolicBase {
    /// @dev The row's parts, and the interest, which is the only product of two unknown numbers.
    function row(uint48 balance, uint128 bits) private pure returns (uint256 interest) {
        interest = ProductTable.interestRoundedHalfUp(balance, bits);
        vm.assume(interest <= ProductTable.MAX_AMOUNT - balance);
    }

    function check_AnAmountIsInterestAndWhatTheBalanceFallsBy(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        row(balance, bits);
        (uint256 amount, uint256 interest, uint256 rest) =
            ProductTable.runRow(bits, balance, base, level);
        assert(amount + rest == balance + interest);
    }

    function check_ARowAsksForNoMoreThanIsOwed(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        uint256 interest = row(balance, bits);
        (uint256 amount,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(amount <= balance + interest && rest <= ProductTable.MAX_AMOUNT);
    }

    function check_ARestLeavesNothing(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint40 due,
        uint48 rate
    ) external pure {
        uint256 bits = uint256(due) << 88 | uint256(rate) << 40 | ProductTable.REST << 32;
        vm.assume(
            ProductTable.interestRoundedHalfUp(balance, bits) <= ProductTable.MAX_AMOUNT - balance
        );
        (,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(rest == 0);
    }

    function check_OnlyLevelsAndDeferredRowsRaiseTheBalance(
        uint48 balance,
        uint48 base,
        uint48 level,
        uint128 bits
    ) external pure {
        row(balance, bits);
        uint256 kind = ProductTable.kindOf(bits);
        vm.assume(kind != ProductTable.LEVEL && kind != ProductTable.DEFER);
        (,, uint256 rest) = ProductTable.runRow(bits, balance, base, level);
        assert(rest <= balance);
    }
}
