// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {AdminHandler} from "./support/AdminHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev There is one admin, and it is the one that accepted last, after the delay.
contract AdminInvariantTest is TestBase {
    AdminHandler private handler;

    function setUp() public {
        handler = new AdminHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantThereIsOneAdmin() public view {
        for (uint256 i = 0; i < handler.SYSTEMS(); ++i) {
            address admin = handler.adminOf(i);
            assertEq(handler.systemAt(i).defaultAdmin(), admin, "admin");
            assertEq(handler.systemAt(i).defaultAdminDelay(), handler.delayOf(i), "delay");
            for (uint256 k = 0; k < 4; ++k) {
                address account = handler.someone(k);
                bool has = IAccessControl(address(handler.systemAt(i))).hasRole(0, account);
                assertTrue(has == (account == admin), "role");
            }
        }
    }
}
