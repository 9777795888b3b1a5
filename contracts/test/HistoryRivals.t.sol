// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {HistoryTree} from "../src/market/HistoryTree.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {HistoryFixture, KeyedVerifier} from "./support/HistoryFixture.sol";
import {cheats} from "./support/MoreCheats.sol";

/// @dev An adversary sends one transaction in every block, before that of the keeper: payments row by
///      row, loans, rival batches and stages. Each loan is of a pseudonym of its own, counted from 1.
contract HistoryRivalsTest is HistoryFixture {
    uint256 private constant BLOCKS = 1_000;
    uint256 private constant SECONDS = 12;
    // where the compiler keeps the counts of openings and leaves
    bytes32 private constant COUNTS = bytes32(uint256(4));

    uint256 private opened; // loans whose pseudonyms have leaves
    uint256 private newest; // root
    uint256 private longest; // lag, seconds
    uint256 private proved; // batches of the keeper
    Nullifier[] private _staged;
    uint256[] private _words;

    function setUp() public {
        makeBureau();
        address[2] memory none;
        address[2] memory verifiers =
            [address(new KeyedVerifier(8, 1)), address(new KeyedVerifier(26, 1))];
        tree = new HistoryTree(address(bureau), verifiers, none, LAG, AGE);
        newest = 1_000;
        open();
    }

    function open() private {
        start(++opened);
    }

    function waitingCount() private view returns (uint256) {
        return opened - tree.head();
    }

    function isStaged() private view returns (bool) {
        return block.timestamp <= tree.stagedUntil();
    }

    function note(Nullifier[] memory people) private {
        (_staged, _words) = (people, bureau.wordsOf(people));
    }

    function stageOldest() private {
        uint256 count = waitingCount() < 12 ? waitingCount() : 12;
        Nullifier[] memory people = batch(tree.head() + 1, count, 12);
        tree.stage(people);
        note(people);
    }

    function rivalBatch() private {
        uint256 count = waitingCount() < 2 ? waitingCount() : 2;
        Nullifier[] memory people =
            count == 0 ? batch(1, 1, 3) : batch(tree.head() + 1, count, 3);
        advance(people, ++newest);
    }

    /// @dev One transaction of the adversary.
    function attack(uint256 kind) private {
        if (kind == 0) {
            bureau.progress(Nullifier.wrap(1), 1, 0, block.timestamp + 35 days);
        } else if (kind == 1) {
            open();
        } else if (kind == 2 && !isStaged()) {
            rivalBatch();
        } else if (kind == 3 && !isStaged() && waitingCount() != 0) {
            stageOldest();
        } else {
            bureau.progress(Nullifier.wrap(1), 0, 1, block.timestamp + 35 days);
        }
    }

    /// @dev One transaction of the keeper, whose proof was made before this block.
    function keep(bool ready) private {
        if (ready && isStaged()) {
            uint256[] memory inputs = inputsOf(_staged, _words, ++newest);
            tree.advanceStaged(_staged, _words, newest, proofsOf(inputs, 1));
            ++proved;
        } else if (!isStaged() && waitingCount() != 0) {
            stageOldest();
        }
    }

    function play(uint256 seed) private {
        for (uint256 i = 0; i < BLOCKS; ++i) {
            vm.warp(block.timestamp + SECONDS);
            bool ready = isStaged();
            attack(uint256(keccak256(abi.encode(seed, i))) % 4);
            keep(ready);
            uint256 lag = tree.lag();
            if (lag > longest) longest = lag;
            assertTrue(tree.isFresh(tree.root()), "fresh");
        }
    }

    /// @dev The lag stays at a few blocks, far below maxLag.
    function testNobodyHoldsTheTreeUp() public {
        for (uint256 seed = 0; seed < 3; ++seed) {
            play(seed);
        }
        assertLe(longest, 10 * SECONDS, "lag");
        assertTrue(proved > 300, "the keeper comes through");
    }

    /// @dev Of each kind alone, in every block.
    function testNoSingleAttackHoldsTheTreeUp() public {
        for (uint256 kind = 0; kind < 4; ++kind) {
            for (uint256 i = 0; i < BLOCKS; ++i) {
                vm.warp(block.timestamp + SECONDS);
                bool ready = isStaged();
                attack(kind);
                keep(ready);
                assertTrue(tree.isFresh(tree.root()), "fresh");
                assertLe(tree.lag(), 10 * SECONDS, "lag");
            }
        }
    }

    /// @dev When no place is left, loans go on, and nobody waits for those without a place.
    function testAFullIndexHoldsNobodyUp() public {
        uint256 counts = uint256(cheats.load(address(bureau), COUNTS));
        assertEq(counts >> 128, opened, "leaves");
        cheats.store(
            address(bureau), COUNTS, bytes32(bureau.leafCapacity() << 128 | uint128(counts))
        );
        for (uint256 i = 0; i < BLOCKS; ++i) {
            vm.warp(block.timestamp + SECONDS);
            start(1_000_000 + i);
            if (i % 2 == 0) {
                bureau.progress(Nullifier.wrap(1), 1, 0, block.timestamp + 35 days);
            }
            bool ready = isStaged();
            keep(ready);
            assertTrue(tree.isFresh(tree.root()), "fresh");
        }
        assertEq(waitingCount(), 0, "nobody waits");
        (ICreditBureau.State state,) = bureau.stateOf(Nullifier.wrap(1_000_000));
        assertTrue(state == ICreditBureau.State.Open, "a loan without a place");
    }

    /// @dev Without a keeper for maxLag, no root is fresh, and loans go on.
    function testWithoutAKeeperLoansGoOn() public {
        vm.warp(block.timestamp + LAG);
        assertTrue(tree.isFresh(tree.root()), "the last second");
        vm.warp(block.timestamp + 1);
        assertTrue(!tree.isFresh(tree.root()), "closed");
        bureau.progress(Nullifier.wrap(1), 1, 0, block.timestamp + 35 days);
        repay(1);
        open();
        assertEq(tree.waiting(), 2, "they wait");
    }
}
