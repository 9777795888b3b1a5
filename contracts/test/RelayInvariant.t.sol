// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RelayHandler} from "./support/RelayHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev A relay keeps nothing, and lets nobody take anything.
contract RelayInvariantTest is TestBase {
    RelayHandler private handler;

    function setUp() public {
        handler = new RelayHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantARelayKeepsNothing() public view {
        address relay = address(handler.relay());
        address market = address(handler.relay().market());
        assertEq(handler.permitted().balanceOf(relay), 0, "balance");
        assertEq(handler.permitted().allowance(relay, market), 0, "allowance");
    }

    function testPermitsPayAndFund() public {
        for (uint256 i = 0; i < 40; ++i) {
            handler.fundWithPermit(i, i, i, 59_998);
            handler.repayWithPermit(i, i, i + 1, 7_777);
        }
        assertTrue(handler.done() > 20, "successful calls");
        invariantARelayKeepsNothing();
    }
}
