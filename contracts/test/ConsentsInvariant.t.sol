// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IConsents} from "../src/interfaces/IConsents.sol";
import {ConsentHandler} from "./support/ConsentHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev No number serves twice, after any sequence of calls.
contract ConsentsInvariantTest is TestBase {
    ConsentHandler private handler;
    IConsents private consents;

    function setUp() public {
        handler = new ConsentHandler();
        consents = handler.theConsents();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantANumberServesOnceAtMost() public view {
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            address signer = handler.personAt(person);
            assertEq(consents.seriesOf(signer), handler.series(person), "series");
            for (uint256 i = 0; i < handler.NUMBERS(); ++i) {
                uint256 nonce = handler.nonceAt(i);
                assertTrue(
                    consents.isUsed(signer, nonce) == handler.used(person, nonce), "used"
                );
                assertLe(handler.taken(person, nonce), 1, "taken");
            }
        }
    }
}
