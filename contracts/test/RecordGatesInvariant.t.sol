// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditBureau} from "../src/market/CreditBureau.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {RecordHandler} from "./support/RecordHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev After any sequence of applications, loans, days and roots. Who is accepted is in the handler:
///      each call must succeed exactly when its model says so.
contract RecordGatesInvariantTest is TestBase {
    RecordHandler private handler;
    CreditBureau private bureau;

    function setUp() public {
        handler = new RecordHandler();
        bureau = handler.bureau();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantEachAcceptedProofIsCountedOnce() public view {
        for (uint256 m = 0; m < 2; ++m) {
            address market = address(handler.markets(m));
            for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
                address borrower = address(uint160(0xB0 + person));
                uint256 nonce = handler.markets(m).gate().applicationNonce(market, borrower);
                assertEq(nonce, handler.consumed(m, person), "number");
            }
        }
    }

    function invariantACycleIsWhatTheBureauCounts() public view {
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            uint256 repaid = bureau.recordOf(Nullifier.wrap(1 + person)).repaid;
            assertEq(repaid, handler.repaid(person), "repaid");
        }
    }
}
