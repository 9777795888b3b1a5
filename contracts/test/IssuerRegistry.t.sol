// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {RegistryFixture} from "./support/RegistryFixture.sol";

/// @title Postings, their delay, their ages
contract IssuerRegistryTest is RegistryFixture {
    function setUp() public {
        deployRegistry(DELAY, CURRENT_AGE);
    }

    function testNothingIsFreshBeforeTheFirstRoot() public view {
        assertTrue(!registry.isFresh(0, AGE), "zero");
        assertTrue(!registry.isFresh(1, AGE), "unknown");
        assertEq(registry.currentRoot(), 0, "current");
        assertEq(registry.version(), 0, "version");
        assertEq(registry.pendingRoots().length, 0, "pending");
        requireNever(1);
    }

    /// @dev A chain whose clock began at 0: a root that was never posted has no age.
    function testAnUnknownRootIsNotFreshWhenTheChainIsYoungerThanTheAge() public {
        vm.warp(CURRENT_AGE - 1);
        assertTrue(!registry.isFresh(1, AGE), "unknown");
        assertTrue(!registry.isFresh(0, AGE), "zero");
        post(1);
        assertTrue(!registry.isFresh(1, AGE), "pending");
        vm.warp(block.timestamp + DELAY);
        assertTrue(registry.isFresh(1, 0), "current");
        assertTrue(!registry.isFresh(2, AGE), "another");
    }

    function testARootTakesEffectAtTheLastSecondOfTheDelay() public {
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootPosted(1, 1, START + DELAY, keccak256("tree"), "ipfs://tree");
        post(1);
        uint256[3] memory early = [START, START + 1, START + DELAY - 1];
        for (uint256 i = 0; i < early.length; ++i) {
            vm.warp(early[i]);
            assertTrue(!registry.isFresh(1, type(uint256).max), "pending");
            assertEq(registry.currentRoot(), 0, "none is current");
            assertEq(registry.pendingRoots().length, 1, "one is pending");
            assertEq(registry.pendingRoots()[0], 1, "which");
        }
        vm.warp(START + DELAY);
        assertTrue(registry.isFresh(1, 0), "in effect");
        assertEq(registry.currentRoot(), 1, "current");
        assertEq(registry.pendingRoots().length, 0, "none is pending");
    }

    function testTheOldRootIsCurrentAndDoesNotAgeDuringTheDelay() public {
        postInEffect(1);
        uint256 posted = block.timestamp;
        post(2);
        vm.warp(posted + DELAY - 1);
        assertEq(registry.currentRoot(), 1, "still current");
        assertTrue(registry.isFresh(1, 0), "without an age");
        assertTrue(!registry.isFresh(2, AGE), "pending");
        vm.warp(posted + DELAY);
        assertEq(registry.currentRoot(), 2, "replaced");
        assertTrue(registry.isFresh(1, 0), "replaced now");
        vm.warp(posted + DELAY + 1);
        assertTrue(!registry.isFresh(1, 0), "replaced a second ago");
        vm.warp(posted + DELAY + AGE);
        assertTrue(registry.isFresh(1, AGE), "edge");
        vm.warp(posted + DELAY + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "a second after");
        assertTrue(registry.isFresh(2, 0), "current");
    }

    function testWithoutADelayARootTakesEffectAtOnce() public {
        deployRegistry(0, CURRENT_AGE);
        post(1);
        assertEq(registry.currentRoot(), 1, "first");
        post(2);
        assertEq(registry.currentRoot(), 2, "second, in the same block");
        assertTrue(registry.isFresh(1, 0), "replaced in this block");
        vm.warp(block.timestamp + 1);
        assertTrue(!registry.isFresh(1, 0), "replaced");
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootNotPending.selector, 2));
        registry.cancelRoot(2);
    }

    function testTheCurrentRootIsFreshToTheLastSecondOfItsAge() public {
        postInEffect(1);
        uint256 effect = block.timestamp;
        vm.warp(effect + CURRENT_AGE);
        assertTrue(registry.isFresh(1, 0), "edge");
        vm.warp(effect + CURRENT_AGE + 1);
        assertTrue(!registry.isFresh(1, type(uint256).max), "a second after");
        assertEq(registry.currentRoot(), 1, "and it is still the current one");
    }

    function testARootThatWasTooOldWhenItWasReplacedIsNotFreshAgain() public {
        for (uint256 late = 0; late < 2; ++late) {
            deployRegistry(DELAY, CURRENT_AGE);
            postInEffect(1);
            vm.warp(block.timestamp + CURRENT_AGE - DELAY + late);
            postInEffect(2);
            assertTrue(registry.isFresh(1, AGE) == (late == 0), "replaced at the edge");
            assertTrue(registry.isFresh(2, 0), "current");
        }
    }

    function testRenewalRestartsTheAgeOfTheCurrentRootOnly() public {
        postInEffect(1);
        vm.warp(block.timestamp + CURRENT_AGE + 1 days);
        assertTrue(!registry.isFresh(1, 0), "too old");
        uint256 renewed = block.timestamp;
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootRenewed(1);
        vm.prank(REGISTRAR);
        registry.renew(1);
        assertEq(registry.rootRecord(1).confirmedAt, renewed, "confirmed");
        vm.warp(renewed + CURRENT_AGE);
        assertTrue(registry.isFresh(1, 0), "edge");
        vm.warp(renewed + CURRENT_AGE + 1);
        assertTrue(!registry.isFresh(1, 0), "after");

        post(2);
        uint256[3] memory others = [uint256(0), 2, 3];
        for (uint256 i = 0; i < others.length; ++i) {
            requireNotRenewed(others[i]);
        }
        vm.prank(REGISTRAR);
        registry.renew(1); // as long as the other one is pending
        vm.warp(block.timestamp + DELAY);
        requireNotRenewed(1);
    }

    function testNothingIsRenewedIfNoRootIsCurrent() public {
        requireNotRenewed(0);
        post(1);
        requireNotRenewed(0);
        requireNotRenewed(1); // pending
        vm.warp(block.timestamp + DELAY);
        withdraw(1);
        requireNotRenewed(0);
        requireNotRenewed(1);
    }

    function testZeroAndNonFieldRootsAreRefused() public {
        postInEffect(1);
        assertTrue(!registry.isFresh(0, AGE), "zero");
        assertTrue(!registry.isFresh(1 + BN254_R, AGE), "plus r");
        uint256[4] memory bad = [uint256(0), BN254_R, BN254_R + 1, type(uint256).max];
        for (uint256 i = 0; i < bad.length; ++i) {
            bytes memory refusal =
                abi.encodeWithSelector(IIssuerRegistry.RootInvalid.selector, bad[i]);
            vm.prank(REGISTRAR);
            vm.expectRevert(refusal);
            registry.post(bad[i], "", "");
            vm.prank(REGISTRAR);
            vm.expectRevert(refusal);
            registry.postAfterRemoval(bad[i], "", "", 0);
            vm.prank(GUARDIAN);
            vm.expectRevert(refusal);
            registry.banRoot(bad[i]);
        }
        post(BN254_R - 1);
        vm.prank(GUARDIAN);
        registry.banRoot(BN254_R - 2);
    }

    /// @dev Privacy Pools, Semaphore: a ring buffer that churn runs round invalidates proofs that
    ///      are in flight.
    function testManyUpdatesDoNotKillAPendingProof() public {
        deployRegistry(0, CURRENT_AGE);
        post(1);
        for (uint256 root = 2; root < 1_000; ++root) {
            post(root);
        }
        assertTrue(registry.isFresh(1, AGE), "same block");
        vm.warp(START + AGE);
        assertTrue(registry.isFresh(1, AGE), "edge");
        vm.warp(START + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "after");
    }

    function testARootPostedAgainLivesOnAndThenAsIfNew() public {
        postInEffect(1);
        postInEffect(2);
        uint256 replaced = block.timestamp;
        vm.warp(replaced + 1000);
        post(1);
        // its earlier time counts while it is pending
        assertTrue(registry.isFresh(1, 1000), "replaced 1,000 seconds ago");
        assertTrue(!registry.isFresh(1, 999), "not less");
        assertEq(registry.currentRoot(), 2, "current");
        vm.warp(replaced + 1000 + DELAY);
        assertTrue(registry.isFresh(1, 0), "current again");
        assertEq(registry.version(), 3, "version");
        assertEq(registry.rootRecord(1).replacedAt, 0, "not replaced");
        postInEffect(2);
        vm.warp(block.timestamp + AGE);
        assertTrue(registry.isFresh(1, AGE), "new window");
        vm.warp(block.timestamp + 1);
        assertTrue(!registry.isFresh(1, AGE), "over");
    }

    function testTheCurrentRootCanBePostedAfterAPendingOne() public {
        postInEffect(1);
        post(2);
        post(1);
        assertTrue(registry.isFresh(1, 0), "current");
        vm.warp(block.timestamp + DELAY);
        assertEq(registry.currentRoot(), 1, "current again");
        assertTrue(registry.isFresh(2, 0), "replaced in the second of its effect");
    }

    function testTheNewestAndAPendingRootCannotBePosted() public {
        post(1);
        post(2);
        requirePostRefused(1, IIssuerRegistry.RootIsPending.selector);
        requirePostRefused(2, IIssuerRegistry.RootIsPending.selector);
        vm.warp(block.timestamp + DELAY - 1);
        requirePostRefused(1, IIssuerRegistry.RootIsPending.selector);
        vm.warp(block.timestamp + 1);
        requirePostRefused(2, IIssuerRegistry.RootUnchanged.selector);
        post(1);
    }

    function testSeveralPendingRootsTakeEffectInTheirOrder() public {
        for (uint256 root = 1; root < 4; ++root) {
            vm.warp(START + 100 * root);
            post(root);
        }
        uint256[] memory pending = registry.pendingRoots();
        assertEq(pending.length, 3, "pending");
        for (uint256 root = 1; root < 4; ++root) {
            assertEq(pending[root - 1], root, "order");
            assertEq(registry.rootRecord(root).effectiveAt, START + 100 * root + DELAY, "at");
            assertEq(
                registry.rootRecord(root).replacedAt,
                root == 3 ? 0 : START + 100 * (root + 1) + DELAY,
                "until"
            );
        }
        for (uint256 root = 1; root < 4; ++root) {
            vm.warp(START + 100 * root + DELAY - 1);
            assertEq(registry.currentRoot(), root - 1, "before");
            vm.warp(START + 100 * root + DELAY);
            assertEq(registry.currentRoot(), root, "after");
            assertEq(registry.pendingRoots().length, 3 - root, "left");
        }
    }

    function testThirtyTwoRootsArePendingAtMost() public {
        assertEq(registry.MAX_PENDING(), 32, "bound");
        for (uint256 root = 1; root <= 32; ++root) {
            post(root);
        }
        vm.prank(REGISTRAR);
        vm.expectRevert(IIssuerRegistry.TooManyPending.selector);
        registry.post(33, "", "");
        vm.prank(GUARDIAN);
        registry.cancelRoot(7);
        post(33);
        vm.warp(block.timestamp + DELAY);
        post(34);
        assertEq(registry.currentRoot(), 33, "current");
    }

    /// @dev Times have 40 bits; a time that has more is refused, not cut.
    function testTimesThatDoNotFitAreRefused() public {
        vm.warp(type(uint40).max - DELAY);
        post(1);
        assertEq(registry.rootRecord(1).effectiveAt, type(uint40).max, "edge");
        vm.warp(type(uint40).max - DELAY + 1);
        vm.prank(REGISTRAR);
        vm.expectPartialRevert(bytes4(keccak256("SafeCastOverflowedUintDowncast(uint8,uint256)")));
        registry.post(2, "", "");
        vm.warp(uint256(type(uint40).max) + 1);
        vm.prank(REGISTRAR);
        vm.expectPartialRevert(bytes4(keccak256("SafeCastOverflowedUintDowncast(uint8,uint256)")));
        registry.renew(1);
    }

    function testFuzzFreshnessIsExactlyTheWindow(uint40 wait, uint40 age) public {
        postInEffect(1);
        postInEffect(2);
        vm.warp(block.timestamp + wait);
        assertTrue(registry.isFresh(1, age) == (wait <= age), "window");
    }

    function requireNotRenewed(uint256 root) private {
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootNotCurrent.selector, root));
        registry.renew(root);
    }

    function requirePostRefused(uint256 root, bytes4 refusal) private {
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(refusal, root));
        registry.post(root, "", "");
    }
}
