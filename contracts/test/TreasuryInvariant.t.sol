// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestToken} from "../src/mocks/TestToken.sol";
import {Treasury} from "../src/treasury/Treasury.sol";
import {TestBase} from "./support/TestBase.sol";
import {TreasuryHandler} from "./support/TreasuryHandler.sol";

/// @dev The fund is what was put in less what enough signers paid, after any sequence of calls.
contract TreasuryInvariantTest is TestBase {
    TreasuryHandler private handler;
    Treasury private treasury;
    TestToken private token;

    function setUp() public {
        handler = new TreasuryHandler();
        treasury = handler.theTreasury();
        token = handler.theToken();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantTheFundIsWhatWasNotPaid() public view {
        assertEq(
            token.balanceOf(address(treasury)) + handler.paid(), 100_000_000, "tokens"
        );
        assertEq(address(treasury).balance, 1 ether, "coin");
    }

    function invariantSignersAndThresholdAreWhatWasSigned() public view {
        uint256 signers;
        for (uint256 i = 0; i < handler.PEOPLE(); ++i) {
            bool is_ = (handler.signers() >> i) & 1 == 1;
            assertTrue(treasury.isSigner(handler.someSigner(i)) == is_, "signer");
            if (is_) signers += 1;
        }
        assertEq(treasury.threshold(), handler.threshold(), "threshold");
        assertTrue(treasury.threshold() >= 2, "nobody alone");
        assertLe(treasury.threshold(), signers, "reachable");
    }

    function invariantANumberServesOnce() public view {
        for (uint256 nonce = 250; nonce < 266; ++nonce) {
            assertTrue(treasury.isUsed(nonce) == handler.used(nonce), "used");
        }
    }
}
