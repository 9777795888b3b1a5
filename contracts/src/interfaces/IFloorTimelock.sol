// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILoanMarket} from "./ILoanMarket.sol";

/// @title Timelock whose delay has a floor
/// @notice Does what its proposers announced, after a delay in which everybody can see it coming.
/// @dev OpenZeppelin's TimelockController, whose delay can never be below {FLOOR}.
///      Only the timelock itself changes its delay and its roles, so these changes wait, too.
///      A guardian cancels what waits, and proposes nothing.
///      Whoever may cancel also stops new loans of a market whose operator the timelock is, at once.
///      That they go on again waits for the delay.
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

    /// @notice Stops applications and fundings of a market, at once. Whoever may cancel only, and only
    ///         while the timelock is an operator of the market. Loans that run are left alone.
    /// @param market The market.
    function pauseNewLoans(ILoanMarket market) external;
}
