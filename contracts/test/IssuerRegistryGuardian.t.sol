// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {
    IAccessControlDefaultAdminRules
} from "@openzeppelin/contracts/access/extensions/IAccessControlDefaultAdminRules.sol";
import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {RegistryFixture} from "./support/RegistryFixture.sol";

/// @title Cancelling, withdrawing, banning, and who may do what
contract IssuerRegistryGuardianTest is RegistryFixture {
    function setUp() public {
        deployRegistry(DELAY, CURRENT_AGE);
    }

    // --- cancelling ---------------------------------------------------------------------------

    function testACancelledRootNeverTakesEffectAndCanBePostedAgain() public {
        postInEffect(1);
        post(2);
        vm.warp(block.timestamp + DELAY - 1);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootCancelled(2, 2);
        cancel(2);
        requireNever(2);
        vm.warp(block.timestamp + 1);
        assertEq(registry.currentRoot(), 1, "current");
        assertEq(registry.rootRecord(1).replacedAt, 0, "not replaced");
        assertTrue(!registry.isFresh(2, AGE), "cancelled");
        postInEffect(2);
        assertEq(registry.currentRoot(), 2, "posted again");
        assertEq(registry.version(), 3, "version");
    }

    function testOnlyPendingRootsAreCancelled() public {
        postInEffect(1);
        post(2);
        uint256[3] memory others = [uint256(0), 1, 3];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.prank(GUARDIAN);
            vm.expectRevert(
                abi.encodeWithSelector(IIssuerRegistry.RootNotPending.selector, others[i])
            );
            registry.cancelRoot(others[i]);
        }
        vm.warp(block.timestamp + DELAY); // in effect in this second
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootNotPending.selector, 2));
        registry.cancelRoot(2);
    }

    function testEachOfSeveralPendingRootsCanBeCancelled() public {
        for (uint256 gone = 2; gone <= 4; ++gone) {
            deployRegistry(DELAY, CURRENT_AGE);
            postInEffect(1);
            uint256 start = block.timestamp;
            for (uint256 root = 2; root <= 4; ++root) {
                vm.warp(start + 100 * root);
                post(root);
            }
            cancel(gone);
            uint256[] memory pending = registry.pendingRoots();
            assertEq(pending.length, 2, "pending");
            assertEq(pending[0], gone == 2 ? 3 : 2, "first");
            assertEq(pending[1], gone == 4 ? 3 : 4, "second");
            uint256 before = 1;
            for (uint256 root = 2; root <= 4; ++root) {
                if (root == gone) continue;
                uint256 effect = start + 100 * root + DELAY;
                assertEq(registry.rootRecord(before).replacedAt, effect, "replaced");
                vm.warp(effect - 1);
                assertEq(registry.currentRoot(), before, "before");
                vm.warp(effect);
                assertEq(registry.currentRoot(), root, "after");
                before = root;
            }
            assertEq(registry.rootRecord(before).replacedAt, 0, "newest");
        }
    }

    function testACancelledFirstRootLeavesNothing() public {
        post(1);
        cancel(1);
        assertEq(registry.pendingRoots().length, 0, "pending");
        requireNever(1);
        requireNever(9);
        postInEffect(1);
        assertEq(registry.currentRoot(), 1, "posted again");
    }

    function testCancellingASecondPostingLeavesTheFirst() public {
        postInEffect(1);
        postInEffect(2);
        uint256 replaced = block.timestamp;
        post(1);
        cancel(1);
        assertEq(registry.rootRecord(1).replacedAt, replaced, "the earlier record");
        vm.warp(replaced + AGE);
        assertTrue(registry.isFresh(1, AGE), "edge");
        vm.warp(replaced + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "after");
        assertEq(registry.currentRoot(), 2, "current");
    }

    // --- withdrawing --------------------------------------------------------------------------

    function testAWithdrawnRootIsRefusedForGood() public {
        postInEffect(1);
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootWithdrawn(1, 0);
        withdraw(1);
        assertTrue(!registry.isFresh(1, AGE), "current and withdrawn");
        assertEq(registry.currentRoot(), 0, "none");
        assertTrue(registry.rootRecord(1).withdrawn, "record");
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 1));
        registry.post(1, "", "");
        postInEffect(2);
        assertTrue(!registry.isFresh(1, AGE), "replaced and withdrawn");
        withdraw(1); // a second guardian, at the same time
        assertEq(registry.currentRoot(), 2, "current");
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 1));
        registry.post(1, "", "");
        requireNever(9);
    }

    function testAfterAWithdrawalTheNewestOtherRootIsCurrent() public {
        postInEffect(1);
        uint256 confirmed = block.timestamp;
        postInEffect(2);
        vm.warp(block.timestamp + 10 days);
        postInEffect(3);
        assertTrue(!registry.isFresh(1, AGE), "replaced long ago");
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootWithdrawn(3, 2);
        withdraw(3);
        assertTrue(registry.isFresh(2, 0), "current again");
        withdraw(2);
        assertEq(registry.currentRoot(), 1, "the oldest");
        assertEq(registry.rootRecord(1).replacedAt, 0, "not replaced");
        assertEq(registry.rootRecord(1).confirmedAt, confirmed, "its age did not restart");
        vm.warp(confirmed + CURRENT_AGE);
        assertTrue(registry.isFresh(1, 0), "edge");
        vm.warp(confirmed + CURRENT_AGE + 1);
        assertTrue(!registry.isFresh(1, 0), "too old");
        vm.prank(REGISTRAR);
        registry.renew(1);
        assertTrue(registry.isFresh(1, 0), "renewed");
        postInEffect(4);
        vm.warp(block.timestamp + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "replaced by the next one");
    }

    function testReplacedRootsAreWithdrawnAndPassedOver() public {
        for (uint256 root = 1; root <= 4; ++root) {
            postInEffect(root);
        }
        withdraw(2);
        withdraw(3);
        assertEq(registry.currentRoot(), 4, "current");
        assertTrue(!registry.isFresh(3, AGE), "withdrawn");
        withdraw(4);
        assertEq(registry.currentRoot(), 1, "the next");
        withdraw(1);
        assertEq(registry.currentRoot(), 0, "none");
    }

    function testSeveralRootsAreWithdrawnAtOnceInAnyOrder() public {
        for (uint256 order = 0; order < 2; ++order) {
            deployRegistry(DELAY, CURRENT_AGE);
            for (uint256 root = 1; root <= 3; ++root) {
                postInEffect(root);
            }
            post(4);
            uint256[] memory roots = new uint256[](4);
            (roots[0], roots[1], roots[2], roots[3]) =
                order == 0 ? (4, 3, 2, 2) : (2, 2, 3, 4);
            vm.prank(GUARDIAN);
            registry.withdrawRoots(roots);
            assertEq(registry.currentRoot(), 1, "current");
            assertEq(registry.pendingRoots().length, 0, "pending");
            vm.warp(block.timestamp + DELAY);
            assertEq(registry.currentRoot(), 1, "and later");
            assertTrue(registry.isFresh(1, 0), "fresh");
        }
    }

    function testBannedAndWithdrawnRootsInTheListArePassedOver() public {
        postInEffect(1);
        postInEffect(2);
        vm.prank(GUARDIAN);
        registry.banRoot(5);
        withdraw(2);
        uint256[] memory roots = new uint256[](3);
        (roots[0], roots[1], roots[2]) = (5, 2, 1);
        vm.prank(GUARDIAN);
        registry.withdrawRoots(roots);
        assertEq(registry.currentRoot(), 0, "the last of them was withdrawn");
    }

    function testAnUnknownRootInTheListWithdrawsNothing() public {
        postInEffect(1);
        uint256[] memory roots = new uint256[](2);
        (roots[0], roots[1]) = (1, 2);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootUnknown.selector, 2));
        registry.withdrawRoots(roots);
        assertEq(registry.currentRoot(), 1, "current");
        post(2);
        cancel(2);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootUnknown.selector, 2));
        registry.withdrawRoots(roots);
    }

    function testAPendingRootIsWithdrawn() public {
        postInEffect(1);
        post(2);
        withdraw(2);
        assertEq(registry.pendingRoots().length, 0, "pending");
        assertEq(registry.rootRecord(1).replacedAt, 0, "not replaced");
        vm.warp(block.timestamp + DELAY);
        assertEq(registry.currentRoot(), 1, "current");
        vm.prank(REGISTRAR);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 2));
        registry.post(2, "", "");
    }

    function testWithdrawingTheCurrentRootLeavesThePendingOnes() public {
        postInEffect(1);
        postInEffect(2);
        uint256 start = block.timestamp;
        post(3);
        vm.warp(start + 100);
        post(4);
        withdraw(2);
        assertEq(registry.currentRoot(), 1, "fallback");
        assertEq(registry.rootRecord(1).replacedAt, start + DELAY, "until the pending one");
        assertTrue(registry.isFresh(1, 0), "current");
        vm.warp(start + DELAY);
        assertEq(registry.currentRoot(), 3, "third");
        assertTrue(registry.isFresh(1, 0), "replaced now");
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "fallback again");
        assertEq(registry.rootRecord(1).replacedAt, start + 100 + DELAY, "until the fourth");
        withdraw(1);
        assertEq(registry.currentRoot(), 0, "none");
        requireNever(9);
        vm.warp(start + 100 + DELAY);
        assertEq(registry.currentRoot(), 4, "fourth");
        withdraw(4);
        assertEq(registry.currentRoot(), 0, "none is left");
    }

    function testARootThatIsCurrentAndPendingIsWithdrawnAsBoth() public {
        postInEffect(1);
        postInEffect(2);
        post(3);
        post(2); // a second time, after the third
        withdraw(2);
        assertEq(registry.currentRoot(), 1, "fallback");
        assertEq(registry.pendingRoots().length, 1, "pending");
        assertTrue(!registry.isFresh(2, AGE), "withdrawn");
        vm.warp(block.timestamp + DELAY);
        assertEq(registry.currentRoot(), 3, "third");
        withdraw(3);
        assertEq(registry.currentRoot(), 1, "and back");
    }

    function testTheRootThatIsCurrentAgainCanBePendingToo() public {
        postInEffect(1);
        postInEffect(2);
        uint256 start = block.timestamp;
        post(1);
        withdraw(2);
        assertTrue(registry.isFresh(1, 0), "current");
        assertEq(registry.currentRoot(), 1, "which");
        vm.warp(start + DELAY);
        assertTrue(registry.isFresh(1, 0), "and still");
        withdraw(1);
        assertEq(registry.currentRoot(), 0, "none");
    }

    // --- banning ------------------------------------------------------------------------------

    function testABannedRootCannotBePosted() public {
        vm.expectEmit(true, true, true, true, address(registry));
        emit IIssuerRegistry.RootBanned(5);
        vm.startPrank(GUARDIAN);
        registry.banRoot(5);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 5));
        registry.banRoot(5);
        vm.stopPrank();
        assertTrue(registry.rootRecord(5).withdrawn, "record");
        assertTrue(!registry.isFresh(5, AGE), "fresh");
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(REGISTRAR);
            vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 5));
            if (i == 0) registry.post(5, "", "");
            else registry.postAfterRemoval(5, "", "", 0);
        }
    }

    function testAPostedRootIsWithdrawnAndNotBanned() public {
        post(1);
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(GUARDIAN);
            vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsPosted.selector, 1));
            registry.banRoot(1);
            vm.warp(block.timestamp + DELAY);
        }
        post(2);
        cancel(2);
        vm.prank(GUARDIAN);
        registry.banRoot(2); // a cancelled one counts as not posted
        withdraw(1);
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 1));
        registry.banRoot(1);
    }

    // --- roles --------------------------------------------------------------------------------

    function testEachFunctionHasOneRole() public {
        postInEffect(1);
        post(2);
        bytes[6] memory calls = [
            abi.encodeCall(IIssuerRegistry.post, (9, "", "")),
            abi.encodeCall(IIssuerRegistry.postAfterRemoval, (9, "", "", 0)),
            abi.encodeCall(IIssuerRegistry.renew, (1)),
            abi.encodeCall(IIssuerRegistry.cancelRoot, (2)),
            abi.encodeCall(IIssuerRegistry.withdrawRoots, (new uint256[](0))),
            abi.encodeCall(IIssuerRegistry.banRoot, (9))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            bool posts = i < 3;
            bytes32 role = posts ? registry.REGISTRAR_ROLE() : registry.GUARDIAN_ROLE();
            address[3] memory others = [address(1), ADMIN, posts ? GUARDIAN : REGISTRAR];
            for (uint256 j = 0; j < others.length; ++j) {
                vm.prank(others[j]);
                (bool ok, bytes memory answer) = address(registry).call(calls[i]);
                assertReverted(
                    ok,
                    answer,
                    abi.encodeWithSelector(
                        IAccessControl.AccessControlUnauthorizedAccount.selector, others[j], role
                    )
                );
            }
        }
        assertEq(registry.REGISTRAR_ROLE(), keccak256("zkcredit.registrar"), "registrar");
        assertEq(registry.GUARDIAN_ROLE(), keccak256("zkcredit.guardian"), "guardian");
    }

    function testTheAdminHandsTheRolesOver() public {
        bytes32[2] memory roles = [registry.REGISTRAR_ROLE(), registry.GUARDIAN_ROLE()];
        vm.startPrank(ADMIN);
        for (uint256 i = 0; i < 2; ++i) {
            registry.grantRole(roles[i], address(1));
            registry.revokeRole(roles[i], i == 0 ? REGISTRAR : GUARDIAN);
        }
        vm.stopPrank();
        vm.prank(REGISTRAR);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        registry.post(1, "", "");
        vm.prank(GUARDIAN);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        registry.banRoot(1);
        vm.startPrank(address(1));
        registry.post(1, "", "");
        registry.cancelRoot(1);
        vm.stopPrank();
    }

    function testTheAdminChangesInTwoStepsADayApart() public {
        vm.prank(ADMIN);
        vm.expectRevert(
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminRules.selector
        );
        registry.grantRole(bytes32(0), address(2));
        vm.prank(ADMIN);
        registry.beginDefaultAdminTransfer(address(2));
        vm.warp(block.timestamp + 1 days);
        vm.prank(address(2));
        vm.expectPartialRevert(
            IAccessControlDefaultAdminRules.AccessControlEnforcedDefaultAdminDelay.selector
        );
        registry.acceptDefaultAdminTransfer();
        assertEq(registry.defaultAdmin(), ADMIN, "not yet");
        vm.warp(block.timestamp + 1);
        vm.prank(address(1));
        vm.expectPartialRevert(
            IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector
        );
        registry.acceptDefaultAdminTransfer();
        vm.prank(address(2));
        registry.acceptDefaultAdminTransfer();
        assertEq(registry.defaultAdmin(), address(2), "accepted");
    }

    function testTheConstructorRefusesWhatCannotWork() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControlDefaultAdminRules.AccessControlInvalidDefaultAdmin.selector,
                address(0)
            )
        );
        new IssuerRegistry(address(0), REGISTRAR, GUARDIAN, DELAY, CURRENT_AGE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIssuerRegistry.HolderInvalid.selector, keccak256("zkcredit.registrar")
            )
        );
        new IssuerRegistry(ADMIN, address(0), GUARDIAN, DELAY, CURRENT_AGE);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIssuerRegistry.HolderInvalid.selector, keccak256("zkcredit.guardian")
            )
        );
        new IssuerRegistry(ADMIN, REGISTRAR, address(0), DELAY, CURRENT_AGE);

        uint256[2] memory delays = [uint256(1 days) + 1, type(uint256).max];
        for (uint256 i = 0; i < delays.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IIssuerRegistry.DelayInvalid.selector, delays[i])
            );
            new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, delays[i], CURRENT_AGE);
        }
        uint256[4] memory ages = [uint256(0), DELAY, 365 days + 1, type(uint256).max];
        for (uint256 i = 0; i < ages.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IIssuerRegistry.CurrentAgeInvalid.selector, ages[i])
            );
            new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, DELAY, ages[i]);
        }
    }

    function testTheConstructorTakesTheEdges() public {
        uint256[2][4] memory edges = [
            [uint256(0), 1],
            [uint256(0), 365 days],
            [uint256(1 days), 1 days + 1],
            [uint256(1 days), 365 days]
        ];
        for (uint256 i = 0; i < edges.length; ++i) {
            deployRegistry(edges[i][0], edges[i][1]);
            assertEq(registry.delay(), edges[i][0], "delay");
            assertEq(registry.maxCurrentAge(), edges[i][1], "age");
            assertEq(registry.defaultAdmin(), ADMIN, "admin");
            assertEq(registry.defaultAdminDelay(), 1 days, "steps");
            postInEffect(1);
            assertTrue(registry.isFresh(1, 0), "works");
        }
    }
}
