// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {LoanId} from "../src/types/LoanId.sol";
import {OpeningHandler} from "./support/OpeningHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Recorded is exactly what an arbiter's account signed about a loan without a default.
contract OpeningInvariantTest is TestBase {
    OpeningHandler private handler;

    function setUp() public {
        handler = new OpeningHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantTheRecordIsWhatWasShown() public view {
        checkRecord();
    }

    function testAWhileConvictsSomeAndNotAll() public {
        for (uint256 i = 0; i < 60; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("opening", i)));
            if (i % 5 == 4) handler.setStatus(seed);
            else handler.accuse(seed, seed >> 64, seed >> 128, seed >> 192);
            if (i % 7 == 0) handler.passBlocks(seed);
        }
        checkRecord();
        assertTrue(handler.done() > 2, "convicted");
        assertTrue(handler.done() < 2 * handler.size() + 1, "once each");
    }

    function checkRecord() private view {
        uint256 count;
        for (uint256 arbiter = 0; arbiter <= handler.size() + 1; ++arbiter) {
            for (uint256 id = 0; id <= handler.LOANS(); ++id) {
                bool recorded = handler.theVerifier().isAccused(arbiter, LoanId.wrap(id));
                assertTrue(recorded == handler.convicted(arbiter, LoanId.wrap(id)), "record");
                if (recorded) count += 1;
            }
        }
        assertEq(count, handler.done(), "one record for each");
    }
}
