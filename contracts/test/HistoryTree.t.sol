// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICreditBureau} from "../src/interfaces/ICreditBureau.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IHistoryTree} from "../src/interfaces/IHistoryTree.sol";
import {Requirements} from "../src/libraries/Requirements.sol";
import {CreditBureau} from "../src/market/CreditBureau.sol";
import {HistoryTree} from "../src/market/HistoryTree.sol";
import {Nullifier} from "../src/types/Nullifier.sol";
import {HistoryFixture, KeyedVerifier} from "./support/HistoryFixture.sol";

/// @dev Who advances the tree, with what, and which roots count.
contract HistoryTreeTest is HistoryFixture {
    address private three = address(new KeyedVerifier(8, 1));
    address private twelve = address(new KeyedVerifier(26, 1));
    address private second3 = address(new KeyedVerifier(8, 2));
    address private second12 = address(new KeyedVerifier(26, 2));
    address[2] private none;

    function setUp() public {
        makeBureau();
        tree = new HistoryTree(address(bureau), [three, twelve], none, LAG, AGE);
    }

    function opened(uint256 first, uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            start(first + i);
        }
    }

    function expectNotTheOldest(uint256 position, uint256 expected, uint256 given) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IHistoryTree.NotTheOldest.selector, position, expected, given
            )
        );
    }

    function refused(Nullifier[] memory people, uint256 newRoot, bytes memory reason) private {
        uint256[8][] memory proofs = proofsOf(inputsOf(people, newRoot), 1);
        vm.expectRevert(reason);
        tree.advance(people, newRoot, proofs);
    }

    // --- deployment ---------------------------------------------------------------------------

    function testATreeSaysWhatItIs() public view {
        assertEq(address(tree.bureau()), address(bureau), "bureau");
        assertEq(address(tree.verifierOf3()), three, "three");
        assertEq(address(tree.verifierOf12()), twelve, "twelve");
        assertEq(address(tree.secondVerifierOf3()), address(0), "no second");
        assertEq(address(tree.secondVerifierOf12()), address(0), "no second");
        assertEq(tree.maxLag(), LAG, "lag");
        assertEq(tree.maxRootAge(), AGE, "age");
        assertEq(tree.root(), tree.EMPTY_ROOT(), "root");
        assertEq(tree.head() + tree.waiting() + tree.lag(), 0, "queue");
        assertTrue(tree.isFresh(tree.EMPTY_ROOT()), "nothing is hidden");
        assertTrue(!tree.isFresh(0), "no root");
    }

    function testATreeNeedsItsParts() public {
        address ledger =
            address(new CreditBureau(ADMIN, 0, 0, ICreditBureau.Kind.Ledger));
        vm.expectRevert(
            abi.encodeWithSelector(IHistoryTree.BureauUnsuitable.selector, ledger)
        );
        new HistoryTree(ledger, [three, twelve], none, LAG, AGE);
        vm.expectRevert(abi.encodeWithSelector(Requirements.NotAContract.selector, ADMIN));
        new HistoryTree(ADMIN, [three, twelve], none, LAG, AGE);
        vm.expectRevert(abi.encodeWithSelector(Requirements.WrongKind.selector, three));
        new HistoryTree(three, [three, twelve], none, LAG, AGE);
        address[2][4] memory wrong =
            [[twelve, twelve], [three, three], [address(bureau), twelve], [three, ADMIN]];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert();
            new HistoryTree(address(bureau), wrong[i], none, LAG, AGE);
        }
        vm.expectRevert(
            abi.encodeWithSelector(IHistoryTree.VerifierUnsuitable.selector, twelve)
        );
        new HistoryTree(address(bureau), [twelve, twelve], none, LAG, AGE);
    }

    function testASecondVerifierIsForBothSizesAndOfAnotherKey() public {
        address[2] memory first = [three, twelve];
        address[2][5] memory wrong = [
            [second3, address(0)],
            [address(0), second12],
            [second12, second12],
            [three, second12],
            [second3, twelve]
        ];
        address[5] memory named = [address(0), address(0), second12, three, twelve];
        for (uint256 i = 0; i < 5; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IHistoryTree.VerifierUnsuitable.selector, named[i])
            );
            new HistoryTree(address(bureau), first, wrong[i], LAG, AGE);
        }
    }

    function testWaitsAreMinutesToHours() public {
        uint256[4] memory wrong = [0, 10 minutes - 1, 12 hours + 1, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            bytes memory reason =
                abi.encodeWithSelector(IHistoryTree.WaitInvalid.selector, wrong[i]);
            vm.expectRevert(reason);
            new HistoryTree(address(bureau), [three, twelve], none, wrong[i], AGE);
            vm.expectRevert(reason);
            new HistoryTree(address(bureau), [three, twelve], none, LAG, wrong[i]);
        }
        new HistoryTree(address(bureau), [three, twelve], none, 10 minutes, 12 hours);
        new HistoryTree(address(bureau), [three, twelve], none, 12 hours, 10 minutes);
    }

    // --- advancing ----------------------------------------------------------------------------

    function testABatchTakesTheOldestOpenings() public {
        opened(100, 15);
        assertEq(tree.waiting(), 15, "waiting");
        Nullifier[] memory people = batch(100, 12, 12);
        uint256[] memory words = bureau.wordsOf(people);
        uint256 before = tree.root();
        vm.expectEmit(true, true, true, true, address(tree));
        emit IHistoryTree.Advanced(before, 5, 11, words);
        advance(people, 5);
        assertEq(tree.root(), 5, "root");
        assertEq(tree.head(), 11, "one place is the caller's");
        assertEq(tree.waiting(), 4, "waiting");
        advance(batch(111, 2, 3), 6);
        assertEq(tree.head(), 13, "two of three");
        advance(batch(113, 2, 12), 7);
        assertEq(tree.waiting(), 0, "none waits");
        // now all places are the caller's
        advance(batch(100, 3, 3), 8);
        assertEq(tree.head(), 15, "no opening");
        assertEq(tree.root(), 8, "root");
    }

    function testACallerTakesOnePlaceOfItsOwn() public {
        opened(100, 20);
        advance(batch(100, 12, 12), 5);
        Nullifier[] memory people = batch(111, 2, 3);
        people[2] = Nullifier.wrap(119); // the newest opening, ahead of its turn
        advance(people, 6);
        assertEq(tree.head(), 13, "its opening still waits");
    }

    function testAnOpeningCannotBeSkipped() public {
        opened(100, 5);
        Nullifier[] memory people = batch(101, 3, 3);
        expectNotTheOldest(0, 0, 1);
        tree.advance(people, 5, new uint256[8][](1));
        people = batch(100, 3, 3);
        people[1] = Nullifier.wrap(102);
        expectNotTheOldest(1, 1, 2);
        tree.advance(people, 5, new uint256[8][](1));
        people = batch(100, 5, 12);
        (people[3], people[4]) = (people[4], people[3]);
        expectNotTheOldest(3, 3, 4);
        tree.advance(people, 5, new uint256[8][](1));
        people = batch(100, 1, 3);
        expectNotTheOldest(1, 1, 0);
        tree.advance(people, 5, new uint256[8][](1));
    }

    function testAPseudonymMayWaitTwice() public {
        start(100);
        repay(100);
        start(101);
        start(100);
        Nullifier[] memory people = batch(100, 2, 12);
        people[2] = Nullifier.wrap(100);
        advance(people, 5);
        assertEq(tree.waiting(), 0, "both");
        assertEq(tree.head(), 3, "both");
    }

    function testABatchHasThreeOrTwelve() public {
        opened(100, 13);
        uint256[6] memory sizes = [uint256(0), 1, 2, 4, 11, 13];
        for (uint256 i = 0; i < 6; ++i) {
            Nullifier[] memory people = batch(100, 13, sizes[i]);
            vm.expectRevert(
                abi.encodeWithSelector(IHistoryTree.BatchSizeInvalid.selector, sizes[i])
            );
            tree.advance(people, 5, new uint256[8][](1));
            vm.expectRevert(
                abi.encodeWithSelector(IHistoryTree.BatchSizeInvalid.selector, sizes[i])
            );
            tree.stage(people);
        }
        Nullifier[] memory few = batch(100, 3, 3);
        vm.expectRevert(abi.encodeWithSelector(IHistoryTree.BatchSizeInvalid.selector, 3));
        tree.stage(few);
    }

    function testOnlyPseudonymsWithALeafAreTaken() public {
        opened(100, 1);
        bureau.reserve(Nullifier.wrap(102), block.timestamp);
        Nullifier[] memory people = batch(100, 3, 3);
        bytes memory reason = abi.encodeWithSelector(ICreditBureau.NoLeaf.selector, 101);
        vm.expectRevert(reason);
        tree.advance(people, 5, new uint256[8][](1));
        people[1] = Nullifier.wrap(102);
        vm.expectRevert(abi.encodeWithSelector(ICreditBureau.NoLeaf.selector, 102));
        tree.advance(people, 5, new uint256[8][](1));
        vm.expectRevert();
        tree.stage(batch(100, 12, 12));
    }

    function testAProofIsForTheseRootsPseudonymsAndRecords() public {
        opened(100, 2);
        Nullifier[] memory people = batch(100, 2, 3);
        uint256[] memory good = inputsOf(people, 5);
        bytes memory reason = abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector);
        for (uint256 i = 0; i < 8; ++i) {
            uint256[] memory inputs = inputsOf(people, 5);
            inputs[i] ^= 1;
            uint256[8][] memory proofs = proofsOf(inputs, 1);
            vm.expectRevert(reason);
            tree.advance(people, 5, proofs);
        }
        uint256[8][] memory other = proofsOf(good, 1);
        vm.expectRevert(reason);
        tree.advance(people, 6, other);
        // a payment changes a word, and the proof is of the old one
        bureau.progress(Nullifier.wrap(101), 1, 0, START + 70 days);
        vm.expectRevert(reason);
        tree.advance(people, 5, other);
        advance(people, 5);
        // used up: the root is another
        vm.expectRevert(reason);
        tree.advance(people, 5, other);
    }

    function testEachVerifierGetsAProof() public {
        opened(100, 2);
        Nullifier[] memory people = batch(100, 2, 3);
        uint256[] memory inputs = inputsOf(people, 5);
        for (uint256 count = 0; count < 4; ++count) {
            if (count == 1) continue;
            uint256[8][] memory several = proofsOf(inputs, count);
            vm.expectRevert(
                abi.encodeWithSelector(IHistoryTree.ProofCountInvalid.selector, 1, count)
            );
            tree.advance(people, 5, several);
        }
        tree = new HistoryTree(
            address(bureau), [three, twelve], [second3, second12], LAG, AGE
        );
        inputs = inputsOf(people, 5);
        uint256[8][] memory proofs = proofsOf(inputs, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IHistoryTree.ProofCountInvalid.selector, 2, 1)
        );
        tree.advance(people, 5, proofs);
        proofs = proofsOf(inputs, 2);
        (proofs[0], proofs[1]) = (proofs[1], proofs[0]);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(people, 5, proofs);
        proofs[0] = proofs[1];
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advance(people, 5, proofs);
        tree.advance(people, 5, proofsOf(inputs, 2));
        people = batch(100, 2, 12);
        tree.advance(people, 6, proofsOf(inputsOf(people, 6), 2));
        assertEq(tree.root(), 6, "twelve, too");
    }

    // --- stages -------------------------------------------------------------------------------

    function staged(uint256 first, uint256 count)
        private
        returns (Nullifier[] memory people, uint256[] memory words)
    {
        people = batch(first, count, 12);
        words = bureau.wordsOf(people);
        tree.stage(people);
    }

    function testAStageHoldsAgainstPayments() public {
        opened(100, 2);
        Nullifier[] memory people = batch(100, 2, 12);
        uint256[] memory words = bureau.wordsOf(people);
        uint256 before = tree.root();
        vm.expectEmit(true, true, true, true, address(tree));
        emit IHistoryTree.Staged(before, START + 10 minutes, people, words);
        tree.stage(people);
        assertEq(tree.stagedUntil(), START + 10 minutes, "until");
        assertEq(tree.stagedCount(), 2, "count");
        bureau.progress(Nullifier.wrap(101), 1, 0, START + 70 days);
        start(102);
        uint256[8][] memory proofs = proofsOf(inputsOf(people, words, 5), 1);
        vm.expectEmit(true, true, true, true, address(tree));
        emit IHistoryTree.Advanced(before, 5, 2, words);
        tree.advanceStaged(people, words, 5, proofs);
        assertEq(tree.waiting(), 1, "what came later waits");
        assertEq(tree.stagedUntil() + tree.stagedCount(), 0, "no stage");
        assertEq(tree.stagedBatch(), bytes32(0), "no stage");
        advance(batch(102, 1, 3), 6);
    }

    function testAStageComesFirst() public {
        opened(100, 3);
        staged(100, 3);
        bytes memory reason = abi.encodeWithSelector(
            IHistoryTree.StagePending.selector, START + 10 minutes
        );
        uint256[2] memory times = [START, START + 10 minutes];
        for (uint256 i = 0; i < 2; ++i) {
            vm.warp(times[i]);
            refused(batch(100, 3, 3), 5, reason);
            vm.expectRevert(reason);
            tree.stage(batch(100, 3, 12));
        }
        vm.warp(START + 10 minutes + 1);
        advance(batch(100, 3, 3), 5);
        assertEq(tree.head(), 2, "as if nothing was staged");
    }

    function testAStageEndsAfterItsLastSecond() public {
        opened(100, 3);
        (Nullifier[] memory people, uint256[] memory words) = staged(100, 3);
        uint256[8][] memory proofs = proofsOf(inputsOf(people, words, 5), 1);
        vm.warp(START + 10 minutes + 1);
        vm.expectRevert(IHistoryTree.NotStaged.selector);
        tree.advanceStaged(people, words, 5, proofs);
        (people, words) = staged(100, 3);
        vm.warp(START + 20 minutes + 1);
        tree.advanceStaged(people, words, 5, proofs);
        vm.expectRevert(IHistoryTree.NotStaged.selector);
        tree.advanceStaged(people, words, 5, proofs);
    }

    function testOnlyTheStagedBatchIsTaken() public {
        opened(100, 3);
        vm.expectRevert(IHistoryTree.NotStaged.selector);
        tree.advanceStaged(new Nullifier[](0), new uint256[](0), 5, new uint256[8][](1));
        (Nullifier[] memory people, uint256[] memory words) = staged(100, 3);
        uint256[8][] memory proofs = proofsOf(inputsOf(people, words, 5), 1);
        words[2] ^= 1;
        vm.expectRevert(IHistoryTree.NotStaged.selector);
        tree.advanceStaged(people, words, 5, proofs);
        words[2] ^= 1;
        people[11] = Nullifier.wrap(101);
        vm.expectRevert(IHistoryTree.NotStaged.selector);
        tree.advanceStaged(people, words, 5, proofs);
        people[11] = people[10];
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        tree.advanceStaged(people, words, 6, proofs);
        tree.advanceStaged(people, words, 5, proofs);
    }

    function testAStageHasNothingButTheOldest() public {
        opened(100, 1);
        advance(batch(100, 1, 3), 5);
        Nullifier[] memory people = batch(100, 1, 12);
        vm.expectRevert(IHistoryTree.NothingWaits.selector);
        tree.stage(people);
        opened(101, 3);
        people = batch(101, 3, 12);
        people[11] = Nullifier.wrap(100);
        vm.expectRevert(abi.encodeWithSelector(IHistoryTree.PaddingInvalid.selector, 11));
        tree.stage(people);
        people = batch(101, 3, 12);
        people[3] = Nullifier.wrap(102);
        vm.expectRevert(abi.encodeWithSelector(IHistoryTree.PaddingInvalid.selector, 3));
        tree.stage(people);
        people = batch(102, 2, 12);
        expectNotTheOldest(0, 1, 2);
        tree.stage(people);
    }

    function testAStageTakesAllTwelve() public {
        opened(100, 14);
        (Nullifier[] memory people, uint256[] memory words) = staged(100, 12);
        tree.advanceStaged(people, words, 5, proofsOf(inputsOf(people, words, 5), 1));
        assertEq(tree.head(), 12, "no place is the caller's");
    }

    // --- roots --------------------------------------------------------------------------------

    function testAReplacedRootCountsForAWhile() public {
        uint256 first = tree.root();
        opened(100, 2);
        advance(batch(100, 2, 3), 5);
        assertEq(tree.replacedAt(first), START, "replaced");
        assertEq(tree.replacedAt(5), 0, "current");
        vm.warp(START + AGE);
        assertTrue(tree.isFresh(first), "its last second");
        assertTrue(tree.isFresh(5), "current");
        vm.warp(START + AGE + 1);
        assertTrue(!tree.isFresh(first), "too old");
        vm.warp(START + 3_000 days);
        assertTrue(tree.isFresh(5), "current as long as nothing happens");
        uint256[4] memory unknown = [uint256(0), 1, 4, type(uint256).max];
        for (uint256 i = 0; i < 4; ++i) {
            assertTrue(!tree.isFresh(unknown[i]), "unknown");
        }
    }

    function testNoRootCountsWhileAnOpeningWaitsTooLong() public {
        uint256 first = tree.root();
        start(100);
        vm.warp(START + 10);
        start(101);
        vm.warp(START + LAG);
        assertEq(tree.lag(), LAG, "the oldest");
        assertTrue(tree.isFresh(first), "its last second");
        vm.warp(START + LAG + 1);
        assertTrue(!tree.isFresh(first), "nothing counts");
        advance(batch(100, 2, 3), 5);
        assertTrue(tree.isFresh(5), "until it is taken");
        assertTrue(!tree.isFresh(first), "it hid the loan for too long");
        assertEq(tree.replacedAt(first), 0, "it does not come back");
        assertEq(tree.lag(), 0, "none waits");
    }

    function testARootThatIsReplacedInTimeCounts() public {
        uint256 first = tree.root();
        start(100);
        vm.warp(START + LAG);
        advance(batch(100, 1, 3), 5);
        assertTrue(tree.isFresh(first), "the last second");
        start(101);
        vm.warp(START + LAG + LAG + 1);
        Nullifier[] memory people = batch(101, 1, 12);
        uint256[] memory words = bureau.wordsOf(people);
        tree.stage(people);
        tree.advanceStaged(people, words, 6, proofsOf(inputsOf(people, words, 6), 1));
        assertTrue(!tree.isFresh(5), "staged or not");
        start(102);
        people = batch(102, 1, 12);
        words = bureau.wordsOf(people);
        tree.stage(people);
        vm.warp(block.timestamp + 600);
        tree.advanceStaged(people, words, 7, proofsOf(inputsOf(people, words, 7), 1));
        assertTrue(tree.isFresh(6) && tree.isFresh(7), "staged or not");
    }

    function testTheLagIsThatOfTheOldest() public {
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(START + 100 * i);
            start(100 + i);
        }
        vm.warp(START + 1_000);
        advance(batch(100, 2, 3), 5);
        assertEq(tree.lag(), 800, "of the third");
        advance(batch(102, 2, 3), 6);
        assertEq(tree.lag(), 600, "of the fifth");
    }

    function testABatchThatChangesNothingReplacesNothing() public {
        opened(100, 1);
        advance(batch(100, 1, 3), 5);
        vm.warp(START + 100);
        advance(batch(100, 1, 3), 5);
        assertEq(tree.replacedAt(5), 0, "still current");
        // a root that returns is current, and replaced again later
        advance(batch(100, 1, 3), 6);
        vm.warp(START + AGE + 1_000);
        assertTrue(!tree.isFresh(5), "too old");
        advance(batch(100, 1, 3), 5);
        assertTrue(tree.isFresh(5), "current");
        vm.warp(START + AGE + 2_000);
        advance(batch(100, 1, 3), 6);
        assertEq(tree.replacedAt(5), START + AGE + 2_000, "replaced again");
        assertTrue(tree.isFresh(5), "since then");
    }

    function testARemovedMembersLoanStillAdvances() public {
        opened(100, 1);
        vm.prank(ADMIN);
        bureau.removeMember(address(this));
        advance(batch(100, 1, 3), 5);
        repay(100);
        advance(batch(100, 1, 3), 6);
        assertEq(tree.root(), 6, "root");
    }
}
