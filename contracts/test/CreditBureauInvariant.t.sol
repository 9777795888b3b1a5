// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {BureauHandler} from "./support/BureauHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev After any sequence of calls. That only the opener closes, and that a blocked pseudonym never
///      opens, are in the handler: each call must succeed exactly when its model says so.
contract CreditBureauInvariantTest is TestBase {
    BureauHandler private handler;
    CreditBureau private bureau;

    function setUp() public {
        handler = new BureauHandler();
        bureau = handler.bureau();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantARecordEqualsARecount() public view {
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            BureauHandler.Model memory m = handler.modelOf(person);
            ICreditBureau.Record memory found = bureau.recordOf(Nullifier.wrap(person));
            assertEq(found.opened, m.opened, "opened");
            assertEq(found.repaid, m.repaid, "repaid");
            assertEq(found.onTime, m.onTime, "on time");
            assertEq(found.late, m.late, "late");
            assertEq(found.defaults, m.defaults, "defaults");
            assertEq(found.recovered, m.recovered, "recovered");
        }
    }

    function invariantOneLoanIsOpenAtMost() public view {
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            ICreditBureau.Record memory found = bureau.recordOf(Nullifier.wrap(person));
            (ICreditBureau.State state, address member) = bureau.stateOf(Nullifier.wrap(person));
            bool runs =
                state == ICreditBureau.State.Open || state == ICreditBureau.State.Defaulted;
            assertEq(found.open, runs ? 1 : 0, "open");
            assertEq(found.open, found.opened - found.repaid - found.recovered, "count");
            assertTrue(found.open == 0 || member != address(0), "somebody can close it");
            (bool free,) = bureau.isFree(Nullifier.wrap(person));
            assertTrue(free == handler.isFree(person), "free");
        }
    }
}
