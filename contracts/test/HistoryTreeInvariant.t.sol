// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {HistoryTree} from "../src/market/HistoryTree.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {HistoryHandler} from "./support/HistoryHandler.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev After any sequence of loans, batches and stages, honest and not. What advances the tree is in
///      the handler: each call must succeed exactly when its model says so.
contract HistoryTreeInvariantTest is TestBase {
    HistoryHandler private handler;
    HistoryTree private tree;
    CreditBureau private bureau;

    function setUp() public {
        handler = new HistoryHandler();
        tree = handler.tree();
        bureau = handler.bureau();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantH1TheTreeReplayedFromEventsIsTheRoot() public view {
        assertEq(handler.replayedRoot(), tree.root(), "root");
        uint256[2][8] memory leaves = handler.leavesOf(tree.root());
        for (uint256 i = 0; i < 8; ++i) {
            uint256[2] memory found = handler.replayed(i);
            assertEq(found[0], leaves[i][0], "pseudonym");
            assertEq(found[1], leaves[i][1], "record");
        }
    }

    function invariantH2EachPseudonymHasOneIndex() public view {
        uint256 seen = 0;
        uint256 count = 0;
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            if (handler.countOf(person).opened == 0) continue;
            count += 1;
            Nullifier[] memory one = new Nullifier[](1);
            one[0] = handler.who(person);
            uint256 index = bureau.wordsOf(one)[0] >> 188;
            uint256 before = handler.indexSeen(person);
            assertTrue(before == 0 || before == index + 1, "for ever");
            assertTrue(seen & 1 << index == 0, "of one pseudonym");
            seen |= 1 << index;
        }
        assertEq(seen, (1 << count) - 1, "without a gap");
        assertEq(bureau.leafCount(), count, "leaves");
    }

    function invariantH3NoFreshRootHidesAnOpeningLongerThanTheBound() public view {
        HistoryHandler.Opening[] memory openings = handler.openingsSince();
        uint256 count = handler.rootCount();
        for (uint256 r = count > 16 ? count - 16 : 0; r < count; ++r) {
            uint256 root = handler.roots(r);
            if (!tree.isFresh(root)) continue;
            uint256[2][8] memory leaves = handler.leavesOf(root);
            for (uint256 i = 0; i < openings.length; ++i) {
                HistoryHandler.Opening memory one = openings[i];
                if (one.time + handler.LAG() + handler.AGE() >= block.timestamp) break;
                uint256 found = 0;
                for (uint256 k = 0; k < 8; ++k) {
                    bool his =
                        leaves[k][0] == Nullifier.unwrap(handler.who(one.person));
                    if (his) found = leaves[k][1] & 0xffff;
                }
                assertTrue(found >= one.number, "hidden");
            }
        }
    }

    function invariantH4ARecordEqualsARecount() public view {
        for (uint256 person = 0; person < handler.PEOPLE(); ++person) {
            HistoryHandler.Count memory c = handler.countOf(person);
            ICreditBureau.Record memory found = bureau.recordOf(handler.who(person));
            assertEq(found.opened, c.opened, "opened");
            assertEq(found.repaid, c.repaid, "repaid");
            assertEq(found.onTime, c.onTime, "on time");
            assertEq(found.late, c.late, "late");
            assertEq(found.defaults, c.defaults, "defaults");
            assertEq(found.recovered, c.recovered, "recovered");
        }
    }

    function invariantH5CountersNeverFall() public view {
        assertTrue(!handler.fell(), "a counter fell");
    }

    function invariantTheQueueIsThatOfTheOpenings() public view {
        HistoryHandler.Opening[] memory openings = handler.openingsSince();
        assertEq(bureau.openingCount(), openings.length, "openings");
        assertLe(tree.head(), openings.length, "head");
        assertEq(tree.waiting(), openings.length - tree.head(), "waiting");
        uint256 lag = tree.waiting() == 0
            ? 0
            : block.timestamp - openings[tree.head()].time;
        assertEq(tree.lag(), lag, "lag");
    }
}
