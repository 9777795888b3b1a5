// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IFloorTimelock} from "../src/interfaces/IFloorTimelock.sol";
import {FloorTimelock} from "../src/treasury/FloorTimelock.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev What is announced waits for two days, and never for less than one.
contract FloorTimelockTest is TestBase {
    address private constant PROPOSER = address(0xA1);
    address private constant GUARDIAN = address(0xA2);
    address private constant EXECUTOR = address(0xA3);
    uint256 private constant START = 1_900_000_000;

    FloorTimelock private timelock;
    uint256 private called;

    function setUp() public {
        vm.warp(START);
        timelock = new FloorTimelock(2 days, list(PROPOSER), list(EXECUTOR), GUARDIAN);
    }

    function list(address account) private pure returns (address[] memory accounts) {
        accounts = new address[](1);
        accounts[0] = account;
    }

    function mark(uint256 number) external {
        assertEq(msg.sender, address(timelock), "caller");
        called = number;
    }

    function scheduling(address target, bytes memory data, uint256 delay)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(timelock.schedule, (target, 0, data, 0, 0, delay));
    }

    function executing(address target, bytes memory data) private view returns (bytes memory) {
        return abi.encodeCall(timelock.execute, (target, 0, data, 0, 0));
    }

    function ask(address by, bytes memory data) private returns (bool ok, bytes memory answer) {
        vm.prank(by);
        (ok, answer) = address(timelock).call(data);
    }

    function does(address by, bytes memory data) private {
        (bool ok,) = ask(by, data);
        assertTrue(ok, "refused");
    }

    function refuses(address by, bytes memory data, bytes memory expected) private {
        (bool ok, bytes memory answer) = ask(by, data);
        assertReverted(ok, answer, expected);
    }

    function notReady(address target, bytes memory data) private view returns (bytes memory) {
        bytes32 id = timelock.hashOperation(target, 0, data, 0, 0);
        return abi.encodeWithSelector(
            TimelockController.TimelockUnexpectedOperationState.selector,
            id,
            bytes32(1 << uint8(TimelockController.OperationState.Ready))
        );
    }

    function unauthorized(address account, bytes32 role) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IAccessControl.AccessControlUnauthorizedAccount.selector, account, role
        );
    }

    function below(uint256 delay) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IFloorTimelock.DelayBelowFloor.selector, delay, 1 days);
    }

    function testWhatIsAnnouncedIsDoneAfterTheDelayAndNotASecondBefore() public {
        bytes memory data = abi.encodeCall(this.mark, (5));
        refuses(EXECUTOR, executing(address(this), data), notReady(address(this), data));
        does(PROPOSER, scheduling(address(this), data, 2 days));
        vm.warp(START + 2 days - 1);
        refuses(EXECUTOR, executing(address(this), data), notReady(address(this), data));
        vm.warp(START + 2 days);
        does(EXECUTOR, executing(address(this), data));
        assertEq(called, 5, "called");
        refuses(EXECUTOR, executing(address(this), data), notReady(address(this), data));
    }

    function testAnAnnouncementWaitsForTheDelayAtLeast() public {
        refuses(
            PROPOSER,
            scheduling(address(this), "", 2 days - 1),
            abi.encodeWithSelector(
                TimelockController.TimelockInsufficientDelay.selector, 2 days - 1, 2 days
            )
        );
    }

    function testADelayBelowTheFloorIsNotDeployed() public {
        vm.expectRevert(below(1 days - 1));
        new FloorTimelock(1 days - 1, list(PROPOSER), list(EXECUTOR), GUARDIAN);
        vm.expectRevert(below(0));
        new FloorTimelock(0, list(PROPOSER), list(EXECUTOR), GUARDIAN);
        FloorTimelock least =
            new FloorTimelock(1 days, list(PROPOSER), list(EXECUTOR), address(0));
        assertEq(least.getMinDelay(), 1 days, "delay");
        assertTrue(!least.hasRole(least.CANCELLER_ROLE(), address(0)), "no guardian");
    }

    function change(uint256 delay) private returns (bool ok, bytes memory answer) {
        bytes memory data = abi.encodeCall(timelock.updateDelay, (delay));
        does(PROPOSER, scheduling(address(timelock), data, timelock.getMinDelay()));
        vm.warp(block.timestamp + timelock.getMinDelay());
        return ask(EXECUTOR, executing(address(timelock), data));
    }

    function testTheDelayNeverFallsBelowTheFloor() public {
        (bool ok, bytes memory answer) = change(1 days - 1);
        assertReverted(ok, answer, below(1 days - 1));
        (ok,) = change(1 days);
        assertTrue(ok, "the floor itself");
        assertEq(timelock.getMinDelay(), 1 days, "delay");
        (ok,) = change(9 days);
        assertEq(timelock.getMinDelay(), 9 days, "longer");
    }

    function testOnlyTheTimelockChangesItsDelayAndItsRoles() public {
        bytes32 admin = timelock.DEFAULT_ADMIN_ROLE();
        bytes32 proposer = timelock.PROPOSER_ROLE();
        assertTrue(timelock.hasRole(admin, address(timelock)), "its own admin");
        address[5] memory people = [PROPOSER, GUARDIAN, EXECUTOR, address(this), address(1)];
        for (uint256 i = 0; i < people.length; ++i) {
            address who = people[i];
            assertTrue(!timelock.hasRole(admin, who), "no admin outside");
            refuses(
                who,
                abi.encodeCall(timelock.updateDelay, (3 days)),
                abi.encodeWithSelector(
                    TimelockController.TimelockUnauthorizedCaller.selector, who
                )
            );
            refuses(
                who,
                abi.encodeCall(timelock.grantRole, (proposer, who)),
                unauthorized(who, admin)
            );
        }
        bytes memory data = abi.encodeCall(timelock.grantRole, (proposer, address(this)));
        does(PROPOSER, scheduling(address(timelock), data, 2 days));
        vm.warp(START + 2 days);
        does(EXECUTOR, executing(address(timelock), data));
        assertTrue(timelock.hasRole(proposer, address(this)), "granted by itself");
    }

    function testAGuardianCancelsAndAnnouncesNothing() public {
        bytes memory data = abi.encodeCall(this.mark, (5));
        does(PROPOSER, scheduling(address(this), data, 2 days));
        bytes32 id = timelock.hashOperation(address(this), 0, data, 0, 0);
        bytes memory cancelling = abi.encodeCall(timelock.cancel, (id));
        refuses(EXECUTOR, cancelling, unauthorized(EXECUTOR, timelock.CANCELLER_ROLE()));
        does(GUARDIAN, cancelling);
        vm.warp(START + 9 days);
        refuses(EXECUTOR, executing(address(this), data), notReady(address(this), data));
        refuses(
            GUARDIAN,
            scheduling(address(this), data, 2 days),
            unauthorized(GUARDIAN, timelock.PROPOSER_ROLE())
        );
        refuses(
            GUARDIAN,
            executing(address(this), data),
            unauthorized(GUARDIAN, timelock.EXECUTOR_ROLE())
        );
    }

    function testAProposerCancelsAndDoesNotCarryOut() public {
        bytes memory data = abi.encodeCall(this.mark, (5));
        does(PROPOSER, scheduling(address(this), data, 2 days));
        vm.warp(START + 2 days);
        refuses(
            PROPOSER,
            executing(address(this), data),
            unauthorized(PROPOSER, timelock.EXECUTOR_ROLE())
        );
        bytes32 id = timelock.hashOperation(address(this), 0, data, 0, 0);
        does(PROPOSER, abi.encodeCall(timelock.cancel, (id)));
        assertTrue(!timelock.isOperation(id), "cancelled");
    }

    function testTheFloorIsADay() public view {
        assertEq(timelock.FLOOR(), 86_400, "floor");
    }
}
