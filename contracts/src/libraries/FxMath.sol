// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Arithmetic of exchange rates
library FxMath {
    /// @notice A rate of one.
    uint256 internal constant ONE = 1e9;
    uint256 private constant AMOUNT_BOUND = 1 << 48;

    /// @notice Thrown when an amount is 2^48 or more.
    /// @param amount The amount, minor currency units.
    error AmountTooLarge(uint256 amount);

    /// @notice Returns an amount times a rate, rounded up: against whoever must afford it.
    function convertUp(uint256 amount, uint256 rate) internal pure returns (uint256) {
        if (amount >= AMOUNT_BOUND) revert AmountTooLarge(amount);
        return Math.ceilDiv(amount * rate, ONE);
    }
}
