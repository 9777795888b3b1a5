// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../../src/IssuerRegistry.sol";
import {IIssuerRegistry} from "../../src/interfaces/IIssuerRegistry.sol";
import {TestBase} from "./TestBase.sol";

/// @title A registry with a holder of each role
abstract contract RegistryFixture is TestBase {
    uint256 internal constant START = 1_900_000_000;
    uint256 internal constant DELAY = 1 hours;
    uint256 internal constant CURRENT_AGE = 30 days;
    uint256 internal constant AGE = 1 days;
    address internal constant ADMIN = address(0xAD);
    address internal constant REGISTRAR = address(0x4E);
    address internal constant GUARDIAN = address(0x6A);
    IssuerRegistry internal registry;

    function deployRegistry(uint256 delay, uint256 currentAge) internal {
        vm.warp(START);
        registry = new IssuerRegistry(ADMIN, REGISTRAR, GUARDIAN, delay, currentAge);
    }

    function post(uint256 root) internal {
        vm.prank(REGISTRAR);
        registry.post(root, keccak256("tree"), "ipfs://tree");
    }

    /// @dev Leaves the clock at the second of the root's effect.
    function postInEffect(uint256 root) internal {
        post(root);
        vm.warp(block.timestamp + registry.delay());
    }

    function postAfterRemoval(uint256 root, uint256 clean) internal {
        vm.prank(REGISTRAR);
        registry.postAfterRemoval(root, keccak256("tree"), "ipfs://tree", clean);
    }

    function cancel(uint256 root) internal {
        vm.prank(GUARDIAN);
        registry.cancelRoot(root);
    }

    function withdraw(uint256 root) internal {
        uint256[] memory roots = new uint256[](1);
        roots[0] = root;
        vm.prank(GUARDIAN);
        registry.withdrawRoots(roots);
    }

    function requireNever(uint256 root) internal view {
        IIssuerRegistry.RootRecord memory record = registry.rootRecord(root);
        assertEq(record.effectiveAt, 0, "effectiveAt");
        assertEq(record.replacedAt, 0, "replacedAt");
        assertEq(record.confirmedAt, 0, "confirmedAt");
        assertTrue(!record.withdrawn, "withdrawn");
    }
}
