// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IFloorTimelock} from "../interfaces/IFloorTimelock.sol";
import {ILoanMarket} from "../interfaces/ILoanMarket.sol";

/// @title Timelock of at least a day
/// @dev Nobody is admin from outside: roles change by a call of the timelock to itself.
contract FloorTimelock is IFloorTimelock, TimelockController {
    /// @inheritdoc IFloorTimelock
    uint256 public constant FLOOR = 1 days;

    /// @notice Deploys a timelock. Reverts with DelayBelowFloor.
    /// @param delay How long what is announced waits, seconds.
    /// @param proposers Accounts that announce and cancel, for example a treasury.
    /// @param executors Accounts that carry out what has waited; address 0 lets everybody.
    /// @param guardian Account that cancels and pauses, and announces nothing; 0 for nobody.
    constructor(
        uint256 delay,
        address[] memory proposers,
        address[] memory executors,
        address guardian
    ) TimelockController(delay, proposers, executors, address(0)) {
        if (delay < FLOOR) revert DelayBelowFloor(delay, FLOOR);
        if (guardian != address(0)) _grantRole(CANCELLER_ROLE, guardian);
    }

    /// @inheritdoc IFloorTimelock
    function pauseNewLoans(ILoanMarket market) external onlyRole(CANCELLER_ROLE) {
        market.setNewLoansPaused(true);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        if (newDelay < FLOOR) revert DelayBelowFloor(newDelay, FLOOR);
        super.updateDelay(newDelay);
    }
}
