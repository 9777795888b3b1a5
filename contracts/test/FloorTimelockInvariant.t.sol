// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FloorTimelock} from "../src/treasury/FloorTimelock.sol";
import {TestBase} from "./support/TestBase.sol";
import {TimelockHandler} from "./support/TimelockHandler.sol";

/// @dev Nothing is done before its time or twice, and the delay has its floor, after any calls.
contract FloorTimelockInvariantTest is TestBase {
    TimelockHandler private handler;
    FloorTimelock private timelock;

    function setUp() public {
        handler = new TimelockHandler();
        timelock = handler.timelock();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantWhatIsDoneWasAnnouncedAndIsDoneOnce() public view {
        for (uint256 number = 0; number < handler.NUMBERS(); ++number) {
            bytes32 id = handler.idOf(number);
            bool done = handler.carriedOut(number);
            assertTrue(timelock.isOperationDone(id) == done, "done");
            assertTrue(
                timelock.isOperationPending(id) == (handler.from(number) != 0), "waits"
            );
            bool marked = done && number < handler.NUMBERS() - 2;
            assertEq(handler.marks(number), marked ? 1 : 0, "marks");
        }
    }

    function invariantTheDelayHasAFloor() public view {
        assertEq(timelock.getMinDelay(), handler.delay(), "delay");
        assertTrue(timelock.getMinDelay() >= 1 days, "floor");
    }

    function invariantRolesStayWhereTheyAre() public view {
        bytes32 proposer = timelock.PROPOSER_ROLE();
        bytes32 canceller = timelock.CANCELLER_ROLE();
        assertTrue(timelock.hasRole(proposer, handler.PROPOSER()), "proposer");
        assertTrue(!timelock.hasRole(proposer, handler.STRANGER()), "stranger");
        assertTrue(timelock.hasRole(canceller, handler.GUARDIAN()), "guardian");
        assertTrue(
            timelock.hasRole(timelock.EXECUTOR_ROLE(), handler.EXECUTOR()), "executor"
        );
    }
}
