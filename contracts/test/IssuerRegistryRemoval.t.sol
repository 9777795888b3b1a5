// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {RegistryFixture} from "./support/RegistryFixture.sol";

/// @title Which root is current again after an issuer was removed
contract IssuerRegistryRemovalTest is RegistryFixture {
    function setUp() public {
        deployRegistry(DELAY, CURRENT_AGE);
    }

    function testAfterARemovalNoEarlierRootIsCurrentAgain() public {
        postInEffect(1);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.EarlierRootsBarred(2, 0);
        postAfterRemoval(2, 0);
        assertEq(registry.currentRoot(), 1, "pending");
        vm.warp(block.timestamp + DELAY);
        assertTrue(registry.isFresh(1, AGE), "replaced, and fresh for its time");
        postInEffect(3);
        withdraw(3);
        assertEq(registry.currentRoot(), 2, "the root after the removal");
        withdraw(2);
        assertEq(registry.currentRoot(), 0, "none");
        postInEffect(4);
        withdraw(4);
        assertEq(registry.currentRoot(), 0, "none again");
    }

    function testAfterARemovalTheNamedRootIsCurrentAgainAndNoOlderOne() public {
        postInEffect(1);
        postInEffect(2);
        postInEffect(3); // accepts the issuer that the next one removes
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.EarlierRootsBarred(4, 2);
        postAfterRemoval(4, 2);
        vm.warp(block.timestamp + DELAY);
        postInEffect(5);
        withdraw(4);
        assertEq(registry.currentRoot(), 5, "current");
        withdraw(5);
        assertEq(registry.currentRoot(), 2, "the named one, across a withdrawn one");
        assertTrue(registry.isFresh(2, 0), "fresh");
        postInEffect(6);
        withdraw(6);
        assertEq(registry.currentRoot(), 2, "again");
        withdraw(2);
        assertEq(registry.currentRoot(), 0, "the first was not named");
    }

    /// @dev The second came after a removal and named the first; the later removal names the
    ///      second alone.
    function testANamedRootForgetsWhichOneItNamed() public {
        postInEffect(1);
        postAfterRemoval(2, 1);
        vm.warp(block.timestamp + DELAY);
        postInEffect(3);
        postAfterRemoval(4, 2);
        vm.warp(block.timestamp + DELAY);
        withdraw(4);
        assertEq(registry.currentRoot(), 2, "named");
        withdraw(2);
        assertEq(registry.currentRoot(), 0, "the first was named by an earlier removal");
    }

    function testANamedRootThatIsWithdrawnIsNotCurrentAgain() public {
        postInEffect(1);
        postInEffect(2);
        postAfterRemoval(3, 2);
        vm.warp(block.timestamp + DELAY);
        withdraw(2);
        assertEq(registry.currentRoot(), 3, "current");
        withdraw(3);
        assertEq(registry.currentRoot(), 0, "none");
        requireNever(9);
    }

    function testOnlyARootThatTookEffectIsNamed() public {
        postInEffect(1);
        postInEffect(2);
        post(3);
        requireRemovalRefused(3, IIssuerRegistry.RootUnknown.selector);
        requireRemovalRefused(9, IIssuerRegistry.RootUnknown.selector);
        withdraw(1);
        requireRemovalRefused(1, IIssuerRegistry.RootIsWithdrawn.selector);
        vm.prank(GUARDIAN);
        registry.banRoot(8);
        requireRemovalRefused(8, IIssuerRegistry.RootIsWithdrawn.selector);
        postAfterRemoval(4, 2);
        vm.warp(block.timestamp + DELAY);
        withdraw(4);
        assertEq(registry.currentRoot(), 2, "named, although the third is newer");
    }

    function testARootThatIsPendingAgainIsNamedByItsEarlierPosting() public {
        postInEffect(1);
        postInEffect(2);
        post(1);
        postAfterRemoval(3, 1);
        vm.warp(block.timestamp + DELAY);
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "named");
    }

    /// @dev Root 1 was posted again before root 3, now current, named it: both postings are its.
    function namedAgain() private {
        postInEffect(1);
        post(2);
        post(1);
        postAfterRemoval(3, 1);
        vm.warp(block.timestamp + DELAY);
        assertEq(registry.currentRoot(), 3, "current");
        vm.warp(block.timestamp + 10);
    }

    function testARootThatIsCurrentAgainIsFreshThoughALaterPostingIsBarred() public {
        namedAgain();
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "named");
        assertTrue(registry.isFresh(1, 0), "current");
        assertEq(registry.rootRecord(1).replacedAt, 0, "not replaced");
        vm.warp(block.timestamp + AGE);
        assertTrue(registry.isFresh(1, 0), "still current");
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootUnchanged.selector, 1));
        registry.post(1, bytes32(0), "");
        vm.prank(REGISTRAR);
        registry.renew(1);
        vm.warp(block.timestamp + CURRENT_AGE);
        assertTrue(registry.isFresh(1, 0), "renewed");
        vm.warp(block.timestamp + 1);
        assertTrue(!registry.isFresh(1, AGE), "not renewed again");
    }

    function testARootThatIsCurrentAgainCanBePostedOnceMore() public {
        namedAgain();
        post(1); // pending when root 3 is withdrawn
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "named");
        assertTrue(registry.isFresh(1, 0), "by its first posting");
        cancel(1);
        assertEq(registry.currentRoot(), 1, "still");
        assertTrue(registry.isFresh(1, 0), "by its first posting, without the last one");
    }

    function testACancelledRemovalStillBarsForThoseThatWerePostedAfterIt() public {
        postInEffect(1);
        postInEffect(2);
        postAfterRemoval(3, 1);
        post(4);
        cancel(3);
        vm.warp(block.timestamp + DELAY);
        withdraw(4);
        assertEq(registry.currentRoot(), 1, "not the second");
    }

    function testALaterRemovalKeepsItsOwnName() public {
        postInEffect(1);
        postInEffect(2);
        postInEffect(3);
        postAfterRemoval(4, 1);
        postAfterRemoval(5, 2);
        cancel(4);
        vm.warp(block.timestamp + DELAY);
        withdraw(5);
        assertEq(registry.currentRoot(), 2, "its own");
    }

    function testACancelledRemovalWithoutAFollowerLeavesNoTrace() public {
        postInEffect(1);
        postInEffect(2);
        postAfterRemoval(3, 0);
        cancel(3);
        postInEffect(4);
        withdraw(4);
        assertEq(registry.currentRoot(), 2, "fallback");
        post(5);
        cancel(5); // bars nothing
        postInEffect(6);
        withdraw(6);
        assertEq(registry.currentRoot(), 2, "fallback");
    }

    function requireRemovalRefused(uint256 clean, bytes4 refusal) private {
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(refusal, clean));
        registry.postAfterRemoval(7, "", "", clean);
    }
}
