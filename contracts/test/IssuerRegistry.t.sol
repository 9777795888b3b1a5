// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IssuerRegistry} from "../src/IssuerRegistry.sol";
import {IIssuerRegistry} from "../src/interfaces/IIssuerRegistry.sol";
import {BN254_R} from "../src/libraries/Bn254.sol";
import {TestBase} from "./support/TestBase.sol";

contract IssuerRegistryTest is TestBase {
    uint256 private constant START = 1_900_000_000;
    uint256 private constant AGE = 1 days;
    IssuerRegistry private registry;

    function setUp() public {
        vm.warp(START);
        registry = new IssuerRegistry(address(0xAD), address(this));
    }

    function post(uint256 root) private {
        registry.post(root, keccak256("tree"), "ipfs://tree");
    }

    function testNothingIsFreshBeforeTheFirstRoot() public view {
        assertTrue(!registry.isFresh(0, AGE), "zero");
        assertTrue(!registry.isFresh(1, AGE), "unknown");
        assertEq(registry.currentRoot(), 0, "current");
    }

    function testTheCurrentRootStaysFreshUntilReplaced() public {
        post(1);
        vm.warp(START + 365 days);
        assertTrue(registry.isFresh(1, 0), "current");
    }

    function testAReplacedRootIsFreshToTheLastSecondOfItsWindow() public {
        post(1);
        vm.warp(START + 1000);
        post(2);
        vm.warp(START + 1000 + AGE - 1);
        assertTrue(registry.isFresh(1, AGE), "a second before");
        vm.warp(START + 1000 + AGE);
        assertTrue(registry.isFresh(1, AGE), "edge");
        vm.warp(START + 1000 + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "a second after");
        assertTrue(registry.isFresh(2, AGE), "current");
    }

    function testZeroFutureAndNonFieldRootsAreNeverFresh() public {
        post(1);
        assertTrue(!registry.isFresh(0, AGE), "zero");
        assertTrue(!registry.isFresh(2, AGE), "not posted yet");
        assertTrue(!registry.isFresh(1 + BN254_R, AGE), "plus r");
        uint256[4] memory bad = [uint256(0), BN254_R, BN254_R + 1, type(uint256).max];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IIssuerRegistry.RootInvalid.selector, bad[i])
            );
            post(bad[i]);
        }
    }

    /// @dev Privacy Pools, Semaphore: a ring buffer that churn runs round invalidates proofs that
    ///      are in flight.
    function testManyUpdatesDoNotKillAPendingProof() public {
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

    function testARootPostedAgainLivesAsIfNew() public {
        post(1);
        post(2);
        vm.warp(START + 10 days);
        assertTrue(!registry.isFresh(1, AGE), "old");
        post(1);
        assertTrue(registry.isFresh(1, 0), "current again");
        assertEq(registry.version(), 3, "version");
        post(2);
        vm.warp(START + 10 days + AGE);
        assertTrue(registry.isFresh(1, AGE), "new window");
        vm.warp(START + 10 days + AGE + 1);
        assertTrue(!registry.isFresh(1, AGE), "over");
    }

    function testPostingTheCurrentRootReverts() public {
        post(1);
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootUnchanged.selector, 1));
        post(1);
    }

    function testAWithdrawnRootIsRefusedForGood() public {
        post(1);
        vm.prank(address(0xAD));
        registry.withdrawRoot(1);
        assertTrue(!registry.isFresh(1, AGE), "current but withdrawn");
        post(2);
        assertTrue(!registry.isFresh(1, AGE), "replaced and withdrawn");
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 1));
        post(1);
        vm.prank(address(0xAD));
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootIsWithdrawn.selector, 1));
        registry.withdrawRoot(1);
        vm.prank(address(0xAD));
        vm.expectRevert(abi.encodeWithSelector(IIssuerRegistry.RootUnknown.selector, 3));
        registry.withdrawRoot(3);
    }

    function testOnlyTheRolesAct() public {
        post(1);
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.prank(address(1));
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector, address(1), role
            )
        );
        post(2);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAccessControl.AccessControlUnauthorizedAccount.selector,
                address(this),
                bytes32(0)
            )
        );
        registry.withdrawRoot(1);
    }

    function testTheAdminHandsTheRolesOver() public {
        bytes32 role = registry.REGISTRAR_ROLE();
        vm.startPrank(address(0xAD));
        registry.grantRole(role, address(1));
        registry.revokeRole(role, address(this));
        registry.grantRole(bytes32(0), address(2));
        registry.renounceRole(bytes32(0), address(0xAD));
        vm.stopPrank();
        vm.prank(address(1));
        post(1);
        vm.expectPartialRevert(IAccessControl.AccessControlUnauthorizedAccount.selector);
        post(2);
        vm.prank(address(2));
        registry.withdrawRoot(1);
    }

    function testFuzzFreshnessIsExactlyTheWindow(uint40 delay, uint40 age) public {
        post(1);
        post(2);
        vm.warp(START + uint256(delay));
        assertTrue(registry.isFresh(1, age) == (delay <= age), "window");
    }
}
