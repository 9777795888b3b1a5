// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Timelock whose delay has a floor
/// @notice Does what its proposers announced, after a delay in which everybody can see it coming.
/// @dev OpenZeppelin's TimelockController, whose delay can never be below {FLOOR}.
///      Only the timelock itself changes its delay and its roles, so these changes wait, too.
///      A guardian cancels what waits, and proposes nothing.
///
///      Assumptions:
///      - somebody watches what is announced, and the guardian answers within the delay.
interface IFloorTimelock {
    /// @notice Thrown when a delay is below the floor.
    /// @param delay The delay, seconds.
    /// @param floor The floor, seconds.
    error DelayBelowFloor(uint256 delay, uint256 floor);

    /// @notice Shortest delay that the timelock can have.
    /// @return The floor, seconds.
    function FLOOR() external view returns (uint256);
}
