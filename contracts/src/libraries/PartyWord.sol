// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "../interfaces/ILoanMarket.sol";

/// @title The word of a loan that is the market's own
/// @notice From the highest bit down: borrower (160), purpose (16), what waits for the borrower (48,
///         minor currency units), 24 bits of zero, the {ILoanMarket.Stage} (8).
library PartyWord {
    /// @notice The word of an application that can be funded.
    function requested(address borrower, uint16 purpose) internal pure returns (uint256) {
        return uint256(uint160(borrower)) << 96 | uint256(purpose) << 80
            | uint256(ILoanMarket.Stage.Requested);
    }

    /// @notice The word with another stage, and with an amount below 2^48 that waits.
    function changed(uint256 word, ILoanMarket.Stage stage, uint256 undrawn)
        internal
        pure
        returns (uint256)
    {
        return word >> 80 << 80 | undrawn << 32 | uint256(stage);
    }

    /// @notice Address that owes, and that draws the money.
    function borrowerOf(uint256 word) internal pure returns (address) {
        return address(uint160(word >> 96));
    }

    /// @notice Code of what the loan is for; 0 if it is not said.
    function purposeOf(uint256 word) internal pure returns (uint16) {
        return uint16(word >> 80);
    }

    /// @notice What waits for the borrower, minor currency units.
    function undrawnOf(uint256 word) internal pure returns (uint256) {
        return uint48(word >> 32);
    }

    /// @notice Where the application stands.
    function stageOf(uint256 word) internal pure returns (ILoanMarket.Stage) {
        return ILoanMarket.Stage(uint8(word));
    }
}
