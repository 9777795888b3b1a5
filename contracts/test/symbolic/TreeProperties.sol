// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {HistoryTree} from "../../src/market/HistoryTree.sol";
import {Nullifier} from "../../src/types/Nullifier.sol";
import {AcceptingVerifier, SymbolicBase} from "./SymbolicBase.sol";

/// @dev A tree that accepts every proof, of a bureau with at most one opening: how long a root
///      counts, and what it can hide.
contract TreeProperties is SymbolicBase {
    uint256 private constant LAG = 1 hours;
    uint256 private constant AGE = 2 hours;
    uint256 private constant START = 1_000_000;
    HistoryTree private tree;
    uint256 private openedAt;
    bool private waits;

    function setUp() public {
        vm.warp(START);
        address[2] memory first = [address(new AcceptingVerifier(8)), address(new AcceptingVerifier(26))];
        address[2] memory none;
        tree = new HistoryTree(address(this), first, none, LAG, AGE);
    }

    /// @dev The bureau's pseudonyms are those of credentials.
    function kind() external pure returns (uint256) {
        return 0;
    }

    function openings(uint256, uint256 most) external view returns (uint256[] memory indices, uint256 since) {
        indices = new uint256[](waits && most > 0 ? 1 : 0);
        since = waits ? openedAt : 0;
    }

    function wordsOf(Nullifier[] calldata pseudonyms) external pure returns (uint256[] memory) {
        return new uint256[](pseudonyms.length);
    }

    function advanceTo(uint256 newRoot) private {
        tree.advance(new Nullifier[](3), newRoot, new uint256[8][](1));
        waits = false;
    }

    /// @dev Liveness is closed: a loan that waits for too long stops every root.
    function check_NoRootIsFreshWhileALoanWaitsTooLong(uint256 root, uint32 waited) external {
        (openedAt, waits) = (START, true);
        vm.warp(START + waited);
        if (tree.isFresh(root)) assert(waited <= LAG && root == tree.root());
    }

    /// @dev Nobody can make up a root.
    function check_ARootThatNeverWasIsNotFresh(uint256 root, uint256 newRoot, uint32 later)
        external
    {
        uint256 first = tree.root();
        advanceTo(newRoot);
        vm.warp(START + later);
        if (tree.isFresh(root)) assert(root == first || root == newRoot);
    }

    /// @dev The bound: what a replaced root hides was opened at most LAG before, and AGE ends it.
    function check_AReplacedRootHidesALoanNoLongerThanTheBound(
        uint256 newRoot,
        uint32 waited,
        uint32 later
    ) external {
        uint256 first = tree.root();
        vm.assume(newRoot != first);
        (openedAt, waits) = (START, true);
        vm.warp(START + waited);
        advanceTo(newRoot);
        vm.warp(START + uint256(waited) + later);
        assert(tree.isFresh(newRoot));
        if (tree.isFresh(first)) assert(waited <= LAG && later <= AGE);
    }
}
