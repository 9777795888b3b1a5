// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FloorTimelock} from "../../src/treasury/FloorTimelock.sol";
import {SymbolicBase} from "./SymbolicBase.sol";

/// @dev Nothing is done that was not announced by its proposer, at least a day before.
contract TimelockProperties is SymbolicBase {
    address private constant PROPOSER = address(0xA1);
    address private constant GUARDIAN = address(0xA2);
    FloorTimelock private timelock;

    function setUp() public {
        address[] memory proposers = new address[](1);
        proposers[0] = PROPOSER;
        timelock = new FloorTimelock(2 days, proposers, new address[](1), GUARDIAN);
    }

    /// @dev What is announced.
    function touch() external {}

    function scheduled(address by, uint256 delay) private returns (bool done) {
        vm.prank(by);
        (done,) = address(timelock).call(
            abi.encodeCall(timelock.schedule, (address(this), 0, abi.encodeCall(this.touch, ()), 0, 0, delay))
        );
    }

    function check_TheDelayNeverFallsBelowTheFloor(uint256 delay) external {
        vm.prank(address(timelock));
        (bool done,) = address(timelock).call(abi.encodeCall(timelock.updateDelay, (delay)));
        assert(done == (delay >= 1 days));
        assert(timelock.getMinDelay() >= 1 days);
    }

    function check_NobodyElseChangesTheDelay(address other, uint256 delay) external {
        vm.assume(other != address(timelock));
        vm.prank(other);
        (bool done,) = address(timelock).call(abi.encodeCall(timelock.updateDelay, (delay)));
        assert(!done);
    }

    function check_OnlyAProposerAnnounces(address other, uint256 delay) external {
        vm.assume(other != PROPOSER);
        assert(!scheduled(other, delay));
    }

    function check_AnAnnouncementWaitsForTheDelay(uint256 delay) external {
        vm.assume(delay < 1 << 40);
        assert(scheduled(PROPOSER, delay) == (delay >= 2 days));
    }

    function check_NothingIsDoneBeforeItsTime(uint40 later) external {
        assert(scheduled(PROPOSER, 2 days));
        uint256 ready = block.timestamp + 2 days;
        vm.warp(block.timestamp + later);
        (bool done,) = address(timelock).call(
            abi.encodeCall(timelock.execute, (address(this), 0, abi.encodeCall(this.touch, ()), 0, 0))
        );
        assert(done == (block.timestamp >= ready));
    }

    function check_AGuardianAnnouncesNothingAndGrantsNothing(bytes32 role, address other) external {
        vm.prank(GUARDIAN);
        (bool done,) = address(timelock).call(abi.encodeCall(timelock.grantRole, (role, other)));
        assert(!done);
    }
}
