// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IApplicationGate} from "../src/interfaces/IApplicationGate.sol";
import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {BureauMember} from "./support/BureauMember.sol";
import {cheats} from "./support/MoreCheats.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev The words that a history tree reads, and the queue of openings.
contract BureauQueueTest is TestBase, BureauMember {
    address private constant ADMIN = address(0xAD);
    uint256 private constant START = 1_800_000_000;
    // where the compiler keeps the counts, and the entries by pseudonym
    bytes32 private constant COUNTS = bytes32(uint256(4));
    uint256 private constant ENTRIES = 5;
    uint256 private constant WORDS = 54;

    CreditBureau private bureau =
        new CreditBureau(ADMIN, 365 days, 978, ICreditBureau.Kind.Credential);

    function setUp() public {
        vm.warp(START);
        vm.prank(ADMIN);
        bureau.addMember(address(this), IApplicationGate(address(this)));
    }

    function reserved(uint256 who) private {
        bureau.reserve(Nullifier.wrap(who), block.timestamp + 7 days);
    }

    function started(uint256 who) private {
        reserved(who);
        bureau.start(Nullifier.wrap(who), 100_000, block.timestamp + 35 days);
    }

    function repaid(uint256 who) private {
        bureau.close(Nullifier.wrap(who), ICreditBureau.Ending.Repaid);
    }

    function wordOf(uint256 who) private view returns (uint256) {
        Nullifier[] memory one = new Nullifier[](1);
        one[0] = Nullifier.wrap(who);
        return bureau.wordsOf(one)[0];
    }

    function indexOf(uint256 who) private view returns (uint256) {
        return wordOf(who) >> 188;
    }

    function opening(uint256 number) private view returns (uint256 index, uint256 time) {
        uint256[] memory indices;
        (indices, time) = bureau.openings(number, 1);
        index = indices[0];
    }

    function expectNoLeaf(uint256 who) private {
        Nullifier[] memory one = new Nullifier[](1);
        one[0] = Nullifier.wrap(who);
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NoLeaf.selector, who));
        bureau.wordsOf(one);
    }

    // --- the words ----------------------------------------------------------------------------

    /// @dev The library packs the same fields into the same word (zkcredit.history).
    function testAWordHasTheLayoutOfTheStatements() public {
        bytes memory data =
            vm.parseJsonBytes(vm.readFile("test/fixtures/history.json"), ".words");
        assertEq(data.length, WORDS * 13 * 32, "vectors");
        bytes32 slot = bytes32(uint256(keccak256(abi.encode(7, ENTRIES))) + 1);
        uint256[13] memory v;
        for (uint256 i = 0; i < WORDS; ++i) {
            for (uint256 k = 0; k < 13; ++k) {
                uint256 at = 32 * (13 * i + k + 1);
                uint256 value;
                assembly ("memory-safe") {
                    value := mload(add(data, at))
                }
                v[k] = value;
            }
            // a word that is 0 stands for no record; the flag of a leaf is above it
            cheats.store(address(bureau), slot, bytes32(v[0] | 1 << 206));
            assertEq(wordOf(7), v[0], "word");
            ICreditBureau.Record memory r = bureau.recordOf(Nullifier.wrap(7));
            assertEq(r.opened, v[1], "opened");
            assertEq(r.repaid, v[2], "repaid");
            assertEq(r.onTime, v[3], "on time");
            assertEq(r.late, v[4], "late");
            assertEq(r.defaults, v[5], "defaults");
            assertEq(r.recovered, v[6], "recovered");
            assertEq(r.open, v[7], "open");
            assertEq(r.goodUntil, v[8], "good until");
            assertEq(r.largest, v[9], "largest");
            assertEq(r.firstDay, v[10], "first day");
            assertEq(r.lastBadDay, v[11], "last bad day");
            assertEq(indexOf(7), v[12], "index");
        }
    }

    function testWordsAreReadTogether() public {
        started(7);
        started(8);
        repaid(7);
        Nullifier[] memory three = new Nullifier[](3);
        (three[0], three[1], three[2]) =
            (Nullifier.wrap(8), Nullifier.wrap(7), Nullifier.wrap(8));
        uint256[] memory words = bureau.wordsOf(three);
        assertEq(words[0], wordOf(8), "8");
        assertEq(words[1], wordOf(7), "7");
        assertEq(words[2], words[0], "8 again");
        assertEq(words[0] >> 188, 1, "index");
        assertEq(bureau.wordsOf(new Nullifier[](0)).length, 0, "nothing");
        three[1] = Nullifier.wrap(9);
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NoLeaf.selector, 9));
        bureau.wordsOf(three);
    }

    // --- leaves -------------------------------------------------------------------------------

    function testALeafIsGivenAtTheFirstStart() public {
        reserved(7);
        reserved(8);
        expectNoLeaf(7);
        assertEq(bureau.leafCount(), 0, "a reservation is nothing");
        assertEq(bureau.openingCount(), 0, "a reservation is nothing");
        vm.expectEmit(true, true, true, true, address(bureau));
        emit ICreditBureau.LeafAssigned(Nullifier.wrap(8), 0);
        bureau.start(Nullifier.wrap(8), 1, START);
        bureau.start(Nullifier.wrap(7), 1, START);
        assertEq(indexOf(8), 0, "in the order of the loans");
        assertEq(indexOf(7), 1, "in the order of the loans");
        repaid(7);
        started(7);
        assertEq(indexOf(7), 1, "for ever");
        assertEq(bureau.leafCount(), 2, "leaves");
        assertEq(bureau.openingCount(), 3, "openings");
    }

    function testWhatHappensToALoanKeepsTheIndex() public {
        started(6);
        started(7);
        bureau.progress(Nullifier.wrap(7), type(uint256).max, type(uint256).max, 0);
        assertEq(indexOf(7), 1, "progress");
        bureau.close(Nullifier.wrap(7), ICreditBureau.Ending.Defaulted);
        assertEq(indexOf(7), 1, "default");
        bureau.close(Nullifier.wrap(7), ICreditBureau.Ending.Recovered);
        assertEq(indexOf(7), 1, "recovery");
        assertEq(bureau.openingCount(), 2, "only starts are openings");
    }

    function testALedgersAccountsHaveNoLeaves() public {
        bureau = new CreditBureau(ADMIN, 0, 0, ICreditBureau.Kind.Ledger);
        vm.prank(ADMIN);
        bureau.addMember(address(this), IApplicationGate(address(this)));
        started(7);
        expectNoLeaf(7);
        assertEq(bureau.openingCount() + bureau.leafCount(), 0, "no queue");
        assertEq(bureau.recordOf(Nullifier.wrap(7)).opened, 1, "a record");
    }

    function testWhatNoStatementCanNameHasNoLeaf() public {
        uint256[4] memory strange = [0, BN254_R, BN254_R + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            reserved(strange[i]);
            vm.expectEmit(true, true, true, true, address(bureau));
            emit ICreditBureau.LeafUnavailable(Nullifier.wrap(strange[i]));
            bureau.start(Nullifier.wrap(strange[i]), 1, START);
            expectNoLeaf(strange[i]);
            assertEq(bureau.recordOf(Nullifier.wrap(strange[i])).opened, 1, "a record");
        }
        assertEq(bureau.openingCount() + bureau.leafCount(), 0, "nobody waits for it");
        started(BN254_R - 1);
        started(1);
        assertEq(indexOf(BN254_R - 1), 0, "the largest");
        assertEq(indexOf(1), 1, "the smallest");
    }

    function testAFullTreeGivesNoLeaf() public {
        started(6);
        repaid(6);
        uint256 count = bureau.leafCapacity() - 1;
        assertEq(count, 262_143, "capacity");
        cheats.store(address(bureau), COUNTS, bytes32(count << 128 | 1));
        assertEq(bureau.leafCount(), count, "where the counts are");
        assertEq(bureau.openingCount(), 1, "where the counts are");
        started(7);
        assertEq(indexOf(7), count, "the last leaf");
        started(8);
        expectNoLeaf(8);
        assertEq(bureau.leafCount(), count + 1, "full");
        assertEq(bureau.openingCount(), 2, "nobody waits for it");
        // who has a leaf keeps it
        started(6);
        assertEq(bureau.openingCount(), 3, "an opening");
        (uint256 index,) = opening(2);
        assertEq(index, 0, "of the first");
        // and who has none does not get one
        repaid(8);
        started(8);
        expectNoLeaf(8);
    }

    // --- the queue ----------------------------------------------------------------------------

    function testOpeningsAreInTheOrderOfTheLoans() public {
        for (uint256 i = 0; i < 12; ++i) {
            vm.warp(START + 13 * i);
            started(100 + i % 7);
            repaid(100 + i % 7);
        }
        assertEq(bureau.openingCount(), 12, "openings");
        for (uint256 i = 0; i < 12; ++i) {
            (uint256 index, uint256 time) = opening(i);
            assertEq(index, i % 7, "index");
            assertEq(time, START + 13 * i, "time");
            for (uint256 most = 0; most <= 14; ++most) {
                (uint256[] memory indices, uint256 openedAt) = bureau.openings(i, most);
                uint256 there = most < 12 - i ? most : 12 - i;
                assertEq(indices.length, there, "length");
                assertEq(openedAt, there == 0 ? 0 : START + 13 * i, "of the first");
                for (uint256 k = 0; k < there; ++k) {
                    assertEq(indices[k], (i + k) % 7, "indices");
                }
            }
        }
    }

    function testOpeningsThatAreNotThereAreRefused() public {
        started(7);
        uint256[2] memory wrong = [uint256(2), type(uint256).max];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(ICreditBureau.OpeningUnknown.selector, wrong[i])
            );
            bureau.openings(wrong[i], 0);
        }
        (uint256[] memory indices, uint256 openedAt) = bureau.openings(1, type(uint256).max);
        assertEq(indices.length + openedAt, 0, "none yet");
    }

    function testATimeBeyondTheQueuesIsTheLast() public {
        vm.warp(1 << 33);
        started(7);
        (, uint256 time) = opening(0);
        assertEq(time, (1 << 33) - 1, "the last");
        started(8);
        (uint256 index,) = opening(1);
        assertEq(index, 1, "beside it");
    }
}
