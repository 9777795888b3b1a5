// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What constructors require of their arguments
/// @notice A contract that cannot be changed after deployment must not be deployed with a mistyped
///         address or age: it would only fail later, call by call.
library Requirements {
    uint256 private constant MAX_AGE = 365 days;

    /// @notice Thrown when an address has no code, but a contract must be there. Address 0 has none.
    /// @param account The address.
    error NotAContract(address account);
    /// @notice Thrown when an age is above 365 days, as it is if milliseconds were meant.
    /// @param age The age, seconds.
    error AgeInvalid(uint256 age);

    /// @notice Reverts with NotAContract unless the address has code.
    function requireCode(address account) internal view {
        if (account.code.length == 0) revert NotAContract(account);
    }

    /// @notice Reverts with AgeInvalid if an age, in seconds, is above 365 days.
    function requireAge(uint256 age) internal pure {
        if (age > MAX_AGE) revert AgeInvalid(age);
    }
}
