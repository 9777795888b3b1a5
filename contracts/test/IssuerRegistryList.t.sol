// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RegistryFixture} from "./support/RegistryFixture.sol";

/// @dev What a cancelled posting leaves to those that were posted after it.
contract IssuerRegistryListTest is RegistryFixture {
    function setUp() public {
        deployRegistry(DELAY, CURRENT_AGE);
    }

    function testACancelledPostingThatBarsNothingLeavesNoBar() public {
        postInEffect(1);
        post(2);
        post(3);
        cancel(2);
        vm.warp(block.timestamp + DELAY);
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "the one before is current again");
    }
}
