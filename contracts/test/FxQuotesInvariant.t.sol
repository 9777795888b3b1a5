// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FxQuotes} from "../src/treasury/FxQuotes.sol";
import {FxHandler} from "./support/FxHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Only the governor's signers quote, and never one alone, after any sequence of calls.
contract FxQuotesInvariantTest is TestBase {
    FxHandler private handler;
    FxQuotes private fx;

    function setUp() public {
        handler = new FxHandler();
        fx = handler.theQuotes();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantSignersAndThresholdAreTheGovernors() public view {
        uint256 signers;
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) {
            bool is_ = (handler.signers() >> i) & 1 == 1;
            assertTrue(fx.isSigner(handler.someSigner(i)) == is_, "signer");
            if (is_) signers += 1;
        }
        assertEq(fx.threshold(), handler.threshold(), "threshold");
        assertTrue(fx.threshold() >= 2, "nobody alone");
        assertLe(fx.threshold(), signers, "reachable");
    }
}
