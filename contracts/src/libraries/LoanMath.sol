// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Integer arithmetic of lenders' claims
/// @notice Formulas with their rounding in their names.
library LoanMath {
    /// @notice A lender's part of what has come in, base units of the token: amount * received *
    ///         unit / principal.
    /// @dev amount <= principal < 2^48, received < 2^48, unit < 2^96: below 2^192.
    function shareRoundedDown(uint256 amount, uint256 received, uint256 unit, uint256 principal)
        internal
        pure
        returns (uint256)
    {
        return amount * received * unit / principal;
    }
}
